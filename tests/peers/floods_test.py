# SPDX-License-Identifier: Apache-2.0
"""Hostile clients of the mapper. While they go on, everybody else is served and the mapper's memory
stays bounded; what the protocol says to refuse is refused."""

import contextlib
import os
import socket
import struct
import subprocess
import threading
import uuid

import peers
import wire

MAPPER = ("127.0.0.1", 135)
STORE = (uuid.UUID("a4f1db00-ca47-1067-b31f-00dd010662da"), 0, 81)
# A sanitizer's shadow memory and quarantine are not the server's own.
SANITIZED = bool(os.environ.get("PINHOLE_PEERS_SANITIZED"))
BOUND = 1 << (31 if SANITIZED else 28)


def held(server):
    """Memory of all processes of the server."""
    return sum(peers.resident(pid) for pid in peers.tree(server.pid))


@contextlib.contextmanager
def bounded(server):
    """Everybody else is served during and after the block, and memory grows within bounds."""
    before = held(server)

    def check(when):
        served(when)
        grown = held(server) - before
        peers.expect(grown < BOUND, f"{when}: memory grew by {grown >> 20} MB", server.log())
    yield check
    check("afterwards")


def served(when):
    """A new client binds, asks ept_map and is answered; so is rpcclient."""
    with wire.Peer(MAPPER) as peer:
        answer = peer.bind(wire.MAPPER)
        peers.expect(answer and answer[2] == wire.BIND_ACK, f"{when}: no bind_ack", answer)
        kind, stub = peer.call(wire.MAP, wire.map_stub(STORE))
        peers.expect(kind == "reply" and struct.unpack_from("<I", stub, 20)[0] == 1,
                     f"{when}: ept_map is not answered", (kind, stub))


def connect(address=MAPPER):
    made = socket.create_connection(address, 30)
    made.settimeout(30)
    return made


def ten_thousand_say_nothing():
    with peers.serving(capture=False) as server, contextlib.ExitStack() as stack:
        with bounded(server) as check:
            for count in range(1, 10001):
                stack.enter_context(connect())
                if count % 2500 == 0:
                    check(f"with {count} silent connections")
            peers.run("rpcclient", "-s", server.config, "-U%", "ncacn_ip_tcp:127.0.0.1", "-c",
                      "epmlookup").succeeds()
            stack.close()


def a_client_that_reads_nothing():
    with peers.serving(capture=False) as server:
        with bounded(server) as check:
            deaf = connect()
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.sendall(wire.bind(wire.MAPPER))
            peers.expect(deaf.recv(4096), "no bind_ack")
            deaf.settimeout(2)
            call = wire.request(wire.LOOKUP, wire.lookup_stub())
            sent = 0
            # The server stops reading, or closes; both end the loop.
            with contextlib.suppress(OSError):
                while sent < 64 << 20:
                    sent += deaf.send(call * 500)
            peers.expect(sent < 64 << 20, "the server reads on without end")
            check("with a client that reads nothing")
            deaf.close()


