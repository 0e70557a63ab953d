"""What befalls a sync's partners while it runs: its store's or source's server dies, its store's disk is full. The process
itself lives, and must go on or end with an error that says what to do; then it is started again."""
import contextlib
import os
import random
import re
import signal
import subprocess
import time

from kills import PATIENCE_S, Lost
from rig import BenchError

STRIKES_A_SYNC = 5
MIB = 1 << 20


class Mishaps:
    """Several seeds share one sync, each strikes some time after the one before."""

    says = ()  # one of these stands in the error of a sync that gave up

    def __init__(self, lane):
        self.lane, self.store = lane, lane.store
        self.process, self.pending, self.ends, self.met = None, [], 0, set()

    def seed(self, seed):
        """False: the sync was done before it struck."""
        if self.lane.whole is None:
            self.lane.measure()
        if self.process is None:
            self.prepare()
            self.process, self.ends, self.met = self.lane.sync(), 0, set()
        chance = random.Random(seed)
        until = time.monotonic() + chance.random() * 2 * self.lane.whole.seconds / STRIKES_A_SYNC
        while time.monotonic() < until:
            if not self.goes_on():
                return False
            time.sleep(0.002)
        how = self.strike(chance)
        if how is None:
            return False
        self.pending.append({"seed": seed, "kind": self.kind, "store": self.store.kind, "how": how})
        return True

    def goes_on(self):
        """Starts the sync again when it ended with a good error; False when it is done."""
        code = self.process.poll()
        if code is None:
            return True
        self.met.update(re.findall(r" code=(\S+)", self.lane.home.output()))
        if code == 0:
            return False
        text = self.lane.home.output()
        if code < 0 or not any(word in text for word in self.says):
            raise Lost(f"the sync ended with {code}: {text}")
        self.ends += 1
        self.recover()
        self.process = self.lane.sync()
        return True

    def finish(self):
        self.recover()
        until = time.monotonic() + PATIENCE_S
        while self.goes_on():
            if time.monotonic() > until:
                raise Lost("the sync does not come to its end")
            time.sleep(0.01)
        self.lane.compare()
        self.process = None
        lines, self.pending = self.pending, []
        for line in lines:
            line.update(met=sorted(self.met), gave_up=self.ends, lost=0, doubled=0, verdict="ok")
        return lines

    def prepare(self):
        self.store.renew()

    def recover(self):
        """What a person does after the error."""


class StoreDies(Mishaps):
    kind, says = "store", ("PostgreSQL",)

    def strike(self, chance):
        server, how = self.store.server, chance.choice(("server", "session"))
        pause = chance.random() * 1.5
        sessions = server.execute("postgres", "SELECT pid FROM pg_stat_activity WHERE application_name = 'hrbridge'").split()
        self.store.stop_watching()
        if how == "session" and sessions:
            struck = chance.choice(sessions)
            with contextlib.suppress(ProcessLookupError):  # it ended by itself just now
                os.kill(int(struck), signal.SIGKILL)
            self._wait_until_forgotten(server, struck)
            return "session"
        server.kill_and_restart(pause)
        return "server"

    @staticmethod
    def _wait_until_forgotten(server, session):
        """Until the server has started anew, which it does when it sees that one of its sessions crashed."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                if server.execute("postgres", f"SELECT count(*) FROM pg_stat_activity WHERE pid = {session}") == "0":
                    return
            except BenchError:
                pass
            time.sleep(0.02)
        raise BenchError("PostgreSQL did not recover")


class SourceDies(Mishaps):
    kind, says = "source", ("erp",)

    def strike(self, chance):
        self.lane.source.kill_and_restart(chance.random() * 1.5)
        return "server"


class DiskIsFull(Mishaps):
    kind, says = "disk", ("disk full", "disk failed or is full", "free some room")
    ROOM = 512 * MIB

    def __init__(self, lane, disk):
        super().__init__(lane)
        self.disk = disk

    def prepare(self):
        self.disk.resize(self.ROOM)
        super().prepare()

    def strike(self, chance):
        self.disk.leave(int(chance.random() * 6 * MIB))
        if chance.random() < 0.5:
            # A person makes room while the sync waits.
            time.sleep(chance.random() * 3)
            self.recover()
            return "room in time"
        while self.process.poll() is None:
            time.sleep(0.005)
        return None if self.process.returncode == 0 else "room later"  # it had room enough

    def recover(self):
        self.disk.resize(self.ROOM)


class Tmpfs:
    """A small file system, in a mount namespace of its own where this user may not mount."""

    def __init__(self, folder):
        self.folder = folder
        os.mkdir(folder)
        ordinary = ["-U", "-r"] if os.geteuid() != 0 else []
        script = f"mount -t tmpfs -o size=512m,mode=0700 tmpfs {folder} && echo mounted && exec sleep infinity"
        self.holder = subprocess.Popen(["unshare", "-m", *ordinary, "sh", "-c", script], stdout=subprocess.PIPE, text=True)
        if self.holder.stdout.readline() != "mounted\n":
            raise BenchError("a tmpfs cannot be mounted here: run as root, or where ordinary users may have name spaces")
        self.inside = ["nsenter", "-t", str(self.holder.pid), "-m", *(["-U", "--preserve-credentials"] if ordinary else [])]
        self.seen = f"/proc/{self.holder.pid}/root{folder}"

    def leave(self, room):
        """Makes it so small that only so much room is left; what is stored meanwhile may leave none."""
        while True:
            try:
                self.resize(self.used() + room)
                return
            except subprocess.CalledProcessError:
                time.sleep(0.001)  # it grew beyond that just now

    def resize(self, size):
        # Its present options name users whom the name space may not know.
        subprocess.run([*self.inside, "mount", "--options-mode", "ignore", "-o", f"remount,size={size}", self.folder],
                       check=True, stderr=subprocess.DEVNULL)

    def used(self):
        room = os.statvfs(self.seen)
        return (room.f_blocks - room.f_bfree) * room.f_frsize

    def close(self):
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()
