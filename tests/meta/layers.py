#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""src/LAYERS is obeyed: who includes whom, and who may see which library."""
import re

from house import ROOT, Findings, includes, numbered, relative, sources

# Which rooms may see a library. A room that is not named here may not.
LIBRARIES = {
    r"boost/(asio|beast)": {"transport", "host", "gate", "inspect", "cli"},
    r"hivex": {"store"},
    r"gssapi|krb5": {"auth"},
    r"pcap": {"capture"},
    r"nftables|libnftnl|libmnl|linux/netfilter|linux/netlink": {"netfilter"},
    r"seccomp": {"host"},
    r"toml\+\+": {"catalogue", "plan", "policy"},
    r"pugixml": {"firewall"},
    r"CLI/": {"cli"},
}
# What no file of the pure floor may do, whatever it includes.
IMPURE_HEADERS = re.compile(
    r"^(sys/(socket|un|stat|epoll|mman|wait|ioctl)\.h|netinet/|netdb\.h|unistd\.h|fcntl\.h|"
    r"signal\.h|thread$|condition_variable$|future$|fstream$|filesystem$|iostream$|boost/asio)")
IMPURE_CALLS = re.compile(
    r"_clock::now\(|\bstd::(cout|cerr|clog|this_thread|random_device)\b|\bstd::getenv\b|"
    r"\b(fopen|getenv|gettimeofday|clock_gettime)\(")
# auth reads its environment (the one exception of the floor).
EXEMPT = {"auth"}


def read_layers():
    """room -> (floor, rooms it may include, None for all)."""
    layers, floor = {}, None
    for number, line in numbered(ROOT / "src/LAYERS"):
        if match := re.match(r"# (pure|wired|program)\b", line):
            floor = match[1]
        elif line.strip() and not line.startswith("#"):
            room, _, allowed = line.partition(":")
            names = allowed.split()
            layers[room] = (floor, None if names == ["*"] else {"base", room, *names})
    return layers


def check_layers_file(layers, findings):
    seen = []
    for room, (_, allowed) in layers.items():
        for other in sorted((allowed or set()) - {"base", room}):
            if other not in layers:
                findings.add("src/LAYERS", f"{room} may include {other}, which is no room")
            elif other not in seen:
                findings.add("src/LAYERS", f"{room} stands below {other}, and may not include it")
        seen.append(room)
    for folder in sorted(path.name for path in (ROOT / "src").iterdir() if path.is_dir()):
        if folder not in layers:
            findings.add(f"src/{folder}", "is a room that src/LAYERS does not know")


def check_include(place, room, allowed, kind, name, findings):
    for pattern, rooms in LIBRARIES.items():
        if re.match(pattern, name) and room not in rooms:
            findings.add(place, f"{room} may not see <{name}>: only {', '.join(sorted(rooms))} may")
    if kind != '"':
        return
    other = name.split("/")[0]
    if "/" not in name or not (ROOT / "src" / other).is_dir():
        if not name.endswith((".inc", ".ipp")) and not name.startswith("generated/"):
            findings.add(place, f'"{name}" is not written "room/file.hpp"')
    elif allowed is not None and other not in allowed:
        findings.add(place, f"{room} may not include {other}")


def check_linked_rooms(layers, findings):
    """What src/CMakeLists.txt links is what LAYERS allows."""
    text = (ROOT / "src/CMakeLists.txt").read_text()
    for match in re.finditer(r"pinhole_room\((\w+) (pure|wired)(?:\s+ROOMS([^)]*?))?(?:\s+LIBS[^)]*)?\)",
                             text):
        room, floor, linked = match[1], match[2], (match[3] or "").split()
        known_floor, allowed = layers.get(room, (None, set()))
        if floor != known_floor:
            findings.add("src/CMakeLists.txt", f"{room} is {floor} here and {known_floor} in LAYERS")
        for other in linked:
            if allowed is not None and other not in allowed:
                findings.add("src/CMakeLists.txt", f"{room} links {other}, which LAYERS forbids")


def main():
    findings = Findings()
    layers = read_layers()
    check_layers_file(layers, findings)
    check_linked_rooms(layers, findings)
    files = sources("src")
    for path in files:
        room = path.relative_to(ROOT / "src").parts[0]
        floor, allowed = layers.get(room, (None, None))
        for number, kind, name in includes(path):
            place = f"{relative(path)}:{number}"
            check_include(place, room, allowed, kind, name, findings)
            if floor == "pure" and room not in EXEMPT and IMPURE_HEADERS.match(name):
                findings.add(place, f"{room} is pure: <{name}> belongs on the wired floor")
        if floor == "pure" and room not in EXEMPT:
            for number, line in numbered(path):
                if match := IMPURE_CALLS.search(line.split("//")[0]):
                    findings.add(f"{relative(path)}:{number}", f"{room} is pure: no {match[0]}")
    findings.close(f"{len(files)} files of {len(layers)} rooms")


if __name__ == "__main__":
    main()
