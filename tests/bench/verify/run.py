"""The bench as a whole."""
import os

from harness import finish, package, say
from processes import BenchError, checked
from verify.company import Maker
from verify.rounds import Rounds
from verify.setups import SETUPS
from verify.tables import table

FAULTS = 2_000
FULL_PEOPLE = 10_000


def faults_of(people):
    """2,000 of 10,000 people, of fewer as many in proportion, of each kind the same number."""
    return max(1, FAULTS * people // FULL_PEOPLE // 25) * 25


def run_setup(name, arguments, folder, whole):
    people = arguments.rows
    os.mkdir(folder)
    os.chmod(folder, 0o755)
    with SETUPS[name].opened(arguments, folder) as setup:
        say(f"{setup.name}: {people} people")
        rounds = Rounds(setup, folder, os.path.abspath(arguments.hrbridge), Maker(people, arguments.seed).make(), arguments.seed)
        figures = {"clean": rounds.clean(), "target": rounds.target(faults_of(people))}
        if whole:
            figures["source"] = rounds.source(faults_of(people) // 25)
            figures["mapping"] = rounds.mapping()
        return setup.name, figures, [f"{setup.name}: {fault}" for fault in rounds.faults]


def run(arguments, folder):
    """The first set-up with all rounds, the others with what must be found whole."""
    names = arguments.sources or list(SETUPS)
    if not set(names) <= set(SETUPS):
        raise BenchError(f"verify migrates from {' and '.join(SETUPS)}")
    results = [run_setup(name, arguments, os.path.join(folder, name), number == 0) for number, name in enumerate(names)]
    for name, figures, _ in results:
        print(table(name, figures))
    tools = [package("odbc-mariadb"), package("mariadb-server"), package("postgresql"), checked([arguments.hrbridge, "--version"]).strip()]
    print("; ".join(tools))
    return finish(arguments, {"versions": tools, "setups": {name: figures for name, figures, _ in results}},
                  [fault for _, _, faults in results for fault in faults])
