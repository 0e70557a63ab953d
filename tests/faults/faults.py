#!/usr/bin/env python3
"""Kills what takes part in a sync, a seed a kill, and compares what the store holds. See README.md."""
import argparse
import json
import os
import shutil
import sys
import tempfile
import time

from content import MAPPING, TABLE, Content
from kills import Lane, Lost
from proxy import CommitProxy
from rig import BenchError, Home, Source, StoreServer
from stores import PostgresStore, SqliteStore


class Results:
    """A file with a line a seed; a run goes on behind the last one."""

    def __init__(self, path):
        self.path, self.lines = path, []
        if path and os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                self.lines = [json.loads(line) for line in file if line.endswith("\n")]

    def next_seed(self, first):
        return max([line["seed"] + 1 for line in self.lines] + [first])

    def add(self, lines):
        self.lines += lines
        if self.path:
            with open(self.path, "a", encoding="utf-8") as file:
                file.writelines(json.dumps(line) + "\n" for line in lines)
                file.flush()
                os.fsync(file.fileno())


def summary(lines):
    """Median and worst of what was measured, for each store and way to die."""
    print("| store | how | seeds | rows read again, median / worst | progress / clean start, median / worst |")
    print("| --- | --- | ---: | ---: | ---: |")
    groups = {}
    for line in lines:
        for how in (line["how"], "all"):
            groups.setdefault((line["store"], how), []).append(line)
    for (store, how), group in sorted(groups.items()):
        rows = sorted(line["read_again"] for line in group)
        ratios = sorted(line["progress_s"] / line["clean_s"] for line in group if line.get("progress_s"))
        ratio = f"{ratios[len(ratios) // 2]:.2f} / {ratios[-1]:.2f}" if ratios else "-"
        print(f"| {store} | {how} | {len(group)} | {rows[len(rows) // 2]} / {rows[-1]} | {ratio} |")
    bad = [line for line in lines if line["verdict"] != "ok"]
    print(f"{len(lines)} seeds, {len(bad)} bad{': ' + json.dumps(bad[:5]) if bad else ''}")
    return not bad


def run(arguments, folder):
    content = Content(arguments.rows)
    source, server = Source(os.path.join(folder, "source")), StoreServer(os.path.join(folder, "store"))
    try:
        source.client.rows(TABLE.rstrip(";\n"))
        source.client.rows(f"LOAD DATA LOCAL INFILE '{content.source_file(folder)}' INTO TABLE dept CHARACTER SET utf8mb4")
        proxy = CommitProxy(server.port)
        lanes = []
        for store in (SqliteStore(folder), PostgresStore(server, proxy.port)):
            home = Home(os.path.join(folder, store.kind), arguments.hrbridge, arguments.shim, store.settings, source, MAPPING)
            lanes.append(Lane(home, store, source, content, proxy, arguments.how))
        return kill_all(arguments, [lane for lane in lanes if arguments.store in (None, lane.store.kind)])
    finally:
        source.close()
        server.close()


def kill_all(arguments, lanes):
    results = Results(arguments.results)
    first, end = results.next_seed(arguments.from_seed), arguments.from_seed + arguments.seeds
    started, seed = time.monotonic(), first
    for_lane = 8
    while seed < end:
        lane = lanes[(seed - arguments.from_seed) // for_lane % len(lanes)]
        last = min(end, seed - (seed - arguments.from_seed) % for_lane + for_lane)
        while seed < last:
            if lane.seed(seed):
                seed += 1
            else:
                results.add(lane.finish())
        results.add(lane.finish())
        print(f"\r{seed - first} kills, {(time.monotonic() - started) / (seed - first):.2f} s each ", end="", file=sys.stderr)
    print(file=sys.stderr)
    return summary(results.lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hrbridge", required=True)
    parser.add_argument("--sandbox", help="the WeCom stand-in's program, for --kind send")
    parser.add_argument("--shim", required=True)
    parser.add_argument("--from-seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--results")
    parser.add_argument("--how", help="only this way to die, where a store has it")
    parser.add_argument("--store", choices=("sqlite", "postgres"), help="only this store")
    parser.add_argument("--keep", action="store_true", help="leave the folder of a failure")
    arguments = parser.parse_args()
    arguments.hrbridge, arguments.shim = os.path.abspath(arguments.hrbridge), os.path.abspath(arguments.shim)
    folder = tempfile.mkdtemp(prefix="hrbridge-faults-")
    os.chmod(folder, 0o711)
    good = False
    try:
        good = run(arguments, folder)
    except (Lost, BenchError) as error:
        print(f"\nfaults: {error}", file=sys.stderr)
    finally:
        if good or not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"kept: {folder}", file=sys.stderr)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
