# SPDX-License-Identifier: Apache-2.0
"""What the tests with real clients share: a namespace of their own, servers that are started and
stopped by their id, clients that are run with a time limit, and a capture of what they said.

A test is a function that takes nothing and raises; `main(test, ...)` runs them in order inside a
network, mount and process namespace of this script's own and prints why one failed. The process
namespace ends with the script, and everything started in it ends too.
"""

import collections
import contextlib
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

# Seconds. Generous: a loaded machine is no failure.
READY_WITHIN = 60
CLIENT_WITHIN = 120
STOP_WITHIN = 20

# No outgoing connection may take a port that a server of a test wants.
RESERVED = "135,593,1024-19999,49152-65535"
EPHEMERAL = "20000 65535"

HERE = os.path.dirname(os.path.abspath(__file__))

_OUTSIDE = "PINHOLE_PEERS_OUTSIDE"


class Failure(Exception):
    """A test's expectation that did not hold; the text is all that is printed."""


def expect(holds, what, evidence=""):
    if not holds:
        raise Failure(f"{what}\n{evidence}" if evidence else what)


def enter_namespace():
    """Runs this script anew in namespaces of its own, and returns only inside them."""
    here = os.readlink("/proc/self/ns/net")
    outside = os.environ.get(_OUTSIDE)
    if outside is None:
        os.environ[_OUTSIDE] = here
        command = ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
        if os.geteuid() != 0:
            command += ["--map-root-user", "--map-auto"]
        os.execvp("unshare", [*command, sys.executable, *sys.argv])
    if outside == here:
        raise Failure("the network namespace is still the one outside")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    _write("/proc/sys/net/ipv4/ip_local_port_range", EPHEMERAL)
    _write("/proc/sys/net/ipv4/ip_local_reserved_ports", RESERVED)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def main(*tests):
    """Runs the tests that the arguments after the program name, else all; exits 1 if one fails."""
    enter_namespace()
    known = {test.__name__: test for test in tests}
    if sys.argv[2:]:
        tests = [known[name] for name in sys.argv[2:]]
    failed = []
    for test in tests:
        started = time.monotonic()
        try:
            test()
        except Failure as failure:
            failed.append(test.__name__)
            print(f"--- failed: {test.__name__}\n{failure}\n---", flush=True)
        except Exception:  # a broken test must not hide those after it
            failed.append(test.__name__)
            print(f"--- failed: {test.__name__}\n{traceback.format_exc()}---", flush=True)
        else:
            print(f"passed: {test.__name__} ({time.monotonic() - started:.1f} s)", flush=True)
    if failed:
        print(f"{len(failed)} of {len(tests)} failed: {', '.join(failed)}")
    sys.exit(1 if failed else 0)


@contextlib.contextmanager
def folder():
    """A new folder that other users may pass through (servers drop to another user)."""
    path = tempfile.mkdtemp(prefix="pinhole-peers-")
    os.chmod(path, 0o755)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def until(question, what, within=READY_WITHIN, evidence=lambda: ""):
    """Asks until the answer is true, and returns it."""
    deadline = time.monotonic() + within
    while True:
        answer = question()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise Failure(f"not within {within} s: {what}\n{evidence()}")
        time.sleep(0.05)


class Result:
    """What a client left: its exit code and its output, standard error included."""

    def __init__(self, command, code, output):
        self.command, self.code, self.output = command, code, output

    @property
    def lines(self):
        return self.output.splitlines()

    def __str__(self):
        return f"$ {' '.join(self.command)}\nexit {self.code}\n{self.output}"

    def needs(self, *texts):
        for text in texts:
            expect(text in self.output, f"not in the output: {text!r}", self)
        return self

    def succeeds(self):
        expect(self.code == 0, "exit code is not 0", self)
        return self

    def json(self):
        return json.loads(self.output)


def run(*command, within=CLIENT_WITHIN, errors=subprocess.STDOUT, **more):
    """Runs a client to its end. `errors=subprocess.DEVNULL` keeps JSON output clean."""
    command = [str(part) for part in command]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
            timeout=within, check=False, text=True, encoding="utf-8", errors="replace", **more)
    except subprocess.TimeoutExpired as late:
        output = (late.stdout or b"").decode("utf-8", "replace")
        raise Failure(f"no end within {within} s\n{Result(command, None, output)}") from None
    return Result(command, done.returncode, done.stdout)


