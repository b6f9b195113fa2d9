"""The part of the ledger for all writes but creating and renaming organizations.

A Tenant has an organization of its own and does every kind of write in it, each
with an Idempotency-Key of its own and with a request id that tells the attempt.
What ends without a certain answer is sent again with the same key until its
answer is certain, so that nothing is left unknown but what the end of the run
cuts off.  A Follower reads what has changed in that organization (`changes`, with
`wait`) and must see each write once.

A write's row in the ledger: `request` (the request ids of its audit rows begin
so), `action` (of the audit row), `outcome`: `done`, `not` or `unknown`.  `states`
has what must be there at the end: "KIND ID" to the values that it may have.
"""
import base64
import os
import random
import threading
import time

MISSING = "-"
AGAIN = "idempotency-key-in-use"  # the attempt before is still under way
LICENCES = ["enterprise", "google", "growth"]
PASSWORD = "a long password of a guest"
LINGER = 8  # s for what is still to be decided when the run ends
KINDS = ["licence", "labels", "project", "invitation", "member", "key",
         "secret"]
RESTORED = ["licence", "labels", "project", "member", "secret"]


class Tenant(threading.Thread):
    def __init__(self, ledger, clients, outcome, pause):
        super().__init__()
        self.ledger = ledger
        self.client = clients()
        self.clients = clients
        self.outcome = outcome
        self.pause = pause
        self.count = 0
        self.tag = os.urandom(5).hex()
        self.guest = self.guest_id = None  # somebody who has an account
        self.has_ended = threading.Event()
        self.followers = []
        self.clear()

    def clear(self):
        self.organization = None
        self.things = {kind: {} for kind in KINDS}  # what is there for certain
        self.tokens = {}  # of pending invitations, and for whom

    # --- the ledger -----------------------------------------------------------

    def expect(self, kind, id_, value, result="done"):
        """At the end it has this value; if nobody knows, it may have it."""
        name = f"{kind} {id_}"
        with self.ledger.lock:
            states = self.ledger.states
            if result == "done":
                states[name] = [value]
            elif result == "unknown":
                states.setdefault(name, [MISSING]).append(value)
        if result == "done" and kind in self.things:
            self.things[kind].pop(id_, None)
            if value != MISSING:
                self.things[kind][id_] = value

    def forget(self):
        """Nobody can see them any more."""
        with self.ledger.lock:
            for kind in KINDS:
                for id_ in self.things[kind]:
                    self.ledger.states.pop(f"{kind} {id_}", None)

    def any_of(self, kind):
        return random.choice(list(self.things[kind]))

    def write(self, action, method, path, body=None, *, expected=(),
              credential=None, project=None, keyless=False):
        """Until its outcome is certain, or the run has ended.

        A keyless route takes no notice of the key: what may be done already is
        refused when it is asked for again.
        """
        self.count += 1
        request = f"ledger-{self.tag}-{self.count}"
        row = {"request": request, "action": action,
               "organization": self.organization, "outcome": "unknown"}
        with self.ledger.lock:
            self.ledger.writes.append(row)
        headers = {"Idempotency-Key": request}
        if project is not None:
            headers["X-Bindplane-Account-ID"] = project
        elif self.organization is not None:
            headers["X-Organization-ID"] = self.organization
        results = set()
        while True:
            headers["X-Request-Id"] = f"{request}.{len(results)}"
            is_blind = keyless and "unknown" in results
            status, document = self.client.request(
                "write", method, path, body,
                (429, *expected, *((404,) if is_blind else ())), headers,
                (AGAIN,), credential)
            result = self.outcome(status, document)
            if result == "not" and is_blind and status != 503:
                result = "unknown"
                break
            results.add(result)
            is_open = result == "unknown" or status == 503 or \
                document.get("type", "").endswith(AGAIN)
            if not is_open:
                break
            if self.ledger.is_over(LINGER):
                result = "unknown" if "unknown" in results else "not"
                break
            time.sleep(0.1)
        row["outcome"] = result
        return result, document if result == "done" else {}, row

    # --- the writes -----------------------------------------------------------

    def run(self):
        while not self.ledger.stopped.is_set():
            if self.organization is None:
                self.begin()
            else:
                random.choice(self.acts)(self)
            time.sleep(self.pause)
        self.has_ended.set()
        for follower in self.followers:
            follower.join()

    def begin(self):
        name = f"Tenant {self.tag} {os.urandom(6).hex()}"
        result, made, row = self.write(
            "organization.create", "POST", "/v1/organizations",
            {"organizationName": name, "accountName": "First",
             "eulaAccepted": True})
        if result != "done":
            return
        self.organization = made["organization"]["metadata"]["id"]
        row["organization"] = self.organization
        self.expect("deleted", self.organization, "0")
        self.expect("project", made["account"]["metadata"]["id"], "First")
        follower = Follower(self.ledger, self.clients(), self.organization,
                            self.has_ended)
        follower.start()
        self.followers.append(follower)
        self.licence()

    def licence(self):
        kind = random.choice(LICENCES)
        result, _, _ = self.write(
            "licence.install", "PUT",
            f"/v1/organizations/{self.organization}/license",
            {"createLicenseType": kind}, expected=(409,))
        self.expect("licence", self.organization, kind, result)

    def label(self):
        value = os.urandom(4).hex()
        result, _, _ = self.write(
            "organization.label", "PATCH",
            f"/v1/organizations/{self.organization}",
            {"labels": {"run": value}})
        self.expect("labels", self.organization, '{"run":"%s"}' % value, result)

    def project_make(self):
        name = f"Project {os.urandom(6).hex()}"
        result, made, _ = self.write(
            "project.create", "POST", "/v1/projects", {"displayName": name},
            expected=(403, 409))
        if result == "done":
            self.expect("project", made["account"]["metadata"]["id"], name)

    def project_rename(self):
        id_ = self.any_of("project")
        name = f"Project {os.urandom(6).hex()}"
        result, _, _ = self.write(
            "project.rename", "PATCH", f"/v1/projects/{id_}",
            {"displayName": name})
        self.expect("project", id_, name, result)

    def project_delete(self):
        if len(self.things["project"]) < 2:
            return
        id_ = self.any_of("project")
        result, _, _ = self.write("project.delete", "DELETE",
                                  f"/v1/projects/{id_}")
        self.expect("project", id_, MISSING, result)
        for secret, project in list(self.things["secret"].items()):
            if project == id_:
                self.expect("secret", secret, MISSING, result)

    def invite(self):
        """Somebody new, until one has an account; then that person."""
        guest = self.guest
        if guest is None or self.things["member"] or self.tokens:
            guest = f"guest-{os.urandom(6).hex()}@example.org:{PASSWORD}"
        result, made, _ = self.write(
            "invitation.create", "POST", "/v1/invitations",
            {"email": guest.split(":")[0], "role": "user"},
            expected=(403, 409))
        if result == "done":
            id_ = made["invitation"]["metadata"]["id"]
            self.expect("invitation", id_, "pending")
            if "link" in made:
                self.tokens[id_] = made["link"].rsplit("/", 1)[-1], guest

    def revoke(self):
        if self.things["invitation"]:
            id_ = self.any_of("invitation")
            result, _, _ = self.write("invitation.revoke", "DELETE",
                                      f"/v1/invitations/{id_}")
            self.tokens.pop(id_, None)
            self.end_invitation(id_, "revoked", result)

    def end_invitation(self, id_, state, result):
        self.expect("invitation", id_, state, result)
        if result == "done":
            del self.things["invitation"][id_]

    def accept(self):
        """Without an account ten a minute may, so that one must do."""
        for id_, (token, guest) in list(self.tokens.items()):
            if self.guest is None or guest == self.guest:
                break
        else:
            return
        del self.tokens[id_]
        body = {"token": token}
        if guest != self.guest:
            body["password"] = PASSWORD
        result, _, _ = self.write(
            "invitation.accept", "POST", "/v1/invitations/accept", body,
            expected=(409,), credential=guest if guest == self.guest else "",
            keyless=True)
        self.end_invitation(id_, "accepted", result)
        if result == "done":
            self.guest = guest
            self.know_guest()

    def know_guest(self):
        while self.guest_id is None and not self.ledger.is_over(LINGER):
            status, document = self.client.request(
                "mixed", "GET", "/v1/users/me", None, (200, 429, 503), {}, (),
                self.guest)
            if status == 200:
                self.guest_id = document["user"]["metadata"]["id"]
        if self.guest_id is not None:
            self.expect("member", f"{self.organization}:{self.guest_id}",
                        "user")

    def member_path(self, member):
        return "/v1/organizations/users/" + member.split(":")[1]

    def member_role(self):
        if self.things["member"]:
            member = self.any_of("member")
            role = "admin" if self.things["member"][member] == "user" \
                else "user"
            result, _, _ = self.write("member.role", "PATCH",
                                      self.member_path(member), {"role": role})
            self.expect("member", member, role, result)

    def member_remove(self):
        if self.things["member"]:
            member = self.any_of("member")
            result, _, _ = self.write("member.remove", "DELETE",
                                      self.member_path(member))
            self.expect("member", member, MISSING, result)

    def key_make(self):
        if len(self.things["key"]) < 20:
            result, made, _ = self.write(
                "key.create", "POST", "/v1/api-keys",
                {"description": "ledger", "owner": "organization",
                 "role": "user"})
            if result == "done":
                self.expect("key", made["apiKey"]["metadata"]["id"], "alive")

    def key_rotate(self):
        if self.things["key"]:
            old = self.any_of("key")
            result, made, _ = self.write(
                "key.rotate", "POST", f"/v1/api-keys/{old}/rotate",
                {"overlap": 0})
            self.expect("key", old, MISSING, result)
            if result == "done":
                self.expect("key", made["apiKey"]["metadata"]["id"], "alive")

    def key_revoke(self):
        if self.things["key"]:
            id_ = self.any_of("key")
            result, _, _ = self.write("key.revoke", "DELETE",
                                      f"/v1/api-keys/{id_}")
            self.expect("key", id_, MISSING, result)

    def secret_make(self):
        project = self.any_of("project")
        result, made, _ = self.write(
            "secret-key.create", "POST", "/v1/secret-keys", {},
            project=project, expected=(409,))
        if result == "done":
            self.expect("secret", made["secretKey"], project)

    def secret_delete(self):
        if self.things["secret"]:
            secret = self.any_of("secret")
            result, _, _ = self.write(
                "secret-key.delete", "DELETE", f"/v1/secret-keys/{secret}",
                project=self.things["secret"][secret])
            self.expect("secret", secret, MISSING, result)

    def delete(self):
        """And back again; or the next begins."""
        organization, things = self.organization, self.things
        path = f"/v1/organizations/{organization}"
        result, _, _ = self.write("organization.delete", "DELETE", path)
        if result == "not":
            return
        self.forget()
        self.expect("deleted", organization, "1", result)
        if result == "done" and random.random() < 0.6:
            result, _, _ = self.write("organization.restore", "POST",
                                      path + "/restore", {})
            self.expect("deleted", organization, "0", result)
        else:
            result = "not"
        self.clear()
        if result == "done":
            self.organization = organization
            for kind in RESTORED:
                for id_, value in things[kind].items():
                    self.expect(kind, id_, value)
            for id_ in things["key"]:
                self.expect("key", id_, MISSING)

    acts = [licence, label, label, project_make, project_rename,
            project_rename, project_delete, invite, invite, revoke, accept,
            accept, member_role, member_role, member_remove, key_make,
            key_make, key_rotate, key_revoke, secret_make, secret_make,
            secret_delete, delete]


