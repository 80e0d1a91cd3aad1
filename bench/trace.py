#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures `pinhole trace` beside tshark on one capture, by turns, in the same run.

What real clients say to `pinhole serve` is captured once and repeated, each time from another client
and a moment later, until the file has the wanted size. tshark reads the fields that make the same
flows: interfaces at bind, operations, and the ports in a mapper's answers. With --markdown the
table is written as docs/performance.md holds it.
"""

import argparse
import os
import platform
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/peers"))
import peers  # noqa: E402
from impacket_calls import connect, rpcdump, rpcmap  # noqa: E402

FIELDS = ("tcp.stream", "ip.src", "ip.dst", "tcp.srcport", "tcp.dstport", "dcerpc.pkt_type",
          "dcerpc.cn_bind_to_uuid", "dcerpc.opnum", "epm.proto.tcp_port")
EMSMDB = b"\0\xdb\xf1\xa4\x47\xca\x67\x10\xb3\x1f\0\xdd\x01\x06\x62\xda\0\0\x51\0"
HEADER, RECORD = 24, 16
ETHERNET = 14


def speak(server):
    """Mapper and services, short calls and long ones."""
    rpcdump("ncacn_ip_tcp", 135)
    for entry in server.dump("--ping"):
        if entry.sequence == "ncacn_ip_tcp":
            rpcmap(entry.sequence, entry.port)
            if entry.uuid.startswith("a4f1db00"):
                dce = connect(entry.sequence, entry.port)
                dce.bind(EMSMDB)
                for _ in range(40):
                    dce.call(200, os.urandom(20000))
                    try:
                        dce.recv()
                    except Exception:  # the operation does not exist: a fault is the answer
                        pass
                dce.disconnect()


def capture(program, where):
    """The IPv4 packets of one such session: (seconds, fraction, octets)."""
    with peers.Capture(where) as tape:
        with peers.Pinhole(program, where, listen=("127.0.0.1",)) as server:
            speak(server)
        tape.finish()
    with open(tape.path, "rb") as file:
        octets = file.read()
    packets, at = [], HEADER
    while at + RECORD <= len(octets):
        seconds, fraction, kept, _ = struct.unpack_from("<IIII", octets, at)
        frame = octets[at + RECORD:at + RECORD + kept]
        at += RECORD + kept
        if frame[12:14] == b"\x08\0" and frame[ETHERNET + 9] == 6:
            packets.append((seconds, fraction, frame))
    return octets[:HEADER], packets


def multiply(header, packets, size, path):
    """Writes the packets again and again, each time from another client to the same server."""
    servers = set()
    for _, _, frame in packets:
        tcp = ETHERNET + 4 * (frame[ETHERNET] & 15)
        if frame[tcp + 13] & 0x12 == 0x12:
            servers.add(frame[tcp:tcp + 2])
    block, sources, times = bytearray(), [], []
    for seconds, fraction, frame in packets:
        times.append((len(block), seconds))
        block += struct.pack("<IIII", seconds, fraction, len(frame), len(frame))
        ip = len(block) + ETHERNET
        block += frame
        tcp = ETHERNET + 4 * (frame[ETHERNET] & 15)
        to_server = frame[tcp + 2:tcp + 4] in servers
        sources.append(ip + (12 if to_server else 16))
    rounds = max(1, size // len(block))
    with open(path, "wb", buffering=1 << 22) as out:
        out.write(header)
        for number in range(rounds):
            client = bytes((10, 1 + (number >> 16 & 127), number >> 8 & 255, number & 255))
            for at in sources:
                block[at:at + 4] = client
            for at, seconds in times:
                struct.pack_into("<I", block, at, seconds + number)
            out.write(block)
    return rounds


def timed(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    done = subprocess.run(["/usr/bin/time", "-f", "%M", *command] if os.path.exists("/usr/bin/time")
                          else command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    wall = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    peers.expect(done.returncode == 0, f"{command[0]} ends with {done.returncode}", done.stderr)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall": wall, "used": used}


def peak(command):
    """Megabytes at the most, of a run of its own."""
    script = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], "
              "stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL); "
              "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    done = subprocess.run([sys.executable, "-c", script, *command], capture_output=True, text=True,
                          check=True)
    return int(done.stdout) / 1024


def measure(options, path, rounds):
    ours = [options.pinhole, "trace", path, "--format", "json"]
    theirs = ["tshark", "-r", path, "-n", "-Y", "dcerpc", "-T", "fields"]
    for field in FIELDS:
        theirs += ["-e", field]
    results = {"pinhole trace": [], "tshark": []}
    with open(path, "rb") as file:  # what is measured is the reading, not the disk
        while file.read(1 << 24):
            pass
    for number in range(options.rounds):
        for who, command in (("pinhole trace", ours), ("tshark", theirs)):
            results[who].append(timed(command))
            print(f"round {number + 1} {who}: {results[who][-1]}", flush=True)
    size = os.path.getsize(path)
    rows = []
    for who in results:
        seconds = statistics.median(each["used"] for each in results[who])
        wall = statistics.median(each["wall"] for each in results[who])
        rows.append((f"{who}, {size / 1e6:,.0f} MB, {rounds:,} clients",
                     f"{seconds:.2f} s of processor, {wall:.2f} s of the clock", ""))
    ratio = (statistics.median(each["used"] for each in results["tshark"]) /
             statistics.median(each["used"] for each in results["pinhole trace"]))
    rows.append(("tshark / pinhole trace, processor time",
                 f"{ratio:.1f} ({'reached' if ratio >= 10 else 'not reached'})", "≥ 10"))
    rows.append(("pinhole trace, memory at the most", f"{peak(ours):.0f} MB", ""))
    return rows


def write_markdown(options, rows, path):
    with open(path, "w", encoding="utf-8") as out:
        out.write(f"Measured on {time.strftime('%Y-%m-%d', time.gmtime())} with "
                  f"`bench/trace.py {' '.join(sys.argv[1:])}`\non {platform.machine()}, "
                  f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f} at the end; "
                  f"the medians of {options.rounds} rounds by turns.\n\n")
        out.write("| What | Measured | Goal |\n| --- | --- | --- |\n")
        for row in rows:
            out.write(f"| {' | '.join(row)} |\n")


def main():
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--pinhole", default=os.path.join(root, "build/release/pinhole"))
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--markdown", metavar="FILE")
    options = parser.parse_args()
    options.pinhole = os.path.abspath(options.pinhole)
    peers.enter_namespace()
    with peers.folder() as where, tempfile.TemporaryDirectory() as scratch:
        header, packets = capture(options.pinhole, where)
        path = os.path.join(scratch, "large.pcap")
        rounds = multiply(header, packets, options.megabytes * 1_000_000, path)
        rows = measure(options, path, rounds)
    for row in rows:
        print(f"| {' | '.join(row)} |")
    if options.markdown:
        write_markdown(options, rows, options.markdown)


if __name__ == "__main__":
    main()
