"""Measures hrbridge beside its rivals; see README.md."""
import argparse
import os
import sys
import tempfile

import changes
import dirty
import memory
import move
import rehearse
import sweep
import verify.run
from processes import BenchError

WHAT = {"move": move.run, "changes": changes.run, "sweep": sweep.run, "dirty": dirty.run, "memory": memory.run,
        "verify": verify.run.run, "rehearse": rehearse.run}
ROWS = {"verify": verify.run.FULL_PEOPLE, "rehearse": rehearse.DAYS}


def read_arguments():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("what", choices=list(WHAT))
    parser.add_argument("--rows", type=int, help="verify: people; rehearse: days of attendance (default 5,000,000; "
                        f"verify {ROWS['verify']:,}, rehearse {ROWS['rehearse']:,})")
    parser.add_argument("--runs", type=int, help="of each tool (default 3); rehearse: rehearsals (default 10)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument("--hrbridge", required=True, help="the program to measure")
    parser.add_argument("--from", dest="sources", action="append", choices=list(move.SOURCES),
                        help="move, verify: only from this database; more than once for several (default: all)")
    parser.add_argument("--only", metavar="WORD", help="move: only the tools with this in their names; no ratios then")
    arguments = parser.parse_args()
    arguments.rows = ROWS.get(arguments.what, 5_000_000) if arguments.rows is None else arguments.rows
    arguments.runs = (10 if arguments.what == "rehearse" else 3) if arguments.runs is None else arguments.runs
    if arguments.rows < 1 or arguments.runs < 1:
        parser.error("--rows and --runs are at least 1")
    return arguments


def main():
    arguments = read_arguments()
    with tempfile.TemporaryDirectory(prefix="hrbridge-bench-") as folder:
        os.chmod(folder, 0o755)  # the servers' users go through it
        return WHAT[arguments.what](arguments, folder)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except BenchError as error:
        sys.exit(f"bench: {error}")
