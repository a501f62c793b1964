"""Writes the figures as Markdown: the table with its goals, what was left out, and where docmill loses."""

import os
import platform
import subprocess
from importlib import metadata

from corpus import REPEATS
from engines import DOCMILL, ROOT
from processes import SECONDS_PER_FILE
from scores import ANY_PEER, FINDABLE

LOSSES_SHOWN_MAX = 5
LOSSES_LISTED_MAX = 60
# A loss smaller than this is noise of the measure.
LOSS_MIN = 0.02

METHOD = """\
Written by `make bench-pdf`, which reads every file with every engine, each file in a process of its own, two at a time, under
2 GiB of address space and {seconds} s; see [its README](../benches/pdf/README.md). CPU time and peak memory are the kernel's
(`wait4`). The business folders are read {repeats} times and the cheapest run counts. Times of one run on a shared machine: read
them beside each other, not by themselves.

- **Word F1** compares the words of a file with a consensus: each word as often as the median of pdftotext, mutool and pdfium has
  it. So those three are favoured, and what docmill alone reads (form fields) or alone leaves out (text outside the crop box, as
  most of `issue16316.pdf`) counts against it. Mean over the files in which the consensus has words; an engine that refuses a file scores 0 on it.
- **Order** is the share of words in the same order as in the best agreeing of those three (other than itself), page by page.
- **True cells** of `tables` and **values** of embedded XML count where at least one engine shows them when spaces are ignored; numbers
  where at least two do. "Exact" means as whole words with their spaces; a cell of several lines line by line, neighbours and rows only
  where their cells are of one line. A value may also stand whole in a cell of docmill's tables. **Any peer** is the share that at least
  one of the five finds. Where it is below a goal, the truth itself may be in the way: in some reports it lacks spaces between words
  ("UnitedKingdom"), which nobody finds. So those measures are also given of what any engine, docmill among them, finds.
- What stands for a glyph without Unicode is no word: U+FFFD, control characters, codes for private use. Where both pdftotext and pdfium
  write such a glyph's code as if it were a letter, their mojibake is the consensus: so in `issue11578_reduced.pdf` ("9ROXPHV" for "Volume"), `issue15443.pdf`, `complex_ttf_font.pdf`,
  `bug1027533.pdf` and `bug1151216.pdf`, in which docmill says that it doesn't know.
- The subsets of `hostile` are told by the fonts pypdf finds in the files.
"""


def table(scored):
    lines = [
        "| measure | over | " + " | ".join((*scored.engines, ANY_PEER)) + " | goal | |",
        "|---|---|" + "---:|" * (len(scored.engines) + 1) + "---|---|",
    ]
    for row in scored.rows:
        cells = [shown(row, row.values.get(engine)) for engine in (*scored.engines, ANY_PEER)]
        goal, verdict = judged(row)
        cells[0] = f"**{cells[0]}**"
        lines.append(f"| {row.measure} | {row.count} | " + " | ".join(cells) + f" | {goal} | {verdict} |")
    return "\n".join(lines) + "\n"


def shown(row, value):
    return "–" if value is None else f"{value:.{row.places}f}"


def judged(row):
    """The goal in words, and whether docmill meets it. Figures are compared as measured, not as rounded."""
    if row.goal is None:
        return "", ""
    kind, number = row.goal
    if kind == "at least":
        goal, met = f"≥ {number}", row.values[DOCMILL] >= number
    else:
        peers = (value for engine, value in row.values.items() if engine not in (DOCMILL, ANY_PEER))
        best = max(value for value in peers if value is not None)
        factor = "" if number == 1 else f"{number} × "
        goal, met = f"≥ {factor}best peer ({shown(row, best * number)})", row.values[DOCMILL] >= best * number
    return goal, "met" if met else "**not met**"


def worst(entries, least):
    return sorted((entry for entry in entries if entry[0] > least), key=lambda entry: (-entry[0], entry[1]))


def least(measure):
    return LOSS_MIN if measure.startswith(("word F1", "order")) else 0


def losses(scored):
    """Every measure's worst files with what exactly was lost, for whoever works on the reader."""
    lines = []
    for measure, entries in scored.losses.items():
        entries = worst(entries, least(measure))
        if entries:
            lines.append(f"\n## {measure} ({len(entries)} files)\n")
            lines += [f"- {lost:.3f} `{file}` {why}" for lost, file, why in entries[:LOSSES_LISTED_MAX]]
    return "\n".join(lines) + "\n"


def document(scored, found, seconds, commit):
    # The goals are about everything the truth holds; the rows of what can be found only explain them.
    goals = [judged(row) for row in scored.rows if row.goal and not row.measure.endswith(FINDABLE)]
    met = sum(verdict == "met" for _, verdict in goals)
    parts = [
        "# Benchmarks of reading PDFs\n",
        METHOD.format(seconds=SECONDS_PER_FILE, repeats=REPEATS),
        f"Goals met: {met} of {len(goals)}, not counting the rows of what any engine finds.\n",
        table(scored),
        "\n".join(scored.notes) + "\n",
        "## Left out\n",
        "\n".join(f"- {reason}" for reason in found.skipped) + "\n" if found.skipped else "Nothing.\n",
        "## Where docmill loses most\n",
        "By how much it is behind the best peer on a file (word F1, order), or how many things it doesn't find.\n",
        "| measure | files |\n|---|---|",
    ]
    for measure, entries in scored.losses.items():
        entries = worst(entries, least(measure))
        if entries and not measure.startswith(("peak", "CPU")):
            files = ", ".join(f"`{file.partition('/')[2]}` {lost:.2g}" for lost, file, _ in entries[:LOSSES_SHOWN_MAX])
            parts.append(f"| {measure} | {files} |")
    parts.append(f"\n{machine(seconds, commit)}")
    return "\n".join(parts) + "\n"


def machine(seconds, commit):
    with open("/proc/cpuinfo") as cpuinfo:
        model = next((line.partition(":")[2].strip() for line in cpuinfo if line.startswith("model name")), "unknown")
    cores = os.cpu_count()
    return (
        f"Machine: {model}, {cores} cores, {platform.system()} {platform.release()}; the run took {seconds / 60:.0f} minutes. "
        f"docmill at {commit}, "
        f"{said('pdftotext', '-v')}, {said('mutool', '-v')}, pypdfium2 {version('pypdfium2')}, pypdf {version('pypdf')}."
    )


def commit():
    """What is measured: the commit, and whether the reader was changed since."""
    head = said("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")
    changed = said("git", "-C", str(ROOT), "status", "--short", "--", "crates/pdf")
    return f"{head} with changes" if changed else head


def said(*command):
    """The first line a program prints."""
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return (run.stdout + run.stderr).strip().partition("\n")[0]


def version(package):
    return metadata.version(package)
