"""sbom.py TREE HEADERS CONTROL VERSION: what a package holds and is made of, as SPDX 2.3 in JSON, to standard output.

TREE is the package as it will be unpacked, HEADERS a list of the header files that the program was compiled with. Libraries and
headers are looked up in Debian's own records, so an answer is only as good as the machine is plain Debian. CONTROL is
debian/control: what it demands beside those libraries is listed too, and what it recommends or suggests.
"""

import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

PROGRAM = "usr/bin/hrbridge"
SELF = "usr/share/doc/hrbridge/hrbridge.spdx.json"
NAMESPACE = "https://hrbridge.example.com/spdx"
OWN_LICENCE = "Apache-2.0"
# Headers whose code is in the program, since their packages have no shared library that it links: by licence. A new one
# must be put here and into debian/copyright.
CODE_OF_HEADERS = {"libboost1.74-dev": "BSL-1.0", "libkainjow-mustache-dev": "BSL-1.0", "nlohmann-json3-dev": "MIT"}
# Declarations alone, of the kernel, of C and of what another library shows.
DECLARATIONS = {"libc6-dev", "libgcc-12-dev", "libharfbuzz-dev", "linux-libc-dev"}
# Its headers hold code beside that of its library.
CODE_BESIDE_LIBRARY = {"libhowardhinnant-date-dev": "MIT"}


def ask(*words):
    env = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}  # which ldd would show
    return subprocess.run(words, check=True, capture_output=True, text=True, env={**env, "LC_ALL": "C.UTF-8"}).stdout


def owners(paths):
    """{path: Debian package} by dpkg's records."""
    out, paths = {}, sorted(paths)
    for begin in range(0, len(paths), 500):
        run = subprocess.run(["dpkg-query", "--search", *paths[begin:begin + 500]], capture_output=True, text=True, check=False)
        for line in run.stdout.splitlines():
            names, _, path = line.rpartition(": ")
            if not names.startswith("diversion "):
                out[path] = names.split(",")[0].split(":")[0]
    return out


def owner(path):
    """Of a library, which may be recorded under /lib or /usr/lib."""
    found = set(owners({path, path.removeprefix("/usr"), "/usr" + path}).values())
    if len(found) != 1:
        sys.exit(f"{path} belongs to {sorted(found) or 'no Debian package'}")
    return found.pop()


def needed(program):
    return set(re.findall(r"\(NEEDED\).*\[(.*)\]", ask("readelf", "--dynamic", "--wide", program)))


def loaded_with(program):
    return {name: os.path.realpath(path) for name, path in re.findall(r"^\s*(\S+) => (\S+) \(", ask("ldd", program), re.M)}


def opened_by(program):
    """Libraries that the program names in its own text, since it opens them only when it needs them."""
    named = {each.decode() for each in re.findall(rb"lib[A-Za-z0-9_.+-]+\.so(?:\.\d+)+", pathlib.Path(program).read_bytes())}
    known = dict(re.findall(r"^\s*(\S+) \(.*\) => (\S+)$", ask("/sbin/ldconfig", "--print-cache"), re.M))
    later = named - needed(program)
    if later - set(known):
        sys.exit(f"{program} opens {', '.join(sorted(later - set(known)))}, which this machine has not: install it to know its package")
    return {name: os.path.realpath(known[name]) for name in later}


def loaded(program):
    """{name: file} of all libraries that the program is loaded with, at its start or later."""
    later = opened_by(program)
    out = {}
    for path in later.values():
        out |= loaded_with(path)
    return out | later | loaded_with(program)


def libraries(program):
    """{Debian package: whether the program names one of its libraries itself}"""
    direct, out = needed(program), {}
    for name, path in loaded(program).items():
        package = owner(path)
        out[package] = out.get(package, False) or name in direct
    return out


