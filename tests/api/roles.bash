#!/usr/bin/env bash
# The rule of roles, and the requests that try it, for roles.bats: a process of
# its own, since bats takes its time with each command of a test.
#
#   roles.bash keys              SQL that makes the keys
#   roles.bash requests FOLDER   settings for curl: all requests, answers there
#   roles.bash statuses          compares "ROUTE USER ROLE PLACE STATUS" lines
#   roles.bash tree|list         compares "USER ROLE PLACE SHOWN" lines
#
# Wants ORG, PROJECT, SECOND, STRANGER_ORG, TENANTRY_URL and, for `keys`, the
# ids of the users as USER_admin and so on.
set -euo pipefail

users='admin user project-admin viewer system system-member stranger'
roles='none admin user viewer'
places='nowhere organization first second elsewhere'

# The rank of a role: a key without one allows all.
declare -A rank=([nothing]=0 [viewer]=1 [user]=2 [admin]=3 [none]=3)

# The role of each user in ORG, and in its projects by bindings of their own.
declare -A in_organization=([admin]=3 [user]=2 [project-admin]=2 [viewer]=2
    [system]=3 [system-member]=3 [stranger]=0)
declare -A in_first=([project-admin]=3 [viewer]=1)
declare -A is_member=([admin]=1 [user]=1 [project-admin]=1 [viewer]=1
    [system-member]=1)

# These set `result`: a process for each of some thousand takes too long.

least() {
	result=$(($1 < $2 ? $1 : $2))
}

# organization_role USER ROLE PLACE: of the caller in ORG.
organization_role() {
	least "${in_organization[$1]}" "${rank[$2]}"
	case $3 in
	elsewhere) result=0 ;;
	first | second) least "$result" 2 ;;
	esac
}

# project_role USER ROLE PLACE first|second: of the caller in that project.
project_role() {
	local role=0

	[ "$4" != first ] || role=${in_first[$1]-0}
	if [ "$3" = "$4" ]; then
		[ "${in_organization[$1]}" != 3 ] || role=3
	elif [ "$3" != nowhere ] && [ "$3" != organization ]; then
		role=0
	else
		organization_role "$1" "$2" "$3"
		[ "$result" != 3 ] || role=3
	fi
	least "$role" "${rank[$2]}"
}

# by_role ADMIN MEMBER OTHER: the status for the role in `result`.
by_role() {
	case $result in
	3) result=$1 ;;
	0) result=$3 ;;
	*) result=$2 ;;
	esac
}

# right ROUTE USER ROLE PLACE: the status that is right.
right() {
	local is_full=no

	[ "$4" != nowhere ] || [ "${rank[$3]}" != 3 ] || is_full=yes
	organization_role "$2" "$3" "$4"
	case $1 in
	accounts | users) by_role 200 403 403 ;;
	get) by_role 200 200 404 ;;
	rename | licence) by_role 400 403 404 ;;
	delete) by_role 412 403 403 ;;
	own-licence | project) by_role 400 403 403 ;;
	create) result=403; [ $is_full = no ] || result=400 ;;
	doctor) result=403; [[ $is_full$2 != yessystem* ]] || result=200 ;;
	list | tree | verify) result=200 ;;
	esac
}

# right_tree USER ROLE PLACE: the projects of ORG in the tree, `+` behind one
# whose secret is shown; `-` where the organization is not there.
right_tree() {
	local project text=''

	if [ -z "${is_member[$1]-}" ] || [ "$3" = elsewhere ]; then
		result=-
		return
	fi
	for project in first second; do
		project_role "$1" "$2" "$3" $project
		case $result in
		0) ;;
		3) text+="$project+ " ;;
		*) text+="$project " ;;
		esac
	done
	result=${text% }
}

# A bad body or version: only who may write is told of it, nothing is changed.
routes() { # prints: NAME METHOD PATH DATA IS_IN_CONTEXT
	local o=/v1/organizations

	cat <<-END
	accounts GET $o/accounts - yes
	users GET $o/users - yes
	get GET $o/$ORG - no
	rename PATCH $o/$ORG/metadata { no
	licence PUT $o/$ORG/license { no
	own-licence PUT /v1/organization-license { yes
	delete DELETE $o/$ORG - no
	project POST /v1/projects { yes
	create POST $o { no
	list GET $o - no
	tree GET $o/accounts/all - no
	verify PUT $o/verify {"organizationName":"x"} no
	doctor GET /doctor - no
	END
}

# keys: an SQL statement for one of each user, role and place, whose text is
# known.
keys() {
	local user role place rows='' text id
	local -A places_of=([nowhere]='NULL, NULL'
	    [organization]="'$ORG', NULL" [first]="'$ORG', '$PROJECT'"
	    [second]="'$ORG', '$SECOND'" [elsewhere]="'$STRANGER_ORG', NULL")

	for user in $users; do
		for role in $roles; do
			for place in $places; do
				id=USER_${user//-/_}
				text=tny_$ORG.$user.$role.$place
				rows+=",(LEFT(UPPER(SHA2('$text', 256)), 26),
				    UNHEX(SHA2('$text', 256)), '${!id}',
				    ${places_of[$place]}, NULLIF('$role', 'none'),
				    UTC_TIMESTAMP(3))"
			done
		done
	done
	echo "INSERT INTO api_keys (id, digest, user_id, organization_id,
	    project_id, role, created_at) VALUES ${rows:1}"
}

# curl's settings for a request of each key to each route.
requests() { # FOLDER
	local name method path data in_context user role place first=yes

	while read -r name method path data in_context; do
		for user in $users; do
		for role in $roles; do
		for place in $places; do
			[ $first = yes ] || echo next
			first=no
			echo "url = \"$TENANTRY_URL$path\""
			echo "request = $method"
			echo "header = \"X-Api-Key: tny_$ORG.$user.$role.$place\""
			echo "output = \"$1/$name.$user.$role.$place\""
			printf 'write-out = "%s %%{http_code}\\n"\n' \
			    "$name $user $role $place"
			echo silent
			echo "max-time = 60"
			[ "$in_context" = no ] ||
			    echo "header = \"X-Organization-ID: $ORG\""
			[ "$data" = - ] || echo "data = \"${data//\"/\\\"}\""
			[ "$name" != delete ] ||
			    echo 'header = "If-Match: \"0-none\""'
		done
		done
		done
	done < <(routes)
}

# statuses < "NAME USER ROLE PLACE STATUS" lines
statuses() {
	local name user role place status wrong=0 count=0

	while read -r name user role place status; do
		count=$((count + 1))
		right "$name" "$user" "$role" "$place"
		[ "$status" != "$result" ] || continue
		wrong=$((wrong + 1))
		echo "$name, $user, key $role $place: $status, not $result"
	done
	[ $count = $((13 * 7 * 4 * 5)) ] && [ $wrong = 0 ]
}

# shown tree|list < "USER ROLE PLACE SHOWN" lines
shown() {
	local user role place shown wrong=0 count=0

	while read -r user role place shown; do
		count=$((count + 1))
		right_tree "$user" "$role" "$place"
		[ "$1" = tree ] || [ "$result" = - ] || result=there
		[ "$shown" != "$result" ] || continue
		wrong=$((wrong + 1))
		echo "$1, $user, key $role $place: $shown, not $result"
	done
	[ $count = $((7 * 4 * 5)) ] && [ $wrong = 0 ]
}

case $1 in
keys | statuses) "$1" ;;
requests) requests "$2" ;;
tree | list) shown "$1" ;;
esac
