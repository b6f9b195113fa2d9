"""The pieces of work, as single requests and as load."""

import http.client
import json
import pathlib
import subprocess
import urllib.parse
from dataclasses import dataclass

import data
import process
from systems import HERE, Failed

BASE = "/v1/organizations"
TITLES = {
    "R1": "list 5 organizations",
    "R2": "verify a name",
    "R3": "create an organization",
    "R4": "list 10,000 projects",
    "R5": "tree of 1,000 organizations",
    "R6": "rename an organization",
    "R7": "100 of 1,000 members",
    "R8": "100 of 1,000 API keys",
    "R9": "create a project",
    "R10": "create an invitation",
    "R11": "check an API key",
    "R12": "100 of 20,000 audit rows",
    "R13": "100 of 20,000 changes",
}
FIRST = ("R1", "R2", "R3", "R4", "R5", "R6")  # what every peer does
WRITES = ("R3", "R6", "R9", "R10")
CONNECTIONS = {"R4": 4, "R5": 4}  # 16 for the others
CALLERS = {"R3": "creator", "R4": "lister", "R5": "tree", "R6": "renamer",
           "R7": "lister", "R8": "lister", "R9": "renamer", "R10": "renamer",
           "R11": "lister", "R12": "lister", "R13": "lister"}
LISTS = {
    "R4": BASE + "/projects",
    "R5": BASE + "/projects/all",
    "R7": BASE + "/users?limit=100",
    "R8": "/v1/api-keys?limit=100",
    "R12": "/v1/audit-events?limit=100",
}


@dataclass
class Request:
    method: str
    path: str
    key: str
    body: dict = None
    organization: str = ""  # X-Organization-ID
    cookie: str = ""


class Works:
    """Requests against one set of data."""

    def __init__(self, sizes, folder):
        self.sizes = sizes
        self.folder = pathlib.Path(folder)
        self.failed = 0  # requests, in all loads
        self.keys = data.ordinary_keys(sizes)
        self.ids = [data.ulid("organization", n)
                    for n in data.renamer_numbers(sizes)]
        self.lists = dict(LISTS)
        self.lists["R13"] = (f"{BASE}/{data.ulid('organization', 1)}/changes"
                             f"?after={sizes.events // 2}&limit=100")
        # the keys that are checked, each bound to the organization
        self.asked = [data.key(n) for n in data.crowd_numbers(sizes)]
        self.write("ids", self.ids)
        self.write("asked", self.asked)
        self.write("lists", [f"{work} {path}"
                             for work, path in self.lists.items()])
        for work in TITLES:
            self.write(f"keys.{work}", self.keys_of(work))

    def write(self, name, lines):
        path = self.folder / f"{self.sizes.database}.{name}"
        path.write_text("".join(line + "\n" for line in lines))

    def keys_of(self, work):
        if work in CALLERS:
            return [data.key(self.sizes.specials[CALLERS[work]])]
        return self.keys

    def request(self, work, seed="", n=1):
        """The n-th request of a work, the same as that of load.lua."""
        keys = self.keys_of(work)
        key = keys[n % len(keys)]
        if work == "R1":
            return Request("GET", BASE, key)
        if work == "R2":
            name = data.display_name(n + 1) + (" free" if n % 2 else "")
            return Request("PUT", f"{BASE}/verify", key,
                           {"organizationName": name})
        if work == "R3":
            return Request("POST", BASE, key, {
                "organizationName": f"Bench {seed} {n}",
                "accountName": f"Bench {seed} {n} first",
                "eulaAccepted": True})
        if work == "R6":
            return Request(
                "PATCH", f"{BASE}/{self.ids[n % len(self.ids)]}/metadata", key,
                {"displayName": f"Renamed {seed} {n}"})
        if work == "R9":
            return Request("POST", "/v1/projects", key,
                           {"displayName": f"Project {seed} {n}"},
                           self.ids[n % len(self.ids)])
        if work == "R10":
            return Request(
                "POST", "/v1/invitations", key, {
                    "email": f"{seed.replace(' ', '.')}.{n}@example.org",
                    "role": "user"}, self.ids[n % len(self.ids)])
        if work == "R11":
            return Request("POST", "/v1/check", key, {
                "credential": self.asked[n % len(self.asked)],
                "need": "user"})
        return Request("GET", self.lists[work], key)

    def script(self, work, seed):
        """The program of wrk, and what it is told."""
        prefix = self.folder / self.sizes.database
        return [str(HERE / "load.lua")], [
            work, f"{prefix}.keys.{work}", str(prefix), seed]

    def load(self, system, work, seconds, seed, database):
        """Puts a system under a work's load by wrk; figures of this one run.

        Times are in ms, processor time in µs a request by role.
        """
        script, told = self.script(work, seed)
        before, pids = cpu(system, database)
        done = subprocess.run(
            ["wrk", "-t1", f"-c{CONNECTIONS.get(work, 16)}",
             f"-d{seconds}", "--timeout", "30", "-s", *script, system.url,
             "--", *told],
            stdin=subprocess.DEVNULL, capture_output=True, text=True)
        after, _ = cpu(system, database, pids)
        for line in done.stdout.splitlines():
            if line.startswith("figures "):
                requests, duration, p50, p99, longest, bad = map(
                    int, line.split()[1:])
                break
        else:
            raise Failed(f"wrk: {done.stdout} {done.stderr}")
        if requests == 0:
            raise Failed(f"{system.name} {work}: no answer")
        self.failed += bad
        figures = {
            "rate": requests * 1e6 / duration, "seconds": duration / 1e6, "p50": p50 / 1e3,
            "p99": p99 / 1e3, "longest": longest / 1e3, "bad": bad,
        }
        for role, time in after.items():
            figures[f"cpu_{role}"] = (time - before[role]) / requests
        return figures


def cpu(system, database, pids=None):
    """Processor time by role, and the pids it was taken of."""
    pids = pids or system.pids()
    if system.has_database:
        pids["database"] = [database]
    return {role: process.cpu_time(of) for role, of in pids.items()}, pids


class Client:
    """One connection that is kept."""

    def __init__(self, system):
        parts = urllib.parse.urlsplit(system.url)
        self.prefix = parts.path
        self.connection = http.client.HTTPConnection(
            parts.hostname, parts.port, timeout=60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def send(self, request):
        """Status, and the body from JSON (None where there is none)."""
        headers = {"X-Api-Key": request.key} if request.key else {}
        if request.organization:
            headers["X-Organization-ID"] = request.organization
        body = None
        if request.body is not None:
            body = json.dumps(request.body)
            headers["Content-Type"] = "application/json"
        self.connection.request(
            request.method, self.prefix + request.path, body, headers)
        response = self.connection.getresponse()
        text = response.read()
        return response.status, json.loads(text) if text else None