def field(control, name):
    """The packages that a field of debian/control names, without what substitution variables bring."""
    found = re.search(rf"^{name}:((?:.*)(?:\n[ \t].*)*)", control, re.M)
    words = re.split(r"[,|]", found.group(1) if found else "")
    return {re.sub(r"[\s(:\[].*", "", each.strip()) for each in words if each.strip() and "${" not in each}


def brought_by(packages):
    """These packages and all that they depend on, as far as they are installed here."""
    out, ahead = set(), set(packages)
    while ahead:
        out |= ahead
        form = "${Depends}, ${Pre-Depends}\n"
        run = subprocess.run(["dpkg-query", "--show", f"--showformat={form}", *sorted(ahead)], capture_output=True, text=True, check=False)
        ahead = field(f"Depends: {run.stdout}".replace("\n", ", "), "Depends") - out
    return out


def demanded(program, control, linked):
    """{package} that debian/control names itself; ends the packaging where it and the program disagree about libraries."""
    named = field(control, "Depends")
    at_start = {owner(path) for path in loaded_with(program).values()}  # these are debhelper's to name
    unbrought = set(linked) - brought_by(named | at_start)
    if unbrought:
        sys.exit(f"{program} opens libraries of {', '.join(sorted(unbrought))}, which debian/control's Depends do not bring")
    unused = {name for name in named if name.startswith("lib")} - set(linked)
    if unused:
        sys.exit(f"debian/control depends on {', '.join(sorted(unused))}, of which {program} loads nothing")
    return named


def code_of_headers(headers, files):
    """{Debian package: licence} of headers whose code is in the program."""
    out, unknown = {}, []
    for package in sorted(set(owners(headers).values())):
        if package in CODE_BESIDE_LIBRARY | CODE_OF_HEADERS:
            out[package] = (CODE_BESIDE_LIBRARY | CODE_OF_HEADERS)[package]
        elif package not in DECLARATIONS and not links(package, files):
            unknown.append(package)
    if unknown:
        sys.exit(f"{PROGRAM} has code of {', '.join(unknown)}: give it a licence in sbom.py and in debian/copyright")
    return out


def links(package, files):
    """Whether a development package belongs to one of these libraries: it has the link that the linker follows."""
    listed = ask("dpkg-query", "--listfiles", package).splitlines()
    return any(os.path.realpath(path) in files for path in listed if re.search(r"/lib[^/]*\.so$", path))


def about(package):
    """(version, source package, its version, architecture)"""
    form = "${Version}\t${source:Package}\t${source:Version}\t${Architecture}\n"
    return ask("dpkg-query", "--show", f"--showformat={form}", package).splitlines()[0].split("\t")


def identifier(*words):
    return "SPDXRef-" + "-".join(re.sub("[^A-Za-z0-9.]+", "-", word).strip("-") for word in words)


def listed_package(name, licence, place, **more):
    return {
        "SPDXID": identifier("Package", name), "name": name, "supplier": "Organization: Debian", "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": licence, "copyrightText": "NOASSERTION", **more,
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": f"pkg:deb/debian/{place}"}],
    }


def debian_package(name, licence):
    version, source, source_version, architecture = about(name)
    place = f"{name}@{version.replace('+', '%2B').replace(':', '%3A')}?arch={architecture}&distro=debian-12"
    return listed_package(name, licence, place, versionInfo=version,
                          sourceInfo=f"built from Debian's source package {source} {source_version}")


def optional_package(name):
    """Of any version, since it need not be there."""
    return listed_package(name, "NOASSERTION", f"{name}?distro=debian-12")


def digest(kind, path):
    return hashlib.new(kind, path.read_bytes()).hexdigest()