class Follower(threading.Thread):
    """Follows the changes of an organization, as a copy of it would, until its
    writer has ended and nothing more comes."""

    def __init__(self, ledger, client, organization, no_more):
        super().__init__()
        self.no_more = no_more
        self.ledger = ledger
        self.client = client
        self.path = f"/v1/organizations/{organization}/changes"
        self.feed = {"organization": organization, "rows": [],
                     "is_complete": False}
        with ledger.lock:
            ledger.feeds.append(self.feed)

    def run(self):
        after = 0
        while not self.ledger.is_over(2 * LINGER):
            is_last = self.no_more.is_set()
            status, document = self.client.request(
                "feed", "GET", f"{self.path}?after={after}&wait=1&limit=100",
                None, (), {})
            if status != 200:
                time.sleep(0.2)
                continue
            after = document["next"]
            rows = document["changes"]
            self.feed["rows"] += [[row["seq"], row["request"], row["action"]]
                                  for row in rows]
            if is_last and not rows:
                self.feed["is_complete"] = True
                return
            time.sleep(0.05)


class Audit:
    """The writes and feeds of a ledger against the rows of the database."""

    def __init__(self, ledger, written, states):
        self.ledger = ledger
        self.counts = {}
        for request, action in written:
            name = request.rsplit(".", 1)[0], action
            self.counts[name] = self.counts.get(name, 0) + 1
        self.states = states
        self.lost, self.twice, self.false_refusals = [], [], []

    def judge(self):
        for row in self.ledger["writes"]:
            found = self.counts.get((row["request"], row["action"]), 0)
            if row["outcome"] == "done" and found == 0:
                self.lost.append(row)
            if row["outcome"] == "not" and found > 0:
                self.false_refusals.append(row)
            if found > 1:
                self.twice.append([row, found])
        for name, allowed in self.ledger["states"].items():
            found = self.states.get(name, MISSING)
            if found not in allowed:
                self.lost.append([name, "is", found, "not", allowed])
        for feed in self.ledger["feeds"]:
            self.judge_feed(feed)

    def judge_feed(self, feed):
        numbers = [row[0] for row in feed["rows"]]
        if numbers != list(range(1, len(numbers) + 1)):
            self.lost.append(["feed", feed["organization"], numbers[:20]])
        seen = {}
        for _, request, action in feed["rows"]:
            name = (request or "").rsplit(".", 1)[0], action
            seen[name] = seen.get(name, 0) + 1
        for row in self.ledger["writes"]:
            name = row["request"], row["action"]
            if row["organization"] != feed["organization"]:
                continue
            if seen.get(name, 0) > 1:
                self.twice.append(["feed", row])
            if row["outcome"] == "done" and feed["is_complete"] and \
                    name not in seen:
                self.lost.append(["feed", row])
            if row["outcome"] == "not" and name in seen:
                self.false_refusals.append(["feed", row])
