#!/usr/bin/env python3
"""A client that writes and reads without pause and keeps a ledger.

    ledger.py run FILE      until SIGTERM; then the ledger is in FILE
    ledger.py judge FILE    compares it with the rows on standard input

`run` takes TENANTRY_URLS (a space between) and TENANTRY_API_KEY from the
environment.  Each writer creates organizations and renames them, through one
address after the other; after an acknowledged write it reads through another
address and expects to see it.  Readers read what was acknowledged.  Tenants do all
the other writes (ledger_tenant.py).  LEDGER_MIXERS adds clients that send all the
other requests, good and bad; each has the statuses that it expects.

A write ends as one of: `done` (2xx), `not` (an answer that promises that
nothing was done), `unknown` (503 outcome-unknown, 500, no answer at all).

`judge` reads lines with tabs between (`ledger_rows` in ledger.bash), and prints
`NAME=value` lines.  It ends with 1 where a promise was broken.

    organization ID NAME VERSION CREATED RENAMED    (how often, by the audit rows)
    write REQUEST ACTION                            an audit row
    state KIND ID VALUE                             what there is
"""
import base64
import http.client
import json
import os
import random
import signal
import sys
import threading
import time

from ledger_tenant import Audit, Tenant

WRITERS = int(os.environ.get("LEDGER_WRITERS", "3"))
READERS = int(os.environ.get("LEDGER_READERS", "3"))
RENAMES = 6  # of one organization, before the next is created
TENANTS = int(os.environ.get("LEDGER_TENANTS", "2"))
MIXERS = int(os.environ.get("LEDGER_MIXERS", "0"))
PAUSE = float(os.environ.get("LEDGER_PAUSE", "0.002"))
TIMEOUT = 15  # s; above the service's own deadline
EXPECTED = "as expected"
WRITES = ("create", "rename", "write")  # kinds of request
UNKNOWN = "urn:tenantry:problem:outcome-unknown"


