# SPDX-License-Identifier: Apache-2.0
"""DCE/RPC by hand, for what no client can be made to send: inserts as another user, and hostile
input. C706 chapter 12 (PDUs) and appendix O (the endpoint mapper's operations).

As a program, `wire.py SOCKET UUID PORT [hold]` inserts one entry over a Unix socket, prints the
outcome, and with `hold` keeps the connection until it is killed.
"""

import socket
import struct
import sys
import uuid

MAPPER = (uuid.UUID("e1af8308-5d1f-11c9-91a4-08002b14a0fa"), 3, 0)
MGMT = (uuid.UUID("afa8bd80-7d8a-11c9-bef4-08002b102989"), 1, 0)
NDR32 = (uuid.UUID("8a885d04-1ceb-11c9-9fe8-08002b104860"), 2, 0)

REQUEST, RESPONSE, FAULT, BIND, BIND_ACK, BIND_NAK = 0, 2, 3, 11, 12, 13
FIRST, LAST = 0x01, 0x02
INSERT, DELETE, LOOKUP, MAP = 0, 1, 2, 3
NIL_HANDLE = bytes(20)


def pdu(ptype, body, flags=FIRST | LAST, call=1):
    return struct.pack("<BBBBIHHI", 5, 0, ptype, flags, 0x10, 16 + len(body), 0, call) + body


def syntax(interface):
    name, major, minor = interface
    return name.bytes_le + struct.pack("<HH", major, minor)


def bind(*interfaces, fragment=5840, first_context=0):
    contexts = b"".join(
        struct.pack("<HBx", first_context + number, 1) + syntax(each) + syntax(NDR32)
        for number, each in enumerate(interfaces))
    return pdu(BIND, struct.pack("<HHIBxxx", fragment, fragment, 0, len(interfaces)) + contexts)


def request(opnum, stub, flags=FIRST | LAST, call=1, context=0):
    return pdu(REQUEST, struct.pack("<IHH", len(stub), context, opnum) + stub, flags, call)


def tower(interface, port, transfer=NDR32):
    """A five-floor ncacn_ip_tcp tower."""
    def floor(left, right):
        return struct.pack("<H", len(left)) + left + struct.pack("<H", len(right)) + right

    def named(each):
        name, major, minor = each
        return floor(b"\x0d" + name.bytes_le + struct.pack("<H", major), struct.pack("<H", minor))
    return (struct.pack("<H", 5) + named(interface) + named(transfer) + floor(b"\x0b", bytes(2)) +
            floor(b"\x07", struct.pack(">H", port)) + floor(b"\x09", bytes(4)))


def insert_stub(interface, port, annotation=b"peer\0"):
    body = tower(interface, port)
    stub = struct.pack("<II", 1, 1) + bytes(16) + struct.pack("<III", 1, 0, len(annotation))
    stub += annotation
    stub += bytes(-len(stub) % 4) + struct.pack("<II", len(body), len(body)) + body
    return stub + bytes(-len(stub) % 4) + struct.pack("<I", 0)


def map_stub(interface, towers=1):
    body = tower(interface, 0)
    stub = struct.pack("<I", 1) + bytes(16) + struct.pack("<III", 2, len(body), len(body)) + body
    return stub + bytes(-len(stub) % 4) + NIL_HANDLE + struct.pack("<I", towers)


def lookup_stub(maximum=500):
    return struct.pack("<IIII", 0, 0, 0, 1) + NIL_HANDLE + struct.pack("<I", maximum)


class Peer:
    """One connection. `address` is (host, port), or the path of a Unix socket."""

    def __init__(self, address, within=30):
        if isinstance(address, str):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(within)
            self.socket.connect(address)
        else:
            self.socket = socket.create_connection(address, within)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def exactly(self, count):
        """That many bytes; fewer when the peer closes."""
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                break
            data += part
        return data

    def receive(self):
        """The next PDU, or None at the end of the stream, an abort included."""
        try:
            header = self.exactly(16)
            if len(header) < 16:
                return None
            return header + self.exactly(struct.unpack_from("<H", header, 8)[0] - 16)
        except ConnectionError:
            return None

    def bind(self, *interfaces):
        self.send(bind(*interfaces))
        return self.receive()

    def call(self, opnum, stub, call=1):
        """('reply', stub) or ('fault', status) or ('closed', None)."""
        self.send(request(opnum, stub, call=call))
        whole = b""
        while True:
            answer = self.receive()
            if answer is None:
                return "closed", None
            if answer[2] == FAULT:
                return "fault", struct.unpack_from("<I", answer, 24)[0]
            whole += answer[24:]
            if answer[3] & LAST:
                return "reply", whole


def main(path, name, port, hold=None):
    with Peer(path) as peer:
        peer.bind(MAPPER)
        kind, what = peer.call(INSERT, insert_stub((uuid.UUID(name), 1, 0), int(port)))
        if kind == "reply":
            what = struct.unpack_from("<I", what, len(what) - 4)[0]
        print(kind, "none" if what is None else f"0x{what:08x}", flush=True)
        if hold:
            sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
