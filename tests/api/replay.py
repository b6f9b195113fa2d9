#!/usr/bin/env python3
"""Does random writes in one organization over HTTP, then rebuilds it from
GET /v1/organizations/{id}/changes alone, and compares that with what the API
shows.

usage: replay.py ORGANIZATION COUNT [SEED]
       replay.py ORGANIZATION COUNT lists

TENANTRY_URL, OWNER_KEY (an admin of the organization) and TENANTRY_API_KEY (a
system administrator) are in the environment, and USERS: "EMAIL KEY" of users who
are no members yet, a line each.  SQL is a command that runs the SQL of its last
argument: what was sent is sent again only a minute later, and an invitation is
declined by who has proved the address.  Where COUNT is 0 nothing is written but a
licence.  With `lists` the copy begins with what the API shows before the writes,
as that of an organization has to whose trail does not begin with its creation.
"""
import base64
import http.client
import json
import os
import random
import subprocess
import sys
import time
import urllib.parse
from datetime import datetime, timezone

from methods import sent

URL = urllib.parse.urlsplit(os.environ['TENANTRY_URL'])
OWNER = os.environ['OWNER_KEY']
SYSTEM = os.environ['TENANTRY_API_KEY']
ORG = sys.argv[1]
COUNT = int(sys.argv[2])
BY_LISTS = sys.argv[3:] == ['lists']
SEED = int(sys.argv[3]) if len(sys.argv) > 3 and not BY_LISTS else \
    random.randrange(1 << 32)
LABELS = [{}, {'a': '1'}, {'b.c/d': 'e', 'f': ''}]

random.seed(SEED)
connection = http.client.HTTPConnection(URL.hostname, URL.port, timeout=60)


def call(method, path, body=None, key=OWNER):
    headers = {'X-Organization-ID': ORG} if '/organizations/' + ORG not in path \
        else {}
    if key and '@' in key:  # a login and its password
        headers['Authorization'] = 'Basic ' + base64.b64encode(
            key.encode()).decode()
    elif key:
        headers['X-Api-Key'] = key
    data = None
    if body is not None:
        data = json.dumps(body)
        headers['Content-Type'] = 'application/json'
    connection.request(sent(method, headers), URL.path + path, data, headers)
    answer = connection.getresponse()
    text = answer.read()
    return answer.status, json.loads(text) if text else None


def must(method, path, body=None, key=OWNER, may=()):
    status, answer = call(method, path, body, key)
    if status >= 300 and status not in may:
        sys.exit(f'{method} {path} {body}: {status} {answer}')
    return answer if status < 300 else None


def rows(path, member, key=OWNER):
    return must('GET', path, key=key)[member]


# --- the writes ---------------------------------------------------------------

people = []  # email, key, and id once known
tokens = {}  # by the id of an invitation: its token, and for whom
guests = []  # login and password of who has accepted one
left = []  # the same of who has left
done = {}  # how often each write was done, of those that are seldom possible
number = 0
is_deleted = False


def name(word):
    global number
    number += 1
    return f'{word} {number} ä"\\ {random.randrange(10 ** 6)}'


def projects():
    return [p['metadata']['id'] for p in rows('/v1/projects', 'accounts')]


def members():
    return [u['metadata']['id'] for u in
            rows('/v1/organizations/users', 'users')
            if u['metadata']['id'] != me]


def some_projects():
    found = projects()
    return [{'id': p, 'role': random.choice(['admin', 'user', 'viewer'])}
            for p in random.sample(found, random.randint(0, min(3, len(found))))]


def keys(live=True):
    return [k for k in rows('/v1/api-keys', 'apiKeys')
            if k['metadata']['id'] != owner_key_id and k['spec']
            ['organizationId'] and (not live or k['status']['state'] in
                                    ('active', 'expiring'))]


def rename():
    must('PATCH', f'/v1/organizations/{ORG}/metadata',
         {'displayName': name('Org')})


def label():
    must('PATCH', f'/v1/organizations/{ORG}', {'labels': random.choice(LABELS)})


def both():
    must('PATCH', f'/v1/organizations/{ORG}',
         {'displayName': name('Org'), 'labels': random.choice(LABELS)})


def project_create():
    body = {'displayName': name('Project')}
    if random.random() < .5:
        body['labels'] = random.choice(LABELS)
    must('POST', '/v1/projects', body, random.choice([OWNER, SYSTEM]), (409,))


def project_change():
    body = {}
    while not body:
        if random.random() < .5:
            body['displayName'] = name('Project')
        if random.random() < .5:
            body['labels'] = random.choice(LABELS)
    must('PATCH', '/v1/projects/' + random.choice(projects()), body)


