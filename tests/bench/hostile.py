#!/usr/bin/env python3
"""Callers beside clients that are slow or guess: one row for each scenario.

    hostile.py SECONDS < settings.json > rows.json

The settings (hostile.sh writes them) name the web servers' URLs, two
users' keys and the logins.  While hostile clients do their part, /healthz and
a caller with a key are asked without pause; a row holds what they saw.
"""

import base64
import http.client
import json
import socket
import sys
import threading
import time
from urllib.parse import urlsplit

PATIENCE = 10  # seconds that a caller waits
JUNK_RATE = 77  # requests a second


class Crowd:
    """Threads that do something until they are told to stop."""

    def __init__(self, count, act, *arguments):
        self.over = threading.Event()
        self.threads = [
            threading.Thread(target=self.run, args=(act, *arguments),
                             daemon=True) for _ in range(count)]

    def run(self, act, *arguments):
        while not self.over.is_set():
            try:
                act(self.over, *arguments)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        time.sleep(1)
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join(PATIENCE)


def connect(url):
    parts = urlsplit(url)
    return socket.create_connection((parts.hostname, parts.port), PATIENCE)


def ask(url, path, headers=None, source=None, method="GET", body=None):
    """Status and seconds of one request; 0 where there was no answer."""
    parts = urlsplit(url)
    start = time.monotonic()
    connection = http.client.HTTPConnection(
        parts.hostname, parts.port, timeout=PATIENCE,
        source_address=source and (source, 0))
    try:
        connection.request(method, parts.path + path, body, headers or {})
        answer = connection.getresponse()
        answer.read()
        status = answer.status
    except (OSError, http.client.HTTPException):
        status = 0
    finally:
        connection.close()
    return status, time.monotonic() - start


def basic(login, password):
    pair = base64.b64encode(f"{login}:{password}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}


def slow_body(over, url):
    with connect(url) as peer:
        peer.sendall(b"PUT /v1/organizations/verify HTTP/1.1\r\nHost: a\r\n"
                     b"Content-Length: 1000\r\n\r\n")
        peer.settimeout(1)
        while not over.is_set():
            peer.sendall(b"a")
            try:
                if not peer.recv(65536):
                    return
            except socket.timeout:
                pass


def slow_reader(over, url, key):
    with connect(url) as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        peer.sendall(b"GET /v1/organizations/projects HTTP/1.1\r\nHost: a\r\n"
                     b"X-Api-Key: " + key.encode() + b"\r\n\r\n")
        # the server is done with it when it says so, not when it has sent
        for _ in range(60):
            if over.wait(0.5):
                return


def guess(_over, url, source):
    login = f"guess-{time.monotonic_ns()}@example.org"
    ask(url, "/v1/organizations", basic(login, "wrong"), source)


def junk(over, url, rate):
    body = b'{"organizationName":"a","x":[' + b",".join(
        [b'{"":{}}'] * 8000) + b"]}"
    due = time.monotonic()
    while not over.is_set():
        ask(url, "/v1/organizations", {"X-Api-Key": "tny_wrong"}, None,
            "POST", body[:64 * 1024 - 2] if len(body) > 65536 else body)
        due += 1 / rate
        time.sleep(max(0, due - time.monotonic()))


def share(times, part):
    return sorted(times)[min(len(times) - 1, int(len(times) * part))]


def probe(url, path, headers, seconds, out):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        status, took = ask(url, path, headers)
        out.append((status, took))
        time.sleep(0.02)


def summary(asked):
    times = [took * 1000 for _, took in asked]
    return {"p50": share(times, 0.5), "p99": share(times, 0.99),
            "asked": len(asked),
            "failed": sum(status != 200 for status, _ in asked)}


def watch(url, key, seconds):
    """What /healthz and a caller with a key see, asked side by side."""
    seen = {"healthz": [], "key": []}
    threads = [
        threading.Thread(target=probe, args=(
            url, "/healthz", {}, seconds, seen["healthz"])),
        threading.Thread(target=probe, args=(
            url, "/v1/organizations", {"X-Api-Key": key}, seconds,
            seen["key"]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {name: summary(asked) for name, asked in seen.items()}


def log_in(url, logins, seconds, out):
    """Forty right logins in that time."""
    for i in range(40):
        login, password = logins[i % len(logins)]
        status, _ = ask(url, "/v1/organizations", basic(login, password))
        out[status] = out.get(status, 0) + 1
        time.sleep(seconds / 80)


def main():
    seconds = float(sys.argv[1])
    at = json.load(sys.stdin)
    rows = []

    def measure(host, what, crowd, with_logins=False):
        url = at["urls"][host]
        codes = {}
        with crowd:
            threads = [threading.Thread(target=log_in, args=(
                url, at["logins"], seconds, codes))] if with_logins else []
            for thread in threads:
                thread.start()
            row = watch(url, at["key"], seconds)
            for thread in threads:
                thread.join()
        rows.append({"host": host, "what": what, "codes": codes, **row})
        print(f"{host}: {what}", file=sys.stderr)

    for host, url in at["urls"].items():
        measure(host, "nobody else", Crowd(0, guess))
        for count in 4, 16:
            measure(host, f"{count} slow bodies",
                    Crowd(count, slow_body, url))
        measure(host, "12 slow readers of a large list",
                Crowd(12, slow_reader, url, at["owner_key"]))
    url = at["urls"]["lighttpd"]
    measure("lighttpd", "40 right logins, nobody guesses", Crowd(0, guess),
            True)
    for i, count in enumerate((4, 8, 16)):
        measure("lighttpd", f"40 right logins, {count} loops guess elsewhere",
                Crowd(count, guess, url, f"127.0.0.{11 + i}"), True)
    workers = 7
    measure("lighttpd", f"{JUNK_RATE} bodies a second, 64 KiB of {{}}",
            Crowd(workers, junk, url, JUNK_RATE / workers))
    json.dump(rows, sys.stdout)


if __name__ == "__main__":
    main()
