"""Tables and chart of what a run has found."""

import pathlib
import subprocess

from work import CONNECTIONS, FIRST, TITLES

NAMES = {
    "database": "the statement alone, from C",
    "hello": "lighttpd, fixed body",
    "tenantry": "Tenantry, lighttpd, 4 workers",
    "tenantry-8": "Tenantry, lighttpd, 8 workers",
    "go": "Go, reached directly",
    "go-nginx": "Go behind nginx",
    "node": "Node, reached directly",
    "php": "PHP-FPM behind nginx",
    "fcgid": "Tenantry, Apache mod_fcgid",
    "cgi": "Tenantry, Apache plain CGI",
}
SHORT = {"tenantry": "Tenantry, 4", "tenantry-8": "Tenantry, 8", "go": "Go",
         "go-nginx": "Go, nginx", "node": "Node", "php": "PHP-FPM"}
PEERS = tuple(SHORT)  # those that do the first six works, Tenantry first
LATER = ("tenantry", "go")  # and all others
OURS = "tenantry"  # as it is shipped: it is held against the targets
CGI_PROTOTYPE = 72  # requests a second
# How many times as fast as Go reached directly each work has to be.
BARS = {"R1": 1.15, "R2": 1.0, "R3": 1.2, "R4": 2.0, "R5": 2.0, "R6": 1.2,
        "R7": 2.0, "R8": 2.0, "R9": 1.2, "R10": 1.2, "R11": 1.0, "R12": 2.0,
        "R13": 2.0}
PAGES = ("R7", "R8", "R12", "R13")  # of 100 rows
PAGE_TIME = 5000  # µs of the database


def number(value, digits=3):
    """A figure with as many digits as it deserves."""
    if value is None:
        return ""
    if value == int(value) or abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}"
    whole = len(str(int(abs(value))))
    return f"{value:.{max(0, digits - whole)}f}"


