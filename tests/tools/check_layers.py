#!/usr/bin/python3
"""Holds the table "Layers" of ARCHITECTURE.md.

usage: check_layers.py ROOT | check_layers.py --self-test

Prints each violation as "file:line: what" and ends with 1 when there is one.
"""

import re
import sys
import tempfile
from pathlib import Path

TOP_FOLDERS = ("daemon", "connectors", "mappings", "migration", "monitoring")
LONGEST_FILE = 400

LOW = {"daemon/base", "monitoring"}
STORE = LOW | {"daemon/model", "daemon/store"}
PIP = STORE | {"mappings/engine", "daemon/pip"}
JOBS = PIP | {"connectors", "daemon/jobs"}
PEOPLE = JOBS | {"daemon/people"}
WECOM = LOW | {"connectors", "connectors/wecom"}
EVERYTHING = (
    PEOPLE
    | WECOM
    | {"connectors/wecom/sandbox", "connectors/odbc", "connectors/native", "connectors/http", "connectors/file", "connectors/iclock"}
    | {"migration/check", "migration/freeze", "migration/ledger", "migration/project", "migration/rehearsal"}
    | {"migration/promotion", "migration/reconcile", "migration/report", "migration/sampling", "migration/sign_off"}
    | {"migration/spot_check"}
    | {"daemon/backup", "daemon/processing", "daemon/web", "daemon/app"}
)

# Folder -> the folders that it may include. The longest folder that holds a file is the file's.
MAY_INCLUDE = {
    "daemon/base": {"daemon/base"},
    "daemon/model": {"daemon/base", "daemon/model"},
    "mappings/engine": {"daemon/base", "mappings/engine"},
    "monitoring": LOW,
    "connectors": LOW | {"connectors"},
    "connectors/odbc": LOW | {"connectors", "connectors/odbc"},
    "connectors/native": LOW | {"connectors", "connectors/odbc", "connectors/native"},
    "connectors/http": LOW | {"connectors", "connectors/http"},
    "connectors/file": LOW | {"connectors", "connectors/file"},
    "connectors/iclock": LOW | {"connectors", "connectors/iclock"},
    "connectors/wecom": WECOM,
    "connectors/wecom/sandbox": WECOM | {"connectors/wecom/sandbox"},
    "migration/sampling": {"daemon/base", "migration/sampling"},
    "daemon/store": STORE,
    "migration/ledger": {"daemon/base", "daemon/store", "migration/ledger"},
    "migration/project": {"daemon/base", "mappings/engine", "daemon/store", "migration/check", "migration/project"},
    "migration/rehearsal": {"daemon/base", "mappings/engine", "daemon/store", "migration/ledger", "migration/project", "migration/rehearsal"},
    "migration/reconcile": {
        "daemon/base", "mappings/engine", "daemon/store", "migration/ledger", "migration/check", "migration/reconcile"},
    "migration/freeze": {
        "daemon/base", "mappings/engine", "daemon/store", "migration/ledger", "migration/check", "migration/project",
        "migration/rehearsal", "migration/freeze"},
    "migration/spot_check": {
        "daemon/base", "mappings/engine", "daemon/store", "migration/ledger", "migration/sampling", "migration/check",
        "migration/project", "migration/rehearsal", "migration/freeze", "migration/spot_check"},
    "migration/sign_off": {
        "daemon/base", "daemon/model", "mappings/engine", "daemon/store", "migration/ledger", "migration/project", "migration/check",
        "migration/rehearsal", "migration/freeze", "migration/sign_off"},
    "migration/report": {
        "daemon/base", "mappings/engine", "daemon/store", "migration/ledger", "migration/project", "migration/check",
        "migration/rehearsal", "migration/freeze", "migration/sampling", "migration/sign_off", "migration/report"},
    "migration/check": {
        "daemon/base", "mappings/engine", "daemon/store", "migration/ledger", "migration/sampling", "migration/check"},
    "migration/promotion": {
        "daemon/base", "daemon/model", "mappings/engine", "daemon/store", "migration/ledger", "migration/project",
        "migration/rehearsal", "migration/promotion"},
    "daemon/backup": {"daemon/base", "daemon/store", "migration/ledger", "daemon/backup"},
    "daemon/processing": {"daemon/base", "migration/ledger", "daemon/processing"},
    "daemon/pip": PIP,
    "daemon/jobs": JOBS,
    "daemon/people": PEOPLE,
    "daemon/web": STORE | {"daemon/pip", "daemon/jobs", "migration/ledger", "migration/spot_check", "daemon/web"},
    "daemon/app": EVERYTHING,
}

