# SPDX-License-Identifier: Apache-2.0
"""Hives and .reg files between pinhole and other people's tools: hivexregedit, hivexsh, reglookup.

usage: registry_peers.py PINHOLE [EXAMPLES]
"""

import os
import subprocess
import sys
import tempfile

PARAMETERS = r"HKLM\SYSTEM\CurrentControlSet\Services\MSExchangeIS\ParametersSystem"
FAILED = []


def run(*words, stdin=None, code=0):
    done = subprocess.run(words, input=stdin, capture_output=True, check=False)
    if code is not None and done.returncode != code:
        raise AssertionError(
            f"{words}: exit {done.returncode}: {done.stdout.decode(errors='replace')}"
            f"{done.stderr.decode(errors='replace')}"
        )
    return done.stdout


def check(name, function):
    try:
        function()
        print(f"ok      {name}")
    except AssertionError as error:
        print(f"FAILED  {name}: {error}")
        FAILED.append(name)


def contains(text, part):
    if part not in text:
        raise AssertionError(f"{part!r} is not in {text!r}")


def main():
    pinhole = sys.argv[1]
    here = os.path.dirname(os.path.abspath(__file__))
    examples = sys.argv[2] if len(sys.argv) > 2 else os.path.join(here, "..", "..", "examples")
    example = os.path.join(examples, "exchange-2007-static.reg")
    os.environ["LC_ALL"] = "C.UTF-8"
    with tempfile.TemporaryDirectory() as folder:
        ours = os.path.join(folder, "ours")

        def registry(*words, code=0):
            return run(pinhole, "registry", *words, code=code)

        registry("import", example, "--registry", ours)

        def hivexregedit_reads_ours():
            text = run(
                "hivexregedit", "--export", "--prefix", "HKEY_LOCAL_MACHINE", ours,
                r"\SYSTEM\ControlSet001\Services",
            )
            contains(text, b'"TCP/IP Port"=dword:0000dac1')
            contains(text, b'"TCP/IP NSPI Port"=dword:0000dac4')

        def reglookup_reads_ours():
            text = run("reglookup", "-t", "DWORD", ours)
            contains(text, b"MSExchangeIS/ParametersSystem/TCP%2FIP Port,DWORD,0x0000DAC1")

        def hivexsh_reads_ours():
            script = b"cd \\SYSTEM\\ControlSet001\\Services\\MSExchangeSA\\Parameters\nlsval\n"
            contains(run("hivexsh", ours, stdin=script), b'"TCP/IP Port"=dword:0000dac2')

        def theirs_is_read_by_us():
            merge = os.path.join(folder, "merge.reg")
            with open(merge, "w", encoding="utf-8") as out:
                out.write("Windows Registry Editor Version 5.00\n\n")
                out.write("[HKEY_LOCAL_MACHINE\\SOFTWARE\\Theirs]\n")
                out.write('"text"="hello"\n"number"=dword:0000dac9\n"list"=hex(7):61,00,00,00,00,00\n')
            run("hivexregedit", "--merge", "--prefix", "HKEY_LOCAL_MACHINE", ours, merge)
            text = registry("get", r"HKLM\SOFTWARE\Theirs", "--registry", ours)
            for part in (b"hello", b"56009", b"REG_MULTI_SZ"):
                contains(text, part)

        def for_hive_is_merged():
            registry(
                "set", r"HKLM\SOFTWARE\Ours", "caf\u00e9", "\u4e16 text", "--type", "REG_SZ",
                "--registry", ours,
            )
            export = os.path.join(folder, "export.reg")
            empty = os.path.join(folder, "empty.reg")
            registry("export", "--for-hive", "--output", export, "--registry", ours)
            with open(empty, "w", encoding="ascii") as out:
                out.write("REGEDIT4\n")
            copy = os.path.join(folder, "copy")
            registry("import", empty, "--registry", copy)
            run("hivexregedit", "--merge", "--prefix", "HKEY_LOCAL_MACHINE", copy, export)
            registry("diff", ours, copy)

        def a_part_for_hive_is_merged():
            export = os.path.join(folder, "part.reg")
            empty = os.path.join(folder, "empty.reg")
            part = os.path.join(folder, "part")
            registry("export", PARAMETERS, "--for-hive", "--output", export, "--registry", ours)
            registry("import", empty, "--registry", part)
            run("hivexregedit", "--merge", "--prefix", "HKEY_LOCAL_MACHINE", part, export)
            contains(
                registry("get", PARAMETERS, "TCP/IP Port", "--registry", part), b"56001"
            )

        def windows_form_survives():
            export = os.path.join(folder, "windows.reg")
            registry("export", "--output", export, "--registry", ours)
            with open(export, "rb") as file:
                text = file.read()
            contains(text[:2], b"\xff\xfe")
            contains(text.decode("utf-16"), "[HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet")
            registry("diff", ours, export)

        def wrong_types_are_refused():
            registry("set", PARAMETERS, "TCP/IP Port", "56001", "--type", "REG_SZ",
                     "--registry", ours, code=2)
            registry("set", PARAMETERS, "TCP/IP Port", "65536", "--registry", ours, code=2)
            registry("set", PARAMETERS, "No Such Setting", "1", "--registry", ours, code=2)
            registry("set", PARAMETERS, "TCP/IP Port", "56011", "--registry", ours)
            contains(registry("get", PARAMETERS, "TCP/IP Port", "--registry", ours), b"56011")
            registry("get", PARAMETERS, "Missing", "--registry", ours, code=1)
            registry("get", r"HKCU\Software", "--registry", ours, code=2)

        def deleting_works():
            registry("delete", PARAMETERS, "TCP/IP Port", "--registry", ours)
            registry("get", PARAMETERS, "TCP/IP Port", "--registry", ours, code=1)
            registry("delete", PARAMETERS, "--registry", ours)
            registry("list", PARAMETERS, "--registry", ours, code=1)

        def backups_restore():
            copy = os.path.join(folder, "before")
            with open(ours, "rb") as source, open(copy, "wb") as target:
                target.write(source.read())
            kept = registry("backup", "--registry", ours).decode().split(maxsplit=1)[1].strip()
            registry("delete", r"HKLM\SOFTWARE\Ours", "--registry", ours)
            registry("diff", copy, ours, code=1)
            registry("restore", kept)
            registry("diff", copy, ours)

        for name, function in list(locals().items()):
            if callable(function) and name != "registry":
                check(name.replace("_", " "), function)
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
