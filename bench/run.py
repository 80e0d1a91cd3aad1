#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the mapper side by side with a bare echo server and with Samba's mappers.

Everything runs in a network namespace of its own: the server on core 0, the load on core 1, the
peers by turns, round after round, so that what else the machine does meets all of them alike. The
numbers of a table are medians over the rounds. With --markdown the tables are written as the
fragment that docs/performance.md holds.
"""

import argparse
import contextlib
import json
import os
import platform
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tests/peers"))
import peers  # noqa: E402

# Whatever else the machine does gives way meanwhile, where root may say so. Each session is a
# scheduling group of its own, and its weight is what counts among groups.
FIRST = (("sh", "-c", 'echo -20 >/proc/self/autogroup; exec nice -n -20 "$@"', "sh")
         if os.geteuid() == 0 and os.path.exists("/proc/self/autogroup") else ())
SERVER_CORE = (*FIRST, "taskset", "-c", "0")
LOAD_CORE = (*FIRST, "taskset", "-c", "1")
MAPPER = "127.0.0.1:135"
# The Information Store's EMSMDB, which exchange-2007 registers on TCP.
OURS = "a4f1db00-ca47-1067-b31f-00dd010662da,0.81"
ECHO, PINHOLE, SAMBA, DC = "echo", "pinhole", "samba-dcerpcd", "Samba DC"


class Bench:
    def __init__(self, options):
        self.options = options
        self.rows = []
        self.samba_entries = 0  # known once Samba's mapper was read

    def tool(self, name):
        return os.path.join(self.options.build, "bench", name)

    def load(self, mode, target=MAPPER, *more, **numbers):
        """Runs the load generator; its one line of JSON as a dictionary."""
        command = [*LOAD_CORE, self.tool("bench_load"), mode, target, *more]
        for name, value in numbers.items():
            command += [f"--{name.replace('_', '-')}", value]
        return peers.run(*command).succeeds().json()

    @contextlib.contextmanager
    def held(self, mode, target, **numbers):
        """The load generator in a mode that holds what it made, until the block ends."""
        command = [self.tool("bench_load"), mode, target]
        for name, value in numbers.items():
            command += [f"--{name.replace('_', '-')}", str(value)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            line = process.stdout.readline()
            peers.expect(line, f"{mode} did not come to hold anything")
            try:
                yield json.loads(line)
            finally:
                process.stdin.close()
                process.wait()

    @contextlib.contextmanager
    def server(self, who):
        """One of the peers, alone on port 135 and on its core; gives its Server."""
        with peers.folder() as where:
            if who == ECHO:
                made = peers.Server("echo", [self.tool("bench_echo"), MAPPER], where, SERVER_CORE)
                made.wait_for(lambda: peers.listens(135), "listens")
            elif who == PINHOLE:
                # One core: more threads than one would only wait for each other there.
                made = peers.Pinhole(self.options.pinhole, where, "--threads", "1",
                                     *self.options.serve, listen=("127.0.0.1",),
                                     pinned=SERVER_CORE)
            elif who == SAMBA:
                made = peers.Samba(where, pinned=SERVER_CORE)
            else:
                made = DomainController(where, self.options.dc_folder)
            with made:
                yield made

    def interface(self, who):
        return peers.Samba.INTERFACE if who in (SAMBA, DC) else OURS

    def by_turns(self, mode, parties, **numbers):
        """Rounds of one mode over the peers by turns: peer → list of results."""
        results = {who: [] for who in parties}
        for number in range(self.options.rounds):
            for who in parties:
                at = dict(numbers)
                if who in (SAMBA, DC):
                    at.update(connect_at_once=8)
                if who == DC and mode == "churn":
                    at.update(connections=8)
                with self.server(who) as server:
                    with self.prepared(mode, who, server):
                        results[who].append(self.load(
                            mode, MAPPER, "--interface", self.interface(who),
                            seconds=self.options.seconds, **at))
                print(f"{mode} round {number + 1} {who}: {results[who][-1]}", flush=True)
        return results

    @contextlib.contextmanager
    def prepared(self, mode, who, server):
        """For ept_lookup ours holds as many entries as Samba's mapper had."""
        missing = 0
        if mode == "lookup" and who == PINHOLE:
            missing = self.samba_entries - self.load("page", passes=1)["entries"]
        if mode == "lookup" and who == SAMBA:
            self.samba_entries = self.load("page", passes=1)["entries"]
        if missing <= 0:
            yield
            return
        with self.held("fill", f"unix:{server.ncalrpc()}/EPMAPPER", entries=missing):
            yield

    def add(self, what, measured, goal=""):
        self.rows.append((what, measured, goal))
        print(f"| {what} | {measured} | {goal} |", flush=True)


class DomainController(peers.Server):
    """A provisioned Samba domain controller. It listens with a backlog of 10."""

    def __init__(self, where, provisioned):
        target = provisioned or os.path.join(where, "dc")
        if not os.path.exists(os.path.join(target, "etc/smb.conf")):
            peers.run("samba-tool", "domain", "provision", "--realm=BENCH.TEST", "--domain=BENCH",
                      "--adminpass=Passw0rd.Bench", f"--targetdir={target}", "--host-name=bench",
                      "--host-ip=127.0.0.1", "--dns-backend=NONE", within=600).succeeds()
        super().__init__("samba", ["samba", "-F", "--no-process-group", "-s",
                                   os.path.join(target, "etc/smb.conf")], where, SERVER_CORE)
        self.wait_for(lambda: peers.listens(135), "listens on 135")


