"""package_test.py PROGRAM REPOSITORY: manuals, completion and unit as the package brings them, by the tools that read them."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM, REPOSITORY = sys.argv[1], pathlib.Path(sys.argv[2])
sys.path.insert(0, str(REPOSITORY / "systemd" / "tools"))
from commands import commands  # noqa: E402
import completion  # noqa: E402
import manuals  # noqa: E402


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.commands = commands(PROGRAM)
        cls.script = completion.script(cls.commands)

    def complete(self, *words):
        """What bash offers for the last of the words."""
        ask = f"{self.script}\nCOMP_WORDS=(hrbridge {' '.join(repr(word) for word in words)})\n" \
              "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_hrbridge\nprintf '%s\\n' \"${COMPREPLY[@]}\""
        run = subprocess.run(["bash", "--norc", "-c", ask], capture_output=True, text=True, check=True, cwd=REPOSITORY)
        return set(run.stdout.split())

    def test_offers_every_command_of_the_program(self):
        for command in self.commands:
            words = command.name.split()
            self.assertIn(words[-1], self.complete(*words[:-1], ""), command.name)

    def test_offers_every_option_of_each_command_and_no_other(self):
        for command in self.commands:
            offered = self.complete(*command.name.split(), "--")
            self.assertEqual(offered, {"--config", "--help", *(f"--{option.name}" for option in command.options)}, command.name)

    def test_offers_files_where_a_file_is_asked_for(self):
        self.assertEqual(self.complete("check", "--config", "LIC"), {"LICENSE"})

    def test_the_program_takes_what_is_offered(self):
        for command in self.commands:
            run = subprocess.run([PROGRAM, *command.name.split(), "--help"], capture_output=True, text=True)
            self.assertEqual(run.returncode, 0, command.name)


class Manuals(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        manuals.main(PROGRAM, REPOSITORY, cls.folder.name)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def shown(self, page):
        run = subprocess.run(["man", "--warnings", "--encoding=UTF-8", "--local-file", f"{self.folder.name}/{page}"],
                             capture_output=True, text=True, env={"LC_ALL": "C.UTF-8", "MANWIDTH": "400", "PATH": "/usr/bin:/bin"})
        self.assertEqual(run.stderr, "", page)
        return run.stdout

    def test_are_read_by_man_without_a_warning(self):
        for page in ("hrbridge.8", "hrbridge.yaml.5", "hrbridge-as-service.8"):
            self.assertIn("NAME", self.shown(page))

    def test_name_every_command_and_option(self):
        text = self.shown("hrbridge.8")
        for command in commands(PROGRAM):
            self.assertIn(f"hrbridge {command.name}", text)
            for option in command.options:
                self.assertIn(f"--{option.name}", text)

    def test_have_every_key_of_the_configuration(self):
        text = self.shown("hrbridge.yaml.5")
        readme = (REPOSITORY / "daemon" / "README.md").read_text(encoding="utf-8")
        for line in readme.splitlines():
            if line.startswith("| `"):
                self.assertIn(line.split("`")[1], text)


class Unit(unittest.TestCase):
    def test_exposes_the_service_by_no_more_than_agreed(self):
        with tempfile.TemporaryDirectory() as folder:
            unit = pathlib.Path(folder) / "hrbridge.service"
            text = (REPOSITORY / "systemd" / "hrbridge.service.in").read_text(encoding="utf-8")
            unit.write_text(text.replace("@CONFIG@", "/etc/hrbridge").replace("@NAME@", "hrbridge").replace("@OF@", ""))
            run = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=12", "--no-pager", str(unit)],
                                 capture_output=True, text=True)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
