#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy-19 over the sources of a build.

tidy.py --build BUILD [--all] [--changed] [--budget SECONDS] [FILE...]

The checks that .clang-tidy holds for errors; exit 1 when one has anything to say. --all runs the
others as well, which takes twice the time and more, and only prints what they say.

--changed takes the sources that differ from where the branch left its origin (or, on the origin's
own commit, from the commit before), the newest first. --budget starts no further file after so
many seconds and says how many it did not reach.

A file about which nothing was said is not read again while neither it, nor a header that it
includes, nor the settings or the version of clang-tidy have changed: ~/.cache/pinhole/tidy
remembers it for a month.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
CLEAN = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache",
                     "pinhole", "tidy")
KEPT_SECONDS = 30 * 24 * 3600


def git(*arguments):
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.split() if done.returncode == 0 else None


def base_commit():
    """Where this branch left its origin; the commit before, where that is HEAD or unknown."""
    head = git("rev-parse", "HEAD")
    base = git("merge-base", "HEAD", "origin/HEAD")
    return base if base and base != head else git("rev-parse", "HEAD~1")


def changed_files():
    base = base_commit()
    if not base:
        return None  # a single commit: everything is new
    # Newest commit first, then what is not committed before that.
    names = git("diff", "--name-only", "HEAD") + (
        git("log", "--format=", "--name-only", f"{base[0]}..HEAD") or [])
    return list(dict.fromkeys(names))


def commands_of(build):
    """The command that compiles each source of the project."""
    commands = json.loads((build / "compile_commands.json").read_text())
    inside = {os.path.relpath(command["file"], ROOT): command for command in commands}
    return {name: inside[name] for name in sorted(inside)
            if not name.startswith(("..", "build"))}


def including(headers, sources):
    """For a changed header, its own source: the one that sees most of it."""
    return [source for header in headers for source in sources
            if os.path.splitext(source)[0] == os.path.splitext(header)[0]]


def settings_of(name):
    """The files with settings for a source, the nearest last."""
    folders = reversed([folder for folder in (ROOT / name).parents if folder.is_relative_to(ROOT)])
    return [folder / ".clang-tidy" for folder in folders if (folder / ".clang-tidy").exists()]


def checks_of(name):
    """The checks that are errors, without what the settings switch off, here or for all."""
    root, *below = [yaml.safe_load(each.read_text()) for each in settings_of(name)]
    switched = ",".join(each["Checks"] for each in [root, *below]).replace(" ", "").split(",")
    off = [check for check in switched if check.startswith("-") and check != "-*"]
    return ",".join(["-*", root["WarningsAsErrors"], *off])


class Seen:
    """Which files were found clean, by all that a finding could depend on."""

    def __init__(self):
        self.version = subprocess.run(["clang-tidy-19", "--version"], capture_output=True,
                                      check=True).stdout
        self.hashes = {}
        CLEAN.mkdir(parents=True, exist_ok=True)
        for mark in CLEAN.iterdir():
            if mark.stat().st_mtime < time.time() - KEPT_SECONDS:
                mark.unlink(missing_ok=True)

    def content(self, name):
        """The content of a file of ours; of the system's, what changes with its package."""
        if name not in self.hashes:
            path = ROOT / name
            if path.is_relative_to(ROOT):
                self.hashes[name] = hashlib.sha256(path.read_bytes()).hexdigest()
            else:
                status = path.stat()
                self.hashes[name] = f"{path} {status.st_size} {status.st_mtime_ns}"
        return self.hashes[name]

    def mark_of(self, command, checks):
        """The file that says so; None where the source cannot be read far enough to know."""
        words = shlex.split(command["command"])
        output = words.index("-o")
        del words[output:output + 2]
        listed = subprocess.run([*words, "-M", "-w"], cwd=command["directory"],
                                capture_output=True, text=True)
        if listed.returncode != 0:
            return None
        read = listed.stdout.split(":", 1)[1].replace("\\\n", " ").split()
        settings = map(self.content, map(str, settings_of(command["file"])))
        known = hashlib.sha256(self.version)
        for fact in [*checks, *words, *settings, *map(self.content, read)]:
            known.update(fact.replace(str(ROOT), "").encode() + b"\0")
        return CLEAN / known.hexdigest()


def tidy(build, seen, name, command, every_check):
    checks = [] if every_check else ["--checks=" + checks_of(name)]
    mark = seen.mark_of(command, checks)
    if mark and mark.exists():
        mark.touch()
        return name, "", False
    done = subprocess.run(["clang-tidy-19", "-p", str(build), "--quiet", *checks, name], cwd=ROOT,
                          capture_output=True, text=True)
    said = "\n".join(line for line in done.stdout.splitlines()
                     if not re.match(r"\d+ warnings? ", line)).strip()
    if done.returncode != 0 and not said:
        said = done.stderr.strip()
    if mark and not said:
        mark.touch()
    return name, said, done.returncode != 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", required=True, type=pathlib.Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--changed", action="store_true")
    parser.add_argument("--budget", type=float, default=float("inf"))
    parser.add_argument("files", nargs="*")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    commands = commands_of(build)
    sources = list(commands)
    seen = Seen()
    chosen = sources
    changed = changed_files() if arguments.changed else None
    if arguments.files:
        chosen = [name for name in sources if name in arguments.files]
    elif changed is not None:
        headers = [name for name in changed if name.endswith(".hpp")]
        chosen = [name for name in changed if name in sources]
        chosen += [name for name in including(headers, sources) if name not in chosen]
    deadline = time.monotonic() + arguments.budget
    late = 0
    bad = 0

    def look(name):
        if time.monotonic() >= deadline:
            return name, None, False
        return tidy(build, seen, name, commands[name], arguments.all)

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for name, said, is_error in pool.map(look, chosen):
            if said is None:
                late += 1
            elif said:
                bad += is_error
                print(f"{name}:\n{said}\n", flush=True)
    print(f"{len(chosen) - late} files read, {bad} with errors"
          + (f", {late} not reached in {arguments.budget:.0f} seconds" if late else ""))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
