#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The listing of an Exchange 2007 server, as a web page kept it, through `pinhole dump --from`."""
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
LISTING = ROOT / "tests/snapshot/data/exchange-2007.rpcdump.txt"


def dump(pinhole, listing, *more):
    done = subprocess.run([pinhole, "dump", "--from", str(listing), *more],
                          capture_output=True, text=True, timeout=30)
    return done.returncode, done.stdout, done.stderr


def expect(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what}: {got!r}, not {wanted!r}")
    print(f"{what}: {got!r}")


def main(pinhole):
    code, table, _ = dump(pinhole, LISTING)
    expect("exit code", code, 0)
    expect("summary", table.splitlines()[-1].split(": ", 1)[1],
           "28 entries of 27 interfaces on 10 endpoints; 21 YES, 7 NO")
    entries = json.loads(dump(pinhole, LISTING, "--format", "json")[1])["targets"][0]["entries"]
    expect("pings in JSON", sum(entry["ping"] for entry in entries), 21)
    expect("versions in JSON", [e for e in entries if "version" in e["interface"]], [])
    code, classic, _ = dump(pinhole, LISTING, "--format", "rpcdump")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as again:
        again.write(classic)
        again.flush()
        expect("read back", dump(pinhole, again.name, "--format", "rpcdump")[1], classic)
    code, _, error = dump(pinhole, LISTING, "--interface", "nonsense")
    expect("bad interface", (code, error.count("\n")), (2, 1))
    code, _, error = dump(pinhole, "/nonexistent")
    expect("no file", (code, error.count("\n")), (2, 1))


if __name__ == "__main__":
    main(sys.argv[1])
