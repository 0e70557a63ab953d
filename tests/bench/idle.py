"""The resting daemon: the demo's company, its mappings, pages and schedules."""
import os
import re
import shutil
import signal
import subprocess
import time

from processes import BenchError, checked, wait_until

TICKS = os.sysconf("SC_CLK_TCK")
SETTLE_S = 20


def _configuration(folder):
    """The demo's own without the systems that only live as long as the demo does."""
    with open(os.path.join(folder, "hrbridge.yaml"), encoding="utf-8") as file:
        text = file.read()
    text = re.sub(r"  attendance:\n(    .*\n)+", "", text).replace("  checkin: {kind: wecom_checkin}\n", "")
    text = re.sub(r"wecom:\n(  .*\n)+", "", text)
    text = re.sub(r"migration: .*\n", "", text)  # its modules list the mappings of those systems
    for each in ("attendance", "wecom_checkin"):
        shutil.rmtree(os.path.join(folder, "mappings", each))
    path = os.path.join(folder, "idle.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path, int(re.search(r"port: (\d+)", text).group(1))


def _resident_kib(pid, name="VmRSS"):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(name + ":"))


def _ticks(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _answers(port):
    done = subprocess.run(["python3", "-c", f"import urllib.request as u; u.urlopen('http://127.0.0.1:{port}/ready', timeout=2)"],
                          stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def measure(hrbridge, folder, seconds):
    """Resident MiB at the end of so many seconds of rest, and the share of a core in them."""
    checked([hrbridge, "demo", "--once", "--folder", folder])
    config, port = _configuration(folder)
    with open(os.path.join(folder, "idle.log"), "w+", encoding="utf-8") as log:
        with subprocess.Popen([hrbridge, "run", "--config", config], stdout=log, stderr=log) as daemon:
            try:
                wait_until(lambda: _answers(port), daemon, "the daemon")
                time.sleep(SETTLE_S)
                ticks, begun = _ticks(daemon.pid), time.monotonic()
                time.sleep(seconds)
                used, slept = (_ticks(daemon.pid) - ticks) / TICKS, time.monotonic() - begun
                figures = {"rss_mib": _resident_kib(daemon.pid) / 1024, "anonymous_mib": _resident_kib(daemon.pid, "RssAnon") / 1024,
                           "peak_mib": _resident_kib(daemon.pid, "VmHWM") / 1024, "core_share": used / slept, "seconds": slept}
            finally:
                daemon.send_signal(signal.SIGTERM)
                daemon.wait()
        if daemon.returncode != 0:
            log.seek(0)
            raise BenchError(f"the daemon failed ({daemon.returncode}): {log.read()[-2000:]}")
    return figures
