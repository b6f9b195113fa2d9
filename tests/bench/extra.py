"""What is measured apart from the loads: memory, round trips, system calls,
the start, long answers, and a disturbed machine."""

import hashlib
import http.client
import os
import pathlib
import signal
import statistics
import subprocess
import time

import data
import process
from systems import APACHE_WORKERS, BUILT, PROGRAM, Failed, run
from work import BASE, TITLES, Client

CONNECTIONS = 16
CALLS_OF = ("R1", "R3")


def write_digests(works, state):
    """The digests of the callers of R1, for rawdb."""
    raw = b"".join(hashlib.sha256(k.encode()).digest() for k in works.keys)
    (pathlib.Path(state) / "digests").write_bytes(raw)


def answer_size(system, works):
    """How long the body of R1 is: the fixed body is as long."""
    request = works.request("R1")
    connection = http.client.HTTPConnection(
        system.url.removeprefix("http://"), timeout=10)
    connection.request("GET", request.path, headers={"X-Api-Key": request.key})
    size = len(connection.getresponse().read())
    connection.close()
    return size


def raw_database(bench, seconds):
    line = run([BUILT / "rawdb", bench.conf, bench.state / "digests",
                CONNECTIONS, seconds])
    rate, p50, p99 = map(float, line.split())
    return {"rate": rate, "p50": p50, "p99": p99}


def memory(systems):
    """Proportional memory in KiB of each system's processes, by role."""
    return {
        system.name: {
            role: sum(process.memory(pid, "Pss") for pid in pids)
            for role, pids in system.pids().items()
        } for system in systems
    }


# --- counts ----------------------------------------------------------------


def counts(bench, systems_of, works, quick):
    trips, calls = {}, {}
    count = 100 if quick else 300
    for system in systems_of():
        if system.name in ("tenantry-8", "go-nginx"):
            continue  # the program is that of `tenantry`, of `go`
        trips[system.name] = {
            work: round_trips(bench, system, works, work) for work in TITLES
            if system in systems_of(work)
        }
        calls[system.name] = {
            work: system_calls(bench, system, works, work, count)
            for work in CALLS_OF
        }
    return trips, calls


def status(bench):
    """Statements run and prepared since the server's start."""
    lines = bench.sql(
        "SHOW GLOBAL STATUS WHERE Variable_name IN"
        " ('Questions', 'Com_stmt_prepare');").splitlines()
    return sum(int(line.split()[1]) for line in lines)


def round_trips(bench, system, works, work):
    """Statements that one request sends to the database, on average."""
    count = 20 if work in ("R4", "R5") else 50
    seed = f"trips {system.name}"
    with Client(system) as client:
        # every process of the system has its statements prepared
        for n in range(count):
            client.send(works.request(work, seed, n))
        before = status(bench)
        own = status(bench) - before
        for n in range(count, 2 * count):
            client.send(works.request(work, seed, n))
        return round((status(bench) - before - 2 * own) / count, 2)


