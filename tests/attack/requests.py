#!/usr/bin/env python3
"""The requests that sqlmap tries, from the description of the API.

    requests.py FOLDER < openapi.json

For each operation a file with its path, query and body, one with its headers and
one with its cursor, since a header or cursor that is wrong ends a request before
the rest is looked at; of a body with several examples a file for each.  A star
stands behind each value that is to be tried.  Prints a line a file: its name, the
stars in it, method, path and, with commas between, what the stars stand behind.

The environment says where (AUTHORITY), who (KEY; LOGIN and PASSWORD where a key
is not taken; COOKIE where a password is a member, which is wrong in each try;
MAILED_LOGIN and MAILED_PASSWORD where it has to be right) and
what the paths name (the variables of IDS).  A name in a path that is not there
ends it, as nobody knows what to put there.
"""
import json
import os
import sys

document = json.load(sys.stdin)
environment = os.environ
NOBODY = "01ARZ3NDEKTSV4RRFFQ69G5FAV"

# The beginning of a path, the name in it, and what it names.
IDS = [
    ("/v1/organizations/users/", "id", "MEMBER"),
    ("/v1/organizations/", "id", "ORG"),
    ("/v1/projects/", "id", "PROJECT"),
    ("/v1/accounts/", "id", "PROJECT"),
    ("/v1/projects/", "userId", "MEMBER"),
    ("/v1/accounts/", "userId", "MEMBER"),
    ("/v1/users/", "userId", "MEMBER"),
    ("/v1/system/users/", "id", "DISABLED"),
    ("/v1/secret-keys/", "key", "SECRET_KEY"),
    ("/v1/api-keys/", "id", "KEY_ID"),
    ("/v1/invitations/", "id", "INVITATION_ID"),
    ("/v1/users/me/invitations/", "id", "INVITATION_ID"),
    ("/v1/sessions/", "id", "SESSION_ID"),
]
# What an example names and this service does not have.
MEMBERS = {"id": "PROJECT", "projectId": "PROJECT", "project": "PROJECT",
           "accountId": "PROJECT", "successor": "SPARE", "licenseKey": "LICENCE",
           "organization": "ORG"}
# Two names of one member, which must not differ; what another one wants.
REPLACES = {"projectName": "accountName", "organizationName": "displayName"}
WANTS = {"manage": {"owner": "organization"}}
PASSWORDS = ("password", "current")
# Where a wrong password ends it, and a right one lets the rest be looked at.
KNOWN_PASSWORD = {("POST", "/v1/users/me/email"): "password"}
# A value that is right, where the description has no example.
QUERY = {"limit": "2", "after": "a", "wait": "0", "since": "2020-01-01T00:00:00Z",
         "min-date": "2020-01-01T00:00:00Z", "max-date": "2030-01-01T00:00:00Z",
         "q": "a", "user": "a", "configuration-name": "a",
         "resource-kind": "Project"}
HEADERS = {"X-Organization-ID": "ORG", "X-Bindplane-Account-ID": "PROJECT"}

def own(part):
    while "$ref" in part:
        found = document
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def parameters(item, operation, where):
    both = item.get("parameters", []) + operation.get("parameters", [])
    return [p for p in map(own, both) if p["in"] == where]


def named(path, name):
    """The id that stands for a name in a path: the longest beginning counts."""
    fits = [row for row in IDS if path.startswith(row[0]) and row[1] == name]
    if not fits:
        sys.exit(f"nobody knows what {name} of {path} names")
    return environment[max(fits, key=lambda row: len(row[0]))[2]]


def fill(method, path, star):
    for name in [part[1:-1] for part in path.split("/") if part[:1] == "{"]:
        value = NOBODY if method == "DELETE" else named(path, name)
        path = path.replace("{" + name + "}", value + star)
    return path


def value_of(parameter):
    schema = own(parameter.get("schema", {}))
    for word in schema.get("enum", []):
        return str(word)
    if parameter["name"] == "after" and schema.get("type") == "integer":
        return "0"
    if parameter["name"] == "project":
        return environment["PROJECT"]
    if parameter["name"] == "organization":
        return environment["ORG"]
    if schema.get("type") == "boolean" or parameter["name"] == "dryRun":
        return "true"
    return QUERY[parameter["name"]]


def query_of(item, operation, star):
    values = [f"{p['name']}={value_of(p)}{star}"
              for p in parameters(item, operation, "query")
              if not is_cursor(p)]
    return "?" + "&".join(values) if values else ""


def is_cursor(parameter):
    return parameter["name"] == "after" and value_of(parameter) != "0"


def members_of(schema):
    """All members, also of what a schema is put together from."""
    schema = own(schema)
    found = dict(schema.get("properties", {}))
    for part in schema.get("allOf", []) + schema.get("anyOf", []) + \
            schema.get("oneOf", []):
        found.update(members_of(part))
    return found


def example_of(schema, name):
    schema = own(schema)
    for word in ("example", "default"):
        if word in schema:
            return schema[word]
    for word in schema.get("examples", []) + schema.get("enum", []):
        if word is not None:
            return word
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        return {n: example_of(s, n) for n, s in members_of(schema).items()} \
            or {"a": "b"}
    if kind == "array":
        return [example_of(schema.get("items", {}), name)]
    return {"boolean": True, "integer": 60}.get(kind, "a")


