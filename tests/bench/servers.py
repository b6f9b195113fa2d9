#!/usr/bin/env python3
"""R1 to R6 on each database server that tools/databases.sh has.

One run, the servers in turn: what counts is how they compare, as the machine
may be shared.  Prints the last section of docs/benchmarks.md and writes it.

BENCH_ROUNDS and BENCH_SECONDS say how often and how long each is loaded.
"""

import os
import statistics
import subprocess
import sys
import time

import data
from report import SERVERS
from systems import ROOT, Bench, Failed, run
from work import TITLES, Works

PAGE = ROOT / "docs/benchmarks.md"
INTRODUCTION = """
By `tests/bench/servers.py`, run again with this one command: R1 to R6 on the same
data (10,000 organizations, 100,000 projects) and the same program, on each
server with its own defaults but for a buffer pool of 256 MiB, without a binary
log.  It loads all servers in one run: compare the ratios.  Where the load of the
machine was high, others worked on it: answers a second are worth little then,
processor time more.

"""
PORTS = 40  # of each instance
ROUNDS = int(os.environ.get("BENCH_ROUNDS", 3))
SECONDS = int(os.environ.get("BENCH_SECONDS", 2))


class Server:
    """An instance with one database server and the benchmark's data."""

    def __init__(self, name, folder, number):
        os.environ["DATABASE_ROOT"] = folder
        self.name = name
        self.bench = Bench(ROOT / "build/bench" / (name or "installed"),
                           18400 + PORTS * number, lambda *_: None)
        self.figures = {work: [] for work in TITLES}

    def start(self):
        bench = self.bench
        bench.start_instance()
        bench.load(data.LARGE)
        bench.add("tenantry", "tenantry", "", [(bench.pid_of("web"), "front")])
        self.works = Works(data.LARGE, bench.state)
        self.database = bench.pid_of("database")
        version = bench.sql("SELECT VERSION()").split("-")[0].strip()
        self.title = f"{'MySQL' if self.name == 'mysql' else 'MariaDB'} {version}"

    def load(self, work, seconds, seed):
        figures = self.works.load(self.bench.systems["tenantry"], work,
                                  seconds, f"{seed} {self.name}", self.database)
        if figures["bad"]:
            raise Failed(f"{self.title} {work}: {figures['bad']} failed")
        return figures


def folders():
    """The installed server, and those of databases.sh that can be had."""
    yield "", ""
    for name in run([ROOT / "tools/databases.sh", "list"]).split():
        try:
            yield name, run([ROOT / "tools/databases.sh", "get", name]).strip()
        except Failed as error:
            print(f"SKIPPED: {name}: {error}", file=sys.stderr)


def table(servers, what, form):
    """The medians of a figure, and what they are of the first server's."""
    first = servers[0]
    lines = [
        "| | " + " | ".join(s.title for s in servers) + " | "
        + " | ".join(f"{s.title} / {first.title}" for s in servers[1:]) + " |",
        "| --- |" + " ---: |" * (2 * len(servers) - 1)]
    for work, title in TITLES.items():
        medians = [statistics.median(f[what] for f in s.figures[work])
                   for s in servers]
        cells = [form.format(m) for m in medians]
        cells += [f"{m / medians[0]:.2f}" for m in medians[1:]]
        lines.append(f"| {work} {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def text(servers, began):
    return (
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, load"
        f" {began:.1f} before and {os.getloadavg()[0]:.1f} after, {ROUNDS}"
        f" rounds of {SECONDS} s.  Answers a second:\n\n"
        + table(servers, "rate", "{:,.0f}")
        + "\nProcessor time of the database for one request, in µs:\n\n"
        + table(servers, "cpu_database", "{:,.0f}"))


def measure(servers):
    for server in servers:
        server.start()
        print(f"{server.title}: ready", flush=True)
        for work in TITLES:
            server.load(work, 1, "warm")
    for turn in range(ROUNDS):
        for work in TITLES:
            for server in servers[turn % len(servers):] + \
                    servers[:turn % len(servers)]:
                figures = server.load(work, SECONDS, turn)
                server.figures[work].append(figures)
                print(f"{work} {server.title}: {figures['rate']:.0f}/s,"
                      f" database {figures['cpu_database']:.0f} µs",
                      flush=True)


def main():
    began = os.getloadavg()[0]
    servers = [Server(name, folder, i)
               for i, (name, folder) in enumerate(folders())]
    try:
        measure(servers)
    except (Failed, OSError, subprocess.SubprocessError) as error:
        print(f"servers: {error}", file=sys.stderr)
        return 1
    finally:
        for server in servers:
            server.bench.stop()
    found = text(servers, began)
    print(found)
    page = PAGE.read_text(encoding="utf-8").partition(SERVERS)[0]
    PAGE.write_text(page + SERVERS + INTRODUCTION + found, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
