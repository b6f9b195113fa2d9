#!/usr/bin/env -S python3 -B
"""How do requests change while the tables grow?  (`make growth`)

From 100 to 1,000,000 organizations, each with a user, two projects, five
members, a licence, an API key and ten audit rows: 10,000,000 of these in the
end.  At each size the same requests are put on the grown database and on one
that stays at 100 organizations, in turn; the figure is the ratio of both, so
that a machine that slows down for a while does not count.  Callers, keys and
organizations are spread over all that there are.  Writes docs/growth.md and
docs/growth.svg.

Settings: GROWTH_STATE (the folder), GROWTH_PORT (the first of two on
127.0.0.1), GROWTH_MOST (organizations), GROWTH_MINUTES (no size is begun that
would take longer than what is left), GROWTH_ROUNDS and GROWTH_SECONDS.
"""

import datetime
import hashlib
import json
import os
import statistics
import subprocess
import sys
import time

import data
from bench import about_machine, commit
from report import table
from scale import Counters
from systems import (HERE, PROGRAM, ROOT, WORKERS, Bench, Failed, is_free,
                     judge_requests, run_to_end)
from work import BASE, Works

BASE_SIZES = {"crowd": 1_000, "events": 2_000}
GROWN = data.Sizes("tenantry", 100, 200, 100, 10, 100, 1_000, **BASE_SIZES)
STAYS = data.Sizes("tenantry_small", 100, 200, 100, 10, 100, 1_000,
                   **BASE_SIZES)
SIZES = [10**n for n in range(2, 7)]
EVENTS = 10  # audit rows of an organization
CHUNK = 10_000  # organizations in a transaction
CALLERS = 1_000
WORKS = {
    "R1": "list 5 organizations",
    "R11": "check an API key",
    "R7": "100 of 1,000 members",
    "R12": "100 of 2,000 audit rows",
    "R6": "rename an organization",
}


# --- rows -------------------------------------------------------------------


def id_of(kind, n):
    """As SQL makes it: ordered by its number, and its end looks random."""
    tail = hashlib.md5(f"{kind}{n}".encode()).hexdigest().upper()[-13:]
    return f"01{kind}{n:010}{tail}"


def key_of(n):
    return f"tny_{n:032}"


def sql_id(kind, n):
    return (f"CONCAT('01{kind}', LPAD({n}, 10, '0'),"
            f" RIGHT(UPPER(MD5(CONCAT('{kind}', {n}))), 13))")


