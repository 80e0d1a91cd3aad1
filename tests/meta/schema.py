#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the program prints as JSON conforms to docs/schema/: schema.py PROGRAM

A server runs for the answers of live ones, in a network namespace of its own. Each schema is used
by at least one output.
"""
import ctypes
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

import jsonschema

from house import ROOT, Findings

SCHEMAS = ROOT / "docs/schema"
# Schemas of what is read, not printed; their rooms' tests hold examples to them.
INPUTS = {"topology"}
# Printed by what makes namespaces; tests/net holds it to its schema.
ELSEWHERE = {"lab"}
PRODUCTS = ("exchange-4.0", "exchange-2007", "exchange-2010-sp1")
EMSMDB = "a4f1db00-ca47-1067-b31f-00dd010662da,0.81"
EXAMPLE = str(ROOT / "examples/exchange-2007-static.reg")
SERVICES = r"HKLM\SYSTEM\CurrentControlSet\Services"
CLONE_NEWNET = 0x40000000


def commands(folder):
    """(schema, arguments) of every command that prints JSON."""
    for view in ("services", "interfaces", "ports"):
        yield f"catalogue-{view}", ["catalogue", view]
        for product in PRODUCTS:
            yield f"catalogue-{view}", ["catalogue", view, "--product", product]
    yield "dump", ["dump", "127.0.0.1"]
    yield "dump", ["dump", "127.0.0.1", "--ping"]
    yield "dump", ["dump", "127.0.0.1:1", "127.0.0.1"]
    yield "dump", ["dump", "--from", f"{folder}/listing.txt"]
    yield "dump-diff", ["dump", "--diff", f"{folder}/dump.json", f"{folder}/dump.json"]
    yield "dump-diff", ["dump", "--diff", f"{folder}/dump.json", f"{folder}/other.json"]
    yield "map", ["map", "127.0.0.1", EMSMDB]
    yield "map", ["map", "127.0.0.1", "00000000-0000-0000-0000-0000000000ff,1.0"]
    hive = f"{folder}/registry.hive"
    yield "registry-key", ["registry", "list", SERVICES, "--registry", hive]
    yield "registry-key", ["registry", "get", rf"{SERVICES}\MSExchangeSA\Parameters", "--registry", hive]
    yield "registry-diff", ["registry", "diff", hive, hive]
    yield "registry-diff", ["registry", "diff", hive, EXAMPLE]
    yield "findings", ["check", EXAMPLE]
    yield "findings", ["check", hive, f"{folder}/listing.txt", "--product", "exchange-2003"]
    for path in sorted((ROOT / "examples").glob("*.toml")):
        if "gate" not in path.name:
            yield "plan", ["plan", str(path)]
    plan, rules = f"{folder}/plan", f"{folder}/rules.nft"
    yield "firewall-compile", ["firewall", "compile", plan, "--to", "nftables"]
    yield "firewall-compile", ["firewall", "compile", plan, "--to", "iptables"]
    yield "proof", ["firewall", "prove", "--rules", rules, "--plan", plan, "--by-address"]
    yield "proof", ["firewall", "prove", "--rules", f"{folder}/none.nft", "--plan", plan,
                    "--by-address"]
    yield "firewall-diff", ["firewall", "diff", rules, f"{folder}/none.nft"]
    yield "firewall-path", ["firewall", "explain", rules, "tcp 10.0.0.1 to 10.0.0.2:135"]
    yield "firewall-exposure", ["firewall", "exposure", rules]
    yield "firewall-status", ["firewall", "status", "--state", f"{folder}/firewall"]
    yield "verify", ["verify", plan, "--from", "clients"]
    yield "verify", ["verify", plan, "--from", "clients", "--excess", "1-9"]
    yield "trace", ["trace", str(ROOT / "fuzz/corpus/capture/mapper_and_call.pcap"), "--all"]
    yield "trace", ["trace", str(ROOT / "fuzz/corpus/capture/mapper_and_call.pcap"), "--plan", plan]
    yield "probe", ["probe", "127.0.0.1:135", "--service", "mapper"]
    yield "probe", ["probe", "127.0.0.1", "--timeout", "1"]
    yield "probe-list", ["probe", "--list"]
    yield "service", ["service", "list", "--state", folder]
    yield "service", ["service", "status", "--state", folder]


def own_network():
    """Moves this process into a network namespace of its own."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET) != 0:
        sys.exit(f"this needs a network namespace: {os.strerror(ctypes.get_errno())}")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def start(program, folder):
    log = open(f"{folder}/serve.log", "w", encoding="utf-8")
    server = subprocess.Popen(
        [program, "serve", "--foreground", "--product", "exchange-2007", "--registry",
         f"{folder}/registry.hive", "--state", folder], stdout=log, stderr=log,
        stdin=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while subprocess.run([program, "service", "status", "--state", folder],
                         capture_output=True, check=False).returncode != 0:
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            sys.exit(f"no server: {pathlib.Path(log.name).read_text()}")
        time.sleep(0.1)
    return server


def bundled(name):
    """A schema with those of the same folder that it refers to."""
    text = (SCHEMAS / f"{name}.schema.json").read_text()
    schema = json.loads(text)
    for other in set(re.findall(r'"\$ref": "([a-z-]+\.schema\.json)"', text)):
        schema.setdefault("$defs", {})[other] = {"$id": other, **json.loads((SCHEMAS / other).read_text())}
    return schema


def make_rules(program, folder):
    """A plan, its rules, and rules that let nothing through."""
    subprocess.run([program, "plan", str(ROOT / "examples/internal-firewall-exchange-2007.toml"),
                    "-o", f"{folder}/plan"], check=True, stdout=subprocess.DEVNULL)
    rules = subprocess.run([program, "firewall", "compile", f"{folder}/plan", "--to", "nftables"],
                           capture_output=True, check=True).stdout
    pathlib.Path(folder, "rules.nft").write_bytes(rules)
    pathlib.Path(folder, "none.nft").write_text(
        "table inet none {\n  chain forward {\n"
        "    type filter hook forward priority filter; policy drop;\n  }\n}\n", encoding="utf-8")


def save_dumps(program, folder):
    """A dump, and one that differs from it in every way that there is."""
    subprocess.run([program, "dump", "127.0.0.1", "127.0.0.1:1", "--ping", "--save",
                    f"{folder}/dump.json"], check=False, capture_output=True)
    dump = json.loads(pathlib.Path(folder, "dump.json").read_text(encoding="utf-8"))
    here, nobody = dump["targets"]
    here["entries"][0]["endpoint"] = "1"
    here["entries"][1]["ping"] = False
    del here["entries"][2]
    here["entries"].append({**here["entries"][3], "protocol_sequence": "ncacn_np"})
    nobody["target"] = "127.0.0.1:2"
    pathlib.Path(folder, "other.json").write_text(json.dumps(dump), encoding="utf-8")


def check(program, name, arguments, findings):
    place = f"pinhole {' '.join(arguments)} --format json"
    done = subprocess.run([program, *arguments, "--format", "json"], capture_output=True, text=True,
                          timeout=120, check=False)
    try:
        value = json.loads(done.stdout)
    except json.JSONDecodeError as error:
        findings.add(place, f"ends with {done.returncode}, and prints no JSON: {error}; {done.stderr}")
        return
    for error in list(jsonschema.Draft202012Validator(bundled(name)).iter_errors(value))[:5]:
        findings.add(place, f"{error.json_path}: {error.message[:200]}")


def main():
    program = os.path.abspath(sys.argv[1])
    findings = Findings()
    for path in sorted(SCHEMAS.glob("*.schema.json")):
        jsonschema.Draft202012Validator.check_schema(json.loads(path.read_text()))
    own_network()
    used = set()
    with tempfile.TemporaryDirectory(prefix="pinhole-", dir="/tmp") as folder:
        subprocess.run([program, "registry", "import", EXAMPLE, "--registry",
                        f"{folder}/registry.hive"], check=True, stdout=subprocess.DEVNULL)
        server = start(program, folder)
        try:
            listing = subprocess.run([program, "dump", "127.0.0.1", "--format", "rpcdump"],
                                     capture_output=True, check=True).stdout
            pathlib.Path(folder, "listing.txt").write_bytes(listing)
            save_dumps(program, folder)
            make_rules(program, folder)
            for name, arguments in commands(folder):
                used.add(name)
                check(program, name, arguments, findings)
        finally:
            server.send_signal(signal.SIGTERM)
            if server.wait(60) != 0:
                findings.add("pinhole serve", f"ends with {server.returncode} on SIGTERM")
    for path in sorted(SCHEMAS.glob("*.schema.json")):
        if path.name.removesuffix(".schema.json") not in used | INPUTS | ELSEWHERE:
            findings.add(f"docs/schema/{path.name}", "no command here prints it")
    findings.close(f"{len(used)} schemas")


if __name__ == "__main__":
    main()
