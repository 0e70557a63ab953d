"""manuals.py PROGRAM REPOSITORY FOLDER: hrbridge(8), hrbridge-as-service(8) and hrbridge.yaml(5) into FOLDER."""

import pathlib
import sys

import roff
from commands import commands, exit_codes, say


def title(name, section, version, what):
    return [f'.TH {name.upper()} {section} "" "hrbridge {version}" "hrbridge"', ".SH NAME", f"{name} \\- {roff.escape(what)}"]


def command_lines(command):
    out = [f".SS hrbridge {roff.escape(f'{command.name} {command.arguments}'.strip())}", roff.inline(command.summary)]
    for option in command.options:
        out += [".TP", f"\\fB{roff.escape('--' + option.name)}\\fR {roff.escape(option.value)}".rstrip(),
                roff.line(roff.inline(option.summary))]
    return out


def program_manual(program, version, extra):
    out = title("hrbridge", 8, version, "bridge from ERP, MES and attendance systems to one HR store")
    out += [".SH SYNOPSIS", ".B hrbridge", ".I COMMAND", "[\\fIARGUMENT\\fR...] [\\fB\\-\\-config\\fR \\fIFILE\\fR]", ".br",
            ".B hrbridge", "[\\fICOMMAND\\fR] \\fB\\-\\-help\\fR", ".br", ".B hrbridge \\-\\-version"]
    out += [".SH DESCRIPTION", *roff.body(extra["description"]), ".SH COMMANDS"]
    for command in commands(program):
        out += command_lines(command)
    out += [".SH EXIT STATUS", roff.inline(exit_codes(program)), *roff.body(extra["rest"])]
    return out


def main(program, repository, folder):
    version = say(program, "--version").split()[1]
    repository, folder = pathlib.Path(repository), pathlib.Path(folder)
    manuals = repository / "systemd" / "man"
    description, _, rest = (manuals / "hrbridge.md").read_text(encoding="utf-8").partition("<!-- commands -->\n")
    configuration = (repository / "daemon" / "README.md").read_text(encoding="utf-8")
    pages = {
        "hrbridge.8": program_manual(program, version, {"description": description, "rest": rest}),
        "hrbridge.yaml.5": title("hrbridge.yaml", 5, version, "configuration of the hrbridge daemon")
        + [".SH DESCRIPTION", *roff.body(configuration), ".SH SEE ALSO", ".BR hrbridge (8)"],
        "hrbridge-as-service.8": title("hrbridge-as-service", 8, version, "one hrbridge command as the service runs")
        + roff.body((manuals / "hrbridge-as-service.md").read_text(encoding="utf-8")),
    }
    for name, lines in pages.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
