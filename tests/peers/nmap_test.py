# SPDX-License-Identifier: Apache-2.0
"""nmap's version scan, which sends an SMB negotiate and reads how it is refused."""

import peers

# nmap asks some ports other questions first, and may be content with that answer: the services
# stand on ports of which it thinks nothing.
SERVICES = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services"
STATIC = f"""[{SERVICES}\\MSExchangeIS\\ParametersSystem]
"TCP/IP Port"=dword:0000dac1
[{SERVICES}\\MSExchangeSA\\Parameters]
"TCP/IP Port"=dword:0000dac2
"TCP/IP NSPI Port"=dword:0000dac4
"""


def names_windows_rpc():
    with peers.serving(capture=False, reg=STATIC):
        ports = [135, 56001, 56002, 56004]
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
