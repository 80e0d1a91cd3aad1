# SPDX-License-Identifier: Apache-2.0
"""What the tests of the repository itself share."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


class Findings:
    """Collects what is wrong, and ends the test with all of it."""

    def __init__(self):
        self.lines = []

    def add(self, place, message):
        self.lines.append(f"{place}: {message}")

    def close(self, checked):
        for line in self.lines:
            print(line)
        print(f"{checked}; {len(self.lines)} findings")
        sys.exit(1 if self.lines else 0)


def relative(path):
    return str(path.relative_to(ROOT))


def sources(*folders, suffixes=(".cpp", ".hpp")):
    """Our C++ files in these folders of the repository, sorted."""
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*")
                  if path.suffix in suffixes)


def numbered(path):
    return enumerate(path.read_text(encoding="utf-8").splitlines(), 1)


def includes(path):
    """(line number, kind, name) of each #include; kind is < or \"."""
    for number, line in numbered(path):
        if match := INCLUDE.match(line):
            yield number, match[1], match[2]


def help_of(program, *words):
    """The --help text of a subcommand."""
    done = subprocess.run([program, *words, "--help"], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        sys.exit(f"pinhole {' '.join(words)} --help ends with {done.returncode}: {done.stderr}")
    return done.stdout


def section(text, *titles):
    """The indented lines of a section of a CLI11 help text."""
    inside = False
    for line in text.splitlines():
        if line and not line[0].isspace():
            inside = line.rstrip(":").strip().lower() in titles
        elif inside and line.strip():
            yield line


def subcommands(program, *words):
    """The names of the subcommands directly under `pinhole WORDS`."""
    lines = section(help_of(program, *words), "subcommands")
    return [line.split()[0] for line in lines if re.match(r"^ {1,4}\S", line)]


def options(program, *words):
    """The long options of `pinhole WORDS` and of everything under it."""
    text = help_of(program, *words)
    found = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", "\n".join(section(text, "options"))))
    for name in subcommands(program, *words):
        found |= options(program, *words, name)
    return found
