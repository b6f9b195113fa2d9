"""The program's own statements of a request, as the database was sent them.

One process of the program in the life of plain CGI answers one request while
the database logs what is prepared: texts with their question marks, in order.
The peers run the same texts, so that none of them can grow old.  The user of
the database is one of its own here, by whom the log tells these statements.
"""

import json
import re
import subprocess

from systems import PROGRAM, Failed

USER = "bench_steps"

# What the peers call a statement, by how it begins or what stands in it.
LOCK = (r"UPDATE organizations SET write_count = write_count \+ 1"
        r" WHERE id = \? AND")
NAMES = {
    "caller": r"SELECT u\.id AS user_id(?!.* (LIMIT|tk|t\.list|np)\b)",
    "page": r"SELECT (u\.id AS user_id.*|e\..*) LIMIT \?$",
    "check": r"SELECT u\.id AS user_id.* AS asked_user",
    "place": r"SELECT u\.id AS user_id.* AS projects_there",
    "names": r"SELECT u\.id AS user_id.* \bnp\.name FROM",
    "newest": r"SELECT audit_seq AS value",
    "lock": LOCK + r" deleted_at IS NULL",
    "count": r"UPDATE organizations SET project_count = project_count \+ 1",
    "organization_insert": r"INSERT INTO organizations ",
    "organization_rename": r"UPDATE organizations SET version",
    "organization_bind": r"INSERT INTO organization_bindings ",
    "project_insert": r"INSERT INTO projects ",
    "project_bind": r"INSERT INTO project_bindings ",
    "claim_insert": r"INSERT INTO licence_claims ",
    "licence_insert": r"INSERT INTO licences ",
    "keep_place": LOCK + r" \(\? = 0 OR \(SELECT COUNT\(\*\) FROM projects",
    "give_way": r"UPDATE invitations SET pending_key = NULL",
    "invitation_insert": r"INSERT INTO invitations ",
    "projects_there": r"SELECT CONCAT\(.* FROM invitation_projects",
    "audit_raise": r"UPDATE organizations SET audit_seq",
    "audit_enter": r"INSERT INTO audit_events ",
}
# At the start of a process, and behind the answer.
NOT_OF_A_REQUEST = (r"SELECT COALESCE\(MAX\(version\)",
                    r"UPDATE api_keys SET last_used")


def named(text):
    """The name of a statement, or None for what no answer needs."""
    if any(re.match(pattern, text) for pattern in NOT_OF_A_REQUEST):
        return None
    found = [name for name, pattern in NAMES.items()
             if re.match(pattern, text, re.DOTALL)]
    if len(found) != 1:
        raise Failed(f"no peer knows this statement ({found}): {text}")
    return found[0]


def works(bench, requests):
    """Of each request, its statements by name, in order."""
    conf = create_user(bench)
    captured = {}
    for work, request in requests.items():
        texts = statements(bench, conf, request)
        captured[work] = [{"name": named(text), "text": text}
                          for text in texts if named(text)]
        if not captured[work]:
            raise Failed(f"{work} sends no statement")
    return captured


def create_user(bench):
    """A database user who may do what the program's may."""
    password = bench.settings["db_password"]
    name = bench.settings["db_name"]
    bench.sql(
        f"CREATE OR REPLACE USER '{USER}'@'localhost'"
        f" IDENTIFIED BY '{password}';"
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {name}.*"
        f" TO '{USER}'@'localhost';")
    return bench.conf_with("steps", db_user=USER)


def environment_of(conf, request, body=b""):
    """What a web server puts before a process of plain CGI."""
    path, _, query = request.path.partition("?")
    environment = {
        "GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": query,
        "REQUEST_URI": request.path, "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_X_API_KEY": request.key, "TENANTRY_CONF": str(conf),
        "PATH": "/usr/bin:/bin", "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)),
    }
    if request.cookie:
        environment["HTTP_COOKIE"] = request.cookie
    if request.organization:
        environment["HTTP_X_ORGANIZATION_ID"] = request.organization
    return environment


def respond(conf, request):
    """Status, headers and body that one process answers with."""
    body = b"" if request.body is None else json.dumps(request.body).encode()
    done = subprocess.run([PROGRAM], input=body, capture_output=True,
                          env=environment_of(conf, request, body), check=False)
    head, _, text = done.stdout.partition(b"\r\n\r\n")
    headers = {}
    for line in head.decode().splitlines():
        name, _, value = line.partition(": ")
        headers[name.lower()] = value
    status = headers.get("status", "0").split()[0]
    if status == "0":
        raise Failed(f"{request}: {done.stderr[-600:].decode()}")
    return int(status), headers, text


def statements(bench, conf, request):
    """Texts that one request has prepared, in order."""
    bench.sql("SET GLOBAL log_output = 'TABLE';"
              "TRUNCATE TABLE mysql.general_log; SET GLOBAL general_log = ON;")
    try:
        status, _, text = respond(conf, request)
        if status >= 300:
            raise Failed(f"{request}: {status} {text[:600].decode()}")
    finally:
        bench.sql("SET GLOBAL general_log = OFF;")
    lines = bench.sql(
        "SELECT command_type, HEX(argument) FROM mysql.general_log"
        f" WHERE user_host LIKE '{USER}%';")
    texts = []
    for line in lines.splitlines():
        kind, _, text = line.partition("\t")
        text = bytes.fromhex(text).decode()
        if text == "COMMIT":
            break  # what follows is behind the answer
        if kind == "Prepare":
            texts.append(text)
    return texts
