"""Times docmill's analyses and those of polars, DuckDB and pandas over the same documents, checks that all come to the same
answers, and writes docs/benchmarks-analysis.md.

Called by `make bench-analysis`, with the Python of .tools/bench-analysis-venv: `bench.py [ITEMS ...]`, 10^6 and 10^7 unless
told otherwise. An answer that differs ends it with an error, and the document is left as it is. Documents and figures stay
in target/bench-analysis.
"""

import json
import math
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import report

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SCRATCH = ROOT / "target" / "bench-analysis"
BUILT = Path(os.environ.get("DOCMILL_BENCH_TARGET", ROOT / "target")) / "dist"
EXAMPLE = BUILT / "examples" / "bench"
DOCMILL = Path(os.environ.get("DOCMILL_BENCH_PROGRAM", BUILT / "docmill"))
PEERS = ("polars", "duckdb", "pandas")
THREADS = 2
# Up to so many items the engines take turns, in so many rounds, and medians count: a step takes milliseconds there, which other work on
# the machine changes by more than what is asked for. More items take long enough.
ROUNDS, ROUNDS_ITEMS_MAX = 5, 2_000_000
# A step of which one run takes longer is run once.
REPEATED_UP_TO_S = 5
# A peer is ended then: what it didn't come to is a dash.
PEER_S = float(os.environ.get("DOCMILL_BENCH_PEER_S", "600"))
# What doesn't depend on the number of items is measured with the first number alone.
ONCE = ("bootstrap",)
# Floats of one engine and another, each folded in its own order.
RELATIVE_TOLERANCE = 1e-9
# Random draws differ: ends of an interval, by this share of its width.
INTERVAL_TOLERANCE = 0.15


def main():
    sizes = [int(float(size)) for size in sys.argv[1:]] or [1_000_000, 10_000_000]
    started, commit = time.monotonic(), report.commit()
    SCRATCH.mkdir(parents=True, exist_ok=True)
    found = {"commit": commit, "sizes": [], "load_before": os.getloadavg()}
    # A program that was built before, given by the environment: the page says so.
    found["program_commit"] = os.environ.get("DOCMILL_BENCH_PROGRAM_COMMIT")
    found["bandwidth"] = run([EXAMPLE, "bandwidth"])
    for position, size in enumerate(sizes):
        found["sizes"].append(measured(size, ONCE if position else ()))
        # What was seen so far stays, whatever becomes of the rest.
        found["minutes"], found["load_after"] = (time.monotonic() - started) / 60, os.getloadavg()
        (SCRATCH / "figures.json").write_text(json.dumps(found, indent=1))
    differences = [difference for size in found["sizes"] for difference in size["differences"]]
    if differences:
        print("bench-analysis: ANSWERS DIFFER, so the figures say nothing:", *differences, sep="\n  ", file=sys.stderr)
        sys.exit(1)
    (ROOT / "docs" / "benchmarks-analysis.md").write_text(report.document(found))
    print(report.document(found))
    print("bench-analysis: written: docs/benchmarks-analysis.md")


def measured(size, left_out):
    file = SCRATCH / f"{size}.jsonl"
    print(f"bench-analysis: {size} items: writing documents")
    documents = run([EXAMPLE, "documents", file, size])
    rounds = [turn(file, left_out)]
    differences = list(compared(size, documents, rounds[0]))
    if size <= ROUNDS_ITEMS_MAX:
        for _ in range(ROUNDS - 1):
            rounds.append(turn(file, (*left_out, *ONCE)))
            differences += compared(size, documents, rounds[-1])
    engines = {name: medians([each[name] for each in rounds]) for name in rounds[0]}
    print("bench-analysis: docmill analyse")
    whole = loaded(lambda: program(file, size))
    grown = loaded(lambda: run([EXAMPLE, "grown", file, THREADS]))
    if grown["anew"]["answers"] != grown["from_parts"]["answers"]:
        differences.append(f"{size} items: kept parts give {grown['from_parts']['answers']}, not {grown['anew']['answers']}")
    if whole["analysed"]["items"] != documents["items"]:
        differences.append(f"{size} items: docmill analyse has {whole['analysed']['items']}")
    bytes_ = file.stat().st_size
    file.unlink()
    return {
        **documents, "bytes": bytes_, "rounds": len(rounds), "engines": engines, "whole": whole, "grown": grown, "differences": differences,
    }