def files_of(tree):
    for path in sorted(path for path in tree.rglob("*") if path.is_file() and not path.is_symlink()):
        name = path.relative_to(tree).as_posix()
        if name == SELF or name.startswith("DEBIAN/"):
            continue
        yield {
            "SPDXID": identifier("File", name, hashlib.sha256(name.encode()).hexdigest()[:8]), "fileName": f"./{name}",
            "fileTypes": ["BINARY" if name == PROGRAM else "OTHER"],
            "checksums": [{"algorithm": kind.upper(), "checksumValue": digest(kind, path)} for kind in ("sha1", "sha256")],
            "licenseConcluded": "NOASSERTION", "copyrightText": "NOASSERTION",
        }


def verification_code(files):
    sums = sorted(each["checksumValue"] for file in files for each in file["checksums"] if each["algorithm"] == "SHA1")
    return hashlib.sha1("".join(sums).encode()).hexdigest()


def product(version, files, licences):
    return {
        "SPDXID": "SPDXRef-Package-hrbridge", "name": "hrbridge", "versionInfo": version, "primaryPackagePurpose": "APPLICATION",
        "supplier": "Organization: hrbridge maintainers", "downloadLocation": "NOASSERTION", "filesAnalyzed": True,
        "packageVerificationCode": {"packageVerificationCodeValue": verification_code(files),
                                    "packageVerificationCodeExcludedFiles": [f"./{SELF}"]},
        "licenseConcluded": " AND ".join(sorted({OWN_LICENCE, *licences})), "licenseDeclared": OWN_LICENCE,
        "copyrightText": "NOASSERTION",
    }


def relation(one, kind, other):
    return {"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}


def document(tree, headers, control, version, created):
    linked = libraries(str(tree / PROGRAM))
    beside = demanded(str(tree / PROGRAM), control, linked) - set(linked)
    optional = (field(control, "Recommends") | field(control, "Suggests")) - set(linked) - beside
    code = code_of_headers(headers, set(loaded(str(tree / PROGRAM)).values()))
    files = list(files_of(tree))
    own = product(version, files, code.values())
    packages = [debian_package(name, "NOASSERTION") for name in sorted({*linked, *beside})]
    packages += [optional_package(name) for name in sorted(optional)]
    packages += [debian_package(name, licence) for name, licence in sorted(code.items())]
    relations = [relation("SPDXRef-DOCUMENT", "DESCRIBES", own["SPDXID"])]
    relations += [relation(own["SPDXID"], "CONTAINS", each["SPDXID"]) for each in files]
    for name, direct in sorted(linked.items()):
        other = identifier("Package", name)
        relations.append(relation(own["SPDXID"], "DYNAMIC_LINK", other) if direct
                         else relation(other, "RUNTIME_DEPENDENCY_OF", own["SPDXID"]))
    relations += [relation(identifier("Package", name), "RUNTIME_DEPENDENCY_OF", own["SPDXID"]) for name in sorted(beside)]
    relations += [relation(identifier("Package", name), "OPTIONAL_DEPENDENCY_OF", own["SPDXID"]) for name in sorted(optional)]
    relations += [relation(own["SPDXID"], "STATIC_LINK", identifier("Package", name)) for name in sorted(code)]
    digest_of_files = hashlib.sha256("".join(each["checksums"][1]["checksumValue"] for each in files).encode()).hexdigest()
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": f"hrbridge-{version}",
        "documentNamespace": f"{NAMESPACE}/hrbridge-{version}-{digest_of_files[:32]}",
        "creationInfo": {"created": datetime.datetime.fromtimestamp(created, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
                         "creators": ["Organization: hrbridge maintainers", "Tool: hrbridge-sbom"]},
        "packages": [own, *packages], "files": files, "relationships": relations,
    }


def main():
    tree, headers, control = pathlib.Path(sys.argv[1]), *(pathlib.Path(each).read_text(encoding="utf-8") for each in sys.argv[2:4])
    made = document(tree, headers.split(), control, sys.argv[4], int(os.environ["SOURCE_DATE_EPOCH"]))
    json.dump(made, sys.stdout, indent=1, sort_keys=True)
    print()


if __name__ == "__main__":
    main()
