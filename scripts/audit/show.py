#!/usr/bin/env python3
"""Prints what a program was built from, as `cargo auditable` put it into the program: one `name version` a line.

Usage: python3 scripts/audit/show.py PROGRAM

The list is JSON, compressed, in the ELF section `.dep-v0` (https://github.com/rust-secure-code/cargo-auditable). Only what
is linked into the program is shown: not what was run to build it.
"""

import json
import struct
import sys
import zlib

SECTION = ".dep-v0"
# The list of a program with a thousand dependencies has some 100 KiB; a file that unpacks to more isn't ours.
LIST_BYTES_MAX = 8 * 1024 * 1024


def section(program: bytes, wanted: str) -> bytes | None:
    """The bytes of a section of a 64-bit little-endian ELF file, as all of our images' programs are."""
    if program[:6] != b"\x7fELF\x02\x01":
        raise ValueError("it is no program for 64-bit Linux")
    (table,) = struct.unpack_from("<Q", program, 0x28)
    size, count, names_index = struct.unpack_from("<HHH", program, 0x3A)

    def header(index: int) -> tuple[int, int, int]:
        at = table + index * size
        (name,) = struct.unpack_from("<I", program, at)
        offset, length = struct.unpack_from("<QQ", program, at + 0x18)
        return name, offset, length

    _, names, _ = header(names_index)
    for index in range(count):
        name, offset, length = header(index)
        end = program.index(b"\0", names + name)
        if program[names + name : end] == wanted.encode():
            return program[offset : offset + length]
    return None


def packages(program: bytes) -> list[tuple[str, str]]:
    """What was linked into the program: names and versions, sorted."""
    packed = section(program, SECTION)
    if packed is None:
        raise ValueError(f"it has no section {SECTION}: it wasn't built by `cargo auditable build`")
    unpacker = zlib.decompressobj()
    text = unpacker.decompress(packed, LIST_BYTES_MAX)
    if unpacker.unconsumed_tail:
        raise ValueError(f"its list has more than {LIST_BYTES_MAX} bytes")
    found = json.loads(text)["packages"]
    return sorted((one["name"], one["version"]) for one in found if one.get("kind", "runtime") == "runtime")


def main() -> int:
    if len(sys.argv) != 2:
        print("usage: show.py PROGRAM", file=sys.stderr)
        return 2
    try:
        with open(sys.argv[1], "rb") as file:
            listed = packages(file.read())
    except (OSError, ValueError, KeyError, struct.error, zlib.error) as error:
        print(f"{sys.argv[1]}: {error}", file=sys.stderr)
        return 1
    for name, version in listed:
        print(name, version)
    return 0


if __name__ == "__main__":
    sys.exit(main())
