"""sbom_test.py PROGRAM REPOSITORY: the list of what a package is made of, its check, and the licences of all that is shipped."""

import copy
import fnmatch
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM, REPOSITORY = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
sys.path.insert(0, str(REPOSITORY / "systemd" / "tools"))
import sbom  # noqa: E402
import sbom_check  # noqa: E402

OPENS = '#include <dlfcn.h>\nint main(void) { return dlopen("libpangocairo-1.0.so.0", RTLD_LAZY) == 0; }\n'
ABSENT = '#include <dlfcn.h>\nint main(void) { return dlopen("libabsent.so.9.1", RTLD_LAZY) == 0; }\n'
CONTROL = (REPOSITORY / "systemd/debian/control").read_text(encoding="utf-8")
# Whoever reserves rights in a text, beside the maintainers.
RIGHTS = re.compile(rb"copyright (?:\(c\)|\xc2\xa9|[12]\d{3})|@license|SPDX-License-Identifier", re.I)


def headers_of_the_program():
    build = next(folder for folder in PROGRAM.parents if (folder / "build.ninja").exists())
    listed = subprocess.run(["ninja", "-C", str(build), "-t", "deps", "daemon/app/CMakeFiles/hrbridge_app.dir/output.cpp.o"],
                            check=True, capture_output=True, text=True).stdout
    return set(re.findall(r"^ +(/usr/\S+)$", listed, re.M))


