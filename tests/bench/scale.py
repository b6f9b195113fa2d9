#!/usr/bin/env -S python3 -B
"""Does what a request reads grow with the tables?

    scale.py            10,000 organizations, one of 10,000 members, 100,000
                        projects and 1,000,000 audit rows, a user in 2,000
                        organizations (`make scale`)
    scale.py --short    a few thousand rows (tests/scale.bats)

Every list and every single read of the API's description, as the program itself
writes it, is asked of a small and of a large database: first page, deep page,
each filter.  Counted are the rows that the database has read (Handler_read%)
and the statements that it was sent; both must be the same in both.  Then the same
of what is written in the large organization.  Then the
trail is downloaded, and a large organization is exported, verified, deleted and
purged: the largest memory of the program and of the tool is the same, too.  No
slice of the purge removes more than 100 rows, or holds its lock for longer than
50 ms; this alone is timed, and not with --short.

Settings: SCALE_STATE (the folder), SCALE_PORT (on 127.0.0.1; any that is free).
"""

import argparse
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse

import capture
import data
import process
from systems import CTL, PROGRAM, ROOT, Bench, Failed, run_to_end
from work import Request

SMALL = data.Sizes("scale_small", 300, 600, 150, 40, 80, 1_000, 150, 300)
SHORT = data.Sizes("scale_large", 1_000, 2_000, 3_000, 300, 600, 5_000,
                   2_000, 5_000)
FULL = data.Sizes("scale_large", 10_000, 20_000, 100_000, 2_000, 4_000,
                  120_000, 10_000, 1_000_000)
PAGE = 20
DEEP = 30  # pages of 1,000 rows, so far a deep page is at most
# A page is as long in both; a tenth, for what a page happens to hold.
TENTH, SOME = 0.1, 8
MEMORY = 1024  # KiB
SLICE = 100  # rows that one transaction of a purge removes, at most
LOCKED = 50  # ms that it holds its lock, at most
# One in ten may take longer, up to that many times: a machine does other
# things, too.
DELAYED, ROOM = 0.1, 20

# What is asked for as a whole has all of its rows, in constant memory; and what
# is kept for a minute is not asked for by each request.
WHOLE = {
    "/v1/organizations/projects/all": "the tree",
    "/v1/organizations/accounts/all": "the tree",
    "/v1/organizations/{id}/export": "a file",
    "/v1/users/me/export": "a file",
    "/v1/audit-events/download": "a file",
    "/v1/system/metrics": "its figures are kept for a minute",
    "/v1/users/me": "its answer has every organization of the caller",
}
# No key finds what these filters want: of the rows of one organization, or of
# one user, all are looked through while the page is not full (decision 0065).
# Each may read so many rows for one of these.
LOOKED_THROUGH = {"q": 4, "role": 4, "state": 4, "owner": 2}
# The same of a read: pending invitations, of which there are 1,000 at most, and
# the sessions of a person.
COUNTED = {"/v1/organizations/{id}/license": 1, "/v1/sessions": 1}
# Not yet as it has to be, and how many rows each may read for one more; where it
# is as it has to be, it is taken out here.  A person's invitations are found by
# the address, which stands in no cursor; even where the person's row is a
# constant MariaDB 10.11 makes no range of it.
OPEN = {
    "/v1/users/me/invitations deep page": 1,  # begins at the person's first
}
# What of a row a filter compares, by its name: the value is one that is there.
OF_ROW = {"user": "user", "resource-kind": "resourceKind",
          "configuration-name": "configuration"}
TOKEN = "scale" + "0" * 22  # of a session
# Written in the large organization by its admin, each a few times: one process
# in some does what is due behind its answer, too.
TRIES = 3
WRITES = [
    ("POST", "/v1/projects", {"displayName": "Scale #"}),
    ("POST", "/v1/invitations", {"email": "scale#@example.org",
                                 "role": "user"}),
    ("POST", "/v1/api-keys", {"description": "Scale #", "role": "user"}),
    ("PATCH", "/v1/organizations/{organization}", {"labels": {"a": "#"}}),
    ("PATCH", "/v1/organizations/{organization}/metadata",
     {"displayName": "Scale #"}),
    ("PATCH", "/v1/projects/{project}", {"labels": {"a": "#"}}),
    ("PATCH", "/v1/organizations/users/{user}", {"role": "admin"}),
    ("DELETE", "/v1/organizations/users/{user}", None),
]