class Server:
    """A process that runs while the test does; its output is kept for the failure's text."""

    def __init__(self, name, command, where, pinned=(), feed=subprocess.DEVNULL):
        self.name = name
        self.log_path = os.path.join(where, f"{name}.log")
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [*pinned, *(str(part) for part in command)], stdin=feed, stdout=log,
                stderr=subprocess.STDOUT, start_new_session=True)

    @property
    def pid(self):
        return self.process.pid

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return f"{self.name}:\n{log.read()[-8000:]}"

    def wait_for(self, question, what):
        def ask():
            expect(self.process.poll() is None, f"{self.name} ended: {self.process.poll()}", self.log())
            return question()
        return until(ask, f"{self.name}: {what}", evidence=self.log)

    def stop(self, by=signal.SIGTERM):
        """Ends the server and returns its exit code; one that does not end is killed."""
        if self.process.poll() is None:
            self.process.send_signal(by)
            try:
                self.process.wait(STOP_WITHIN)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def listens(port, host="127.0.0.1"):
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        return probe.connect_ex((host, port)) == 0


def tree(pid):
    """The process and all that descend from it."""
    found = [pid]
    for parent in found:
        for task in os.listdir(f"/proc/{parent}/task"):
            with open(f"/proc/{parent}/task/{task}/children", encoding="ascii") as children:
                found += [int(child) for child in children.read().split()]
    return found


