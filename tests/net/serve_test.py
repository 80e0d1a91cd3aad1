# SPDX-License-Identifier: Apache-2.0
"""`pinhole serve` and `pinhole service` from outside: which ports, which exit codes, what is left."""

import contextlib
import os
import re
import shutil
import signal
import socket
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "peers"))
import peers  # noqa: E402

EXAMPLE = os.path.join(HERE, os.pardir, os.pardir, "examples", "exchange-2007-static.reg")
SERVICES = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services"
STORE, ATTENDANT, MTA, BOOK = "MSExchangeIS", "MSExchangeSA", "MSExchangeMTA", "MSExchangeAB"
EMSMDB = "a4f1db00-ca47-1067-b31f-00dd010662da,0.81"
RFR = "1544f5e0-613c-11d1-93df-00c04fd7bd09,1.0"
NSPI = "f5cc5a18-4264-101a-8c59-08002b2f8426,56.0"


def quietly(**more):
    return peers.serving(capture=False, **more)


def row(server, name):
    return next(each for each in server.services() if each["name"] == name)


def listener(server, name, sequence="ncacn_ip_tcp"):
    return next(each for each in row(server, name)["listeners"] if each["sequence"] == sequence)


def reg(key, value, data):
    return f'[{SERVICES}\\{key}]\n"{value}"={data}\n'


def mapped(server, interface):
    """The ports that `pinhole map` answers."""
    result = peers.run(server.program, "map", "127.0.0.1", interface, "--format", "json").succeeds()
    return {int(re.search(r"\[(\d+)\]$", each)[1]) for each in result.json()["bindings"]}


def serve(*arguments, product="exchange-2007", state, registry):
    """Runs a server that is to fail, to its end."""
    return peers.run(peers.program(), "serve", "--product", product, "--registry", registry,
                     "--state", state, "--listen", "127.0.0.1", "--foreground", *arguments)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def exits(result, code, *texts):
    peers.expect(result.code == code, f"exit code {result.code} is not {code}", result)
    result.needs(*texts)


def a_static_port_counts_from_the_restart_of_its_service():
    with quietly() as server:
        before = {name: row(server, name)["ports"] for name in (STORE, ATTENDANT)}
        peers.expect(listener(server, STORE)["kind"] == "dynamic", "the Store's port is dynamic",
                     before)
        peers.run(server.program, "registry", "import", EXAMPLE, "--registry",
                  server.hive).succeeds()
        for name in (STORE, ATTENDANT):
            now = row(server, name)
            peers.expect(now["awaits_restart_of"] == "service" and now["ports"] == before[name],
                         f"{name} keeps its ports and awaits its restart", now)
        server.service("list").succeeds().needs("awaits restart of service")
        server.service("status", STORE).succeeds().needs("read -, now 56001")
        server.service("restart").succeeds()
        peers.expect({56001} < set(row(server, STORE)["ports"]), "the Store is on 56001")
        peers.expect({56002, 56004} < set(row(server, ATTENDANT)["ports"]),
                     "the System Attendant is on 56002 and 56004")
        peers.expect(not any(each["awaits_restart_of"] for each in server.services()),
                     "nothing awaits a restart", server.services())
        for interface, port in ((EMSMDB, 56001), (RFR, 56002), (NSPI, 56004)):
            peers.expect(mapped(server, interface) == {port}, f"{interface} is on {port}",
                         mapped(server, interface))


def mapper_of():
    """The process that listens on 135; none while there is none."""
    held = re.search(r"pid=(\d+)", peers.run("ss", "-Hltnp", "sport = :135").succeeds().output)
    return int(held[1]) if held else None


def a_killed_mapper_comes_back_with_its_entries():
    with quietly() as server:
        before = sorted(server.dump())
        pids = [each["pid"] for each in server.services()]
        killed = mapper_of()
        os.kill(killed, signal.SIGKILL)
        peers.until(lambda: mapper_of() not in (None, killed), "there is a new mapper")
        peers.until(lambda: server.settled(), "all have registered again")
        peers.expect(sorted(server.dump()) == before, "every entry is back", server.dump())
        peers.expect([each["pid"] for each in server.services()] == pids,
                     "the services lived on", server.services())


def listening():
    return peers.run("ss", "-Hltn").succeeds().lines


def nothing_is_left_after_sigterm():
    with peers.folder() as where, peers.Pinhole(peers.program(), where) as server:
        processes = peers.tree(server.pid)
        peers.expect(len(processes) > 3, "a process for the mapper and each service", processes)
        peers.expect(listening(), "it listens")
        code = server.stop()
        peers.expect(code == 0, f"exit code {code} is not 0", server.log())
        peers.expect(not listening(), "something still listens", listening())
        left = [pid for pid in processes if os.path.exists(f"/proc/{pid}")]
        peers.expect(not left, "a process is left", left)
        exits(server.service("list"), 3)


