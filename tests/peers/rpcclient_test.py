# SPDX-License-Identifier: Apache-2.0
"""Samba's rpcclient asks our mapper, over IPv4 and IPv6, in both byte orders."""

import re

import peers

BINDINGS = ("ncacn_ip_tcp:127.0.0.1", "ncacn_ip_tcp:::1", "ncacn_ip_tcp:127.0.0.1[bigendian]")
# rpcclient can only ask ept_map for interfaces of Samba's own list; none of them is Exchange's.
VSS_AGENT = "a8e0653c-2744-4389-a61d-7373df8b2292"
VSS_NAME = "FileServerVssAgent"
VSS_PORT = 1234


def rpcclient(server, binding, command):
    return peers.run("rpcclient", "-s", server.config, "-U%", binding, "-c", command)


def lookup_shows_every_entry():
    with peers.serving() as server:
        entries = server.dump()
        for binding in BINDINGS:
            result = rpcclient(server, binding, "epmlookup").succeeds()
            result.needs("epm_Lookup no more entries")
            shown = [line for line in result.lines if "abstract_syntax=" in line]
            peers.expect(len(shown) == len(entries),
                         f"{len(entries)} entries, shown {len(shown)}", result)
            for entry in entries:
                pattern = rf"{entry.sequence}:.*abstract_syntax={entry.uuid}/0x[0-9a-f]{{8}}\]"
                peers.expect(any(re.search(pattern, line, re.I) and
                                 line.endswith(f": {entry.annotation}") for line in shown),
                             f"not shown: {entry}", result)


def map_gives_the_port_that_was_inserted():
    with peers.serving() as server:
        with peers.Inserted(server, VSS_AGENT, VSS_PORT):
            for binding in BINDINGS:
                result = rpcclient(server, binding, f"epmmap {VSS_NAME} ncacn_ip_tcp").succeeds()
                # There is no floor for IPv6: the IP floor of an answer over it is 0.0.0.0.
                address = "0.0.0.0" if ":::1" in binding else "127.0.0.1"
                result.needs("num_tower[1]", f"tower[0] ncacn_ip_tcp:{address}[{VSS_PORT},"
                             f"abstract_syntax={VSS_AGENT}")


def map_knows_what_is_not_there():
    with peers.serving() as server:
        for binding in BINDINGS:
            result = rpcclient(server, binding, "epmmap mdssvc ncacn_ip_tcp")
            peers.expect("tower[0]" not in result.output and "16C9A0D6" in result.output.upper(),
                         "mdssvc is not registered", result)


peers.main(lookup_shows_every_entry, map_gives_the_port_that_was_inserted,
           map_knows_what_is_not_there)
