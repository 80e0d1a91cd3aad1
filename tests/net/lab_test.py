# SPDX-License-Identifier: Apache-2.0
"""`pinhole lab`: a site comes up, lets through what its plan lets through and nothing else, and goes
without a trace, whatever became of the one who made it."""

import contextlib
import ipaddress
import json
import os
import signal
import subprocess
import sys

import jsonschema

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "peers"))
import peers  # noqa: E402

ROOT = os.path.normpath(os.path.join(HERE, os.pardir, os.pardir))
EXAMPLES = os.path.join(ROOT, "examples")
STATE = "/run/pinhole/lab"
NETNS = "/run/netns"
# Seconds. A packet that a device drops gets no answer.
NO_ANSWER_WITHIN = 2
UP_WITHIN = 300

EMSMDB = "a4f1db00-ca47-1067-b31f-00dd010662da,0.81"
SERVER = "192.168.20.11"
CLIENTS = "pinhole-lab-clients"
EX = "pinhole-lab-ex07-1"

CONNECT = """
import socket, sys
for target in sys.argv[2:]:
    host, _, port = target.rpartition("/")
    try:
        socket.create_connection((host, int(port)), float(sys.argv[1])).close()
        print(target, "open")
    except OSError:
        print(target, "shut")
"""


LISTEN = """
import socket, sys, threading
for port in map(int, sys.argv[1:]):
    try:
        listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
    except OSError:
        continue

    def accept(listener=listener):
        while True:
            listener.accept()[0].close()
    threading.Thread(target=accept).start()
print("ready", flush=True)
threading.Event().wait()  # also where `serve` has all the ports already
"""


def lab(*arguments, **more):
    return peers.run(peers.program(), "lab", *arguments, within=UP_WITHIN, **more)


def exits(result, code, *texts):
    peers.expect(result.code == code, f"exit code {result.code} is not {code}", result)
    return result.needs(*texts)


def example(name):
    return os.path.join(EXAMPLES, f"{name}.toml")


def inside(space, *command):
    return peers.run("ip", "netns", "exec", space, *command)


def connects(space, *targets, within=NO_ANSWER_WITHIN):
    """Which of these `address/port` take a connection from a namespace."""
    done = inside(space, sys.executable, "-c", CONNECT, str(within), *targets).succeeds()
    return {line.split()[0] for line in done.lines if line.endswith(" open")}


def spaces():
    return sorted(os.listdir(NETNS)) if os.path.isdir(NETNS) else []


def running():
    """Processes of a lab, by the namespace that they are in: none has the test's own."""
    own = os.stat("/proc/self/ns/net").st_ino
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.stat(f"/proc/{pid}/ns/net").st_ino != own:
                found.append(pid)
    return found


def expect_nothing(*but):
    """No namespace, no interface, no process, and of the state folder an empty lock."""
    peers.expect(spaces() == sorted(but), "namespaces are left", spaces())
    peers.expect(not running(), "processes are left", running())
    links = json.loads(peers.run("ip", "-json", "link").succeeds().output)
    peers.expect([link["ifname"] for link in links] == ["lo"], "interfaces are left", links)
    left = os.listdir(STATE) if os.path.isdir(STATE) else []
    peers.expect(left in ([], ["lock"]), "files are left", left)


@contextlib.contextmanager
def standing(*arguments):
    """A lab that is up, as its JSON; nothing is left of it afterwards."""
    made = exits(lab("up", "--format", "json", *arguments), 0).json()
    try:
        yield made
    finally:
        gone = lab("down")
    exits(gone, 0, "gone")
    expect_nothing()


