#!/usr/bin/env python3
"""Runs the images of target/images as a cluster would, and prints what they weigh and how fast they start.

`check.py [--update]`, as root, after build.sh; `--update` writes the figures into docs/images.md. Everything runs in a
network of its own whose only name server knows Kubernetes's full names, so that nothing works unless the static programs
resolve short names through a pod's search domains. Ends with 1 where something isn't as the documentation says.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from archive import Image, is_static, unpacked
from container import SECCOMP, prepare
from ready import STARTS, starts, until_ready
from resolver import alone
from surroundings import MOCK_LLM_PORT, PATIENCE_SECONDS, ROOT, SERVICES, WORKER_PORT, Site

ARCHIVES = ROOT / "target/images"
PAGE = ROOT / "docs/images.md"
BEGIN, END = "<!-- figures: scripts/images/check.py --update -->\n", "<!-- end of figures -->\n"
SAMPLE = ROOT / "samples/invoice/english-classic.pdf"

PROGRAMS = {
    "docmill-processor": {"docmill-processor"},
    "docmill-analyser": {"docmill-analyser"},
    "docmill": {"docmill", "mock-llm"},
}
USER = (10001, 30001)
# What the chart's pods ask for, as the kernel says it.
CONFINED = {"user": "10001", "group": "30001", "capabilities": "0" * 16, "no new privileges": "1", "root": "ro"}
# The goals are the workers': they are pulled and started while jobs wait.
WORKERS = ("docmill-processor", "docmill-analyser")
SIZE_GOAL_BYTES = 25_000_000
START_GOAL_MS = 50

# Set in the process that has a network and mounts of its own.
ALONE = "DOCMILL_CHECK_ALONE"


class Findings:
    """What isn't as it should be. The run goes on after each, so that one run says everything."""

    def __init__(self):
        self.count = 0

    def expect(self, holds: bool, otherwise: str) -> None:
        """Says so where it doesn't hold."""
        if not holds:
            self.count += 1
            print(f"NOT SO: {otherwise}", file=sys.stderr)


def inspect(image: Image, findings: Findings) -> None:
    """What can be seen without running anything."""
    programs = {path.name for path in image.programs()}
    wanted = PROGRAMS[image.name]
    findings.expect(programs == wanted, f"{image.name} has the programs {sorted(programs)}, not {sorted(wanted)} alone")
    findings.expect(image.user() == USER, f"{image.name} runs as {image.config['User']}")
    certificates = image.root / "etc/ssl/certs/ca-certificates.crt"
    count = certificates.read_text().count("BEGIN CERTIFICATE") if certificates.exists() else 0
    findings.expect(count > 100, f"{image.name} has {count} CA certificates")
    for program in image.programs():
        findings.expect(is_static(program), f"{program.name} isn't static")
    if image.name in WORKERS:
        findings.expect(image.uncompressed_bytes <= SIZE_GOAL_BYTES, f"{image.name} is larger than {SIZE_GOAL_BYTES:,} bytes")


def run(site: Site, findings: Findings) -> dict[str, list[float]]:
    """What is seen when they run; gives the times from start to ready by image."""
    with site.worker("processor", "provision") as provision:
        provision.start()
        said = provision.wait(PATIENCE_SECONDS)
        findings.expect("streams, consumers and buckets are there" in said, f"provisioning failed: {said}")
    with site.worker("processor") as processor:
        processor.start()
        until_ready(WORKER_PORT)
        findings.expect(processor.confinement() == CONFINED, f"the processor runs with {processor.confinement()}")
    times = {
        "docmill-processor": starts(lambda: site.worker("processor"), WORKER_PORT),
        "docmill-analyser": starts(lambda: site.worker("analyser"), WORKER_PORT),
        "docmill": starts(site.mock_llm, MOCK_LLM_PORT, "/health"),
    }
    outcome = site.one_document(SAMPLE)
    findings.expect(outcome["status"] == "verified", f"the document is {outcome['status']}")
    findings.expect(any(value["box"] for value in outcome["evidence"]), "no value has its place on the page")
    for name in SERVICES:
        findings.expect(name in site.resolver.asked, f"{name} was never asked for")
    for name in WORKERS:
        # It depends on what else the machine does, so it is said and isn't a fault.
        median = statistics.median(times[name])
        if median > START_GOAL_MS:
            print(f"over the goal: {name} takes {median:.0f} ms from start to ready, not {START_GOAL_MS}", file=sys.stderr)
    return times


def table(images: dict[str, Image], times: dict[str, list[float]]) -> str:
    """The figures, as Markdown."""
    lines = [
        "| image | files, MB | packed, MB | programs, MB | start to ready, median | slowest |",
        "|---|---:|---:|---|---:|---:|",
    ]
    for name, image in images.items():
        paths = [image.root / "usr/local/bin" / program for program in sorted(PROGRAMS[name])]
        sizes = ", ".join(f"`{path.name}` {path.stat().st_size / 1e6:.1f}" for path in paths)
        median, slowest = statistics.median(times[name]), times[name][-1]
        weights = f"{image.uncompressed_bytes / 1e6:.1f} | {image.gzip_bytes / 1e6:.1f}"
        lines.append(f"| `{name}` | {weights} | {sizes} | {median:.0f} ms | {slowest:.0f} ms |")
    model = next(line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line)
    crun = subprocess.run(["crun", "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]
    filtered = "the runtimes' seccomp filter" if SECCOMP.exists() else "no seccomp filter"
    load = os.getloadavg()[0]
    return (
        "\n".join(lines)
        + f"\n\n{STARTS} starts each by {crun} with {filtered}; Linux {platform.release()}, {os.cpu_count()} × {model}, load {load:.1f}."
        + "\n"
    )


def check(update: bool) -> int:
    """Everything, in a folder that is gone afterwards; the exit code."""
    findings = Findings()
    alone()
    prepare()
    with tempfile.TemporaryDirectory(prefix="docmill-check-") as name:
        folder = Path(name)
        # A container's user must be able to reach its root.
        folder.chmod(0o755)
        images = {image: unpacked(ARCHIVES / f"{image}.tar", folder / image) for image in PROGRAMS}
        for image in images.values():
            inspect(image, findings)
        with Site(folder, images) as site:
            figures = table(images, run(site, findings))
    print(figures)
    for name, image in images.items():
        print(f"sha256:{image.digest}  {name}")
    if update:
        page = PAGE.read_text()
        before, after = page.index(BEGIN) + len(BEGIN), page.index(END)
        PAGE.write_text(page[:before] + figures + page[after:])
    return 1 if findings.count else 0


def main() -> int:
    """Starts itself again in a network of its own, where port 53 is free."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--update", action="store_true", help="write the figures into docs/images.md")
    arguments = parser.parse_args()
    for program, package in (("crun", "crun"), ("unshare", "util-linux")):
        if not shutil.which(program):
            sys.exit(f"{program} is not installed: apt-get install {package}")
    if os.geteuid() != 0:
        sys.exit("it must be root: the containers' user is another than who starts them")
    if ALONE not in os.environ:
        os.environ[ALONE] = "1"
        os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, "-B", *sys.argv])
    return check(arguments.update)


if __name__ == "__main__":
    sys.exit(main())