def project_delete():
    must('DELETE', '/v1/projects/' + random.choice(projects()), may=(409,))


def member_add():
    email, _ = random.choice(people)
    must('POST', '/v1/organizations/users', {
        'email': email, 'role': random.choice(['user', 'admin']),
        'projects': some_projects()}, SYSTEM, (409,))


def member_role():
    found = members()
    if found:
        must('PATCH', '/v1/organizations/users/' + random.choice(found),
             {'role': random.choice(['user', 'admin'])})


def member_remove():
    found = members()
    if found:
        must('DELETE', '/v1/organizations/users/' + random.choice(found))


def project_role():
    found = members()
    if not found:
        return
    path = f'/v1/projects/{random.choice(projects())}/users/' + \
        random.choice(found)
    if random.random() < .7:
        must('PUT', path, {'role': random.choice(['admin', 'user', 'viewer'])})
    else:
        must('DELETE', path, may=(404,))


def invite():
    # also somebody who is added by another way later
    email = random.choice(people)[0] if random.random() < .5 else \
        f'new{random.randrange(10 ** 12)}@example.org'
    key = OWNER
    if random.random() < .4:
        key = random.choice(people)[1]
    answer = must('POST', '/v1/invitations', {
        'email': email, 'role': random.choice(['user', 'user', 'admin']),
        'projects': some_projects(), 'delivery': 'link',
        'expiresIn': random.randint(3600, 86400)}, key,
        (403, 404, 409))
    if answer and email.startswith('new'):
        tokens[answer['invitation']['metadata']['id']] = \
            answer['link'].rsplit('/', 1)[-1], email


def has_done(write):
    done[write] = done.get(write, 0) + 1


def sql(text):
    subprocess.run([*os.environ['SQL'].split(), text], check=True)


def resend():
    pending = [i['metadata']['id'] for i in
               rows('/v1/invitations?state=pending', 'invitations')]
    if not pending:
        return
    invitation = random.choice(pending)
    sql(f"""UPDATE invitations SET sent_at = sent_at - INTERVAL 61 SECOND
        WHERE id = '{invitation}'""")
    answer = must('POST', f'/v1/invitations/{invitation}/resend',
                  {'delivery': 'link'}, may=(409,))
    if answer:
        has_done('resend')
    if answer and invitation in tokens:
        tokens[invitation] = answer['link'].rsplit('/', 1)[-1], \
            tokens[invitation][1]


# By who has left, and is invited again.
def decline():
    if not left:
        return
    guest = random.choice(left)
    answer = must('POST', '/v1/invitations', {
        'email': guest.split(':')[0], 'role': 'user', 'delivery': 'link'},
        may=(409,))
    if answer:
        sql(f"""UPDATE users SET is_email_unproved = 0
            WHERE email = '{guest.split(':')[0]}'""")
        must('POST', '/v1/invitations/decline',
             {'token': answer['link'].rsplit('/', 1)[-1]}, guest)
        has_done('decline')


def leave():
    if not guests:
        return
    guest = guests.pop(random.randrange(len(guests)))
    body = {'successor': random.choice(members() + [me])} \
        if random.random() < .6 else {}
    status, answer = call('POST', f'/v1/organizations/{ORG}/leave', body, guest)
    # who was removed, is no admin, or has named themselves
    if status not in (204, 400, 403, 404, 409):
        sys.exit(f'leave {body}: {status} {answer}')
    if status == 204:
        left.append(guest)
        has_done('leave with successor' if body else 'leave')


def invitation_end():
    found = [i['metadata']['id'] for i in
             rows('/v1/invitations?state=pending', 'invitations')]
    if found:
        must('DELETE', '/v1/invitations/' + random.choice(found))


def accept():
    if not tokens:
        return
    token, email = tokens.pop(random.choice(list(tokens)))
    if must('POST', '/v1/invitations/accept', {
            'token': token, 'displayName': 'New',
            'password': 'a long password'}, None, (404, 409)):
        guests.append(email + ':a long password')


# With a key and, from an admin, an invitation.
def erase():
    if not guests:
        return
    guest = guests.pop(random.randrange(len(guests)))
    must('POST', '/v1/api-keys', {'description': 'of a guest', 'role': 'user'},
         guest, (403, 404, 409))
    must('POST', '/v1/invitations', {
        'email': f'by-{guest.split(":")[0]}', 'role': 'user',
        'projects': some_projects(), 'delivery': 'link'}, guest,
        (403, 404, 409))
    login, password = guest.split(':')
    must('POST', '/v1/users/me/erase',
         {'password': password, 'confirm': login}, guest)


