# SPDX-License-Identifier: Apache-2.0
"""`pinhole plan` from the command line: what it writes and what it refuses, and that every server of
every example, run as planned, is on its planned ports and on no other."""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "peers"))
import peers  # noqa: E402

EXAMPLES = os.path.normpath(os.path.join(HERE, os.pardir, os.pardir, "examples"))
DATA = os.path.normpath(os.path.join(HERE, os.pardir, os.pardir, "data"))
TEXTS = ["plan.json", "plan.md", "restarts.txt"]

SITE = """[[zone]]
name = "clients"
networks = ["10.1.0.0/16"]

[[zone]]
name = "servers"
networks = ["10.2.0.0/24"]

[[device]]
name = "fw"
interfaces = { clients = "eth1", servers = "eth2" }

[[server]]
name = "ex-1"
zone = "servers"
addresses = ["10.2.0.5"]
product = "exchange-2007"
roles = ["mailbox"]

[[client]]
name = "outlook"
kind = "mapi"
zone = "clients"

[[need]]
from = "outlook"
to = ["ex-1"]

[policy]
wanted = "56001-56100"
"""


def plan(*arguments, **more):
    return peers.run(peers.program(), "plan", *arguments, **more)


def exits(result, code, *texts):
    peers.expect(result.code == code, f"exit code {result.code} is not {code}", result)
    return result.needs(*texts)


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def read(path):
    with open(path, "rb") as file:
        return file.read()


def files_of(folder):
    """Every file below a folder, by its name from there."""
    paths = [path for path in glob.glob(os.path.join(folder, "**"), recursive=True,
                                        include_hidden=True) if os.path.isfile(path)]
    return {os.path.relpath(path, folder): read(path) for path in sorted(paths)}


def settings():
    """The settings of the catalogue, by id."""
    with open(os.path.join(DATA, "settings.toml"), "rb") as file:
        return {row["id"]: row for row in tomllib.load(file)["setting"]}


class Served(peers.Server):
    """A server of a plan that runs; ready when constructed."""

    def __init__(self, where, *options):
        self.program = peers.program()
        self.state = os.path.join(where, "state")
        super().__init__("pinhole", [self.program, "serve", "--state", self.state, "--foreground",
                                     "--listen", "127.0.0.1", *options], where)
        try:
            self.wait_for(self.settled, "all services are up")
        except peers.Failure:
            print(json.dumps(self.services(), indent=1), flush=True)
            self.stop()
            raise

    def services(self):
        listed = peers.run(self.program, "service", "list", "--format", "json", "--state",
                           self.state, errors=subprocess.DEVNULL)
        return listed.json()["services"] if listed.code == 0 else None

    def settled(self):
        """A front-end has no service of its own, besides the mapper."""
        rows = self.services()
        return rows is not None and "ready: " in self.log() and all(row["state"] == "degraded" or row["state"] == "running" and
                                  row["registered"] for row in rows)

    def dumped(self):
        """The TCP ports of the endpoint map."""
        result = peers.run(self.program, "dump", "127.0.0.1", "--format", "json",
                           errors=subprocess.DEVNULL).succeeds()
        return {entry.port for entry in peers.entries_of(result.json())
                if entry.sequence == "ncacn_ip_tcp"}


def check_ports(server, planned, what):
    """Each planned port is held by its service, statically; every other one is no static port; the
    map shows what is held and nothing else."""
    rows = {row["name"]: row for row in server.services()}
    held = set()
    peers.expect(set(planned) <= set(rows), f"{what}: {set(planned) - set(rows)} does not run", rows)
    for name, row in rows.items():
        peers.expect(row["state"] == "running", f"{what}: {name} is not running", row)
        static = {each["port"] for each in row["listeners"] if each["kind"] == "static"}
        peers.expect(static == planned.get(name, set()),
                     f"{what}: {name} is on {static}, planned is {planned.get(name)}", row)
        held |= {each["port"] for each in row["listeners"] if each["sequence"] == "ncacn_ip_tcp"}
    wanted = set().union(*planned.values())
    peers.expect(server.dumped() == held, f"{what}: the map has {server.dumped()}, not {held}")
    x400 = {each["port"] for row in rows.values() for each in row["listeners"]
            if each["sequence"] == "rfc1006"}
    peers.expect(wanted <= held | x400, f"{what}: {wanted - held} is not served", rows)


