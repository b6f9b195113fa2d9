"""Before anything is timed: do all systems give the same answers?"""

import re

import data
from systems import Failed
from work import BASE, TITLES, Client, Request

# What is made anew each time, and what stands for it in a comparison.
NEW = {
    "an id": re.compile(r"\b[0-9A-HJKMNP-TV-Z]{26}\b"),
    "a time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"),
    "check": re.compile(r"check[ -]\d+"),
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


def reads(reference, systems, works):
    with Client(reference) as client:
        expected = {
            what: client.send(rq) for what, rq in questions(works)
        }
    for what, (status, body) in expected.items():
        if what in TITLES and status != 200:
            raise Failed(f"{reference.name} answers {what} with {status}:"
                         f" {body}")
    sizes = works.sizes
    trees = expected["R5"][1]["organizations"]
    found = (len(expected["R1"][1]["organizations"]),
             len(expected["R4"][1]["accounts"]), len(trees),
             sum(len(tree["accounts"]) for tree in trees))
    if found != (data.EACH, sizes.lister_projects, sizes.tree_organizations,
                 sizes.tree_projects):
        raise Failed(f"the data are not what they should be: {found}")
    for system in systems:
        with Client(system) as client:
            for what, request in questions(works):
                compare(expected[what], client.send(request), system, what)


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
            got = shape(body), rows_of_a_creation(bench, id)
            if client.send(create)[0] != 409:
                raise Failed(f"{system.name} creates a name twice")
            rename(bench, client, system, works, i)
        expected = expected or got
        if got != expected:
            raise Failed(f"{system.name} creates otherwise:\n"
                         f"  {got}\n  not {expected}")


def same_answers(bench, systems, works):
    """All must answer as the first does, which is Tenantry."""
    reads(systems[0], systems[1:], works)
    writes(bench, systems[0], systems[1:], works)