class Counters:
    """What the database has read and run, by a client that is kept."""

    QUERY = ("SHOW GLOBAL STATUS WHERE Variable_name LIKE 'Handler_read%'"
             " OR Variable_name = 'Com_stmt_execute';\nSELECT 'end';\n")

    def __init__(self, socket):
        self.client = subprocess.Popen(
            ["mariadb", "--no-defaults", f"--socket={socket}", "--batch",
             "--unbuffered", "--skip-column-names"], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.read()
        before, after = self.read(), self.read()
        self.own = after[0] - before[0]

    def read(self):
        """Rows read, statements executed."""
        self.client.stdin.write(self.QUERY)
        self.client.stdin.flush()
        rows = executed = 0
        for line in self.client.stdout:
            name, _, value = line.rstrip().partition("\t")
            if name == "end":
                break
            if name == "Com_stmt_execute":
                executed = int(value)
            else:
                rows += int(value)
        return rows, executed

    def of(self, action):
        """What an action reads and runs, and its result."""
        before = self.read()
        result = action()
        after = self.read()
        return after[0] - before[0] - self.own, after[1] - before[1], result

    def close(self):
        self.client.stdin.close()
        self.client.wait()


# --- one database -----------------------------------------------------------


class Side:
    """One size of the data, and who asks there."""

    def __init__(self, bench, counters, sizes):
        self.sizes = sizes
        self.bench = bench
        self.counters = counters
        self.known = set()
        bench.load(sizes)
        bench.sql(f"USE {sizes.database};" + self.more_rows())
        self.conf = bench.conf_with(sizes.database, db_name=sizes.database)
        special = sizes.specials
        self.callers = {  # the last two where none of the others may
            "lister": {"key": data.key(special["lister"])},
            "tree": {"key": data.key(special["tree"])},
            "session": {"key": "", "cookie": f"tenantry={TOKEN}"},
            "system": {"key": data.key(special["creator"])},
        }
        self.rows = max(sizes.crowd, sizes.lister_projects,
                        sizes.tree_organizations)
        firsts = data.crowd_numbers(sizes)[0]
        self.places = {  # what a parameter of a path is
            "organization": data.ulid("organization", 1),
            "project": data.ulid("project", 1),
            "user": data.ulid("user", firsts),
            "key": data.ulid("key", firsts),
            "invitation": data.ulid("user", firsts),
        }

    def more_rows(self):
        """Of what the benchmark has none."""
        first = data.ulid("user", data.crowd_numbers(self.sizes)[0])
        lister = data.ulid("user", self.sizes.specials["lister"])
        invitation = (
            "INSERT INTO invitations (id, organization_id, email, email_key,"
            " pending_key, role, delivery, mail_state, digest, created_at,"
            " modified_at, sent_at, expires_at, life, invited_by) SELECT ")
        rest = (", 'user', 'link', 'none', UNHEX(SHA2(x.id, 256)), NOW(3),"
                " NOW(3), NOW(3), NOW(3) + INTERVAL 30 DAY, 2592000,"
                f" '{lister}' FROM ")
        return (
            "DELETE FROM sessions;" + invitation +
            f"x.id, '{data.ulid('organization', 1)}', CONCAT('x', x.email),"
            " CONCAT('x', x.email_key), CONCAT('x', x.email_key)" + rest +
            f"users x WHERE x.id >= '{first}' LIMIT 1000;" + invitation +
            "x.id, x.id, u.email, u.email_key, u.email_key" + rest +
            f"organizations x JOIN users u ON u.id = '{lister}'"
            f" WHERE x.id > '{data.ulid('organization', 20)}';"
            "INSERT INTO sessions (id, user_id, digest, epoch, created_at,"
            " seen_at, idle_ends_at, ends_at, confirmed_at) SELECT x.id,"
            f" '{lister}', UNHEX(SHA2(IF(x.id = '{first}', '{TOKEN}', x.id),"
            # its use is entered once a minute, which would be a statement more
            " 256)), 0, NOW(3), NOW(3) + INTERVAL 1 DAY, NOW(3) + INTERVAL 1 DAY,"
            " NOW(3) + INTERVAL 1 DAY, NOW(3) FROM users x"
            f" WHERE x.id >= '{first}' LIMIT 500;"
            "UPDATE users SET is_system_admin = 1 WHERE id ="
            f" '{data.ulid('user', self.sizes.specials['creator'])}';"
            "ANALYZE TABLE invitations, sessions;")

    def rows_of(self, caller, path):
        """The rows of a page, as the API shows them; none where it refuses."""
        status, _, text = self.ask(caller, path)
        lists = [value for value in json.loads(text).values()
                 if isinstance(value, list)] if status == 200 else []
        return lists[0] if lists else []

    def ask(self, caller, path):
        """Status, headers and body of one request."""
        request = Request("GET", path, **self.callers[caller])
        return capture.respond(self.conf, request)

    def count(self, caller, path):
        """Rows and statements of one request, and its status."""
        if caller not in self.known:  # the first one enters the day of its use
            self.ask(caller, path)
            self.known.add(caller)
        rows, sent, (status, _, _) = self.counters.of(
            lambda: self.ask(caller, path))
        return rows, sent, status

    def count_write(self, method, path, body):
        """The least rows and statements of a write by the admin of the large
        organization."""
        counts = []
        for n, user in enumerate(data.crowd_numbers(self.sizes)[1:TRIES + 1]):
            places = {**self.places, "user": data.ulid("user", user)}
            request = Request(
                method, path.format(**places), self.callers["lister"]["key"],
                body and json.loads(json.dumps(body).replace("#", str(n))),
                places["organization"])
            rows, sent, (status, _, text) = self.counters.of(
                lambda: capture.respond(self.conf, request))
            if status >= 300:
                raise Failed(f"{request}: {status} {text[:300].decode()}")
            counts.append((rows, sent))
        return min(counts)

    def next_of(self, caller, path):
        """The path of the next page, or None."""
        status, headers, _ = self.ask(caller, path)
        link = re.search(r'<([^>]*)>; rel="next"', headers.get("link", ""))
        return link.group(1) if status == 200 and link else None

    def deep(self, caller, path):
        """The path of the last page of PAGE rows that is within reach."""
        here, last = f"{path}?limit=1000", None
        for _ in range(DEEP):
            here = self.next_of(caller, here)
            if here is None:
                break
            last = here
        if last is None:  # fewer than 1,000 rows
            last = self.next_of(caller, f"{path}?limit={PAGE}")
        return last and re.sub(r"limit=\d+", f"limit={PAGE}", last)


# --- what is asked ----------------------------------------------------------


def place(side, path):
    """A path of the description with ids in it."""
    def fill(match):
        name = match.group(1)
        before = path[:match.start()].rstrip("/").rpartition("/")[2]
        for word, kind in (("organization", "organization"),
                           ("account", "project"), ("project", "project"),
                           ("user", "user"), ("key", "key"),
                           ("invitation", "invitation")):
            if word in (name if name != "id" else before).lower():
                return side.places[kind]
        raise Failed(f"what is {{{name}}} in {path}?")
    return re.sub(r"\{(\w+)\}", fill, path)


def values_of(parameter):
    """Values of a filter: all words, or the example and one of nothing."""
    schema = parameter["schema"]
    if "enum" in schema:
        return schema["enum"]
    examples = [parameter.get("example", schema.get("example"))]
    if schema.get("format") or parameter["name"] == "organization":
        return [e for e in examples if e]
    return [e for e in examples if e] + ["zzzz"]


def text_of(row, by_address):
    """What `q` compares with: a name or an address."""
    if by_address:
        return row.get("spec", {}).get("email", "")
    return row.get("metadata", row).get("displayName", "")


def found_values(side, caller, path, parameter, deep):
    """Values of a filter that find all rows, few and one far behind; by what
    they are called in both databases."""
    name = parameter["name"]
    first = side.rows_of(caller, f"{path}?limit={PAGE}")
    if name in OF_ROW:
        values = [row.get(OF_ROW[name]) for row in first]
        return {"one": next((v for v in values if v), None)}
    if name != "q" or not first:
        return {}
    by_address = "address" in parameter.get("description", "")
    last = side.rows_of(caller, deep)[-1] if deep else first[-1]
    text = text_of(first[0], by_address)
    return {"all": text[:1], "few": text.partition("@")[0][:-1],
            "last": text_of(last, by_address)}


def resolve(document, node):
    while "$ref" in node:
        at = document
        for name in node["$ref"].removeprefix("#/").split("/"):
            at = at[name]
        node = at
    return node


class Read:
    """One GET of the description."""

    def __init__(self, document, path, operation):
        self.path = path
        self.id = operation["operationId"]
        self.query = [resolve(document, p)
                      for p in operation.get("parameters", [])]
        self.query = [p for p in self.query if p["in"] == "query"]
        self.is_list = any(p["name"] == "limit" for p in self.query)

    def paths(self, side, caller):
        """What is asked, by what it is."""
        path = place(side, self.path)
        if not self.is_list:
            yield "", path
            return
        yield "first page", f"{path}?limit={PAGE}"
        deep = side.deep(caller, path)
        if deep:
            yield "deep page", deep
        for parameter in self.query:
            name = parameter["name"]
            if name in ("limit", "after", "wait"):
                continue
            for value in values_of(parameter):
                if name == "organization":
                    value = side.places["organization"]
                value = urllib.parse.quote(str(value))
                yield f"{name}={value}", f"{path}?limit={PAGE}&{name}={value}"
            found = found_values(side, caller, path, parameter, deep)
            for word, value in found.items():
                if value:
                    value = urllib.parse.quote(str(value))
                    yield (f"{name}=<{word}>",
                           f"{path}?limit={PAGE}&{name}={value}")


def reads_of(document, is_short):
    """All GET operations that read rows, from the description.  Accounts are
    projects by another name: a short run asks for them once."""
    return [Read(document, path, item["get"])
            for path, item in document["paths"].items()
            if "get" in item and path.startswith("/v1/") and path not in WHOLE
            and not (is_short and "/accounts" in path)]


# --- the two sides ----------------------------------------------------------


class Comparing:
    def __init__(self, say):
        self.say = say
        self.rows, self.faults, self.open = [], [], []
        self.firsts = {}  # rows of a first page, by path
        self.found = 0    # filters whose value finds something

    def allowed(self, read, what, small, more):
        """How many rows of the large tables a read may read at most: as many
        as of the small ones, and of a list as many as its first page."""
        most = max(small, self.firsts.get(read.path, 0)) * (1 + TENTH) + SOME
        each = LOOKED_THROUGH.get(what.partition("=")[0], 0) or \
            COUNTED.get(read.path, 0)
        return most + each * more

    def one(self, read, caller, what, counts, more):
        (small, small_sent, _), (large, large_sent, _) = counts
        self.rows.append((read.path, caller, what, small, large, large_sent))
        if what == "first page":
            self.firsts[read.path] = max(
                small, self.firsts.get(read.path, 0))
        where = f"{read.path} {what}".strip()
        fault = None
        most = self.allowed(read, what, small, more)
        if large > most:
            fault = f"reads {small} rows of the small, {large} of the large"
        if large_sent != small_sent:
            fault = f"sends {small_sent} and {large_sent} statements"
        if fault:
            is_open = large <= most + OPEN.get(where, 0) * more
            listed = self.open if where in OPEN and is_open else self.faults
            listed.append(f"{where} ({caller}) {fault}")

    def of(self, read, sides):
        """One read, as each caller who may do it."""
        answered = 0
        more = sides[1].rows - sides[0].rows
        for caller in sides[0].callers:
            if answered and caller in ("session", "system"):
                continue
            paths = [dict(read.paths(side, caller)) for side in sides]
            for what in paths[1]:
                if what not in paths[0]:
                    continue
                counts = [side.count(caller, p[what])
                          for side, p in zip(sides, paths)]
                if all(c[2] == 200 for c in counts):
                    answered += 1
                    self.one(read, caller, what, counts, more)
                    self.finds(read, caller, what, paths, sides)
        if answered == 0:
            self.faults.append(f"{read.path} is answered to nobody")

    def finds(self, read, caller, what, paths, sides):
        """A value that was taken from a row finds it, in both."""
        if "=<" not in what:
            return
        self.found += 1
        if not all(side.rows_of(caller, p[what])
                   for side, p in zip(sides, paths)):
            self.faults.append(f"{read.path} {what} ({caller}) finds nothing")


def growth_is_seen(comparing, sides):
    """What must grow: the tree has more rows where there are more."""
    counts = [side.count("lister", "/v1/organizations/projects/all")
              for side in sides]
    if counts[1][0] < counts[0][0] + sides[1].rows - sides[0].rows:
        comparing.faults.append(f"the counters see no growth: {counts}")


def writes(comparing, sides):
    """What is written reads no more, either."""
    for side in sides:  # as many pending ones, which are counted
        side.bench.sql(
            f"USE {side.sizes.database}; DELETE FROM invitations WHERE"
            f" organization_id = '{side.places['organization']}';")
    for method, path, body in WRITES:
        (small, few), (large, many) = (
            side.count_write(method, path, body) for side in sides)
        comparing.rows.append((path, method, "", small, large, many))
        if large > small * (1 + TENTH) + SOME or few != many:
            comparing.faults.append(
                f"{method} {path} reads {small} rows by {few} statements of the"
                f" small, {large} by {many} of the large")


# --- memory -----------------------------------------------------------------


def peak_of(*command, environment=None, out=subprocess.DEVNULL):
    """The largest memory of a command while it runs, in KiB."""
    child = subprocess.Popen([str(part) for part in command],
                             stdin=subprocess.DEVNULL, env=environment,
                             stdout=out, stderr=subprocess.PIPE)
    name = pathlib.Path(command[0]).name
    peak = 0
    while child.poll() is None:
        try:
            if process.name(child.pid) == name:
                peak = max(peak, process.peak(child.pid))
        except OSError:
            pass  # it has ended
        time.sleep(0.001)
    if child.returncode != 0:
        raise Failed(f"{command}: {child.stderr.read().decode()[-500:]}")
    return peak


def compare_peaks(comparing, what, small, large):
    comparing.rows.append((what, "", "KiB", small, large, ""))
    if large > small + MEMORY:
        comparing.faults.append(f"{what} takes {small} KiB for the small,"
                                f" {large} for the large one")


def peak_of_download(side, path):
    """The program's, while it answers with a file; what came of it, in bytes."""
    request = Request("GET", path, **side.callers["lister"])
    with tempfile.TemporaryFile() as file:
        peak = peak_of(
            PROGRAM, out=file,
            environment=capture.environment_of(side.conf, request))
        file.seek(0)
        if not file.readline().startswith(b"Status: 200"):
            raise Failed(f"{path} is no 200")
        return peak, file.seek(0, os.SEEK_END)


def downloads(comparing, sides):
    """Answers as long as the table: their memory is not."""
    id = data.ulid("organization", 1)
    for path in "/v1/audit-events/download", f"/v1/organizations/{id}/export":
        (small, few), (large, many) = (peak_of_download(side, path)
                                       for side in sides)
        compare_peaks(comparing, path, small, large)
        if many < 2 * few:
            comparing.faults.append(f"{path} has {few} bytes of the small,"
                                    f" {many} of the large one")


def memory(comparing, sides, is_timed):
    """The tool's on the large organization, beside that on the small one."""
    id = data.ulid("organization", 1)
    for command in (["audit", "verify", "--org", id],
                    ["audit", "export", "--org", id], ["export", "--org", id],
                    ["member", "list", "--org", id], ["org", "delete", id],
                    ["purge", "--org", id, "--now"]):
        with Transactions(sides[1]) as transactions:
            small, large = (peak_of(CTL, *command, "--conf", side.conf)
                            for side in sides)
        if command[0] == "purge":
            slices(comparing, sides[1], transactions, is_timed)
        compare_peaks(comparing, "tenantryctl " + " ".join(command[:2]),
                      small, large)
    left = sides[1].bench.sql(
        f"SELECT COUNT(*) FROM {sides[1].sizes.database}.projects"
        f" WHERE organization_id = '{id}';").strip()
    if left != "0":
        comparing.faults.append(f"{left} projects are left after the purge")


# --- slices -----------------------------------------------------------------


class Transactions:
    """What the database ran while this was open, by its log of statements."""

    ON = ("SET GLOBAL log_output = 'TABLE', GLOBAL log_slow_filter = '',"
          " GLOBAL long_query_time = 0, GLOBAL slow_query_log = 1;")
    OFF = "SET GLOBAL slow_query_log = 0, GLOBAL long_query_time = 10;"
    READ = ("SELECT thread_id, TIMESTAMPDIFF(MICROSECOND, '2000-01-01',"
            " start_time), TIME_TO_SEC(query_time) * 1000000, rows_affected,"
            " LEFT(sql_text, 40) FROM mysql.slow_log WHERE db = '{}'"
            " ORDER BY thread_id, start_time;")

    def __init__(self, side):
        self.side = side

    def __enter__(self):
        self.side.bench.sql("TRUNCATE mysql.slow_log;" + self.ON)
        return self

    def __exit__(self, *_):
        self.side.bench.sql(self.OFF)

    def of_purge(self):
        """Rows and milliseconds of each transaction that removed rows: from
        its lock until it was committed."""
        began, rows, found = None, 0, []
        for line in self.side.bench.sql(
                self.READ.format(self.side.sizes.database)).splitlines():
            _, start, took, affected, text = line.split("\t")
            end = (float(start) + float(took)) / 1000
            if text.startswith("UPDATE organizations SET write_count"):
                began, rows = float(start) / 1000, 0
            elif text.startswith("DELETE FROM") and began is not None:
                rows += int(affected) * ("FROM organizations" not in text)
            elif text == "COMMIT" and began is not None:
                if rows > 0:
                    found.append((rows, end - began))
                began = None
        return found


def slices(comparing, side, transactions, is_timed):
    """The purge of the large organization, transaction by transaction."""
    found = transactions.of_purge()
    removed = sum(rows for rows, _ in found)
    most = max((rows for rows, _ in found), default=0)
    times = sorted(took for _, took in found)
    comparing.rows.append(("tenantryctl purge", "", "rows of a slice", most,
                           len(found), ""))
    if removed < side.sizes.lister_projects:
        comparing.faults.append(
            f"the log has {removed} rows of the purge: it does not see them")
        return
    if most > SLICE:
        comparing.faults.append(f"a slice of the purge removes {most} rows")
    late = [took for took in times if took > LOCKED]
    comparing.say(f"{len(times)} slices of at most {most} rows: median"
                  f" {times[len(times) // 2]:.1f} ms, longest"
                  f" {times[-1]:.1f} ms, {len(late)} over {LOCKED} ms")
    if is_timed and (len(late) > DELAYED * len(times)
                     or times[-1] > ROOM * LOCKED):
        comparing.faults.append(
            f"{len(late)} of {len(times)} slices of the purge take over"
            f" {LOCKED} ms, the longest {times[-1]:.0f} ms")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


# --- all --------------------------------------------------------------------


def measure(bench, comparing, is_short):
    say = comparing.say
    bench.start_database()
    counters = Counters(bench.settings["db_socket"])
    sides = []
    for sizes in SMALL, SHORT if is_short else FULL:
        say(f"data: {sizes.organizations} organizations,"
            f" {sizes.events} audit rows")
        sides.append(Side(bench, counters, sizes))
    _, _, text = sides[1].ask("lister", "/v1/openapi.json")
    reads = reads_of(json.loads(text), is_short)
    lists = sum(read.is_list for read in reads)
    say(f"{len(reads)} reads, {lists} of them lists")
    for read in reads:
        comparing.of(read, sides)
    growth_is_seen(comparing, sides)
    if comparing.found < lists:
        comparing.faults.append(
            f"only {comparing.found} filters have found something")
    say(f"{comparing.found} filters have found something")
    say("writes")
    writes(comparing, sides)
    say("memory")
    downloads(comparing, sides)
    memory(comparing, sides, not is_short)
    counters.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--all", action="store_true", help="print every count")
    asked = parser.parse_args()
    began = time.monotonic()

    def say(text):
        print(f"{time.monotonic() - began:5.0f} s  {text}", flush=True)

    bench = Bench(os.environ.get("SCALE_STATE", ROOT / "build/bench/scale"),
                  int(os.environ.get("SCALE_PORT", free_port())), say)
    comparing = Comparing(say)
    status = run_to_end("scale", lambda: measure(bench, comparing, asked.short),
                        bench.stop)
    if status != 0:
        return status
    for path, caller, what, small, large, sent in comparing.rows:
        if asked.all:
            print(f"{small:8} {large:8} {sent:3} {path} {what} {caller}")
    for fault in comparing.open:
        print(f"open: {fault}")
    for fault in comparing.faults:
        print(fault)
    say(f"{len(comparing.rows)} counts, {len(comparing.faults)} grow")
    return 1 if comparing.faults else 0


if __name__ == "__main__":
    sys.exit(main())
