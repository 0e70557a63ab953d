"""sbom_check.py FILE TREE: what is wrong with an SPDX 2.3 document in JSON and the package tree that it tells of; ends with 1 then.

Holds what the specification demands of the parts that are used here, and that the document tells the truth of TREE's files.
"""

import hashlib
import json
import pathlib
import re
import sys

TEXT, FLAG, LIST, MAP = str, bool, list, dict
DOCUMENT = {"spdxVersion": TEXT, "dataLicense": TEXT, "SPDXID": TEXT, "name": TEXT, "documentNamespace": TEXT, "creationInfo": MAP,
            "packages": LIST, "files": LIST, "relationships": LIST}
PACKAGE = {"SPDXID": TEXT, "name": TEXT, "supplier": TEXT, "downloadLocation": TEXT, "filesAnalyzed": FLAG,
           "licenseConcluded": TEXT, "licenseDeclared": TEXT, "copyrightText": TEXT}
VERSION = {"versionInfo": TEXT}  # of all but packages that need not be there
PACKAGE_MAY = {"externalRefs": LIST, "sourceInfo": TEXT, "primaryPackagePurpose": TEXT, "packageVerificationCode": MAP}
FILE = {"SPDXID": TEXT, "fileName": TEXT, "fileTypes": LIST, "checksums": LIST, "licenseConcluded": TEXT, "copyrightText": TEXT}
RELATION = {"spdxElementId": TEXT, "relationshipType": TEXT, "relatedSpdxElement": TEXT}
KINDS = {"DESCRIBES", "CONTAINS", "DYNAMIC_LINK", "STATIC_LINK", "RUNTIME_DEPENDENCY_OF", "OPTIONAL_DEPENDENCY_OF"}
LICENCES = {"Apache-2.0", "BSL-1.0", "MIT", "BSD-2-Clause"}
IDENTIFIER = r"SPDXRef-[A-Za-z0-9.-]+"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
CREATOR = r"(Person|Organization|Tool): .+"
PURL = r"pkg:deb/debian/[a-z0-9.+-]+@[A-Za-z0-9.%~+-]+\?arch=[a-z0-9]+&distro=debian-\d+"
PURL_OF_ANY = r"pkg:deb/debian/[a-z0-9.+-]+\?distro=debian-\d+"
SIZES = {"SHA1": 40, "SHA256": 64}


def keys(where, part, must, may=()):
    for key, kind in must.items():
        if key not in part:
            yield f"{where} has no {key}"
        elif not isinstance(part[key], kind):
            yield f"{where}: {key} is no {kind.__name__}"
    yield from (f"{where} has {key}, which is not known" for key in part if key not in must and key not in may)


def licence(where, text):
    if text != "NOASSERTION" and not set(text.split(" AND ")) <= LICENCES:
        yield f"{where}: {text} is no list of known SPDX licences"


def head(document):
    yield from keys("the document", document, DOCUMENT)
    for key, wanted in (("spdxVersion", "SPDX-2.3"), ("dataLicense", "CC0-1.0"), ("SPDXID", "SPDXRef-DOCUMENT")):
        if document.get(key) != wanted:
            yield f"{key} is not {wanted}"
    if not re.fullmatch(r"https://[^#\s]+", str(document.get("documentNamespace"))):
        yield "the namespace is no address without #"
    made = document.get("creationInfo", {})
    if not re.fullmatch(TIME, str(made.get("created"))):
        yield "the time of creation is none"
    creators = made.get("creators") or ["nobody"]
    yield from (f"'{each}' is no creator" for each in creators if not re.fullmatch(CREATOR, each))


def optional(document):
    """{identifier} of packages that need not be there, and are nothing else."""
    kinds = {}
    for each in document.get("relationships", []):
        for end in ("spdxElementId", "relatedSpdxElement"):
            kinds.setdefault(each.get(end), set()).add((each.get("relationshipType"), end))
    return {one for one, found in kinds.items() if found == {("OPTIONAL_DEPENDENCY_OF", "spdxElementId")}}


