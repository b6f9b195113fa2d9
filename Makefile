# Tenantry.  `make help` lists the targets and the settings.

VERSION := $(shell sed -n 's/.*TENANTRY_VERSION "\(.*\)"/\1/p' \
	src/base/version.h)

# --- settings -----------------------------------------------------------------

CC = gcc
WERROR = -Werror
BUILD = release
STATE = var
PORT = 8080
LOGIN =
PASSWORD =
TESTS =
HOSTS =
SECONDS = 60
MINUTES = 30
FUZZ =
MUTANTS =
CALLS =
N =
GALERA_PORT =
PREFIX = /usr/local
SYSCONFDIR = /etc
DESTDIR =
CFLAGS =
LDFLAGS =

# --- flags --------------------------------------------------------------------

STANDARD = -std=c11 -D_POSIX_C_SOURCE=200809L
WARNINGS = -Wall -Wextra -Wpedantic $(WERROR) -Wshadow -Wconversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wcast-qual -Wwrite-strings \
	-Wvla -Wundef -Wformat=2
DEFINES = -DTENANTRY_DEFAULT_CONF='"$(DEFAULT_CONF)"' \
	-DTENANTRY_FCGI_VERSION='"$(FCGI_VERSION)"'
DEFAULT_CONF = $(SYSCONFDIR)/tenantry/tenantry.conf
INCLUDES = -Isrc -Ibuild/gen
LINK_LIBS = -lfcgi $(LIBS)

# Some compilers define it by themselves, and CFLAGS may ask for another one.
FORTIFY = $(if $(findstring _FORTIFY_SOURCE,$(CFLAGS)),,-D_FORTIFY_SOURCE=2)
HARDENING = -U_FORTIFY_SOURCE $(FORTIFY) -fstack-protector-strong -fPIE $(MORE_HARDENING)
HARDENING_LINK = -pie -Wl,-z,relro,-z,now,-z,noexecstack
ifeq ($(BUILD),sanitize)
MODE = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all
MODE_LINK = -fsanitize=address,undefined
else ifeq ($(BUILD),coverage)
MODE = -O0 -g --coverage
MODE_LINK = --coverage
else ifeq ($(BUILD),portable)
# For hosts without the libraries: they become part of the program, the C
# library does not.  Settings are looked for beside the program's folder.
MODE = -O2 $(HARDENING) -ffile-prefix-map='$(CURDIR)'=.
MODE_LINK = $(HARDENING_LINK) -s
DEFAULT_CONF = ../tenantry.conf
DEFINES += -DTENANTRY_PORTABLE=1
LINK_LIBS = -Wl,-Bstatic -lfcgi $(STATIC_LIBS) -Wl,-Bdynamic -ldl -lm
else ifeq ($(BUILD),fuzz)
CC = clang
MODE = -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all \
	-fsanitize=fuzzer-no-link,address,undefined
MODE_LINK = -fsanitize=fuzzer,address,undefined
else ifeq ($(BUILD),afl)
CC = afl-clang-fast
# The cast is in a macro of AFL's.
MODE = -O1 -g -fno-omit-frame-pointer -fno-sanitize-recover=all \
	-fsanitize=address,undefined -Wno-cast-qual
MODE_LINK = -fsanitize=address,undefined
else
MODE = -O2 -g $(HARDENING)
MODE_LINK = $(HARDENING_LINK)
endif

# Asked for when the first file is compiled, not when make starts: `make run`
# may have to install the libraries first.  $(call once,NAME,command) turns the
# variable NAME into the command's output at its first use.
once = $(eval $1 := $(shell $2))$($1)
DATABASE = $(call once,DATABASE,for p in mysqlclient libmariadb mariadb; do \
	pkg-config --exists $$p && echo $$p && break; done)
LIBRARIES = $(DATABASE) json-c libcrypto libutf8proc libcrypt
LIBRARY_FLAGS = $(call once,LIBRARY_FLAGS,pkg-config --cflags $(LIBRARIES) | \
	sed 's/-I */-isystem /g')
LIBS = $(call once,LIBS,pkg-config --libs $(LIBRARIES))
STATIC_LIBS = $(filter-out -ldl -lm -lpthread -pthread,$(call \
	once,STATIC_LIBS_ALL,pkg-config --static --libs $(LIBRARIES)))

