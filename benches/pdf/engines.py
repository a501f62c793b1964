"""The engines: how each is called on a file, how it starts with nothing to do, and what its output says."""

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
DOCMILL = "docmill"
# The consensus is made of these three, as different programs read; the others of pdftotext share its code.
REFERENCES = ("pdftotext", "mutool", "pdfium")


@dataclass(frozen=True)
class Engine:
    name: str
    # The command before and after the file, and the command that starts the program for nothing.
    before: tuple
    after: tuple
    idle: tuple
    # What it can do beyond what is timed: read once more, with these after the file.
    more: tuple = ()

    def command(self, file):
        return [*self.before, str(file), *self.after]


def engines():
    pdftotext, mutool = which("pdftotext"), which("mutool")
    docmill = str(ROOT / "target/dist/examples/bench")
    pdfium = (sys.executable, str(HERE / "pdfium_text.py"))
    return [
        Engine(DOCMILL, (docmill,), (), (docmill,), more=("--tables",)),
        Engine("pdftotext -raw", (pdftotext, "-raw"), ("-",), (pdftotext, "-v")),
        Engine("pdftotext -layout", (pdftotext, "-layout"), ("-",), (pdftotext, "-v")),
        Engine("pdftotext", (pdftotext,), ("-",), (pdftotext, "-v")),
        Engine("mutool", (mutool, "draw", "-q", "-F", "txt"), (), (mutool, "-v")),
        Engine("pdfium", pdfium, (), pdfium),
    ]


@dataclass
class Reading:
    """What one engine read of one file: its pages, each a list of lines of text."""

    pages: list
    # What docmill alone says. By page: lines as lists of cells, and the rows of tables as lists of cells. Of the file: the
    # names of embedded files, why it was refused, and the milliseconds of reading and of finding tables.
    cells: list = field(default_factory=list)
    rows: list = field(default_factory=list)
    embedded: list = field(default_factory=list)
    error: str = ""
    own_ms: float = 0.0
    tables_ms: float = 0.0


def reading(engine, output):
    """Takes an engine's output apart."""
    text = Path(output).read_bytes().decode("utf-8", "replace")
    if engine.name == DOCMILL:
        return docmill_reading(text)
    pages = text.split("\f")
    if not pages[-1].strip():
        pages.pop()
    return Reading([page.splitlines() for page in pages])


def docmill_reading(text):
    read = Reading([])
    for line in filter(None, text.split("\n")):
        said = json.loads(line)
        if "page" in said:
            # A page that couldn't be read is left out by docmill: its place stays, empty.
            while len(read.pages) < said["page"]:
                for by_page in (read.pages, read.cells, read.rows):
                    by_page.append([])
            read.pages[-1] = [" ".join(cells) for cells in said["lines"]]
            read.cells[-1] = said["lines"]
        elif "row" in said:
            read.rows[said["row_page"] - 1].append(said["row"])
        elif "embedded" in said:
            read.embedded.append(said["embedded"])
        read.error = said.get("error", read.error)
        read.tables_ms = said.get("tables_ms", read.tables_ms)
        read.own_ms = said.get("read_ms", read.own_ms)
    return read
