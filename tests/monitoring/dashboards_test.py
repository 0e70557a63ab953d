"""Makes the dashboards anew and compares them with those of the repository.

usage: dashboards_test.py SOURCE_DIR. Exit 77 where the node modules are not there.
"""
import filecmp
import os
import subprocess
import sys
import tempfile


def made_by(folder):
    return sorted(os.path.relpath(os.path.join(path, name), folder) for path, _, names in os.walk(folder) for name in names)


def main():
    grafana = os.path.join(os.path.abspath(sys.argv[1]), "monitoring/grafana")
    modules = os.path.join(grafana, "node_modules")
    if not os.path.isdir(modules):
        print("the node modules of monitoring/grafana are not installed")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(modules, os.path.join(folder, "node_modules"))
        out, fresh, kept = os.path.join(folder, "out"), os.path.join(folder, "dashboards"), os.path.join(grafana, "dashboards")
        with open(os.path.join(folder, "package.json"), "w", encoding="utf-8") as file:
            file.write('{"type": "module"}')
        subprocess.run(["node", os.path.join(modules, ".bin/tsc"), "--project", grafana, "--outDir", out], check=True)
        subprocess.run(["node", os.path.join(out, "main.js"), fresh], check=True)
        if made_by(fresh) != made_by(kept):
            print(f"made: {made_by(fresh)}; in the repository: {made_by(kept)}")
            return 1
        _, different, missing = filecmp.cmpfiles(fresh, kept, made_by(fresh), shallow=False)
        for name in different + missing:
            print(f"{name} is not what monitoring/grafana/src makes; run ./dev dashboards")
        return 1 if different or missing else 0


sys.exit(main())
