# SPDX-License-Identifier: Apache-2.0
"""What impacket's rpcdump and rpcmap ask, on the mapper and on every endpoint of every service."""

import collections

from impacket import uuid
from impacket.dcerpc.v5 import mgmt
from impacket.dcerpc.v5.rpcrt import DCERPCException

import peers
from impacket_calls import connect, rpcdump, rpcmap

MAPPER = ("ncacn_ip_tcp", 135)
OUT_OF_RANGE = "nca_s_op_rng_error"


def endpoints(server):
    """(sequence, port) → the interfaces that the map names there."""
    found = collections.defaultdict(set)
    for entry in server.dump():
        if entry.on_ip:
            found[entry.sequence, entry.port].add((entry.uuid, entry.version))
    return found


def rpcdump_shows_every_entry():
    with peers.serving() as server:
        expected = sorted((each.uuid, each.version, each.sequence, each.endpoint, each.annotation)
                          for each in server.dump())
        for sequence, port, host in ((*MAPPER, "127.0.0.1"), (*MAPPER, "::1"),
                                     ("ncacn_http", 593, "127.0.0.1")):
            found = rpcdump(sequence, port, host)
            peers.expect(found == expected, f"rpcdump of {sequence}:{host}[{port}] differs",
                         f"found    {found}\nexpected {expected}")


def rpcmap_finds_the_interfaces_of_every_endpoint():
    with peers.serving() as server:
        places = endpoints(server)
        peers.expect(len(places) > 3, "few endpoints", places)
        for place, interfaces in sorted(places.items()):
            names = rpcmap(*place)
            peers.expect(interfaces <= names, f"mgmt of {place} does not name all that the map does",
                         f"map {interfaces}\nmgmt {names}")
        peers.expect(any(name == "e1af8308-5d1f-11c9-91a4-08002b14a0fa"
                         for name, _ in rpcmap(*MAPPER)), "the mapper does not name itself")


def mgmt_answers_on_every_endpoint():
    with peers.serving() as server:
        for place in sorted({MAPPER, ("ncacn_http", 593), *endpoints(server)}):
            dce = connect(*place)
            dce.bind(mgmt.MSRPC_UUID_MGMT)
            listening = mgmt.his_server_listening(dce)
            peers.expect(listening["status"] == 0, f"{place} does not listen")
            stats = mgmt.hinq_stats(dce)
            peers.expect(stats["count"] == 4, f"{place} has not 4 counters")
            refuses(dce, place)
            dce.disconnect()
        rows = server.services()
        peers.expect(all(row["state"] == "running" for row in rows), "a stop took effect", rows)


def refuses(dce, place):
    """stop_server_listening is refused by a status, and the principal name by a fault or one."""
    try:
        stopped = mgmt.hstop_server_listening(dce)
        peers.expect(stopped["status"] != 0, f"{place} stops for anybody")
    except DCERPCException as refused:
        peers.expect(refused.get_error_code() == 5, f"{place}: {refused}")
    try:
        named = mgmt.hinq_princ_name(dce, princ_name_size=64)
        peers.expect("status" in named.fields, f"{place}: no status")
    except DCERPCException as refused:
        peers.expect("rpc_x_bad_stub_data" not in str(refused), f"{place}: {refused}")


def the_services_interfaces_answer_every_opnum():
    """In this version the services' own operations are known by name only."""
    with peers.serving(random_requests=True) as server:
        for place, interfaces in sorted(endpoints(server).items()):
            for name, version in sorted(interfaces):
                dce = connect(*place)
                dce.bind(uuid.uuidtup_to_bin((name, version)))
                for opnum in (0, 7, 65535):
                    dce.call(opnum, b"")
                    try:
                        dce.recv()
                        peers.expect(False, f"{name} at {place} answers opnum {opnum}")
                    except DCERPCException as fault:
                        peers.expect(OUT_OF_RANGE in str(fault), f"{name} at {place}: {fault}")
                dce.disconnect()


def other_versions_are_refused():
    with peers.serving() as server:
        for place, interfaces in sorted(endpoints(server).items()):
            name, version = min(interfaces)
            wrong = f"{int(version.split('.')[0]) + 1}.0"
            dce = connect(*place)
            try:
                dce.bind(uuid.uuidtup_to_bin((name, wrong)))
                peers.expect(False, f"{place} accepts {name} {wrong}")
            except DCERPCException as refused:
                peers.expect("abstract_syntax_not_supported" in str(refused), f"{place}: {refused}")
            dce.disconnect()


peers.main(rpcdump_shows_every_entry, rpcmap_finds_the_interfaces_of_every_endpoint,
           mgmt_answers_on_every_endpoint, the_services_interfaces_answer_every_opnum,
           other_versions_are_refused)