# Those that not every compiler has for every processor.
MORE_HARDENING = $(call once,MORE_HARDENING,for f in -fstack-clash-protection \
	-fcf-protection; do echo 'int x;' | $(CC) -Werror $$f -x c -c \
	-o /dev/null - 2> /dev/null && echo $$f; done)

# Debian's version tells of its patches; libfcgi itself tells none.
FCGI_VERSION = $(call once,FCGI_VERSION,dpkg-query -W -f '$${Version}' \
	libfcgi-dev 2> /dev/null || pkg-config --modversion fcgi 2> /dev/null)

COMPILE = $(CC) $(STANDARD) $(WARNINGS) $(MODE) $(DEFINES) $(INCLUDES) \
	$(LIBRARY_FLAGS) $(CFLAGS)
LINK = $(CC) $(MODE) $(CFLAGS) $(MODE_LINK) -Wl,--as-needed $(LDFLAGS)

# --- files --------------------------------------------------------------------

# BUILD names a folder: release, sanitize and coverage live side by side.
OUT = build/$(BUILD)

HEADERS = $(sort $(wildcard src/*/*.h))
SCHEMA = $(sort $(wildcard schema/*.sql))
CONSOLE = $(sort $(filter-out %.md,$(wildcard htdocs/console/*.*)))
INVARIANTS = $(sort $(wildcard schema/invariants/*.sql))
SOURCES = $(sort $(filter-out src/ctl/%,$(wildcard src/*/*.c)))
CTL_SOURCES = $(sort $(wildcard src/ctl/*.c))
TEST_SOURCES = $(sort $(wildcard tests/unit/*.c tests/store/*.c))
# Programs that shell tests ask.
ASKED_SOURCES = tests/openapi/table.c
# What they send requests with and look into the database with: the same in each
# build, as they are started often.
QUICK_PROGRAMS = build/tests/request build/tests/sql
# What reads data that strangers wrote.
CORPORA_SOURCES = $(sort $(wildcard tests/corpora/*.c))
# One program of several files.
WALK_SOURCES = $(sort $(wildcard tests/walk/*.c))
# Each is a target of its own, but for what they share; libFuzzer brings a main.
FUZZ_SHARED = $(addprefix tests/fuzz/,gateway.c answer.c db.c replay.c cgi.c)
FUZZ_SOURCES = $(filter-out $(FUZZ_SHARED),$(sort $(wildcard tests/fuzz/*.c)))
C_FILES = $(wildcard cgi-bin/*.c src/*/*.c tests/*/*.c)

OBJECTS = $(SOURCES:%.c=$(OUT)/%.o) $(addprefix $(OUT)/gen/,\
	schema.o invariants.o console.o commit.o)
ARCHIVE = $(OUT)/libtenantry.a
MAIN_OBJECT = $(OUT)/cgi-bin/main.o
CTL_OBJECTS = $(CTL_SOURCES:%.c=$(OUT)/%.o)
TEST_OBJECTS = $(TEST_SOURCES:%.c=$(OUT)/%.o)
TEST_PROGRAMS = $(TEST_SOURCES:%.c=$(OUT)/%)
ASKED_PROGRAMS = $(ASKED_SOURCES:%.c=$(OUT)/%)
CORPORA_PROGRAMS = $(CORPORA_SOURCES:%.c=$(OUT)/%)
WALK_OBJECTS = $(WALK_SOURCES:%.c=$(OUT)/%.o)
WALK_PROGRAM = $(OUT)/tests/walk/walk
BENCH_SOURCES = $(sort $(wildcard tests/bench/*.c))
BENCH_OBJECTS = $(BENCH_SOURCES:%.c=$(OUT)/%.o)
BENCH_PROGRAMS = $(BENCH_SOURCES:%.c=$(OUT)/%)
FUZZ_OBJECTS = $(FUZZ_SOURCES:%.c=$(OUT)/%.o)
FUZZ_PROGRAMS = $(FUZZ_SOURCES:%.c=$(OUT)/%)
FUZZ_MAIN = $(if $(filter fuzz,$(BUILD)),,$(OUT)/tests/fuzz/replay.o)
ALL_OBJECTS = $(OBJECTS) $(MAIN_OBJECT) $(CTL_OBJECTS) $(TEST_OBJECTS) \
	$(WALK_OBJECTS) $(ASKED_SOURCES:%.c=$(OUT)/%.o) \
	$(CORPORA_SOURCES:%.c=$(OUT)/%.o) \
	$(BENCH_OBJECTS) $(FUZZ_OBJECTS) $(FUZZ_SHARED:%.c=$(OUT)/%.o)

ifeq ($(BUILD),release)
PROGRAM = cgi-bin/tenantry.fcgi
CTL = build/tenantryctl
else
PROGRAM = $(OUT)/tenantry.fcgi
CTL = $(OUT)/tenantryctl
endif

# A CDPATH would lead the scripts' cd astray, and make it print.
unexport CDPATH

# What the scripts in tools/ need to know.
export BUILD STATE PORT LOGIN PASSWORD GALERA_PORT PROGRAM CTL

# --- run ----------------------------------------------------------------------

.PHONY: all programs help packages run start stop cluster cluster-node \
	cluster-node-stop cluster-stop
all: $(PROGRAM) $(CTL) ## build both programs

programs: all $(TEST_PROGRAMS) $(WALK_PROGRAM) $(ASKED_PROGRAMS) $(QUICK_PROGRAMS) $(FUZZ_PROGRAMS) ## and the test programs

help: ## this list
	@echo 'Targets:'
	@awk -F ':[^#]*## *' '/^[a-z][a-z -]*:.*## / \
		{ printf "  %-15s %s\n", $$1, $$2 }' Makefile
	@echo 'Settings, as in `make run PORT=9090`:'
	@echo '  PORT=$(PORT)       port of the web server on 127.0.0.1'
	@echo '  LOGIN= PASSWORD= make this login a system administrator'
	@echo '  STATE=$(STATE)       folder of the database, keys, logs and settings'
	@echo '  BUILD=$(BUILD)   release, sanitize, coverage or portable'
	@echo '  TESTS=           files for `make test`, all where empty'
	@echo '  JOBS=            files at a time, one for each processor where empty'
	@echo '  DATABASES=       folder for the servers of `make databases`'
	@echo '  HOSTS=           web servers for `make hosts`, all where empty'
	@echo '  SECONDS=$(SECONDS)       how long to fuzz each target'
	@echo '  MINUTES=$(MINUTES)       how long to soak'
	@echo '  CALLS=           what `TENANTRY_CALLS=FILE make test` recorded'
	@echo '  FUZZ=            targets for `make fuzz`, all where empty'
	@echo '  MUTANTS=         defects for `make mutants`, all where empty'
	@echo '  GALERA_PORT=     first of nine ports of `make cluster`, PORT + 100'
	@echo '  CC=$(CC) CFLAGS= LDFLAGS= WERROR=$(WERROR) PREFIX=$(PREFIX)' \
		'SYSCONFDIR=$(SYSCONFDIR) DESTDIR='

packages: ## install the Debian packages that are missing
	@tools/packages.sh $(PACKAGES)

run: announce all ## serve in the foreground, Ctrl-C ends it
	@tools/instance.sh run

start: announce all ## serve in the background
	@tools/instance.sh start

stop: ## end what `start` started; STATE is kept
	@tools/instance.sh stop

cluster: announce all ## three database nodes, two web servers, background
	@tools/cluster.sh start

cluster-node: ## start node N= (1, 2 or 3) of the cluster again
	@tools/cluster.sh node-start $(N)

cluster-node-stop: ## drain node N= and end it
	@tools/cluster.sh node-stop $(N)

cluster-stop: ## end what `cluster` started; STATE is kept
	@tools/cluster.sh stop

# Only the targets that promise to care for packages do so; `make all` leaves
# that to whoever packages it.
PACKAGES = run
ifneq ($(filter test unit sanitize coverage hosts databases timing \
	hostile mutants,$(MAKECMDGOALS)),)
PACKAGES += test hosts cluster
endif
ifneq ($(filter metrics scale,$(MAKECMDGOALS)),)
PACKAGES += test
endif
ifneq ($(filter lint,$(MAKECMDGOALS)),)
PACKAGES += test hosts lint
endif
ifneq ($(filter cluster faults soak,$(MAKECMDGOALS)),)
PACKAGES += test cluster
endif
ifneq ($(filter faults,$(MAKECMDGOALS)),)
PACKAGES += faults
endif
ifneq ($(filter attack,$(MAKECMDGOALS)),)
PACKAGES += test attack
endif
ifneq ($(filter browsers browser hosts,$(MAKECMDGOALS)),)
PACKAGES += test browsers
endif
ifneq ($(filter corpora,$(MAKECMDGOALS)),)
PACKAGES += corpora
endif
ifneq ($(filter check-openapi,$(MAKECMDGOALS)),)
PACKAGES += test openapi
endif
ifneq ($(filter bench bench-quick bench-check growth,$(MAKECMDGOALS)),)
PACKAGES += bench
endif
ifneq ($(filter fuzz fuzz-keep fuzz-afl,$(MAKECMDGOALS)),)
PACKAGES += fuzz
endif
.PHONY: announce
ifneq ($(filter run start cluster faults soak attack corpora mutants test unit \
	sanitize lint \
	coverage databases timing hostile \
	check-openapi bench bench-quick bench-check growth scale metrics hosts \
	browsers browser,$(MAKECMDGOALS)),)
$(OUT)/flags: | announce
announce: | packages
	@echo '[2/6] building with $(CC) ($(BUILD))'
endif

# --- check --------------------------------------------------------------------

.PHONY: test faults soak hostile attack corpora mutants unit check-sql check-headers docs format \
	check-format lint sanitize \
	coverage check-openapi hosts databases timing browser browsers fuzz fuzz-programs fuzz-afl fuzz-keep
test: programs replay ## every test; ends with "N passed, N failed"
	@tools/test.sh $(TESTS)

# The kept inputs of the fuzzers are fed to programs with sanitizers, where such
# a test is run.
.PHONY: replay
replay: $(if $(TESTS),$(filter tests/fuzz/%,$(TESTS)),all)
	$(if $(filter release,$(BUILD)),$(if $^,@$(MAKE) --no-print-directory \
		BUILD=sanitize fuzz-programs))

faults: announce programs ## kill, cut, fill and starve under load (minutes)
	@tools/faults.sh $(TESTS)

soak: announce programs ## mixed traffic for MINUTES=30, then memory and rows
	@SHOW=5 MINUTES=$(MINUTES) TEST_FILE_SECONDS=$$(($(MINUTES) * 60 + 300)) \
		tools/test.sh tests/faults/soak.bats 5>&1

hostile: announce programs ## callers beside slow and guessing clients; prints a table
	@tests/bench/hostile.sh $(BEFORE)

attack: announce programs ## sqlmap, ffuf and wapiti on an instance (25 minutes)
	@BATS_TEST_TIMEOUT=$${BATS_TEST_TIMEOUT:-1700} \
		TEST_FILE_SECONDS=$${TEST_FILE_SECONDS:-1800} tools/test.sh \
		$(or $(TESTS),$(wildcard tests/attack/*.bats))

corpora: announce $(CORPORA_PROGRAMS) ## JSON, signatures, names and paths that strangers wrote
	@$(MAKE) --no-print-directory BUILD=sanitize fuzz-programs
	@tests/corpora/corpora.sh

mutants: announce programs ## is each of the defects in tests/mutants noticed? (an hour)
	@tests/mutants/run.sh $(MUTANTS)

unit: $(TEST_PROGRAMS) $(FUZZ_PROGRAMS) replay ## those without database and server
	@tools/test.sh $(filter tests/unit/%,$(TEST_SOURCES)) $(FUZZ_SOURCES)

fuzz: packages ## each parser for SECONDS=60, from the kept inputs on
	@$(MAKE) --no-print-directory BUILD=fuzz fuzz-programs
	@tests/fuzz/fuzz.sh run '$(SECONDS)' $(or $(FUZZ),$(FUZZ_SOURCES))

fuzz-programs: $(FUZZ_PROGRAMS)

fuzz-keep: packages ## the best few inputs that `fuzz` made, into the tests
	@$(MAKE) --no-print-directory BUILD=fuzz fuzz-programs
	@tests/fuzz/fuzz.sh keep $(or $(FUZZ),$(FUZZ_SOURCES))

fuzz-afl: packages ## the whole program as CGI for SECONDS=60, by AFL++
	@$(MAKE) --no-print-directory BUILD=afl build/afl/tests/fuzz/cgi
	@tests/fuzz/fuzz.sh afl '$(SECONDS)'

hosts: programs ## API and console over each web server, or HOSTS="..."
	@tools/hosts.sh all $(HOSTS)

databases: announce programs ## the tests on a real MySQL and a newer MariaDB
	@tools/databases.sh all $(TESTS)

timing: programs ## 200 tries each of what must take the same time
	@tools/test.sh tests/timing/timing.bats

browsers: programs ## Chromium, Firefox and Java against what browsers rely on
	@BATS_TEST_TIMEOUT=$${BATS_TEST_TIMEOUT:-300} CONSOLE=short \
		tools/test.sh tests/clients/browsers.bats \
		tests/console/console.bats tests/console/pages.bats \
		tests/console/setup.bats

browser: programs ## the console in browsers, in each size and theme
	@BATS_TEST_TIMEOUT=$${BATS_TEST_TIMEOUT:-300} tools/test.sh \
		tests/console/console.bats tests/console/pages.bats \
		tests/console/setup.bats

sanitize: ## the same tests under ASan, UBSan and leak detection
	@$(MAKE) --no-print-directory test BUILD=sanitize

coverage: ## the same tests with line coverage, a line for each file
	@$(MAKE) --no-print-directory test BUILD=coverage
	@tools/coverage.sh build/coverage

check-openapi: all $(ASKED_PROGRAMS) ## the description: linters, clients made of it, API tests
	@tests/openapi/run.sh $(CALLS)

check-sql: $(CTL) ## compare SQL and C on the schema of a started instance
	@$(CTL) check --conf "$$(realpath -m '$(STATE)')/tenantry.conf"

check-headers: $(OUT)/flags ## each header compiles alone
	@for h in $(HEADERS); do \
		printf '#include "%s"\nextern int not_empty;\n' "$${h#src/}" | \
		$(COMPILE) -fsyntax-only -x c - || exit 1; \
	done
	@echo '$(words $(HEADERS)) headers compile alone'

docs: ## write docs/errors.md from the table of errors
	@tools/errors.sh page > docs/errors.md

.PHONY: metrics
metrics: announce all ## lines, shape and work of the program, with limits
	$(if $(filter release,$(BUILD)),,$(error only a release is measured))
	@tools/metrics.sh

format: ## format the C files in place
	clang-format -i $(C_FILES) $(HEADERS)

check-format: ## would `format` change anything?
	@clang-format --dry-run -Werror $(C_FILES) $(HEADERS)

lint: packages ## format, analyzers, both compilers, shellcheck
	@CHECK_FLAGS="$(subst ",\",$(STANDARD) $(DEFINES) $(INCLUDES) \
		$(LIBRARY_FLAGS))" MAKE='$(MAKE)' tools/lint.sh

# --- measure ------------------------------------------------------------------

.PHONY: bench bench-quick bench-check growth scale
bench: announce all $(BENCH_PROGRAMS) ## measure beside peers; writes docs/
	$(if $(filter release,$(BUILD)),,$(error only a release is measured))
	@tests/bench/bench.py

bench-quick: announce all $(BENCH_PROGRAMS) ## a shorter one that only prints
	$(if $(filter release,$(BUILD)),,$(error only a release is measured))
	@tests/bench/bench.py --quick

bench-check: announce all $(BENCH_PROGRAMS) ## do the peers still answer as the program does?
	@tests/bench/bench.py --check

scale: announce all ## what requests read of a million rows
	$(if $(filter release,$(BUILD)),,$(error only a release is measured))
	@tests/bench/scale.py

growth: announce all ## speed while tables grow; writes docs/growth.md
	$(if $(filter release,$(BUILD)),,$(error only a release is measured))
	@tests/bench/growth.py

# --- build --------------------------------------------------------------------

# Whoever serves with it meets the old one or the new one, never none.
cgi-bin/tenantry.fcgi $(OUT)/tenantry.fcgi: $(MAIN_OBJECT) $(ARCHIVE)
	@echo '  link $@'
	@$(LINK) -o $@.new $^ $(LINK_LIBS)
	@mv -f $@.new $@

build/tenantryctl $(OUT)/tenantryctl: $(CTL_OBJECTS) $(ARCHIVE)
	@echo '  link $@'
	@$(LINK) -o $@.new $^ $(LINK_LIBS)
	@mv -f $@.new $@

$(TEST_PROGRAMS) $(CORPORA_PROGRAMS): $(OUT)/%: $(OUT)/%.o $(ARCHIVE)
	@echo '  link $@'
	@$(LINK) -o $@ $^ -lcmocka $(LINK_LIBS)

$(WALK_PROGRAM): $(WALK_OBJECTS) $(ARCHIVE)
	@echo '  link $@'
	@$(LINK) -o $@ $^ $(LINK_LIBS)

$(ASKED_PROGRAMS): $(OUT)/%: $(OUT)/%.o $(ARCHIVE)
	@echo '  link $@'
	@$(LINK) -o $@ $^ $(LINK_LIBS)

build/tests/request: tests/walk/client.c tests/walk/record.c \
	tests/walk/client.h tests/walk/record.h
$(QUICK_PROGRAMS): build/tests/%: tests/api/%.c
	@mkdir -p $(@D)
	@echo '  link $@'
	@$(CC) $(STANDARD) $(WARNINGS) -O1 $(LIBRARY_FLAGS) -o $@.new \
		$(filter %.c,$^) -Wl,--as-needed $(LIBS)
	@mv -f $@.new $@

$(BENCH_PROGRAMS): $(OUT)/%: $(OUT)/%.o $(ARCHIVE)
	@echo '  link $@'
	@$(LINK) -o $@ $^ -lfcgi $(LIBS)

# What stands before the archive is in place of what is in it: the gateway, and
# for `handle` and `import` the database.
$(OUT)/tests/fuzz/handle $(OUT)/tests/fuzz/import: $(OUT)/tests/fuzz/db.o
$(OUT)/tests/fuzz/handle $(OUT)/tests/fuzz/serve: $(OUT)/tests/fuzz/answer.o
$(filter-out %/fastcgi,$(FUZZ_PROGRAMS)): $(OUT)/%: $(OUT)/%.o \
		$(OUT)/tests/fuzz/gateway.o $(FUZZ_MAIN) $(ARCHIVE)
	@echo '  link $@'
	@$(LINK) -o $@ $(filter %.o,$^) $(ARCHIVE) $(LIBS)

# This one is about the real gateway.
$(OUT)/tests/fuzz/fastcgi: $(OUT)/tests/fuzz/fastcgi.o $(FUZZ_MAIN) $(ARCHIVE)
	@echo '  link $@'
	@$(LINK) -o $@ $(filter %.o,$^) $(ARCHIVE) -lfcgi $(LIBS)

$(OUT)/tests/fuzz/cgi: $(OUT)/tests/fuzz/cgi.o $(ARCHIVE)
	@echo '  link $@'
	@$(LINK) -o $@ $^ -lfcgi $(LIBS)

$(ARCHIVE): $(OBJECTS)
	@rm -f $@
	@$(AR) rcs $@ $^

$(OUT)/%.o: %.c $(OUT)/flags
	@mkdir -p $(@D)
	@echo '  $(CC) $<'
	@$(COMPILE) -MMD -MP -c -o $@ $<

$(OUT)/gen/%.o: build/gen/%.c $(OUT)/flags
	@mkdir -p $(@D)
	@echo '  $(CC) $<'
	@$(COMPILE) -MMD -MP -c -o $@ $<

build/gen/schema.c: $(SCHEMA) tools/embed.sh
	@tools/embed.sh schema $(SCHEMA) $@

build/gen/invariants.c: $(INVARIANTS) tools/embed.sh
	@tools/embed.sh invariants $(INVARIANTS) $@

build/gen/console.c: $(CONSOLE) tools/embed.sh
	@tools/embed.sh console $(CONSOLE) $@

build/gen/commit.c: FORCE
	@tools/embed.sh commit $@

# Objects are made anew when the compiler or its flags change.
$(OUT)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(COMPILE))' | cmp -s - $@ || \
		echo '$(subst ','\'',$(COMPILE))' > $@

.PHONY: FORCE
FORCE:
.SECONDARY:
.DELETE_ON_ERROR:

-include $(ALL_OBJECTS:.o=.d)

# --- deliver ------------------------------------------------------------------

.PHONY: install uninstall dist dist-source dist-binary clean
INSTALL = DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' SYSCONFDIR='$(SYSCONFDIR)' \
	tools/install.sh

install: all ## into DESTDIR/PREFIX, settings into DESTDIR/SYSCONFDIR
	@$(INSTALL) install

uninstall: ## remove what `install` brought
	@$(INSTALL) uninstall

dist: dist-source dist-binary ## both tarballs, into build/

dist-source: ## the committed tree as build/tenantry-VERSION.tar.gz
	@tools/dist.sh source $(VERSION)

dist-binary: ## for hosts without the libraries: upload it, open /setup
	@$(MAKE) --no-print-directory BUILD=portable all
	@tools/dist.sh binary $(VERSION)

clean: ## remove what was built; STATE is kept
	rm -rf build cgi-bin/tenantry.fcgi