class Package(unittest.TestCase):
    """A tree with the program and a text, and the document of it."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.tree = pathlib.Path(cls.folder.name)
        (cls.tree / "usr/bin").mkdir(parents=True)
        (cls.tree / "etc/hrbridge").mkdir(parents=True)
        shutil.copy(PROGRAM, cls.tree / sbom.PROGRAM)
        shutil.copy(REPOSITORY / "systemd/hrbridge.yaml", cls.tree / "etc/hrbridge/hrbridge.yaml")
        cls.headers = headers_of_the_program() | {"/usr/include/nlohmann/json.hpp"}
        cls.document = sbom.document(cls.tree, cls.headers, CONTROL, "1.2-3", 0)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def problems(self, change):
        changed = copy.deepcopy(self.document)
        change(changed)
        return "\n".join(sbom_check.problems(changed, self.tree))


class Document(Package):
    def test_holds_and_is_the_same_each_time(self):
        self.assertEqual(self.problems(lambda _: None), "")
        again = sbom.document(self.tree, self.headers, CONTROL, "1.2-3", 0)
        self.assertEqual(json.dumps(again), json.dumps(self.document))

    def test_names_each_library_that_the_program_needs_by_debians_package_and_version(self):
        named = {each["name"]: each for each in self.document["packages"]}
        links = {each["relatedSpdxElement"] for each in self.document["relationships"] if each["relationshipType"] == "DYNAMIC_LINK"}
        for name in sbom.needed(str(PROGRAM)):
            package = named[sbom.owner(sbom.loaded(str(PROGRAM))[name])]
            installed = subprocess.run(["dpkg-query", "--show", "--showformat=${Version}", package["name"]], check=True,
                                       capture_output=True, text=True).stdout
            self.assertEqual(package["versionInfo"], installed)
            self.assertIn(package["SPDXID"], links)

    def related(self, kind):
        ids = {each["spdxElementId"] for each in self.document["relationships"] if each["relationshipType"] == kind}
        return {each["name"] for each in self.document["packages"] if each["SPDXID"] in ids}

    def test_names_all_that_the_package_depends_on(self):
        named = {each["name"] for each in self.document["packages"]}
        self.assertLessEqual({"ca-certificates", "libpangocairo-1.0-0", "tzdata"}, named)
        self.assertLessEqual({"ca-certificates", "libpangocairo-1.0-0", "tzdata"}, self.related("RUNTIME_DEPENDENCY_OF"))

    def test_names_what_the_package_recommends_or_suggests_as_optional_of_any_version(self):
        self.assertEqual(self.related("OPTIONAL_DEPENDENCY_OF"),
                         {"fonts-noto-cjk", "odbc-mariadb", "odbc-postgresql", "prometheus", "tdsodbc"})
        fonts = next(each for each in self.document["packages"] if each["name"] == "fonts-noto-cjk")
        self.assertNotIn("versionInfo", fonts)

    def test_is_not_made_while_this_machine_lacks_a_library_that_the_program_opens(self):
        with tempfile.TemporaryDirectory() as folder:
            program = f"{folder}/opens"
            subprocess.run(["cc", "-x", "c", "-", "-o", program], input=ABSENT, check=True, text=True)
            with self.assertRaisesRegex(SystemExit, r"libabsent\.so\.9\.1"):
                sbom.libraries(program)

    def test_is_not_made_while_control_brings_not_what_is_opened_or_names_a_library_that_is_not(self):
        for before, after, said in (("libpangocairo-1.0-0, ", "", "libpangocairo-1.0-0"),
                                    ("tzdata,", "tzdata, libabsent0,", "libabsent0")):
            with self.assertRaisesRegex(SystemExit, said):
                sbom.document(self.tree, self.headers, CONTROL.replace(before, after), "1.2-3", 0)

    def test_names_a_library_that_is_opened_only_when_it_is_needed_and_what_that_one_needs(self):
        with tempfile.TemporaryDirectory() as folder:
            program = f"{folder}/opens"
            subprocess.run(["cc", "-x", "c", "-", "-o", program], input=OPENS, check=True, text=True)
            self.assertLess({"libpangocairo-1.0-0", "libpango-1.0-0"}, {name for name, direct in sbom.libraries(program).items() if not direct})

    def test_names_headers_whose_code_is_in_the_program_with_their_licence(self):
        named = {each["name"]: each["licenseDeclared"] for each in self.document["packages"]}
        self.assertEqual(named["nlohmann-json3-dev"], "MIT")

    def test_is_not_made_while_the_program_has_code_of_a_package_without_a_stated_licence(self):
        with unittest.mock.patch.dict(sbom.CODE_OF_HEADERS, clear=True), self.assertRaisesRegex(SystemExit, "nlohmann-json3-dev"):
            sbom.document(self.tree, self.headers, CONTROL, "1.2-3", 0)


class Check(Package):
    def test_finds_a_wrong_head(self):
        for key, value in (("spdxVersion", "SPDX-2.2"), ("dataLicense", "MIT"), ("documentNamespace", "hrbridge"), ("packages", {}),
                           ("creationInfo", {"created": "today", "creators": ["me"]})):
            self.assertNotEqual(self.problems(lambda changed: changed.update({key: value})), "", key)
            self.assertIn(key, self.problems(lambda changed: changed.pop(key)))

    def test_finds_a_wrong_package(self):
        for key, value in (("SPDXID", "hrbridge"), ("versionInfo", None), ("licenseDeclared", "Apache 2"), ("filesAnalyzed", False),
                           ("unknown", 1)):
            self.assertNotEqual(self.problems(lambda changed: changed["packages"][0].update({key: value})), "", key)
        self.assertIn("has no versionInfo", self.problems(lambda changed: changed["packages"][1].pop("versionInfo")))
        self.assertIn("no place", self.problems(
            lambda changed: changed["packages"][1]["externalRefs"][0].update({"referenceLocator": "pkg:npm/fmt"})))

    def test_finds_a_file_that_is_missing_changed_or_not_listed(self):
        self.assertIn("is not listed", self.problems(lambda changed: changed["files"].pop()))
        self.assertIn("is not in the package", self.problems(lambda changed: changed["files"][0].update({"fileName": "./x"})))
        self.assertIn("another sha256", self.problems(
            lambda changed: changed["files"][0]["checksums"][1].update({"checksumValue": "0" * 64})))
        self.assertIn("no SHA1", self.problems(lambda changed: changed["files"][0]["checksums"].pop(0)))
        self.assertIn("verification code", self.problems(
            lambda changed: changed["packages"][0]["packageVerificationCode"].update({"packageVerificationCodeValue": "0" * 40})))

    def test_finds_a_relationship_to_nothing_and_what_has_none(self):
        self.assertIn("is related to nothing", self.problems(lambda changed: changed["relationships"].pop()))
        self.assertIn("is related and not there", self.problems(lambda changed: changed["packages"].pop()))
        self.assertIn("no known relationship", self.problems(
            lambda changed: changed["relationships"][0].update({"relationshipType": "LIKES"})))
        self.assertIn("is there twice", self.problems(lambda changed: changed["files"].append(changed["files"][0])))


class Licences(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.copyright = (REPOSITORY / "systemd/debian/copyright").read_text(encoding="utf-8")
        cls.stanzas = [dict(re.findall(r"^(\S+):\s*((?:.*)(?:\n .*)*)", part, re.M)) for part in cls.copyright.split("\n\n")]

    def of_file(self, name):
        """The licence that the last fitting paragraph gives."""
        fitting = [each["License"].split("\n")[0] for each in self.stanzas
                   if any(fnmatch.fnmatch(name, pattern) for pattern in each.get("Files", "").split())]
        return fitting[-1]

    def test_of_the_program_are_those_of_all_code_in_it(self):
        names = {"MIT": "Expat"}  # as Debian calls it
        wanted = {sbom.OWN_LICENCE, *sbom.CODE_OF_HEADERS.values(), *sbom.CODE_BESIDE_LIBRARY.values()}
        self.assertEqual(set(self.of_file(sbom.PROGRAM).split(" and ")), {names.get(each, each) for each in wanted})

    def test_that_are_named_have_their_text_or_its_place(self):
        texts = {each["License"].split("\n")[0]: each["License"] for each in self.stanzas if "License" in each}
        for each in self.stanzas:
            for name in each.get("License", "").split("\n")[0].split(" and "):
                if name:
                    self.assertGreater(len(texts[name]), len(name) + 40, name)

    def test_of_others_are_in_no_file_that_counts_as_our_own(self):
        """What the program embeds and the package lays out comes from these folders."""
        listed = subprocess.run(["git", "-C", str(REPOSITORY), "ls-files", "daemon", "connectors", "mappings", "migration", "monitoring",
                                 "systemd"], capture_output=True, text=True, check=False).stdout.split()
        if not listed:
            self.skipTest("no repository")
        for name in listed:
            if name == "systemd/debian/copyright" or name.startswith("systemd/tools/"):
                continue
            rights = RIGHTS.search((REPOSITORY / name).read_bytes())
            self.assertTrue(rights is None, f"{name} has rights of others: {rights and rights.group()}; it needs its own paragraph "
                                            "in systemd/debian/copyright")

    def test_cover_fonts_and_scripts_since_none_of_others_is_shipped(self):
        for folder in ("daemon", "monitoring/grafana/dashboards", "monitoring/grafana/provisioning", "mappings", "migration"):
            for path in (REPOSITORY / folder).rglob("*"):
                self.assertNotIn(path.suffix, {".ttf", ".otf", ".ttc", ".woff", ".woff2"}, path)
                self.assertFalse(path.name.endswith(".min.js"), path)


if __name__ == "__main__":
    import unittest.mock
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    unittest.main(argv=sys.argv[:1])
