"""Before anything is timed: do all systems give the same answers?"""

import re

import data
from systems import CTL, Failed, run
from work import BASE, FIRST, TITLES, Client, Request

TITLES_LATER = [work for work in TITLES if work not in FIRST]

# What is made anew each time, and what stands for it in a comparison.
NEW = {
    "a token": re.compile(r"\b[0-9A-HJKMNP-TV-Z]{26}_[0-9a-z]{32}\b"),
    "an id": re.compile(r"\b[0-9A-HJKMNP-TV-Z]{26}\b"),
    "a time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
    "check": re.compile(r"check[. -]\d+"),
    "a hash": re.compile(r"\b[0-9a-f]{64}\b"),
    "an id in lower case": re.compile(r"\b[0-9a-hjkmnp-tv-z]{26}\b"),
}


def shape(value):
    """A document with what is made anew each time replaced."""
    if isinstance(value, dict):
        return {k: shape(v) for k, v in value.items()}
    if isinstance(value, list):
        return [shape(v) for v in value]
    if isinstance(value, str):
        for name, pattern in NEW.items():
            value = pattern.sub(name, value)
    return value


def questions(works):
    """Requests that change nothing, by what is asked."""
    foreign = Request("PATCH", f"{BASE}/{works.ids[0]}/metadata",
                      works.keys[0], {"displayName": "Not mine"})
    unknown = Request("PATCH", f"{BASE}/{data.ulid('nothing', 1)}/metadata",
                      works.keys_of("R6")[0], {"displayName": "Not there"})
    taken = Request("PATCH", f"{BASE}/{works.ids[0]}/metadata",
                    works.keys_of("R6")[0],
                    {"displayName": data.display_name(7).upper()})
    name = {"organizationName": data.display_name(7).upper()}
    creator = works.keys_of("R3")[0]
    yield "R1", works.request("R1", n=0)
    yield "R1 of another", works.request("R1", n=500)
    yield "R2 in use", works.request("R2", n=0)
    yield "R2 free", works.request("R2", n=1)
    yield "R2 without a name", Request(
        "PUT", f"{BASE}/verify", creator, {"other": "x"})
    yield "R4", works.request("R4")
    yield "R4 of one who is no admin", Request(
        "GET", f"{BASE}/projects", data.key(works.sizes.specials["renamer"]))
    yield "R5", works.request("R5")
    yield "R5 of an ordinary user", Request(
        "GET", f"{BASE}/projects/all", works.keys[3])
    yield "no key", Request("GET", BASE, "")
    yield "a wrong key", Request("GET", BASE, "tny_wrong")
    yield "R3 with a name in use", Request("POST", BASE, creator, {
        **name, "accountName": "x", "eulaAccepted": True})
    yield "R3 without consent", Request("POST", BASE, creator, {
        "organizationName": "y", "accountName": "x", "eulaAccepted": False})
    yield "R6 with a name in use", taken
    yield "R6 of a foreign organization", foreign
    yield "R6 of an unknown organization", unknown


def later_questions(works):
    """The same of what was added to the first six works.  A key that is used
    is on no page: it would show the day."""
    lister = works.keys_of("R7")[0]
    for work in ("R7", "R8", "R12", "R13"):
        yield work, works.request(work)
        if work != "R8":  # a member lists own keys, which no peer does
            yield f"{work} of a member", Request(
                "GET", works.request(work).path, works.asked[-1])
        yield f"{work} without a key", Request(
            "GET", works.request(work).path, "")
    yield "R11", works.request("R11", n=0)
    yield "R11 of a role", Request("POST", "/v1/check", lister, {
        "credential": works.asked[1], "need": "admin"})
    yield "R11 of oneself", Request("POST", "/v1/check", lister, {
        "credential": lister, "need": "admin"})
    yield "R11 of an unknown key", Request("POST", "/v1/check", lister, {
        "credential": "tny_unknown", "need": "user"})
    yield "R11 by a member", Request("POST", "/v1/check", works.asked[-1], {
        "credential": works.asked[1], "need": "user"})


def newest_event(bench, id):
    """The newest row of an organization's trail, and what it is about."""
    fields = bench.sql(f"""USE tenantry;
        SELECT e.action, e.resource_kind, e.detail, e.change_json,
        e.user_id, e.key_id, e.session_id, e.project_id = e.resource_id,
        e.seq = o.audit_seq, e.hash = o.audit_hash, i.email, i.email_key,
        i.pending_key, i.role, i.delivery, i.mail_state, i.life, i.invited_by,
        i.state, LENGTH(i.digest), p.display_name, p.name, p.name_key, b.role
        FROM organizations o JOIN audit_events e ON e.chain_id = o.id
        AND e.seq = o.audit_seq LEFT JOIN invitations i ON i.id = e.resource_id
        LEFT JOIN projects p ON p.id = e.resource_id
        LEFT JOIN project_bindings b ON b.project_id = p.id
        AND b.user_id = e.user_id WHERE o.id = '{id}';""")
    return fields.rstrip("\n").split("\t")


