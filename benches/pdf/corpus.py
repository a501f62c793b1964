"""Which files are read, by folder, and which are left out and why."""

import os
from dataclasses import dataclass, field

from engines import ROOT

DATA = ROOT.parent / "shared" / "data"
# Read this often, the cheapest counts: their time is compared.
BUSINESS = ("samples", "invoices", "e-invoices", "tables")
REPEATS = 5


@dataclass
class Corpus:
    # (folder, file), by folder in the order of the table.
    files: list = field(default_factory=list)
    skipped: list = field(default_factory=list)


def corpus():
    found = Corpus()
    found.files += [("samples", file) for file in sorted((ROOT / "samples").rglob("*.pdf"))]
    for folder in (*BUSINESS[1:], "hostile"):
        files = sorted((DATA / folder).glob("*.pdf"))
        found.files += [(folder, file) for file in files]
        if not files:
            found.skipped.append(f"`{folder}`: {os.path.relpath(DATA, ROOT)}/{folder} is absent or holds no PDF")
    for truth in sorted((DATA / "tables").glob("*-str.xml")):
        if not table_pdf(truth).exists():
            found.skipped.append(f"`tables/{truth.name}`: the PDF it describes isn't there")
    return found


def table_pdf(truth):
    return truth.with_name(truth.name.removesuffix("-str.xml") + ".pdf")


def key(folder, file):
    """A name for the file that can be part of another file's name."""
    return f"{folder}__{file.stem}"
