#!/usr/bin/env python3
"""A service with the faults that the tools are to find.

It shows that a run that finds nothing could have found something: SQL from a
path, a header, a login, a tag and a body (POST), and a page that repeats its
query (GET).  Prints its port; listens on the loopback interface only.
"""
import base64
import http.server
import json
import sqlite3
import urllib.parse

database = sqlite3.connect(":memory:")
database.execute("CREATE TABLE things (name TEXT)")
database.executemany("INSERT INTO things VALUES (?)", [("one",), ("two",)])


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        self.answer("text/html", "<html><body>%s</body></html>" %
                    "".join(value[0] for value in query.values()))

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        try:
            name = json.loads(self.rfile.read(length))["name"]
        except ValueError:
            name = ""
        path = urllib.parse.unquote(self.path.split("/")[-1])
        found = []
        for value in (name, path, self.headers.get("X-Thing", ""),
                      self.headers.get("If-None-Match", ""), self.login()):
            try:
                found += [row[0] for row in database.execute(
                    "SELECT name FROM things WHERE name = '" + value + "'")]
            except sqlite3.Error:
                pass
        self.answer("application/json", json.dumps({"found": found}))

    def login(self):
        basic = self.headers.get("Authorization", "").removeprefix("Basic ")
        return base64.b64decode(basic).decode().split(":")[0]

    def answer(self, kind, text):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *arguments):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
