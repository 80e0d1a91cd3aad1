#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What a plan writes for others to run is read by their own readers: scripts.py PROGRAM

Every example is planned. PowerShell is read with tree-sitter's grammar (./test fetches it into
build/powershell), playbooks by ansible-playbook, smb.conf by testparm, nft's, HAProxy's and
keepalived's files by their own checks, XML by a schema, batch files and playbooks value by value
against the plan. Each reader is shown a broken file first.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib
import xml.etree.ElementTree as ElementTree

import jsonschema
import yaml

from house import ROOT, Findings

MODULES = ROOT / "build/powershell"
READER = ROOT / "tests/scripts/powershell.mjs"
NOTHING = ["/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/nonexistent",
           "LANG=C.UTF-8"]


# Readers that change nothing, by the end of the file's name; those that ask the kernel have a network
# namespace of their own.
READERS = {"-haproxy.cfg": ["haproxy", "-c", "-f"],
           "-keepalived.conf": ["unshare", "--net", "keepalived", "-t", "-f"],
           ".nft": ["unshare", "--net", "nft", "-c", "-f"],
           ".xml": ["xmllint", "--noout", "--schema", str(ROOT / "tests/scripts/group_policy.xsd")]}


class Tagged(yaml.SafeLoader):
    """YAML with Ansible's mark for text that is no template."""


Tagged.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def read(path):
    return path.read_text(encoding="utf-8")


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, **more)


def output(done):
    return (done.stdout + done.stderr).strip()


def powershell(files):
    # The grammar is one large function: without --liftoff-only node spends a minute on it.
    return run("node", "--liftoff-only", str(READER), str(MODULES), *map(str, files))


def syntax_check(playbook, folder):
    return run(*NOTHING, f"ANSIBLE_LOCAL_TEMP={folder}/local", "ANSIBLE_NOCOLOR=1",
               "ansible-playbook", "--syntax-check", "-i", "localhost,", str(playbook))


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def together(path, playbooks):
    return write(path, "---\n" + "".join(
        f"- ansible.builtin.import_playbook: {json.dumps(str(each))}\n" for each in playbooks))


def check_readers(folder, findings):
    """A reader that takes everything would prove nothing."""
    broken = write(folder / "broken.ps1", "if ($Restart) {\n    Write-Output ('a'\n")
    if powershell([broken]).returncode != 1:
        findings.add("tree-sitter-powershell", "takes a broken script")
    for text in ("- hosts: [\n", "- hosts: a\n  tasks:\n    - ansible.windows.win_regdit: {}\n"):
        if syntax_check(write(folder / "broken.yml", text), folder).returncode == 0:
            findings.add("ansible-playbook", f"takes a broken playbook: {text!r}")
    for end, reader in READERS.items():
        if run(*reader, str(write(folder / f"broken{end}", "listen {\n"))).returncode == 0:
            findings.add(reader[0], "takes a broken file")
    if testparm(write(folder / "broken.conf", "[global\n")).returncode == 0:
        findings.add("testparm", "takes a broken smb.conf")


def testparm(path):
    return run("testparm", "-s", "--debuglevel=1", str(path))


def settings():
    with open(ROOT / "data/settings.toml", "rb") as file:
        return {row["id"]: row for row in tomllib.load(file)["setting"]}


def wanted_values(plan, known):
    """server → {(key, name): text}, by the assignments."""
    wanted = {}
    for row in plan["assignments"]:
        setting = known[row["setting"]]
        if setting["type"].startswith("REG_"):
            text = f"ncacn_ip_tcp,0,{row['port']}" if setting["type"] == "REG_MULTI_SZ" \
                else str(row["port"])
            wanted.setdefault(row["server"], {})[setting["key"], setting["value"]] = text
    return wanted


def batch_values(text):
    return {(key, name): data for key, name, data in re.findall(
        r'^reg add "([^"]*)" /v "([^"]*)" /t REG_[A-Z_]+ /d "([^"]*)" /f \|\|', text, re.M)}


def playbook_values(text):
    values = {}
    for play in yaml.load(text, Tagged):
        for task in play["tasks"]:
            value = task.get("ansible.windows.win_regedit", {})
            if "data" in value:
                data = value["data"]
                key = value["path"].replace("HKLM:", "HKEY_LOCAL_MACHINE")
                values[key, value["name"]] = data[0] if isinstance(data, list) else str(data)
    return values


def check_values(where, values, wanted, findings):
    others = {key: text for key, text in values.items() if key[1] != "ValidPorts"}
    if others != wanted:
        findings.add(where, f"sets {others}, planned is {wanted}")


def check_pairs(folder, findings):
    """Whatever changes a server has its undo beside it."""
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    for name in names:
        for end in (".ps1", ".cmd", ".reg", ".yml", ".xml", ".nft", "-smb.conf", "-sysctl.conf",
                    "-appsettings.config"):
            alone = name.endswith("/all.yml") or "-undo" in name
            stem = name[:-len(end)].removesuffix("-dfsr")
            undo = stem + "-undo" + name[len(stem):]
            if name.endswith(end) and not alone and undo not in names:
                findings.add(f"{folder.name}/{name}", "has no undo")


