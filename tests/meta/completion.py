#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The bash completion offers every subcommand and every option, and no other: completion.py PROGRAM"""
import subprocess
import sys

from house import ROOT, Findings, options, subcommands

SCRIPT = ROOT / "packaging/completions/pinhole.bash"


def offered(*words):
    """What the completion offers after these words; the last one is what is being typed."""
    quoted = " ".join(f"'{word}'" for word in words)
    done = subprocess.run(
        ["bash", "--norc", "-c",
         f"source {SCRIPT}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; "
         "_pinhole; printf '%s\\n' \"${COMPREPLY[@]}\""],
        capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def check(findings, program, words):
    inner = subcommands(program, *words)
    place = " ".join(["pinhole", *words])
    if inner:
        given = {word for word in offered("pinhole", *words, "") if not word.startswith("-")}
        for name in sorted(set(inner) ^ given):
            findings.add(place, f"{name} is {'not ' if name in inner else ''}offered"
                                f"{'' if name in inner else ', and is no subcommand'}")
        return sum(check(findings, program, (*words, name)) for name in inner)
    # An option of the outer command may be given before the inner one as well.
    known = options(program, *words)
    given = offered("pinhole", *words, "--")
    for name in sorted(known - given):
        findings.add(place, f"{name} is not offered")
    for name in sorted(given - known - options(program, words[0])):
        findings.add(place, f"{name} is offered, and --help does not know it")
    return 1


def main():
    findings = Findings()
    count = check(findings, sys.argv[1], ())
    findings.close(f"{count} commands")


if __name__ == "__main__":
    main()
