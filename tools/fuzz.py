#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Fuzzes every target of the fuzz build, and writes down what it did.

fuzz.py [--build BUILD] [--seconds N] [--jobs N] [--write] [TARGET...]

A target starts from fuzz/corpus/TARGET and keeps what it finds in BUILD/found/TARGET. --write puts
the numbers into the table of docs/fuzzing.md. Exit 1 when a target fails; its input is then in
BUILD/found.
"""
import argparse
import concurrent.futures
import datetime
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE = re.compile(r"(<!-- measured -->\n).*?(<!-- end -->\n)", re.DOTALL)


def fuzz(build, name, seconds):
    found = build / "found" / name
    found.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [build / "fuzz" / f"fuzz_{name}", f"-max_total_time={seconds}", "-timeout=10",
         "-rss_limit_mb=2048", "-print_final_stats=1", f"-artifact_prefix={build}/found/{name}-",
         found, ROOT / "fuzz/corpus" / name],
        capture_output=True, text=True, errors="replace")
    executed = re.search(r"number_of_executed_units:\s*(\d+)", done.stderr)
    edges = re.findall(r"\bcov: (\d+)", done.stderr)
    return {
        "name": name,
        "failed": done.returncode != 0,
        "executed": int(executed[1]) if executed else 0,
        "edges": int(edges[-1]) if edges else 0,
        "kept": len(list((ROOT / "fuzz/corpus" / name).iterdir())),
        "found": len(list(found.iterdir())),
        "said": done.stderr[-3000:],
    }


def table(results, seconds):
    machine = next(line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="ascii")
                   if line.startswith("model name"))
    lines = [f"{datetime.date.today()}, {seconds} seconds each, one core of: {machine}.", "",
             "| target | executions | a second | edges covered | corpus kept | with finds of the run | failures |",
             "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for result in sorted(results, key=lambda result: result["name"]):
        lines.append(f"| `{result['name']}` | {result['executed']:,} | "
                     f"{result['executed'] // seconds:,} | {result['edges']:,} | {result['kept']:,} | "
                     f"{result['found']:,} | {int(result['failed'])} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/fuzz")
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("targets", nargs="*")
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    names = arguments.targets or sorted(
        path.stem.removeprefix("fuzz_") for path in (ROOT / "fuzz").glob("fuzz_*.cpp"))
    results = []
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for result in pool.map(lambda name: fuzz(build, name, arguments.seconds), names):
            results.append(result)
            print(f"{result['name']}: {result['executed']} executions"
                  + (f", FAILED\n{result['said']}" if result["failed"] else ""), flush=True)
    if arguments.write:
        path = ROOT / "docs/fuzzing.md"
        new = table(results, arguments.seconds)
        path.write_text(TABLE.sub(lambda match: match[1] + new + match[2], path.read_text()))
    else:
        print(table(results, arguments.seconds))
    sys.exit(1 if any(result["failed"] for result in results) else 0)


if __name__ == "__main__":
    main()