# Folder -> the outside libraries that it may use beside the standard library, POSIX and fmt.
MAY_USE = {
    "daemon/base": {"yaml-cpp", "date", "OpenSSL", "xxHash", "ICU"},
    "daemon/model": set(),
    "mappings/engine": {"ICU"},
    "monitoring": {"prometheus-cpp"},
    "connectors": set(),
    "connectors/odbc": {"unixODBC"},
    "connectors/native": {"libmariadb", "SQLite"},
    "connectors/http": {"libcurl", "OpenSSL"},
    "connectors/file": {"ICU", "libzip", "expat"},
    "connectors/iclock": set(),
    "connectors/wecom": {"libcurl", "nlohmann-json", "OpenSSL", "Poco XML", "Poco Foundation"},
    "connectors/wecom/sandbox": {"nlohmann-json", "Poco", "Poco Foundation", "Boost.Program_options"},
    "migration/sampling": {"Boost.Math", "Boost.Multiprecision", "OpenSSL"},
    "daemon/store": set(),
    "daemon/store/sqlite": {"SQLite"},
    "daemon/store/postgres": {"libpq"},
    "migration/ledger": {"OpenSSL", "nlohmann-json"},
    "migration/project": set(),
    "migration/rehearsal": {"OpenSSL"},
    "migration/freeze": set(),
    "migration/spot_check": {"nlohmann-json", "libxlsxwriter"},
    "migration/reconcile": set(),
    "migration/check": {"nlohmann-json"},
    "migration/sign_off": set(),
    "migration/report": {"Pango and Cairo"},
    "migration/promotion": {"OpenSSL"},
    "daemon/backup": {"OpenSSL", "nlohmann-json"},
    "daemon/processing": {"nlohmann-json"},
    "daemon/pip": {"Boost.Math", "nlohmann-json"},
    "daemon/jobs": {"nlohmann-json"},
    "daemon/people": {"nlohmann-json"},
    "daemon/web": {"Poco", "Poco Foundation", "OpenSSL", "mustache", "nlohmann-json"},
    "daemon/app": {"Boost.Program_options", "libsystemd", "libzip", "nlohmann-json", "ICU"},
}

# The beginning of an include -> its library. First match counts.
LIBRARIES = (
    ("yaml-cpp/", "yaml-cpp"),
    ("date/", "date"),
    ("openssl/", "OpenSSL"),
    ("xxhash.h", "xxHash"),
    ("unicode/", "ICU"),
    ("prometheus/", "prometheus-cpp"),
    ("mysql.h", "libmariadb"),
    ("sqlext.h", "unixODBC"),
    ("sqltypes.h", "unixODBC"),
    ("sqlucode.h", "unixODBC"),
    ("sql.h", "unixODBC"),
    ("odbcinst.h", "unixODBC"),
    ("curl/", "libcurl"),
    ("nlohmann/", "nlohmann-json"),
    ("Poco/XML/", "Poco XML"),
    ("Poco/SAX/", "Poco XML"),
    ("Poco/DOM/", "Poco XML"),
    ("Poco/Exception.h", "Poco Foundation"),
    ("Poco/", "Poco"),
    ("sqlite3", "SQLite"),
    ("libpq", "libpq"),
    ("postgresql/", "libpq"),
    ("boost/program_options", "Boost.Program_options"),
    ("boost/math/", "Boost.Math"),
    ("boost/multiprecision/", "Boost.Multiprecision"),
    ("systemd/", "libsystemd"),
    ("kainjow/", "mustache"),
    ("xlsxwriter.h", "libxlsxwriter"),
    ("pango/", "Pango and Cairo"),
    ("cairo", "Pango and Cairo"),
    ("zip.h", "libzip"),
    ("expat.h", "expat"),
    ("fmt/", None),
    ("sys/", None),
    ("netinet/", None),
    ("arpa/", None),
)
POCO_HEADERS_ALLOWED = ("daemon/web", "connectors/wecom")

