#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Topologies conform to their schema, and docs/topology.md names every key and word of it."""
import json
import re
import tomllib

import jsonschema

from house import ROOT, Findings


def words(schema, key=None):
    """Every key and every word of a list of words, at any depth."""
    if isinstance(schema, list):
        for item in schema:
            yield from words(item, key)
    elif isinstance(schema, dict):
        yield from schema.get("properties", {})
        for name, value in schema.items():
            if name == "enum":
                yield from value
            elif isinstance(value, (dict, list)):
                yield from words(value, name)


def main():
    findings = Findings()
    schema = json.loads((ROOT / "docs/schema/topology.schema.json").read_text(encoding="utf-8"))
    page = (ROOT / "docs/topology.md").read_text(encoding="utf-8")
    validator = jsonschema.Draft202012Validator(schema)
    texts = {f"examples/{path.name}": path.read_text(encoding="utf-8")
             for path in sorted((ROOT / "examples").glob("*.toml")) if "gate" not in path.name}
    for number, block in enumerate(re.findall(r"```toml\n(.*?)```", page, re.S), 1):
        texts[f"docs/topology.md, block {number}"] = block
    for place, text in texts.items():
        for error in validator.iter_errors(tomllib.loads(text)):
            findings.add(place, f"{error.json_path}: {error.message}")
    named = set(re.findall(r"[a-z0-9][a-z0-9._-]*[a-z0-9]", page))
    named |= {part for word in named for part in word.split(".")}
    for word in sorted(set(words(schema)) - named):
        findings.add("docs/topology.md", f"does not name {word}")
    products = re.findall(r'^id = "(.*)"', (ROOT / "data/products.toml").read_text(), re.M)
    if schema["properties"]["server"]["items"]["properties"]["product"]["enum"] != products:
        findings.add("docs/schema/topology.schema.json", "its products are not those of data/")
    findings.close(f"{len(texts)} topologies")


if __name__ == "__main__":
    main()
