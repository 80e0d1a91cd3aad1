# SPDX-License-Identifier: Apache-2.0
"""`pinhole trace` of what real clients say to our server, against what tshark reads in the same file."""

import collections
import contextlib
import os
import subprocess

import peers
from impacket_calls import connect, rpcdump, rpcmap

STATIC = ('[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\MSExchangeIS\\ParametersSystem]\n'
          '"TCP/IP Port"=dword:0000dac1\n')
EMSMDB = ("a4f1db00-ca47-1067-b31f-00dd010662da", "0.81")
# A bind-time feature is proposed as a context and is no use of an interface.
FEATURES = "6cb71c2c-9812-4540"
REQUEST, RESPONSE, FAULT = "0", "2", "3"


def torture(server, test):
    peers.run("smbtorture", "-s", server.config, "-U%", "ncacn_ip_tcp:127.0.0.1", test)


def clients(server):
    """Each of them asks in its own way."""
    for binding in ("ncacn_ip_tcp:127.0.0.1", "ncacn_ip_tcp:::1", "ncacn_ip_tcp:127.0.0.1[bigendian]"):
        peers.run("rpcclient", "-s", server.config, "-U%", binding, "-c", "epmlookup").succeeds()
        peers.run("rpcclient", "-s", server.config, "-U%", binding, "-c",
                  "epmmap FileServerVssAgent ncacn_ip_tcp")
    for sequence, port in (("ncacn_ip_tcp", 135), ("ncacn_http", 593)):
        rpcdump(sequence, port)
    torture(server, "rpc.epmapper")
    torture(server, "rpc.mgmt")
    entries = server.dump("--ping")
    server.dump("--ping", host="::1")
    peers.run(peers.program(), "map", "127.0.0.1", ",".join(EMSMDB)).succeeds()
    for entry in entries:
        if entry.sequence == "ncacn_ip_tcp":
            rpcmap(entry.sequence, entry.port)
    for entry in entries:
        if (entry.uuid, entry.version) == EMSMDB and entry.sequence == "ncacn_ip_tcp":
            dce = connect(entry.sequence, entry.port)
            dce.bind((b"\0\xdb\xf1\xa4\x47\xca\x67\x10\xb3\x1f\0\xdd\x01\x06\x62\xda\0\0\x51\0"))
            for opnum in (9, 200):
                dce.call(opnum, b"\0" * 24)
                with contextlib.suppress(Exception):
                    dce.recv()
            dce.disconnect()


@contextlib.contextmanager
def captured():
    """A capture of all clients, in a folder that lives as long as the block."""
    with peers.folder() as where:
        with peers.Capture(where) as tape:
            with peers.serving(capture=False, reg=STATIC) as server:
                clients(server)
            tape.finish()
        yield tape


def trace(path, *more):
    result = peers.run(peers.program(), "trace", path, "--format", "json", "--all", *more,
                       errors=subprocess.DEVNULL)
    return result


def rows_of(path):
    done = trace(path)
    peers.expect(done.code == 0, "trace failed", done)
    return done.json()


def whole(tape, path):
    """tshark's reader for another file than the tape's own."""
    other = object.__new__(peers.Capture)
    other.path = path
    return other


def columns(tape, wanted, *fields):
    """Rows of the fields, each a list of its values in the packet."""
    for line in tape.show(wanted, *fields):
        yield [value.split(",") if value else [] for value in line.split("\t")]


def address(row):
    """The first of the IPv4 and the IPv6 address."""
    return row[0][0] if row[0] else row[1][0]


def flows_of_tshark(tape):
    """(client, server, port, interface) of every proposal."""
    found = set()
    fields = ("ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "tcp.dstport", "dcerpc.cn_bind_to_uuid",
              "dcerpc.cn_bind_trans_id")
    for row in columns(tape, "dcerpc.pkt_type in {11, 14}", *fields):
        for interface in row[5]:
            found.add((address(row[0:2]), address(row[2:4]), int(row[4][0]), interface))
    return found


def flows_of_ours(document):
    return {(row["client"], row["server"], row["port"], interface["uuid"])
            for row in document["rows"] if "use" in row and row["use"]["proposed"]
            for interface in row["interfaces"]}


def counts_of_tshark(tape):
    """(server, port, opnum) → calls, and (server, port) → faults: each by its last fragment."""
    calls, faults = collections.Counter(), collections.Counter()
    fields = ("ip.src", "ipv6.src", "ip.dst", "ipv6.dst", "tcp.srcport", "tcp.dstport",
              "dcerpc.pkt_type", "dcerpc.cn_flags.last_frag", "dcerpc.opnum")
    for row in columns(tape, "dcerpc.pkt_type in {0, 3}", *fields):
        opnums = iter(row[8])
        for kind, last in zip(row[6], row[7]):
            if kind == REQUEST:
                opnum = next(opnums)
                if last in ("1", "True"):
                    calls[address(row[2:4]), int(row[5][0]), int(opnum)] += 1
            elif kind == FAULT:
                faults[address(row[0:2]), int(row[4][0])] += 1
    return calls, faults


