# SPDX-License-Identifier: Apache-2.0
"""`pinhole verify` against live servers on loopback addresses: each verdict is made, and named."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import xml.etree.ElementTree

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "peers"))
import peers  # noqa: E402

SERVICES = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services"
STORE_KEY = rf"{SERVICES}\MSExchangeIS\ParametersSystem"
STORE, ATTENDANT = "MSExchangeIS", "MSExchangeSA"
SERVER = "127.2.0.5"
STORE_PORT, REFERRAL_PORT, BOOK_PORT = 5001, 5002, 5004

SITE = f"""title = "A site <on> one machine"

[[zone]]
name = "clients"
networks = ["127.1.0.0/16"]

[[zone]]
name = "servers"
networks = ["127.2.0.0/16"]

[[device]]
name = "fw"
interfaces = {{ clients = "eth1", servers = "eth2" }}

[[server]]
name = "ex-1"
zone = "servers"
addresses = ["{SERVER}"]
product = "exchange-2003"
roles = ["back-end"]

[[client]]
name = "outlook"
kind = "mapi"
zone = "clients"

[[client]]
name = "senders"
kind = "smtp"
zone = "clients"

[[need]]
from = "outlook"
to = ["ex-1"]

[policy]
wanted = "5001-5100"
"""

MAIL = """
[[need]]
from = "senders"
to = ["ex-1"]
"""


def make_plan(where, topology=SITE):
    path = os.path.join(where, "site.toml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(topology)
    plan = os.path.join(where, "plan")
    peers.run(peers.program(), "plan", path, "-o", plan).succeeds()
    return plan


class Site(peers.Pinhole):
    """The server of the plan, on its address."""

    def __init__(self, where, plan):
        self.program, self.where, self.plan = peers.program(), where, plan
        self.state = os.path.join(where, "state")
        self.hive = os.path.join(self.state, "registry.hive")
        peers.Server.__init__(self, "pinhole", [
            self.program, "serve", "--plan", plan, "--server", "ex-1", "--state", self.state,
            "--listen", SERVER, "--foreground"], where)
        self.wait_for(self.settled, "all services are up")

    def verify(self, *arguments, zone="clients", timeout=5):
        return peers.run(self.program, "verify", self.plan, "--from", zone, "--timeout",
                         str(timeout), *arguments)

    def judged(self, *arguments, code, timeout=5):
        """The verdicts as JSON, by the flow's last part; the exit code is checked."""
        done = peers.run(self.program, "verify", self.plan, "--from", "clients", "--format", "json",
                         "--timeout", str(timeout), *arguments, errors=subprocess.DEVNULL)
        peers.expect(done.code == code, f"exit code is not {code}", done)
        return {row["flow"].split(":", 1)[1]: row for row in done.json()["flows"]}


@contextlib.contextmanager
def site(topology=SITE):
    with peers.folder() as where, Site(where, make_plan(where, topology)) as server:
        yield server


