# SPDX-License-Identifier: Apache-2.0
"""Real servers of Debian, each in the foreground with a configuration below a folder of the test, on its own
ports of 127.0.0.1, inside the namespaces of peers.py."""

import os
import shutil

import peers

NAME = "mail.example.net"
REALM = "EXAMPLE.NET"


def write(where, name, text):
    path = os.path.join(where, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    return path


def folder(where, name, owner=None):
    path = os.path.join(where, name)
    os.makedirs(path, exist_ok=True)
    if owner:
        shutil.chown(path, owner)
    return path


def certificate(where):
    """Key and certificate, as two files."""
    key, cert = os.path.join(where, "key.pem"), os.path.join(where, "cert.pem")
    if not os.path.exists(cert):
        peers.run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                  "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME},IP:127.0.0.1",
                  "-keyout", key, "-out", cert).succeeds()
        os.chmod(key, 0o644)
    return key, cert


class Daemon(peers.Server):
    """A server that is there once its ports take connections."""

    def __init__(self, name, command, where, *ports, **environment):
        if environment:
            command = ["env", *(f"{key}={value}" for key, value in environment.items()), *command]
        super().__init__(name, command, where)
        for port in ports:
            self.wait_for(lambda port=port: peers.listens(port), f"listens on {port}")


def nginx(where):
    key, cert = certificate(where)
    config = write(where, "nginx/nginx.conf", f"""
user root;
daemon off;
pid {where}/nginx/pid;
error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path {where}/nginx/body;
  proxy_temp_path {where}/nginx/proxy;
  fastcgi_temp_path {where}/nginx/fastcgi;
  uwsgi_temp_path {where}/nginx/uwsgi;
  scgi_temp_path {where}/nginx/scgi;
  server {{
    listen 127.0.0.1:80;
    listen 127.0.0.1:443 ssl;
    ssl_certificate {cert};
    ssl_certificate_key {key};
    location = / {{ return 200 "here\\n"; }}
    location /exchange/ {{ return 302 /owa/; }}
    location /owa/ {{ return 302 https://$host/owa/auth/logon.aspx; }}
    location = /rpc/rpcproxy.dll {{
      add_header WWW-Authenticate Negotiate always;
      add_header WWW-Authenticate NTLM always;
      return 401;
    }}
  }}
}}
""")
    return Daemon("nginx", ["/usr/sbin/nginx", "-p", f"{where}/nginx", "-c", config], where, 80, 443)


def postfix(where):
    key, cert = certificate(where)
    etc, spool = folder(where, "postfix"), folder(where, "postfix-spool")
    data = folder(where, "postfix-data", "postfix")
    write(where, "postfix/main.cf", f"""
compatibility_level = 3.6
queue_directory = {spool}
data_directory = {data}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = {NAME}
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
local_recipient_maps =
alias_maps =
smtpd_tls_cert_file = {cert}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = may
maillog_file = /dev/stdout
""")
    service = "{} {} {} - n - {} {}\n".format
    write(where, "postfix/master.cf",
          service("smtp", "inet", "n", "-", "smtpd") +
          service("smtps", "inet", "n", "-", "smtpd") + "  -o smtpd_tls_wrappermode=yes\n" +
          service("postlog", "unix-dgram", "n", "1", "postlogd") +
          service("tlsmgr", "unix", "-", "1", "tlsmgr") +
          service("anvil", "unix", "-", "1", "anvil") +
          service("rewrite", "unix", "-", "-", "trivial-rewrite"))
    for name in ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming",
                 "private", "saved", "trace"):
        folder(where, f"postfix-spool/{name}", "postfix")
    for name, mode in (("public", 0o710), ("maildrop", 0o730)):
        path = folder(where, f"postfix-spool/{name}")
        shutil.chown(path, "postfix", "postdrop")
        os.chmod(path, mode)
    folder(where, "postfix-spool/pid")
    return Daemon("postfix", ["/usr/lib/postfix/sbin/master", "-c", etc, "-s"], where, 25, 465)


def dovecot(where):
    key, cert = certificate(where)
    config = write(where, "dovecot/dovecot.conf", f"""
base_dir = {where}/dovecot/run
state_dir = {where}/dovecot/state
protocols = imap pop3
listen = 127.0.0.1
log_path = /dev/stderr
ssl = yes
ssl_cert = <{cert}
ssl_key = <{key}
login_greeting = Here is Dovecot.
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={where}
}}
""")
    return Daemon("dovecot", ["/usr/sbin/dovecot", "-F", "-c", config], where, 110, 143, 993, 995)


def bind(where):
    home = folder(where, "bind")
    write(where, "bind/zone", "$TTL 60\n@ SOA ns root 1 60 60 60 60\n@ NS ns\nns A 127.0.0.1\n")
    config = write(where, "bind/named.conf", f"""
options {{
  directory "{home}";
  pid-file none;
  session-keyfile none;
  lock-file none;
  listen-on port 53 {{ 127.0.0.1; }};
  listen-on-v6 {{ none; }};
  recursion no;
  dnssec-validation no;
}};
controls {{ }};
zone "example.net" {{ type primary; file "{home}/zone"; }};
""")
    return Daemon("named", ["/usr/sbin/named", "-g", "-c", config, "-n", "1"], where, 53)


