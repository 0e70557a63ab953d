"""Clients that take their time, so many that the server cannot serve them all at once."""
import threading
import time

from wire import Wire

EVERY_S = 0.3
HOLD_S = 5
HEAD = b"POST /login HTTP/1.1\r\nHost: here\r\nContent-Type: application/x-www-form-urlencoded\r\n"
ASSET = b"GET /assets/style.css HTTP/1.1\r\nHost: here\r\n\r\n"
# What each says at once and then again and again; None: nothing.
SAYS = {
    "that say nothing": (None, None),
    "that begin TLS": (b"\x16\x03\x01\x3f\xff\x01\x00\x3f\xfb", b"x"),
    "that send a header": (b"GET /runs HTTP/1.1\r\nX: ", b"x"),
    "that send a body": (HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
    "that send chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "that take no answer": (ASSET * 4000, None),
}
WITHOUT_TLS = ("that say nothing", "that begin TLS")


class Crowd:
    """Who is ended comes again at once, until the crowd is left."""

    def __init__(self, site, kind, count, source):
        self.site, self.source, self.tls = site, source, None if kind in WITHOUT_TLS else site.tls
        self.first, self.more = SAYS[kind]
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.stay, daemon=True) for _ in range(count)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def stay(self):
        while not self.over.is_set():
            try:
                with Wire(self.site.port, self.tls, self.source, patience=HOLD_S, receive_buffer=4096) as wire:
                    self.linger(wire)
            except OSError:
                self.over.wait(EVERY_S / 10)

    def linger(self, wire):
        if self.first is not None and not wire.send(self.first):
            return
        until = time.monotonic() + HOLD_S
        while not self.over.is_set() and time.monotonic() < until:
            if self.more is not None:
                if not wire.send(self.more):
                    return
                self.over.wait(EVERY_S)
            elif self.first is not None:
                self.over.wait(EVERY_S)  # it must not read
            elif wire.is_ended(EVERY_S):
                return
