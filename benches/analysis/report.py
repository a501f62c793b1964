"""Writes what was measured as Markdown: a table for each number of items, with ratios and goals beside them."""

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("polars", "duckdb", "pandas", "numpy", "pyarrow", "rapidfuzz")
STEPS = {
    "decode": "decode, JSON to columns",
    "groups": "vendor × currency: count, sum, mean, deviation, extent, quartiles, MAD",
    "outliers": "outliers by vendor (modified z over 3.5)",
    "benford": "Benford, first two digits",
    "near_duplicates": "near duplicates (amount, currency, ± 3 days, vendor ± 2 letters)",
    "bootstrap": "bootstrap of a mean, 10⁴ values, 10⁴ replicates",
}
# Whom a goal is measured against, and by how much.
ANALYSES_GOAL, ANALYSES_PEERS = 5.0, ("polars", "duckdb")
DECODE_GOAL = 1.3
MEMORY_GOAL_BYTES = 2_000_000_000
# Bytes of each item that must be read at least once: amounts, and their keys.
LEAST_BYTES = {"benford": 8, "groups": 16}

METHOD = """\
Written by `make bench-analysis`: generated invoices, a line of JSON each, read and analysed by docmill and by polars, DuckDB and pandas
from PyPI; see [its README](../benches/analysis/README.md). Each engine has a process of its own with two threads, and each step runs
three times (once, where it takes over 5 s): the least CPU and the least wall time count. Up to two million items the engines take turns, in five
rounds, and the medians of the rounds count (the bootstrap has one round). CPU is the kernel's (`getrusage`). Ratios are of CPU seconds, which
other work on the machine disturbs less than wall time: read the figures beside each other.

All engines came to the same answers, or this page would not have been written: counts, sums in cents, extents, flagged rows and the sum of
their numbers, Benford counts, pairs and the sum of their rows exactly; sums of quartiles, MADs, means and deviations to nine digits; the
bootstrap's interval, whose draws differ, to 15 % of its width.

What favours whom: docmill's decoded columns are exact amounts, days and dictionary numbers, checked row by row; the peers' decoded columns
are floats, texts and days, and become cents and numbers before the analyses, uncounted. pandas decodes by pyarrow, since its own reader makes Python
objects of all items. polars and DuckDB get each a query written for speed: for near duplicates a join of buckets of days, with the distance of
names computed once for each two vendors (by rapidfuzz for polars and pandas). docmill's steps are its kernels (`docmill-columns`,
`docmill-statistics`), called as the analyses call them but without the tables and sentences; `docmill analyse` is measured as a whole below.
There, amounts are never mixed across currencies, so outliers and digits are analysed once for each currency.
"""


def document(found):
    parts = ["# Benchmarks of analyses\n", METHOD]
    verdicts = []
    for size in found["sizes"]:
        parts.append(steps(size, verdicts))
    parts.insert(2, "")
    parts.append(whole(found, verdicts))
    after = [bandwidth(found), grown(found, verdicts), limits(found), machine(found)]
    parts[2] = f"Goals met: {sum(verdicts)} of {len(verdicts)}.\n"
    parts += after
    return "\n".join(parts)


def steps(size, verdicts):
    engines = size["engines"]
    peers = [name for name in engines if name != "docmill"]
    lines = [
        f"## {spaced(size['items'])} items in {spaced(size['documents'])} documents, {size['bytes'] / 1e6:,.0f} MB\n",
        "CPU seconds, and how many times docmill's; wall seconds in brackets.\n",
        "| step | docmill | " + " | ".join(peers) + " | goal | |",
        "|---|---:|" + "---:|" * len(peers) + "---|---|",
    ]
    for step, title in STEPS.items():
        mine = engines["docmill"]["steps"].get(step)
        if mine is None:
            continue
        cells = [f"**{seconds(mine['cpu_s'])}** ({seconds(mine['wall_s'])})"]
        for peer in peers:
            theirs = engines[peer]["steps"].get(step)
            ratio = theirs and theirs["cpu_s"] / mine["cpu_s"]
            cells.append("–" if theirs is None else f"{seconds(theirs['cpu_s'])}, {ratio:.1f} × ({seconds(theirs['wall_s'])})")
        goal, least, against = goal_of(step, engines)
        met = against is not None and against / mine["cpu_s"] >= least
        if against is not None:
            verdicts.append(met)
        lines.append(f"| {title} | " + " | ".join(cells) + f" | {goal} | {verdict(met) if against is not None else ''} |")
    lines.append(
        "| peak memory, decoding | " + " | ".join(mebibytes(engines[name]["peak_decoded_kib"]) for name in engines) + " | | |"
    )
    lines.append("| peak memory, all steps | " + " | ".join(mebibytes(engines[name]["peak_kib"]) for name in engines) + " | | |")
    load = ", ".join(f"{name} {engine['load'][0]:.1f} to {engine['load'][1]:.1f}" for name, engine in engines.items())
    lines.append(f"\nLoad average of the machine while each ran (two cores, so more than 2 means waiting): {load}.\n")
    return "\n".join(lines)


