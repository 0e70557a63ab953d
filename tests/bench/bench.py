"""Measures hrbridge beside its rivals; see README.md."""
import argparse
import json
import os
import sys
import tempfile

import sweep
from data import fill_source
from movers import ClientPipe, HrBridge, PgLoader, Site
from processes import BenchError, busy_seconds, checked
from report import faults, summary, table
from servers import MariaDb, Postgres

CHECKED = "hrbridge, checks and references"
SHIPPED = "hrbridge, shipped mapping"
BY_ODBC = "hrbridge over ODBC, checks and references"


def read_arguments():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("what", choices=["move", "sweep"])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--runs", type=int, help="of each tool (default 3)", default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument("--hrbridge", required=True, help="the program to measure")
    parser.add_argument("--only", metavar="WORD", help="only the tools with this in their names; no ratios then")
    arguments = parser.parse_args()
    if arguments.rows < 1 or arguments.runs < 1:
        parser.error("--rows and --runs are at least 1")
    return arguments


def say(text):
    print(text, file=sys.stderr, flush=True)


def run_once(site, mover, number):
    mover.prepare()
    site.postgres.execute("postgres", "CHECKPOINT")
    servers = [site.mariadb.cpu_seconds, site.postgres.cpu_seconds]
    busy, served = busy_seconds(), sum(each() for each in servers)
    used = mover.move()
    busy, served = busy_seconds() - busy, sum(each() for each in servers) - served
    count = mover.count()
    say(f"  run {number}: {mover.name}: {used.wall:.2f} s, peak {used.peak_kib / 1024:.1f} MiB, {count} rows")
    return {"seconds": used.wall, "client_cpu": used.cpu, "server_cpu": served,
            "other_cpu": max(0.0, busy - served - used.cpu), "peak_kib": used.peak_kib, "count": count}


def measure(site, movers, runs):
    """Interleaved, so that a busy minute of the machine meets all tools alike."""
    results = {mover.name: [] for mover in movers}
    for number in range(1, runs + 1):
        for mover in movers:
            results[mover.name].append(run_once(site, mover, number))
            if number == runs:
                results[mover.name][-1]["fingerprint"] = mover.fingerprint()
    return results


def versions(site, movers):
    own = [site.postgres.execute("postgres", "SELECT 'PostgreSQL ' || current_setting('server_version')"),
           "MariaDB " + site.mariadb.execute("SELECT version()").strip(),
           "libmariadb3 " + checked(["dpkg-query", "-W", "-f=${Version}", "libmariadb3"]),
           "odbc-mariadb " + checked(["dpkg-query", "-W", "-f=${Version}", "odbc-mariadb"])]
    return list(dict.fromkeys(own + [mover.version() for mover in movers]))


def make_movers(site, only):
    movers = [HrBridge(site, CHECKED, "bench/production_fact"),
              HrBridge(site, SHIPPED, "mes/production_fact"),
              HrBridge(site, BY_ODBC, "bench/production_fact", "odbc"), ClientPipe(site), PgLoader(site)]
    return [mover for mover in movers if only in mover.name] if only else movers


def bench(arguments, folder):
    source_dir = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    mariadb = postgres = None
    try:
        mariadb = MariaDb(os.path.join(folder, "mariadb"), 1024)
        postgres = Postgres(os.path.join(folder, "postgres"))
        say(f"making {arguments.rows} rows")
        fill_source(mariadb, arguments.rows, arguments.seed)
        site = Site(folder, mariadb, postgres, os.path.abspath(arguments.hrbridge), source_dir, arguments.rows)
        movers = make_movers(site, arguments.only)
        results = measure(site, movers, arguments.runs)
        return results, versions(site, movers)
    finally:
        for server in (mariadb, postgres):
            if server is not None:
                server.close()


def main():
    arguments = read_arguments()
    with tempfile.TemporaryDirectory(prefix="hrbridge-bench-") as folder:
        os.chmod(folder, 0o755)  # the servers' users go through it
        if arguments.what == "sweep":
            return sweep.run(arguments, folder)
        results, tools = bench(arguments, folder)
    if arguments.only:
        return 0
    figures = summary(arguments.rows, results)
    print(table(arguments.rows, figures, tools, arguments.runs))
    found = faults(figures)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump({"rows": arguments.rows, "seed": arguments.seed, "versions": tools, "tools": figures,
                       "faults": found}, file, indent=2, ensure_ascii=False)
    for fault in found:
        say(fault)
    return 1 if found else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchError as error:
        sys.exit(f"bench: {error}")
