#!/usr/bin/env python3
"""A service with the fault that sqlmap is to find, in three places.

It shows that a run of sqlmap that finds nothing could have found something.
Prints its port; listens on the loopback interface only.
"""
import http.server
import json
import sqlite3
import urllib.parse

database = sqlite3.connect(":memory:")
database.execute("CREATE TABLE things (name TEXT)")
database.executemany("INSERT INTO things VALUES (?)", [("one",), ("two",)])


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        try:
            name = json.loads(self.rfile.read(length))["name"]
        except ValueError:
            name = ""
        path = urllib.parse.unquote(self.path.split("/")[-1])
        found = []
        for value in (name, path, self.headers.get("X-Thing", "")):
            try:
                found += [row[0] for row in database.execute(
                    "SELECT name FROM things WHERE name = '" + value + "'")]
            except sqlite3.Error:
                pass
        answer = json.dumps({"found": found}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
