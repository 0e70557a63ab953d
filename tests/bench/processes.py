"""Child processes: as whom they run, what they used, and a pipe of two."""
import os
import pwd
import resource
import socket
import subprocess
import time

PATIENCE_S = 60
MOST_OWN_KIB = 40 * 1024  # below every bound
TICKS = os.sysconf("SC_CLK_TCK")


class BenchError(Exception):
    """Says what went wrong and where to look."""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def as_user(user):
    """Popen arguments: database servers refuse to run as root."""
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if os.geteuid() == 0 else {}


def give_to(folder, user):
    if os.geteuid() == 0:
        entry = pwd.getpwnam(user)
        os.chown(folder, entry.pw_uid, entry.pw_gid)


def checked(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise BenchError(f"{command[0]} failed ({done.returncode}): {(done.stderr or done.stdout)[-2000:]}")
    return done.stdout


def wait_until(ready, process, what):
    until = time.monotonic() + PATIENCE_S
    while not ready():
        if process.poll() is not None or time.monotonic() > until:
            raise BenchError(f"{what} did not start")
        time.sleep(0.1)


def succeeds(command):
    return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode == 0


def cpu_seconds_of(pid):
    """Of a server: its own time and that of its children, living and waited for."""
    return sum(_cpu_ticks(each) for each in [pid, *_children(pid)]) / TICKS


def busy_seconds():
    """Of the whole machine since it started."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, irq, softirq = map(int, file.readline().split()[1:8])
    return (user + nice + system + irq + softirq) / TICKS


def _cpu_ticks(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            fields = file.read().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return sum(map(int, fields[11:15]))


def _children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return map(int, file.read().split())
    except FileNotFoundError:
        return []


class Used:
    """What the client's processes used: wall and CPU seconds, and the peak of resident KiB of the largest."""

    def __init__(self, wall, cpu, peak_kib, output):
        self.wall, self.cpu, self.peak_kib, self.output = wall, cpu, peak_kib, output


def in_child(work):
    """Whether it is true, asked in a process of its own: what that needs would count as the peak of every later child."""
    child = os.fork()
    if child == 0:
        good = False
        try:
            good = work()
        finally:
            os._exit(0 if good else 1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _peak_kib(usage):
    """Of the largest of them. Linux counts from what the process had that started them: that must be less."""
    peak = max(each.ru_maxrss for each in usage)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if own > MOST_OWN_KIB and own >= peak:
        raise BenchError(f"this process has {own // 1024} MiB itself, so that nobody knows the peak of what it starts")
    return peak


def run_timed(commands, env, folder):
    """Runs one program, or several joined by pipes, and waits for all of them."""
    log = os.path.join(folder, "tool.log")
    with open(log, "w+", encoding="utf-8", errors="replace") as errors:
        started = time.monotonic()
        running = _start_all(commands, {**os.environ, **env}, errors)
        output = running[-1].stdout.read()
        usage = [(process, *os.wait4(process.pid, 0)[1:]) for process in running]
        wall = time.monotonic() - started
        running[-1].stdout.close()
        errors.seek(0)
        text = errors.read()
    for process, status, _ in usage:
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise BenchError(f"{process.args[0]} failed ({process.returncode}): {(text + output)[-2000:]}")
    cpu = sum(each.ru_utime + each.ru_stime for _, _, each in usage)
    return Used(wall, cpu, _peak_kib([each for _, _, each in usage]), output)


def _start_all(commands, env, errors):
    running = []
    for command in commands:
        source = running[-1].stdout if running else subprocess.DEVNULL
        last = len(running) == len(commands) - 1
        running.append(
            subprocess.Popen(
                command, stdin=source, stdout=subprocess.PIPE, stderr=errors, env=env, text=last, encoding="utf-8" if last else None
            )
        )
        if source is not subprocess.DEVNULL:
            source.close()
    return running
