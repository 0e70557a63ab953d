"""Sends hostile requests to the real daemon over TLS, and holds that each gets what it should and that nothing comes of it.

usage: hostile.py --hrbridge PROGRAM --source FOLDER [--only TEXT]
"""
import argparse
import re
import sys
import tempfile
import threading
import time

import framing
import paths
import tokens
from crowd import SAYS, Crowd
from hostile_request import ENDED, LOGIN, fill
from hostile_site import GOOD_ACTS, SERVED_AT_ONCE, Site
from wire import Wire

LEAST = 100
REQUESTS = [*paths.LIST, *framing.LIST, *tokens.LIST]
LIMIT = 60  # times a good request, which is timed beside it
LEAST_GOOD_S = 0.01
PATIENCE_S = 20
TRIES = 3  # of one that came too late: the machine may have other work
SERVED_WITHIN_S = 5  # in a crowd
VISITS = 2
# As many as are served at once, twice as many, and more than may wait.
CROWDS = [*((kind, 2 * SERVED_AT_ONCE) for kind in SAYS), ("that take no answer", SERVED_AT_ONCE),
          ("that send a body", 6 * SERVED_AT_ONCE)]
MOST_GROWTH_KIB = 48 << 10  # of memory that is the process's own, behind all of it
MOST_PEAK_KIB = 192 << 10  # above the beginning: four passwords at a time take 128 MiB, 32 bodies and their fields 64 MiB
LOOK_EVERY_S = 0.01


def values_of(site):
    operator, token = site.sessions["operator"]
    ended, ended_token = site.log_in("operator", source="127.0.0.3")
    site.ask(fill(b"POST /logout HTTP/1.1\r\nHost: here\r\nContent-Type: application/x-www-form-urlencoded\r\nCookie: __Host-hrbridge_session="
                  + ended + b"\r\nContent-Length: @length@\r\n\r\nform_token=" + ended_token, {}))
    return {**{name: cookie for name, (cookie, _) in site.sessions.items()}, "token": token, "TOKEN": token.upper(),
            "short_token": token[:-1], "other_token": site.log_in("operator", source="127.0.0.3")[1],
            "hr_token": site.sessions["hr"][1], "implementer_token": site.sessions["implementer"][1], "OPERATOR": operator.upper(),
            "short": operator[:-1], "hash": site.hash_of_a_session(), "ended": ended, "port": str(site.port).encode(),
            "now": str(int(time.time())).encode()}


def send(site, each, values):
    port = site.terminal_port if each.to == "terminals" else site.port
    with Wire(port, site.tls if each.to == "pages" else None, each.source) as wire:
        return wire.exchange(fill(each.data, values), max(each.answers, 1), PATIENCE_S)


def complaints(each, outcome):
    if each.comes == ENDED:
        if outcome.answers or not outcome.ended:
            yield f"an answer of {outcome.status}" if outcome.answers else "the connection stays"
        return
    wanted = 303 if each.comes == LOGIN else each.comes
    if outcome.status != wanted:
        yield f"{outcome.status} instead of {wanted}"
    if each.comes == LOGIN and not re.search(rb"\r\nLocation: /login(\?next=|\r|$)", outcome.head):
        yield "it does not lead to the login"
    if len(outcome.answers) != each.answers:
        yield f"{len(outcome.answers)} answers"
    if each.ends and not outcome.ended:
        yield "the connection stays"
    if each.lacks and (each.lacks in outcome.head or each.lacks in outcome.body):
        yield f"the answer holds {each.lacks}"
    if b"Content-Security-Policy: default-src 'none';" not in outcome.head:
        yield "the answer has no policy of content"


def try_one(site, each, values):
    """What is wrong; one that came too late is sent again."""
    for _ in range(TRIES):
        good = site.good()
        if good is None:
            return ["a good person is not served before it"]
        outcome = send(site, each, values)
        wrong = list(complaints(each, outcome))
        limit = LIMIT * max(good, LEAST_GOOD_S) * each.slower
        if wrong or outcome.seconds <= limit:
            return wrong
    return [f"its end took {outcome.seconds:.2f} s, a good request {good:.3f} s"]