def key_make():
    who = random.choice([OWNER] + [p[1] for p in people])
    body = {'description': 'none of your business', 'role':
            random.choice(['user', 'admin', 'viewer'])}
    if random.random() < .5:
        body['owner'] = 'organization'
        if random.random() < .5:
            body['manage'] = True
    if random.random() < .4:
        body['projectId'] = random.choice(projects())
    if random.random() < .5:
        body['expiresIn'] = random.randint(100000, 10000000)
    answer = must('POST', '/v1/api-keys', body, who, (403, 404, 409))
    if answer:
        made[answer['apiKey']['metadata']['id']] = answer['key'], who


def key_act():
    found = [k for k in keys() if k['metadata']['id'] in made]
    if not found:
        return
    key_id = random.choice(found)['metadata']['id']
    text, who = made[key_id]
    path = '/v1/api-keys/' + key_id
    act = random.random()
    if act < .3:  # as what it has made, too
        answer = must('POST', '/v1/api-keys', {
            'description': 'made', 'role': 'viewer'}, text, (403, 404, 409))
        if answer:
            made[answer['apiKey']['metadata']['id']] = answer['key'], text
    elif act < .6:
        answer = must('POST', path + '/rotate', {
            'overlap': random.choice([0, 3600])}, random.choice([who, text]),
            (401, 403, 404, 409))
        if answer:
            made[answer['apiKey']['metadata']['id']] = answer['key'], who
    elif act < .8:
        must('PATCH', path, {'expiresIn': random.randint(50000, 100000)},
             random.choice([who, text]), (400, 401, 403, 404, 409))
    else:
        must('DELETE', path, key=random.choice([OWNER, who]),
             may=(401, 403, 404, 409))


def licence():
    must('PUT', f'/v1/organizations/{ORG}/license', {'createLicenseType':
         random.choice(['enterprise', 'google', 'growth', 'free'])}, SYSTEM,
         (409,))


def delete_and_restore():
    must('DELETE', f'/v1/organizations/{ORG}')
    must('POST', f'/v1/organizations/{ORG}/restore',
         {'keys': random.random() < .6})


WRITES = [(rename, 2), (label, 2), (both, 2), (project_create, 5),
          (project_change, 5), (project_delete, 2), (member_add, 6),
          (member_role, 4), (member_remove, 2), (project_role, 6),
          (invite, 8), (invitation_end, 2), (resend, 4), (decline, 1),
          (accept, 4), (leave, 1.5), (erase, 1),
          (key_make, 8), (key_act, 8), (licence, 2), (delete_and_restore, .5)]


# --- the copy -----------------------------------------------------------------

