"""What a plant's day is read from: a MariaDB, an SQLite file and an HTTPS interface, which all go by the fast clock, and who
writes there."""
import http.server
import json
import os
import random
import signal
import sqlite3
import ssl
import subprocess
import threading
import time
import urllib.parse
from email.utils import formatdate

import changing
from processes import BenchError, succeeds
from rig import Source

TOKEN = "planted-token-of-the-interface"
TEAMS, PEOPLE, OPERATIONS, CAUSES, PAGE = 4000, 1500, 300, 400, 100
PERSON_TABLE = """CREATE TABLE person (no varchar(12) NOT NULL PRIMARY KEY, name varchar(40) NOT NULL, id_no varchar(18) NOT NULL,
mobile varchar(20) NOT NULL, changed datetime(6) NOT NULL, KEY (changed)) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"""
CLASSES = ("man", "machine", "material", "method", "measure", "environment")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def identity_number(number):
    """A valid one, of its person alone."""
    digits = f"110101{1960 + number % 40}{1 + number % 12:02}{1 + number % 28:02}{number % 1000:03}"
    return digits + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS)) % 11]


def mobile(number):
    return f"139{77000000 + number:08}"


class Erp(Source):
    """MariaDB. It can be down, and so slow that a tenth of its time is left."""

    def __init__(self, folder):
        super().__init__(folder)
        self.session.rows(changing.TABLE)
        self.session.rows(PERSON_TABLE)
        teams = (f"('{changing.code(each)}', 'made {each}', UTC_TIMESTAMP(6))" for each in range(TEAMS))
        self.session.rows(f"INSERT INTO team (code, name, changed) VALUES {', '.join(teams)}")
        people = (f"('E{each:06}', '张伟{each}', '{identity_number(each)}', '{mobile(each)}', UTC_TIMESTAMP(6))"
                  for each in range(PEOPLE))
        self.session.rows(f"INSERT INTO person VALUES {', '.join(people)}")
        self.brake = None

    def stop_at_once(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.session.close()

    def start_again(self):
        ping = ["mariadb-admin", "--no-defaults", f"--socket={self.path('server.sock')}", "-u", "root", "ping"]
        self.start(self.process.args, lambda: succeeds(ping), "MariaDB")
        self.ready()

    def slow_down(self):
        self.brake = threading.Event()
        threading.Thread(target=self._brake, args=(self.brake, self.process), daemon=True).start()

    @staticmethod
    def _brake(ended, process):
        while not ended.is_set():
            process.send_signal(signal.SIGSTOP)
            time.sleep(0.18)
            process.send_signal(signal.SIGCONT)
            time.sleep(0.02)

    def release(self):
        self.brake.set()
        time.sleep(0.3)


class Writer:
    """Changes rows of all sources as long as it is let, `every` so many seconds of the fast clock."""

    def __init__(self, seed, clock, erp, shop, interface, every):
        self.chance, self.clock, self.erp, self.every = random.Random(f"writer {seed}"), clock, erp, every
        self.shop, self.interface = shop, interface
        self.next_team, self.live = TEAMS, list(range(TEAMS))
        self.makes_bad, self.ended, self.client, self.errors = False, threading.Event(), None, []
        self.done = {"transactions": 0, "broken": 0, "bad": 0}
        self.thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self.thread.start()

    def end(self):
        """All that was refused is mended."""
        self.ended.set()
        self.thread.join()
        if self.errors:
            raise self.errors[0]
        self._until_done(lambda: self._mend(TEAMS))

    def _run(self):
        try:
            while not self.ended.is_set():
                self._until_done(self._work)
                self.clock.sleep(self.every * (0.5 + self.chance.random()))
        except Exception as error:  # for the main thread
            self.errors.append(error)

    def _until_done(self, work):
        """Again, on a new session, where the source broke off."""
        while True:
            try:
                if self.client is None:
                    self.client = self.erp.new_client("--skip-reconnect")
                work()
                self.done["transactions"] += 1
                return
            except (BenchError, BrokenPipeError, OSError):
                self.done["broken"] += 1
                if self.client is not None:
                    self.client.close()
                self.client = None
                time.sleep(0.05)

    def _work(self):
        self.client.rows("START TRANSACTION")
        for _ in range(1 + self.chance.randrange(6)):
            self._change_team()
        person = self.chance.randrange(PEOPLE)
        self.client.rows(f"UPDATE person SET name = '李强{self.chance.randrange(1 << 20)}', changed = UTC_TIMESTAMP(6) "
                         f"WHERE no = 'E{person:06}'")
        if self.makes_bad:
            self._spoil()
        self.client.rows("COMMIT")
        if not self.makes_bad:
            self._mend(20)
        self.shop.change(self.chance)
        self.interface.change(self.chance)

    def _change_team(self):
        way, now = self.chance.random(), "UTC_TIMESTAMP(6)"
        name = self.chance.choice(("变更{}", "Unit {}", "😀{}")).format(self.chance.randrange(1 << 30))
        if way < 0.2:
            number, self.next_team = self.next_team, self.next_team + 1
            self.client.rows(f"REPLACE INTO team (code, name, changed) VALUES ('{changing.code(number)}', '{name}', {now})")
            self.live.append(number)
            return
        place = self.chance.randrange(len(self.live))
        where = f"WHERE code = '{changing.code(self.live[place])}'"
        if way < 0.35:
            self.client.rows(f"DELETE FROM team {where}")
            self.live.pop(place)
        elif way < 0.4:
            self.client.rows(f"UPDATE team SET name = '{name}', silent = 1 {where}")
        else:
            self.client.rows(f"UPDATE team SET name = '{name}', changed = {now} {where}")

    def _spoil(self):
        for number in self.chance.sample(self.live, 20):
            self.client.rows(f"UPDATE team SET kind = 'unheard', changed = UTC_TIMESTAMP(6) WHERE code = '{changing.code(number)}'")
            self.done["bad"] += 1

    def _mend(self, most):
        self.client.rows(f"UPDATE team SET kind = 'team', changed = UTC_TIMESTAMP(6) WHERE kind = 'unheard' LIMIT {most}")


class Shop:
    """An SQLite file with the operations."""

    def __init__(self, path):
        self.path = path
        with sqlite3.connect(path) as file:
            file.execute("PRAGMA journal_mode = WAL")
            file.execute("CREATE TABLE op (code TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL)")
            file.executemany("INSERT INTO op VALUES (?, ?)", [(f"OP{each:03}", f"工序{each}") for each in range(OPERATIONS)])
        file.close()

    def change(self, chance):
        with sqlite3.connect(self.path, timeout=5) as file:
            file.execute("UPDATE op SET name = ? WHERE code = ?",
                         (f"工序{chance.randrange(1 << 20)}", f"OP{chance.randrange(OPERATIONS):03}"))
        file.close()

    def rows(self):
        with sqlite3.connect(self.path, timeout=5) as file:
            found = file.execute("SELECT code, name FROM op").fetchall()
        file.close()
        return {tuple(row) for row in found}


class Authority:
    """Makes certificates for 127.0.0.1, also ones that have ended."""

    def __init__(self, folder):
        self.folder = folder
        self.file = os.path.join(folder, "authority.pem")
        self._openssl("req", "-x509", *self.NEW_KEY, "-days", "30", "-subj", "/CN=authority", "-keyout", "authority.key", "-out",
                      "authority.pem")
        with open(os.path.join(folder, "names"), "w", encoding="ascii") as names:
            names.write("subjectAltName=IP:127.0.0.1\n")

    NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")

    def _openssl(self, *words):
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)

    def make(self, folder, days):
        """server.pem and server.key; with days below 0 it has ended."""
        key, request, certificate = (os.path.join(folder, f"server.{kind}") for kind in ("key", "csr", "pem"))
        self._openssl("req", "-new", *self.NEW_KEY, "-subj", "/CN=127.0.0.1", "-keyout", key + ".new", "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial", "-days",
                      str(days), "-extfile", "names", "-out", certificate + ".new")
        os.replace(key + ".new", key)
        os.replace(certificate + ".new", certificate)