# Files that the build makes from embedded files -> the folder that may include them.
GENERATED = {
    "hrbridge_schema_files.h": "daemon/store",
    "hrbridge_ledger_files.h": "migration/ledger",
    "hrbridge_rehearsal_files.h": "migration/rehearsal",
    "hrbridge_freeze_files.h": "migration/freeze",
    "hrbridge_spot_check_files.h": "migration/spot_check",
    "hrbridge_check_files.h": "migration/check",
    "hrbridge_sign_off_files.h": "migration/sign_off",
    "hrbridge_report_files.h": "migration/report",
    "hrbridge_promotion_files.h": "migration/promotion",
    "hrbridge_backup_files.h": "daemon/backup",
    "hrbridge_processing_files.h": "daemon/processing",
    "hrbridge_pip_files.h": "daemon/pip",
    "hrbridge_web_files.h": "daemon/web",
    "hrbridge_app_files.h": "daemon/app",
    "hrbridge_wecom_sandbox_files.h": "connectors/wecom/sandbox",
}

INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')


def owner(path, folders):
    """The longest of `folders` that holds `path`, or None."""
    holding = [folder for folder in folders if path.startswith(folder + "/")]
    return max(holding, key=len, default=None)


def library_of(header):
    """(known, library): library is None where no permission is needed."""
    for beginning, library in LIBRARIES:
        if header.startswith(beginning):
            return True, library
    # Without a folder it is the standard library, C or POSIX.
    return "/" not in header, None


def check_quoted(path, header):
    folder = owner(path, MAY_INCLUDE)
    if header in GENERATED:
        if folder != GENERATED[header]:
            return f"{header} belongs to {GENERATED[header]}"
        return None
    target = owner(header, MAY_INCLUDE)
    if target is None:
        if header.startswith(TOP_FOLDERS):
            return f"includes {header}, whose folder has no row in the table of layers"
        return f'"{header}" is not a path from the root of the repository'
    if target not in MAY_INCLUDE[folder]:
        return f"{folder} may not include {target} ({header})"
    return None


def check_outside(path, header):
    known, library = library_of(header)
    if not known:
        return f"<{header}> is of no library in the table of layers"
    if library is None:
        return None
    folder = owner(path, MAY_USE)
    if library not in MAY_USE[folder]:
        return f"{folder} may not use {library} (<{header}>)"
    if library.startswith("Poco") and path.endswith(".h") and not path.startswith(POCO_HEADERS_ALLOWED):
        return f"a header outside {' and '.join(POCO_HEADERS_ALLOWED)} may not include Poco"
    return None


def check_source(path, text):
    """Violations of one file as (line, what)."""
    if path.endswith("_test.cpp"):
        yield 1, "a test lies in tests/, at the same path"
    lines = text.splitlines()
    if len(lines) > LONGEST_FILE:
        yield LONGEST_FILE + 1, f"{len(lines)} lines; split what has more than {LONGEST_FILE}"
    if owner(path, MAY_INCLUDE) is None:
        yield 1, "the folder has no row in the table of layers"
        return
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if match:
            check = check_quoted if match[1] == '"' else check_outside
            what = check(path, match[2])
            if what:
                yield number, what


def built_folders(root):
    """The folders below tests/ whose *_test.cpp CMake takes, sub-folders included."""
    tests = root / "tests"
    pending = [tests]
    folders = []
    while pending:
        folder = pending.pop()
        listing = folder / "CMakeLists.txt"
        if not listing.is_file():
            continue
        text = re.sub(r"#.*", "", listing.read_text(encoding="utf-8"))
        for name in re.findall(r"\badd_subdirectory\(\s*([\w./-]+)", text):
            pending.append(folder / name)
        for name in re.findall(r"\bhrbridge_unit_tests\(\s*([\w./-]+)", text):
            folders.append(folder / name)
        if re.search(r"\bhrbridge_tests\(", text) and folder != tests:
            folders.append(folder)
    return folders


def check_tests(root):
    built = built_folders(root)
    for path in sorted((root / "tests").rglob("*_test.cpp")):
        if not any(folder in path.parents for folder in built):
            yield path.relative_to(root).as_posix(), 1, "no CMake target builds this test"


