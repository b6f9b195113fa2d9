#!/usr/bin/env -S python3 -B
"""Measures Tenantry beside its ceilings and its peers, all on this machine.

    bench.py            all systems, several rounds; writes docs/benchmarks.*
                        and the table in README.md
    bench.py --quick    fewer systems, one round; only prints
    bench.py --check    measures nothing: do all peers still answer as the
                        program does?

Settings: BENCH_STATE (the folder, kept between runs), BENCH_PORT (the first of
eleven ports on 127.0.0.1), BENCH_ROUNDS (of the reads; half as many of the
writes) and BENCH_SECONDS (length of one load).
"""

import argparse
import datetime
import json
import os
import platform
import re
import statistics
import sys
import time

import capture
import check
import data
import extra
import report
from systems import (PROGRAM, ROOT, WORKERS, Bench, Failed, judge_requests,
                     php_fpm, run, run_to_end)
from work import FIRST, TITLES, WRITES, Works

# When no further round is begun, in seconds since the start: a run is bounded
# on a slow machine too.
READS_UNTIL, WRITES_UNTIL = 850, 1100


class Measuring:
    """What one run measures, and what it has found so far."""

    def __init__(self, quick):
        self.quick = quick
        self.rounds = int(os.environ.get("BENCH_ROUNDS", 1 if quick else 8))
        self.seconds = int(os.environ.get("BENCH_SECONDS", 1 if quick else 2))
        self.began = time.monotonic()
        self.found = {
            "loads": {},  # work -> system -> list of figures
        }
        self.bench = Bench(
            os.environ.get("BENCH_STATE", ROOT / "build/bench/state"),
            int(os.environ.get("BENCH_PORT", 18160)), self.say)

    def say(self, text, end="\n"):
        passed = time.monotonic() - self.began
        print(f"{passed:5.0f} s  {text}", end=end, flush=True)

    # --- before -------------------------------------------------------------

    def start(self):
        bench = self.bench
        self.say("instance and data")
        bench.start_instance()
        self.works = self.load(data.LARGE)
        bench.write_statements(capture.works(bench, {
            work: self.works.request(work, "captured")
            for work in TITLES if work not in ("R1", "R2", "R4", "R5")}))
        self.say("systems")
        bench.start_tenantry()
        bench.start_go()
        if not self.quick:
            bench.start_node()
            bench.start_nginx(with_php=True)
        self.say("all answer alike?")
        check.same_answers(bench, self.peers, self.works)
        self.alike = len(self.peers()) - 1

    def load(self, sizes):
        self.bench.load(sizes)
        return Works(sizes, self.bench.state)

    def start_beside(self):
        """What is measured beside the peers."""
        bench = self.bench
        self.say("what is measured beside them")
        self.small = self.load(data.SMALL)
        self.wide = self.load(data.WIDE)
        extra.write_digests(self.works, bench.state)
        bench.start_hello(extra.answer_size(
            bench.systems["tenantry"], self.works))
        bench.start_lighttpd("small", "small", PROGRAM, bench.conf_with(
            "small", db_name=data.SMALL.database), WORKERS)
        if not self.quick:
            bench.start_apache("fcgid", "fcgid", "fcgid.conf", "/tenantry")
            bench.start_apache("cgi", "cgid", "cgi.conf",
                               f"/cgi-bin/{PROGRAM.name}")
        self.database = bench.pid_of("database")

    def peers(self, work="R1"):
        """The systems that do a work, Tenantry first."""
        names = report.PEERS if work in FIRST else report.LATER
        found = self.bench.systems
        return [found[name] for name in names if name in found]

    def warm_up(self):
        for work in TITLES:
            for system in self.peers(work):
                if system.name == "go-nginx":
                    continue  # the program is that of `go`
                self.works.load(system, work, 1, f"warm {system.name}",
                                self.database)
        self.works.load(self.bench.systems["hello"], "R1", 1, "warm",
                        self.database)
        extra.warm_mod_fcgid(self.bench, self.works)

    # --- the loads ----------------------------------------------------------

    def plan(self):
        """Works, each with its systems: reads first, as writes add rows."""
        others = ("hello", "fcgid", "cgi")
        found = self.bench.systems
        for work in sorted(TITLES, key=lambda w: w in WRITES):
            systems = self.peers(work)
            if work == "R1":
                systems += [found[name] for name in others if name in found]
            yield work, systems

    def loads(self):
        order = list(self.plan())
        self.counted = {}
        for are_writes, until in (False, READS_UNTIL), (True, WRITES_UNTIL):
            rounds = (self.rounds + 1) // 2 if are_writes else self.rounds
            for turn in range(rounds):
                if turn and time.monotonic() - self.began > until:
                    self.say("no time for another round")
                    break
                self.counted[are_writes] = turn + 1
                for work, systems in order:
                    if (work in WRITES) == are_writes:
                        self.one_round(work, systems, turn)

    def one_round(self, work, systems, turn):
        """Each system once, another one first in each turn."""
        self.say(f"{work} round {turn + 1}:", end="")
        if work == "R1":
            self.keep("R1", "database", extra.raw_database(
                self.bench, self.seconds))
        start = turn % len(systems)
        for system in systems[start:] + systems[:start]:
            figures = self.works.load(
                system, work, self.seconds, f"{turn} {system.name}",
                self.database)
            self.keep(work, system.name, figures)
        print(flush=True)

    def keep(self, work, name, figures):
        kept = self.found["loads"].setdefault(work, {}).setdefault(name, [])
        kept.append(figures)
        print(f"  {name} {figures['rate']:.0f}/s", end="", flush=True)
        if figures.get("bad"):
            print(f" ({figures['bad']} FAILED)", end="", flush=True)

    def medians(self):
        return {
            work: {
                name: {
                    what: statistics.median(f[what] for f in figures)
                    for what in figures[0]
                } for name, figures in systems.items()
            } for work, systems in self.found["loads"].items()
        }

    # --- all ----------------------------------------------------------------

    def measure(self):
        self.start()
        self.start_beside()
        self.say("warming up")
        if not self.quick:
            self.warm_up()
        self.loads()
        found, bench = self.found, self.bench
        self.say("round trips and system calls")
        found["trips"], found["calls"] = extra.counts(
            bench, self.peers, self.works, self.quick)
        self.say("small and large tables")
        found["small"] = extra.small_and_large(
            self.bench, self.works, self.small, self.seconds,
            1 if self.quick else 3, self.database)
        self.say("start of the program")
        found["start"] = extra.start_time(bench, self.works)
        if not self.quick:
            self.say("with two busy loops beside")
            found["disturbed"] = extra.disturbed(
                self.peers(), self.works, self.seconds,
                (self.rounds + 1) // 2, self.database)
            self.say("20,000 requests through mod_fcgid")
            found["mod_fcgid"] = extra.mod_fcgid(bench, self.works)
        # alone: others of its kind would share its pages and flatter it
        for name in ("small", "hello", "fcgid", "cgi", "tenantry-8"):
            if name in bench.systems:
                bench.stop_one(bench.systems[name])
        found["memory"] = extra.memory(self.peers())
        self.say("100,000 projects in one answer")
        found["wide"] = extra.wide(bench, self.wide)
        found["loads"] = self.medians()
        found["failed"] = sum(
            works.failed for works in (self.works, self.small, self.wide))
        found["about"] = about(self)
        self.say("done")


def about(measuring):
    """The machine and the versions, for whoever reads the figures later."""
    def version(*command):
        """The first word of its output that looks like a version."""
        try:
            return re.search(r"v?\d+\.\d+[-.\w]*", run(command)).group()
        except (OSError, Failed, AttributeError):
            return "?"

    return {
        "date": datetime.date.today().isoformat(),
        "machine": about_machine(),
        "load": os.getloadavg()[0],
        "rounds": measuring.counted[False],
        "write_rounds": measuring.counted[True], "seconds": measuring.seconds,
        "took": time.monotonic() - measuring.began,
        "version": commit(),
        "versions": [
            "MariaDB " + version("mariadbd", "--no-defaults", "--version"),
            "lighttpd " + version("lighttpd", "-v"),
            "Apache " + version("apache2", "-v"),
            "nginx " + version("nginx", "-v"),
            "Go " + version("go", "version"),
            "Node " + version("node", "-v"),
            "PHP " + version(php_fpm(), "-v"),
            "wrk " + version("sh", "-c", "wrk -v | head -n 1"),
        ],
    }


def about_machine():
    """Processor, memory, system."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = next((line.split(":")[1].strip() for line in file
                      if line.startswith("model name")), platform.machine())
    with open("/proc/meminfo", encoding="utf-8") as file:
        kib = int(file.readline().split()[1])
    with open("/etc/os-release", encoding="utf-8") as file:
        names = dict(line.rstrip().split("=", 1) for line in file
                     if "=" in line)
    return (f"{os.cpu_count()} cores ({model}), {kib / 2**20:.0f} GiB,"
            f" {names['PRETTY_NAME'].strip(chr(34))}, Linux"
            f" {platform.release()}")


def commit():
    try:
        return run(["git", "-C", ROOT, "describe", "--always", "--dirty"]
                   ).strip()
    except (OSError, Failed):
        return "of no repository"


def only_check(measuring):
    """The last line counts the peers, as that of a stage of .ci/run."""
    status = run_to_end("bench", measuring.start, measuring.bench.stop)
    if status == 0:
        print(f"{measuring.alike} passed, 0 failed")
    return status


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    measuring = Measuring(asked.quick)
    if asked.check:
        return only_check(measuring)
    status = run_to_end("bench", measuring.measure, measuring.bench.stop)
    if status != 0:
        return status
    path = measuring.bench.state / "found.json"
    path.write_text(json.dumps(measuring.found, indent=1))
    print(report.text(measuring.found))
    if not measuring.quick:
        report.write(measuring.found, ROOT / "docs")
        report.write_summary(measuring.found, ROOT / "README.md")
    return judge_requests("bench", measuring.found["failed"])


if __name__ == "__main__":
    sys.exit(main())
