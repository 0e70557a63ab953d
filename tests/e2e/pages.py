"""Serves a demo, opens every page in a browser and fails when one of them has a fault.

usage: pages.py HRBRIDGE SOURCE_DIR [SCREENSHOT_FOLDER]
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

PATIENCE_S = 240


def wait_for(path, process):
    for _ in range(PATIENCE_S * 5):
        if os.path.exists(path) and os.path.getsize(path) > 0:
            time.sleep(0.5)
            with open(path, encoding="utf-8") as file:
                return json.load(file)
        if process.poll() is not None:
            sys.exit("the demo ended before it served its pages")
        time.sleep(0.2)
    sys.exit("the demo did not serve its pages")


def check_modes(folder):
    """Accounts and secrets are for the demo's user alone."""
    names = ["demo.json"] + [os.path.join("secrets", n) for n in os.listdir(os.path.join(folder, "secrets"))]
    for name in names:
        mode = os.stat(os.path.join(folder, name)).st_mode & 0o777
        if mode != 0o600:
            sys.exit(f"{name} has mode {mode:o}, not 600")


def main():
    program, source = sys.argv[1], sys.argv[2]
    with tempfile.TemporaryDirectory() as folder:
        shots = sys.argv[3] if len(sys.argv) > 3 else os.path.join(folder, "screenshots")
        demo = subprocess.Popen([program, "demo", "--folder", os.path.join(folder, "demo")])
        try:
            site = wait_for(os.path.join(folder, "demo", "demo.json"), demo)
            check_modes(os.path.join(folder, "demo"))
            accounts = os.path.join(folder, "accounts.json")
            with open(accounts, "w", encoding="utf-8") as file:
                json.dump([a for a in site["accounts"] if a["role"] != "implementer"], file)
            result = subprocess.run(
                ["node", os.path.join(source, "tests/web/pages.mjs"), site["base"], site["sandbox"], shots, accounts],
                check=False,
            )
            return result.returncode
        finally:
            demo.send_signal(signal.SIGTERM)
            demo.wait()


sys.exit(main())
