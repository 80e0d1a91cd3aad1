# SPDX-License-Identifier: Apache-2.0
"""`pinhole probe` against the real servers of Debian, Samba's and our own: each is known for what it is, and for
no other."""

import subprocess

import daemons
import peers

HOST = "127.0.0.1"
STORE = "a4f1db00-ca47-1067-b31f-00dd010662da,0.81"


def probe(target, *services, code=0, more=()):
    """The results by service and transport; each as the JSON has it."""
    named = [word for service in services for word in ("--service", service)]
    done = peers.run(peers.program(), "probe", target, *named, *more, "--format", "json",
                     errors=subprocess.DEVNULL)
    peers.expect(done.code == code, f"exit code is not {code}", done)
    return {(row["service"], row["transport"]): row for row in done.json()["probes"]}


def expect_state(row, state, *texts, **facts):
    peers.expect(row["state"] == state, f"not {state}", row)
    for text in texts:
        peers.expect(text in row["said"], f"it does not say {text!r}", row)
    for name, value in facts.items():
        said = row["facts"].get(name.replace("_", "-"), "")
        peers.expect(value in said, f"{name} has no {value!r}", row)


def expect_certificate(row):
    tls = row.get("tls")
    peers.expect(tls, "no certificate was seen", row)
    peers.expect(daemons.NAME in tls["names"] and HOST in tls["names"], "its names", tls)
    peers.expect(daemons.NAME in tls["subject"] and tls["self_signed"] and tls["valid_now"] and
                 tls["names_host"] and tls["version"].startswith("TLSv1"), "its facts", tls)


def expect_strangers(target, *services):
    """Each of these is answered by something else."""
    for service in services:
        for row in probe(target, service, code=1, more=("--timeout", "1")).values():
            peers.expect(row["transport"] == "udp" or row["state"] in ("something-else", "silent"), "taken for another", row)


def postfix_speaks_smtp():
    with peers.folder() as where, daemons.postfix(where):
        plain = probe(f"{HOST}:25")["smtp", "tcp"]
        expect_state(plain, "speaks", "ESMTP Postfix", extensions="PIPELINING", starttls="offered",
                     x_link2state="not offered")
        expect_certificate(plain)
        wrapped = probe(HOST, "smtp-tls")["smtp-tls", "tcp"]
        expect_state(wrapped, "speaks", "ESMTP Postfix")
        expect_certificate(wrapped)
        expect_strangers(f"{HOST}:25", "pop3", "imap4", "nntp", "http", "mapper", "ldap", "smb",
                         "x400", "smtp-tls")


def dovecot_speaks_pop3_and_imap4():
    with peers.folder() as where, daemons.dovecot(where):
        rows = probe(HOST, "pop3", "pop3-tls", "imap4", "imap4-tls")
        for row in rows.values():
            expect_state(row, "speaks", "Here is Dovecot.")
            expect_certificate(row)
        expect_state(rows["pop3", "tcp"], "speaks", stls="offered", capabilities="UIDL")
        expect_state(rows["imap4", "tcp"], "speaks", starttls="offered", capabilities="IMAP4rev1")
        expect_strangers(f"{HOST}:143", "pop3", "smtp", "nntp", "mapper-http")


def inn_speaks_nntp():
    with peers.folder() as where:
        plain, wrapped = daemons.nnrpd(where)
        with plain, wrapped:
            rows = probe(HOST, "nntp", "nntp-tls")
            expect_state(rows["nntp", "tcp"], "speaks", capabilities="VERSION 2", starttls="offered")
            for row in rows.values():
                expect_state(row, "speaks", "InterNetNews")
                expect_certificate(row)


def bind_speaks_dns():
    with peers.folder() as where, daemons.bind(where):
        for row in probe(HOST, "dns").values():
            expect_state(row, "speaks", "REFUSED")
        for row in probe(HOST, "dns", more=("--domain", "example.net")).values():
            expect_state(row, "speaks", "NOERROR", authoritative="yes", answers="1")