def check_tree(root):
    """All violations as (file, line, what)."""
    for top in TOP_FOLDERS:
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".h", ".cpp") and path.is_file():
                name = path.relative_to(root).as_posix()
                for line, what in check_source(name, path.read_text(encoding="utf-8")):
                    yield name, line, what
    yield from check_tests(root)


PLANTED = {
    "daemon/base/good.cpp": '#include <vector>\n#include <fmt/core.h>\n#include <openssl/evp.h>\n'
    '#include "daemon/base/good.h"\n',
    "daemon/base/up.cpp": '#include "daemon/base/up.h"\n\n#include "daemon/store/sql.h"\n',
    "daemon/base/local.cpp": '#include "local.h"\n',
    "daemon/model/plain.h": "#include <nlohmann/json.hpp>\n",
    "daemon/store/merge.cpp": "#include <libpq-fe.h>\n",
    "daemon/store/postgres/good.cpp": "#include <libpq-fe.h>\n",
    "daemon/store/postgres/other.cpp": "#include <sqlite3.h>\n",
    "daemon/jobs/runner.cpp": '#include "connectors/connector.h"\n#include "connectors/odbc/source.h"\n',
    "daemon/web/good.h": "#include <Poco/Net/HTTPServer.h>\n",
    "daemon/app/wrong.cpp": "#  include <Poco/Util/Application.h>\n",
    "daemon/web/page.cpp": '#include "hrbridge_app_files.h"\n',
    "daemon/new/thing.cpp": "#include <vector>\n",
    "connectors/core.cpp": '#include "connectors/http/client.h"\n',
    "connectors/http/client.cpp": "#include <curl/curl.h>\n#include <sql.h>\n",
    "connectors/odbc/source.cpp": "#include <sqlext.h>\n#include <mysterious/thing.h>\n",
    "connectors/wecom/xml.cpp": "#include <Poco/SAX/SAXParser.h>\n#include <Poco/Net/HTTPServer.h>\n",
    "mappings/engine/long.cpp": "\n" * 401,
    "mappings/engine/fits.cpp": "\n" * 400,
    "monitoring/near_test.cpp": "",
    "tests/CMakeLists.txt": "hrbridge_unit_tests(daemon/base x)\nadd_subdirectory(e2e)\n"
    "# hrbridge_unit_tests(daemon/model x)\n",
    "tests/e2e/CMakeLists.txt": "hrbridge_tests(test_e2e e2e x)\n",
    "tests/faults/CMakeLists.txt": "hrbridge_tests(test_faults faults x)\n",
    "tests/daemon/base/sub/good_test.cpp": "",
    "tests/e2e/good_test.cpp": "",
    "tests/faults/lost_test.cpp": "",
    "tests/daemon/model/lost_test.cpp": "",
}
FOUND = {
    ("daemon/base/up.cpp", 3),
    ("daemon/base/local.cpp", 1),
    ("daemon/model/plain.h", 1),
    ("daemon/store/merge.cpp", 1),
    ("daemon/store/postgres/other.cpp", 1),
    ("daemon/jobs/runner.cpp", 2),
    ("daemon/app/wrong.cpp", 1),
    ("daemon/web/page.cpp", 1),
    ("daemon/new/thing.cpp", 1),
    ("connectors/core.cpp", 1),
    ("connectors/http/client.cpp", 2),
    ("connectors/odbc/source.cpp", 2),
    ("connectors/wecom/xml.cpp", 2),
    ("mappings/engine/long.cpp", 401),
    ("monitoring/near_test.cpp", 1),
    ("tests/faults/lost_test.cpp", 1),
    ("tests/daemon/model/lost_test.cpp", 1),
}


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in PLANTED.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        found = {(name, line) for name, line, _ in check_tree(root)}
    for name, line in sorted(FOUND - found):
        print(f"{name}:{line}: planted, not found")
    for name, line in sorted(found - FOUND):
        print(f"{name}:{line}: found, not planted")
    return 0 if found == FOUND else 1


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print(__doc__, file=sys.stderr)
        return 2
    root = Path(arguments[0])
    if not (root / "tests/CMakeLists.txt").is_file():
        print(f"{root} is not the root of the repository", file=sys.stderr)
        return 2
    violations = list(check_tree(root))
    for name, line, what in violations:
        print(f"{name}:{line}: {what}")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
