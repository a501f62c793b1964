"""What is in an image: reads the archives that build.sh writes and lays their files out in a folder.

Called by check.py. It needs neither the engine that built the image nor root.
"""

import gzip
import json
import struct
import tarfile
from dataclasses import dataclass
from pathlib import Path

# A program header that names the dynamic linker.
PROGRAM_HEADER_INTERPRETER = 3


@dataclass(frozen=True)
class Image:
    """An image, laid out."""

    name: str
    # Its files.
    root: Path
    # What it says of itself: User, Entrypoint, ExposedPorts.
    config: dict
    digest: str
    uncompressed_bytes: int
    gzip_bytes: int

    def programs(self) -> list[Path]:
        """Every file that may be executed."""
        return sorted(path for path in self.root.rglob("*") if path.is_file() and path.stat().st_mode & 0o111)

    def user(self) -> tuple[int, int]:
        """User and group, which must be numbers: Kubernetes can't tell whether a name is root."""
        user, group = self.config["User"].split(":")
        return int(user), int(group)


def is_static(program: Path) -> bool:
    """Whether a 64-bit ELF program asks for no dynamic linker. The linker's name alone says nothing: glibc has it in it."""
    content = program.read_bytes()
    (table,) = struct.unpack_from("<Q", content, 32)
    entry_bytes, count = struct.unpack_from("<HH", content, 54)
    kinds = (struct.unpack_from("<I", content, table + index * entry_bytes)[0] for index in range(count))
    return content[:5] == b"\x7fELF\x02" and PROGRAM_HEADER_INTERPRETER not in kinds


def unpacked(archive: Path, folder: Path) -> Image:
    """Lays out the image of an archive in an empty folder."""
    with tarfile.open(archive) as tar:
        [manifest] = json.load(tar.extractfile("manifest.json"))
        config_file = manifest["Config"]
        config = json.load(tar.extractfile(config_file))["config"]
        uncompressed, compressed = 0, 0
        for layer in manifest["Layers"]:
            content = tar.extractfile(layer).read()
            # Docker's own archives have layers as they are, others pack them.
            content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
            uncompressed += len(content)
            compressed += len(gzip.compress(content, compresslevel=6, mtime=0))
            path = folder.with_suffix(".layer")
            path.write_bytes(content)
            with tarfile.open(path) as files:
                files.extractall(folder)
            path.unlink()
    # An archive names its configuration by digest, and the configuration has the layers' digests.
    digest = Path(config_file).name.removesuffix(".json").removeprefix("sha256:")
    return Image(archive.stem, folder, config, digest, uncompressed, compressed)
