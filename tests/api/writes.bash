# What the tests of projects, members and API keys share: tags, problem types,
# audit rows, pages, and different requests at the same time.
#
# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154  # set for, or by, the test file

# new_place: a tenant with a second project, SECOND, which is made behind the
# service, so that the licence does not matter.
new_place() {
	new_tenant || return
	fill_projects 1
	SECOND=00${ORG:6:16}00000001
}

key_id() { # KEY
	sql "SELECT id FROM api_keys WHERE digest = UNHEX(SHA2('$1', 256))"
}

# --- answers ------------------------------------------------------------------

# expect_type STATUS CODE [TEXT]: a problem of this type.
expect_type() {
	expect_problem "$1" "${3-}" || return
	[ "$problem_type" = "urn:tenantry:problem:$2" ] || {
		echo "expected the type $2"
		show_answer
		return 1
	}
}

# expect_tag TAG: the ETag of the answer begins so: the letter and the version.
expect_tag() {
	[[ $(header ETag) =~ ^\"$1-[0-9a-f]{32}\"$ ]] || {
		echo "expected an ETag of $1"
		show_answer
		return 1
	}
}

# organization_tag: the ETag of ORG.
organization_tag() {
	KEY=$OWNER_KEY api GET "/v1/organizations/$ORG" && header ETag
}

# touch_organization: a change behind the service that makes its ETag an old one.
touch_organization() {
	sql "UPDATE organizations SET version = version + 1 WHERE id = '$ORG'"
}

# expect_bodies STATUS KEY METHOD PATH < BODIES: each line of the input is
# answered with the status.
expect_bodies() {
	local status=$1 key=$2 method=$3 path=$4 text

	while IFS= read -r text; do
		KEY=$key api "$method" "$path" --data "$text"
		expect_problem "$status" || {
			echo "body: $text"
			return 1
		}
	done
}

# expect_audit COUNT ACTION KIND ID [EMAIL]: so many rows of this by this user
# (the owner where none is named), and none of another kind or organization.
expect_audit() {
	local rows

	rows=$(sql "SELECT COUNT(IF(user_id = (SELECT id FROM users
	    WHERE email = '${5:-$OWNER_EMAIL}'), 1, NULL)),
	    COUNT(IF(organization_id <=> '$ORG' AND resource_kind = '$3',
	        NULL, 1))
	    FROM audit_events WHERE action = '$2' AND resource_id = '$4'")
	[ "$rows" = "$1	0" ] || {
		echo "expected $1 rows of $2 $3 $4 by ${5:-$OWNER_EMAIL}"
		sql "SELECT action, resource_kind, resource_id, user_id,
		    organization_id FROM audit_events
		    WHERE resource_id = '$4'"
		return 1
	}
}

# audit_count: how many rows the trail of ORG has.
audit_count() {
	sql "SELECT COUNT(*) FROM audit_events WHERE organization_id = '$ORG'"
}

# --- pages --------------------------------------------------------------------

# The path behind rel="next" of the answer, without the mount; empty: none.
next_page() {
	local link

	link=$(header Link)
	[[ $link =~ ^\<"$link_base"(/[^>]*)\>\;\ rel=\"next\"$ ]] || return 0
	echo "${BASH_REMATCH[1]}"
}

# ids_of MEMBER: of the rows of the answer.
ids_of() {
	json "[.$1[].metadata.id] | join(\" \")" || true
}

# pages MEMBER PATH: the ids of all pages, by the links.
pages() {
	local next=$2 all=''

	while [ -n "$next" ]; do
		api GET "$next"
		expect_status 200 || return
		all+=" $(ids_of "$1")"
		next=$(next_page)
	done
	echo "${all# }"
}

# --- at once ------------------------------------------------------------------

# at_once [KEY METHOD PATH BODY]...: these requests at the same time, by one curl.
# In place of a key also LOGIN:PASSWORD, or nothing.
# Sets codes: the statuses in the order of the requests, a space between; the
# bodies are $BATS_TEST_TMPDIR/at_once/1 and so on.
#
# Behind mod_security, whose rules know three methods alone, as tests/hosts/post-only
# sends one request.
at_once() {
	local folder=$BATS_TEST_TMPDIR/at_once n=0 i lines arguments=()
	local answered=() method url

	rm -rf "$folder"
	mkdir "$folder"
	while [ $# -gt 0 ]; do
		n=$((n + 1)) method=$2
		url_of "$n"
		[ "$n" = 1 ] || arguments+=(--next)
		case ${WEB_HOST:-}$method in
		apache-modsecurityP[UA]T* | apache-modsecurityDELETE)
			arguments+=(--header "X-HTTP-Method-Override: $method")
			[ -n "$4" ] || arguments+=(--data '')
			method=POST
			;;
		esac
		arguments+=(--silent --max-time 60 --noproxy '*' --path-as-is
		    --request "$method"
		    --output "$folder/$n" --write-out '%{urlnum} %{http_code}\n'
		    "$url$3")
		case $1 in
		'') ;;
		*:*) arguments+=(--user "$1") ;;
		*) arguments+=(--header "X-Api-Key: $1") ;;
		esac
		[ -z "$4" ] || arguments+=(--data "$4"
		    --header 'Content-Type: application/json')
		shift 4
	done
	mapfile -t lines < <(CURL_AS_IS=1 curl --no-progress-meter --parallel \
	    --parallel-immediate --parallel-max "$n" "${arguments[@]}" 3>&-)
	for ((i = 0; i < ${#lines[@]}; i++)); do
		answered[${lines[i]% *}]=${lines[i]#* }
	done
	codes=${answered[*]}
}

# waits_behind ID: a connection with a higher number waits for a row.
waits_behind() {
	lock_waiters | awk -v id="$1" '$1 > id { waits = 1 } END { exit !waits }'
}

# meanwhile STATEMENT KEY METHOD PATH BODY: a request that waits for the row of
# ORG while the statement is carried out.  Load cgi and hold, set `settings`.
meanwhile() {
	local folder=$BATS_TEST_TMPDIR/meanwhile waiting before

	# the connections of workers are older
	before=$(sql 'SELECT CONNECTION_ID()')
	mkdir -p "$folder"
	hold_row || return
	(
		BATS_TEST_TMPDIR=$folder
		KEY=$2 cgi_send "$3" "$4" "$5"
	) 3>&- 8>&- &
	waiting=$!
	within 20 waits_behind "$before" || return
	echo "$1; COMMIT;" >&8
	wait "$waiting"
	release_row
	headers=$folder/cgi.headers body_file=$folder/cgi.body
	status_code=$(header Status)
	read_body
}
