"""The migration of the demo company's core HR data, by the commands that a user types.

usage: walk_through.py migration|cut-over --hrbridge FILE [--folder DIR] [--language zh|en] [--seed N]
"""
import argparse
import pathlib
import shutil
import subprocess
import sys

from company import Company
from migration import migrate
from cut_over import cut_over
from shell import DEFAULT_FOLDER, Shell

MARK = ".hrbridge-demo"  # of a folder that the demo made


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=("migration", "cut-over"))
    parser.add_argument("--hrbridge", required=True, type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--folder", default=DEFAULT_FOLDER, type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--language", choices=("zh", "en"), default="en")
    parser.add_argument("--seed", default="1")
    return parser.parse_args()


def make_company(given):
    if given.folder.exists():
        if any(given.folder.iterdir()) and not (given.folder / MARK).exists():
            sys.exit(f"{given.folder} holds other files; name an empty folder")
        shutil.rmtree(given.folder)
    made = subprocess.run(
        [given.hrbridge, "demo", "--site", "--folder", str(given.folder), "--seed", given.seed], check=False
    )
    if made.returncode != 0:
        sys.exit(made.returncode)


def main():
    given = arguments()
    if given.part == "migration":
        make_company(given)
    elif not (given.folder / "people").exists():
        sys.exit("there is nothing signed to promote yet: ./dev demo --migration comes first")
    shell = Shell(given.hrbridge, given.folder, given.language)
    shell.say(f"hrbridge stands for {given.hrbridge} --config {shell.config}")
    shell.say(f"in {given.folder}; all output in full: transcript.txt there")
    part = migrate if given.part == "migration" else cut_over
    part(shell, Company(given.folder))


main()