class Copy:
    def __init__(self):
        self.name = self.licence = None
        self.labels, self.projects, self.members = {}, {}, {}
        self.keys, self.invitations = {}, {}

    def apply(self, row):
        act = getattr(self, row['action'].replace('.', '_').replace('-', '_'),
                      None)
        assert act, 'an action that is not known: ' + row['action']
        act(row, row['change'], row['resource'])

    def organization_create(self, row, change, _):
        self.name = change['name']
        self.licence_install(row, change, _)
        self.projects[change['project']['id']] = change['project']['name'], {}
        if 'user' in row:
            self.members[row['user']] = change['role'], {
                change['project']['id']: 'admin'}

    # Of a list that is null the copy has begun with the API's, or cannot begin.
    def audit_genesis(self, row, change, _):
        self.name = change['name']
        self.licence_install(row, change['license'], _)
        if self.given(change, 'projects'):
            self.projects = {p['id']: (p['name'], {})
                             for p in change['projects']}
        if self.given(change, 'members') and self.given(change, 'roles'):
            self.members = {m['id']: (m['role'], {}) for m in change['members']}
            for role in change.get('roles', []):
                self.members[role['user']][1][role['project']] = role['role']
        if self.given(change, 'keys'):
            self.keys = {}
            for key in change.get('keys', []):
                self.key_create(row, {**key, 'key': key['id'],
                                      'manage': False}, None)

    @staticmethod
    def given(change, what):
        there = change.get(what, []) is not None
        assert there or BY_LISTS, 'the lists were to be read: ' + what
        return there

    def organization_import(self, row, change, _):
        self.name, self.labels = change['name'], change['labels']

    def organization_rename(self, row, change, _):
        self.name = change['name']
        self.labels = change.get('labels', self.labels)

    organization_label = organization_rename

    def organization_delete(self, row, change, _):
        for key in self.keys.values():
            if not has_ended(key['end'], row['at']):
                key['was'], key['end'] = key['end'], 'deleted'
        for invitation in self.invitations.values():
            if invitation['state'] == 'pending':
                invitation['state'] = 'revoked'

    def organization_restore(self, row, change, _):
        for user in change.get('lost', []):
            del self.members[user]
        for key in change.get('keys', []):
            self.keys[key]['end'] = self.keys[key].pop('was')
        if 'expiresAt' in change:
            self.licence['end'] = change['expiresAt']

    def project_create(self, row, change, project):
        self.projects[project] = change['name'], change['labels']
        if 'role' in change:
            self.members[row['user']][1][project] = change['role']

    def project_rename(self, row, change, project):
        self.projects[project] = change['name'], change['labels']

    project_label = project_rename

    def project_delete(self, row, change, project):
        del self.projects[project]
        for _, roles in self.members.values():
            roles.pop(project, None)
        for invitation in self.invitations.values():
            invitation['projects'].pop(project, None)
        self.forget(change)

    def member_add(self, row, change, user):
        self.end(change, 'accepted')
        if 'project' in change:
            self.members.setdefault(user, ('user', {}))[1][
                change['project']] = change['role']
        else:
            self.members[user] = change['role'], roles_of(change)

    def member_role(self, row, change, user):
        role, roles = self.members[user]
        if 'project' in change:
            roles[change['project']] = change['role']
        else:
            self.members[user] = change['role'], roles

    def member_remove(self, row, change, user):
        if 'project' in change:
            self.members[user][1].pop(change['project'])
            return
        del self.members[user]
        self.end(change, 'revoked')
        self.forget(change)

    def member_leave(self, row, change, user):
        del self.members[user]
        if 'successor' in change:
            successor = change['successor']
            self.members[successor] = 'admin', self.members[successor][1]
        self.end(change, 'revoked')
        self.erased(change)

    def user_erase(self, row, change, user):
        for project in change.get('projects', []):
            self.members[user][1].pop(project)
        self.erased(change)

    def erased(self, change):
        for invitation in change.get('gone', []):
            del self.invitations[invitation]
        self.forget(change)

    def invitation_create(self, row, change, invitation):
        self.invitations[invitation] = {
            'role': change['role'], 'state': change['state'],
            'end': change['expiresAt'], 'projects': roles_of(change)}

    def invitation_resend(self, row, change, invitation):
        self.invitations[invitation]['state'] = change['state']
        self.invitations[invitation]['end'] = change['expiresAt']

    def invitation_revoke(self, row, change, invitation):
        self.invitations[invitation]['state'] = change['state']

    invitation_decline = invitation_revoke

    def invitation_accept(self, row, change, invitation):
        self.invitations[invitation]['state'] = change['state']
        role = change.get('role') or self.members[row['user']][0]
        self.members[row['user']] = role, roles_of(change)

    def key_create(self, row, change, key):
        self.keys[change['key']] = {
            'owner': change['owner'], 'role': change.get('role', ''),
            'project': change.get('project', ''),
            'manage': bool(change['manage']), 'end': change.get('expiresAt')}

    def key_rotate(self, row, change, key):
        self.keys[key]['end'] = change['endsAt']
        self.key_create(row, change, key)
        self.set_ends(change)

    def key_change(self, row, change, key):
        self.keys[key]['end'] = change.get('expiresAt')
        self.set_ends(change)

    def key_revoke(self, row, change, key):
        del self.keys[key]
        self.end(change, 'revoked')
        self.forget(change)

    def licence_install(self, row, change, _):
        self.licence = {'type': change['licenseType'],
                        'limits': change['limits'],
                        'end': change.get('expiresAt')}

    def end(self, change, state):
        for invitation in change.get('invitations', []):
            self.invitations[invitation]['state'] = state

    def forget(self, change):
        for key in change.get('keys', []):
            del self.keys[key]

    def set_ends(self, change):
        for key in change.get('made', []):
            self.keys[key['id']]['end'] = key['expiresAt']


def roles_of(change):
    return {p['id']: p['role'] for p in change.get('projects', [])}


def has_ended(end, at):
    return end is not None and (end == 'deleted' or end[:23] <= at[:23])


# The number first: what is written while the lists are read comes behind it.
def begin():
    if not BY_LISTS:
        return Copy(), 0
    after, last = 0, -1
    while after != last:
        last = after
        after = must('GET', f'/v1/organizations/{ORG}/changes'
                     f'?after={last}')['next']
    return shown(), after


