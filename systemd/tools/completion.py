"""completion.py PROGRAM: the bash completion of all its commands and options, to standard output."""

import sys

from commands import commands

FILE_VALUES = {"FILE", "DIR"}


def words(names):
    return " ".join(names)


def first_words(found):
    return list(dict.fromkeys(command.name.split()[0] for command in found))


def second_words(found):
    groups = {}
    for command in found:
        first, _, second = command.name.partition(" ")
        if second:
            groups.setdefault(first, []).append(second)
    return groups


def cases(entries):
    return "\n".join(f"    {f'{chr(34)}{key}{chr(34)}'}) words={chr(39)}{value}{chr(39)} ;;" for key, value in entries)


def script(found):
    options = {command.name: words(["--config", "--help", *(f"--{option.name}" for option in command.options)])
               for command in found}
    switches = sorted({f"--{option.name}" for command in found for option in command.options if not option.value})
    files = sorted({f"--{option.name}" for command in found for option in command.options
                    if option.value in FILE_VALUES} | {"--config"})
    return f"""# bash completion of hrbridge
_hrbridge() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}}
  local command=${{COMP_WORDS[1]}} group words=
  COMPREPLY=()
  case "$previous" in
    {"|".join(files)}) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
    --help|--version|{"|".join(switches)}) ;;
    --*) return ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    mapfile -t COMPREPLY < <(compgen -W '{words(first_words(found) + ["--help", "--version"])}' -- "$current")
    return
  fi
  case "$command" in
{cases((group, words(second)) for group, second in second_words(found).items())}
  esac
  group=$words
  if [ -n "$group" ] && [ "$COMP_CWORD" -eq 2 ]; then
    mapfile -t COMPREPLY < <(compgen -W "$group" -- "$current")
    return
  fi
  [ -n "$group" ] && command+=" ${{COMP_WORDS[2]}}"
  words=
  case "$command" in
{cases(options.items())}
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}}
complete -o bashdefault -o default -F _hrbridge hrbridge
"""


if __name__ == "__main__":
    sys.stdout.write(script(commands(sys.argv[1])))
