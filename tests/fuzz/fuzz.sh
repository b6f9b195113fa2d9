#!/usr/bin/env bash
# Feeds the fuzz targets of tests/fuzz with made-up inputs.
#
#   fuzz.sh run SECONDS FILE...   each target for so long, by libFuzzer
#   fuzz.sh keep FILE...          what reached something new, into the corpus
#   fuzz.sh afl SECONDS           the whole program as CGI, by AFL++
#
# A FILE is tests/fuzz/NAME.c, or just NAME.  A run starts from the inputs in
# tests/fuzz/corpus/NAME and those that earlier runs have left in build/fuzz;
# an input that breaks a target is kept in build/fuzz/findings.  The last line
# is "N passed, N failed".
set -uo pipefail
unset CDPATH
export LC_ALL=C.UTF-8

cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tools/result.bash
. tools/result.bash
corpus=tests/fuzz/corpus
out=build/fuzz
findings=$out/findings
child=''
# One input over these is a finding as well.
limits=(-timeout=10 -rss_limit_mb=2048)
# In bytes; where a longer input shows nothing new, and takes its time.
longest=8192
declare -A longest_of=([accept]=256 [mail]=512)
keep_most=6

name_of() { # FILE
	basename "${1%.c}"
}

check() { # FILE
	[ -e "tests/fuzz/$(name_of "$1").c" ] && return
	echo "fuzz.sh: there is no target $1" >&2
	exit 2
}

count() { # STATUS MESSAGE
	if [ "$1" = 0 ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
	echo "$2"
}

# In the background, so that an interrupt is heard at once.
wait_for() { # COMMAND...
	local status=0

	"$@" &
	child=$!
	wait "$child" || status=$?
	child=''
	return "$status"
}

# Of libFuzzer's report: executions, those a second, inputs that were kept.
summary() { # LOG
	awk '
	    /^Done / { runs = $2; seconds = $5 }
	    /stat::number_of_executed_units/ { runs = $2 }
	    / cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") cov = $(i + 1) }
	    /stat::average_exec_per_sec/ { speed = $2 }
	    END { printf "%9d runs %7d/s %6d edges", runs, speed, cov }' "$1"
}

run_target() { # SECONDS NAME
	local seconds=$1 name=$2 log=$out/log/$2.log dict=() status=0

	mkdir -p "$out/corpus/$name"
	[ ! -e "tests/fuzz/$name.dict" ] || dict=(-dict="tests/fuzz/$name.dict")
	printf '  %-14s ' "$name"
	wait_for "$out/tests/fuzz/$name" "${limits[@]}" "${dict[@]}" \
	    -max_len="${longest_of[$name]:-$longest}" -max_total_time="$seconds" -artifact_prefix="$findings/$name-" \
	    -print_final_stats=1 "$out/corpus/$name" "$corpus/$name" \
	    > "$log" 2>&1 || status=$?
	count "$status" "$(summary "$log")"
	if grep -q 'Test unit written to' "$log"; then
		grep -E 'not so:|^SUMMARY|runtime error|Test unit written' \
		    "$log" | sort -u | sed 's/^/    /'
	fi
}

run_all() { # SECONDS FILE...
	local seconds=$1 file

	shift
	mkdir -p "$out/log" "$findings"
	echo "fuzzing $# targets for $seconds s each, findings in $findings"
	for file in "$@"; do
		check "$file"
		run_target "$seconds" "$(name_of "$file")"
	done
}

# Of libFuzzer's notes on what each input reaches, the names of those outside of
# the corpus that reach most of what nothing before them does.
choose() { # NOTES
	awk -v most="$keep_most" -v corpus="$corpus/" '
	    NR == 1 { count = $1; next }
	    NR > 2 && NR <= count + 2 { name[NR - 3] = $0; next }
	    $1 == "FT" && index(name[$2], corpus) == 1 {
		for (i = 3; i <= NF; i++)
			reached[$i]
		next
	    }
	    $1 == "FT" { reaches[$2] = $0 }
	    END {
		for (; most > 0; most--) {
			best = ""
			for (n in reaches) {
				count = split(reaches[n], part, " ")
				gain = 0
				for (i = 3; i <= count; i++)
					gain += !(part[i] in reached)
				if (gain > (best == "" ? 1 : most_gain)) {
					best = n
					most_gain = gain
				}
			}
			if (best == "")
				break
			print name[best]
			count = split(reaches[best], part, " ")
			for (i = 3; i <= count; i++)
				reached[part[i]]
			delete reaches[best]
		}
	    }' "$1"
}

# A few that were made up, so that the corpus stays small enough to be read.
keep() { # FILE...
	local file name notes chosen input status

	mkdir -p "$out/log"
	for file in "$@"; do
		check "$file"
		name=$(name_of "$file")
		notes=$out/log/$name.notes
		status=0
		rm -rf "$notes" "$out/merged"
		mkdir -p "$out/corpus/$name" "$out/merged"
		wait_for "$out/tests/fuzz/$name" "${limits[@]}" \
		    -max_len="${longest_of[$name]:-$longest}" -set_cover_merge=1 -use_counters=0 \
		    -merge_control_file="$notes" "$out/merged" \
		    "$corpus/$name" "$out/corpus/$name" \
		    > "$out/log/$name.keep" 2>&1 || status=$?
		mapfile -t chosen < <(choose "$notes")
		for input in "${chosen[@]}"; do
			cp "$input" "$corpus/$name/made-$(basename "$input" |
			    cut -c 1-8)"
		done
		count "$status" "$(printf '  %-14s %3d inputs added' "$name" \
		    ${#chosen[@]})"
	done
}

run_afl() { # SECONDS
	local folder=$out/afl stats clean=1

	rm -rf "$folder"
	mkdir -p "$folder" "$out/log"
	stats=$folder/default/fuzzer_stats
	echo "fuzzing the program as CGI for $1 s, findings in $folder"
	# This machine's core pattern and governor are not ours to change.
	AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_NO_AFFINITY=1 \
	    AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
	    wait_for afl-fuzz -V "$1" -m none -t 2000 -i "$corpus/serve" \
	    -o "$folder" -x tests/fuzz/serve.dict -- build/afl/tests/fuzz/cgi \
	    > "$out/log/afl.log" 2>&1
	if [ ! -e "$stats" ]; then
		tail -n 20 "$out/log/afl.log"
		failed=1
		return
	fi
	grep -q '^saved_crashes *: 0$' "$stats" &&
	    grep -q '^saved_hangs *: 0$' "$stats" && clean=0
	count "$clean" "$(awk -F ' *: *' '{ v[$1] = $2 } END {
	    printf "  %-14s %9d runs %7d/s %6d edges, %d crashes, %d hangs",
		"cgi", v["execs_done"], v["execs_per_sec"], v["edges_found"],
		v["saved_crashes"], v["saved_hangs"] }' "$stats")"
}

trap '[ -z "$child" ] || kill "$child"; exit 130' INT
trap '[ -z "$child" ] || kill "$child"; exit 143' TERM HUP

what=${1:-}
shift
case $what in
run) run_all "$@" ;;
keep) keep "$@" ;;
afl) run_afl "$@" ;;
*)
	echo 'usage: fuzz.sh run SECONDS FILE... | keep FILE... | afl SECONDS' >&2
	exit 2
	;;
esac

total