def planned_ports(made, server):
    """service → ports, as the plan has them for one server."""
    ports = {}
    for row in made["assignments"]:
        if row["server"] == server:
            ports.setdefault(row["service"], set()).add(row["port"])
    return ports


def offline_hive(where, reg_hive):
    """The same values in a hive that hivexregedit has made, from the offline form."""
    offline = os.path.join(where, "offline.reg")
    made = os.path.join(where, "by-hivexregedit")
    peers.run(peers.program(), "registry", "export", "--for-hive", "--registry", reg_hive,
              "--output", offline).succeeds()
    # A hive as it begins: the keys that every registry has, and none of the plan's values.
    begin = write(os.path.join(where, "begin.reg"), "Windows Registry Editor Version 5.00\n\n"
                  "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet]\n")
    peers.run(peers.program(), "registry", "import", begin, "--registry", made).succeeds()
    peers.run("hivexregedit", "--merge", "--prefix", "HKEY_LOCAL_MACHINE", made, offline).succeeds()
    return made


def config_files(where, made, server, known):
    """What plan.md says to write into .config files."""
    folder = os.path.join(where, "config")
    os.makedirs(folder)
    for row in made["assignments"]:
        setting = known[row["setting"]]
        if row["server"] == server and setting["type"] == "appSettings":
            write(os.path.join(folder, setting["key"]),
                  "<configuration><appSettings>\n"
                  f'<add key="{setting["value"]}" value="{row["port"]}" />\n'
                  "</appSettings></configuration>\n")
    return folder


def serve_example(topology):
    """Every Exchange server of an example: as planned, and from its .reg file."""
    known = settings()
    with peers.folder() as top:
        folder = os.path.join(top, "plan")
        plan(topology, "-o", folder).succeeds()
        made = json.loads(read(os.path.join(folder, "plan.json")))
        roles_of = {row["id"]: row.get("roles", []) for row in products()}
        served = 0
        for server in made["topology"]["server"]:
            name, product = server["name"], server.get("product")
            reg = os.path.join(folder, f"{name}.reg")
            if product is None:
                continue
            ports = planned_ports(made, name)
            where = os.path.join(top, name)
            os.makedirs(where)
            with Served(where, "--plan", folder, "--server", name) as running:
                check_ports(running, ports, f"{name}, serve --plan")
            shutil.rmtree(os.path.join(where, "state"))
            hive = os.path.join(where, "hive")
            if os.path.exists(reg):
                peers.run(peers.program(), "registry", "import", reg, "--registry",
                          hive).succeeds()
                made_by_others = offline_hive(where, hive)
                peers.run(peers.program(), "registry", "diff", hive, made_by_others).succeeds()
                hive = made_by_others
            options = [part for role in server.get("roles", []) if role in roles_of[product]
                       for part in ("--role", role)]
            with Served(where, "--product", product, "--registry", hive, "--config-dir",
                        config_files(where, made, name, known), *options) as running:
                check_ports(running, ports, f"{name}, serve --registry")
            served += 1
    return served


def products():
    with open(os.path.join(DATA, "products.toml"), "rb") as file:
        return tomllib.load(file)["product"]


def topologies():
    return [path for path in sorted(glob.glob(os.path.join(EXAMPLES, "*.toml")))
            if "gate" not in os.path.basename(path)]


def every_example_is_planned():
    for path in topologies():
        result = plan(path).succeeds()
        peers.expect("0 errors" in result.lines[-1], f"{path}: errors", result)
        again = plan(path, "--format", "json", errors=subprocess.DEVNULL).succeeds()
        peers.expect(again.output == plan(path, "--format", "json",
                                          errors=subprocess.DEVNULL).output,
                     f"{path}: the same input gives other bytes")
        made = again.json()
        peers.expect(made["flows"], f"{path}: no flows")