def goal_of(step, engines):
    """The goal in words, how many times, and the CPU seconds of the best whom it is measured against."""
    names = [name for name in engines if name != "docmill"] if step == "decode" else ANALYSES_PEERS
    measured = [engines[name]["steps"][step]["cpu_s"] for name in names if step in engines[name]["steps"]]
    if step == "decode":
        return f"≥ {DECODE_GOAL} × the best", DECODE_GOAL, min(measured, default=None)
    return f"≥ {ANALYSES_GOAL:.0f} × polars and DuckDB", ANALYSES_GOAL, min(measured, default=None)


def whole(found, verdicts):
    lines = [
        "## `docmill analyse`, from the file to the report\n",
        "`docmill analyse --records FILE --spec benches/analysis/spec.yaml --threads 2 --record '' --id /id`: amounts described by currency, by "
        "vendor and by category, outliers, digits, near duplicates and intervals, with JSON, CSV and HTML written. The best of two runs.\n",
        "| items | CPU s | wall s | peak memory | goal | |",
        "|---:|---:|---:|---:|---|---|",
    ]
    for size in found["sizes"]:
        cost = size["whole"]
        met = cost["peak_kib"] * 1024 < MEMORY_GOAL_BYTES
        verdicts.append(met)
        lines.append(
            f"| {spaced(size['items'])} | {seconds(cost['cpu_s'])} | {seconds(cost['wall_s'])} | {mebibytes(cost['peak_kib'])} "
            f"| < {MEMORY_GOAL_BYTES / 1e9:.0f} GB | {verdict(met)} |"
        )
    return "\n".join(lines) + "\n"


def bandwidth(found):
    measured = found["bandwidth"]
    best = max(measured["one_thread"], measured["two_threads"])
    lines = [
        "## Share of the memory's bandwidth\n",
        f"The sum of {measured['bytes'] / 1e6:.0f} MB, in the same run: {measured['one_thread'] / 1e9:.1f} GB/s with one thread, "
        f"{measured['two_threads'] / 1e9:.1f} GB/s with two. The share is of the larger. An analysis reads its columns at least once (amounts; "
        "for groups two keys, too): those bytes by wall time and, since the machine is shared, by the CPU time of two cores.\n",
        "| items | step | bytes | by wall | share | by CPU / 2 | share |",
        "|---:|---|---:|---:|---:|---:|---:|",
    ]
    for size in found["sizes"]:
        for step, each in LEAST_BYTES.items():
            cost, total = size["engines"]["docmill"]["steps"][step], each * size["items"]
            rates = [total / cost["wall_s"], total / (cost["cpu_s"] / 2)]
            cells = " | ".join(f"{rate / 1e9:.2f} GB/s | {100 * rate / best:.0f} %" for rate in rates)
            lines.append(f"| {spaced(size['items'])} | {STEPS[step].partition(':')[0]} | {total / 1e6:.0f} MB | {cells} |")
    lines.append(
        "\nNeither is limited by bandwidth: Benford looks up twice for each amount and counts, one amount at a time; grouping scatters amounts and selects within groups."
    )
    return "\n".join(lines) + "\n"