def a_site_lets_its_flows_through_and_nothing_else():
    with standing() as made:
        peers.expect(spaces() == ["pinhole-lab-clients", "pinhole-lab-ex07-1",
                                  "pinhole-lab-inner-firewall", "pinhole-lab-wires"],
                     "the namespaces", spaces())
        exits(lab("status"), 0, CLIENTS, SERVER, "exchange-2007", "192.168.20.1", "outlook, laptops")
        peers.run("ip", "netns", "exec", CLIENTS, peers.program(), "map", SERVER,
                  EMSMDB).succeeds().needs(f"ncacn_ip_tcp:{SERVER}[56001]")
        inside(CLIENTS, peers.program(), "dump", SERVER).succeeds().needs("56001", "56002", "56004")
        planned = {f"{SERVER}/{port}" for port in (135, 56001, 56002, 56004)}
        others = {f"{SERVER}/{port}" for port in (593, 6001, 6002, 6004)}
        peers.expect(connects(EX, *planned, *others) >= planned | {f"{SERVER}/6004"},
                     "the server itself listens")
        peers.expect(connects(CLIENTS, *planned, *others) == planned,
                     "from the clients exactly what is planned is open")
        with open(made["plan"], encoding="utf-8") as file:
            ports = {row["port"] for row in json.load(file)["assignments"]}
        peers.expect({56001, 56002, 56004} <= ports, "the plan lies there", ports)
        with open(os.path.join(ROOT, "docs/schema/lab.schema.json"), encoding="utf-8") as file:
            schema = json.load(file)
        jsonschema.validate(made, schema)
        jsonschema.validate(lab("status", "--format", "json").succeeds().json(), schema)


def the_default_is_the_example():
    path = example("internal-firewall-exchange-2007")
    with standing("--topology", path):
        with open(f"{STATE}/plan.json", encoding="utf-8") as file:
            named = file.read().replace(path, os.path.basename(path))
    with standing():
        with open(f"{STATE}/plan.json", encoding="utf-8") as file:
            peers.expect(file.read() == named, "another plan")


def a_second_one_is_refused():
    with standing("--name", "first") as made:
        before = spaces()
        exits(lab("up"), 3, "lab first is up", str(made["pid"]), "lab down")
        exits(lab("up", "--name", "first", "--state", "/run/other"), 3, "pinhole-first-")
        peers.expect(not os.path.exists("/run/other/lab.json"), "a record of nothing")
        peers.expect(spaces() == before, "the first lab has changed", spaces())
        exits(lab("status"), 0)
    exits(lab("down"), 0, "no lab")
    exits(lab("status"), 1, "no lab")


def two_labs_stand_side_by_side():
    with standing():
        exits(lab("up", "--name", "other", "--state", "/run/other"), 0, "pinhole-other-clients")
        exits(lab("down", "--state", "/run/other"), 0, "gone")
        exits(lab("status"), 0)


