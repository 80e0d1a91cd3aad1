# SPDX-License-Identifier: Apache-2.0
"""What `pinhole probe` says where nobody, a firewall or a stranger answers."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "peers"))
import peers  # noqa: E402

HOST = "127.3.0.5"


def run(target, *arguments, code):
    done = peers.run(peers.program(), "probe", target, *arguments, "--format", "json",
                     errors=subprocess.DEVNULL)
    peers.expect(done.code == code, f"exit code is not {code}", done)
    return done.json()["probes"]


def probe(port, service, *arguments, code=1, host=HOST, transport="tcp"):
    rows = run(f"[{host}]:{port}" if ":" in host else f"{host}:{port}", "--service", service,
               *arguments, code=code)
    return next(row for row in rows if row["transport"] == transport)


def expect_state(row, state, *texts):
    peers.expect(row["state"] == state, f"not {state}", row)
    for text in texts:
        peers.expect(text in row["said"], f"it does not say {text!r}", row)
    return row


@contextlib.contextmanager
def rule(text):
    """A rule for what comes in, for as long as the block runs."""
    peers.run("nft", f"table inet probed {{ chain in {{ type filter hook input priority 0; {text}; }}; }}"
              ).succeeds()
    try:
        yield
    finally:
        peers.run("nft", "delete", "table", "inet", "probed").succeeds()


@contextlib.contextmanager
def server(port, talk, host=HOST):
    """Every connection is given to `talk` in a thread of its own."""
    plain = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    plain.bind((host, port))
    plain.listen(64)

    def serve():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = plain.accept()
                threading.Thread(target=guarded, args=(connection,), daemon=True).start()

    def guarded(connection):
        with contextlib.suppress(OSError), connection:
            talk(connection)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield
    finally:
        plain.shutdown(socket.SHUT_RDWR)
        plain.close()


def say(text):
    """Says it, and waits until the other end is gone."""
    def talk(connection):
        connection.sendall(text)
        while connection.recv(4096):
            pass
    return talk


def a_closed_port_is_closed():
    row = expect_state(probe(25, "smtp"), "closed")
    peers.expect("icmp" not in row, "a reset names nobody", row)
    udp = expect_state(probe(53, "dns", transport="udp"), "closed", "port unreachable")
    peers.expect(udp["icmp"]["from"] == HOST and (udp["icmp"]["type"], udp["icmp"]["code"]) == (3, 3),
                 "not the target's own", udp)
    six = expect_state(probe(53, "dns", host="::1", transport="udp"), "closed")
    peers.expect((six["icmp"]["type"], six["icmp"]["code"]) == (1, 4), "not ICMPv6", six)


def a_dropping_firewall_is_silence():
    with rule("tcp dport 25 drop"):
        expect_state(probe(25, "smtp", "--timeout", "1"), "filtered")
    with rule("meta l4proto { tcp, udp } th dport 53 drop"):
        expect_state(probe(53, "dns", "--timeout", "1", transport="udp"), "open-or-filtered")


def a_rejecting_firewall_is_named():
    for how, code in (("admin-prohibited", 13), ("host-unreachable", 1), ("port-unreachable", 3)):
        with rule(f"ip protocol tcp tcp dport 25 reject with icmp {how}"):
            row = expect_state(probe(25, "smtp"), "unreachable")
            peers.expect(row["icmp"]["from"] == HOST and row["icmp"]["type"] == 3 and
                         row["icmp"]["code"] == code, "not that message", row)
    with rule("udp dport 53 reject with icmp admin-prohibited"):
        row = expect_state(probe(53, "dns", transport="udp"), "unreachable", "administratively")
        peers.expect(row["icmp"]["code"] == 13, "not that message", row)
    with rule("ip6 nexthdr tcp tcp dport 25 reject with icmpv6 admin-prohibited"):
        row = expect_state(probe(25, "smtp", host="::1"), "unreachable")
        peers.expect((row["icmp"]["type"], row["icmp"]["code"]) == (1, 1), "not ICMPv6", row)
    with rule("tcp dport 25 reject with tcp reset"):
        expect_state(probe(25, "smtp"), "closed")


def who_says_nothing_is_open_and_silent():
    with server(25, say(b"")):
        for service in ("smtp", "http", "mapper", "ldap", "kerberos", "x400", "smb", "smtp-tls"):
            row = probe(25, service, "--timeout", "1")
            peers.expect(row["transport"] == "tcp" and row["state"] == "silent", "not silent", row)


def another_protocol_is_something_else():
    with server(25, say(b"SSH-2.0-OpenSSH_9.2\r\n")):
        expect_state(probe(25, "smtp", "--timeout", "1"), "something-else", "SSH: SSH-2.0-OpenSSH_9.2")
        expect_state(probe(25, "x400", "--timeout", "1"), "something-else", "SSH")
        expect_state(probe(25, "ldap-tls", "--timeout", "1"), "something-else", "no TLS")
    with server(25, lambda connection: None):
        expect_state(probe(25, "smtp"), "something-else", "without a word")
    with server(522, say(b"anything\r\n")):
        expect_state(probe(522, "uls"), "something-else", "anything")


def garbage_without_end_is_read_no_further():
    def talk(connection):
        while True:
            connection.sendall(b"\x00\xffgarbage" * 1000)

    def lines(connection):
        while True:
            connection.sendall(b"250-more of it\r\n" * 1000)

    def endless_list(connection):
        connection.sendall(b"+OK\r\n+OK\r\n")
        lines(connection)

    with server(25, talk):
        for service in ("smtp", "http", "mapper", "ldap", "kerberos", "x400", "irc"):
            expect_state(probe(25, service), "something-else")
    with server(25, lines):
        expect_state(probe(25, "smtp"), "something-else")
    with server(110, endless_list):
        expect_state(probe(110, "pop3", code=0), "speaks")


def one_octet_a_second_ends_in_time():
    def talk(connection):
        while True:
            connection.sendall(b"2")
            time.sleep(0.5)
    with server(25, talk):
        started = time.monotonic()
        expect_state(probe(25, "smtp", "--timeout", "1"), "something-else")
        peers.expect(time.monotonic() - started < 60, "it does not end")
    with server(25, talk):
        expect_state(probe(25, "smtp", "--timeout", "30", "--within", "2"), "something-else")


def what_it_says_reaches_no_terminal():
    with server(25, say(b"220 \x1b]0;owned\x07\x1b[2J\xe2\x80\xae ESMTP\r\n")):
        for form in ("table", "json"):
            done = peers.run(peers.program(), "probe", f"{HOST}:25", "--timeout", "1", "--format", form)
            peers.expect(done.code == 1, "exit code is not 1", done)
            peers.expect("\x1b" not in done.output and "\x07" not in done.output and
                         "\u202e" not in done.output, "escape codes in the output", repr(done.output))
            done.needs("owned")


def a_lost_datagram_is_asked_again():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        plain.bind((HOST, 53))

        def answer_the_second():
            plain.recvfrom(512)
            query, peer = plain.recvfrom(512)
            plain.sendto(query[:2] + b"\x81\x05" + query[4:], peer)

        threading.Thread(target=answer_the_second, daemon=True).start()
        expect_state(probe(53, "dns", transport="udp"), "speaks", "REFUSED")


def everything_at_one_port_says_what_it_is():
    with server(5001, say(b"* OK IMAP4 ready\r\n")):
        rows = run(f"{HOST}:5001", "--all", "--timeout", "1", code=0)
        speaking = [row["service"] for row in rows if row["state"] == "speaks"]
        peers.expect(speaking == ["imap4"], "not just IMAP4", speaking)


def a_survey_needs_one_that_speaks():
    rows = run(HOST, code=1)
    peers.expect(len(rows) > 30 and {row["state"] for row in rows} == {"closed"}, "not closed", rows)
    with server(143, say(b"* OK IMAP4 ready\r\n")):
        run(HOST, "--timeout", "1", code=0)
        with server(110, say(b"what?\r\n")):
            run(HOST, "--timeout", "1", code=1)


def wrong_arguments_ask_nobody():
    for arguments in ((), ("mail:0",), (f"{HOST}:5001",), (HOST, "--service", "gopher"),
                      (HOST, "--service", "rpc"), (HOST, "--all", "--service", "smtp"),
                      (HOST, "--interface", "what")):
        done = peers.run(peers.program(), "probe", *arguments)
        peers.expect(done.code == 2, "exit code is not 2", done)


def a_machine_that_cannot_ask_says_so():
    done = peers.run(peers.program(), "probe", "nobody.invalid:25")
    peers.expect(done.code == 3, "exit code is not 3", done)
    done.needs("nobody.invalid", "no such host")
    done = peers.run(peers.program(), "probe", "192.0.2.1:25")
    peers.expect(done.code == 3, "exit code is not 3", done)
    done.needs("192.0.2.1:25", "Network is unreachable")


peers.main(a_closed_port_is_closed, a_dropping_firewall_is_silence, a_rejecting_firewall_is_named,
           who_says_nothing_is_open_and_silent, another_protocol_is_something_else,
           garbage_without_end_is_read_no_further, one_octet_a_second_ends_in_time,
           what_it_says_reaches_no_terminal, a_lost_datagram_is_asked_again,
           everything_at_one_port_says_what_it_is, a_survey_needs_one_that_speaks,
           wrong_arguments_ask_nobody, a_machine_that_cannot_ask_says_so)