def grown(found, verdicts):
    verdicts.append(False)
    lines = [
        "## A collection that grew\n",
        "What `docmill-columns` is capable of: documents decoded before are kept as parts (`Part`), and ten documents more are decoded beside "
        "them. What the analyser makes of it, with a server and outcomes, is in [benchmarks-report.md](benchmarks-report.md). Reading parts takes time for each kept row, too: less than decoding, and "
        "not nothing. The goal, a grown collection's report in time proportional to what is new, is **not met**: only decoding is proportional to what is "
        "new.\n",
        "| documents | kept | parts and ten new ones: CPU s (wall) | everything anew: CPU s (wall) | ratio | the ten alone: CPU ms |",
        "|---:|---|---:|---:|---:|---:|",
    ]
    for size in found["sizes"]:
        cost = size["grown"]
        kept, anew = cost["from_parts"], cost["anew"]
        lines.append(
            f"| {spaced(cost['documents'])} | {spaced(cost['parts'])} parts of {cost['documents_per_part']}, "
            f"{cost['kept_bytes'] / 1e6:.0f} MB of {cost['text_bytes'] / 1e6:.0f} MB JSON "
            f"| {seconds(kept['cpu_s'])} ({seconds(kept['wall_s'])}) | {seconds(anew['cpu_s'])} ({seconds(anew['wall_s'])}) "
            f"| {anew['cpu_s'] / kept['cpu_s']:.1f} × | {cost['new_alone']['cpu_s'] * 1e3:.2f} |"
        )
    return "\n".join(lines) + "\n"


def limits(found):
    """Which goals are missed, and the share of each step in docmill's time."""
    lines = ["## What limits it\n"]
    for size in found["sizes"]:
        steps_ = size["engines"]["docmill"]["steps"]
        total = sum(cost["cpu_s"] for cost in steps_.values())
        shares = ", ".join(f"{STEPS[step].partition(':')[0].partition(',')[0].partition(' (')[0]} {100 * cost['cpu_s'] / total:.0f} %" for step, cost in steps_.items())
        lines.append(f"- {spaced(size['items'])} items: of docmill's CPU time {shares}.")
        for step, cost in steps_.items():
            _, least, against = goal_of(step, size["engines"])
            if against is not None and against / cost["cpu_s"] < least:
                lines.append(
                    f"- {spaced(size['items'])} items, {STEPS[step]}: {against / cost['cpu_s']:.1f} × the best, and {least:g} × is asked for; "
                    f"{1e9 * cost['cpu_s'] / size['items']:.1f} ns for each item. {WHY[step]}"
                )
    return "\n".join(lines) + "\n"


WHY = {
    "decode": "What is left is parsing: numbers as exact decimals, names of members compared, and keys looked up in dictionaries.",
    "groups": "Amounts are scattered to their groups, which misses caches, and each group is sorted or its ranks are selected.",
    "outliers": "Amounts are scattered to their groups, which misses caches, two medians are selected in each, and each row is compared with its group's limits.",
    "benford": "Two look-ups for each amount, one at a time: no vector instructions beyond the baseline are built for.",
    "near_duplicates": "Sorting all rows by amount, currency and day is most of it; the peers hash them instead.",
    "bootstrap": "A random number and a look-up for each draw.",
}


def machine(found):
    with open("/proc/cpuinfo") as cpuinfo:
        model = next((line.partition(":")[2].strip() for line in cpuinfo if line.startswith("model name")), "unknown")
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{package} {metadata.version(package)}" for package in PACKAGES)
    before, after = found["load_before"][0], found["load_after"][0]
    earlier = found.get("program_commit")
    program = f" (the program `docmill` was built at {earlier}, before that)" if earlier else ""
    return (
        f"Machine: {model}, {os.cpu_count()} cores, {memory_gib:.0f} GiB, {platform.system()} {platform.release()}, shared with other work: load "
        f"average {before:.1f} before and {after:.1f} after a run of {found['minutes']:.0f} minutes. docmill at {found['commit']}{program}, profile `dist`, "
        f"{said('rustc', '--version')}, the compiler's baseline target; Python {platform.python_version()}, {versions}.\n"
    )


def commit():
    """What is measured: the commit, and whether what is measured was changed since."""
    head = said("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")
    changed = said("git", "-C", str(ROOT), "status", "--short", "--", "crates")
    return f"{head} with changes" if changed else head


def said(*command):
    """The first line a program prints."""
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return (run.stdout + run.stderr).strip().partition("\n")[0]


def verdict(met):
    return "met" if met else "**not met**"


def seconds(value):
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"


def mebibytes(kib):
    return f"{kib / 1024:,.0f} MiB"


def spaced(number):
    return f"{number:,}"
