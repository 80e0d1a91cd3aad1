#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every man page says what --help says: man.py PROGRAM

Each subcommand has docs/man/pinhole-NAME.1.scd; each of its options and its own subcommands stands
there, and no other. Each page is named in pinhole.1 and turns into a page without a complaint.
"""
import re
import subprocess
import sys

from house import ROOT, Findings, options, section, help_of, subcommands

PAGES = ROOT / "docs/man"
ALWAYS = {"--help", "--version"}
EXITS = ("*0*", "*1*", "*2*", "*3*")


def options_in(text):
    """The options that a page documents: those written in bold at the start of a line."""
    heads = "\n".join(re.findall(r"^\*-.*$", text, re.MULTILINE))
    return set(re.findall(r"--[a-z][a-z0-9-]*", heads))


def compare(program, name, text, findings):
    place = f"docs/man/pinhole-{name}.1.scd"
    known, written = options(program, name) - ALWAYS, options_in(text) - ALWAYS
    for option in sorted(known - written):
        findings.add(place, f"does not say {option}, which --help knows")
    for option in sorted(written - known):
        findings.add(place, f"says {option}, which --help does not know")
    for inner in subcommands(program, name):
        if not re.search(rf"^\*{inner}\*", text, re.MULTILINE):
            findings.add(place, f"does not say the subcommand {inner}")
    for title in ("# NAME", "# SYNOPSIS", "# DESCRIPTION", "# EXIT STATUS", "# EXAMPLES", "# SEE ALSO"):
        if title not in text:
            findings.add(place, f"has no {title}")
    for code in EXITS:
        if code not in text:
            findings.add(place, f"does not say when it exits {code.strip('*')}")


def check_limits(program, text, findings):
    """The limits that `serve --help` names stand in its page, and no other."""
    lines = list(section(help_of(program, "serve"), "limits for --set"))
    if not lines:
        findings.add("pinhole serve --help", "lists no limits")
    for name in (line.split()[0].split("=")[0] for line in lines if re.match(r"^ {1,4}[a-z]", line)):
        if f"*{name}*" not in text:
            findings.add("docs/man/pinhole-serve.1.scd", f"does not say the limit {name}")


def renders(path, findings):
    done = subprocess.run(["scdoc"], stdin=path.open(), capture_output=True, text=True)
    if done.returncode != 0:
        findings.add(path.name, done.stderr.strip())
        return
    page = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-"], input=done.stdout,
                          capture_output=True, text=True, env={"MANWIDTH": "80", "PATH": "/usr/bin:/bin"})
    if page.returncode != 0 or page.stderr.strip():
        findings.add(path.name, f"man says: {page.stderr.strip()}")


def main():
    program = sys.argv[1]
    findings = Findings()
    names = subcommands(program)
    overview = (PAGES / "pinhole.1.scd").read_text()
    for name in names:
        path = PAGES / f"pinhole-{name}.1.scd"
        if not path.exists():
            findings.add(path.name, "is missing")
            continue
        if f"*pinhole-{name}*(1)" not in overview:
            findings.add("pinhole.1.scd", f"does not name pinhole-{name}(1)")
        text = path.read_text()
        compare(program, name, text, findings)
        if name == "serve":
            check_limits(program, text, findings)
    for path in sorted(PAGES.glob("*.scd")):
        renders(path, findings)
        stem = path.name.removesuffix(".1.scd")
        if stem != "pinhole" and stem.removeprefix("pinhole-") not in names:
            findings.add(path.name, "describes no subcommand")
    findings.close(f"{len(names)} subcommands")


if __name__ == "__main__":
    main()