def slapd_speaks_ldap_and_is_no_global_catalog():
    with peers.folder() as where, daemons.slapd(where):
        plain = probe(f"{HOST}:389", "ldap", code=1)
        expect_state(plain["ldap", "tcp"], "speaks", "an LDAP directory", naming_contexts="o=Example",
                     versions="3")
        expect_state(plain["ldap", "udp"], "closed")
        expect_certificate(probe(HOST, "ldap-tls")["ldap-tls", "tcp"])
        expect_state(probe(HOST, "srs")["srs", "tcp"], "speaks")
        expect_state(probe(HOST, "gc", code=1)["gc", "tcp"], "something-else", "no global catalog")


def krb5kdc_speaks_kerberos():
    with peers.folder() as where, daemons.krb5kdc(where):
        rows = probe(HOST, "kerberos", more=("--domain", "example.net"))
        peers.expect(len(rows) == 2, "not over TCP and UDP", rows)
        for row in rows.values():
            expect_state(row, "speaks", "KDC_ERR_C_PRINCIPAL_UNKNOWN", realm=daemons.REALM)
        for row in probe(HOST, "kerberos").values():
            expect_state(row, "speaks", "KDC_ERR")


def nginx_speaks_http():
    with peers.folder() as where, daemons.nginx(where):
        for service in ("http", "https"):
            row = probe(HOST, service)[service, "tcp"]
            expect_state(row, "speaks", "nginx", front_page="200", owa="302",
                         rpc_proxy="401 Unauthorized (Negotiate, NTLM)", autodiscover="404")
        expect_certificate(row)
        peers.run(peers.program(), "probe", f"{HOST}:80").succeeds().needs("open, something else")
        expect_state(probe(f"{HOST}:80", "rvp", code=1)["rvp", "tcp"], "something-else",
                     "HTTP without RVP")
        expect_strangers(f"{HOST}:80", "x400", "t120", "h323", "ldap", "mapper", "store-http")


def ngircd_speaks_irc_and_no_ircx():
    with peers.folder() as where, daemons.ngircd(where):
        expect_state(probe(HOST, "irc")["irc", "tcp"], "speaks", "451", ircx="not offered")
        expect_strangers(f"{HOST}:6667", "smtp", "link-state")


def samba_speaks_smb_and_rpc():
    with peers.folder() as where, daemons.smbd(where):
        expect_state(probe(HOST, "smb")["smb", "tcp"], "speaks", "SMB 2", signing="not required")
    with peers.folder() as where, peers.Samba(where):
        row = probe(HOST, "mapper")["mapper", "tcp"]
        expect_state(row, "speaks", "bound e1af8308-5d1f-11c9-91a4-08002b14a0fa")
        other = probe(HOST, "mapper", code=1, more=("--interface", STORE))["mapper", "tcp"]
        expect_state(other, "something-else", "an RPC server without a4f1db00")


def our_own_servers_speak_rpc_and_x400():
    with peers.serving(product="exchange-2003", capture=False):
        rows = probe(HOST, "mapper", "mapper-http", "store-http", "referral-http",
                     "address-book-http")
        for row in rows.values():
            expect_state(row, "speaks", "bound", bind="accepted")
            peers.expect(int(row["facts"]["interface-count"]) > 0, "mgmt lists nothing", row)
        expect_state(probe(HOST, "x400")["x400", "tcp"], "speaks", "session refused",
                     transport="accepted")
        expect_strangers(f"{HOST}:102", "t120", "h323", "smtp")
        expect_strangers(f"{HOST}:6001", "referral-http")


peers.main(postfix_speaks_smtp, dovecot_speaks_pop3_and_imap4, inn_speaks_nntp, bind_speaks_dns,
           slapd_speaks_ldap_and_is_no_global_catalog, krb5kdc_speaks_kerberos, nginx_speaks_http,
           ngircd_speaks_irc_and_no_ircx, samba_speaks_smb_and_rpc,
           our_own_servers_speak_rpc_and_x400)
