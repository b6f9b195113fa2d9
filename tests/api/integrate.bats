#!/usr/bin/env bats
# docs/integrate.md: its shell script and its PHP as they stand there, against the
# service.  Its JavaScript is run by tests/openapi/integrate.bats.
# shellcheck disable=SC2016,SC2154 # PHP; set by helpers

setup() {
	load helper
	load tenancy
	load integrate
	follow_only_the_test
	new_tenant
	service_key
}

# may NEED [PROJECT]: the page's script for the key in CUSTOMER_KEY.
may() {
	[ -s "$BATS_TEST_TMPDIR/may" ] ||
	    block sh '#!/bin/sh' > "$BATS_TEST_TMPDIR/may"
	sh "$BATS_TEST_TMPDIR/may" "$@"
}

# php CODE: the page's class, and code that uses it as $t.
php_with_class() {
	block php '<?php' > "$BATS_TEST_TMPDIR/tenantry.php"
	printf '%s\n' '<?php require __DIR__ . "/tenantry.php";' \
	    '$t = new Tenantry(getenv("TENANTRY_URL"), getenv("TENANTRY_KEY"),
		getenv("TENANTRY_ORG"));' "$1" > "$BATS_TEST_TMPDIR/use.php"
	run php -d error_reporting=-1 -d display_errors=stderr \
	    -d log_errors=0 "$BATS_TEST_TMPDIR/use.php"
	echo "$output"
}

@test "integrate: the shell script says what the holder of a key may do" {
	export CUSTOMER_KEY=$OWNER_KEY
	run may admin
	[ "$status $output" = '0 ok' ]
	run may viewer "$PROJECT"
	[ "$status $output" = '0 ok' ]
	CUSTOMER_KEY=none run may user
	[ "$status $output" = '1 unknown' ]
	run may viewer no-such-project
	[ "$status $output" = '1 project' ]
	TENANTRY_URL=http://127.0.0.1:1 run may user
	[ "$status" = 2 ]
	TENANTRY_KEY=none run may user
	[ "$status" = 2 ]
}

@test "integrate: PHP asks, and verifies a token without asking" {
	export CUSTOMER_KEY=$OWNER_KEY
	php_with_class '
	    $key = getenv("CUSTOMER_KEY");
	    $no = $t->check("none", "user");
	    $yes = $t->check($key, "admin");
	    $token = $t->token($key, "admin");
	    $keys = $t->keys();
	    $said = $t->verify($token, $keys, "admin");
	    $other = array_map(fn($one) => ["typ" => "JWT"] + $one, $keys);
	    $late = $token; $late[strlen($late) - 10] =
		$late[strlen($late) - 10] === "A" ? "B" : "A";
	    echo json_encode([$no["allowed"], $no["reason"], $yes["allowed"],
		$said["allowed"], $said["sub"] === $yes["user"],
		$t->verify($token, $keys, "user"),
		$t->verify($token, $keys, "admin", "x"),
		$t->verify($token, $other, "admin"),
		$t->verify($late, $keys, "admin"),
		$t->verify("", $keys, "admin"), $t->verify("a.b", $keys, "admin"),
		$t->verify("e30.e30.", $keys, "admin")]);'
	[ "$status" = 0 ]
	[ "$output" = '[false,"unknown",true,true,true,null,null,null,null,null,null,null]' ]
}

@test "integrate: no other token of the service is taken for a check by PHP" {
	export LICENCE
	LICENCE=$(issue --type growth)
	php_with_class '
	    $keys = $t->keys();
	    echo count($keys) >= 2 && $t->verify(getenv("LICENCE"), $keys, "admin")
		=== null ? "refused" : "taken";'
	[ "$output" = refused ]
}

@test "integrate: PHP knows what the license leaves, and invites" {
	export CUSTOMER_KEY=$OWNER_KEY
	php_with_class '
	    $check = $t->check(getenv("CUSTOMER_KEY"), "user");
	    echo json_encode([Tenantry::left($check, "projects"),
		Tenantry::left($check, "users")]), "\n";
	    echo $t->invite("grace@example.org", "user"), "\n";
	    try {
		$t->invite("grace@example.org", "user");
	    } catch (RuntimeException $e) {
		echo $e->getCode(), "\n";
	    }'
	[ "${lines[0]}" = '[0,null]' ]
	[[ ${lines[1]} == */accept/* ]]
	[ "${lines[2]}" = 409 ]
}

@test "integrate: a page in PHP refuses who may not, and when nobody answers" {
	block php '$tenantry = new' > "$BATS_TEST_TMPDIR/page"
	export HTTP_X_API_KEY=none
	page() {
		php_with_class "\$_SERVER['HTTP_X_API_KEY'] =
		    getenv('HTTP_X_API_KEY'); $(cat "$BATS_TEST_TMPDIR/page")
		    echo 'shown';"
	}
	page
	[ "$output" = 'not allowed: unknown' ]
	HTTP_X_API_KEY=$OWNER_KEY page
	[ "$output" = shown ]
	TENANTRY_URL=http://127.0.0.1:1 page
	[ "$status" != 0 ]
	[[ $output != *shown* ]]
}