def rows_between(first, last):
    """Statements that add the organizations of these numbers with all theirs.

    A member of an organization is the user of its number and those of the four
    before, as far as they belong to the same lot.
    """
    n, o, u = "n.i", sql_id("A", "n.i"), sql_id("B", "n.i")
    among = (f" FROM (SELECT {first} + i AS i FROM growth.numbers"
             f" WHERE i <= {last - first}) n")

    def numbers(name, most):
        return f" JOIN growth.numbers {name} ON {name}.i < {most}"

    member = f"({first} + (n.i - {first} + m.i) % {last - first + 1})"
    at = "'2026-01-01'"
    later = f"('2026-01-01' + INTERVAL {EVENTS} * n.i + e.i SECOND)"
    digest = "UNHEX(SHA2(CONCAT('{}', n.i{}), 256))"
    yield (f"INSERT INTO users (id, name, display_name, email, email_key,"
           f" created_at, modified_at) SELECT {u}, CONCAT('grown-', {n}),"
           f" CONCAT('Grown ', {n}), CONCAT('grown', {n}, '@example.org'),"
           f" CONCAT('grown', {n}, '@example.org'), {at}, {at}{among}")
    yield (f"INSERT INTO organizations (id, name, display_name, name_key,"
           f" created_at, modified_at, project_count, member_count, audit_seq,"
           f" audit_at, audit_hash) SELECT {o}, CONCAT('grown-', {n}),"
           f" CONCAT('Grown ', {n}), CONCAT('grown ', {n}), {at}, {at}, 2, 5,"
           f" {EVENTS}, '2026-01-01' + INTERVAL {EVENTS} * n.i + {EVENTS}"
           f" SECOND, {digest.format('hash', '')}{among}")
    yield (f"INSERT INTO projects (id, organization_id, name, display_name,"
           f" name_key, secret_key, created_at, modified_at) SELECT"
           f" {sql_id('C', '(2 * n.i + p.i)')}, {o}, CONCAT('grown-', 2 * {n} +"
           f" p.i), CONCAT('Project ', p.i), CONCAT('project ', p.i), {o},"
           f" {at}, {at}{among}{numbers('p', 2)}")
    yield (f"INSERT INTO organization_bindings (user_id, organization_id, role,"
           f" created_at) SELECT {u}, {sql_id('A', member)},"
           f" IF(m.i = 0, 'admin', 'user'), {at}{among}{numbers('m', 5)}")
    yield (f"INSERT INTO licences (organization_id, id, jti, kid, licence_type,"
           f" limit_projects, limit_users, issued_at, installed_at) SELECT {o},"
           f" {o}, {o}, REPEAT('K', 43), 'enterprise', 0, 0, {at}, {at}{among}")
    yield (f"INSERT INTO licence_claims (jti, organization_id, claimed_at)"
           f" SELECT {o}, {o}, {at}{among}")
    yield (f"INSERT INTO api_keys (id, digest, user_id, created_at) SELECT"
           f" {sql_id('D', n)}, UNHEX(SHA2(CONCAT('tny_', LPAD({n}, 32, '0')),"
           f" 256)), {u}, {at}{among}")
    yield (f"INSERT INTO audit_events (id, at, user_id, organization_id,"
           f" action, resource_kind, resource_id, request_id, detail, chain_id, seq,"
           f" chain_at, hash, change_json) SELECT"
           f" {sql_id('E', f'({EVENTS} * n.i + e.i)')}, {later}, {u}, {o},"
           f" 'organization.rename', 'Organization', {o}, {o}, 'Grown', {o},"
           f" e.i + 1, {later}, {digest.format('hash', ', e.i')}, '{{}}'{among}"
           f"{numbers('e', EVENTS)}")


def grow(bench, database, first, last):
    for begin in range(first, last + 1, CHUNK):
        end = min(begin + CHUNK - 1, last)
        bench.sql(f"USE {database}; SET unique_checks = 0,"
                  " foreign_key_checks = 0, autocommit = 0;" +
                  ";".join(rows_between(begin, end)) + "; COMMIT;")


# --- requests ---------------------------------------------------------------


