#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the back-ends of the firewall print is read by the devices' own readers: firewalls.py PROGRAM

Every example is planned and compiled, for its devices and by address. firewalld's own code checks
and loads its files in a network namespace, and the rules that the kernel has then are the files' (a
package of firewalld alone would start it as a service, so its Python code is used). The reader is
shown a broken file first.
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from house import ROOT, Findings

# firewalld wants these zones, and brings them with a package that starts it.
ZONES = {"block": "%%REJECT%%", "drop": "DROP", "trusted": "ACCEPT", "public": "default"}
# Loads a configuration as the service does; --check: reads it alone.
LOADER = """
import sys
from firewall import config
config.set_system_config_paths(sys.argv[1])
config.set_default_config_paths(sys.argv[2])
from firewall.core.fw import Firewall
from firewall.core.io.functions import check_on_disk_config
check_on_disk_config(Firewall(offline=True))
if sys.argv[3:] != ["--check"]:
    Firewall(offline=False).start()
    import subprocess
    rules = subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True, check=True).stdout
    print("".join(line + "\\n" for line in rules.splitlines() if 'iifname "lo" accept' not in line))
"""


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


def load(folder, *options):
    return run("unshare", "--net", "/usr/bin/python3", "-c", LOADER, str(folder / "etc"),
               str(folder / "lib"), *options)


def prepare(folder):
    """A configuration without anything of ours."""
    for below in ("etc", "lib/zones", "lib/services"):
        (folder / below).mkdir(parents=True, exist_ok=True)
    for name, target in ZONES.items():
        (folder / f"lib/zones/{name}.xml").write_text(
            f'<zone target="{target}"></zone>\n', encoding="utf-8")
    (folder / "lib/services/ssh.xml").write_text(
        '<service><port protocol="tcp" port="22"/></service>\n', encoding="utf-8")
    (folder / "etc/firewalld.conf").write_text(
        "DefaultZone=public\nIPv6_rpfilter=no\nRFC3964_IPv4=no\n", encoding="utf-8")


def check_reader(folder, findings):
    """A reader that takes everything would prove nothing."""
    prepare(folder)
    (folder / "etc/zones").mkdir()
    (folder / "etc/zones/a.xml").write_text("<zone><rule><nothing/></rule>\n", encoding="utf-8")
    if load(folder, "--check").returncode == 0:
        findings.add("firewalld", "takes a broken file")


def check_firewalld(program, plan, options, folder, findings):
    """Compiled, checked, loaded, and judged: what is loaded is what the files say."""
    prepare(folder)
    done = run(program, "firewall", "compile", str(plan), "--to", "firewalld", *options,
               "-o", str(folder / "printed"))
    where = f"{plan.name} {' '.join(options)}"
    if done.returncode != 0:
        if "firewalld" not in done.stderr or ";" not in done.stderr:
            findings.add(where, f"is refused without a reason: {done.stderr.strip()}")
        return 0
    for file in (folder / "printed").rglob("*.xml"):
        to = folder / "etc" / file.relative_to(folder / "printed")
        to.parent.mkdir(exist_ok=True)
        to.write_bytes(file.read_bytes())
    loaded = load(folder)
    if loaded.returncode != 0 or "ERROR" in loaded.stderr or "WARNING" in loaded.stderr:
        findings.add(where, f"is not loaded: {loaded.stderr.strip()[-2000:]}")
        return 1
    # Before the rules it may say that there is no ipset(8).
    rules = loaded.stdout[max(loaded.stdout.find("table "), 0):]
    (folder / "loaded.nft").write_text(rules, encoding="utf-8")
    files = run(program, "firewall", "compile", str(plan), "--to", "firewalld", *options).stdout
    (folder / "files.txt").write_text(files, encoding="utf-8")
    done = run(program, "firewall", "diff", str(folder / "files.txt"), str(folder / "loaded.nft"))
    if done.returncode != 0:
        findings.add(where, f"is loaded otherwise: {done.stdout.strip()[:2000]}{done.stderr}")
    return 1


def ways(plan):
    """By address, and for each device of the plan."""
    with open(plan / "plan.json", encoding="utf-8") as file:
        devices = json.load(file)["topology"].get("device", [])
    return [[], *(["--device", device["name"]] for device in devices)]


def main():
    program = os.path.abspath(sys.argv[1])
    findings = Findings()
    count = 0
    with tempfile.TemporaryDirectory() as name:
        top = pathlib.Path(name)
        check_reader(top / "broken", findings)
        for topology in sorted((ROOT / "examples").glob("*.toml")):
            if "gate" in topology.name:
                continue
            plan = top / topology.stem
            done = run(program, "plan", str(topology), "-o", str(plan))
            if done.returncode != 0:
                findings.add(topology.name, f"is not planned: {done.stderr.strip()}")
                continue
            for number, options in enumerate(ways(plan)):
                count += check_firewalld(program, plan, options,
                                         top / f"{topology.stem}-{number}", findings)
    if count == 0:
        findings.add("firewalld", "nothing is printed for it")
    findings.close(f"{count} configurations of firewalld")


if __name__ == "__main__":
    main()