@contextlib.contextmanager
def watching(server, *arguments):
    """`verify --watch` in the background; gives a function that waits for a line."""
    watcher = subprocess.Popen(
        [server.program, "verify", server.plan, "--from", "clients", "--watch", "1", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = []

    def line_with(*texts):
        for line in watcher.stdout:
            said.append(line)
            if all(text in line for text in texts):
                return
        peers.expect(False, f"no line with {texts}", said)

    try:
        yield watcher, line_with
    finally:
        watcher.kill()
        watcher.wait()


def watching_tells_what_changes():
    with site() as server:
        page = os.path.join(server.where, "page.html")
        gone = ("Z  not registered, was exact  outlook to ex-1", f"tcp/{STORE_PORT}")
        with watching(server, "--html", page) as (watcher, line_with):
            line_with("4 of 5 flows are exact")
            server.service("stop", STORE).succeeds()
            line_with(*gone)
            line_with("  next: ")
            server.service("start", STORE).succeeds()
            line_with("Z  exact, was not registered  outlook to ex-1", f"tcp/{STORE_PORT}")
            server.service("stop", STORE).succeeds()
            line_with(*gone)
            watcher.send_signal(signal.SIGINT)
            line_with("3 of 5 flows are exact")
            code = watcher.wait(peers.STOP_WITHIN)
            peers.expect(code == 1, f"exit code is not 1: {code}")
        with open(page, encoding="utf-8") as file:
            peers.expect("3 of 5 flows are exact" in file.read(), "the page is of the last round")
        refused = server.verify("--watch", "1", "--format", "json")
        peers.expect(refused.code == 2, "--watch is a table", refused)


def expect_verdict(row, verdict, **more):
    peers.expect(row["verdict"] == verdict, f"the verdict is not {verdict}", row)
    for key, value in more.items():
        peers.expect(row.get(key) == value, f"{key} is not {value}", row)


def nft(program):
    subprocess.run(["nft", "-f", "-"], input=program, text=True, check=True)


@contextlib.contextmanager
def rule(text):
    """A rule on what arrives at the server."""
    nft("table inet verify {\n  chain input {\n    type filter hook input priority 0; policy accept;\n"
        f"    ip daddr {SERVER} {text}\n  }}\n}}\n")
    try:
        yield
    finally:
        nft("delete table inet verify\n")


def a_server_as_planned_is_exact():
    with site() as server:
        server.verify().succeeds().needs("emsmdb answers on tcp/5001", "rfri answers on tcp/5002",
                                         "nspi-proxy answers on tcp/5004",
                                         "the endpoint mapper answers", "4 of 5 flows are exact",
                                         "1 not verifiable from here")
        rows = server.judged(code=0)
        expect_verdict(rows["is-tcp-port"], "exact", seen=[STORE_PORT], address=SERVER)
        expect_verdict(rows["tcp-135"], "exact", seen=[135])
        udp = [row for row in rows.values() if row["transport"] == "udp"]
        peers.expect(len(udp) == 1, "the new-mail notification is a row", rows)
        expect_verdict(udp[0], "not-verifiable")
        server.verify("--registry", server.hive).succeeds()
        server.verify("--as", "outlook").succeeds()


def a_stopped_service_is_not_registered():
    with site() as server:
        server.service("stop", STORE).succeeds()
        rows = server.judged(code=1)
        expect_verdict(rows["is-tcp-port"], "not-registered", where="mapper")
        expect_verdict(rows["sa-tcp-port"], "exact")
        done = server.verify()
        peers.expect(done.code == 1, "exit code is not 1", done)
        done.needs("next: ex-1: start MSExchangeIS")


def set_store_port(server, port):
    server.set_registry(f'[{STORE_KEY}]\n"TCP/IP Port"=dword:{port:08x}\n')


def another_static_port_is_moved():
    with site() as server:
        set_store_port(server, 6500)
        expect_verdict(server.judged("--registry", server.hive, code=0)["is-tcp-port"], "exact",
                       cause="wrong-value")
        server.service("restart", STORE).succeeds()
        expect_verdict(server.judged(code=1)["is-tcp-port"], "moved", seen=[6500])
        row = server.judged("--registry", f"EX-1={server.hive}", code=1)["is-tcp-port"]
        expect_verdict(row, "moved", cause="wrong-value")
        set_store_port(server, STORE_PORT)
        row = server.judged("--registry", server.hive, code=1)["is-tcp-port"]
        expect_verdict(row, "moved", cause="not-yet-restarted", advice="restart MSExchangeIS")
        server.service("restart", STORE).succeeds()
        expect_verdict(server.judged(code=0)["is-tcp-port"], "exact")


def a_value_that_is_gone_is_dynamic():
    with site() as server:
        server.set_registry(f'[{STORE_KEY}]\n"TCP/IP Port"=-\n')
        server.service("restart", STORE).succeeds()
        row = server.judged("--registry", server.hive, code=1)["is-tcp-port"]
        expect_verdict(row, "dynamic", cause="wrong-value", where="service")
        peers.expect(row["seen"][0] in range(1024, 5001), "a port of the dynamic range", row)


def a_dropped_packet_is_blocked_by_a_timeout():
    with site() as server:
        with rule(f"tcp dport {STORE_PORT} drop"):
            rows = server.judged(code=1, timeout=1)
            expect_verdict(rows["is-tcp-port"], "blocked", where="service", contact="timeout")
            expect_verdict(rows["sa-tcp-port"], "exact")
        with rule("tcp dport 135 drop"):
            rows = server.judged(code=1, timeout=1)
            expect_verdict(rows["tcp-135"], "blocked", where="mapper", contact="timeout")
            expect_verdict(rows["is-tcp-port"], "blocked", where="mapper", contact="timeout")
            peers.expect("emsmdb itself answers on tcp/5001" in rows["is-tcp-port"]["reason"],
                         "the service itself is tried", rows)


def a_rejected_packet_names_who_rejects():
    with site() as server:
        with rule(f"tcp dport {STORE_PORT} reject with icmpx admin-prohibited"):
            expect_verdict(server.judged(code=1)["is-tcp-port"], "blocked", where="service",
                           contact="unreachable", reporter=SERVER)
        with rule(f"tcp dport {STORE_PORT} reject with icmpx port-unreachable"):
            expect_verdict(server.judged(code=1)["is-tcp-port"], "blocked", contact="refused",
                           reporter=SERVER)
        with rule(f"tcp dport {STORE_PORT} reject with tcp reset"):
            row = server.judged(code=1)["is-tcp-port"]
            expect_verdict(row, "blocked", contact="refused")
            peers.expect("reporter" not in row, "a reset names nobody", row)


def listener(port, address=SERVER):
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    plain.bind((address, port))
    plain.listen(64)
    return plain


def another_listener_is_the_wrong_service():
    with site() as server:
        server.service("stop", STORE).succeeds()
        with listener(STORE_PORT):
            row = server.judged(code=1, timeout=1)["is-tcp-port"]
            expect_verdict(row, "wrong-service", where="service", contact="open")
            peers.expect("does not know emsmdb" in row["reason"], "nor is it registered", row)


def another_rpc_server_is_the_wrong_service():
    """Packets to the planned port arrive at another service, which the mapper does not know of."""
    with site() as server:
        nft("table ip led {\n  chain output {\n    type nat hook output priority -100;\n"
            f"    ip daddr {SERVER} tcp dport {STORE_PORT} dnat to {SERVER}:{REFERRAL_PORT}\n  }}\n}}\n")
        row = server.judged(code=1)["is-tcp-port"]
        nft("delete table ip led\n")
        expect_verdict(row, "wrong-service", where="service", seen=[STORE_PORT])
        peers.expect("an RPC server is on tcp/5001, and refuses" in row["reason"], "it is RPC", row)


def what_is_no_rpc_is_connected_only():
    with site(SITE + MAIL) as server:
        row = server.judged(code=1)["tcp-25"]
        expect_verdict(row, "blocked", contact="refused", where="service")
        with listener(25):
            row = server.judged(code=0)["tcp-25"]
            expect_verdict(row, "exact", seen=[25])
            peers.expect("what answers there was not asked" in row["reason"], "it says so", row)


def what_must_not_be_open_is_found():
    with site() as server, listener(7001):
        done = server.verify("--excess", "5001-5010,7000-7002", "--rate", "1000", "--format", "json")
        peers.expect(done.code == 1, "exit code is not 1", done)
        excess = done.json()["excess"]
        peers.expect([(row["to"], row["port"]) for row in excess["open"]] == [("ex-1", 7001)],
                     "only the stray listener is open", excess)
        peers.expect(excess["tried"] == 10 and excess["rate"] == 1000, "planned ports are left out",
                     excess)
        server.verify("--excess", "7002", "--rate", "1000").succeeds()


def every_form_says_the_same():
    with site() as server:
        server.service("stop", STORE).succeeds()
        junit = xml.etree.ElementTree.fromstring(server.verify("--format", "junit").output)
        peers.expect([case.get("name") for case in junit.iter("testcase")
                      if case.find("failure") is not None] == ["outlook>ex-1:is-tcp-port"],
                     "one failure")
        run = server.verify("--format", "sarif").json()["runs"][0]
        wrong = [each for each in run["results"] if each["level"] == "error"]
        peers.expect(len(wrong) == 1 and wrong[0]["ruleId"] == "not-registered", "one error", wrong)
        place = wrong[0]["locations"][0]["physicalLocation"]
        peers.expect(place["artifactLocation"]["uri"].endswith("site.toml") and
                     SITE.splitlines()[place["region"]["startLine"] - 1] == "[[need]]",
                     "it points at the need", place)
        page = os.path.join(server.where, "report.html")
        peers.expect(server.verify("--html", page).code == 1, "exit code is not 1")
        with open(page, encoding="utf-8") as file:
            text = file.read()
        peers.expect("A site &lt;on&gt; one machine" in text and "not registered" in text and
                     "Next: start MSExchangeIS" in text, "the page has it all", text)
        peers.expect(not re.search(r"https?://", text), "the page loads nothing", text)


def wrong_arguments_try_nothing():
    with peers.folder() as where:
        plan = make_plan(where)
        for arguments, text in (((), "from where is not said"),
                                (("--from", "moon"), "no zone of this name"),
                                (("--as", "nobody"), "no client or server"),
                                (("--as", "ex-1", "--from", "clients"), "does not stand in the zone"),
                                (("--from", "clients", "--excess", "x"), "no set of ports"),
                                (("--from", "clients", "--registry", "/nowhere"), "/nowhere"),
                                (("--from", "clients", "--registry", "moon=/nowhere"), "moon")):
            done = peers.run(peers.program(), "verify", plan, *arguments)
            peers.expect(done.code == 2, "exit code is not 2", done)
            done.needs(text)
        done = peers.run(peers.program(), "verify", os.path.join(where, "none"), "--from", "clients")
        peers.expect(done.code == 2, "exit code is not 2", done)


def a_machine_without_a_route_is_the_environments_fault():
    with peers.folder() as where:
        plan = make_plan(where, SITE.replace("127.1.", "10.1.").replace("127.2.", "10.2."))
        done = peers.run(peers.program(), "verify", plan, "--from", "clients")
        peers.expect(done.code == 3, "exit code is not 3", done)
        done.needs("cannot be tried from this machine")


if __name__ == "__main__":
    peers.main(watching_tells_what_changes, a_server_as_planned_is_exact,
               a_stopped_service_is_not_registered,
               another_static_port_is_moved, a_value_that_is_gone_is_dynamic,
               a_dropped_packet_is_blocked_by_a_timeout, a_rejected_packet_names_who_rejects,
               another_listener_is_the_wrong_service, another_rpc_server_is_the_wrong_service,
               what_is_no_rpc_is_connected_only,
               what_must_not_be_open_is_found, every_form_says_the_same,
               wrong_arguments_try_nothing, a_machine_without_a_route_is_the_environments_fault)
