"""How hrbridge is told of each source: the entry under `sources:`."""
import glob

from processes import BenchError


def mariadb(site):
    return f"""kind: mariadb
    host: 127.0.0.1
    port: {site.mariadb.port}
    database: mes
    user: {site.mariadb.READER}
    password: {{file: password}}"""


def mariadb_by_odbc(site):
    return f"""kind: odbc
    driver: {_driver("libmaodbc.so", "odbc-mariadb")}
    attributes: {{Server: 127.0.0.1, Port: '{site.mariadb.port}', Database: mes}}
    user: {site.mariadb.READER}
    password: {{file: password}}"""


def sqlite(site):
    return f"""kind: sqlite
    path: {site.sqlite_file}"""


def postgres(site):
    return f"""kind: odbc
    driver: {_driver("psqlodbca.so", "odbc-postgresql")}
    attributes: {{Server: 127.0.0.1, Port: '{site.postgres.port}', Database: mes}}
    user: {site.postgres.USER}"""


KINDS = {"mariadb": mariadb, "odbc": mariadb_by_odbc, "sqlite": sqlite, "postgres": postgres}


def _driver(file, package):
    found = glob.glob(f"/usr/lib/*/odbc/{file}")
    if not found:
        raise BenchError(f"the ODBC driver {file} is not installed (package {package})")
    return found[0]
