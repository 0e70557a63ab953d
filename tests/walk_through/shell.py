"""Runs commands as a person types them, and shows each with what it said."""
import json
import pathlib
import re
import subprocess
import sys
import textwrap

DEFAULT_FOLDER = pathlib.Path("build/migration-demo").resolve()
MOST_LINES = 14


class Shell:
    def __init__(self, program, folder, language):
        self.program = program
        self.folder = folder
        self.language = language
        self.config = str(folder / "hrbridge.yaml")
        self.transcript = open(folder / "transcript.txt", "a", encoding="utf-8")
        self.step_number = 0
        self.exit = 0

    def say(self, text=""):
        print(text, flush=True)
        print(text, file=self.transcript, flush=True)

    def step(self, title):
        self.step_number += 1
        self.say(f"\n== {self.step_number}. {title}")

    def read(self, text):
        """What the outcome above means."""
        for line in textwrap.wrap(text, 108):
            self.say(f"   » {line}")

    def show(self, text, most=MOST_LINES, only=None):
        """What matters on the terminal, all of it in the transcript, which a notice says unless
        just one line was asked for."""
        lines = text.rstrip("\n").split("\n") if text.strip() else []
        shown = [line for line in lines if only is None or re.search(only, line)]
        shown = shown[: most if only is None else len(shown)]
        for line in shown:
            print(f"   {line}", flush=True)
        for line in lines:
            print(f"   {line}", file=self.transcript, flush=True)
        if len(lines) > len(shown) and most > 1:
            print(f"   … {len(lines) - len(shown)} more lines in transcript.txt", flush=True)

    def hrbridge(self, *words, answers=None, exits=(0,), most=MOST_LINES, only=None):
        """One command; `answers` is a file below the folder that standard input is read from, `only`
        a pattern of the lines to show. Ends the walk where the exit code is none of `exits`; gives
        the text and leaves the code in `exit`."""
        shown = "hrbridge " + " ".join(quoted(word) for word in words)
        if takes_language(words):
            words = (*words, "--language", self.language)
            shown += f" --language {self.language}"
        self.say(f"\n   $ {shown}{f' < {answers}' if answers else ''}")
        out = self.run(words, answers)
        text, self.exit = out.stdout + out.stderr, out.returncode
        if self.exit not in exits:
            print(text)
            sys.exit(f"this command ended with {self.exit}: {shown}")
        self.show(text, most, only)
        if self.exit:
            self.say(f"   (exit code {self.exit})")
        return text

    def ask(self, *words):
        """The same answer for the walk itself, not shown."""
        out = self.run((*words, "--json"), None)
        try:
            return json.loads(out.stdout)
        except ValueError:
            sys.exit(f"hrbridge {' '.join(words)}: {out.stdout}{out.stderr}")

    def run(self, words, answers):
        command = [self.program, *words, "--config", self.config]
        with open(self.folder / answers if answers else "/dev/null", "rb") as given:
            return subprocess.run(
                command, stdin=given, capture_output=True, text=True, check=False, cwd=self.folder
            )


def quoted(word):
    return f"'{word}'" if not word or any(c in word for c in " \"$*&;|<>") else word


def takes_language(words):
    if "--json" in words or "--language" in words:
        return False
    return words[0] == "migrate" or words[:2] in (("store", "verify"), ("store", "head"))
