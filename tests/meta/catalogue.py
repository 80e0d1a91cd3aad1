#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`pinhole catalogue`: tables and JSON say the same, and --data takes data/ but no mistake in it."""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

from house import ROOT, Findings

VIEWS = ("services", "interfaces", "ports")


def run(program, *words):
    return subprocess.run([program, "catalogue", *words], capture_output=True, text=True,
                          timeout=60, check=False)


def printed(program, *words):
    done = run(program, *words)
    if done.returncode != 0:
        sys.exit(f"pinhole catalogue {' '.join(words)} ends with {done.returncode}: {done.stderr}")
    return done.stdout


def rows_of_table(view, document):
    """How many lines a table of this document has under its header."""
    rows = document[view]
    if view != "ports" or "product" not in document:
        return len(rows)
    return sum(max(1, len(row["settings"])) for row in rows) + len(document["dynamic_ranges"])


def check_views(program, findings):
    products = [line.split('"')[1]
                for line in (ROOT / "data/products.toml").read_text(encoding="utf-8").splitlines()
                if line.startswith("id = ")]
    for view in VIEWS:
        for product in (None, *products):
            words = [view] if product is None else [view, "--product", product]
            lines = printed(program, *words).splitlines()
            expected = rows_of_table(view, json.loads(printed(program, *words, "--format", "json")))
            if len(lines) - 1 != expected:
                findings.add(" ".join(words), f"{len(lines) - 1} lines, and {expected} in JSON")
            if any("\x1b" in line for line in lines):
                findings.add(" ".join(words), "colour in a pipe")


def check_refused(program, words, code, start, findings):
    """The command ends with this code, and its first line to stderr starts so."""
    done = run(program, *words)
    if done.returncode != code or not done.stderr.startswith(start):
        findings.add(" ".join(words), f"ends with {done.returncode}, and says {done.stderr}")


def check_data(program, findings):
    given = printed(program, "services", "--data", str(ROOT / "data"), "--format", "json")
    if given != printed(program, "services", "--format", "json"):
        findings.add("--data", "data/ is not what is compiled in")
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder, "data")
        shutil.copytree(ROOT / "data", data)
        rows = (data / "flows.toml").read_text(encoding="utf-8").splitlines()
        line = next(number for number, text in enumerate(rows, 1) if text.startswith("needed"))
        rows[line - 1] = "nedeed = 1"
        (data / "flows.toml").write_text("\n".join(rows), encoding="utf-8")
        check_refused(program, ["ports", "--data", str(data)], 2,
                      f"pinhole: {data}/flows.toml:", findings)
        if f"{data}/flows.toml:{line}:1: unknown key" not in run(
                program, "ports", "--data", str(data)).stderr:
            findings.add("--data", "a mistake is not told by its file and line")
        (data / "uuids.toml").unlink()
        check_refused(program, ["ports", "--data", str(data)], 3,
                      f"pinhole: {data}/uuids.toml: No such file", findings)


def main():
    program = sys.argv[1]
    findings = Findings()
    check_views(program, findings)
    check_data(program, findings)
    check_refused(program, ["services", "--product", "exchange-6.5"], 2,
                  'pinhole: "exchange-6.5" is not a product', findings)
    findings.close("pinhole catalogue")


main()
