#!/usr/bin/env bats
# The rules of docs/architecture.md that a reader could not check at a glance:
# rooms, fences, budgets.  A rule is a function that gets the root of a tree and
# prints each place that breaks it, as file:line: what.  Every rule is tried
# twice: on the tree, which must be free of it, and on a small tree that breaks
# it, so that a rule that has gone blind is noticed.

# --- reading C ----------------------------------------------------------------

# c_files ROOT FOLDER...: the C files below, from ROOT.
c_files() {
	local root=$1

	shift
	(cd "$root" && find "$@" -name '*.[ch]' 2> /dev/null | sort)
}

# each ROOT PERL FOLDER...
#
# Runs a piece of Perl for each C file, which sees $file, $text (as it is),
# $bare (comments blanked), $code (strings blanked too), $head (is a header)
# and prints with at(POSITION IN THE TEXT, MESSAGE).  Positions are the same in
# all three texts.
each() {
	local root=$1 rule=$2

	shift 2
	c_files "$root" "$@" | (cd "$root" && RULE=$rule perl -we '
		use strict;
		our ($file, $text, $bare, $code, $head);
		my $comment = qr{/\*.*?\*/|//[^\n]*}s;
		my $string = qr{"(?:\\.|[^"\\\n])*"};
		my $character = qr{\x27(?:\\.|[^\x27\\\n])+\x27};
		sub blank {
			my ($s) = @_;
			$s =~ s/[^\n]/ /g;
			return $s;
		}
		sub hollow {
			my ($s) = @_;
			return substr($s, 0, 1) . blank(substr($s, 1, -1)) .
			    substr($s, -1);
		}
		sub at {
			my ($position, $message) = @_;
			my $line = 1 + (substr($text, 0, $position) =~ tr/\n//);
			print "$file:$line: $message\n";
		}
		my $rule = eval "sub { $ENV{RULE} }" or die $@;
		while ($file = <STDIN>) {
			chomp $file;
			open(my $f, "<", $file) or die "$file: $!";
			local $/;
			$text = <$f>;
			$head = $file =~ /\.h$/;
			($bare = $text) =~ s{($comment)|($string|$character)}
			    {defined $1 ? blank($1) : $2}ge;
			($code = $bare) =~ s{^([ \t]*#\s*include[^\n]*)|($string|$character)}
			    {defined $1 ? $1 : hollow($2)}gme;
			local $/ = "\n";
			$rule->();
		}')
}

# --- rooms --------------------------------------------------------------------

# An include arrow never runs up, and rooms beside each other do not meet.
includes_follow_the_floors() {
	each "$1" '
		my %may = (
			"cgi-bin" => "serve api http store edge model base",
			"serve" => "serve resource api http store edge model base",
			"resource" => "resource api http store edge model base",
			"api" => "api http store edge model base",
			"ctl" => "ctl resource store edge model base",
			"http" => "http edge model base",
			"store" => "store edge model base",
			"edge" => "edge model base",
			"model" => "model base",
			"base" => "base",
		);
		my ($room) = $file =~ m{^(?:src/)?([^/]+)/};
		while ($bare =~ /^[ \t]*#\s*include\s+"([^"]*)"/gm) {
			my ($position, $name) = ($-[0], $1);
			my ($target) = $name =~ m{^([a-z]+)/[a-z0-9_]+\.h$};
			if (!defined $target) {
				at($position, "include \"$name\" names no room");
			} elsif (!grep { $_ eq $target } split / /, $may{$room} // "") {
				at($position, "$room must not include $name");
			}
		}' cgi-bin src
}

# The same by the compiler, which follows an include through all headers and
# conditions.  Libraries need not be there (-MG).
compiled_includes_follow_the_floors() {
	(cd "$1" && find cgi-bin src -name '*.c' 2> /dev/null | sort |
	    xargs "${CC:-gcc}" -MM -MG -Isrc) | perl -0777 -wne '
		my %below = (
			"cgi-bin" => "cgi-bin serve resource api http store edge model base",
			"serve" => "serve resource api http store edge model base",
			"resource" => "resource api http store edge model base",
			"api" => "api http store edge model base",
			"ctl" => "ctl resource api http store edge model base",
			"http" => "http edge model base",
			"store" => "store edge model base",
			"edge" => "edge model base",
			"model" => "model base",
			"base" => "base",
		);
		s/\\\n//g;
		for (split /\n/) {
			my (undef, $file, @names) = split;
			my ($room) = $file =~ m{^(?:src/)?([^/]+)/};
			for (@names) {
				my ($target) = m{^(?:src/)?([a-z]+)/\w+\.h$} or next;
				print "$file:0: $room must not see $_\n"
				    if !grep { $_ eq $target } split / /, $below{$room};
			}
		}'
}

# What a handler or a store function must not know, although it lies below.
handlers_know_no_gateway() {
	each "$1" '
		while ($bare =~ m{^[ \t]*#\s*include\s+"(edge/(?:gateway|db)\.h)"}gm) {
			at($-[0], "a handler must not include $1");
		}' src/api src/resource
	each "$1" '
		while ($bare =~ m{^[ \t]*#\s*include\s+"(edge/gateway\.h)"}gm) {
			at($-[0], "the store must not include $1");
		}' src/store src/model
}

# What a file needs of another is in its header.
nobody_includes_a_source() {
	each "$1" '
		while ($bare =~ /^[ \t]*#\s*include\s+["<]([^">]*\.c)[">]/gm) {
			at($-[0], "includes the source $1");
		}' cgi-bin src
}

# --- fences -------------------------------------------------------------------

# Who has no credential may do all: a request never comes to be such a caller.
only_the_tool_has_no_credential() {
	each "$1" '
		return if $file =~ m{^src/(?:model|store)/}
		    || $file eq "src/resource/tool.c";
		while ($code =~ /\bCREDENTIAL_TOOL\b/g) {
			at($-[0], "CREDENTIAL_TOOL outside of the tool");
		}' cgi-bin src
}

# resource/tool.h is included by the tool alone, and by its own source.
only_the_tool_runs_without_a_request() {
	each "$1" '
		return if $file =~ m{^src/ctl/|^src/resource/tool\.c$};
		while ($bare =~ /^[ \t]*#\s*include\s+"resource\/tool\.h"/gm) {
			at($-[0], "resource/tool.h outside of the tool");
		}' cgi-bin src
}

# Neighbouring literals are read as one, as the compiler does.
sql_lives_in_the_store() {
	each "$1" '
		return if $file =~ m{^src/(?:store|resource)/};
		my $string = qr{"(?:\\.|[^"\\\n])*"};
		while ($bare =~ /($string(?:\s*$string)*)/g) {
			my ($position, $literal) = ($-[0], $1);
			$literal =~ s/"\s*"//g;
			at($position, "SQL outside of src/store and src/resource") if $literal =~
			    /\bSELECT\b|\bINSERT\s+INTO\b|\bUPDATE\b.*\bSET\b|\bDELETE\s+FROM\b|\bREPLACE\s+INTO\b/s
			    or $literal =~
			    /\bselect\b.*\bfrom\b|\binsert\s+into\b|\bupdate\s+\w+\s+set\b|\bdelete\s+from\b/is;
		}' cgi-bin src
}

libraries_have_one_door() {
	each "$1" '
		my @doors = (
			[ qr{^fcgi}, "src/edge/gateway.c" ],
			[ qr{^(?:json|json-c/)}, "src/edge/json.c" ],
			[ qr{^(?:mysql|mariadb|errmsg|mysqld_error)},
				"src/edge/db.c" ],
			[ qr{^openssl/}, "src/edge/crypto.c" ],
			[ qr{^crypt\.h$}, "src/edge/password.c" ],
			[ qr{^utf8proc}, "src/edge/name.c" ],
		);
		while ($bare =~ /^[ \t]*#\s*include\s+<([^>]*)>/gm) {
			my ($position, $name) = ($-[0], $1);
			for my $door (@doors) {
				my ($header, $home) = @$door;
				at($position, "<$name> belongs into $home")
				    if $name =~ $header && $file ne $home
				    && !($home eq "src/edge/crypto.c" && $file eq "src/edge/crypto_key.c")
				    && !($home eq "src/edge/db.c" && $file =~
				        m{^src/edge/db_(?:auth\.[ch]|connect\.c|error\.c|move\.c|transaction\.c|internal\.h|prepared\.h)$});
			}
		}' cgi-bin src
}

only_the_arena_allocates() {
	each "$1" '
		return if $file =~ m{^src/base/(?:arena|map)\.c$|^src/edge/(?:db|config)\.c$}
		    || $file eq "cgi-bin/main.c" || $file eq "src/ctl/main.c";
		while ($code =~ /\b((?:m|c|re)alloc|free|strn?dup|v?asprintf|posix_memalign|aligned_alloc)\s*\(/g) {
			at($-[0], "$1() outside of arena, map, db, config and the mains");
		}' cgi-bin src
}

only_config_reads_the_environment() {
	each "$1" '
		return if $file =~ m{^src/edge/(?:config|gateway|renew)\.c$};
		while ($code =~ /\b(getenv|secure_getenv|setenv|putenv)\s*\(|\b(environ)\b/g) {
			at($-[0], ($1 // $2) . " outside of config (gateway: CGI; renew)");
		}' cgi-bin src
}

statements_are_prepared() {
	each "$1" '
		return if $file =~ m{^src/edge/db(?:_check|_session|_together)?\.c$};
		while ($code =~ /\b(mysql_(?:real_)?query|mysql_send_query|mysql_real_escape_string(?:_quote)?|mysql_escape_string)\b/g) {
			at($-[0], "$1 outside of src/edge/db*.c");
		}' cgi-bin src
}

# A statement is data.  Nothing is printed or pasted into one; statement.c alone
# puts the caller's constant text before a statement's, once for each connection.
sql_is_not_pasted() {
	each "$1" '
		return if $file eq "src/store/statement.c";
		my $string = qr{"(?:\\.|[^"\\\n])*"};
		while ($bare =~ /($string(?:(?:\s|[A-Z][A-Z0-9_]*\b)*$string)*)/g) {
			my ($position, $literal) = ($-[0], $1);
			$literal =~ s/"\s*"//g;
			at($position, "a value is printed into SQL")
			    if $literal =~ /\b(?:SELECT|FROM|WHERE|INSERT|UPDATE|DELETE|VALUES|JOIN)\b/
			    && $literal =~ /(?<!%)%[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh?|ll?|[jzt])?[sdiuxXcpfeg]/;
		}
		while ($code =~ /\b(v?s[n]?printf|str[ln]?cat|st[pr]cpy|strlcpy|arena_print)\s*\(/g) {
			my ($position, $name) = ($-[0], $1);
			my $rest = substr($bare, $position);
			my ($call) = $rest =~ /^([^;]*;)/s;
			at($position, "$name() puts a statement together")
			    if $call =~ /\b(?:SELECT|INSERT|UPDATE|DELETE|WHERE|sql|statement|query)\b/;
		}' src/store src/resource
}

# The level of the log, what a signal handler has to know, and a digest that is
# looked up once are all that may change.
globals_do_not_change() {
	each "$1" '
		return if $file =~ m{^src/base/(?:log|metric)\.c$|^src/edge/(?:gateway|gateway_wait|db_auth|db_watch|crypto)\.c$|^cgi-bin/main\.c$};
		while ($code =~ /^[ \t]*static\s+(?!const\b|inline\b|_Noreturn\b|noreturn\b)([^;={(]*?)(?:;|=|\[[^;=]*(?:;|=))/gm) {
			my ($position, $what) = ($-[0], $1);
			next if $what =~ /\bconst\b/;
			at($position, "a global that changes: static $what");
		}' cgi-bin src
}

# --- budgets ------------------------------------------------------------------

functions_have_60_lines_at_most() {
	each "$1" '
		my ($line, $start, $at, $position) = (0, 0, 0, 0);
		for my $row (split /^/, $code) {
			$line++;
			($start, $at) = ($line, $position) if $row =~ /^\{/;
			if ($row =~ /^\}/ && $start) {
				my $length = $line - $start - 1;
				at($at, "a function of $length lines") if $length > 60;
				$start = 0;
			}
			$position += length $row;
		}' cgi-bin src
}

files_keep_their_length() {
	each "$1" '
		my $lines = ($text =~ tr/\n//);
		my $most = $head ? 120 : 500;
		at(length $text, "$lines lines, the budget is $most")
		    if $lines > $most;' cgi-bin src
}

lines_have_80_columns() {
	each "$1" '
		my $position = 0;
		for my $row (split /^/, $text) {
			my $wide = $row;
			utf8::decode($wide);
			chomp $wide;
			1 while $wide =~ s/\t/" " x (8 - $-[0] % 8)/e;
			my $columns = length $wide;
			at($position, "$columns columns") if $columns > 80;
			$position += length $row;
		}' cgi-bin src
}

# Declarations end with `);` or an attribute; macros are no declarations.
prototypes_take_5_parameters_at_most() {
	each "$1" '
		return if !$head;
		(my $plain = $code) =~ s/^\s*#(?:[^\n]*\\\n)*[^\n]*/blank($&)/gme;
		my $nested = qr{(\((?:[^()]++|(?-1))*+\))};
		while ($plain =~ /\b([a-z_][a-z0-9_]*)\s*$nested\s*(?:;|__attribute__)/g) {
			my ($position, $name, $list) = ($-[0], $1, $2);
			next if $name eq "__attribute__" || $name eq "sizeof";
			$list = substr($list, 1, -1);
			1 while $list =~ s/\([^()]*\)//;
			my $count = 1 + ($list =~ tr/,//);
			at($position, "$name takes $count parameters") if $count > 5;
		}' src
}

headers_say_what_they_are_for() {
	each "$1" '
		at(0, "a header opens with a comment") if $head && $text !~ m{^/\*};
		at(0, "an include guard is missing") if $head &&
		    $code !~ /^#ifndef TENANTRY_\w+_H\n#define TENANTRY_\w+_H\n/m;
		' src
}

# --- the tests ----------------------------------------------------------------

setup() {
	root=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	bad=$BATS_TEST_TMPDIR/tree
}

# obeyed RULE: the tree is free of it.
obeyed() {
	run "$1" "$root"
	echo "$output"
	[ "$status" = 0 ]
	[ -z "$output" ]
}

# file PATH: writes a file of the small tree from standard input.
file() {
	mkdir -p "$bad/$(dirname "$1")"
	cat > "$bad/$1"
}

# reported RULE PLACE...: the small tree breaks the rule at each place, in this
# order and nowhere else.
reported() {
	local rule=$1 places

	shift
	run "$rule" "$bad"
	echo "$output"
	[ "$status" = 0 ]
	places=$(sed 's/^\([^:]*:[0-9]*\):.*/\1/' <<< "$output")
	[ "$places" = "$(printf '%s\n' "$@")" ]
}

@test "there are sources to look at" {
	[ "$(c_files "$root" cgi-bin src | wc -l)" -gt 20 ]
}

@test "an include arrow never runs up" {
	obeyed includes_follow_the_floors
	file cgi-bin/main.c <<< '#include "serve/serve.h"'
	file src/base/arena.c <<< '#include "edge/db.h"'
	file src/edge/json.c <<-'END'
	#include "base/arena.h"
	/* #include "http/request.h" */
	#include "http/request.h"
	END
	file src/http/route.c <<-'END'
	#include "store/user.h"
	#include "api/routes.h"
	#include "edge/json.h"
	END
	file src/serve/serve.c <<< '#include "ctl/ctl.h"'
	file src/store/user.c <<< '#include "http/request.h"'
	file src/model/user.c <<< '#include "user.h"'
	reported includes_follow_the_floors src/base/arena.c:1 \
	    src/edge/json.c:3 src/http/route.c:1 src/http/route.c:2 \
	    src/model/user.c:1 src/serve/serve.c:1 src/store/user.c:1
}

@test "no include that the compiler follows runs up" {
	obeyed compiled_includes_follow_the_floors
	file src/base/arena.h <<< '#include "base/text.h"'
	file src/base/text.h <<-'END'
	#ifndef OTHER
	#include "edge/db.h"
	#endif
	END
	file src/base/arena.c <<< '#include "base/arena.h"'
	file src/edge/db.c <<< '#include "base/arena.h"'
	file src/store/audit.c <<-'END'
	#include <mysql.h>
	#include "http/request.h"
	END
	reported compiled_includes_follow_the_floors src/base/arena.c:0 \
	    src/store/audit.c:0
}

@test "handlers know neither gateway nor database, the store no gateway" {
	obeyed handlers_know_no_gateway
	file src/api/user.c <<-'END'
	#include "edge/json.h"
	#include "edge/gateway.h"
	#include "edge/db.h"
	END
	file src/resource/user.c <<< '#include "edge/gateway.h"'
	file src/store/user.c <<-'END'
	#include "edge/db.h"
	#include "edge/gateway.h"
	END
	reported handlers_know_no_gateway src/api/user.c:2 src/api/user.c:3 \
	    src/resource/user.c:1 src/store/user.c:2
}

@test "only the tool acts without a credential" {
	obeyed only_the_tool_has_no_credential
	obeyed only_the_tool_runs_without_a_request
	file src/serve/identify.c <<-'END'
	/* CREDENTIAL_TOOL in a comment is none */
	credential->kind = CREDENTIAL_TOOL;
	#include "resource/tool.h"
	END
	file src/ctl/key.c <<< '#include "resource/tool.h"'
	file src/store/lock.c <<< 'return kind == CREDENTIAL_TOOL;'
	reported only_the_tool_has_no_credential src/serve/identify.c:2
	reported only_the_tool_runs_without_a_request src/serve/identify.c:3
}

@test "no source is included" {
	obeyed nobody_includes_a_source
	file src/edge/json.c <<< '#include "edge/json_scan.c"'
	reported nobody_includes_a_source src/edge/json.c:1
}

@test "SQL text stands in src/store and src/resource, nowhere else" {
	obeyed sql_lives_in_the_store
	file src/api/user.c <<-'END'
	/* SELECT in a comment is none */
	const char *a = "please select one of the roles";
	const char *b = "SELECT 1";
	const char *c = "INSERT "
	    "INTO users VALUES (?)";
	const char *d = "update users set name = ?";
	const char *e = "UPDATE users AS u"
	    " SET name = ?";
	const char *f = "DELETE FROM users";
	END
	file src/store/user.c <<< 'const char *a = "SELECT 1";'
	file src/resource/user.c <<< 'const char *a = "SELECT 1";'
	reported sql_lives_in_the_store src/api/user.c:3 src/api/user.c:4 \
	    src/api/user.c:6 src/api/user.c:7 src/api/user.c:9
}

@test "each library is included by one file only" {
	obeyed libraries_have_one_door
	file src/edge/json.c <<< '#include <json.h>'
	file src/edge/db.c <<< '#include <mysql.h>'
	file src/http/request.c <<-'END'
	#include <stdio.h>
	#include <json.h>
	#include <fcgiapp.h>
	#include <mysql.h>
	#include <openssl/evp.h>
	#include <crypt.h>
	#include <utf8proc.h>
	END
	reported libraries_have_one_door src/http/request.c:{2,3,4,5,6,7}
}

@test "memory is allocated in arena, map, db, config and the mains only" {
	obeyed only_the_arena_allocates
	file src/base/arena.c <<< 'void *p = malloc(1);'
	file src/ctl/main.c <<< 'free(p);'
	file src/store/user.c <<-'END'
	int arena_free(int x); /* free(x) */
	void *a = malloc(3);
	char *b = strdup("malloc(3)");
	free (b);
	END
	reported only_the_arena_allocates src/store/user.c:{2,3,4}
}

@test "the environment is read by config and gateway only" {
	obeyed only_config_reads_the_environment
	file src/edge/config.c <<< 'char *a = getenv("TENANTRY_CONF");'
	file src/base/log.c <<-'END'
	char *a = getenv("LEVEL");
	extern char **environ;
	END
	reported only_config_reads_the_environment src/base/log.c:{1,2}
}

@test "only the database's files run unprepared statements" {
	obeyed statements_are_prepared
	file src/edge/db.c <<< 'mysql_query(c, "COMMIT");'
	file src/store/user.c <<-'END'
	mysql_query(c, text);
	mysql_real_query(c, text, n);
	mysql_real_escape_string(c, to, from, n);
	END
	reported statements_are_prepared src/store/user.c:{1,2,3}
}

@test "no value is pasted into a statement" {
	obeyed sql_is_not_pasted
	file src/store/user.c <<-'END'
	static const char good[] = "SELECT id FROM users WHERE id = ?";
	static const char like[] = "SELECT id FROM t WHERE a LIKE 'x%'";
	fault_set(fault, ERR_LIMIT, "%d of %d places are taken", a, b);
	text = arena_print(mem, "SELECT id FROM users"
	    " WHERE name = '%s'", name);
	strcat(sql, name);
	END
	reported sql_is_not_pasted src/store/user.c:{4,4,6}
}

@test "no global changes but the log's level, counters, the shutdown flag and a digest" {
	obeyed globals_do_not_change
	file src/base/log.c <<< 'static int level;'
	file src/store/user.c <<-'END'
	static const char text[] = "a";
	static const struct field rows[] = { { 1 } };
	static int helper(int a)
	{
		static int calls = 0;
		return calls++;
	}
	static unsigned counter;
	static char buffer[20];
	END
	reported globals_do_not_change src/store/user.c:{5,8,9}
}

@test "no function is longer than 60 lines" {
	obeyed functions_have_60_lines_at_most
	{
		echo 'int fits(void)'
		echo '{'
		for _ in {1..60}; do echo '	step();'; done
		echo '}'
		echo 'int overflows(void)'
		echo '{'
		for _ in {1..61}; do echo '	step();'; done
		echo '}'
	} | file src/base/long.c
	reported functions_have_60_lines_at_most src/base/long.c:65
}

@test "headers keep to 120 lines, sources to 500" {
	obeyed files_keep_their_length
	seq 120 | file src/base/fits.h
	seq 500 | file src/base/fits.c
	seq 121 | file src/base/long.h
	seq 501 | file src/base/long.c
	reported files_keep_their_length src/base/long.c:502 src/base/long.h:122
}

@test "lines have 80 columns at most, those of comments too" {
	obeyed lines_have_80_columns
	{
		printf '/* %77s\n' fits
		printf '\t/* %70s\n' wide
		printf 'x\t%72s\n' fits
		printf '/* … %75s\n' fits
		printf '%81s\n' wide
	} | file src/base/wide.c
	reported lines_have_80_columns src/base/wide.c:{2,5}
}

@test "no function takes more than 5 parameters" {
	obeyed prototypes_take_5_parameters_at_most
	file src/base/many.h <<-'END'
	#define ROW(a, b, c, d, e, f) { a, b, c, d, e, f };
	int fits(int a, int b, int c, int d, int (*e)(int, int));
	int prints(int a, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));
	int six(int a, int b, int c, int d,
	    int e, int f);
	END
	reported prototypes_take_5_parameters_at_most src/base/many.h:5
}

@test "a header opens with what it is for and has a guard" {
	obeyed headers_say_what_they_are_for
	file src/base/good.h <<-'END'
	/* Good. */
	#ifndef TENANTRY_BASE_GOOD_H
	#define TENANTRY_BASE_GOOD_H
	#endif
	END
	file src/base/mute.h <<-'END'
	#ifndef TENANTRY_BASE_MUTE_H
	#define TENANTRY_BASE_MUTE_H
	#endif
	END
	file src/base/open.h <<< '/* Open. */'
	reported headers_say_what_they_are_for src/base/mute.h:1 \
	    src/base/open.h:1
}

# --- what the log says of a refusal ---------------------------------------------

refusals_have_a_cause() {
	each "$1" '
		while ($code =~ /\bfault_set\s*\(\s*[^,]*,\s*(ERR_(?:UNAUTHENTICATED
		    |FORBIDDEN|THROTTLED|LICENCE_EXPIRED))\b/gx) {
			at($-[0], "$1 needs fault_refuse and a cause");
		}' src
}

@test "whoever refuses a caller says the cause for the log" {
	obeyed refusals_have_a_cause
	file src/base/mute.c <<-'END'
	void f(void)
	{
		fault_set(fault, ERR_BAD_BODY, "a");
		fault_refuse(
		    fault, ERR_FORBIDDEN, CAUSE_ROLE, "b");
		fault_set(&call->rq->fault,
		    ERR_FORBIDDEN, "c");
	}
	END
	reported refusals_have_a_cause src/base/mute.c:6
}

# schema/README.md says why.
@test "no migration has a virtual column" {
	! grep -in '\<virtual$' "$BATS_TEST_DIRNAME"/../schema/*.sql
}

# --- what docs/architecture.md names --------------------------------------------

# Each file of the page, and each function of its table of steps and its walks,
# that is not there: as page:line: what.
architecture_names_what_is_there() {
	(cd "$1" && perl -we '
		use strict;
		my (%is_function, %is_file);
		for my $file (glob("src/*/*.[ch] cgi-bin/*.c")) {
			my ($name) = $file =~ m{([^/]+)$};
			$is_file{$name} = $is_file{$file =~ s{^src/}{}r} = 1;
			open(my $f, "<", $file) or die "$file: $!";
			while (<$f>) {
				$is_function{$1} = 1 if /^(?:[a-z][^;=(]*?\b)?([a-z]\w*)\(/;
			}
		}
		my ($page, $tells) = ("docs/architecture.md", 0);
		open(my $f, "<", $page) or die "$page: $!";
		my $names = 0;
		while (<$f>) {
			$tells = 1 if /^\| step/;
			$tells = $1 eq "Six walks" if /^## (.*)/;
			while (/`([^`]+)`/g) {
				my $name = $1;
				if ($name =~ m{^(?:[a-z]+/)?[a-z_]+\.[ch]$}) {
					print "$page:$.: no file $name\n" if !$is_file{$name};
				} elsif ($tells && $name =~ /^[a-z][a-z0-9_]*$/) {
					print "$page:$.: no function $name\n"
					    if !$is_function{$name};
					$names++;
				}
			}
		}
		print "$page:0: $names functions in it\n" if $names < 1;')
}

@test "what the page of the architecture names is there" {
	obeyed architecture_names_what_is_there
	file src/http/route.c <<-'END'
	static const struct route *
	route_find(int a)
	{
	    return route_lose(a);
	}
	END
	file docs/architecture.md <<-'END'
	`http/route.c` and `route.h` have `anything`.
	| step | where |
	| route | `http/route.c` `route_find`, `route_lose` |
	## Others
	`route_lose`
	## Six walks
	`route_find` → `other` → `ERR_NONE`
	END
	reported architecture_names_what_is_there docs/architecture.md:{1,3,7}
}

# --- pages that are made from the sources ---------------------------------------

@test "the page of errors is what the table of errors makes" {
	local page

	page=$("$BATS_TEST_DIRNAME/../tools/errors.sh" page)
	diff -u "$BATS_TEST_DIRNAME/../docs/errors.md" - <<< "$page"
}

# --- packages ------------------------------------------------------------------

# packages_of TARGET: the sets that it looks for, before it builds.
packages_of() {
	env -u MAKEFLAGS -u MAKELEVEL -u BUILD make -n --no-print-directory \
	    -C "$BATS_TEST_DIRNAME/.." "$1" 2> /dev/null |
	    sed -n 's,^tools/packages.sh ,,p' | head -n 1
}

@test "each target that says what it does first looks for its packages" {
	local target sets

	while read -r target; do
		sets=" $(packages_of "$target") "
		echo "$target:$sets"
		[[ $sets == *' run '* ]]
	done < <(sed -n 's/^\([a-z-]*\): announce .*/\1/p' \
	    "$BATS_TEST_DIRNAME/../Makefile")
	# python3, bats, valgrind
	for target in metrics scale; do
		[[ " $(packages_of "$target") " == *' test '* ]]
	done
	# cmocka
	grep -q '^corpora *library *cmocka ' \
	    "$BATS_TEST_DIRNAME/../tools/packages.sh"
}

# --- defects that the tests are to notice (`make mutants`) ----------------------

@test "each defect fits the sources, in one line, and its test files exist" {
	local root=$BATS_TEST_DIRNAME/.. file

	"$root/tests/mutants/run.sh" check
	[ "$(find "$root/tests/mutants" -name '*.patch' | wc -l)" -ge 50 ]
	for file in $(sed -sn '1{s/ -- .*//;p}' "$root"/tests/mutants/*.patch |
	    tr ' ' '\n' | sort -u); do
		[ -e "$root/$file" ] || { echo "$file"; return 1; }
	done
}
