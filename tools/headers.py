#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Does every header compile alone? headers.py --build BUILD

Each header is compiled for syntax with the flags of a source of its room, as BUILD has them.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def flags_by_room(build):
    """The compiler and flags of one source of each room, without its input and output."""
    rooms = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        name = pathlib.Path(os.path.relpath(entry["file"], ROOT))
        if name.parts[0] != "src":
            continue
        words = shlex.split(entry["command"])
        if words[0].endswith("ccache"):
            words = words[1:]
        cut = words.index("-o")
        rooms.setdefault(name.parts[1], (entry["directory"], words[:cut]))
    return rooms


def compile_alone(header, directory, words):
    done = subprocess.run(
        [*words, "-fsyntax-only", "-Wno-pragma-once-outside-header", "-Wno-unused-const-variable",
         "-x", "c++", str(header)], cwd=directory, capture_output=True, text=True)
    return header, done.returncode, done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=pathlib.Path)
    rooms = flags_by_room(parser.parse_args().build.resolve())
    headers = sorted((ROOT / "src").glob("*/*.hpp"))
    # A room of headers alone has no flags of its own; base's are everybody's.
    jobs = [(header, *rooms.get(header.parent.name, rooms["base"])) for header in headers]
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for header, code, said in pool.map(lambda job: compile_alone(*job), jobs):
            if code != 0:
                bad += 1
                print(f"{header.relative_to(ROOT)} does not compile alone:\n{said}", flush=True)
    print(f"{len(headers)} headers, {bad} that need another before them")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
