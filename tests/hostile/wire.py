"""What an enemy sends: bytes over TLS or TCP, and what came back."""
import re
import select
import socket
import ssl
import time

LONGEST_WAIT_S = 30
QUIET_S = 0.15  # in which a second answer would come
PIECE = 65536


class Outcome:
    """The answers that a connection gave, whether the other side ended it, and when the last answer was whole."""

    def __init__(self, raw, ended, seconds):
        self.raw, self.ended, self.seconds = raw, ended, seconds
        self.answers = list(split_answers(raw))

    @property
    def status(self):
        return self.answers[0][0] if self.answers else 0

    @property
    def head(self):
        return self.answers[0][1] if self.answers else b""

    @property
    def body(self):
        return self.answers[0][2] if self.answers else b""


def split_answers(raw):
    """(status, head, body) of each whole answer."""
    while (end := raw.find(b"\r\n\r\n")) >= 0:
        head = raw[:end]
        if head.startswith(b"HTTP/1.1 100 "):
            raw = raw[end + 4:]
            continue
        found = re.search(rb"(?i)\r\ncontent-length: *([0-9]+)", head)
        size = int(found.group(1)) if found else 0
        if len(raw) < end + 4 + size:
            return
        yield int(head.split(b" ", 2)[1]), head, raw[end + 4:end + 4 + size]
        raw = raw[end + 4 + size:]


class Wire:
    """A connection from an address of loopback, e.g. "127.0.0.7"."""

    def __init__(self, port, tls=None, source="127.0.0.1", patience=LONGEST_WAIT_S, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(patience)
        self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            try:
                self.socket = tls.wrap_socket(self.socket, server_hostname="127.0.0.1")
            except BaseException:
                self.socket.close()
                raise

    def send(self, data):
        """False when the other side has gone."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def receive(self, seconds):
        """Some bytes; b"" at the end; None when none came in time."""
        self.socket.settimeout(max(seconds, 0.001))
        try:
            return self.socket.recv(PIECE)
        except TimeoutError:
            return None
        except OSError:
            return b""

    def exchange(self, data, wanted=1, patience=LONGEST_WAIT_S):
        """Sends while it receives, since an answer may come before all is sent; until so many answers or the end are there, and then a
        little longer for what must not come."""
        began = time.monotonic()
        self.socket.setblocking(False)
        raw, whole, ended = b"", None, False
        while not ended:
            left = QUIET_S if whole is not None else began + patience - time.monotonic()
            piece, sent = self.step(data, left) if left > 0 else (None, 0)
            if piece is None and sent is None:
                break
            data = data[sent or 0:]
            ended = piece == b""
            raw += piece or b""
            if whole is None and (ended or len(list(split_answers(raw))) >= wanted):
                whole = time.monotonic() - began
        return Outcome(raw, ended, whole if whole is not None else time.monotonic() - began)

    def step(self, data, seconds):
        """What came (b"": the end, None: nothing), and how much was sent (None: nothing happened in time)."""
        piece = self.without_waiting(lambda: self.socket.recv(PIECE))
        if piece is not None:
            return piece, 0
        sent = self.without_waiting(lambda: self.socket.send(data[:PIECE])) if data else None
        if sent:
            return None, sent
        readable, writable, _ = select.select([self.socket], [self.socket] if data else [], [], seconds)
        return None, 0 if readable or writable else None

    @staticmethod
    def without_waiting(call):
        try:
            return call()
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return None
        except OSError:
            return b""

    def is_ended(self, seconds):
        """Whether the other side ends within so many seconds, whatever it says before."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            piece = self.receive(left)
            if piece is not None and piece == b"":
                return True
        return False

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def trusting(authority):
    context = ssl.create_default_context(cafile=authority)
    context.check_hostname = False
    return context