def turn(file, left_out):
    """What each engine found and took, one after the other."""
    engines = {}
    print("bench-analysis: docmill")
    engines["docmill"] = loaded(lambda: run([EXAMPLE, "analyses", file, THREADS]))
    for peer in PEERS:
        print(f"bench-analysis: {peer}")
        command = [sys.executable, "-B", HERE / "peers.py", peer, file, REPEATED_UP_TO_S, *left_out]
        engines[peer] = loaded(lambda command=command: within(command, PEER_S))
    for step in left_out:
        engines["docmill"]["steps"].pop(step, None)
    return engines


def medians(rounds):
    """One engine's rounds as one: each step's median costs, the most memory, and the load from the first to the last."""
    first = rounds[0]
    steps = {}
    for step, cost in first["steps"].items():
        costs = [each["steps"][step] for each in rounds if step in each["steps"]]
        steps[step] = cost | {name: statistics.median(one[name] for one in costs) for name in ("cpu_s", "wall_s")}
    peaks = {name: max(each[name] for each in rounds) for name in ("peak_decoded_kib", "peak_kib")}
    return first | peaks | {"steps": steps, "load": [first["load"][0], rounds[-1]["load"][1]]}


def run(command):
    """What a program prints, as JSON."""
    ran = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, check=True, text=True)
    return json.loads(ran.stdout)


def within(command, limit_s):
    """The last line of JSON that a program printed before it ended or `limit_s` were over."""
    output = SCRATCH / "peer.jsonl"
    with output.open("w") as lines:
        child = subprocess.Popen([str(word) for word in command], stdout=lines)
        try:
            if child.wait(limit_s):
                raise SystemExit(f"bench-analysis: {command[2:]} failed with {child.returncode}")
        except subprocess.TimeoutExpired:
            print(f"bench-analysis: {command[3]} was ended after {limit_s:.0f} s")
            child.kill()
            child.wait()
    return json.loads(output.read_text().splitlines()[-1])


def loaded(work):
    """What `work` found, with the load of the machine before and after it."""
    before = os.getloadavg()[0]
    return {**work(), "load": [before, os.getloadavg()[0]]}


def program(file, size):
    """The program as people run it: from the file to the report."""
    output = SCRATCH / f"{size}-report"
    command = [
        DOCMILL, "analyse", "--records", file, "--spec", HERE / "spec.yaml", "--threads", THREADS, "--record", "", "--id", "/id",
        "--output", output,
    ]
    costs = []
    for _ in range(2):
        start = time.perf_counter()
        child = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            raise SystemExit(f"bench-analysis: docmill analyse failed with {child.returncode}")
        costs.append((usage.ru_utime + usage.ru_stime, time.perf_counter() - start, usage.ru_maxrss))
    analysis = json.loads(next(output.rglob("*.json")).read_text())
    (figure,) = [figure for figure in analysis["figures"] if figure.get("grouped_by") is None]
    return {
        "cpu_s": min(cost[0] for cost in costs),
        "wall_s": min(cost[1] for cost in costs),
        "peak_kib": max(cost[2] for cost in costs),
        "analysed": {
            "items": sum(row["counts"]["used"] for row in figure["rows"]),
            "sections": [section["id"] for section in analysis["sections"]],
        },
    }


def compared(size, documents, engines):
    """In which answers an engine differs from docmill."""
    ours = engines["docmill"]["steps"]
    for name in ("documents", "items"):
        if ours["decode"]["answers"][name] != documents[name]:
            yield f"{size} items: docmill decodes {ours['decode']['answers'][name]} {name} of {documents[name]}"
    for peer in PEERS:
        for step, cost in engines[peer]["steps"].items():
            for name, theirs in cost["answers"].items():
                mine = ours[step]["answers"][name]
                if not same(step, name, mine, theirs, ours[step]["answers"]):
                    yield f"{size} items, {step}, {name}: docmill {mine}, {peer} {theirs}"


def same(step, name, mine, theirs, all_mine):
    if step == "bootstrap" and name != "estimate":
        return abs(mine - theirs) <= INTERVAL_TOLERANCE * (all_mine["high"] - all_mine["low"])
    if isinstance(mine, float) or isinstance(theirs, float):
        return math.isclose(mine, theirs, rel_tol=RELATIVE_TOLERANCE)
    return mine == theirs


if __name__ == "__main__":
    main()