def spread(count, most):
    """Numbers from 1 to `count`, `most` of them at most, all the way."""
    step = max(1, count // most)
    return range(1, count + 1, step)[:most]


def requests(sizes, count):
    """Of each work: method, path, key, organization and body of each."""
    lister = data.key(sizes.specials["lister"])
    some = spread(count, CALLERS)
    return {
        "R1": [("GET", BASE, key_of(n), "", "") for n in some],
        "R11": [("POST", "/v1/check", key_of(n), id_of("A", n), json.dumps(
            {"credential": key_of(n), "need": "user"})) for n in some],
        "R7": [("GET", f"{BASE}/users?limit=100", lister, "", "")],
        "R12": [("GET", "/v1/audit-events?limit=100", lister, "", "")],
        "R6": [("PATCH", f"{BASE}/{id_of('A', n)}/metadata", key_of(n), "",
                '{"displayName":"Renamed @"}') for n in some],
    }


class Grown(Works):
    """The requests of one size as load."""

    def __init__(self, sizes, folder, count):
        super().__init__(sizes, folder)
        for work, lines in requests(sizes, count).items():
            self.write(f"grown.{work}", (
                "\t".join(cell or "-" for cell in line) for line in lines))

    def script(self, work, seed):
        return [str(HERE / "growth.lua")], [
            f"{self.folder / self.sizes.database}.grown.{work}", seed]


# --- the run ----------------------------------------------------------------


class Growth:
    def __init__(self):
        self.began = time.monotonic()
        setting = os.environ.get
        self.most = int(setting("GROWTH_MOST", SIZES[-1]))
        self.limit = 60 * float(setting("GROWTH_MINUTES", 45))
        self.rounds = int(setting("GROWTH_ROUNDS", 5))
        self.seconds = int(setting("GROWTH_SECONDS", 2))
        self.bench = Bench(
            setting("GROWTH_STATE", ROOT / "build/bench/growth"),
            int(setting("GROWTH_PORT", 18200)), self.say)
        self.found, self.ended = {}, ""

    def say(self, text):
        print(f"{time.monotonic() - self.began:5.0f} s  {text}", flush=True)

    def start(self):
        bench = self.bench
        for port in list(bench.port.values())[:3]:
            if not is_free(port):
                raise Failed(f"port {port} is taken: set GROWTH_PORT")
        bench.start_database()
        bench.sql("DROP DATABASE IF EXISTS growth; CREATE DATABASE growth;"
                  "CREATE TABLE growth.numbers (i INT PRIMARY KEY)"
                  " WITH RECURSIVE d (i) AS (SELECT 0 UNION ALL SELECT i + 1"
                  " FROM d WHERE i < 99) SELECT 100 * a.i + b.i AS i"
                  " FROM d a, d b;")
        for sizes in GROWN, STAYS:
            bench.load(sizes)
            grow(bench, sizes.database, 1, SIZES[0])
        bench.add("tenantry", "tenantry", "", [(bench.pid_of("web"), "front")])
        bench.start_lighttpd("small", "small", PROGRAM, bench.conf_with(
            "small", db_name=STAYS.database), WORKERS)
        self.stays = Grown(STAYS, bench.state, SIZES[0])
        self.database = bench.pid_of("database")
        self.counters = Counters(bench.settings["db_socket"])

    def grow_to(self, before, count):
        """False: there is no time for it."""
        if count == before:
            return True
        left = self.limit - (time.monotonic() - self.began)
        begun = time.monotonic()
        # a tenth of it says how long the rest takes
        tenth = before + max(1, (count - before) // 10)
        grow(self.bench, GROWN.database, before + 1, tenth)
        taken = time.monotonic() - begun
        if 10 * taken > left:
            self.ended = (f"{count:,} organizations would have taken"
                          f" {10 * taken / 60:,.0f} minutes to make, and"
                          f" {left / 60:,.0f} were left.")
            return False
        grow(self.bench, GROWN.database, tenth + 1, count)
        self.bench.sql(f"USE {GROWN.database}; ANALYZE TABLE users,"
                       " organizations, projects, organization_bindings,"
                       " licences, licence_claims, api_keys, audit_events;")
        return True

    def reads(self, works, work):
        """Rows that the database reads for one request, on average."""
        def load():
            return works.load(self.bench.systems["tenantry"], work, 1,
                              f"reads {works.count}", self.database)
        rows, _, figures = self.counters.of(load)
        return rows / (figures["rate"] * figures["seconds"])

    def measure(self, count):
        systems = self.bench.systems
        works = Grown(GROWN, self.bench.state, count)
        works.count = count
        sides = [("grown", works, systems["tenantry"]),
                 ("stays", self.stays, systems["small"])]
        figures = {}
        for work in WORKS:
            kept = {name: [] for name, _, _ in sides}
            for turn in range(self.rounds + 1):
                for name, of, system in sides:
                    got = of.load(system, work, self.seconds,
                                  f"{count} {turn}", self.database)
                    if turn > 0:  # the first one warms up
                        kept[name].append(got)
                sides.reverse()
            ratios = [g["rate"] / s["rate"] for g, s in
                      zip(kept["grown"], kept["stays"])]
            figures[work] = {
                "ratio": statistics.median(ratios),
                "rate": statistics.median(g["rate"] for g in kept["grown"]),
                "database": statistics.median(
                    g["cpu_database"] for g in kept["grown"]),
                "rows": self.reads(works, work),
            }
            self.say(f"{count:,} {work}: {figures[work]['ratio']:.2f},"
                     f" {figures[work]['rows']:.0f} rows")
        self.found[count] = figures

    def run(self):
        self.start()
        before = SIZES[0]
        for count in SIZES:
            if count > self.most:
                self.ended = f"GROWTH_MOST was {self.most:,}."
                break
            self.say(f"{count:,} organizations, {EVENTS * count:,} audit rows")
            if not self.grow_to(before, count):
                break
            before = count
            self.measure(count)
        self.counters.close()


# --- the page ---------------------------------------------------------------

TEXT = """# Growth

Written by `make growth`: the same requests on a database that grows and on one
that stays at 100 organizations, in turn. A figure is the ratio of their rates:
1 means that the size of the tables costs nothing. {within}

- {date}, Tenantry {version}; {rounds} rounds of {seconds} s each, medians
- {machine}{ended}

![What the size of the tables costs](growth.svg)

{ratios}
Answers a second, processor time of the database in µs, and rows that it reads
for one request (Handler_read):

{counts}"""


def cells(found, cell):
    return [[f"{count:,}", f"{EVENTS * count:,}",
             *(cell(figures[work]) for work in WORKS)]
            for count, figures in found.items()]


def page(growth):
    found = growth.found
    head = ["organizations", "audit rows",
            *(f"{work} {title}" for work, title in WORKS.items())]
    away = max((abs(f["ratio"] - 1), count, work)
               for count, figures in found.items()
               for work, f in figures.items())
    met = ("Wanted are 15 % at most; the\nfigure that is farthest from 1 is"
           " that of")
    return TEXT.format(
        within=f"{met} {away[2]} at {away[1]:,} organizations:"
               f" {found[away[1]][away[2]]['ratio']:.2f}.",
        date=datetime.date.today().isoformat(), version=commit(),
        rounds=growth.rounds, seconds=growth.seconds, machine=about_machine(),
        ended=growth.ended and f"\n- {growth.ended}", ratios=table(head, cells(
            found, lambda f: f"{f['ratio']:.2f}")),
        counts=table(head, cells(
            found, lambda f: f"{f['rate']:,.0f}; {f['database']:.0f};"
                             f" {f['rows']:.0f}")))


def chart(found, path):
    rows = "\n".join(f"{count} " + " ".join(
        f"{figures[work]['ratio']:.4f}" for work in WORKS)
        for count, figures in found.items())
    titles = list(WORKS.items())
    plots = ", ".join(
        f"$ratios using 1:{i + 2} with linespoints lw 2 title"
        f" \"{work} {title}\"" for i, (work, title) in enumerate(titles))
    script = f"""$ratios << EOD
{rows}
EOD
set terminal svg size 900,420 font "sans-serif,11" background "white"
set output "{path}"
set logscale x
set format x "10^{{%L}}"
set xrange [80:1300000]
set yrange [0:1.4]
set grid
set key below
set title "Requests a second, beside a database that stays at 100 organizations"
set xlabel "organizations; ten audit rows for each"
plot 1.15 lc rgb "gray" dt 2 notitle, 0.85 lc rgb "gray" dt 2 notitle, {plots}
"""
    subprocess.run(["gnuplot"], input=script, text=True, check=True,
                   stdout=subprocess.DEVNULL)


def main():
    growth = Growth()
    status = run_to_end("growth", growth.run, growth.bench.stop)
    if status != 0:
        return status
    text = page(growth)
    print(text)
    if growth.most < SIZES[-1]:
        return 0  # a trial: docs/ keeps what a whole run has found
    (ROOT / "docs/growth.md").write_text(text)
    chart(growth.found, ROOT / "docs/growth.svg")
    return judge_requests("growth", growth.stays.failed)


if __name__ == "__main__":
    sys.exit(main())
