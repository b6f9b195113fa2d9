#!/usr/bin/env python3
"""Several clients write in one organization at once.  Meanwhile one follows its
changes, and one polls its audit trail as the vendor's collector does: both must
see each write once.

usage: writers.py ORGANIZATION WRITERS WRITES [PAUSE]

The collector polls every PAUSE seconds, and a writer rests a fifth of that; without
it, and where rows came, all go on at once.
TENANTRY_URL and OWNER_KEY (an admin of the organization) are in the environment;
so are FRONT_URLS, a space between, where several web servers serve: the clients ask
them in turn.
"""
import http.client
import json
import os
import sys
import threading
import time
import urllib.parse
from datetime import datetime, timedelta, timezone

from methods import sent

URLS = [urllib.parse.urlsplit(url) for url in os.environ.get(
    'FRONT_URLS', os.environ['TENANTRY_URL']).split()]
KEY = os.environ['OWNER_KEY']
ORG, WRITERS, WRITES = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
PAUSE = float(sys.argv[4]) if len(sys.argv) > 4 else 0

problems = []
polls = 0  # of the collector
writing = threading.Event()
writing.set()


class Client:
    count = 0

    def __init__(self):
        self.url = URLS[Client.count % len(URLS)]
        Client.count += 1
        self.connection = http.client.HTTPConnection(
            self.url.hostname, self.url.port, timeout=60)

    def call(self, method, path, body=None):
        headers = {'X-Api-Key': KEY, 'Content-Type': 'application/json'}
        self.connection.request(
            sent(method, headers), self.url.path + path,
            json.dumps(body) if body else None, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status == 503:
            time.sleep(1)
            return None
        if answer.status != 200:
            raise RuntimeError(f'{method} {path}: {answer.status} {text}')
        return json.loads(text)


def guarded(work):
    def run(*arguments):
        try:
            work(*arguments)
        except Exception as error:
            problems.append(f'{work.__name__}: {error!r}')
    return run


@guarded
def write(number):
    client = Client()
    for i in range(WRITES // WRITERS):
        label = {'labels': {'writer': str(number), 'write': str(i)}}
        # busy: nothing was changed
        while client.call('PATCH', f'/v1/organizations/{ORG}', label) is None:
            pass
        time.sleep(PAUSE / 5)


# Until no writer is left and nothing more comes.
def poll(ask):
    is_last = False
    while not is_last:
        is_last = not writing.is_set()
        while ask():
            pass


@guarded
def follow(seen):
    client, after = Client(), 0

    def ask():
        nonlocal after
        answer = client.call('GET', f'/v1/organizations/{ORG}/changes'
                             f'?after={after}&wait=1&limit=50')
        if answer is None:
            return True
        seen.extend(row['seq'] for row in answer['changes'])
        after = answer['next']
        return bool(answer['changes'])

    poll(ask)


# In the form that the collector sends, with another offset than the answer has.
def as_collector(when):
    there = when.astimezone(timezone(timedelta(hours=-7)))
    return there.strftime('%Y-%m-%d %H:%M:%S.%f-07')


@guarded
def collect(seen):
    client, since = Client(), datetime(2020, 1, 1, tzinfo=timezone.utc)

    def ask():
        nonlocal since
        global polls
        polls += 1
        if PAUSE and writing.is_set():
            time.sleep(PAUSE)
        query = urllib.parse.urlencode({'min-date': as_collector(since)})
        answer = client.call('GET', '/v1/audit-events?' + query)
        if answer is None:
            return True
        rows = answer['auditEvents']
        seen.extend(row['seq'] for row in rows)
        if rows:
            newest = max(row['timestamp'] for row in rows)
            since = datetime.fromisoformat(newest.replace('Z', '+00:00')) + \
                timedelta(microseconds=1)
        return bool(rows)

    poll(ask)


followed, collected = [], []
readers = [threading.Thread(target=follow, args=(followed,)),
           threading.Thread(target=collect, args=(collected,))]
writers = [threading.Thread(target=write, args=(i,)) for i in range(WRITERS)]
for thread in readers + writers:
    thread.start()
for thread in writers:
    thread.join()
writing.clear()
for thread in readers:
    thread.join()
wanted = list(range(1, WRITES // WRITERS * WRITERS + 2))
for what, seen in ('followed', followed), ('collected', sorted(collected)):
    if seen != wanted:
        problems.append(f'{what}: {len(seen)} of {len(wanted)} rows, missing'
                        f' {sorted(set(wanted) - set(seen))[:9]}')
if PAUSE and polls < 10:
    problems.append(f'{polls} polls')
print('\n'.join(problems) or f'{len(wanted)} rows, each once')
sys.exit(1 if problems else 0)
