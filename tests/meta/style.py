#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The rules that no compiler checks: sizes, words, licence lines."""
import re

from house import ROOT, Findings, numbered, relative, sources

# Lines a file may have at most. A source is wanted under 400; above 600 it has a seam.
LIMITS = ((r"^src/.*\.hpp$", 300), (r"^(tests|bench|fuzz)/", 800), (r".*", 600))

# (pattern, where it may stand, what to do). A comment counts too, unless the rule says code.
WORDS = (
    (r"\bFIXME\b|\bXXX\b|\bHACK\b", r"^$", "mend it, or say what is not known"),
    (r"\bTODO\b(?!\((perf|spec|interop|test)\):)", r"^$", "TODO(perf|spec|interop|test): ..."),
    (r"std::w?regex\b", r"^tests/", "backtracks without bound; write the loop"),
    (r"\bGTEST_SKIP\b|\bDISABLED_", r"^$", "a test runs, or is not there"),
    (r"\bsleep_for\b|\busleep\(|\bsleep_until\b", r"^(bench|tests/peers|src/store)/", "wait for the event"),
    (r"\bconst_cast\b", r"^$", "own a copy"),
    (r"\busing namespace std\b", r"^$", "name what you use"),
    (r"SO_REUSEPORT", r"^src/transport/|^tests/", "two services would share one static port"),
)
# reinterpret_cast only where the system's own interfaces are made of casts.
CASTS = {
    "src/base/bytes.hpp": "bytes seen as text",
    "src/transport/socket_address.cpp": "sockaddr",
}
SPDX = "SPDX-License-Identifier: Apache-2.0"
# A path of one machine is no path of the reader's.
MACHINE = re.compile(r"(?<![\w./-])/(work|home|root|Users)/[\w.]")


def check_size(path, name, lines, findings):
    for pattern, limit in LIMITS:
        if re.match(pattern, name):
            if len(lines) > limit:
                findings.add(name, f"{len(lines)} lines, {limit} at most; where is the seam?")
            return


def check_words(path, name, findings):
    for number, line in numbered(path):
        place = f"{name}:{number}"
        for pattern, allowed, remedy in WORDS:
            if (match := re.search(pattern, line)) and not re.match(allowed, name):
                findings.add(place, f"{match[0]}: {remedy}")
        code = line.split("//")[0]
        if "reinterpret_cast" in code and name not in CASTS and not name.startswith(
                ("fuzz/", "tests/", "bench/")):
            findings.add(place, "reinterpret_cast: use base/bytes.hpp, or list the file and why here")


def check_first_lines(name, lines, findings):
    head = lines[:3]
    if not any(SPDX in line for line in head):
        findings.add(name, f"has no line `{SPDX}` at its top")
    if name.endswith(".hpp") and "#pragma once" not in lines[:4]:
        findings.add(name, "has no #pragma once below the licence line")


def scripts():
    names = [ROOT / name for name in ("run", "test", ".ci/run", ".clang-format")]
    names += [path for folder in ("tools", "tests", "packaging", "bench")
              for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".sh", ".bash")]
    return [path for path in names if path.is_file() and path.name != ".clang-format"]


def main():
    findings = Findings()
    files = sources("src", "tests", "fuzz", "bench", "tools")
    for path in files:
        name = relative(path)
        lines = path.read_text(encoding="utf-8").splitlines()
        check_size(path, name, lines, findings)
        check_words(path, name, findings)
        check_first_lines(name, lines, findings)
    for path in scripts():
        name = relative(path)
        lines = path.read_text(encoding="utf-8").splitlines()
        check_first_lines(name, lines, findings)
    texts = files + scripts() + [path for path in (ROOT / "docs").rglob("*.md")]
    texts += [path for path in ROOT.glob("*.md")] + list((ROOT / "src").rglob("README.md"))
    for path in texts:
        for number, line in numbered(path):
            if match := MACHINE.search(line):
                findings.add(f"{relative(path)}:{number}", f"{match[0]}: a path of one machine")
    findings.close(f"{len(files)} sources, {len(texts)} texts")


if __name__ == "__main__":
    main()
