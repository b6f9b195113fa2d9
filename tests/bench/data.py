"""The benchmark's data: the same rows at every run, loaded from files.

A set is described by its sizes.  User numbers start at 1.  Every user has an
API key and, apart from the last four, five organizations; these four are:

  lister   admin of organization 1 alone, which has many projects (R4), and
           with them members and API keys (R7, R8) and a trail (R12, R13)
  tree     admin of a number of organizations that share many projects (R5)
  renamer  admin of as many others (R6, R9, R10)
  creator  admin of organization 2 (R3)

Behind them come the crowd: more members of organization 1, each with an API key
that is bound to it.
"""

import base64
import hashlib
import pathlib
from dataclasses import dataclass, field

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
START_MS = 1_700_000_000_000
TIME = "2026-01-01 00:00:00.000"
EACH = 5  # organizations of an ordinary user


@dataclass
class Sizes:
    """How many rows; the projects of the rest are spread evenly."""

    database: str
    organizations: int
    users: int
    lister_projects: int
    tree_organizations: int
    tree_projects: int
    projects: int
    crowd: int
    events: int  # of organization 1
    specials: dict = field(init=False)

    def __post_init__(self):
        names = ("lister", "tree", "renamer", "creator")
        self.specials = {
            name: self.users - 3 + i for i, name in enumerate(names)
        }


LARGE = Sizes("tenantry", 10_000, 20_000, 10_000, 1_000, 10_000, 100_000,
              1_000, 20_000)
SMALL = Sizes("tenantry_small", 100, 200, 100, 10, 100, 1_000,
              110, 200)
WIDE = Sizes("tenantry_wide", 100, 200, 100_000, 10, 100, 101_000,
             0, 0)


def ulid(kind, number):
    """An id that orders as its number does; the rest of it looks random."""
    tail = hashlib.sha256(f"{kind} {number}".encode()).digest()[:10]
    bits = (START_MS + number) << 80 | int.from_bytes(tail, "big")
    return "".join(ALPHABET[bits >> at & 31] for at in range(125, -1, -5))


def key(user):
    """The API key of a user."""
    digest = hashlib.sha256(f"benchmark key {user}".encode()).digest()
    return "tny_" + base64.urlsafe_b64encode(digest[:24]).decode()


def display_name(number):
    return f"Organization {number:05}"


def tree_numbers(sizes):
    """The organizations of `tree`; those of `renamer` follow them."""
    first = sizes.organizations // 10 + 1
    return range(first, first + sizes.tree_organizations)


def renamer_numbers(sizes):
    after = tree_numbers(sizes).stop
    return range(after, after + sizes.tree_organizations)


def project_counts(sizes):
    """How many projects each organization has, by number."""
    counts = {1: sizes.lister_projects}
    trees = tree_numbers(sizes)
    for number in trees:
        counts[number] = sizes.tree_projects // len(trees)
    rest = [n for n in range(1, sizes.organizations + 1) if n not in counts]
    left = sizes.projects - sum(counts.values())
    for i, number in enumerate(rest):
        counts[number] = left // len(rest) + (i < left % len(rest))
    return counts


def crowd_numbers(sizes):
    return range(sizes.users + 1, sizes.users + 1 + sizes.crowd)


def memberships(sizes):
    """Pairs (organization, role) of each user, by number of the user."""
    special = sizes.specials
    for user in range(1, sizes.users + 1):
        if user == special["lister"]:
            yield user, [(1, "admin")]
        elif user == special["creator"]:
            yield user, [(2, "admin")]
        elif user == special["tree"]:
            yield user, [(n, "admin") for n in tree_numbers(sizes)]
        elif user == special["renamer"]:
            yield user, [(n, "admin") for n in renamer_numbers(sizes)]
        else:
            numbers = sorted(
                ((user * 7919 + i * 2003) % sizes.organizations + 1, i)
                for i in range(EACH)
            )
            yield user, [(n, "user" if i else "admin") for n, i in numbers]
    for user in crowd_numbers(sizes):
        yield user, [(1, "user")]


class Chains:
    """The trails (docs/audit.md): of organization 1 as many rows as the sizes
    say, of each other one its first row.  After the rows, their ends."""

    def __init__(self, sizes):
        self.sizes = sizes
        self.made = 0
        self.ends = {}  # number of the organization -> seq, time, hash

    def row(self, number, action, kind, resource, project, name, change):
        """The next row of an organization's chain."""
        seq, _, before = self.ends.get(number, (0, "", "0" * 64))
        self.made += 1
        day, second = divmod(self.made, 86_400)
        at = (f"2026-01-{day + 1:02} {second // 3600:02}:"
              f"{second // 60 % 60:02}:{second % 60:02}.000000")
        chain, actor = ulid("organization", number), ulid(
            "user", self.sizes.specials["lister"])
        id, request = ulid("event", self.made), ulid("request", self.made)
        text = "\n".join((
            "tenantry-audit-1", chain, str(seq + 1),
            at.replace(" ", "T") + "Z", before, id, chain, actor, "", "",
            action, kind, resource, project, request, name, change))
        digest = hashlib.sha256(text.encode()).hexdigest()
        self.ends[number] = seq + 1, at, digest
        return (id, at[:-3], actor, chain, action, kind, resource, request,
                name, project or r"\N", chain, seq + 1, at, digest, change)

    def rows(self):
        for number in range(1, self.sizes.organizations + 1):
            yield self.row(number, "organization.create", "Organization",
                           ulid("organization", number), "",
                           display_name(number), "{}")
        count = project_counts(self.sizes)[1]
        for n in range(self.sizes.events):
            project = ulid("project", n % count + 1)
            name = f"Project {n % count + 1:06}"
            yield self.row(1, "project.rename", "Account", project, project,
                           name, f'{{"labels":{{}},"name":"{name}"}}')