def median(results, key="rate"):
    return statistics.median(result[key] for result in results)


def thousands(number):
    return f"{number:,.0f}"


def ratio(results, who, other, goal):
    value = median(results[who]) / median(results[other])
    return f"{value:.2f} ({'reached' if value >= goal else 'not reached'})", f"≥ {goal}"


def rates(bench, mode, title, parties, goals, **numbers):
    results = bench.by_turns(mode, parties, **numbers)
    for who in parties:
        bench.add(f"{title}, {who}", f"{thousands(median(results[who]))}/s, median "
                  f"{median(results[who], 'median_us'):.0f} µs, "
                  f"p99 {median(results[who], 'p99_us'):.0f} µs")
    for other, goal in goals.items():
        if PINHOLE in results and other in results:
            bench.add(f"{title}, pinhole / {other}", *ratio(results, PINHOLE, other, goal))
    return results


def tail(bench, parties):
    """p99 over median at 256 connections, against the echo server's own."""
    results = bench.by_turns("map", parties, connections=256)
    spread = {}
    for who in parties:
        spread[who] = statistics.median(
            result["p99_us"] / result["median_us"] for result in results[who])
        bench.add(f"ept_map at 256 connections, {who}: p99 / median", f"{spread[who]:.2f}")
    if PINHOLE in spread and ECHO in spread:
        value = spread[PINHOLE] / spread[ECHO]
        bench.add("the same, pinhole / echo", f"{value:.2f} "
                  f"({'reached' if value <= 1.5 else 'not reached'})", "≤ 1.5")


def memory(bench):
    """How much 10,000 bound associations that say nothing cost the server."""
    with bench.server(PINHOLE) as server:
        before = {pid: peers.resident(pid) for pid in peers.tree(server.pid)}
        with bench.held("idle", MAPPER, connections=10000):
            after = {pid: peers.resident(pid) for pid in peers.tree(server.pid)}
    grown = (sum(after.values()) - sum(before.values())) / 1e6
    bench.add("memory for 10,000 idle associations", f"{grown:.1f} MB "
              f"({'reached' if grown < 200 else 'not reached'})", "< 200 MB")


def paging(bench):
    """A map of 100,000 entries read whole, 500 at a time."""
    with bench.server(PINHOLE) as server:
        own = bench.load("page", passes=1)["entries"]
        with bench.held("fill", f"unix:{server.ncalrpc()}/EPMAPPER", entries=100000 - own):
            page = bench.load("page", passes=5)
    bench.add(f"{thousands(page['entries'])} entries paged whole, 500 at a time",
              f"{page['median_s']:.3f} s ({'reached' if page['median_s'] < 1 else 'not reached'})",
              "< 1 s")


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as cpuinfo:
        model = next((line.split(":", 1)[1].strip() for line in cpuinfo if "model name" in line),
                     platform.machine())
    return (f"{model}, {os.cpu_count()} cores, Linux {platform.release()}, "
            f"load average {os.getloadavg()[0]:.1f} at the end")


def write_markdown(bench, path):
    command = "bench/run.py " + " ".join(bench.options.given)
    with open(path, "w", encoding="utf-8") as out:
        out.write(f"Measured on {time.strftime('%Y-%m-%d', time.gmtime())} with `{command.strip()}`"
                  f"\non {machine()}.\n\n")
        out.write("| What | Measured | Goal |\n| --- | --- | --- |\n")
        for row in bench.rows:
            out.write(f"| {' | '.join(row)} |\n")


def parse(arguments):
    root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
    build = os.path.join(root, "build/release")
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--build", default=build, help="build folder of the release preset")
    parser.add_argument("--pinhole", help="the program; default: the build folder's")
    parser.add_argument("--serve", action="append", default=[], metavar="OPTION",
                        help="one more argument for `pinhole serve`, as --serve=--set …")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--without", action="append", default=[], metavar="PEER",
                        choices=[ECHO, PINHOLE, SAMBA])
    parser.add_argument("--only", action="append", metavar="PART",
                        choices=["map", "churn", "lookup", "tail", "memory", "page"])
    parser.add_argument("--dc", action="store_true", help="also a Samba domain controller")
    parser.add_argument("--dc-folder", help="where it is, or will be, provisioned")
    parser.add_argument("--markdown", metavar="FILE")
    options = parser.parse_args(arguments)
    options.given = arguments
    options.pinhole = options.pinhole or os.path.join(options.build, "pinhole")
    return options


def main():
    options = parse(sys.argv[1:])
    peers.enter_namespace()
    bench = Bench(options)
    parties = [who for who in (ECHO, PINHOLE, SAMBA) if who not in options.without]
    mappers = [who for who in (SAMBA, PINHOLE) if who in parties]
    if options.dc:
        parties.append(DC)
    wanted = lambda part: not options.only or part in options.only  # noqa: E731
    if wanted("map"):
        rates(bench, "map", "ept_map at 64 connections", parties, {ECHO: 0.75, SAMBA: 8, DC: 8})
    if wanted("churn"):
        rates(bench, "churn", "connect, bind, ept_map, close", parties, {ECHO: 0.7})
    if wanted("lookup"):
        rates(bench, "lookup", "ept_lookup entries", mappers, {SAMBA: 20})
    if wanted("tail"):
        tail(bench, [who for who in parties if who in (ECHO, PINHOLE)])
    if wanted("memory") and PINHOLE in parties:
        memory(bench)
    if wanted("page") and PINHOLE in parties:
        paging(bench)
    if options.markdown:
        write_markdown(bench, options.markdown)


if __name__ == "__main__":
    main()