def resident(pid):
    """Bytes of memory that the process holds."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Capture(Server):
    """All that goes over the loopback device, as a file that tshark judges."""

    END = b"the capture ends here"

    def __init__(self, where):
        self.path = os.path.join(where, "all.pcap")
        # Not --immediate-mode: its ring has a slot of a whole packet's greatest size for each packet,
        # a thousand in all, and loses some where this machine is busy.
        super().__init__("tcpdump", ["tcpdump", "-i", "lo", "-U", "-B", "65536", "-Z", "root",
                                     "-w", self.path], where)
        self.wait_for(lambda: "listening on" in self.log(), "captures")

    def finish(self):
        """Ends the capture, not before the last packet is in the file."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as marker:
            marker.sendto(self.END, ("127.0.0.1", 9))
        self.wait_for(self._ended, "has written everything")
        self.stop(signal.SIGINT)
        expect("\n0 packets dropped by kernel" in self.log(), "the capture lost packets", self.log())

    def _ended(self):
        with open(self.path, "rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 4096))
            return self.END in file.read()

    def show(self, wanted, *fields):
        """tshark's fields of the packets that `wanted` names, a line each."""
        # A dynamic port may be one that tshark takes for another protocol's: what the bytes look
        # like comes first.
        command = ["tshark", "-r", self.path, "-o", "tcp.try_heuristic_first:TRUE", "-Y", wanted]
        if fields:
            command += ["-T", "fields"]
        for field in fields:
            command += ["-e", field]
        return run(*command, errors=subprocess.DEVNULL).succeeds().output.splitlines()

    def check(self, random_requests=False):
        """No malformed packet, and every exchange with the mapper decoded and answered.

        `random_requests`: a client sent random bytes as stubs; only the server's side is judged.
        """
        malformed = "_ws.malformed"
        if random_requests:
            malformed += " && !(dcerpc.pkt_type == 0)"
        bad = self.show(malformed)
        expect(not bad, "tshark finds malformed packets", "\n".join(bad[:20]))
        # Only a call's last fragment is dissected as what it is.
        whole = "tcp.port == 135 && dcerpc.cn_flags.last_frag == 1 && (dcerpc.pkt_type in {0, 2})"
        unknown = self.show(f"{whole} && !epm && !mgmt")
        expect(not unknown, "tshark decodes neither epm nor mgmt in", "\n".join(unknown[:20]))
        counts = {kind: self._count(kind) for kind in ("0", "2", "3")}
        expect(counts["0"] > 0, "no call to the mapper in the capture")
        expect(counts["0"] == counts["2"] + counts["3"],
               f"not every call to the mapper is answered: requests, responses, faults {counts}")

    def _count(self, kind):
        """PDUs of this type that end a call; one segment may carry several."""
        rows = self.show(f"tcp.port == 135 && dcerpc.pkt_type == {kind}",
                         "dcerpc.pkt_type", "dcerpc.cn_flags.last_frag")
        total = 0
        for row in rows:
            kinds, last = (column.split(",") for column in row.split("\t"))
            total += sum(each == kind and end in ("1", "True") for each, end in zip(kinds, last))
        return total


class Pinhole(Server):
    """`pinhole serve` with a registry and a state folder of its own, ready when constructed."""

    def __init__(self, program, where, *options, product="exchange-2007", pinned=(),
                 listen=("127.0.0.1", "::1"), reg=None):
        self.program = program
        self.where = where
        self.hive = os.path.join(where, "hive")
        self.state = os.path.join(where, "state")
        if reg is not None:
            self.set_registry(reg)
        command = [program, "serve", "--product", product, "--registry", self.hive,
                   "--state", self.state, "--foreground"]
        for address in listen:
            command += ["--listen", address]
        super().__init__("pinhole", [*command, *options], where, pinned)
        self.wait_for(self.settled, "all services are up")

    def set_registry(self, reg):
        path = os.path.join(self.where, "import.reg")
        with open(path, "w", encoding="utf-8") as file:
            file.write("Windows Registry Editor Version 5.00\n\n" + reg)
        run(self.program, "registry", "import", path, "--registry", self.hive).succeeds()

    def services(self):
        """The rows of `service list`, or none while the control socket is not there."""
        listed = self.service("list", "--format", "json")
        if listed.code != 0:
            return []
        rows = listed.json()
        return rows["services"] if isinstance(rows, dict) else rows

    def service(self, *arguments):
        return run(self.program, "service", *arguments, "--state", self.state,
                   errors=subprocess.DEVNULL)

    def settled(self):
        rows = self.services()
        return bool(rows) and all(row["state"] == "degraded" or row["state"] == "running" and
                                  row["registered"] for row in rows)

    def ncalrpc(self):
        return os.path.join(self.state, "ncalrpc")

    def dump(self, *arguments, host="127.0.0.1"):
        """The entries of `dump --format json`."""
        result = run(self.program, "dump", host, "--format", "json", *arguments,
                     errors=subprocess.DEVNULL)
        expect(result.code == 0, "dump failed", result)
        return entries_of(result.json())


class Inserted(Server):
    """An entry that a process which is no service of the supervisor holds in the map."""

    def __init__(self, server, name, port):
        super().__init__("inserted", [sys.executable, os.path.join(HERE, "wire.py"),
                                      f"{server.ncalrpc()}/EPMAPPER", name, port, "hold"],
                         server.where, feed=subprocess.PIPE)
        self.wait_for(lambda: "0x" in self.log() or "none" in self.log(), "says what became of it")
        expect("reply 0x00000000" in self.log(), "the insert is refused", self.log())


class Entry(collections.namedtuple("Entry", "uuid version sequence endpoint annotation ping")):
    """One entry of `dump --format json`."""

    @property
    def port(self):
        return int(self.endpoint)

    @property
    def on_ip(self):
        return self.sequence in ("ncacn_ip_tcp", "ncacn_http")


def entries_of(dump):
    """All entries in the JSON of `dump`, in its order."""
    return [Entry(entry["interface"]["uuid"], entry["interface"]["version"],
                  entry["protocol_sequence"], entry["endpoint"], entry["annotation"],
                  entry.get("ping"))
            for target in dump["targets"] for entry in target["entries"]]


class Samba(Server):
    """Samba's standalone mapper, on 135 of all addresses, with its own services registered."""

    PROGRAM = "/usr/libexec/samba/samba-dcerpcd"
    # An interface that it answers over ncacn_ip_tcp: samr.
    INTERFACE = "12345778-1234-abcd-ef00-0123456789ac,1"

    def __init__(self, where, pinned=()):
        self.config = samba_config(where)
        super().__init__(
            "samba-dcerpcd", [self.PROGRAM, "-F", "-s", self.config, "--libexec-rpcds"], where,
            pinned)
        # The first connection starts the worker; many at once, before it is there, hang for ever.
        self.wait_for(lambda: listens(135) and run(
            "rpcclient", "-s", self.config, "-U%", "ncacn_ip_tcp:127.0.0.1",
            "-c", "epmlookup").code == 0, "answers on 135")


def samba_config(where, **options):
    """Writes an smb.conf whose every folder is below `where`, for servers and clients alike."""
    lines = ["[global]", "interfaces = 127.0.0.1/8 ::1/128", "bind interfaces only = no", "workgroup = PEERS", "netbios name = PEERS", "server role = standalone",
             "rpc start on demand helpers = no", "map to guest = bad user",
             f"log file = {where}/samba.log"]
    for name in ("private dir", "lock directory", "state directory", "cache directory",
                 "pid directory", "ncalrpc dir"):
        path = os.path.join(where, "samba", name.replace(" ", "-"))
        os.makedirs(path, exist_ok=True)
        lines.append(f"{name} = {options.get(name.replace(' ', '_'), path)}")
    path = os.path.join(where, "smb.conf")
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")
    return path


def program():
    """The program under test: this script's first argument."""
    expect(len(sys.argv) > 1, f"usage: {sys.argv[0]} PATH-OF-PINHOLE [TEST]...")
    return os.path.abspath(sys.argv[1])


@contextlib.contextmanager
def serving(*options, random_requests=False, capture=True, **more):
    """A `pinhole serve` whose whole traffic is captured and judged, and that ends clean."""
    with folder() as where, contextlib.ExitStack() as stack:
        tape = stack.enter_context(Capture(where)) if capture else None
        server = stack.enter_context(Pinhole(program(), where, *options, **more))
        server.config = samba_config(where, ncalrpc_dir=server.ncalrpc())
        try:
            yield server
        except Exception:
            print(server.log(), flush=True)
            raise
        if tape:
            tape.finish()
            tape.check(random_requests)
        code = server.stop()
        expect(code == 0, f"`pinhole serve` ended with {code} on SIGTERM", server.log())
        for sign in ("Sanitizer", "runtime error:"):
            expect(sign not in server.log(), "a sanitizer speaks", server.log())