def follow(copy, after):
    while True:
        answer = must('GET', f'/v1/organizations/{ORG}/changes?after={after}'
                      f'&limit={random.choice([1, 7, 100])}')
        for row in answer['changes']:
            assert row['seq'] == after + 1, (row['seq'], after)
            assert list(row['change']) == sorted(row['change']), row
            after = row['seq']
            copy.apply(row)
        assert answer['next'] == after
        if not answer['changes']:
            return copy, after


# --- what the API shows -------------------------------------------------------

def shown():
    api = Copy()
    organization = must('GET', f'/v1/organizations/{ORG}')['organization']
    api.name = organization['metadata']['displayName']
    api.labels = organization['metadata']['labels']
    for project in rows('/v1/projects', 'accounts'):
        data = project['metadata']
        api.projects[data['id']] = data['displayName'], data['labels']
    for user in rows('/v1/organizations/users', 'users'):
        one = must('GET', '/v1/organizations/users/' + user['metadata']['id'])
        api.members[user['metadata']['id']] = one['role'], {
            p['id']: p['role'] for p in one['projects']}
    for key in rows('/v1/api-keys', 'apiKeys'):
        spec = key['spec']
        if spec['organizationId'] == ORG:
            api.keys[key['metadata']['id']] = {
                'owner': spec['owner'], 'role': spec['role'],
                'project': spec['projectId'], 'manage': spec['manage'],
                'end': spec['expiresAt']}
    for invitation in rows('/v1/invitations', 'invitations'):
        spec, status = invitation['spec'], invitation['status']
        api.invitations[invitation['metadata']['id']] = {
            'role': spec['role'], 'state': status['state'],
            'end': status['expiresAt'], 'projects': {
                p['id']: p['role'] for p in spec['projects']}}
    found = must('GET', f'/v1/organizations/{ORG}/license')['license']
    api.licence = {'type': found['licenseType'], 'limits': found['limits'],
                   'end': found['expiresAt']}
    return api


# A key that a delete has ended: by the database's clock, within the write.
def settle(copy, api):
    now = datetime.now(timezone.utc).isoformat()
    for key_id, key in copy.keys.items():
        key.pop('was', None)
        shown_key = api.keys.get(key_id)
        if key['end'] == 'deleted' and shown_key and \
                has_ended(shown_key['end'], now):
            key['end'] = shown_key['end']


def differences(copy, api):
    for what in ('name', 'labels', 'licence'):
        if getattr(copy, what) != getattr(api, what):
            yield what, getattr(copy, what), getattr(api, what)
    for what in ('projects', 'members', 'keys', 'invitations'):
        ours, theirs = getattr(copy, what), getattr(api, what)
        for one in sorted(set(ours) | set(theirs)):
            if ours.get(one) != theirs.get(one):
                yield what, one, ours.get(one), theirs.get(one)


made = {}  # by the id of a key: the key, and the credential that made it
for line in os.environ['USERS'].split('\n'):
    people.append(tuple(line.split()))
me = must('GET', '/v1/users/me')['user']['metadata']['id']
owner_key_id = None
copy, first = begin()
must('PUT', f'/v1/organizations/{ORG}/license',
     {'createLicenseType': 'enterprise'}, SYSTEM)
weights = [weight for _, weight in WRITES]
for write, _ in random.choices(WRITES, weights, k=COUNT):
    write()
# What so many random writes have left out.
wanted = ('resend', 'decline', 'leave', 'leave with successor') \
    if COUNT >= 1000 else ()
for _ in range(200):
    if all(done.get(write) for write in wanted):
        break
    for write in (invite, resend, invite, decline, invite, accept, leave):
        write()
else:
    sys.exit(f'not every kind was done: {done}')
for _ in range(3 if COUNT else 0):  # at the least
    while not guests:
        invite()
        accept()
    erase()
copy, last = follow(copy, first)
api = shown()
settle(copy, api)
found = list(differences(copy, api))
for difference in found:
    print(*difference)
kinds = (len(copy.projects), len(copy.members), len(copy.keys),
         len(copy.invitations))
print(f'seed {SEED}: {last} changes, {kinds[0]} projects, {kinds[1]} members,'
      f' {kinds[2]} keys, {kinds[3]} invitations, {len(found)} differences')
too_few = last - first < COUNT // 3 or COUNT >= 1000 and 0 in kinds
sys.exit(1 if found or too_few else 0)