class Ledger:
    """What happened, shared by all threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.organizations = []  # one dict each, see Writer
        self.answers = []  # (begin, end, kind, url, status, note)
        self.stale = []
        self.writes, self.states, self.feeds = [], {}, []  # see Tenant
        self.stopped = threading.Event()
        self.stopped_at = None

    def is_over(self, seconds):
        """So long after the end."""
        if self.stopped_at is None and self.stopped.is_set():
            self.stopped_at = time.monotonic()
        return self.stopped_at is not None and \
            time.monotonic() > self.stopped_at + seconds

    def answer(self, *row):
        with self.lock:
            self.answers.append(row)

    def known(self):
        with self.lock:
            return random.choice(self.organizations) if self.organizations else None


class Client:
    """One connection for each address; requests are never sent twice."""

    def __init__(self, ledger, urls, key):
        self.ledger = ledger
        self.urls = urls
        self.key = key
        self.last = None
        self.answered = {}

    def next_url(self):
        """Any; a read goes to another than the request before."""
        return random.choice(self.urls)

    def other_url(self):
        return random.choice([u for u in self.urls if u != self.last]
                             or self.urls)

    def request(self, kind, method, path, body=None, expected=(),
                headers=None, problems=(), credential=None):
        """A status of `expected`, or a problem of `problems`, counts as a
        success.  `credential` is LOGIN:PASSWORD in place of the key, or "" for
        none.  What the answer's headers are afterwards stands in `answered`."""
        url = self.other_url() if kind == "read" else self.next_url()
        self.last = url
        begin = time.monotonic()
        status, text, note = 0, b"", ""
        self.answered = {}
        try:
            status, text, self.answered = self.send(
                url, method, path, body,
                {**self.authorization(credential), **(headers or {})})
            if status in (500, 503) and "Retry-After" not in self.answered:
                note = f"{status} without Retry-After"
        except (OSError, http.client.HTTPException) as error:
            note = type(error).__name__
        try:
            document = json.loads(text) if text else {}
        except ValueError:
            document, note = {}, "no JSON"
        if status in expected:
            note = EXPECTED
        elif status >= 400 and not note:
            note = document.get("type", "").rsplit(":", 1)[-1]
            if note in problems:
                note = EXPECTED
        self.ledger.answer(begin, time.monotonic(), kind, url, status, note)
        return status, document

    def authorization(self, credential):
        if credential is None:
            return {"X-Api-Key": self.key}
        if credential == "":
            return {}
        return {"Authorization": "Basic " + base64.b64encode(
            credential.encode()).decode()}

    @staticmethod
    def send(url, method, path, body, headers):
        # A new connection for each request: a kept one that the server closed
        # would look like an answer that did not come.
        connection = http.client.HTTPConnection(
            url.removeprefix("http://"), timeout=TIMEOUT)
        try:
            connection.request(
                method, path, None if body is None else json.dumps(body),
                {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers
        finally:
            connection.close()


def outcome(status, document):
    if 200 <= status < 300:
        return "done"
    if status in (0, 500, 502, 504) or document.get("type") == UNKNOWN:
        return "unknown"
    return "not"


class Writer(threading.Thread):
    def __init__(self, ledger, client, number):
        super().__init__()
        self.ledger = ledger
        self.client = client
        self.number = number
        self.count = 0

    def name(self):
        self.count += 1
        return f"Ledger {self.number} {self.count} {os.urandom(4).hex()}"

    def run(self):
        while not self.ledger.stopped.is_set():
            organization = self.create()
            for _ in range(RENAMES):
                if organization is None or self.ledger.stopped.is_set():
                    break
                self.rename(organization)

    def create(self):
        name = self.name()
        status, document = self.client.request(
            "create", "POST", "/v1/organizations",
            {"organizationName": name, "accountName": "First",
             "eulaAccepted": True})
        row = {"create": outcome(status, document), "name": name, "id": None,
               "renames": []}
        if row["create"] == "done":
            row["id"] = document["organization"]["metadata"]["id"]
        with self.ledger.lock:
            self.ledger.organizations.append(row)
        if row["create"] != "done":
            time.sleep(0.05)
            return None
        self.see(row, {name})
        return row

    def rename(self, row):
        name = self.name()
        before = {row["name"]} | {r["name"] for r in row["renames"]}
        status, document = self.client.request(
            "rename", "PATCH", f"/v1/organizations/{row['id']}/metadata",
            {"displayName": name})
        result = outcome(status, document)
        with self.ledger.lock:
            row["renames"].append({"name": name, "outcome": result})
        if result == "done":
            self.see(row, {name})
        else:
            # a rename of unknown outcome may still come true
            self.see(row, before | {name})
            time.sleep(0.05)
        time.sleep(PAUSE)

    def see(self, row, names):
        """Through another address; only a 200 can be stale."""
        status, document = self.client.request(
            "read", "GET", f"/v1/organizations/{row['id']}")
        seen = None
        if status == 200:
            seen = document["organization"]["metadata"]["displayName"]
        if (status == 200 and seen not in names) or status == 404:
            with self.ledger.lock:
                self.ledger.stale.append([row["id"], status, seen])


class Reader(threading.Thread):
    def __init__(self, ledger, client):
        super().__init__()
        self.ledger = ledger
        self.client = client

    def run(self):
        while not self.ledger.stopped.is_set():
            row = self.ledger.known()
            if row is not None and row["id"] is not None:
                status, _ = self.client.request(
                    "read", "GET", f"/v1/organizations/{row['id']}")
                if status == 404:
                    with self.ledger.lock:
                        self.ledger.stale.append([row["id"], status, None])
            time.sleep(PAUSE)


class Mixer(threading.Thread):
    """Every other route, and what a careless client sends.  Each mixer has an
    organization of its own, and now and then deletes it for another."""

    def __init__(self, ledger, client, number):
        super().__init__()
        self.ledger = ledger
        self.client = client
        self.number = number
        self.id = None

    def run(self):
        while not self.ledger.stopped.is_set():
            if self.id is None:
                self.begin()
            else:
                random.choice(self.requests)(self)
            time.sleep(PAUSE)

    def send(self, method, path, body, *expected, **headers):
        """A header's name with _ for -."""
        return self.client.request(
            "mixed", method, path, body, expected,
            {name.replace("_", "-"): headers[name] for name in headers})

    def expect(self, what, is_so):
        """What a status does not say."""
        if not is_so:
            now = time.monotonic()
            self.client.ledger.answer(
                now, now, "mixed", self.client.last, 0, what)

    def begin(self):
        """Sent twice with the same key: one organization."""
        name = f"Mixer {self.number} {os.urandom(6).hex()}"
        key = os.urandom(8).hex()
        wanted = {"organizationName": name, "accountName": "Ersté",
                  "eulaAccepted": True}
        status, first = self.send("POST", "/v1/organizations", wanted, 200,
                                  Idempotency_Key=key)
        if status != 200:
            return
        self.id = first["organization"]["metadata"]["id"]
        self.name = name
        _, second = self.send("POST", "/v1/organizations", wanted, 200,
                              Idempotency_Key=key)
        self.expect("not a replay",
                    second.get("organization") == first["organization"] and
                    self.client.answered.get("Idempotency-Replayed") == "true")
        wanted["accountName"] = "Other"
        self.send("POST", "/v1/organizations", wanted, 422,
                  Idempotency_Key=key)

    def verify(self):
        self.send("GET", "/v1/organizations/verify", None, 404, 405)
        self.send("PUT", "/v1/organizations/verify",
                  {"organizationName": self.name.upper()}, 200)

    def lists(self):
        for what in ("accounts", "projects", "users"):
            self.send("GET", f"/v1/organizations/{what}", None, 200, 400, 404)
        if random.random() < 0.05:  # they grow
            self.send("GET", "/v1/organizations", None, 200)
            self.send("GET", "/v1/organizations/accounts/all", None, 200)

    def service(self):
        for path in ("/v1/version", "/v1/openapi.json", "/healthz", "/readyz",
                     "/doctor"):
            self.send("GET", path, None, 200)

    def taken(self):
        self.send("POST", "/v1/organizations",
                  {"organizationName": self.name, "accountName": "x",
                   "eulaAccepted": True}, 409)

    def unknown(self):
        self.send("GET", "/v1/organizations/01ARZ3NDEKTSV4RRFFQ69G5FAV",
                  None, 404)
        self.send("GET", "/v1/nothing", None, 404)
        self.send("DELETE", "/v1/organizations", None, 405)

    def malformed(self):
        path = f"/v1/organizations/{self.id}/metadata"
        self.send("PATCH", path, {"displayName": "\u202e"}, 400)
        self.send("PATCH", path, {"displayName": 5}, 400)
        self.send("PATCH", path, [], 400)
        self.send("POST", "/v1/organizations", {"x": "y" * 70000}, 413)
        self.send("PUT", f"/v1/organizations/{self.id}/license",
                  {"licenseKey": "a.b.c"}, 400)

    def read(self):
        for _ in range(10):
            self.send("GET", f"/v1/organizations/{self.id}", None, 200)

    def conditional(self):
        """Rename by the tag of what was read; the tag is good for one."""
        path = f"/v1/organizations/{self.id}"
        self.send("GET", path, None, 200)
        tag = self.client.answered.get("ETag", "none")
        self.send("GET", path, None, 304, If_None_Match=tag)
        name = f"Mixer {self.number} {os.urandom(6).hex()}"
        status, _ = self.send("PATCH", path + "/metadata",
                              {"displayName": name}, 200, If_Match=tag)
        if status == 200:
            self.name = name
            self.send("PATCH", path + "/metadata", {"displayName": name}, 412,
                      If_Match=tag)
            self.send("GET", path, None, 200, If_None_Match=tag)

    def delete(self):
        status, _ = self.send(
            "DELETE", f"/v1/organizations/{self.id}", None, 200, 204)
        if status in (200, 204):
            self.send("GET", f"/v1/organizations/{self.id}", None, 404)
            self.id = None

    requests = [verify, lists, service, taken, unknown, malformed, read,
                conditional, delete]


def run(path):
    urls = os.environ["TENANTRY_URLS"].split()
    key = os.environ["TENANTRY_API_KEY"]
    ledger = Ledger()
    signal.signal(signal.SIGTERM, lambda *_: ledger.stopped.set())
    signal.signal(signal.SIGINT, lambda *_: ledger.stopped.set())
    begin = time.monotonic()
    threads = [Writer(ledger, Client(ledger, urls, key), n)
               for n in range(WRITERS)]
    threads += [Reader(ledger, Client(ledger, urls, key))
                for _ in range(READERS)]
    threads += [Mixer(ledger, Client(ledger, urls, key), n)
                for n in range(MIXERS)]
    threads += [Tenant(ledger, lambda: Client(ledger, urls, key), outcome,
                       PAUSE) for _ in range(TENANTS)]
    for thread in threads:
        thread.start()
    while not ledger.stopped.wait(0.2):
        pass
    for thread in threads:
        thread.join()
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump({"begin": begin, "end": time.monotonic(), "urls": urls,
                   "organizations": ledger.organizations,
                   "answers": ledger.answers, "stale": ledger.stale,
                   "writes": ledger.writes, "states": ledger.states,
                   "feeds": ledger.feeds}, file)
    os.rename(path + ".new", path)


def longest_gap(ledger, is_kind):
    """The longest time without a success, of the worst address."""
    worst = 0.0
    for url in ledger["urls"]:
        last = ledger["begin"]
        ends = sorted(end for _, end, kind, to, status, _ in ledger["answers"]
                      if to == url and is_kind(kind) and 200 <= status < 300)
        for end in ends + [ledger["end"]]:
            worst = max(worst, end - last)
            last = end
    return worst


def longest_failing(ledger, is_kind):
    """The longest time in which requests were refused and none succeeded."""
    worst = 0.0
    for url in ledger["urls"]:
        first = None
        rows = sorted((end, status) for _, end, kind, to, status, _ in
                      ledger["answers"] if to == url and is_kind(kind))
        for end, status in rows:
            if 200 <= status < 300:
                if first is not None:
                    worst = max(worst, end - first)
                first = None
            elif first is None:
                first = end
    return worst


class Judge:
    """Promises against rows."""

    def __init__(self, ledger, rows):
        self.ledger = ledger
        self.by_id = {row[0]: row for row in rows}
        self.by_name = {}
        for row in rows:
            self.by_name.setdefault(row[1], []).append(row)
        self.lost, self.twice, self.false_refusals = [], [], []

    def create(self, row):
        if row["create"] == "done":
            found = self.by_id.get(row["id"])
            if found is None:
                self.lost.append(row)
            elif found[3] != 1:
                self.twice.append(row)
            return found
        found = self.by_name.get(row["name"], [])
        if row["create"] == "not" and found:
            self.false_refusals.append(row)
        if len(found) > 1:
            self.twice.append(row)
        return None

    def renames(self, row, found):
        outcomes = [r["outcome"] for r in row["renames"]]
        done, unknown = outcomes.count("done"), outcomes.count("unknown")
        if found[4] < done or found[2] < 1 + done:
            self.lost.append(row)
        if found[4] > done + unknown or found[2] > 1 + done + unknown:
            self.twice.append(row)
        # the name of the last one that was acknowledged, or of a later one
        # whose outcome nobody knows
        allowed = {row["name"]}
        for rename in row["renames"]:
            if rename["outcome"] == "done":
                allowed = {rename["name"]}
            elif rename["outcome"] == "unknown":
                allowed.add(rename["name"])
        if found[1] not in allowed:
            self.lost.append(row)

    def judge(self):
        for row in self.ledger["organizations"]:
            found = self.create(row)
            if found is not None:
                self.renames(row, found)


def judge(path):
    with open(path, encoding="utf-8") as file:
        ledger = json.load(file)
    rows, written, states = [], [], {}
    for line in sys.stdin:
        what, *values = line.rstrip("\n").split("\t")
        if what == "organization":
            rows.append((*values[:2], *map(int, values[2:])))
        elif what == "write":
            written.append(values)
        else:
            states[f"{values[0]} {values[1]}"] = values[2]
    court = Judge(ledger, rows)
    court.judge()
    audit = Audit(ledger, written, states)
    audit.judge()
    court.lost += audit.lost
    court.twice += audit.twice
    court.false_refusals += audit.false_refusals
    answers = ledger["answers"]
    writes = [a for a in answers if a[2] in WRITES]
    failed = [a for a in answers
              if not 200 <= a[4] < 300 and a[5] != EXPECTED
              or a[2] == "mixed" and a[5] != EXPECTED]
    notes = {}
    for _, _, kind, _, status, note in failed:
        what = f"{kind}:{status}:{note}"
        notes[what] = notes.get(what, 0) + 1
    other = [a for a in failed if a[4] != 503 or a[5].startswith("503 ")]
    figures = {
        "requests": len(answers),
        "writes": len(writes),
        "acknowledged": sum(200 <= a[4] < 300 for a in writes),
        "lost": len(court.lost),
        "twice": len(court.twice),
        "done_but_refused": len(court.false_refusals),
        "stale": len(ledger["stale"]),
        "failed": len(failed),
        "failed_otherwise": len(other),
        "mixed": sum(a[2] == "mixed" for a in answers),
        "read_gap": round(longest_gap(ledger, lambda k: k == "read"), 2),
        "read_failing": round(
            longest_failing(ledger, lambda k: k == "read"), 2),
        "write_gap": round(longest_gap(
            ledger, lambda k: k in WRITES), 2),
        "slowest": round(max((a[1] - a[0] for a in answers), default=0), 2),
    }
    kinds = {}
    for row in ledger["writes"]:
        if row["outcome"] == "done":
            kinds[row["action"]] = kinds.get(row["action"], 0) + 1
    figures["kinds"] = len(kinds)
    figures["followed"] = sum(len(f["rows"]) for f in ledger["feeds"])
    for name, value in figures.items():
        print(f"{name}={value}")
    print("# done: " + ", ".join(f"{kinds[name]} x {name}" for name in sorted(kinds)))
    for what, count in sorted(notes.items()):
        print(f"# {count} x {what}")
    for title, found in (("lost", court.lost), ("twice", court.twice),
                         ("refused", court.false_refusals),
                         ("stale", ledger["stale"])):
        for row in found[:5]:
            print(f"# {title}: {json.dumps(row)}")
    broken = court.lost or court.twice or court.false_refusals
    sys.exit(1 if broken or ledger["stale"] else 0)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("run", "judge"):
        sys.exit(__doc__)
    {"run": run, "judge": judge}[sys.argv[1]](sys.argv[2])
