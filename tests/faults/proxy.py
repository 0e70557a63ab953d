"""A proxy on loopback before PostgreSQL that may lose the answer to a COMMIT, or the COMMIT itself for a while."""
import socket
import threading

COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"
BATCH = b"INSERT INTO batch ("  # of a transaction that stores rows
CHUNK = 1 << 16


class CommitProxy:
    """Forwards all until `plan(how, at)` names the at-th COMMIT of a batch from then on and what befalls it:
    swallow  it is done, its answer is lost
    lose     it does not reach the server
    delay    it reaches the server later: at `deliver()`
    Then `fell` is set, and the client gets no more byte. With `cut` its connection ends there."""

    def __init__(self, server_port):
        self.server_port, self.how, self.left, self.cut = server_port, None, 0, False
        self.fell, self.release, self.lock = threading.Event(), threading.Event(), threading.Lock()
        self.commits = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def plan(self, how, at=0, cut=False):
        with self.lock:
            self.fell.clear()
            self.release.clear()
            self.how, self.left, self.cut = how, at, cut

    def deliver(self):
        self.release.set()

    def _accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.server_port))
        except OSError:
            client.close()
            return
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        befallen, answered = threading.Event(), threading.Event()
        threading.Thread(target=self._to_client, args=(server, client, befallen, answered), daemon=True).start()
        try:
            stores_rows = False
            while data := client.recv(CHUNK):
                stores_rows = stores_rows or BATCH in data
                how = self._falls(data, stores_rows)
                stores_rows = stores_rows and not data.endswith(COMMIT)
                if how:
                    befallen.set()
                    self._befall(how, data, client, server, answered)
                    return
                server.sendall(data)
        except OSError:
            pass
        finally:
            _close(server)

    def _falls(self, data, stores_rows):
        if not stores_rows or not data.endswith(COMMIT):
            return None
        with self.lock:
            self.commits += 1
            if self.how is None:
                return None
            self.left -= 1
            if self.left > 0:
                return None
            how, self.how = self.how, None
            return how

    def _befall(self, how, data, client, server, answered):
        if how == "swallow":
            server.sendall(data)
            answered.wait(60)
        if self.cut:
            _close(client)
        self.fell.set()
        if how == "delay":
            self.release.wait(60)
            server.sendall(data)
            answered.wait(60)

    def _to_client(self, server, client, befallen, answered):
        try:
            while data := server.recv(CHUNK):
                if befallen.is_set():
                    answered.set()
                else:
                    client.sendall(data)
        except OSError:
            pass
        finally:
            answered.set()
            if not befallen.is_set():
                _close(client)


def _close(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    connection.close()
