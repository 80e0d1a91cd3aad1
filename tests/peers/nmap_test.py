# SPDX-License-Identifier: Apache-2.0
"""nmap's version scan, which sends an SMB negotiate and reads how it is refused."""

import peers


def names_windows_rpc():
    with peers.serving(capture=False) as server:
        ports = sorted({135} | {each.port for each in server.dump()
                                if each.sequence == "ncacn_ip_tcp"})
        result = peers.run("nmap", "-n", "-Pn", "-sV", "-p", ",".join(map(str, ports)), "127.0.0.1",
                           within=300).succeeds()
        for port in ports:
            line = next((each for each in result.lines if each.startswith(f"{port}/tcp")), "")
            peers.expect("open" in line and "msrpc" in line and "Microsoft Windows RPC" in line,
                         f"port {port} is not named Microsoft Windows RPC", result)


def names_rpc_over_http():
    with peers.serving(capture=False):
        result = peers.run("nmap", "-n", "-Pn", "-sV", "-p", "593,6001,6002,6004", "127.0.0.1",
                           within=300).succeeds()
        for port in (593, 6001, 6002, 6004):
            line = next((each for each in result.lines if each.startswith(f"{port}/tcp")), "")
            peers.expect("ncacn_http" in line and "Microsoft Windows RPC over HTTP 1.0" in line,
                         f"port {port} is not named RPC over HTTP", result)


peers.main(names_windows_rpc, names_rpc_over_http)