def system_calls(bench, system, works, work, count):
    """System calls of the program for one request; None without strace."""
    pids = system.pids()["program"]
    out = bench.state / "strace.out"
    tracer = subprocess.Popen(
        ["strace", "-c", "-f", "-o", str(out)] +
        [word for pid in pids for word in ("-p", str(pid))],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 5
        while not all(is_traced(pid) for pid in pids):
            if tracer.poll() is not None or time.monotonic() > end:
                return None  # tracing is not allowed here
            time.sleep(0.02)
        with Client(system) as client:
            for n in range(count):
                client.send(works.request(work, f"calls {system.name}", n))
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait()
    for line in out.read_text().splitlines():
        fields = line.split()
        if fields and fields[-1] == "total":
            return round(int(fields[3]) / count, 1)
    return None


def is_traced(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return "TracerPid:\t0\n" not in text


# --- conditions ------------------------------------------------------------


def small_and_large(bench, works, small, seconds, rounds, database):
    """Rates of R1 over small and large tables, in turn."""
    rates = {"small": [], "large": []}
    sides = [("small", "small", small), ("large", "tenantry", works)]
    for _ in range(rounds):
        for side, name, of in sides:
            rates[side].append(of.load(
                bench.systems[name], "R1", seconds, "", database)["rate"])
        sides.reverse()
    return {side: statistics.median(all) for side, all in rates.items()}


def disturbed(systems, works, seconds, rounds, database):
    """Figures of R1 while two busy loops run beside."""
    loops = [
        subprocess.Popen(["sh", "-c", "while :; do :; done"],
                         stdin=subprocess.DEVNULL) for _ in range(2)
    ]
    found = {system.name: [] for system in systems}
    try:
        for _ in range(rounds):
            for system in systems:
                found[system.name].append(
                    works.load(system, "R1", seconds, "", database))
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()
    return {
        name: {what: statistics.median(f[what] for f in figures)
               for what in ("rate", "p50", "p99", "longest", "bad")}
        for name, figures in found.items()
    }


def warm_mod_fcgid(bench, works):
    """More connections than processes, until all of these are started:
    mod_fcgid starts one where a request has found none free."""
    system = bench.systems["fcgid"]
    until = time.monotonic() + 60
    while len(system.pids()["program"]) < APACHE_WORKERS:
        if time.monotonic() > until:
            raise Failed("mod_fcgid does not start its processes")
        ab(bench, works, 500, APACHE_WORKERS + 10)


def ab(bench, works, count, connections):
    request = works.request("R1")
    return run(["ab", "-q", "-k", "-n", count, "-c", connections, "-H",
                f"X-Api-Key: {request.key}",
                bench.systems["fcgid"].url + request.path])


def mod_fcgid(bench, works):
    """Plain counts by ab, whose percentiles are not corrected as wrk's are."""
    text = ab(bench, works, 20000, CONNECTIONS)
    found = {}
    for line in text.splitlines():
        words = line.split()
        if line.startswith("Requests per second"):
            found["rate"] = float(words[3])
        elif line.startswith(("Failed requests", "Non-2xx responses")):
            found["failed"] = found.get("failed", 0) + int(words[-1])
        elif words[:1] == ["99%"]:
            found["p99"] = float(words[1])
        elif words[:1] == ["100%"]:
            found["longest"] = float(words[1])
    return found


def start_time(bench, works, times=20):
    """From the start of the program to its end with the first answer, in ms:
    the life of plain CGI, in which nothing is there before."""
    request = works.request("R1")
    environment = {
        "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "", "PATH_INFO": request.path,
        "REQUEST_URI": request.path, "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_X_API_KEY": request.key, "TENANTRY_CONF": str(bench.conf),
        "PATH": "/usr/bin:/bin",
    }
    out = bench.state / "start.out"
    taken = []
    for _ in range(times):
        with open(out, "wb") as answer, open(os.devnull, "rb") as nothing, \
                open(bench.log / "start.log", "ab") as log:
            actions = [
                (os.POSIX_SPAWN_DUP2, nothing.fileno(), 0),
                (os.POSIX_SPAWN_DUP2, answer.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, log.fileno(), 2),
            ]
            before = time.monotonic()
            pid = os.posix_spawn(PROGRAM, [str(PROGRAM)], environment,
                                 file_actions=actions)
            os.waitpid(pid, 0)
            taken.append((time.monotonic() - before) * 1e3)
    if b'"organizations":[{' not in out.read_bytes():
        raise Failed("the program does not answer as plain CGI")
    return statistics.median(taken)


# --- one long answer -------------------------------------------------------


def wide(bench, works):
    """100,000 projects from one worker: its growth, first and last byte."""
    system = bench.start_lighttpd(
        "wide", "wide", PROGRAM,
        bench.conf_with("wide", db_name=data.WIDE.database), 1)
    worker, = system.pids()["program"]
    with Client(system) as client:
        for n in range(50):
            client.send(works.request("R1", n=n))
    process.reset_peak(worker)
    with Client(system) as client:
        client.send(works.request("R1"))
    before = process.peak(worker)
    request = works.request("R4")
    firsts, lasts, size = [], [], 0
    for _ in range(5):
        first, last, size, code = run([
            "curl", "-s", "-o", "/dev/null", "--noproxy", "*", "-H",
            f"X-Api-Key: {request.key}", "-w",
            "%{time_starttransfer} %{time_total} %{size_download}"
            " %{http_code}", system.url + BASE + "/projects"]).split()
        if code != "200" or int(size) < 100_000 * 200:
            raise Failed(f"100,000 projects: {code}, {size} bytes")
        firsts.append(float(first) * 1e3)
        lasts.append(float(last) * 1e3)
    grown = process.peak(worker) - before
    bench.stop_one(system)
    return {"first": statistics.median(firsts),
            "last": statistics.median(lasts), "bytes": int(size),
            "growth": grown, "peak": before + grown}
