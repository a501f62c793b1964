"""Reads every file with every engine, scores what they read, and writes docs/benchmarks-pdf.md.

Called by `make bench-pdf`, with the Python of .tools/bench-venv. Everything it saw stays in target/bench-pdf: the text of
each engine for each file, and `losses.md`, which lists file by file where docmill falls behind.
"""

import json
import os
import shutil
import sys
import time
from statistics import median

import report
import scores
from corpus import BUSINESS, DATA, REPEATS, corpus, key
from engines import HERE, ROOT, engines, reading
from processes import run_all

SCRATCH = ROOT / "target" / "bench-pdf"
IDLE_RUNS = 15
WORKERS = min(2, os.cpu_count() or 1)


def main():
    started, commit = time.monotonic(), report.commit()
    all_engines = engines()
    found = corpus()
    for reason in found.skipped:
        print(f"bench-pdf: left out: {reason}")
    print(f"bench-pdf: {len(found.files)} files, {len(all_engines)} engines, {WORKERS} at a time")
    shutil.rmtree(SCRATCH, ignore_errors=True)
    SCRATCH.mkdir(parents=True)
    idle_s = start_costs(all_engines)
    runs = read_all(all_engines, found.files)
    print(f"bench-pdf: read after {time.monotonic() - started:.0f} s; scoring")
    inside = look_inside(found.files)
    scored = scores.score(all_engines, found.files, runs, inside, idle_s)
    losses = SCRATCH / "losses.md"
    losses.write_text(report.losses(scored))
    print(f"bench-pdf: file by file where docmill falls behind: {os.path.relpath(losses, ROOT)}")
    if not DATA.is_dir():
        print("bench-pdf: docs/benchmarks-pdf.md is left as it is: without the data it would say little")
        print(report.table(scored))
        return
    text = report.document(scored, found, time.monotonic() - started, commit)
    (ROOT / "docs" / "benchmarks-pdf.md").write_text(text)
    print(report.table(scored))
    print("bench-pdf: written: docs/benchmarks-pdf.md")


def start_costs(all_engines):
    """CPU seconds each program takes to start and end."""
    tasks = [
        (SCRATCH / "idle", engine.idle) for _ in range(IDLE_RUNS) for engine in all_engines
    ]
    costs = [result["cpu_s"] for result in run_all(tasks, 1)]
    return {engine.name: median(costs[place::len(all_engines)]) for place, engine in enumerate(all_engines)}


def read_all(all_engines, files):
    """What each engine read of each file, and the cheapest of its runs: `{(folder, file): {engine: run}}`."""
    tasks, owners = [], []
    # The engines take turns on each file, so that what else the machine does falls on all of them.
    for folder, file in files:
        for repeat in range(REPEATS if folder in BUSINESS else 1):
            for engine in all_engines:
                again = f".{repeat}" if repeat else ""
                output = SCRATCH / f"{key(folder, file)}.{engine.name.replace(' ', '')}{again}.txt"
                tasks.append((output, engine.command(file)))
                owners.append(((folder, file), engine, output))
    runs = {}
    for (file, engine, output), cost in zip(owners, run_all(tasks, WORKERS)):
        read = reading(engine, output)
        run = runs.setdefault(file, {}).get(engine.name)
        if run is None:
            runs[file][engine.name] = {**cost, "reading": read}
            continue
        run["reading"].own_ms = min(run["reading"].own_ms, read.own_ms)
        run["cpu_s"] = min(run["cpu_s"], cost["cpu_s"])
        run["peak_kib"] = max(run["peak_kib"], cost["peak_kib"])
        output.unlink()
        output.with_name(output.name + ".err").unlink()
    add_tables(all_engines[0], files, runs)
    return runs


def add_tables(docmill, files, runs):
    """Adds docmill's tables to what it read: found in a run that isn't timed, as the peers don't look for any."""
    outputs = [SCRATCH / f"{key(*place)}.docmill.tables.txt" for place in files]
    run_all([(output, docmill.command(file) + list(docmill.more)) for output, (_, file) in zip(outputs, files)], WORKERS)
    for place, output in zip(files, outputs):
        read, with_tables = runs[place][docmill.name]["reading"], reading(docmill, output)
        read.rows, read.tables_ms = with_tables.rows, with_tables.tables_ms


def look_inside(files):
    """Kinds of fonts and embedded XML of the files that are measured by them."""
    looked = [place for place in files if place[0] in ("e-invoices", "hostile")]
    outputs = [SCRATCH / f"{key(*place)}.inside.json" for place in looked]
    tasks = [
        (output, (sys.executable, HERE / "look_inside.py", file))
        for output, (_, file) in zip(outputs, looked)
    ]
    inside = {}
    for place, output, cost in zip(looked, outputs, run_all(tasks, WORKERS)):
        if cost["status"] == "ok":
            inside[place] = json.loads(output.read_text())
    return inside


if __name__ == "__main__":
    main()