def bodies_of(operation):
    """Example bodies; what none of them has is in the first one."""
    content = own(operation["requestBody"])["content"]["application/json"]
    forms = [dict(example["value"])
             for example in content.get("examples", {}).values()] or [{}]
    needed = own(content["schema"]).get("required", [])
    for name, schema in members_of(content["schema"]).items():
        if not any(name in form for form in forms):
            forms.append({n: v for n, v in forms[0].items() if n in needed
                          and n != REPLACES.get(name)} |
                         {name: example_of(schema, name)} |
                         WANTS.get(name, {}))
    return forms


def put_ids(value, name):
    if isinstance(value, dict):
        return {n: put_ids(v, n) for n, v in value.items()}
    if isinstance(value, list):
        return [put_ids(v, name) for v in value]
    return environment[MEMBERS[name]] if name in MEMBERS else value


def mark(value):
    """Each text, number and truth; a name within an object is a text, too."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(n)}: {mark(v)}"
                               for n, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(mark, value)) + "]"
    text = json.dumps(value)
    return text[:-1] + '*"' if isinstance(value, str) else text + "*"


def mark_one(body, marked):
    """The members of that name alone, or all others."""
    return "{" + ", ".join(
        f"{json.dumps(n)}: {mark(v) if marked(n) else json.dumps(v)}"
        for n, v in body.items()) + "}"


def with_known_password(method, path, name, body, headers):
    """All but the password, which is right and takes its time; then, with a wrong
    one, the password and the headers."""
    login, password = environment["MAILED_LOGIN"], environment["MAILED_PASSWORD"]
    begin = [f"{method} {path} HTTP/1.1", f"Host: {environment['AUTHORITY']}",
             "Content-Type: application/json"]
    right = dict(body, **{name: password})
    by_cookie = ["Cookie: " + environment["COOKIE"], "X-Requested-With: a"]
    # a proxy that hides its clients: what is guessed by others does not count
    yield (begin + [f"X-As-Basic: {login}:{password}",
                    "X-Forwarded-For: 192.0.2.1"],
           mark_one(right, lambda n: n != name), [n for n in body if n != name])
    yield begin + by_cookie, mark_one(body, lambda n: n == name), [name]
    yield (begin + by_cookie + [header_line(n, "*") for n in headers],
           json.dumps(body), headers)


def has_password(operation):
    return "requestBody" in operation and any(
        name in PASSWORDS for form in bodies_of(operation) for name in form)


def credential(operation):
    """A key, a password where a key is not taken, or nothing."""
    security = operation.get("security", document.get("security", []))
    if security and has_password(operation):
        return ["Cookie: " + environment["COOKIE"], "X-Requested-With: a"]
    if not security:
        # a proxy that hides its clients: no limit of rate
        return ["X-Forwarded-For: 192.0.2.1", "X-Requested-With: a"]
    if any("apiKey" in way for way in security):
        return ["X-Api-Key: " + environment["KEY"]]
    return [f"X-As-Basic: {environment['LOGIN']}:{environment['PASSWORD']}"]


def header_line(name, star):
    value = environment[HEADERS[name]] if name in HEADERS else \
        '"1-0123456789abcdef' if name.startswith("If-") else "attacked"
    end = '"' if name.startswith("If-") else ""
    # sqlmap drops this one: preprocess.py
    return f"{'X-As-' if name == 'If-None-Match' else ''}{name}: " \
        f"{value}{star}{end}"


def write(folder, number, request, body, place):
    text = "\r\n".join(request) + "\r\n\r\n" + body
    name = f"{number:03}"
    with open(f"{folder}/{name}", "w", encoding="utf-8", newline="") as file:
        file.write(text)
    print(name, text.count("*"), *place, sep="\t")


def requests(path, item, method, operation):
    """Lines of the head, the body, and what has stars."""
    headers = [p["name"] for p in parameters(item, operation, "header")]
    begin = [f"Host: {environment['AUTHORITY']}"] + credential(operation)
    bodies = [None]
    if method in ("POST", "PUT", "PATCH"):
        # without a body sqlmap would send no length of one
        begin.append("Content-Type: application/json")
        bodies = [put_ids(body, "") for body in bodies_of(operation)] \
            if "requestBody" in operation else [{}]
    if (method, path) in KNOWN_PASSWORD:
        yield from with_known_password(
            method, path, KNOWN_PASSWORD[method, path], bodies[0], headers)
        return
    query = query_of(item, operation, "")
    target = fill(method, path, "") + query
    stars = fill(method, path, "*") + query_of(item, operation, "*")
    context = [header_line(n, "") for n in headers if n in HEADERS]
    if headers:
        yield ([f"{method} {target} HTTP/1.1"] + begin +
               [header_line(n, "*") for n in headers],
               json.dumps(bodies[0]) if bodies[0] is not None else "", headers)
    for cursor in filter(is_cursor, parameters(item, operation, "query")):
        yield ([f"{method} {target}{'&' if query else '?'}after=a* HTTP/1.1"] +
               begin + context, "", [cursor["name"]])
    names = [p["name"] for p in parameters(item, operation, "query")
             if not is_cursor(p)] + \
        [part[1:-1] for part in path.split("/") if part[:1] == "{"]
    for body in bodies:
        members = list(body or {})
        if names or members:
            yield ([f"{method} {stars} HTTP/1.1"] + begin + context,
                   mark(body) if body is not None else "", names + members)
        stars, names = target, []


def main():
    number = 0
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method == "parameters":
                continue
            for head, body, names in requests(path, item, method.upper(),
                                              operation):
                number += 1
                write(sys.argv[1], number, head, body,
                      (method.upper(), path, ",".join(names)))


main()