def killed_when(ready):
    """`up`, killed as soon as `ready` says so, and taken away at once."""
    maker = subprocess.Popen([peers.program(), "lab", "up"], stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peers.until(lambda: ready() or maker.poll() is not None, "it is so far", UP_WITHIN)
    maker.send_signal(signal.SIGKILL)
    peers.expect(maker.wait() == -signal.SIGKILL, "it ended before it was killed", maker.returncode)


def down_cleans_up_after_a_killed_up():
    serving = f"{STATE}/servers/{EX}"
    moments = {
        "the record is there": lambda: os.path.exists(f"{STATE}/lab.json"),
        "a namespace is there": lambda: len(spaces()) > 0,
        "all namespaces are there": lambda: len(spaces()) == 4,
        "a server starts": lambda: os.path.exists(f"{serving}/lock"),
        "services run": lambda: os.path.exists(f"{serving}/serve.log"),
    }
    for moment, ready in moments.items():
        killed_when(ready)
        exits(lab("up"), 3, "half made")
        exits(lab("status"), 1, "half made")
        result = exits(lab("down"), 0, "gone")
        try:
            expect_nothing()
        except peers.Failure as failure:
            raise peers.Failure(f"killed when {moment}: {failure}\n{result}") from None
    with standing():
        exits(lab("status"), 0)


def down_ends_whoever_is_inside():
    with standing():
        stubborn = subprocess.Popen(["ip", "netns", "exec", CLIENTS, "sh", "-c",
                                     "trap '' TERM; echo in; read forever"], text=True,
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        peers.expect(stubborn.stdout.readline() == "in\n", "it is in")
    peers.expect(stubborn.wait(peers.STOP_WITHIN) == -signal.SIGKILL, "it was not killed",
                 stubborn.returncode)


def dynamic_ports_stay_behind_the_firewall():
    with standing("--dynamic"):
        exits(lab("status"), 0, "dynamic")
        mapped = inside(CLIENTS, peers.program(), "map", SERVER, EMSMDB).succeeds()
        port = int(mapped.output.partition("[")[2].partition("]")[0])
        peers.expect(1024 <= port <= 5000, "no port of the dynamic range", mapped)
        target = f"{SERVER}/{port}"
        peers.expect(connects(EX, target) == {target}, "the service does not listen")
        peers.expect(not connects(CLIENTS, target), "the firewall lets a dynamic port through")


def the_plan_is_applied_and_all_is_exact():
    with peers.folder() as where, standing("--dynamic"):
        before = exits(lab("verify"), 1, "From clients", "wrong value: the registry holds none")
        peers.expect(before.output.count("\ndynamic ") == 3, "not every port was dynamic", before)
        exits(lab("apply"), 0, "ex07-1")
        page = os.path.join(where, "report.html")
        after = exits(lab("verify", "--html", page), 0, f"report {page}")
        peers.expect(after.output.count("\nexact ") == 5, "not every flow is exact", after)
        with open(page, encoding="utf-8") as file:
            peers.expect("<svg" in file.read(), "the page has no drawing")
        peers.expect("dynamic" not in lab("status").output, "the lab is said to be dynamic")
    exits(lab("verify"), 3, "lab up")
    exits(lab("apply"), 3, "lab up")


def a_dead_server_is_seen():
    with standing() as made:
        state = next(row["state"] for row in made["namespaces"] if row["state"])
        listed = peers.run(peers.program(), "service", "list", "--state", state, "--format", "json",
                           errors=subprocess.DEVNULL).json()["services"]
        parents = set()
        for row in listed:
            with open(f"/proc/{row['pid']}/stat", encoding="ascii") as stat:
                parents.add(int(stat.read().rpartition(")")[2].split()[1]))
        peers.expect(len(parents) == 1, "one supervisor", parents)
        os.kill(parents.pop(), signal.SIGKILL)
        exits(lab("status"), 1, "silent")


def commands_run_in_a_namespace_by_name():
    with standing():
        for name in ("clients", CLIENTS):
            exits(lab("exec", name, "--", "ip", "-4", "-br", "address"), 0, "eth0", "192.168.10.")
        exits(lab("exec", "ex07-1", "--", "sh", "-c", "exit 7"), 7)
        exits(lab("exec", "ex07-9", "true"), 2, CLIENTS)
        exits(lab("exec", "clients", "no-such-program"), 3, "no-such-program")
    exits(lab("exec", "clients", "true"), 3, "no lab")


def wrong_arguments_make_nothing():
    with peers.folder() as where:
        bad = os.path.join(where, "bad.toml")
        with open(example("internal-firewall-exchange-2007"), encoding="utf-8") as file:
            text = file.read()
        with open(bad, "w", encoding="utf-8") as file:
            file.write(text.replace("port = 56001", "port = 593"))
        exits(lab("up", "--topology", bad), 1, "593")
        small = os.path.join(where, "small.toml")
        with open(small, "w", encoding="utf-8") as file:
            file.write(text.replace("192.168.20.0/24", "192.168.20.11/32"))
        exits(lab("up", "--topology", small), 2, "small.toml", "no IPv4 address")
    exits(lab(), 2)
    exits(lab("up", "--topology", "/nonexistent.toml"), 2, "nonexistent")
    exits(lab("up", "--name", "Not/a/name"), 2, "Not/a/name")
    exits(lab("up", "--state", "/run/" + 100 * "long"), 2, "long")
    for words in (["up"], ["down"]):
        exits(peers.run("setpriv", "--reuid=65534", "--clear-groups", peers.program(), "lab",
                        *words), 3, "root")
    expect_nothing()


def what_is_not_ours_stays():
    peers.run("ip", "netns", "add", CLIENTS).succeeds()
    exits(lab("up"), 3, CLIENTS, "--name")
    expect_nothing(CLIENTS)
    peers.run("ip", "netns", "delete", CLIENTS).succeeds()
    os.makedirs(f"{STATE}/servers")
    exits(lab("up"), 3, "servers")
    os.rmdir(f"{STATE}/servers")
    for text in ("{", "[]", '{"schema": "pinhole.lab/9"}'):
        with open(f"{STATE}/lab.json", "w", encoding="ascii") as file:
            file.write(text)
        for words in (["up"], ["down"], ["status"], ["exec", "clients", "true"]):
            exits(lab(*words), 3, "lab.json", "no record")
    os.remove(f"{STATE}/lab.json")
    expect_nothing()


def client_flows(made):
    """(the clients' namespace, address, the server's namespace, port) of each TCP flow from clients:
    the address is what they ask for, outside or of a load balancer."""
    with open(made["plan"], encoding="utf-8") as file:
        plan = json.load(file)
    topology = plan["topology"]
    zone_of = {row["name"]: row["zone"] for row in topology["client"] + topology["server"]}
    outside = {each["server"]: each["outside"] for device in topology.get("device", [])
               for each in device.get("translation", [])}
    rows = {row["name"]: row for table in ("server", "load_balancer")
            for row in topology.get(table, [])}
    space_of = {(row["kind"], row["name"]): row["namespace"] for row in made["namespaces"]}
    flows = set()
    for flow in plan["flows"]:
        client, name = flow["from"].get("client"), next(iter(flow["to"].values()))
        if client is None or flow["transport"] != "tcp" or "-" in flow["ports"]:
            continue
        reached = rows[name]["addresses"]
        if name in outside and zone_of[client] != zone_of[name]:
            reached = [outside[name]]
        elif "device" in rows[name]:
            reached = [address for address in reached
                       if zone_of_address(topology, address) == zone_of[client]]
        for server in rows[name].get("servers", [name]):
            there = space_of.get(("server", server)) or space_of["device", rows[server]["device"]]
            flows |= {(space_of["clients", zone_of[client]], address, there, port)
                      for address in reached for port in flow["ports"].split(",")}
    return flows


def zone_of_address(topology, address):
    """The zone whose networks hold it; else the Internet, which has none."""
    held = [zone["name"] for zone in topology["zone"] for network in zone.get("networks", [])
            if ipaddress.ip_address(address) in ipaddress.ip_network(network)]
    return held[0] if held else "internet"


def listen_where_nobody_does(where, flows):
    """What the plan has and `serve` does not: mail, web and the like."""
    for there in {flow[2] for flow in flows}:
        ports = {port for _, _, space, port in flows if space == there}
        server = peers.Server(there, ["ip", "netns", "exec", there, sys.executable, "-c", LISTEN,
                                      *sorted(ports)], where)
        server.wait_for(lambda: "ready" in server.log(), "listens")


def example_test(name):
    def test():
        with peers.folder() as where, standing("--topology", example(name)) as made:
            exits(lab("status"), 0)
            flows = client_flows(made)
            peers.expect(flows, "the plan has no flow from clients")
            listen_where_nobody_does(where, flows)
            for client in {flow[0] for flow in flows}:
                wanted = {f"{address}/{port}" for space, address, _, port in flows
                          if space == client}
                reached = connects(client, *wanted, within=peers.CLIENT_WITHIN)
                peers.expect(reached == wanted, f"{client} does not reach {wanted - reached}", made)
                # A port of no flow, on which every server with `serve` listens.
                shut = {f"{address}/593" for _, address, *_ in flows} - wanted
                local = {f"{address}/593" for space, address, there, _ in flows
                         if zone_in(made, there) & zone_in(made, client)}
                peers.expect(not connects(client, *(shut - local)), f"{client} reaches too much")
    test.__name__ = f"example_{name.replace('-', '_').replace('.', '_')}"
    return test


def zone_in(made, space):
    return set(next(row["zones"] for row in made["namespaces"] if row["namespace"] == space))


# One translates and hides, one balances, and has IPv6, one has a server that is the device itself.
SITES = ["lan-behind-nat", "exchange-2010-array", "same-host-as-proxy"]

if __name__ == "__main__":
    if os.environ.get("PINHOLE_PEERS_OUTSIDE"):
        # Namespaces and states of a lab are this test's own too.
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run"], check=True)
    peers.main(a_site_lets_its_flows_through_and_nothing_else, the_default_is_the_example,
               a_second_one_is_refused, two_labs_stand_side_by_side,
               down_cleans_up_after_a_killed_up, down_ends_whoever_is_inside,
               dynamic_ports_stay_behind_the_firewall, the_plan_is_applied_and_all_is_exact, a_dead_server_is_seen,
               commands_run_in_a_namespace_by_name, wrong_arguments_make_nothing,
               what_is_not_ours_stays, *(example_test(name) for name in SITES))
