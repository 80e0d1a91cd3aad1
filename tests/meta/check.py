#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`pinhole check` from outside: what it reads, what it finds, and how it ends: check.py PROGRAM"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

from house import ROOT, Findings

SERVICES = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services"
STORE = rf"{SERVICES}\MSExchangeIS\ParametersSystem"
EXAMPLE = ROOT / "examples/exchange-2007-static.reg"
TOPOLOGY = ROOT / "examples/internal-firewall-exchange-2007.toml"
NETSTAT = """
Active Connections

  Proto  Local Address          Foreign Address        State           PID
  TCP    0.0.0.0:56001          0.0.0.0:0              LISTENING       1712
 [sqlservr.exe]
"""
SOCKET_OF_OTHERS = "CHOOSE-FREE"


class Site:
    """A folder of files to check, and the program."""

    def __init__(self, program, folder, findings):
        self.program, self.folder, self.findings = program, pathlib.Path(folder), findings
        self.count = 0

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def reg(self, name, *rows):
        """A .reg file of (key, line) rows."""
        body = "".join(f"[{key}]\n{line}\n\n" for key, line in rows)
        return self.file(name, f"Windows Registry Editor Version 5.00\n\n{body}")

    def run(self, *words):
        return subprocess.run([self.program, *map(str, words)], capture_output=True, text=True,
                              timeout=120, check=False)

    def check(self, *words, code, rules=None, says=()):
        """`pinhole check` ends with `code`, finds exactly `rules`, and says all of `says`."""
        self.count += 1
        place = "check " + " ".join(pathlib.Path(str(word)).name for word in words)
        done = self.run("check", *words)
        if done.returncode != code:
            self.findings.add(place, f"ends with {done.returncode}, not {code}: "
                                     f"{done.stdout}{done.stderr}")
        for text in says:
            if text not in done.stdout + done.stderr:
                self.findings.add(place, f"does not say {text}: {done.stdout}{done.stderr}")
        if code == 2 and len(done.stderr.splitlines()) != 1:
            self.findings.add(place, f"complains in more than a line: {done.stderr}")
        if rules is None:
            return
        printed = self.run("check", *words, "--format", "json")
        found = sorted(each["rule"] for each in json.loads(printed.stdout)["findings"])
        if found != sorted(rules):
            self.findings.add(place, f"finds {found}, not {sorted(rules)}")
        if printed.returncode != code:
            self.findings.add(place, f"ends with {printed.returncode} as JSON")


def states(site):
    site.check(EXAMPLE, code=0, rules=[], says=["no findings"])
    bad = site.reg("bad.reg", (STORE, '"TCP/IP Port"=dword:00001771'))
    site.check(bad, code=1, rules=["RES-6001"],
               says=["RES-6001", "choose another port", "KB 832017", "1 error, 0 warnings, 0 notes"])
    early = site.reg("early.reg", (STORE, '"TCP/IP Port"=dword:00001388'))
    site.check(early, "--product", "exchange-2003", code=0, rules=["CHOOSE-5000-EDGE"])
    site.check(early, code=0, rules=["CHOOSE-5000-EDGE"], says=["(as Exchange"])
    site.check(early, "--product", "exchange-2010", code=0, rules=["VAL-UNREAD"])
    typed = site.reg("typed.reg", (STORE, '"TCP/IP Port"=dword:00005000'))
    site.check(typed, code=1, rules=["VAL-FORMAT"], says=["20480 is 0x5000"])
    text = site.reg("text.reg", (STORE, '"TCP/IP Port"="56001"'))
    site.check(text, code=1, rules=["VAL-TYPE"], says=["as REG_SZ", "reads REG_DWORD"])
    key = rf"{SERVICES}\MSExchangeIS\Parameters"
    site.check(site.reg("key.reg", (key, '"TCP/IP Port"=dword:0000dac1')), code=1, rules=["VAL-KEY"])


def several_files(site):
    listing = site.file("netstat.txt", NETSTAT)
    site.check(EXAMPLE, listing, code=1, rules=[SOCKET_OF_OTHERS], says=["sqlservr.exe holds"])
    hive = site.folder / "registry.hive"
    site.run("registry", "import", EXAMPLE, "--registry", hive)
    site.check(hive, code=0, rules=[])
    more = site.reg("more.reg", (STORE, '"TCP/IP Port"=dword:00000087'))
    site.check(hive, more, code=1, rules=["RES-135"])


def against_a_plan(site):
    plan = site.folder / "plan"
    made = site.run("plan", TOPOLOGY, "-o", plan)
    if made.returncode != 0:
        site.findings.add("plan", made.stderr)
        return
    site.check(plan / "ex07-1.reg", "--against", plan, code=0, rules=[])
    site.check(plan / "ex07-1.reg", "--against", plan / "plan.json", "--server", "EX07-1", code=0)
    drifted = site.reg("drifted.reg", (STORE, '"TCP/IP Port"=dword:0000dacb'))
    site.check(plan / "ex07-1.reg", drifted, "--against", plan, code=1, rules=["DRIFT-VALUE"],
               says=["56011", "the plan has 56001"])
    site.check(EXAMPLE, "--against", plan, "--server", "other", code=2, says=["ex07-1"])
    site.check(EXAMPLE, "--against", site.folder / "none", code=2)


def a_rule_is_a_row(site):
    data = site.folder / "data"
    shutil.copytree(ROOT / "data", data)
    row = ('\n[[rule]]\nid = "ZZ-OURS"\ntopic = "reserved"\napplies_to = "us"\nrule = "not this one"\n'
           'low = 56001\nhigh = 56001\nlevel = "error"\nremedy = "another"\ncheck = "forbidden-port"\n'
           'confidence = "single"\nsource = "the house"\n')
    with open(data / "port_rules.toml", "a", encoding="utf-8") as rules:
        rules.write(row)
    site.check(EXAMPLE, "--data", data, code=1, rules=["ZZ-OURS"], says=["the house"])


def bad_input(site):
    site.check(site.folder / "missing.reg", code=2, says=["missing.reg"])
    site.check(site.file("letter.txt", "Dear administrator,\n"), code=2, says=["letter.txt"])
    site.check(EXAMPLE, "--product", "exchange-6", code=2, says=["exchange-2007"])
    site.check(EXAMPLE, "--server", "ex1", code=2, says=["--against"])
    notation = site.reg("notation.reg", (STORE, '"TCP/IP Port"=dword:00001388(5000)'))
    site.check(notation, code=2, says=["notation.reg:4"])


def main():
    findings = Findings()
    with tempfile.TemporaryDirectory(prefix="pinhole-", dir="/tmp") as folder:
        site = Site(sys.argv[1], folder, findings)
        for group in (states, several_files, against_a_plan, a_rule_is_a_row, bad_input):
            group(site)
    findings.close(f"{site.count} checks")


if __name__ == "__main__":
    main()
