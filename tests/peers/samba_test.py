# SPDX-License-Identifier: Apache-2.0
"""Our client against Samba's own mapper."""

import peers

WINREG = "338cd001-2244-31f1-aaaa-900038001003"


def dump_reads_what_rpcclient_reads():
    with peers.folder() as where, peers.Samba(where) as samba:
        for host, binding in (("127.0.0.1", "ncacn_ip_tcp:127.0.0.1"),
                              ("[::1]", "ncacn_ip_tcp:::1")):
            ours = peers.entries_of(peers.run(peers.program(), "dump", host, "--format", "json")
                                    .succeeds().json())
            # rpcclient leaves out the last entry, which Samba sends with "no more entries"; that
            # status, sent with entries, is an error to impacket, which cannot be asked then.
            shown = peers.run("rpcclient", "-s", samba.config, "-U%", binding, "-c",
                              "epmlookup").succeeds()
            lines = [line for line in shown.lines if "abstract_syntax=" in line]
            peers.expect(len(ours) - 1 <= len(lines) <= len(ours),
                         f"{len(lines)} entries, ours {len(ours)}", shown)
            for line in lines:
                peers.expect(any(f"{each.sequence}:" in line and each.endpoint in line and
                                 f"abstract_syntax={each.uuid}/" in line and
                                 line.endswith(f": {each.annotation}") for each in ours),
                             f"we do not show: {line}", ours)


def dump_pings_its_services():
    with peers.folder() as where, peers.Samba(where):
        dumped = peers.run(peers.program(), "dump", "127.0.0.1", "--ping", "--format", "json")
        entries = peers.entries_of(dumped.succeeds().json())
        winreg = [each for each in entries
                  if each.uuid == WINREG and each.sequence == "ncacn_ip_tcp"]
        peers.expect(winreg and all(each.ping is True for each in winreg),
                     "winreg does not answer", dumped)


def map_finds_one_interface():
    with peers.folder() as where, peers.Samba(where):
        result = peers.run(peers.program(), "map", "127.0.0.1", f"{WINREG},1.0").succeeds()
        peers.expect("ncacn_ip_tcp:127.0.0.1[" in result.output, "no binding", result)
        unknown = peers.run(peers.program(), "map", "127.0.0.1",
                            "a4f1db00-ca47-1067-b31f-00dd010662da,0.81")
        peers.expect(unknown.code == 1, "what is not registered is exit 1", unknown)


peers.main(dump_reads_what_rpcclient_reads, dump_pings_its_services, map_finds_one_interface)