def an_interrupt_from_the_terminal_ends_it_in_order():
    with peers.folder() as where, peers.Pinhole(peers.program(), where) as server:
        os.killpg(server.pid, signal.SIGINT)
        code = server.process.wait(peers.STOP_WITHIN)
        peers.expect(code == 0 and " error " not in server.log() and
                     " warning " not in server.log(), f"exit code {code}", server.log())
        peers.expect(not listening(), "something still listens", listening())


def two_saved_dumps_tell_what_happened_between_them():
    with quietly() as server, peers.folder() as where:
        first, second, third, fourth = (os.path.join(where, name) for name in "abcd")

        def dump(*arguments):
            return peers.run(server.program, "dump", *arguments)

        def changes(before, after):
            result = dump("--diff", before, after, "--format", "json")
            differences = result.json()["differences"]
            peers.expect(result.code == (1 if differences else 0), "the exit code", result)
            return sorted({(each["change"], each.get("interface", {}).get("uuid"))
                           for each in differences})

        store = EMSMDB.split(",", maxsplit=1)[0]
        dump("127.0.0.1", "--save", first).succeeds().needs(store)
        exits(server.service("restart", STORE), 0)
        peers.until(server.settled, "it has registered again")
        dump("127.0.0.1", "--save", second).succeeds()
        peers.expect(("moved", store) in changes(first, second), "the restarted store moved",
                     changes(first, second))
        exits(dump("--diff", first, first), 0, "no difference")
        exits(dump("--diff", first, second), 1, "moved", "emsmdb", "127.0.0.1[")
        exits(server.service("stop", STORE), 0)
        dump("127.0.0.1", "--save", third).succeeds()
        peers.expect(("gone", store) in changes(second, third), "the stopped store is gone",
                     changes(second, third))
        peers.expect(("added", store) in changes(third, second), "and back the other way",
                     changes(third, second))
        server.stop()
        exits(dump("127.0.0.1", "--save", fourth), 3)
        peers.expect(changes(third, fourth) == [("no answer", None)], "the mapper fell silent",
                     changes(third, fourth))
        exits(dump("--diff", first), 2)
        exits(dump("--diff", first, os.path.join(where, "none")), 2, "none")
        exits(dump("--diff", first, second, "--ping"), 2, "--diff")
        exits(dump("127.0.0.1", "--diff", first, second), 2, "--diff")
        before = read(first)
        exits(dump("127.0.0.1", "--save", os.path.join(where, "no", "file")), 3)
        peers.expect(read(first) == before, "a dump that is kept does not change")


def a_stopped_service_leaves_the_map_and_comes_back():
    with quietly(reg=reg(rf"{STORE}\ParametersSystem", "TCP/IP Port", "dword:0000dac1")) as server:
        before = sorted(server.dump())
        exits(server.service("stop", STORE.lower()), 0)
        stopped = row(server, STORE)
        peers.expect(stopped["state"] == "stopped" and stopped["pid"] is None, "it is stopped",
                     stopped)
        peers.expect(not peers.listens(56001), "nothing listens on its port")
        peers.expect(not [each for each in server.dump() if each.endpoint == "56001"],
                     "its entries are gone", server.dump())
        exits(server.service("status", STORE), 1)
        exits(server.service("start", STORE), 0)
        peers.until(server.settled, "it has registered again")
        peers.expect([each for each in sorted(server.dump()) if each.endpoint == "56001"] ==
                     [each for each in before if each.endpoint == "56001"],
                     "its entries are back", server.dump())
        exits(server.service("stop", "MSExchangeNo"), 2)


def a_state_folder_has_one_server():
    with quietly() as server:
        exits(serve(state=server.state, registry=server.hive, product="exchange-2003"), 3,
              "another `pinhole serve`")
        peers.expect(server.settled(), "the first one goes on")


def a_taken_mapper_port_is_the_environments_fault():
    with peers.folder() as where, socket.create_server(("127.0.0.1", 135)):
        state = os.path.join(where, "state")
        hive = os.path.join(where, "hive")
        exits(serve(state=state, registry=hive), 3, "135")
        background = peers.run(peers.program(), "serve", "--product", "exchange-2007",
                               "--registry", hive, "--state", state, "--listen", "127.0.0.1")
        exits(background, 3, "135")


def wrong_arguments_are_refused_before_anything_is_made():
    with peers.folder() as where:
        state = os.path.join(where, "state")
        hive = os.path.join(where, "hive")
        good = {"state": state, "registry": hive}
        exits(serve(state=os.path.join(where, "x" * 100), registry=hive), 2, "too long")
        exits(serve(**good, product="exchange-2013"), 2, "exchange-2013")
        exits(serve("--role", "back-end", **good), 2, "back-end")
        exits(serve("--set", "fragment=1", **good), 2, "fragment")
        exits(serve("--set", "speed=1", **good), 2, "speed")
        exits(serve("--listen", "localhost", **good), 2, "localhost")
        exits(serve("--epm-port", "0", **good), 2)
        exits(peers.run(peers.program(), "serve", "--foreground"), 2, "--product")
        peers.expect(not os.listdir(where), "something was made", os.listdir(where))