def mistakes_write_nothing():
    cases = {
        "an unknown key": (SITE.replace("zone = \"servers\"", "zoen = \"servers\"", 1), "zoen"),
        "a server twice": (SITE + SITE[SITE.index("[[server]]"):SITE.index("[[client]]")], "ex-1"),
        "overlapping zones": (SITE.replace("10.1.0.0/16", "10.2.0.0/16"), "overlaps"),
        "a role that the product lacks": (SITE.replace('"mailbox"', '"back-end"'), "back-end"),
        "a port that is none": (SITE + '[[pin]]\nserver = "ex-1"\nsetting = "is-tcp-port"\n'
                                "port = 70000\n", "70000"),
        "an empty need": (SITE.replace('to = ["ex-1"]', "to = []"), "need"),
        "no TOML": ("[[server\n", "TOML"),
        "a missing state file": (SITE.replace('roles = ["mailbox"]', 'roles = ["mailbox"]\n'
                                              'state = { registry = "no.reg" }'), "no.reg"),
        "a state file of the wrong kind": (
            SITE.replace('roles = ["mailbox"]', 'roles = ["mailbox"]\n'
                         'state = { registry = "netstat.txt" }'), "netstat"),
    }
    for what, (text, said) in cases.items():
        with peers.folder() as where:
            path = write(os.path.join(where, "site.toml"), text)
            write(os.path.join(where, "netstat.txt"),
                  "Active Connections\n\n  Proto  Local Address  Foreign Address  State\n"
                  "  TCP    0.0.0.0:135    0.0.0.0:0        LISTENING\n [svchost.exe]\n")
            before = sorted(os.listdir(where))
            result = exits(plan(path, "-o", os.path.join(where, "plan")), 2, said)
            peers.expect(re.search(r"^pinhole: .*(site\.toml:\d+|netstat\.txt)", result.output),
                         f"{what}: no place", result)
            peers.expect(sorted(os.listdir(where)) == before, f"{what}: something was written",
                         os.listdir(where))


def wrong_arguments_write_nothing():
    with peers.folder() as where:
        path = write(os.path.join(where, "site.toml"), SITE)
        out = os.path.join(where, "plan")
        exits(plan(), 2)
        exits(plan(os.path.join(where, "no.toml")), 2, "no.toml")
        exits(plan(path, "-o", out, "--apply-hive", "ex-1"), 2, "SERVER=PATH")
        exits(plan(path, "-o", out, "--apply-hive", "ex-9=hive"), 2, "ex-9")
        exits(plan(path, "-o", out, "--apply-hive", f"ex-1={where}/none"), 2, "none")
        exits(plan(path, "-o", out, "--format", "xml"), 2)
        exits(plan(path, "-o", os.path.join(where, "no", "plan")), 3)
        peers.expect(os.listdir(where) == ["site.toml"], "something was written",
                     os.listdir(where))


def a_plan_is_replaced_whole_and_kept():
    with peers.folder() as where:
        path = write(os.path.join(where, "site.toml"), SITE)
        out = os.path.join(where, "plan")
        plan(path, "-o", out).succeeds().needs("wrote", "plan.json", "ex-1-undo.reg")
        first = files_of(out)
        pairs = ["ex-1{}.reg", "ex-1{}.ps1", "ex-1{}.cmd", "outlook{}.reg",
                 "group-policy/Registry{}.xml"]
        wanted = [".pinhole-plan", *TEXTS,
                  *(pair.format(end) for pair in pairs for end in ("", "-undo"))]
        peers.expect(sorted(first) == sorted(wanted), "the files", sorted(first))
        write(path, SITE.replace("56001-56100", "57001-57100"))
        plan(path, "-o", out).succeeds().needs("kept")
        peers.expect(files_of(out) != first and files_of(out + ".old") == first,
                     "the earlier plan is DIR.old")
        foreign = os.path.join(where, "mine")
        os.makedirs(foreign)
        write(os.path.join(foreign, "letter"), "mine")
        exits(plan(path, "-o", foreign), 2, "mine")
        peers.expect(os.listdir(foreign) == ["letter"], "a foreign folder is left alone")
        peers.expect(sorted(os.listdir(where)) == ["mine", "plan", "plan.old", "site.toml"],
                     "nothing else is left", os.listdir(where))