def slapd(where):
    key, cert = certificate(where)
    config = write(where, "slapd/slapd.conf", f"""
include /etc/ldap/schema/core.schema
pidfile {where}/slapd/pid
TLSCertificateFile {cert}
TLSCertificateKeyFile {key}
database ldif
suffix "o=Example"
directory {folder(where, "slapd/data")}
""")
    urls = " ".join(["ldap://127.0.0.1:389", "ldap://127.0.0.1:379", "ldap://127.0.0.1:3268",
                     "ldaps://127.0.0.1:636"])
    return Daemon("slapd", ["/usr/sbin/slapd", "-d", "0", "-f", config, "-h", urls], where,
                  379, 389, 636, 3268)


def krb5kdc(where):
    config = write(where, "krb5/krb5.conf", f"""
[libdefaults]
  default_realm = {REALM}
[realms]
  {REALM} = {{
    kdc = 127.0.0.1
  }}
""")
    profile = write(where, "krb5/kdc.conf", f"""
[kdcdefaults]
  kdc_listen = 127.0.0.1:88
  kdc_tcp_listen = 127.0.0.1:88
[realms]
  {REALM} = {{
    database_name = {where}/krb5/principal
    key_stash_file = {where}/krb5/stash
    acl_file = {where}/krb5/acl
  }}
[logging]
  kdc = STDERR
""")
    environment = {"KRB5_CONFIG": config, "KRB5_KDC_PROFILE": profile}
    peers.run("env", *(f"{key}={value}" for key, value in environment.items()), "kdb5_util",
              "create", "-r", REALM, "-s", "-P", "of-a-test").succeeds()
    return Daemon("krb5kdc", ["/usr/sbin/krb5kdc", "-n"], where, 88, **environment)


def ngircd(where):
    config = write(where, "ngircd/ngircd.conf", f"""
[Global]
Name = irc.example.net
Info = a test
Listen = 127.0.0.1
Ports = 6667
PidFile = {where}/ngircd/pid
ServerUID = irc
ServerGID = irc
[Options]
DNS = no
Ident = no
PAM = no
SyslogFacility = local1
""")
    return Daemon("ngircd", ["/usr/sbin/ngircd", "-n", "-f", config], where, 6667)


def nnrpd(where):
    """INN's server for readers, which listens itself."""
    key, cert = certificate(where)
    root = folder(where, "inn", "news")
    for name in ("db", "run", "log", "spool", "tmp", "etc"):
        folder(where, f"inn/{name}", "news")
    config = write(where, "inn/etc/inn.conf", f"""
mta: /bin/true
domain: example.net
fromhost: {NAME}
pathhost: {NAME}
hismethod: hisv6
ovmethod: tradindexed
nnrpdloadlimit: 0
pathnews: /usr/lib/news
pathbin: /usr/lib/news/bin
pathetc: {root}/etc
pathdb: {root}/db
pathlog: {root}/log
pathrun: {root}/run
pathspool: {root}/spool
pathtmp: {root}/tmp
tlscertfile: {cert}
tlskeyfile: {os.path.join(where, "news-key.pem")}
""")
    shutil.copy(key, os.path.join(where, "news-key.pem"))
    shutil.chown(os.path.join(where, "news-key.pem"), "news", "news")
    os.chmod(os.path.join(where, "news-key.pem"), 0o600)
    write(where, "inn/db/active", "control 0000000000 0000000001 n\nlocal.test 0000000000 0000000001 y\n")
    write(where, "inn/db/newsgroups", "local.test\tA test\n")
    write(where, "inn/etc/readers.conf",
          'auth "all" { hosts: "*" default: "<all>" }\naccess "all" { users: "<all>" newsgroups: "*" }\n')
    write(where, "inn/etc/storage.conf", 'method tradspool { newsgroups: * class: 0 }\n')
    write(where, "inn/db/history", "")
    for path, _, files in os.walk(root):
        for name in files:
            shutil.chown(os.path.join(path, name), "news", "news")
    command = ["/usr/lib/news/bin/nnrpd", "-D", "-f", "-4", "127.0.0.1"]
    overview = folder(where, "inn/spool/overview", "news")
    peers.run("env", f"INNCONF={config}", "/usr/lib/news/bin/overchan").succeeds()
    shutil.chown(overview, "news")
    return [Daemon("nnrpd", [*command, "-p", "119"], where, 119, INNCONF=config),
            Daemon("nnrpd-tls", [*command, "-p", "563", "-S"], where, 563, INNCONF=config)]


def smbd(where):
    config = peers.samba_config(where)
    return Daemon("smbd", ["/usr/sbin/smbd", "-F", "--no-process-group", "-s", config,
                           "--option=smb ports=445"], where, 445)