def the_background_server_is_ready_when_it_returns():
    with peers.folder() as where:
        state = os.path.join(where, "state")
        peers.run(peers.program(), "serve", "--product", "exchange-2007", "--registry",
                  os.path.join(where, "hive"), "--state", state, "--listen", "127.0.0.1",
                  within=peers.READY_WITHIN).succeeds()
        listed = peers.run(peers.program(), "service", "status", "--state", state, "--format",
                           "json").succeeds().json()["services"]
        peers.expect({each["state"] for each in listed} == {"running"}, "all services run", listed)
        server = int(read(f"/proc/{listed[0]['pid']}/stat").rpartition(")")[2].split()[1])
        os.kill(server, signal.SIGTERM)
        peers.until(lambda: not listening(), "it ends on SIGTERM")
        peers.until(lambda: "ended-clean" in read(os.path.join(state, "serve.log")),
                    "it says so in its log")


def ports_of_exchange_5_5_count_from_the_restart_of_the_computer():
    with quietly(product="exchange-5.5") as server:
        server.set_registry(reg(rf"{STORE}\ParametersSystem", "TCP/IP port", "dword:0000dac1"))
        peers.expect(row(server, STORE)["awaits_restart_of"] == "computer",
                     "it awaits the restart of the computer", row(server, STORE))
        server.service("restart", STORE).succeeds()
        peers.expect(56001 not in row(server, STORE)["ports"] and
                     row(server, STORE)["awaits_restart_of"] == "computer",
                     "the service's own restart does not suffice", row(server, STORE))
        server.service("restart", "--computer").succeeds()
        peers.expect(56001 in row(server, STORE)["ports"] and
                     row(server, STORE)["awaits_restart_of"] is None,
                     "it is on 56001", row(server, STORE))


def exchange_4_0_ignores_the_mta_values_and_says_so():
    values = (reg(rf"{MTA}\Parameters", "TCP/IP port for RPC listens", "dword:0000dac5") +
              '"RFC1006 Port Number"=dword:00002776\n')
    with quietly(product="exchange-4.0", reg=values) as server:
        rpc, x400 = listener(server, MTA), listener(server, MTA, "rfc1006")
        peers.expect(rpc["port"] != 56005 and x400["port"] == 102, "neither value counts",
                     row(server, MTA))
        for each in (rpc, x400):
            peers.expect(any("exchange-4.0 does not read it" in note for note in each["notes"]),
                         "it says that the value is ignored", each)
        peers.expect("exchange-4.0 does not read it" in server.log(), "the log says it too",
                     server.log())
    with quietly(product="exchange-4.0-sp4", reg=values) as server:
        peers.expect(row(server, MTA)["ports"] == [56005, 10102], "its service pack reads both",
                     row(server, MTA))


def connect_confirm(port):
    """The answer to an X.224 connect request from reference 0x1234 to the TSAP `MTA`."""
    with socket.create_connection(("127.0.0.1", port), peers.CLIENT_WITHIN) as stream:
        stream.sendall(bytes.fromhex("03000016" "11e00000123400" "c0010b" "c10141" "c2034d5441"))
        head = stream.recv(4, socket.MSG_WAITALL)
        return head + stream.recv(struct.unpack(">xxH", head)[0] - 4, socket.MSG_WAITALL)


def the_mta_answers_x400_on_its_port():
    with quietly(product="exchange-5.5") as server:
        peers.expect(102 in row(server, MTA)["ports"], "X.400 is on 102", row(server, MTA))
        answer = connect_confirm(102)
        peers.expect(answer[5:8] == bytes.fromhex("d01234"), "a connect confirm", answer.hex())
        server.set_registry(reg(rf"{MTA}\Parameters", "RFC1006 Port Number", "dword:00002776"))
        server.service("restart", MTA).succeeds()
        peers.expect(connect_confirm(10102)[5] == 0xd0 and not peers.listens(102),
                     "it has moved to 10102")


@contextlib.contextmanager
def config_folder(port):
    with peers.folder() as where:
        path = os.path.join(where, "Microsoft.Exchange.AddressBook.Service.exe.config")
        with open(path, "w", encoding="utf-8") as config:
            config.write('<?xml version="1.0" encoding="utf-8"?>\n<configuration>\n<appSettings>\n'
                         f'<add key="RpcTcpPort" value="{port}"/>\n</appSettings>\n'
                         '</configuration>\n')
        yield where


