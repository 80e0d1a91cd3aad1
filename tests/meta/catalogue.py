#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`pinhole catalogue`: its JSON keeps the schemas of docs/schema, and its tables have the same rows."""
import json
import subprocess
import sys

import jsonschema

from house import ROOT, Findings

VIEWS = ("services", "interfaces", "ports")


def printed(program, *words):
    done = subprocess.run([program, "catalogue", *words], capture_output=True, text=True,
                          timeout=60)
    if done.returncode != 0:
        sys.exit(f"pinhole catalogue {' '.join(words)} ends with {done.returncode}: {done.stderr}")
    return done.stdout


def rows_of_table(view, document):
    """How many lines a table of this document has under its header."""
    rows = document[view]
    if view != "ports" or "product" not in document:
        return len(rows)
    return sum(max(1, len(row["settings"])) for row in rows) + len(document["dynamic_ranges"])


def main():
    program = sys.argv[1]
    products = [line.split('"')[1]
                for line in (ROOT / "data/products.toml").read_text(encoding="utf-8").splitlines()
                if line.startswith("id = ")]
    findings, checked = Findings(), 0
    for view in VIEWS:
        schema = json.loads((ROOT / f"docs/schema/catalogue-{view}.json").read_text("utf-8"))
        for product in (None, *products):
            words = [view] if product is None else [view, "--product", product]
            document = json.loads(printed(program, *words, "--format", "json"))
            checked += 1
            for error in jsonschema.Draft202012Validator(schema).iter_errors(document):
                findings.add(" ".join(words), f"{error.json_path}: {error.message}"[:300])
            lines = printed(program, *words).splitlines()
            if len(lines) - 1 != rows_of_table(view, document):
                findings.add(" ".join(words), f"{len(lines) - 1} lines in the table, "
                             f"{rows_of_table(view, document)} in JSON")
            if any("\x1b" in line for line in lines):
                findings.add(" ".join(words), "colour in a pipe")
    given = json.loads(printed(program, "services", "--data", str(ROOT / "data"), "--format", "json"))
    if given != json.loads(printed(program, "services", "--format", "json")):
        findings.add("--data", "data/ is not what is compiled in")
    findings.close(f"{checked} documents")


main()