def counts_of_ours(document):
    calls, faults = collections.Counter(), collections.Counter()
    for row in document["rows"]:
        for operation in row.get("use", {}).get("operations", ()):
            calls[row["server"], row["port"], operation["opnum"]] += operation["calls"]
        for count in row.get("use", {}).get("faults", {}).values():
            faults[row["server"], row["port"]] += count
    return calls, faults


def answers_of_tshark(tape):
    """Every TCP port and interface in an answer of a mapper."""
    ports, interfaces = set(), set()
    fields = ("epm.proto.tcp_port", "epm.proto.http_port", "epm.uuid")
    for row in columns(tape, "epm && dcerpc.pkt_type == 2", *fields):
        ports |= {int(port) for port in row[0] + row[1]}
        interfaces |= set(row[2])
    return ports, interfaces


def differ(ours, theirs):
    return f"only ours {sorted(ours - theirs)}\nonly tshark's {sorted(theirs - ours)}"


def compare(tape, document):
    ours, theirs = flows_of_ours(document), flows_of_tshark(tape)
    peers.expect(len(theirs) > 15, "tshark finds few flows", theirs)
    peers.expect(ours == theirs, "the flows differ", differ(ours, theirs))


def the_flows_are_those_of_tshark():
    with captured() as tape:
        document = rows_of(tape.path)
        compare(tape, document)
        ours, theirs = counts_of_ours(document), counts_of_tshark(tape)
        for mine, other, what in zip(ours, theirs, ("calls", "faults")):
            peers.expect(other, f"tshark finds no {what}")
            peers.expect(mine == other, f"the {what} differ",
                         f"ours more {mine - other}\ntshark more {other - mine}")
        ports, interfaces = answers_of_tshark(tape)
        told = [answer for answer in document["answers"] if answer["registered"]]
        peers.expect({answer["port"] for answer in told} == ports, "the ports told differ",
                     differ({answer["port"] for answer in told}, ports))
        # tshark's field has the transfer syntax of a tower as well.
        mine = {answer["interface"]["uuid"] for answer in told}
        peers.expect(mine and mine <= interfaces, "an interface that tshark does not know",
                     differ(mine, interfaces))


def a_port_is_tied_to_the_answer_that_told_it():
    with captured() as tape:
        document = rows_of(tape.path)
        used = [row for row in document["rows"] if row["port"] == 56001 and row["state"] == "used"]
        peers.expect(used, "nobody used the static port", document["rows"])
        mapped = [row for row in used if row["learned"] != "not seen" and row["server"] == "127.0.0.1"]
        peers.expect(mapped, "no row says where the port is from", used)
        for row in mapped:
            answer = document["answers"][row["answer"]]
            peers.expect(answer["port"] == 56001 and answer["connections"] > 0,
                         "the answer is another", answer)
        table = peers.run(peers.program(), "trace", tape.path, "--product", "exchange-2007").succeeds()
        table.needs("emsmdb", "epmapper", "static", "well-known")
        peers.expect(any(answer["over_http"] for answer in document["answers"]),
                     "no answer over HTTP", document["answers"][:5])


def repeated_and_swapped_packets_change_nothing():
    with captured() as tape:
        twice = os.path.join(os.path.dirname(tape.path), "twice.pcapng")
        peers.run("mergecap", "-w", twice, tape.path, tape.path).succeeds()
        first, second = rows_of(tape.path), rows_of(twice)
        peers.expect(flows_of_ours(first) == flows_of_ours(second), "the flows differ",
                     differ(flows_of_ours(first), flows_of_ours(second)))
        peers.expect(counts_of_ours(first) == counts_of_ours(second), "the counts differ")
        peers.expect(first["counts"]["packets"] * 2 == second["counts"]["packets"], "packets")


def damaged_captures_are_read_as_far_as_they_go():
    with captured() as tape:
        where = os.path.dirname(tape.path)
        known = flows_of_ours(rows_of(tape.path))
        for seed, rate in enumerate((0.0005, 0.005, 0.05)):
            path = os.path.join(where, f"damaged-{seed}.pcap")
            peers.run("editcap", "-F", "pcap", "--seed", seed + 1, "-E", rate, tape.path,
                      path).succeeds()
            done = trace(path)
            peers.expect(done.code in (0, 2), "damaged packets", done)
            if seed == 0:
                same = flows_of_ours(done.json()) & known
                peers.expect(len(same) > len(known) / 2, "little is left", same)
        size = os.path.getsize(tape.path)
        with open(tape.path, "rb") as file:
            octets = file.read()
        for part in range(1, 12):
            path = os.path.join(where, "cut.pcap")
            with open(path, "wb") as file:
                file.write(octets[:size * part // 12 + part])
            done = trace(path)
            peers.expect(done.code in (0, 2), "a file that ends early", done)
            peers.expect(flows_of_ours(done.json()) <= known, "flows that nobody made", done)


peers.main(the_flows_are_those_of_tshark, a_port_is_tied_to_the_answer_that_told_it,
           repeated_and_swapped_packets_change_nothing, damaged_captures_are_read_as_far_as_they_go)
