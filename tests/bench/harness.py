"""What every bench does: starts its servers with the rows, says how far it is, and ends with its figures and faults."""
import contextlib
import json
import os
import sys

from data import fill_source
from movers import Site
from processes import checked
from servers import MariaDb, Postgres

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUFFER_MIB = 1024


def say(text):
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def empty_site(arguments, folder):
    """A MariaDB and a PostgreSQL of the bench's own, which end with it."""
    with contextlib.ExitStack() as servers:
        mariadb = servers.enter_context(contextlib.closing(MariaDb(os.path.join(folder, "mariadb"), BUFFER_MIB)))
        postgres = servers.enter_context(contextlib.closing(Postgres(os.path.join(folder, "postgres"))))
        yield Site(folder, mariadb, postgres, os.path.abspath(arguments.hrbridge), ROOT, arguments.rows)


@contextlib.contextmanager
def filled_site(arguments, folder):
    """The same with the rows in the MariaDB's mes_production."""
    with empty_site(arguments, folder) as site:
        say(f"making {arguments.rows} rows")
        fill_source(site.mariadb, arguments.rows, arguments.seed)
        yield site


def package(name):
    return f"{name} " + checked(["dpkg-query", "-W", "-f=${Version}", name])


def versions(site, *packages):
    return [site.postgres.execute("postgres", "SELECT 'PostgreSQL ' || current_setting('server_version')"),
            "MariaDB " + site.mariadb.execute("SELECT version()").strip(), *map(package, packages),
            checked([site.hrbridge, "--version"]).strip()]


def finish(arguments, figures, faults):
    """Writes the figures where they are wanted and says the faults; gives the exit code."""
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as file:
            json.dump({"rows": arguments.rows, "seed": arguments.seed, **figures, "faults": faults}, file, indent=2,
                      ensure_ascii=False)
    for fault in faults:
        say(fault)
    return 1 if faults else 0