def fragments_without_end():
    """The call is refused; what goes on coming of it is swallowed, or the connection ends."""
    with peers.serving(capture=False) as server:
        with bounded(server) as check:
            peer = connect()
            peer.sendall(wire.bind(wire.MAPPER))
            peers.expect(peer.recv(4096), "no bind_ack")
            stub = bytes(5816)
            with contextlib.suppress(OSError):
                peer.sendall(wire.request(wire.LOOKUP, stub, wire.FIRST))
                for _ in range((256 << 20) // len(stub)):
                    peer.sendall(wire.request(wire.LOOKUP, stub, 0))
            check("with fragments without end")
            try:
                answer = peer.recv(4096)
            except ConnectionError:
                answer = b""
            peers.expect(not answer or answer[2] == wire.FAULT, "the call is not refused", answer)
            peer.close()


def fragments_of_many_calls_left_open():
    """Every connection leaves calls half sent; what they hold is bounded all together."""
    with peers.serving(capture=False) as server, contextlib.ExitStack() as stack:
        with bounded(server) as check:
            for _ in range(200):
                peer = stack.enter_context(connect())
                peer.sendall(wire.bind(wire.MAPPER))
                with contextlib.suppress(OSError):
                    for call in range(1, 20):
                        peer.sendall(wire.request(wire.LOOKUP, bytes(4000), wire.FIRST, call))
            check("with calls left open")
            stack.close()


def floods_of_contexts():
    with peers.serving(capture=False) as server, contextlib.ExitStack() as stack:
        with bounded(server) as check:
            strangers = [(uuid.UUID(int=number), 1, 0) for number in range(1, 120)]
            for _ in range(100):
                peer = stack.enter_context(connect())
                with contextlib.suppress(OSError):
                    peer.sendall(wire.bind(*strangers))
                    peer.recv(65536)
                    for again in range(20):
                        alter = bytearray(wire.bind(*strangers, first_context=(again + 1) * 120))
                        alter[2] = 14  # alter_context
                        peer.sendall(bytes(alter))
                        peer.recv(65536)
            check("with floods of contexts")
            stack.close()


def handles_that_are_never_freed():
    """ept_lookup one entry at a time, from the start again and again."""
    with peers.serving(capture=False) as server:
        with bounded(server) as check:
            with wire.Peer(MAPPER) as peer:
                peer.bind(wire.MAPPER)
                for call in range(1, 5001):
                    kind, _ = peer.call(wire.LOOKUP, wire.lookup_stub(1), call)
                    if kind == "closed":
                        break
                check("with handles that are never freed")


REFUSED = {
    "another protocol": b"\x00\x00\x00\x85\xffSMBr" + bytes(64),
    "version 4": bytes([4]) + wire.bind(wire.MAPPER)[1:],
    "version 5.9": bytes([5, 9]) + wire.bind(wire.MAPPER)[2:],
    "a request before any bind": wire.request(wire.MAP, b""),
    "a fragment length below the header": wire.pdu(wire.BIND, b"")[:8] + b"\x05\x00" + bytes(30),
    "a fragment length above what was negotiated":
        wire.bind(wire.MAPPER) + wire.request(wire.MAP, bytes(60000)),
    "a type that nobody knows": wire.pdu(99, bytes(40)),
    "a bind of 255 contexts that are not there":
        wire.pdu(wire.BIND, struct.pack("<HHIBxxx", 5840, 5840, 0, 255)),
    "a bind with a security trailer longer than the PDU":
        wire.bind(wire.MAPPER)[:10] + b"\xff\x7f" + wire.bind(wire.MAPPER)[12:],
}


def nonsense_is_refused_and_forgotten():
    with peers.serving(capture=False) as server:
        with bounded(server) as check:
            for what, data in REFUSED.items():
                with wire.Peer(MAPPER) as peer:
                    with contextlib.suppress(ConnectionError):
                        peer.send(data)
                        peer.socket.shutdown(socket.SHUT_WR)
                    answers = list(iter(peer.receive, None))
                    types = [answer[2] for answer in answers]
                    peers.expect(set(types) <= {wire.BIND_ACK, wire.BIND_NAK, wire.FAULT},
                                 f"{what}: answered by {types}")
                check(what)


STUB = wire.map_stub(STORE)
OVERLAPPING = {
    "a first fragment while the call's first is open":
        wire.request(wire.MAP, STUB[:40], wire.FIRST) + wire.request(wire.MAP, STUB),
    "a last fragment of a call that never began": wire.request(wire.MAP, STUB[40:], wire.LAST),
    "a fragment that is for another operation":
        wire.request(wire.MAP, STUB[:40], wire.FIRST) +
        wire.request(wire.LOOKUP, STUB[40:], wire.LAST),
    "a fragment that is for another context":
        wire.request(wire.MAP, STUB[:40], wire.FIRST) +
        wire.request(wire.MAP, STUB[40:], wire.LAST, context=1),
}


def overlapping_fragments_are_refused():
    """And the same fragments in order are answered: it is their order that is refused."""
    with peers.serving(capture=False) as server, bounded(server) as check:
        for what, data in OVERLAPPING.items():
            with wire.Peer(MAPPER) as peer:
                peer.bind(wire.MAPPER)
                with contextlib.suppress(OSError):
                    peer.send(data)
                    peer.socket.shutdown(socket.SHUT_WR)
                types = [answer[2] for answer in iter(peer.receive, None)]
                peers.expect(set(types) <= {wire.FAULT}, f"{what}: answered by {types}")
            check(what)
        with wire.Peer(MAPPER) as peer:
            peer.bind(wire.MAPPER)
            peer.send(wire.request(wire.MAP, STUB[:40], wire.FIRST))
            peer.send(wire.request(wire.MAP, STUB[40:], wire.LAST))
            answer = peer.receive()
            peers.expect(answer and answer[2] == wire.RESPONSE, "fragments in order", answer)


def absurd_towers_are_bad_stub_data():
    body = struct.pack("<H", 65535) + bytes(20)
    tower = struct.pack("<II", len(body), len(body)) + body
    stub = struct.pack("<I", 1) + bytes(16) + struct.pack("<I", 2) + tower
    stub += bytes(-len(stub) % 4) + wire.NIL_HANDLE + struct.pack("<I", 0xffffffff)
    with peers.serving(capture=False) as server:
        with bounded(server), wire.Peer(MAPPER) as peer:
            peer.bind(wire.MAPPER)
            kind, what = peer.call(wire.MAP, stub)
            status = what if kind == "fault" else struct.unpack_from("<I", what, len(what) - 4)[0]
            peers.expect(kind != "closed" and status != 0, "a tower of 65,535 floors is taken")
            kind, what = peer.call(wire.MAP, wire.map_stub(STORE, 0xffffffff), 2)
            peers.expect(kind in ("reply", "fault"), "too many towers asked for end the connection")


def many_at_once_while_others_are_served():
    """rpcclient, twenty times, while four threads connect, bind halfway and go."""
    with peers.serving(capture=False) as server:
        done = threading.Event()

        def hurry():
            half = wire.bind(wire.MAPPER)[:40]
            while not done.is_set():
                with contextlib.suppress(OSError), connect() as peer:
                    peer.sendall(half)
        threads = [threading.Thread(target=hurry) for _ in range(4)]
        for thread in threads:
            thread.start()
        try:
            with bounded(server):
                for _ in range(20):
                    peers.run("rpcclient", "-s", server.config, "-U%", "ncacn_ip_tcp:127.0.0.1",
                              "-c", "epmlookup", errors=subprocess.STDOUT).succeeds()
        finally:
            done.set()
            for thread in threads:
                thread.join()


peers.main(ten_thousand_say_nothing, a_client_that_reads_nothing, fragments_without_end,
           fragments_of_many_calls_left_open, floods_of_contexts, handles_that_are_never_freed,
           nonsense_is_refused_and_forgotten, overlapping_fragments_are_refused,
           absurd_towers_are_bad_stub_data, many_at_once_while_others_are_served)
