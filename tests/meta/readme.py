#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""README and docs name only what exists: readme.py PROGRAM

Links lead to files, the sources that a room's README names exist, `./commands` are executable,
`pinhole ...` in a code block is a subcommand with options that it has, every subcommand is in the
README's table, and each room has a README.
"""
import os
import re
import shlex
import sys

from house import ROOT, Findings, numbered, options, relative, subcommands

ROOM_LINES = 40


def check_link(path, place, target, findings):
    if re.match(r"[a-z]+:|#", target):
        return
    if not (path.parent / target.split("#")[0]).exists():
        findings.add(place, f"the link {target} leads nowhere")


def check_names(path, findings):
    """A file that a room's README names stands in that room, or is named with its room."""
    for number, line in numbered(path):
        for name in re.findall(r"`([\w/]+\.[ch]pp)`", line):
            if not (path.parent / name).exists() and not (ROOT / "src" / name).exists() \
                    and not (ROOT / name).exists():
                findings.add(f"{relative(path)}:{number}", f"there is no {name}")


def check_command(place, line, known, findings):
    match = re.match(r"^\s*(?:\$ |# )?(?:sudo )?(?:\S*/)?pinhole ([a-z-]+)(.*)$", line)
    if not match:
        return
    name, rest = match[1], match[2]
    if name not in known:
        findings.add(place, f"pinhole has no subcommand {name}")
        return
    try:
        words = shlex.split(rest, comments=True)
    except ValueError:
        words = rest.split()
    for word in words:
        option = word.split("=")[0]
        if option.startswith("--") and option not in known[name]:
            findings.add(place, f"pinhole {name} has no {option}")


def check_text(path, known, findings):
    code = False
    for number, line in numbered(path):
        place = f"{relative(path)}:{number}"
        if line.startswith("```"):
            code = not code
            continue
        if code:
            check_command(place, line, known, findings)
        else:
            for target in re.findall(r"\]\(([^)\s]+)\)", line):
                check_link(path, place, target, findings)
        for script in re.findall(r"(?<![\w./])\./([a-z][\w/-]*)", line):
            if not os.access(ROOT / script, os.X_OK):
                findings.add(place, f"./{script} is no command of this repository")


def main():
    program = sys.argv[1]
    findings = Findings()
    known = {name: options(program, name) for name in subcommands(program)}
    readme = (ROOT / "README.md").read_text()
    for name in known:
        if f"`{name}" not in readme:
            findings.add("README.md", f"does not name `{name}`")
    for room in sorted((ROOT / "src").iterdir()):
        if room.is_dir():
            path = room / "README.md"
            if not path.exists():
                findings.add(relative(room), "has no README.md")
            elif len(path.read_text().splitlines()) > ROOM_LINES:
                findings.add(relative(path), f"is longer than {ROOM_LINES} lines")
            else:
                check_names(path, findings)
    texts = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "src").rglob("README.md")]
    for path in texts:
        check_text(path, known, findings)
    findings.close(f"{len(texts)} texts")


if __name__ == "__main__":
    main()
