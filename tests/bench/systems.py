"""What is measured: how each system is built, started, found and ended.

Everything listens on loopback or on Unix sockets below the state folder, and
is ended by the pid that this program started it with.
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import string
import subprocess
import sys
import time
import urllib.error
import urllib.request

import data
import process

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ROOT / "tests/bench"
BUILT = ROOT / "build/release/tests/bench"
PROGRAM = ROOT / "cgi-bin/tenantry.fcgi"
CTL = ROOT / "build/tenantryctl"
MODULES = "/usr/lib/apache2/modules"
PORT_NAMES = (
    "tenantry", "tenantry_8", "small", "wide", "hello", "go", "nginx_go",
    "php", "node", "fcgid", "cgi",
)
BUFFER_POOL = 256 << 20
WORKERS = 4
APACHE_WORKERS = 20  # above the connections, as conf/apache/fcgid.conf says


class Failed(Exception):
    """What went wrong, in one line for the user."""


def run(command, **options):
    """Runs a command to its end; its output is shown only where it fails."""
    done = subprocess.run(
        [str(part) for part in command], text=True, stdin=options.pop(
            "stdin", subprocess.DEVNULL if "input" not in options else None),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    if done.returncode != 0:
        raise Failed(f"{command[0]}: {done.stdout.strip()[-2000:]}")
    return done.stdout


def run_to_end(name, work, stop):
    """Does the work, and `stop` behind it whatever happens, a signal too.

    The exit status: 0, or 1 where the work failed, which is said by `name`.
    """
    for number in signal.SIGTERM, signal.SIGHUP:
        signal.signal(number, lambda n, _: sys.exit(128 + n))
    try:
        work()
    except (Failed, OSError, subprocess.SubprocessError) as error:
        print(f"\n{name}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        stop()
    return 0


def judge_requests(name, failed):
    """The exit status of a measurement in which so many requests failed."""
    if failed:
        print(f"{name}: {failed} requests failed", file=sys.stderr)
        return 1
    return 0


class System:
    """One thing to be measured: an address, and the pids behind it."""

    def __init__(self, name, url, masters, database=True):
        self.name = name
        self.url = url
        self.masters = masters  # pairs of pid and role
        self.has_database = database

    def pids(self):
        """The pids of now by role: front and program."""
        roles = {"front": [], "program": []}
        children = process.children()
        for master, role in self.masters:
            for pid in process.descendants(master, children):
                own = process.name(pid) in ("tenantry.fcgi", "hello")
                roles["program" if own else role].append(pid)
        return roles


class Bench:
    """The state folder, the database and all systems that run."""

    def __init__(self, state, first_port, say):
        self.state = pathlib.Path(state).resolve()
        self.say = say
        self.port = {
            name: first_port + i for i, name in enumerate(PORT_NAMES)
        }
        self.started = []  # Popen objects, in order of start
        self.environment = {
            **os.environ, "LC_ALL": "C", "STATE": str(self.state),
            "PORT": str(self.port["tenantry"]), "BUILD": "release",
            "PROGRAM": str(PROGRAM), "CTL": str(CTL),
            "PATH": os.environ["PATH"] + ":/usr/local/sbin:/usr/sbin:/sbin",
        }
        os.environ["PATH"] = self.environment["PATH"]
        self.systems = {}
        self.is_up = False

    # --- the instance -------------------------------------------------------

    def instance(self, *arguments, **options):
        return run([ROOT / "tools/instance.sh", *arguments],
                   env=self.environment, **options)

    def sql(self, text):
        return self.instance("sql", "--batch", "--skip-column-names",
                             input=text)

    def start_instance(self):
        """As below, for eleven servers."""
        self.end_leftovers()
        for port in self.port.values():
            if not is_free(port):
                raise Failed(f"port {port} is taken: set BENCH_PORT")
        self.start_database()

    def start_database(self):
        """MariaDB, schema and Tenantry, as `make start` starts them."""
        self.end_leftovers()
        shutil.rmtree(self.state / "log", ignore_errors=True)
        self.is_up = True
        self.instance("start")
        path = self.state / "run.path"
        self.run_folder = pathlib.Path(
            path.read_text().strip() if path.exists() else self.state / "run")
        self.log = self.state / "log"
        self.conf = self.state / "tenantry.conf"
        self.settings = read_settings(self.conf) | read_settings(
            self.conf.with_name(self.conf.stem + "-admin.conf"))
        # the isolation that the program sets for itself, for the peers, too
        self.sql(f"SET GLOBAL innodb_buffer_pool_size = {BUFFER_POOL};"
                 " SET GLOBAL /*M! tx_isolation */"
                 " /*!80000 transaction_isolation */ = 'READ-COMMITTED';")
        flush = self.sql("SELECT @@innodb_flush_log_at_trx_commit;").strip()
        if flush != "1":
            raise Failed(f"innodb_flush_log_at_trx_commit is {flush}")

    def end_leftovers(self):
        """What an earlier run left that could not end in an orderly way."""
        self.state.mkdir(parents=True, exist_ok=True)
        self.instance("stop")
        path = self.state / "started"
        if path.exists():
            for line in path.read_text().splitlines():
                pid, birth = line.split()
                if process.birth(int(pid)) == birth:
                    process.end_session(int(pid))
            path.unlink()

    def pid_of(self, what):
        for line in self.instance("pids").splitlines():
            kind, pid = line.split()
            if kind == what:
                return int(pid)
        raise Failed(f"{what} does not run")

    def load(self, sizes):
        """Brings a database to the rows that its sizes say."""
        if sizes is not data.LARGE:
            self.create_database(sizes.database)
        data.load(sizes, self.run_folder / "work", self.sql)

    def create_database(self, name):
        user, owner = (self.settings[k] for k in ("db_user", "migration_user"))
        self.sql(f"""
            CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET utf8mb4
                COLLATE utf8mb4_unicode_520_ci;
            GRANT SELECT, INSERT, UPDATE, DELETE ON {name}.*
                TO '{user}'@'localhost';
            GRANT ALL PRIVILEGES ON {name}.* TO '{owner}'@'localhost';""")
        run([CTL, "migrate", "--conf", self.conf_with(name, db_name=name)])

    def conf_with(self, name, **changes):
        """Settings like the instance's, but for what differs."""
        path = self.state / f"{name}.conf"
        settings = {**self.settings, **changes}
        path.touch(mode=0o600)
        path.write_text("".join(
            f"{key} = {value}\n" for key, value in settings.items()))
        return path

    # --- starting and ending ------------------------------------------------

    def spawn(self, name, command, environment=None, ordinary=False):
        """Starts a server in the foreground of a session of its own."""
        if ordinary and os.geteuid() == 0:
            # Apache and PHP-FPM will not serve as root
            command = ["unshare", "--map-user=1000", "--map-group=1000",
                       *command]
        with open(self.log / f"{name}.out", "ab") as out:
            child = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.DEVNULL,
                stdout=out, stderr=out, start_new_session=True,
                env={**self.environment, **(environment or {})})
        child.title = name
        self.started.append(child)
        with open(self.state / "started", "a", encoding="ascii") as file:
            file.write(f"{child.pid} {process.birth(child.pid)}\n")
        return child

    def add(self, name, port, path, masters, **options):
        url = f"http://127.0.0.1:{self.port[port]}{path}"
        system = System(name, url, masters, **options)
        self.systems[name] = system
        return system

    def wait_until_it_answers(self, system, child):
        """Any answer will do, be it an error."""
        end = time.monotonic() + 20
        while time.monotonic() < end:
            if child.poll() is not None:
                break
            try:
                urllib.request.urlopen(system.url + "/v1/organizations",
                                       timeout=5)
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.05)
        log = (self.log / f"{child.title}.out").read_text(errors="replace")
        raise Failed(f"{system.name} does not start: {log[-1500:]}")

    def stop(self):
        end(self.started)
        self.started.clear()
        self.systems.clear()
        if self.is_up:
            self.instance("stop")
            self.is_up = False

    def stop_one(self, system):
        """Ends a system that has one master, started by this program."""
        mine = [c for c in self.started if c.pid == system.masters[0][0]]
        end(mine)
        self.started = [c for c in self.started if c not in mine]
        self.systems = {
            name: other for name, other in self.systems.items()
            if other.masters != system.masters
        }

    # --- the systems --------------------------------------------------------

    def start_lighttpd(self, name, port, program, conf, workers, **extra):
        """lighttpd with the project's own configuration file."""
        run_folder = self.run_folder / name
        log = self.log / name
        for folder in (run_folder, log):
            folder.mkdir(mode=0o700, exist_ok=True)
        for path in run_folder.iterdir():
            path.unlink()
        child = self.spawn(
            name, ["lighttpd", "-D", "-f", ROOT / "conf/lighttpd.conf"], {
                "TENANTRY_PROGRAM": str(program), "TENANTRY_CONF": str(conf),
                "TENANTRY_WORKERS": str(workers),
                "TENANTRY_HTDOCS": str(ROOT / "htdocs"),
                "TENANTRY_ERRORS": str(ROOT / "conf/errors"),
                "TENANTRY_RUN": str(run_folder), "TENANTRY_LOG": str(log),
                "TENANTRY_TMP": str(run_folder),
                "TENANTRY_PORT": str(self.port[port]),
                "TENANTRY_INSTANCE": "benchmark",
                "TENANTRY_ASAN_OPTIONS": "", "TENANTRY_UBSAN_OPTIONS": "",
            })
        system = self.add(name, port, "", [(child.pid, "front")], **extra)
        self.wait_until_it_answers(system, child)
        return system

    def start_tenantry(self):
        """The instance with 4 workers, and the same with 8."""
        self.add("tenantry", "tenantry", "", [(self.pid_of("web"), "front")])
        self.start_lighttpd(
            "tenantry-8", "tenantry_8", PROGRAM,
            self.conf_with("tenantry-8", workers=8), 8)

    def start_hello(self, size):
        """The fixed body behind the same front server and settings."""
        wrapper = self.state / "hello.sh"
        wrapper.write_text(
            f"#!/bin/sh\nHELLO_BYTES={size} exec {BUILT}/hello\n")
        wrapper.chmod(0o700)
        self.start_lighttpd("hello", "hello", wrapper, self.conf, WORKERS,
                            database=False)

    def peer_environment(self, name, port, connections):
        settings = self.settings
        return {
            "DB_SOCKET": settings["db_socket"], "DB_NAME": settings["db_name"],
            "DB_USER": settings["db_user"],
            "DB_PASSWORD": settings["db_password"],
            "DB_CONNECTIONS": str(connections),
            "BENCH_READS": str(self.state / "reads.json"),
            "BENCH_WORKS": str(self.state / "works.json"),
            "BENCH_STATEMENTS_PHP": str(self.state / "statements.php"),
            "BENCH_LOG": str(self.log / f"{name}.log"),
            "PORT": str(port),
        }

    def write_statements(self, works):
        """The program's own statements, for the peers: whole lists, and what
        it sends for the works."""
        reads = run([BUILT / "statements"])
        (self.state / "reads.json").write_text(reads)
        (self.state / "works.json").write_text(json.dumps(works, indent=1))
        both = {"reads": json.loads(reads), "works": works}
        (self.state / "statements.php").write_text(
            f"<?php\nreturn {php(both)};\n")

    def start_go(self):
        folder = ROOT / "build/bench/go"
        folder.mkdir(parents=True, exist_ok=True)
        run(["go", "build", "-o", folder / "peer", "."],
            cwd=HERE / "peers/go", env={
                **self.environment, "GO111MODULE": "off",
                "GOPATH": "/usr/share/gocode", "GOFLAGS": "",
                "GOCACHE": str(folder / "cache")})
        child = self.spawn("go", [folder / "peer"], self.peer_environment(
            "go", self.port["go"], 16))
        system = self.add("go", "go", "", [(child.pid, "program")])
        self.wait_until_it_answers(system, child)

    def start_node(self):
        folder = ROOT / "build/bench/node"
        folder.mkdir(parents=True, exist_ok=True)
        lock = HERE / "peers/node/package-lock.json"
        for name in ("package.json", "server.js"):
            shutil.copy(HERE / "peers/node" / name, folder / name)
        kept = folder / "package-lock.json"
        if not (folder / "node_modules").exists() or not kept.exists() or \
                kept.read_bytes() != lock.read_bytes():
            shutil.copy(lock, kept)
            run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
                cwd=folder, env={
                    **self.environment, "npm_config_update_notifier": "false",
                    "npm_config_cache": str(folder / "cache")})
        processes = os.cpu_count() or 2
        child = self.spawn("node", ["node", folder / "server.js"], {
            **self.peer_environment("node", self.port["node"], 8),
            "PROCESSES": str(processes), "NODE_ENV": "production"})
        system = self.add("node", "node", "", [(child.pid, "program")])
        self.wait_until_it_answers(system, child)

    def from_template(self, name):
        """A configuration of tests/bench/conf with this run's paths in it."""
        values = {f"port_{name}": port for name, port in self.port.items()}
        text = string.Template((HERE / "conf" / name).read_text()).substitute(
            values, run=self.run_folder, log=self.log, root=ROOT)
        path = self.state / name
        path.write_text(text.replace("@", "$"))
        return path

    def start_nginx(self, with_php):
        """nginx before Go, and before PHP-FPM where that is wanted."""
        fpm = None
        if with_php:
            fpm = self.spawn("php-fpm", [
                php_fpm(), "--nodaemonize", "--fpm-config",
                self.from_template("php-fpm.conf")],
                self.peer_environment("php", 0, 1), ordinary=True)
        nginx = self.spawn("nginx", [
            "nginx", "-e", self.log / "nginx.log", "-c",
            self.from_template("nginx.conf")], ordinary=True)
        go = self.systems["go"].masters
        self.wait_until_it_answers(self.add(
            "go-nginx", "nginx_go", "", [(nginx.pid, "front"), *go]), nginx)
        if fpm is not None:
            self.wait_until_it_answers(self.add("php", "php", "", [
                (nginx.pid, "front"), (fpm.pid, "program")]), fpm)

    def start_apache(self, name, module, site, mount):
        """Apache with the project's own files, as tools/hosts.sh runs it."""
        run_folder = self.run_folder / name
        log = self.log / name
        shutil.rmtree(run_folder, ignore_errors=True)
        for folder in (run_folder / "fcgid", run_folder / "www", log):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        conf = self.conf_with(name, workers=APACHE_WORKERS)
        child = self.spawn(name, [
            "apache2", "-D", "FOREGROUND",
            "-f", ROOT / "conf/apache/server.conf", "-C",
            f"LoadModule {module}_module {MODULES}/mod_{module}.so"], {
                "TENANTRY_PORT": str(self.port[name]),
                "TENANTRY_RUN": str(run_folder), "TENANTRY_LOG": str(log),
                "TENANTRY_TMP": str(run_folder),
                "TENANTRY_WWW": str(run_folder / "www"),
                "TENANTRY_LIB": str(PROGRAM.parent),
                "TENANTRY_CONF": str(conf),
                "TENANTRY_WORKERS": str(APACHE_WORKERS),
                "TENANTRY_SHARE": str(ROOT / "conf"),
                "TENANTRY_ERRORS": str(ROOT / "conf/errors"),
                "TENANTRY_SITE": str(ROOT / "conf/apache" / site),
                "TENANTRY_MODULES": MODULES,
                "TENANTRY_INSTANCE": "benchmark",
                "ASAN_OPTIONS": "", "UBSAN_OPTIONS": "",
            }, ordinary=True)
        system = self.add(name, name, mount, [(child.pid, "front")])
        self.wait_until_it_answers(system, child)


# --- small things ----------------------------------------------------------


def is_free(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) != 0


def php_fpm():
    """Debian names it after its version."""
    for folder in os.environ["PATH"].split(":"):
        for path in sorted(pathlib.Path(folder).glob("php-fpm*")):
            return path
    raise Failed("there is no php-fpm")


def php(value):
    """A value as PHP text; no text here has a quote beside SQL's own."""
    if isinstance(value, dict):
        items = (f"{php(k)} => {php(v)}" for k, v in value.items())
        return "[" + ",\n".join(items) + "]"
    if isinstance(value, list):
        return "[" + ", ".join(map(php, value)) + "]"
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def read_settings(path):
    settings = {}
    for line in path.read_text().splitlines():
        if "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            settings[key.strip()] = value.strip()
    return settings


def end(started, seconds=5):
    """Ends processes that this program started, and what they left behind."""
    for child in started:
        child.send_signal(signal.SIGTERM)
    until = time.monotonic() + seconds
    for child in started:
        try:
            child.wait(max(0.01, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        process.end_session(child.pid)