def errors_write_nothing_unless_forced():
    with peers.folder() as where:
        path = write(os.path.join(where, "site.toml"), SITE +
                     '[[pin]]\nserver = "ex-1"\nsetting = "is-tcp-port"\nport = 593\n')
        out = os.path.join(where, "plan")
        exits(plan(path, "-o", out), 1, "error", "593", "nothing written")
        peers.expect(not os.path.exists(out), "it was written")
        exits(plan(path), 1, "593")
        exits(plan(path, "-o", out, "--force"), 1, "wrote")
        peers.expect(os.path.exists(os.path.join(out, "plan.json")), "it was not written")


def values_go_straight_into_a_hive_and_back():
    with peers.folder() as where:
        hive = os.path.join(where, "hive")
        before = os.path.join(where, "before")
        reg = write(os.path.join(where, "begin.reg"), "Windows Registry Editor Version 5.00\n\n"
                    r"[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\MSExchangeIS"
                    '\\ParametersSystem]\n"TCP/IP Port"="5000"\n"Other"=dword:00000007\n'
                    r"[HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\MSExchangeSA]" "\n")
        peers.run(peers.program(), "registry", "import", reg, "--registry", hive).succeeds()
        shutil.copy(hive, before)
        path = write(os.path.join(where, "site.toml"), SITE.replace(
            'roles = ["mailbox"]', 'roles = ["mailbox"]\nstate = { registry = "before" }'))
        out = os.path.join(where, "plan")
        plan(path, "-o", out, "--apply-hive", f"EX-1={hive}", "--force").needs("kept", "wrote")
        made = json.loads(read(os.path.join(out, "plan.json")))
        want = planned_ports(made, "ex-1")["MSExchangeIS"]
        got = peers.run(peers.program(), "registry", "get",
                        r"HKLM\SYSTEM\CurrentControlSet\Services\MSExchangeIS\ParametersSystem",
                        "TCP/IP Port", "--registry", hive).succeeds()
        peers.expect(any(str(port) in got.output for port in want) and "REG_DWORD" in got.output,
                     "the value is in the hive", got)
        exits(peers.run(peers.program(), "registry", "diff", before, hive), 1)
        peers.run(peers.program(), "registry", "import", os.path.join(out, "ex-1-undo.reg"),
                  "--registry", hive).succeeds()
        peers.run(peers.program(), "registry", "diff", before, hive).succeeds()


def serve_refuses_what_no_plan_has():
    with peers.folder() as where:
        path = write(os.path.join(where, "site.toml"), SITE + """
[[server]]
name = "dc"
zone = "servers"
addresses = ["10.2.0.9"]
system = "windows-2003"
roles = ["domain-controller"]
""")
        out = os.path.join(where, "plan")
        plan(path, "-o", out, "--force")
        state = os.path.join(where, "state")

        def serve(*arguments):
            return peers.run(peers.program(), "serve", "--foreground", "--state", state, *arguments)

        exits(serve("--plan", out, "--server", "ex-9"), 2, "ex-9", "ex-1")
        exits(serve("--plan", out, "--server", "dc"), 2, "dc")
        exits(serve("--plan", out), 2, "--server")
        exits(serve("--server", "ex-1"), 2, "--plan")
        exits(serve("--plan", where, "--server", "ex-1"), 2, "no plan")
        exits(serve("--plan", out, "--server", "ex-1", "--product", "exchange-2003"), 2)
        text = read(os.path.join(out, "plan.json")).replace(b'"version": 1', b'"version": 9')
        with open(os.path.join(out, "plan.json"), "wb") as file:
            file.write(text)
        exits(serve("--plan", out, "--server", "ex-1"), 2, "version 9")
        peers.expect(not os.path.exists(state), "a state folder was made")


def example_test(path):
    name = os.path.basename(path).removesuffix(".toml")

    def test():
        serve_example(path)
    test.__name__ = f"example_{name}"
    return test


if __name__ == "__main__":
    peers.main(every_example_is_planned, mistakes_write_nothing, wrong_arguments_write_nothing,
               a_plan_is_replaced_whole_and_kept, errors_write_nothing_unless_forced,
               values_go_straight_into_a_hive_and_back, serve_refuses_what_no_plan_has,
               *(example_test(path) for path in topologies()))
