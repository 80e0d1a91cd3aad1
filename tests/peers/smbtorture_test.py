# SPDX-License-Identifier: Apache-2.0
"""Samba's smbtorture against our mapper. It exits 0 on most failures: its output is read line by
line, and every line that it may not print is an error."""

import re

import peers

TCP = ("ncacn_ip_tcp:127.0.0.1", "ncacn_ip_tcp:::1", "ncacn_ip_tcp:127.0.0.1[bigendian]")

EPMAPPER = {"Map_simple", "Map_full", "Lookup_simple", "Lookup_terminate_search",
            "Insert_noreplace"}
# What inserts is refused over TCP.
INSERTING = {"Map_full", "Insert_noreplace"}
# What smbtorture knows of the mapper's port: its interfaces, and how many operations each has.
MAPPER_CALLS = {"e1af8308-5d1f-11c9-91a4-08002b14a0fa": 7,
                "afa8bd80-7d8a-11c9-bef4-08002b102989": 5}


def torture(server, binding, test):
    return peers.run("smbtorture", "-s", server.config, "-U%", binding, test)


def outcomes(result):
    """Test → success, failure, error or skip."""
    found = re.findall(r"^(success|failure|error|skip): (?:\w+\.)?(\w+)", result.output, re.M)
    return {name: outcome for outcome, name in found}


def refuse_lines(result, *patterns):
    for line in result.lines:
        for pattern in patterns:
            peers.expect(not re.search(pattern, line), f"smbtorture says: {line.strip()}", result)


def only_success(result, name):
    peers.expect(outcomes(result) == {name: "success"}, f"{name} is no success", result)


def epmapper_over_tcp():
    with peers.serving() as server:
        for binding in TCP:
            result = torture(server, binding, "rpc.epmapper")
            expected = {name: "failure" if name in INSERTING else "success" for name in EPMAPPER}
            peers.expect(outcomes(result) == expected,
                         f"over {binding} exactly {sorted(INSERTING)} fail", result)
            refuse_lines(result, "TIMEOUT", "DISCONNECTED", "PROTOCOL_ERROR", "panic")


def epmapper_over_ncalrpc():
    with peers.serving(capture=False) as server:
        before = server.dump()
        for binding in ("ncalrpc:[EPMAPPER]", "ncalrpc:[EPMAPPER,bigendian]"):
            result = torture(server, binding, "rpc.epmapper")
            peers.expect(outcomes(result) == dict.fromkeys(EPMAPPER, "success"),
                         "all five succeed", result)
        peers.until(lambda: server.dump() == before, "what smbtorture inserted is gone")


def mgmt():
    with peers.serving() as server:
        for binding in TCP:
            result = torture(server, binding, "rpc.mgmt")
            only_success(result, "mgmt")
            result.needs("server is listening", "server refused to stop listening", "calls_in",
                         *(f"uuid {name}  version" for name in MAPPER_CALLS))
            refuse_lines(result, "server is NOT listening", "server allowed a stop", "failed - ",
                         "DISCONNECTED", "PROTOCOL_ERROR", "TIMEOUT")


def scanner():
    with peers.serving(random_requests=True) as server:
        for binding in TCP:
            result = torture(server, binding, "rpc.scanner")
            only_success(result, "scanner")
            refuse_lines(result, "disconnected", "access denied at", "protocol error at",
                         "FAILED", "TIMEOUT", "DISCONNECTED")
            seen = re.findall(r"uuid ([0-9a-f-]{36})  version.*?(\d+) calls available",
                              result.output, re.S)
            for name, calls in MAPPER_CALLS.items():
                peers.expect((name, str(calls)) in seen, f"{name} has {calls} calls", result)


def handles_of_a_group_work_from_its_other_connections():
    with peers.serving() as server:
        for binding in TCP:
            result = torture(server, binding, "rpc.bind.assoc_group_handles_external")
            only_success(result, "assoc_group_handles_external")
            refuse_lines(result, "failure", "error", "expected")


peers.main(epmapper_over_tcp, epmapper_over_ncalrpc, mgmt, scanner,
           handles_of_a_group_work_from_its_other_connections)
