#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Makes one CTest directory of the tests of several builds, so that one run gives one summary.

combine_tests.py OUT [--from BUILD[:+LABEL][:-LABEL]]... [--add NAME LABEL TIMEOUT COMMAND]...

+LABEL keeps only the tests that carry one of the + labels, -LABEL leaves a label out. Each test
is named after its build (`debug/Uuid.ReadsItsOwnText`) and keeps its properties. --add takes a
test of its own, a shell command.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys


def tests_of(build):
    shown = subprocess.run(["ctest", "--show-only=json-v1"], cwd=build, check=True,
                           capture_output=True, text=True)
    return json.loads(shown.stdout)["tests"]


def quote(value):
    """A bracket argument: nothing in it is read by CMake."""
    text = str(value)
    level = "="
    while f"]{level}]" in text:
        level += "="
    return f"[{level}[{text}]{level}]"


def property_value(value):
    if isinstance(value, list):
        return ";".join(property_value(item).replace(";", "\\;") for item in value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(value)


def lines_of(test, prefix):
    if "command" not in test:
        sys.exit(f"combine_tests: {prefix}/{test['name']} has no program; is its build complete?")
    name = quote(f"{prefix}/{test['name']}")
    yield f"add_test({name} {' '.join(quote(part) for part in test['command'])})"
    properties = {item["name"]: item["value"] for item in test.get("properties", [])}
    if "DEPENDS" in properties:
        properties["DEPENDS"] = [f"{prefix}/{other}" for other in properties["DEPENDS"]]
    for kind in ("FIXTURES_SETUP", "FIXTURES_REQUIRED", "FIXTURES_CLEANUP"):
        if kind in properties:
            properties[kind] = [f"{prefix}/{other}" for other in properties[kind]]
    for key, value in properties.items():
        yield f"set_tests_properties({name} PROPERTIES {key} {quote(property_value(value))})"


def selected(test, wanted, unwanted):
    labels = set()
    for item in test.get("properties", []):
        if item["name"] == "LABELS":
            labels.update(item["value"])
    return (not wanted or labels & wanted) and not labels & unwanted


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--from", dest="builds", action="append", default=[])
    parser.add_argument("--add", nargs=4, action="append", default=[],
                        metavar=("NAME", "LABEL", "TIMEOUT", "COMMAND"))
    arguments = parser.parse_args()
    lines = []
    for spec in arguments.builds:
        build, *labels = spec.split(":")
        wanted = {label[1:] for label in labels if label.startswith("+")}
        unwanted = {label[1:] for label in labels if label.startswith("-")}
        kept = [test for test in tests_of(build) if selected(test, wanted, unwanted)]
        if not kept:
            sys.exit(f"combine_tests: no test of {spec} is selected")
        for test in kept:
            lines += lines_of(test, pathlib.Path(build).name)
    for name, label, timeout, command in arguments.add:
        lines.append(f"add_test({quote(name)} bash -c {quote(command)})")
        # What checks the whole house keeps every processor busy; a fuzz target keeps one.
        processors = os.cpu_count() if label == "house" else 1
        lines.append(f"set_tests_properties({quote(name)} PROPERTIES LABELS {quote(label)} "
                     f"TIMEOUT {timeout} PROCESSORS {processors})")
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "CTestTestfile.cmake").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