BOOK_TEXT = reg(rf"{BOOK}\Parameters", "RpcTcpPort", '"59534"')


def book_with(product, configs):
    with peers.folder() as where, peers.Pinhole(
            peers.program(), where, "--role", "client-access", "--config-dir", configs,
            product=product, reg=BOOK_TEXT) as server:
        return listener(server, BOOK)


def exchange_2010_reads_the_config_file():
    with config_folder(59533) as configs:
        book = book_with("exchange-2010", configs)
    peers.expect(book["port"] == 59533, "the port is that of the file", book)
    peers.expect(len(book["notes"]) == 1 and "exchange-2010-sp1" in book["notes"][0],
                 "the registry's value is ignored, and it says so", book)


def exchange_2010_sp1_reads_a_text():
    with config_folder(59533) as configs:
        book = book_with("exchange-2010-sp1", configs)
    peers.expect(book["port"] == 59534, "the port is that of the registry", book)
    peers.expect(len(book["notes"]) == 1 and ".exe.config" in book["notes"][0],
                 "the file is ignored, and it says so", book)


def a_role_chooses_the_services():
    with peers.folder() as where, peers.Pinhole(peers.program(), where, "--role",
                                                "hub-transport") as server:
        names = [each["name"] for each in server.services()]
        peers.expect("MSExchangeADTopology" in names and STORE not in names,
                     "a hub has the topology service and no store", names)
        exits(server.service("start", STORE), 2)
        annotations = {each.annotation for each in server.dump()}
        peers.expect(not any("STORE" in each for each in annotations), "nor has its map",
                     annotations)


def offered_fragment(port):
    """The max_xmit_frag of the answer to a bind that offers 5840 octets."""
    syntax = bytes.fromhex("0883afe11f5dc91191a408002b14a0fa") + struct.pack("<I", 3)
    ndr = bytes.fromhex("045d888aeb1cc9119fe808002b104860") + struct.pack("<I", 2)
    body = struct.pack("<HHIBxxxHBx", 5840, 5840, 0, 1, 0, 1) + syntax + ndr
    bind = struct.pack("<BBBB4sHHI", 5, 0, 11, 3, b"\x10\0\0\0", 16 + len(body), 0, 1) + body
    with socket.create_connection(("127.0.0.1", port), peers.CLIENT_WITHIN) as stream:
        stream.sendall(bind)
        answer = stream.recv(20, socket.MSG_WAITALL)
    peers.expect(len(answer) == 20 and answer[2] == 12, "a bind_ack", answer.hex())
    return struct.unpack_from("<H", answer, 16)[0]


def another_catalogue_is_served():
    with peers.folder() as where:
        data = shutil.copytree(os.path.join(HERE, os.pardir, os.pardir, "data"),
                               os.path.join(where, "data"))
        interfaces = os.path.join(data, "interfaces.toml")
        text = read(interfaces)
        known, ours = "Exchange Server STORE EMSMDB Interface", "EMSMDB of another catalogue"
        peers.expect(known in text, "the annotation is the catalogue's")
        with open(interfaces, "w", encoding="utf-8") as file:
            file.write(text.replace(known, ours))
        with peers.Pinhole(peers.program(), where, "--data", data) as server:
            annotations = {each.annotation for each in server.dump()}
            peers.expect(ours in annotations and known not in annotations,
                         "the services register what the folder says", annotations)
        with open(interfaces, "a", encoding="utf-8") as file:
            file.write("[[interface]]\nid = 7\n")
        exits(serve("--data", data, state=os.path.join(where, "state2"),
                    registry=os.path.join(where, "other.hive")), 2, "interfaces.toml:")


def a_limit_is_changed():
    for options, expected in (((), 5840), (("--set", "fragment=2048"), 2048)):
        with peers.folder() as where, peers.Pinhole(peers.program(), where, *options):
            fragment = offered_fragment(135)
            peers.expect(fragment == expected, f"{fragment} is not {expected}")


peers.main(a_static_port_counts_from_the_restart_of_its_service,
           a_killed_mapper_comes_back_with_its_entries, nothing_is_left_after_sigterm,
           an_interrupt_from_the_terminal_ends_it_in_order,
           a_stopped_service_leaves_the_map_and_comes_back,
           two_saved_dumps_tell_what_happened_between_them, a_state_folder_has_one_server,
           a_taken_mapper_port_is_the_environments_fault,
           wrong_arguments_are_refused_before_anything_is_made,
           the_background_server_is_ready_when_it_returns,
           ports_of_exchange_5_5_count_from_the_restart_of_the_computer,
           exchange_4_0_ignores_the_mta_values_and_says_so, the_mta_answers_x400_on_its_port,
           exchange_2010_reads_the_config_file, exchange_2010_sp1_reads_a_text,
           a_role_chooses_the_services,
           another_catalogue_is_served, a_limit_is_changed)