def check_plan(program, topology, top, known, findings):
    """Plans one example and gives its scripts and playbooks."""
    folder = top / topology.stem
    done = run(program, "plan", str(topology), "-o", str(folder))
    if done.returncode != 0:
        findings.add(topology.name, f"ends with {done.returncode}: {output(done)}")
        return [], []
    wanted = wanted_values(json.loads(read(folder / "plan.json")), known)
    for path in folder.rglob("*"):
        where = f"{topology.stem}/{path.name}"
        if path.name.endswith("-smb.conf"):
            done = testparm(path)
            if done.returncode != 0 or "unknown parameter" in output(done).lower():
                findings.add(where, output(done))
        elif path.suffix == ".config":
            ElementTree.parse(path)
        elif reader := next((READERS[end] for end in READERS if path.name.endswith(end)), None):
            done = run(*reader, str(path))
            if done.returncode != 0:
                findings.add(where, output(done))
        elif path.name.endswith("-dfsr.cmd"):
            if not re.search(r"^dfsrdiag StaticRPC /port:[0-9]+ \|\|", read(path), re.M):
                findings.add(where, "does not set the port of DFSR")
        elif path.suffix == ".cmd" and not path.stem.endswith("-undo"):
            check_values(where, batch_values(read(path)), wanted.get(path.stem, {}), findings)
        elif path.suffix == ".yml" and path.stem != "all" and not path.stem.endswith("-undo"):
            values = playbook_values(read(path))
            if values:
                check_values(where, values, wanted.get(path.stem, {}), findings)
    check_pairs(folder, findings)
    return sorted(folder.rglob("*.ps1")), sorted(folder.rglob("ansible/*-undo.yml")) + sorted(
        folder.rglob("ansible/all.yml"))


# Back-ends at the hosts whose output is JSON: the file, and our schema of it.
CLOUDS = {"azure-nsg": ("pinhole-nsg.json", "azure_nsg.schema.json"),
          "aws-security-groups": ("pinhole.tf.json", "aws_security_groups.schema.json")}


def schema_of(name):
    return jsonschema.Draft202012Validator(json.loads(read(ROOT / "tests/scripts" / name)))


def check_schemas(findings):
    """A schema that takes everything would prove nothing."""
    for _, name in CLOUDS.values():
        if not list(schema_of(name).iter_errors({"resource": {"aws_nosuch": {}}})):
            findings.add(name, "takes what no cloud takes")


def compiled(program, folder, backend):
    rules = folder.parent / f"{folder.name}-{backend}"
    done = run(program, "firewall", "compile", str(folder), "--to", backend, "-o", str(rules))
    return rules, done


def check_compiled(program, folder, findings):
    """What a plan is at its hosts: JSON by its schema; gives the PowerShell scripts."""
    for backend, (file, schema) in CLOUDS.items():
        rules, done = compiled(program, folder, backend)
        # AWS knows hosts as destinations, not networks.
        refused = done.returncode == 2 and "a security group" in done.stderr
        if done.returncode == 0:
            for error in schema_of(schema).iter_errors(json.loads(read(rules / file))):
                findings.add(f"{folder.name}/{file}", error.message)
        elif not refused:
            findings.add(folder.name, f"is not compiled for {backend}: {output(done)}")
    rules, done = compiled(program, folder, "windows-firewall")
    if done.returncode != 0:
        findings.add(folder.name, f"is not compiled for Windows: {output(done)}")
        return []
    for line in read(rules / "pinhole.cmd").splitlines():
        if len(line) > 8000 or not line.isascii():
            findings.add(f"{folder.name}/pinhole.cmd", f"cmd.exe cannot take {line[:80]}")
    return [rules / "pinhole.ps1"]


def main():
    program = os.path.abspath(sys.argv[1])
    findings = Findings()
    if not (MODULES / "node_modules").is_dir():
        sys.exit(f"{MODULES} has no grammar of PowerShell; tools/powershell-grammar fetches it")
    known = settings()
    with tempfile.TemporaryDirectory() as name:
        top = pathlib.Path(name)
        check_readers(top, findings)
        check_schemas(findings)
        scripts, playbooks = [], []
        for topology in sorted((ROOT / "examples").glob("*.toml")):
            if "gate" not in topology.name:
                more = check_plan(program, topology, top, known, findings)
                scripts += more[0]
                scripts += check_compiled(program, top / topology.stem, findings)
                playbooks += more[1]
        for what, done in (("PowerShell", powershell(scripts)),
                           ("playbooks", syntax_check(together(top / "every.yml", playbooks), top))):
            if done.returncode != 0:
                findings.add(what, output(done))
    findings.close(f"{len(scripts)} PowerShell scripts, {len(playbooks)} playbooks")


if __name__ == "__main__":
    main()