def stand_crowd(site, kind, count):
    """What is wrong while so many are there."""
    with Crowd(site, kind, count, "127.0.0.9"):
        time.sleep(1)
        for visit in range(VISITS):
            took = site.good()
            if took is None or took > SERVED_WITHIN_S:
                return [f"visit {visit + 1} of a good person " + ("failed" if took is None else f"took {took:.1f} s")]
    return []


class Peak:
    """The greatest resident size while it is open."""

    def __init__(self, site):
        self.site, self.kib, self.over = site, 0, threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def watch(self):
        while not self.over.wait(LOOK_EVERY_S):
            self.kib = max(self.kib, self.site.status("RssAnon"))


def flood(site, values):
    """Bodies of a mebibyte on all connections at once, whose fields would be a list many times longer. What is wrong."""
    each = next(one for one in REQUESTS if one.name == "oversized: a million empty fields")
    outcomes = []
    threads = [threading.Thread(target=lambda: outcomes.append(send(site, each, values))) for _ in range(SERVED_AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted({what for outcome in outcomes for what in complaints(each, outcome)})


def attack(site, requests):
    """(name, what is wrong) of each request and crowd."""
    values = values_of(site)
    wrong = [(each.name, what) for each in requests for what in try_one(site, each, values)]
    wrong += [("a flood of mebibytes", what) for what in flood(site, values)]
    for kind, count in CROWDS:
        wrong += [(f"{count} {kind}", what) for what in stand_crowd(site, kind, count)]
    return wrong


def after(site, before, peak):
    """What is wrong behind all of it."""
    if site.process.poll() is not None:
        return [("the daemon", f"ended with {site.process.returncode}")]
    time.sleep(1)
    growth, height = site.status("RssAnon") - before["memory"], peak - before["memory"]
    print(f"memory: {before['memory']} KiB before, {growth} KiB more behind, {height} KiB more at the peak; "
          f"threads: {site.status('Threads')}; files: {before['files']} before, {site.files()} behind")
    checks = {
        "a good person is served": site.good() is not None,
        "the store is unchanged": site.digest() == before["digest"],
        "nothing was done but what good people do": set(site.acts(before["act"]).values()) <= GOOD_ACTS,
        f"at most {MOST_GROWTH_KIB} KiB more": growth <= MOST_GROWTH_KIB,
        f"at most {MOST_PEAK_KIB} KiB more at the peak": height <= MOST_PEAK_KIB,
        "no connection stays open": site.files() <= before["files"] + 4,
        "no page failed": "failed" not in site.log(),
        "it stops when asked": site.stop() == 0,
    }
    site.command("store", "verify")
    return [("behind all of it", f"does not hold: {name}") for name, holds in checks.items() if not holds]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hrbridge", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    names = [each.name for each in REQUESTS]
    if len(names) < LEAST or len(set(names)) != len(names):
        sys.exit(f"{len(names)} requests, {len(set(names))} names")
    with tempfile.TemporaryDirectory(prefix="hrbridge-hostile-") as folder:
        site = Site(folder, options.hrbridge, options.source)
        try:
            site.start()
            for _ in range(50):
                site.good()
            before = {"digest": site.digest(), "memory": site.status("RssAnon"), "files": site.files(), "act": max(site.acts())}
            with Peak(site) as peak:
                wrong = attack(site, [each for each in REQUESTS if options.only in each.name])
            wrong += after(site, before, peak.kib)
        finally:
            site.stop()
    for name, what in wrong:
        print(f"{name}: {what}")
    if wrong:
        sys.exit(f"{len(wrong)} of {len(names)} requests and {len(CROWDS)} crowds came to something else")
    print(f"{len(names)} hostile requests and {len(CROWDS)} crowds were refused")


if __name__ == "__main__":
    main()