def table(head, rows):
    """A Markdown table that also reads well as it stands."""
    rows = [head, *rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [c.rjust(w) for c, w in zip(row[1:], widths[1:])]
        lines.append("| " + " | ".join(cells) + " |")
    rule = ["-" * widths[0]] + ["-" * (w - 1) + ":" for w in widths[1:]]
    lines.insert(1, "| " + " | ".join(rule) + " |")
    return "\n".join(lines) + "\n"


# --- tables ----------------------------------------------------------------


def by_work(found, cell):
    """A row for each system, a column for each work."""
    loads = found["loads"]
    works = [w for w in FIRST if w in loads]
    rows = []
    for name, title in NAMES.items():
        cells = [cell(loads[w][name]) if name in loads[w] else ""
                 for w in works]
        if any(cells):
            rows.append([title, *cells])
    return table(["system", *works], rows)


def rates(found):
    return by_work(found, lambda f: number(f["rate"]))


def times(found):
    return by_work(found, lambda f: f"{number(f['p50'])} / {number(f['p99'])}")


def processor(found):
    def cell(f):
        roles = [f.get(f"cpu_{r}") for r in ("front", "program", "database")]
        if roles[1] is None:
            return ""
        return " / ".join(number(role, 2) if role else "-" for role in roles)
    return by_work(found, cell)


def pair(value, format_one):
    """What Tenantry and Go have, side by side."""
    return " / ".join(format_one(value[name]) for name in LATER)


def later(found):
    """A row for each work that only Tenantry and Go do."""
    rows = []
    for work, title in TITLES.items():
        both = found["loads"].get(work, {})
        if work in FIRST or not all(name in both for name in LATER):
            continue
        ratio = both["tenantry"]["rate"] / both["go"]["rate"]
        rows.append([
            f"{work} {title}", *(number(both[n]["rate"]) for n in LATER),
            f"{ratio:.2f}", f"{BARS[work]}",
            pair(both, lambda f: f"{number(f['p50'])}, {number(f['p99'])}"),
            pair(both, lambda f: f"{number(f['cpu_program'], 2)}"),
            pair(both, lambda f: f"{number(f['cpu_database'], 2)}"),
            " / ".join(number(found["trips"][n][work]) for n in LATER)])
    return table(["Tenantry / Go, reached directly", "Tenantry", "Go", "ratio",
                  "goal", "p50, p99 ms", "program µs", "database µs",
                  "statements"], rows)


def resources(found):
    rows = []
    for name in NAMES:
        if name not in found["memory"]:
            continue
        memory = found["memory"][name]
        calls = found["calls"].get(name, {})
        trips = found["trips"].get(name, {})
        rows.append([
            NAMES[name], number(memory["program"] / 1024),
            number(memory["front"] / 1024) if memory["front"] else "",
            *(number(calls.get(w)) for w in ("R1", "R3")),
            *(number(trips.get(w)) for w in ("R1", "R3", "R6"))])
    return table(["system", "memory MiB", "front MiB", "calls R1", "calls R3",
                  "statements R1", "R3", "R6"], rows)


def disturbed(found):
    rows = [
        [NAMES[name], number(f["rate"]),
         f"{number(f['p50'])} / {number(f['p99'])}", number(f["longest"])]
        for name, f in found["disturbed"].items()
    ]
    return table(["R1 beside two busy loops", "requests/s", "p50 / p99 ms",
                  "longest ms"], rows)


# --- what was asked for ----------------------------------------------------


class Targets:
    """Rows of what was wanted and what was measured."""

    def __init__(self, found):
        self.found = found
        self.loads = found["loads"]
        self.rows = []

    def add(self, what, wanted, measured, is_met):
        self.rows.append([what, wanted, measured, "yes" if is_met else "no"])

    def ratio(self, work, other):
        found = self.loads.get(work, {})
        if other not in found:
            return None
        return found[OURS]["rate"] / found[other]["rate"]

    def at_least(self, work, other, wanted):
        ratio = self.ratio(work, other)
        if ratio is not None:
            self.add(f"{work} against {NAMES[other]}", f"at least {wanted}",
                     f"{ratio:.2f}", ratio >= wanted)

    def lowest(self, works, other, wanted):
        ratios = {w: self.ratio(w, other) for w in works}
        if None in ratios.values():
            return
        work = min(ratios, key=ratios.get)
        self.add(f"each of {', '.join(works)} against {NAMES[other]}",
                 f"at least {wanted}", f"{ratios[work]:.2f} ({work})",
                 ratios[work] >= wanted)

    def tail(self, what, found, wanted):
        if "go" in found:
            ratio = found[OURS]["p99"] / found["go"]["p99"]
            self.add(f"p99 of R1 against Go's, {what}", f"at most {wanted}",
                     f"{ratio:.2f}", ratio <= wanted)

    def at_most(self, what, value, wanted, unit=""):
        self.add(what, f"at most {number(wanted)}{unit}",
                 f"{number(value)}{unit}", value <= wanted)

    def throughput(self):
        self.at_least("R1", "hello", 0.5)
        self.at_least("R1", "database", 0.4)
        for work, wanted in BARS.items():
            self.at_least(work, "go", wanted)
        for work in ("R1", "R2"):
            self.at_least(work, "go-nginx", 1.3)
        self.tail("quiet", self.loads["R1"], 1)
        self.tail("two busy loops beside", self.found.get("disturbed", {}),
                  0.25)
        self.lowest(list(FIRST), "node", 1.5)
        self.lowest([w for w in FIRST if w != "R4"], "php", 2.5)
        self.at_least("R4", "php", 1.1)

    def database_time(self, work):
        return self.loads[work]["tenantry"]["cpu_database"]

    def cost(self):
        found = self.found
        trips = found["trips"]["tenantry"]
        self.at_most("processor time of the program for R1",
                     self.loads["R1"]["tenantry"]["cpu_program"], 60, " µs")
        self.at_most("round trips of a read (R1, R2, R4, R5)",
                     max(trips[w] for w in ("R1", "R2", "R4", "R5")), 1)
        self.at_most("round trips of the check of a key", trips["R11"], 1)
        self.at_most("round trips of a creation", trips["R3"], 6)
        slowest = max(PAGES, key=lambda w: self.database_time(w))
        self.at_most(f"database's time for a page of 100 (the slowest:"
                     f" {slowest})", self.database_time(slowest), PAGE_TIME,
                     " µs")
        self.at_most("memory of 4 workers after the run",
                     found["memory"]["tenantry"]["program"] / 1024, 9, " MiB")
        self.at_most("growth of a worker that streams 100,000 projects",
                     found["wide"]["growth"], 256, " KiB")
        self.at_most("first byte of 100,000 projects, of the time to the last",
                     found["wide"]["first"] / found["wide"]["last"], 0.05)
        ratio = found["small"]["large"] / found["small"]["small"]
        self.add("R1 where the tables are 100 times larger", "at least 0.9",
                 f"{ratio:.2f}", ratio >= 0.9)

    def other_servers(self):
        plain = self.found.get("mod_fcgid")
        if plain:
            self.at_most("mod_fcgid, 20,000 requests: the longest",
                         plain["longest"], 100, " ms")
            self.at_most("mod_fcgid, 20,000 requests: failed",
                         plain["failed"], 0)
        fcgid = self.loads["R1"].get("fcgid")
        if fcgid:
            ratio = fcgid["rate"] / self.loads["R1"][OURS]["rate"]
            self.add("R1 through mod_fcgid against lighttpd", "at least 0.6",
                     f"{ratio:.2f}", ratio >= 0.6)
        cgi = self.loads["R1"].get("cgi")
        if cgi:
            ratio = cgi["rate"] / CGI_PROTOTYPE
            self.add("plain CGI, R1, against the prototype's 72/s",
                     "at least 3", f"{ratio:.2f}", ratio >= 3)
            self.at_most("plain CGI, R1, p50", cgi["p50"], 60, " ms")
        self.at_most("start of the program to its first answer, as plain CGI",
                     self.found["start"], 15, " ms")


def targets(found):
    all = Targets(found)
    all.throughput()
    all.cost()
    all.other_servers()
    return table(["what", "wanted", "measured", "met"], all.rows)


# --- documents -------------------------------------------------------------


def sections(found):
    """Title and body of each part, in order."""
    wide = found["wide"]
    yield "Requests a second", rates(found)
    yield "Time of an answer", "p50 / p99 in ms\n\n" + times(found)
    yield "Processor time of one request", (
        "Front server / program / database, in µs\n\n" + processor(found))
    yield "Pages, writes and the check of a key", (
        "Of Tenantry with 4 workers and of Go reached directly, which run the"
        " same\nstatements. A page has 100 rows of an organization with 10,000"
        " projects, 1,000\nmembers and API keys, and a trail of 20,000"
        " rows.\n\n"
        + later(found))
    yield "Memory, system calls, statements", (
        "PSS of all processes after the run; system calls of the program and\n"
        "statements to the database (preparing included) for one request\n\n" +
        resources(found))
    if "disturbed" in found:
        yield "On a disturbed machine", disturbed(found)
    if "mod_fcgid" in found:
        plain = found["mod_fcgid"]
        yield "20,000 requests through mod_fcgid", (
            f"16 connections, by ab: {number(plain['rate'])} requests a"
            f" second,\np99 {number(plain['p99'])} ms,"
            f" the longest {number(plain['longest'])} ms,"
            f" {plain['failed']} failed.\n")
    yield "100,000 projects in one answer", (
        f"{wide['bytes'] / 1e6:.1f} MB: first byte after"
        f" {number(wide['first'])} ms, the last after"
        f" {number(wide['last'])} ms;\nthe worker grew by {wide['growth']} KiB"
        f" to {number(wide['peak'] / 1024)} MiB resident.\n")
    yield "What was asked for", (
        f"All of it of: {NAMES[OURS]}, as it is shipped.\n\n"
        + targets(found))


def text(found):
    return "\n".join(f"\n--- {title}\n\n{body}"
                     for title, body in sections(found))


INTRODUCTION = """# Benchmarks

Written by `make bench`; [tests/bench](../tests/bench/README.md) says what each
system does and how it is measured.

- {date}, Tenantry {version}; {rounds} rounds of {seconds} s for each
  read, {write_rounds} for each write, systems in turn,
  medians; the load of the machine at the end was {load:.1f}
- {machine}
- {versions}

Load generator, front server, program and database share the machine: the
processor time of one request, all in all, is what sets the requests a second.
Compare figures of one run with each other, never those of two runs, and take
differences below 15 % for none.

| | work | connections |
| --- | --- | ---: |
{works}
![Throughput, tail and memory](benchmarks.svg)
"""


BEGIN, END = "<!-- made by `make bench` -->\n", "<!-- end of it -->\n"


def summary(found):
    """What the README shows: requests a second, tail and memory."""
    loads, memory = found["loads"], found["memory"]
    names = [n for n in PEERS if n in loads["R1"] and n in memory]
    rows = [[f"{title}, a second",
             *(number(loads[work][n]["rate"]) for n in names)]
            for work, title in TITLES.items() if work in FIRST]
    rows.append(["p99 of the first, ms",
                 *(number(loads["R1"][n]["p99"]) for n in names)])
    rows.append(["memory of the program, MiB",
                 *(number(memory[n]["program"] / 1024) for n in names)])
    return table(["", *(NAMES[n] for n in names)], rows)


def write_summary(found, readme):
    """Between its two marks in the README."""
    text = readme.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    readme.write_text(before + BEGIN + summary(found) + END + after)


SERVERS = "\n## Database servers\n"


def write(found, folder):
    """docs/benchmarks.md and docs/benchmarks.svg."""
    folder = pathlib.Path(folder)
    about = dict(found["about"])
    about["versions"] = "; ".join(about["versions"])
    works = "".join(f"| {work} | {title} | {CONNECTIONS.get(work, 16)} |\n"
                    for work, title in TITLES.items())
    parts = [INTRODUCTION.format(works=works, **about)]
    parts += [f"\n## {title}\n\n{body}" for title, body in sections(found)]
    page = folder / "benchmarks.md"
    # the last section is that of servers.py
    kept = page.read_text().partition(SERVERS) if page.exists() else ("",) * 3
    page.write_text("".join(parts) + kept[1] + kept[2])
    chart(found, folder / "benchmarks.svg")


def chart(found, path):
    """Three panels: throughput beside Go's, tail, memory."""
    loads = found["loads"]
    names = [n for n in PEERS if n in loads["R1"]]
    works = [w for w in FIRST if w in loads]

    def block(name, head, rows):
        lines = ["\t".join(f'"{c}"' if isinstance(c, str) else f"{c:.4f}"
                           for c in row) for row in [head, *rows]]
        return f"${name} << EOD\n" + "\n".join(lines) + "\nEOD\n"

    script = block("rate", ["work", *(SHORT[n] for n in names)], [
        [w, *(loads[w][n]["rate"] / loads[w]["go"]["rate"] for n in names)]
        for w in works])
    tails = found.get("disturbed", {})
    script += block("tail", ["system", "quiet", "two busy loops beside"], [
        [SHORT[n], loads["R1"][n]["p99"],
         tails.get(n, loads["R1"][n])["p99"]] for n in names])
    script += block("memory", ["system", "program", "front server"], [
        [SHORT[n],
         found["memory"][n]["program"] / 1024,
         found["memory"][n]["front"] / 1024]
        for n in names if n in found["memory"]])
    script += f"""
set terminal svg size 1200,420 font "sans-serif,11" background "white"
set output "{path}"
set multiplot layout 1,3
set style data histogram
set style fill solid 0.8 border -1
set grid ytics
set boxwidth 0.9
set yrange [0:*]
set key below
set style histogram clustered gap 1
set title "Requests a second; Go reached directly = 1"
plot for [i=2:{len(names) + 1}] $rate using i:xtic(1) title columnheader(i)
set xtics rotate by -35
set title "R1: p99 in ms"
plot for [i=2:3] $tail using i:xtic(1) title columnheader(i)
set style histogram rowstacked
set title "Memory after the run, PSS in MiB"
set logscale y
set yrange [0.5:*]
set style histogram clustered gap 1
plot for [i=2:3] $memory using (column(i) > 0 ? column(i) : 1/0):xtic(1) \\
    title columnheader(i)
unset multiplot
"""
    subprocess.run(["gnuplot"], input=script, text=True, check=True,
                   stdout=subprocess.DEVNULL)
