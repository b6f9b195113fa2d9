#!/usr/bin/env bash
# Prints docs/errors.md from the tables in src/base/err.c; `make docs` writes it.
set -euo pipefail

cd "$(dirname "$0")/.."
cat << 'END'
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
| `limits` | only with `limit-reached`: `name`, `allowed`, `current` |

An answer without these members comes from the web server or a proxy.

"Retry" says whether the same request may succeed later. `Retry-After` says
after how many seconds. A request with an `Idempotency-Key` may always be sent
again with the same key: a change is made once. The last column is the detail
that stands in the answer when the program knows nothing more exact.

| status | code | title | retry | detail |
| --- | --- | --- | --- | --- |
END
sed '/^#include/d' src/base/err.c | "${CC:-cc}" -E -P - | tr -s '\n\t ' ' ' |
    sed 's/" "//g' | perl -ne '
	my (%advice, $known);
	$advice{$1} = [$2 eq "true" ? "yes" : "no", $3]
	    while /\[ERR_(\w+)\] = \{ (true|false), "([^"]*)" \}/g;
	while (/\[ERR_(\w+)\] = \{ (\d+), "([^"]*)", "([^"]*)"/g) {
		my ($name, $status, $code, $title) = ($1, $2, $3, $4);
		next if $name =~ /^(NONE|CLIENT_GONE|UNCHANGED|DUPLICATE|LAST_ADMIN|REFERENCE|REPEATED|NO_PROCEDURE|CONFLICT|LOST)$/;
		die "no advice: $name\n" if !$advice{$name};
		print "| $status | `$code` | $title | $advice{$name}[0] | $advice{$name}[1] |\n";
		$known++;
	}
	die "no table of errors\n" if !$known;'