def tables(sizes):
    """Each table with its columns and an iterator over its rows."""
    organizations = range(1, sizes.organizations + 1)
    counts = project_counts(sizes)
    firsts, next_project = {}, 1
    for number in organizations:
        firsts[number] = next_project
        next_project += counts[number]
    organization = {n: ulid("organization", n) for n in organizations}
    users = {n: ulid("user", n)
             for n in range(1, sizes.users + sizes.crowd + 1)}
    chains = Chains(sizes)
    active = {
        sizes.specials["lister"]: ulid("project", firsts[1]),
        sizes.specials["creator"]: ulid("project", firsts[2]),
    }

    yield "users", (
        "id name display_name email email_key active_project_id"
        " created_at modified_at"
    ), (
        (id, f"user-{n:05}", f"User {n:05}", f"user{n:05}@example.org",
         f"user{n:05}@example.org", active.get(n, r"\N"), TIME, TIME)
        for n, id in users.items()
    )
    yield "audit_events", (
        "id at user_id organization_id action resource_kind resource_id"
        " request_id detail project_id chain_id seq chain_at hash change_json"
    ), chains.rows()
    yield "organizations", (
        "id name display_name name_key created_at modified_at audit_seq"
        " audit_at audit_hash"
    ), (
        (id, f"organization-{n:05}", display_name(n), display_name(n).lower(),
         TIME, TIME, *chains.ends[n])
        for n, id in organization.items()
    )
    yield "projects", (
        "id organization_id name display_name name_key secret_key"
        " created_at modified_at"
    ), (
        (ulid("project", p), organization[n], f"project-{p:06}",
         f"Project {p:06}", f"project {p:06}", ulid("secret", p), TIME, TIME)
        for n in organizations
        for p in range(firsts[n], firsts[n] + counts[n])
    )
    yield "organization_bindings", (
        "user_id organization_id role created_at"
    ), (
        (users[u], organization[n], role, TIME)
        for u, pairs in memberships(sizes)
        for n, role in pairs
    )
    yield "project_bindings", (
        "user_id project_id organization_id role created_at"
    ), (
        (users[u], ulid("project", firsts[n]), organization[n], role, TIME)
        for u, pairs in memberships(sizes)
        for n, role in pairs
        if counts[n]
    )
    yield "licences", (
        "organization_id id jti kid licence_type limit_projects limit_users"
        " issued_at installed_at"
    ), (
        (id, ulid("licence", n), ulid("claim", n), "K" * 43, "enterprise",
         0, 0, TIME, TIME)
        for n, id in organization.items()
    )
    yield "licence_claims", "jti organization_id claimed_at", (
        (ulid("claim", n), id, TIME) for n, id in organization.items()
    )
    yield "api_keys", (
        "id digest user_id created_at description hint organization_id"
    ), (
        (ulid("key", n), hashlib.sha256(key(n).encode()).hexdigest(), id, TIME,
         f"Key {n}", key(n)[-4:],
         organization[1] if n in crowd_numbers(sizes) else r"\N")
        for n, id in users.items()
    )


def empty(sizes, sql):
    """All tables, but for what a migration has put into them."""
    names = sql(f"""SELECT table_name FROM information_schema.tables
        WHERE table_schema = '{sizes.database}' AND table_type = 'BASE TABLE'
        AND table_name NOT IN ('schema_migrations', 'audit_chains');""").split()
    sql(f"USE {sizes.database}; SET foreign_key_checks = 0;"
        "DELETE FROM audit_chains WHERE id <> '00000000000000000000000000';" +
        "".join(f"TRUNCATE TABLE {name};" for name in names))


def load(sizes, folder, sql):
    """Replaces the rows of a database; `folder` is one the server may read.

    `sql` runs a text of statements as the database's administrator.
    """
    empty(sizes, sql)
    for table, columns, rows in tables(sizes):
        path = pathlib.Path(folder) / f"{table}.tsv"
        with open(path, "w", encoding="ascii") as file:
            file.writelines("\t".join(map(str, row)) + "\n" for row in rows)
        names, into = [], []
        for name in columns.split():
            is_hex = name in ("digest", "hash", "audit_hash")
            names.append(f"@{name}" if is_hex else name)
            into += [f"{name} = UNHEX(@{name})"] if is_hex else []
        setting = " SET " + ", ".join(into) if into else ""
        sql(
            f"USE {sizes.database};"
            "SET foreign_key_checks = 0, unique_checks = 0;"
            f"LOAD DATA INFILE '{path}' INTO TABLE {table}"
            f" CHARACTER SET ascii ({', '.join(names)}){setting};"
        )
        path.unlink()
    sql(
        f"USE {sizes.database};"
        "UPDATE organizations SET project_count = (SELECT COUNT(*) FROM"
        " projects p WHERE p.organization_id = organizations.id),"
        " member_count = (SELECT COUNT(*) FROM organization_bindings b"
        " WHERE b.organization_id = organizations.id);"
        "ANALYZE TABLE users, organizations, projects, organization_bindings,"
        " project_bindings, licences, licence_claims, api_keys, audit_events;"
    )


def ordinary_keys(sizes, count=1000):
    """Keys of users with five organizations, spread over all of them."""
    ordinary = sizes.users - len(sizes.specials)
    step = max(1, ordinary // count)
    return [key(u) for u in range(1, ordinary + 1, step)][:count]