def packages(document):
    of_any_version = optional(document)
    for each in document.get("packages", []):
        where = f"package {each.get('name')}"
        fixed = each.get("SPDXID") not in of_any_version
        yield from keys(where, each, {**PACKAGE, **VERSION} if fixed else PACKAGE, PACKAGE_MAY)
        for key in ("licenseConcluded", "licenseDeclared"):
            yield from licence(where, each.get(key, ""))
        if each.get("filesAnalyzed") != ("packageVerificationCode" in each):
            yield f"{where}: a verification code goes with analysed files"
        for reference in each.get("externalRefs", []):
            if reference.get("referenceType") != "purl" or not re.fullmatch(
                    PURL if fixed else PURL_OF_ANY, reference.get("referenceLocator", "")):
                yield f"{where}: {reference} is no place of a Debian package"


def checksums(where, given):
    found = {}
    for each in given:
        kind, value = each.get("algorithm"), each.get("checksumValue", "")
        if not re.fullmatch(r"[0-9a-f]{%d}" % SIZES.get(kind, 1), value):
            yield f"{where}: {kind} is no checksum"
        found[kind] = value
    if "SHA1" not in found:
        yield f"{where} has no SHA1, which SPDX demands"


def files(document, tree):
    listed = set()
    for each in document.get("files", []):
        name = each.get("fileName", "")
        yield from keys(f"file {name}", each, FILE)
        yield from checksums(f"file {name}", each.get("checksums", []))
        listed.add(name)
        path = tree / name
        if not path.is_file():
            yield f"file {name} is not in the package"
            continue
        for sum_of in each.get("checksums", []):
            kind = sum_of.get("algorithm", "").lower()
            if kind in ("sha1", "sha256") and hashlib.new(kind, path.read_bytes()).hexdigest() != sum_of.get("checksumValue"):
                yield f"file {name} has another {kind}"
    yield from (f"file {name} is not listed" for name in sorted(shipped(tree) - listed - excluded(document)))


def shipped(tree):
    every = (path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file() and not path.is_symlink())
    return {f"./{name}" for name in every if not name.startswith("DEBIAN/")}


def excluded(document):
    codes = (each["packageVerificationCode"] for each in document.get("packages", []) if "packageVerificationCode" in each)
    return {name for code in codes for name in code.get("packageVerificationCodeExcludedFiles", [])}


def verification_code(document):
    sums = sorted(one["checksumValue"] for file in document.get("files", []) for one in file.get("checksums", [])
                  if one.get("algorithm") == "SHA1")
    right = hashlib.sha1("".join(sums).encode()).hexdigest()
    codes = [each["packageVerificationCode"].get("packageVerificationCodeValue") for each in document.get("packages", [])
             if "packageVerificationCode" in each]
    if codes != [right]:
        yield "the verification code is not that of the files"


def relations(document):
    ids = [each.get("SPDXID") for part in ("packages", "files") for each in document.get(part, [])]
    ids.append(document.get("SPDXID"))
    yield from (f"{each} is no identifier" for each in ids if not re.fullmatch(IDENTIFIER, str(each)))
    yield from (f"{each} is there twice" for each in sorted(set(ids)) if ids.count(each) > 1)
    related = set()
    for each in document.get("relationships", []):
        yield from keys("a relationship", each, RELATION)
        ends = {each.get("spdxElementId"), each.get("relatedSpdxElement")}
        related |= ends
        yield from (f"{end} is related and not there" for end in sorted(ends - set(ids)))
        if each.get("relationshipType") not in KINDS:
            yield f"{each.get('relationshipType')} is no known relationship"
    yield from (f"{each} is related to nothing" for each in sorted(set(ids) - related))


def problems(document, tree):
    tree = pathlib.Path(tree)
    return [*head(document), *packages(document), *files(document, tree), *verification_code(document), *relations(document)]


def main():
    found = problems(json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")), sys.argv[2])
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