def rows_of_a_creation(bench, id):
    """How many rows an organization has in each table."""
    return bench.sql(f"""USE tenantry;
        SELECT (SELECT COUNT(*) FROM organizations WHERE id = '{id}'),
        (SELECT COUNT(*) FROM projects WHERE organization_id = '{id}'),
        (SELECT COUNT(*) FROM licences WHERE organization_id = '{id}'),
        (SELECT COUNT(*) FROM licence_claims WHERE organization_id = '{id}'),
        (SELECT COUNT(*) FROM organization_bindings
            WHERE organization_id = '{id}'),
        (SELECT COUNT(*) FROM project_bindings
            WHERE organization_id = '{id}'),
        (SELECT COUNT(*) FROM audit_events
            WHERE organization_id = '{id}');""").split()


def rows_of_a_rename(bench, id):
    """What a rename changes: two counts of the row, its name, audit rows."""
    versions, writes, name, events = bench.sql(f"""USE tenantry;
        SELECT version, write_count, display_name, (SELECT COUNT(*)
            FROM audit_events a WHERE a.organization_id = o.id
            AND a.action = 'organization.rename')
        FROM organizations o WHERE id = '{id}';""").rstrip().split("\t")
    return int(versions), int(writes), int(events), name


def compare(expected, got, system, what):
    """Whole documents where both succeed, only the status where not."""
    same = expected[0] == got[0] and (
        expected[0] >= 400 or expected[1] == got[1])
    if not same:
        raise Failed(f"{system.name} answers otherwise to {what}:\n"
                     f"  {str(got)[:600]}\n  not {str(expected)[:600]}")


def ask(reference, systems, works, asked):
    """The answers of the first system, which all others must give."""
    with Client(reference) as client:
        expected = {what: client.send(rq) for what, rq in asked(works)}
    for what, (status, body) in expected.items():
        if what in TITLES and status != 200:
            raise Failed(f"{reference.name} answers {what} with {status}:"
                         f" {body}")
    for system in systems:
        with Client(system) as client:
            for what, request in asked(works):
                compare(expected[what], client.send(request), system, what)
    return expected


def reads(reference, systems, works):
    expected = ask(reference, systems, works, questions)
    sizes = works.sizes
    trees = expected["R5"][1]["organizations"]
    found = (len(expected["R1"][1]["organizations"]),
             len(expected["R4"][1]["accounts"]), len(trees),
             sum(len(tree["accounts"]) for tree in trees))
    if found != (data.EACH, sizes.lister_projects, sizes.tree_organizations,
                 sizes.tree_projects):
        raise Failed(f"the data are not what they should be: {found}")


def later_reads(reference, systems, works):
    expected = ask(reference, systems, works, later_questions)
    found = [len(expected[work][1][many]) for work, many in (
        ("R7", "users"), ("R8", "apiKeys"), ("R12", "auditEvents"),
        ("R13", "changes"))]
    if found != [100] * 4 or not expected["R11"][1]["allowed"]:
        raise Failed(f"the data are not what they should be: {found}")


def rename(bench, client, system, works, n):
    """Exactly one new version, one lock taken and one audit row."""
    request = works.request("R6", seed=f"check {system.name}", n=n)
    id = works.ids[n % len(works.ids)]
    *before, _ = rows_of_a_rename(bench, id)
    answer = client.send(request)
    if answer != (200, None):
        raise Failed(f"{system.name} does not rename: {answer}")
    after = rows_of_a_rename(bench, id)
    if after != (*(n + 1 for n in before), request.body["displayName"]):
        raise Failed(f"{system.name} renames otherwise: {before}, {after}")


def writes(bench, reference, systems, works):
    expected = None
    for i, system in enumerate([reference, *systems]):
        with Client(system) as client:
            create = works.request("R3", seed="check", n=i)
            status, body = client.send(create)
            if status not in (200, 201):
                raise Failed(f"{system.name} does not create: {body}")
            id = body["organization"]["metadata"]["id"]
            got = (shape(body), rows_of_a_creation(bench, id),
                   shape(newest_event(bench, id)))
            if client.send(create)[0] != 409:
                raise Failed(f"{system.name} creates a name twice")
            rename(bench, client, system, works, i)
        expected = expected or got
        if got != expected:
            raise Failed(f"{system.name} creates otherwise:\n"
                         f"  {got}\n  not {expected}")


def later_writes(bench, reference, systems, works):
    """The answer to a creation, and what the database has of it."""
    for work in ("R9", "R10"):
        expected = None
        for i, system in enumerate([reference, *systems]):
            request = works.request(work, "check", i)
            with Client(system) as client:
                status, body = client.send(request)
            got = status, shape(body), shape(
                newest_event(bench, request.organization))
            expected = expected or got
            if status != 201 or got != expected:
                raise Failed(f"{system.name} does {work} otherwise:\n"
                             f"  {got}\n  not {expected}")


def chains(bench, works):
    """What any system wrote is in the chains of the organizations."""
    written = [data.ulid("organization", 1), *works.ids[:12]]
    for id in written:
        run([CTL, "audit", "verify", "--org", id, "--conf", bench.conf])


def same_answers(bench, systems_of, works):
    """All must answer as the first does, which is Tenantry."""
    first, *others = systems_of()
    reads(first, others, works)
    writes(bench, first, others, works)
    first, *others = systems_of(TITLES_LATER[0])
    later_reads(first, others, works)
    later_writes(bench, first, others, works)
    chains(bench, works)