class Interface:
    """The causes of defects over HTTPS, in pages, by bearer token. It can refuse connections, take its time, and have a
    certificate that has ended."""

    def __init__(self, folder, clock, authority):
        self.folder, self.clock, self.authority, self.lock = folder, clock, authority, threading.Lock()
        self.is_down, self.page_seconds = False, 0
        self.causes = {f"C{each:03}": [f"原因{each}", CLASSES[each % 6]] for each in range(CAUSES)}
        os.mkdir(folder)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.server.get_request = self._accept
        self.server.handle_error = lambda *_: None  # who asks shall not see an answer in some faults
        self.port = self.server.server_address[1]
        self.renew(30)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def renew(self, days):
        self.authority.make(self.folder, days)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(self.folder, "server.pem"), os.path.join(self.folder, "server.key"))
        self.context = context

    def _accept(self):
        connection, address = self.server.socket.accept()
        if self.is_down:
            connection.close()
            raise OSError("down")
        connection.settimeout(10)
        return self.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def change(self, chance):
        with self.lock:
            self.causes[f"C{chance.randrange(CAUSES):03}"][0] = f"原因{chance.randrange(1 << 20)}"

    def rows(self):
        with self.lock:
            return {(code, *cells) for code, cells in self.causes.items()}

    def page(self, cursor):
        with self.lock:
            codes = sorted(code for code in self.causes if code > cursor)[:PAGE]
            items = [{"code": code, "name": self.causes[code][0], "class": self.causes[code][1]} for code in codes]
        return {"items": items, "next": codes[-1] if len(codes) == PAGE else None}

    def _handler(self):
        interface = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
                interface.clock.sleep(interface.page_seconds)
                good = self.headers["Authorization"] == f"Bearer {TOKEN}"
                body = json.dumps(interface.page(query.get("cursor", [""])[0])).encode() if good else b"{}"
                self.send_response(200 if good else 401)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def date_time_string(self, timestamp=None):
                return formatdate(timestamp or interface.clock.now(), usegmt=True)

            def log_message(self, format, *words):
                pass

        return Handler
