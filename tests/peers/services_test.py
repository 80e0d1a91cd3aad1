# SPDX-License-Identifier: Apache-2.0
"""What becomes of services that hang, collide, die or are nobody's, seen by clients."""

import os
import shutil
import signal
import subprocess
import sys

import peers

SERVICES = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services"
STORE, ATTENDANT = "MSExchangeIS", "MSExchangeSA"
FOREIGN = "7e57ab1e-0000-4000-8000-00000000c0de"
NOBODY = "65534"


def static_ports(**ports):
    """The registry text that gives the Store and the System Attendant static ports."""
    keys = {STORE: rf"{SERVICES}\{STORE}\ParametersSystem",
            ATTENDANT: rf"{SERVICES}\{ATTENDANT}\Parameters"}
    return "".join(f'[{keys[name]}]\n"TCP/IP Port"=dword:{port:08x}\n\n'
                   for name, port in ports.items())


def row(server, name):
    return next(each for each in server.services() if each["name"] == name)


def ping(server, port):
    """What `dump --ping` says of each entry on this port."""
    return [each.ping for each in server.dump("--ping", "--timeout", "2")
            if each.sequence == "ncacn_ip_tcp" and each.port == port]


def a_stopped_service_dumps_as_no():
    with peers.serving(reg=static_ports(MSExchangeIS=56001)) as server:
        peers.expect(ping(server, 56001) and all(ping(server, 56001)), "the Store answers YES")
        store = row(server, STORE)["pid"]
        os.kill(store, signal.SIGSTOP)
        try:
            peers.expect(not any(ping(server, 56001)), "the stopped Store dumps as NO")
            text = peers.run(server.program, "dump", "127.0.0.1", "--format", "rpcdump",
                             "--timeout", "2", errors=subprocess.DEVNULL)
            lines = [line for line in text.lines if "[56001]" in line]
            peers.expect(lines and all("NO" in line for line in lines),
                         "the rpcdump form says NO", text)
        finally:
            os.kill(store, signal.SIGCONT)
        peers.expect(all(ping(server, 56001)), "the Store goes on and answers YES")


def the_second_service_on_a_static_port_is_degraded():
    with peers.serving(reg=static_ports(MSExchangeIS=56001, MSExchangeSA=56001)) as server:
        states = {name: row(server, name)["state"] for name in (STORE, ATTENDANT)}
        peers.expect(sorted(states.values()) == ["degraded", "running"],
                     "one is up, the other degraded", states)
        loser = next(name for name, state in states.items() if state == "degraded")
        holder = next(name for name, state in states.items() if state == "running")
        status = server.service("status", loser)
        peers.expect(status.code == 1 and holder in status.output and "56001" in status.output,
                     f"`service status {loser}` exits 1 and names {holder}", status)
        peers.expect(server.service("status", holder).code == 0, f"{holder} is well")
        lost = {(each["uuid"], each["version"]) for listener in row(server, loser)["listeners"]
                if listener["degraded"] for each in listener["interfaces"]}
        entries = [each for each in server.dump() if each.sequence == "ncacn_ip_tcp"]
        peers.expect(lost and not [each for each in entries if (each.uuid, each.version) in lost],
                     f"{loser} registers no TCP entry for what it cannot serve", entries)
        peers.expect([each for each in entries if each.port == 56001], f"{holder} is registered")
        listening = peers.run("ss", "-Hltnp", "sport = :56001").lines
        peers.expect(all(f"pid={row(server, holder)['pid']}," in line for line in listening),
                     "only the holder listens", listening)


def insert_as(server, user, where):
    """Inserts as another user; what came of it."""
    script = os.path.join(where, "wire.py")
    shutil.copy(os.path.join(peers.HERE, "wire.py"), script)
    os.chmod(script, 0o644)
    return peers.run("setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups",
                     sys.executable, script, f"{server.ncalrpc()}/EPMAPPER", FOREIGN, "1234")


def another_user_may_not_insert():
    with peers.serving(capture=False) as server:
        before = server.dump()
        mine = insert_as(server, "0", server.where).succeeds()
        peers.expect("reply 0x00000000" in mine.output, "root may insert", mine)
        theirs = insert_as(server, NOBODY, server.where).succeeds()
        peers.expect("closed" in theirs.output or "fault 0x00000005" in theirs.output or
                     ("reply" in theirs.output and "0x00000000" not in theirs.output),
                     "another user is refused", theirs)
        peers.until(lambda: server.dump() == before, "nothing is left in the map")


def entries_of_a_killed_stranger_vanish():
    with peers.serving() as server:
        before = server.dump()
        with peers.Inserted(server, FOREIGN, 4321) as stranger:
            found = [each for each in server.dump() if each.uuid == FOREIGN]
            peers.expect([each.port for each in found] == [4321], "the entry is there", found)
            os.kill(stranger.pid, signal.SIGKILL)
            peers.until(lambda: server.dump() == before, "the entry is gone")


def entries_of_a_killed_service_vanish_and_come_back():
    with peers.serving(reg=static_ports(MSExchangeIS=56001)) as server:
        store = row(server, STORE)["pid"]
        os.kill(store, signal.SIGKILL)
        peers.until(lambda: row(server, STORE).get("pid") not in (None, 0, store),
                    "the supervisor starts the Store anew")
        peers.until(lambda: ping(server, 56001) and all(ping(server, 56001)),
                    "it registers again and answers")


def a_restart_moves_a_service_to_its_static_port():
    with peers.serving() as server:
        peers.expect(not ping(server, 56001), "nothing is on 56001 yet")
        server.set_registry(static_ports(MSExchangeIS=56001))
        server.service("restart", STORE).succeeds()
        peers.until(lambda: ping(server, 56001) and all(ping(server, 56001)),
                    "the Store is on 56001")


peers.main(a_stopped_service_dumps_as_no, the_second_service_on_a_static_port_is_degraded,
           another_user_may_not_insert, entries_of_a_killed_stranger_vanish,
           entries_of_a_killed_service_vanish_and_come_back,
           a_restart_moves_a_service_to_its_static_port)
