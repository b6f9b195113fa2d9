#!/usr/bin/env bash
# What src/base/err.c says of the errors that a client can see.
#
#   errors.sh page     docs/errors.md; `make docs` writes it
#   errors.sh codes    "STATUS CODE" of each
set -euo pipefail

cd "$(dirname "$0")/.."

# Each as "| STATUS | `CODE` | TITLE | yes or no | DETAIL |".
rows() {
	sed '/^#include/d' src/base/err.c | "${CC:-cc}" -E -P - |
	    tr -s '\n\t ' ' ' | sed 's/" "//g' | perl -ne '
	    my ($text, $rows) = (qr/"([^"]*)"/, 0);
	    while (/\] = \{ (\d+), $text, $text, \w+, (true|false), $text/g) {
		my $retry = $4 eq "true" ? "yes" : "no";
		print "| $1 | `$2` | $3 | $retry | $5 |\n";
		$rows++;
	    }
	    die "no table of errors\n" if !$rows;'
}

page() {
	cat <<- 'END'
# Errors

For developers of clients: what each error means and whether the same request
may be sent again. `make docs` writes this page from `src/base/err.c`.

Every error is a JSON object (`application/problem+json`, RFC 9457):

| member | meaning |
| --- | --- |
| `type` | `urn:tenantry:problem:` and a code of the table below; decide by it |
| `title` | the same for every error of this type |
| `status` | the HTTP status |
| `detail` | what is wrong with this request and what to do |
| `instance` | the request id, as in `X-Request-Id` and in the log |
| `errors` | a list with the detail |
| `limits` | only with 409 of a limit: `name`, `allowed`, `current`; not for a caller who may not know how many members there are |
| `needed`, `have` | only with 403: what is missing, and what the caller has, in one word each |
| `userId` | only with `already-a-member`: the member who has the address |
| `id` | only with `already-invited`: the invitation of the address |

An answer without these members comes from the web server or a proxy.

"Retry" says whether the same request may succeed later. `Retry-After` says
after how many seconds. A request with an `Idempotency-Key` may always be sent
again with the same key: a change is made once. The last column is the detail
that stands in the answer when the program knows nothing more exact.

| status | code | title | retry | detail |
| --- | --- | --- | --- | --- |
END
	rows
}

case ${1:-} in
page) page ;;
codes) rows | awk '{ gsub("`", ""); print $2, $4 }' ;;
*)
	sed -n '4,5s/^# *//p' "$0" >&2
	exit 2
	;;
esac
