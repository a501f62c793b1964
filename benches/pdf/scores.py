"""Turns what the engines read into rows of figures, and keeps for each which files cost docmill most."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from statistics import mean

import truth
from corpus import BUSINESS, DATA, table_pdf
from engines import DOCMILL, REFERENCES
from measures import consensus, contains, f1, normal, order, squeezed, words

# The best the peers do together: what none of them finds may be missing from the page, or wrong in the truth.
ANY_PEER = "any peer"
ANY_ENGINE = "any engine"
# The least share of a program's CPU time that has to be reading for its speed without starting to be told.
READING_SHARE_MIN = 0.1
FINDABLE = ", of those any engine finds"
SUBSETS = {"cid-without-tounicode": "hostile: CID fonts without ToUnicode", "type3": "hostile: Type3 fonts"}


@dataclass
class Row:
    """One line of the table: a figure per engine (None where it doesn't apply), over `count` things."""

    measure: str
    count: str
    values: dict
    # How to judge docmill: ("at least", x), ("best peer times", x), or None.
    goal: tuple = None
    places: int = 3


@dataclass
class Scored:
    engines: list
    rows: list = field(default_factory=list)
    # measure -> [(what docmill lost against the best peer, file name, what exactly)]
    losses: dict = field(default_factory=lambda: defaultdict(list))
    notes: list = field(default_factory=list)


def score(engines, files, runs, inside, idle_s):
    scored = Scored([engine.name for engine in engines])
    speed(scored, files, runs, idle_s)
    words_and_order(scored, files, runs, inside)
    table_cells(scored, runs)
    embedded_values(scored, files, runs, inside)
    expected_values(scored, runs)
    memory(scored, files, runs)
    statuses(scored, files, runs)
    return scored


def speed(scored, files, runs, idle_s):
    """Pages per CPU second over files that every engine read, so that all are counted on the same pages."""
    for title, folders, goal in (("business folders", BUSINESS, ("best peer times", 1.3)), ("hostile", ("hostile",), None)):
        of = [place for place in files if place[0] in folders]
        of = [place for place in of if all(run["status"] == "ok" for run in runs[place].values())]
        read = [runs[place] for place in of]
        for place in of:
            ms = {engine: run["cpu_s"] * 1e3 for engine, run in runs[place].items()}
            best = min(ms[engine] for engine in scored.engines if engine != DOCMILL)
            scored.losses["CPU ms more than the best peer"].append(
                (ms[DOCMILL] - best, name(place), f"{ms[DOCMILL]:.1f} ms, best peer {best:.1f} ms")
            )
        pages = sum(len(by_engine["pdfium"]["reading"].pages) for by_engine in read)
        if not pages:
            continue
        with_start, without = {}, {}
        for engine in scored.engines:
            cpu_s = sum(by_engine[engine]["cpu_s"] for by_engine in read)
            with_start[engine] = pages / cpu_s
            reading_s = cpu_s - len(read) * idle_s[engine]
            # What is left of a program that mostly starts is noise.
            without[engine] = pages / reading_s if reading_s > READING_SHARE_MIN * cpu_s else None
        count = f"{pages} pages, {len(read)} files"
        scored.rows.append(Row(f"pages per CPU second, {title}, with process start", count, with_start, goal, 0))
        scored.rows.append(Row(f"pages per CPU second, {title}, without process start", count, without, goal, 0))
        own_ms = sum(by_engine[DOCMILL]["reading"].own_ms for by_engine in read)
        scored.notes.append(
            f"By docmill's own clock, `read` alone, without starting and printing, does {pages / max(own_ms, 1e-3) * 1e3:.0f} "
            f"pages a second of the {title}; finding their tables, which isn't counted, takes another "
            f"{sum(by_engine[DOCMILL]['reading'].tables_ms for by_engine in read) / pages:.2f} ms a page."
        )
    starts = ", ".join(f"{engine} {idle_s[engine] * 1e3:.1f} ms" for engine in scored.engines)
    scored.notes.append(f"CPU time to start and end a process: {starts}.")


def words_and_order(scored, files, runs, inside):
    f1_of, order_of = defaultdict(list), defaultdict(list)
    without_text = Counter()
    for place in files:
        readings = {engine: run["reading"] for engine, run in runs[place].items()}
        bags = {engine: Counter(words(read.pages)) for engine, read in readings.items()}
        agreed = consensus([bags[engine] for engine in REFERENCES])
        if not agreed:
            without_text[place[0]] += 1
            continue
        scores_f1 = {engine: f1(bag, agreed) for engine, bag in bags.items()}
        scores_order = {
            engine: order(read.pages, [readings[other].pages for other in REFERENCES if other != engine])
            for engine, read in readings.items()
        }
        # A word agreed on stands in two references at least, so there is always one to compare order with.
        groups = [place[0]] + [
            title for kind, title in SUBSETS.items() if place in inside and kind in inside[place]["fonts"]
        ]
        for group in groups:
            f1_of[group].append((place, scores_f1))
            order_of[group].append((place, scores_order))
        explain_words(scored, place, groups[-1], scores_f1, bags[DOCMILL], agreed)
    goals = {SUBSETS["cid-without-tounicode"]: 0.90, SUBSETS["type3"]: 0.75}
    for title, of, goal in (("word F1", f1_of, True), ("order", order_of, False)):
        for group in (*BUSINESS, "hostile", *SUBSETS.values()):
            if of[group]:
                values = {engine: mean(found[engine] for _, found in of[group]) for engine in scored.engines}
                row_goal = ("at least", goals[group]) if group in goals else ("best peer times", 1.0)
                row = Row(f"{title}, {group}", f"{len(of[group])} files", values, row_goal if goal else None)
                scored.rows.append(row)
    for place, found in (entry for group in (*BUSINESS, "hostile") for entry in order_of[group]):
        behind = max(found[engine] for engine in scored.engines if engine != DOCMILL) - found[DOCMILL]
        scored.losses["order"].append((behind, name(place), f"{found[DOCMILL]:.3f}"))
    counts = ", ".join(f"{folder} {count}" for folder, count in without_text.items())
    scored.notes.append(
        f"Files in which the references find no common word, such as scans, drawings and files nobody opens, have no "
        f"word F1 and no order: {counts or 'none'}."
    )


def explain_words(scored, place, group, found, bag, agreed):
    behind = max(found[engine] for engine in scored.engines if engine != DOCMILL) - found[DOCMILL]
    missing = " ".join(word for word, _ in (agreed - bag).most_common(8))
    extra = " ".join(word for word, _ in (bag - agreed).most_common(8))
    why = f"{found[DOCMILL]:.3f}; missing {sum((agreed - bag).values())}: {missing}; extra {sum((bag - agreed).values())}: {extra}"
    title = f"word F1, {place[0]}" if group == place[0] else f"word F1, {group}"
    scored.losses[title].append((behind, name(place), why))


def table_cells(scored, runs):
    """True cells, neighbours and rows of tables/, among those at least one engine shows when spaces are ignored."""
    found = defaultdict(Counter)
    for truth_file in sorted((DATA / "tables").glob("*-str.xml")):
        place = ("tables", table_pdf(truth_file))
        if place not in runs:
            continue
        tables = truth.tables(truth_file)
        pages = {engine: PageTexts(run["reading"]) for engine, run in runs[place].items()}
        shown = {cell for cell in tables.cells if any(texts.squeezed_has(cell) for texts in pages.values())}
        pairs = [pair for pair in tables.pairs if shown.issuperset(pair)]
        rows = [row for row in tables.rows if shown.issuperset(row)]
        cells = [cell for cell in tables.cells if cell in shown]
        checks = (
            ("cells", cells, PageTexts.has),
            ("cells ignoring spaces", cells, PageTexts.squeezed_has),
            ("neighbours adjacent", pairs, PageTexts.adjacent),
            ("neighbours on one line", pairs, PageTexts.on_one_line),
            ("rows on one line", rows, PageTexts.on_one_line),
            ("cells on their own", cells, PageTexts.has_own_cell),
            ("rows as rows", rows, PageTexts.has_own_row),
        )
        for measure, things, check in checks:
            found[measure]["of"] += len(things)
            any_peer = any_engine = [False] * len(things)
            for engine, texts in pages.items():
                good = [check(texts, thing) for thing in things]
                found[measure][engine] += sum(good)
                any_engine = [before or now for before, now in zip(any_engine, good)]
                if engine != DOCMILL:
                    any_peer = [before or now for before, now in zip(any_peer, good)]
                if engine == DOCMILL and things:
                    lost = [text_of(thing) for thing, is_good in zip(things, good) if not is_good]
                    why = f"{len(lost)} of {len(things)}: " + " · ".join(lost[:6])
                    scored.losses[f"tables: {measure}"].append((len(lost), name(place), why))
            found[measure][ANY_PEER] += sum(any_peer)
            found[measure][ANY_ENGINE] += sum(any_engine)
    titles = {
        "cells": ("true cells, exact", ("at least", 0.985)),
        "cells ignoring spaces": ("true cells, ignoring spaces", None),
        "neighbours adjacent": ("neighbouring cells, adjacent in the text", ("at least", 0.98)),
        "neighbours on one line": ("neighbouring cells, adjacent on one line", ("at least", 0.98)),
        "rows on one line": ("true rows, whole on one line", None),
        "cells on their own": ("true cells, as a cell of docmill's", None),
        "rows as rows": ("true rows, as a row of docmill's", None),
    }
    for measure, (title, goal) in titles.items():
        count = found[measure]["of"]
        if count:
            only_docmill = measure in ("cells on their own", "rows as rows")
            values = {
                engine: None if only_docmill and engine != DOCMILL else found[measure][engine] / count
                for engine in (*scored.engines, ANY_PEER)
            }
            scored.rows.append(Row(f"tables: {title}", f"{count}", values, goal))
            findable_row(scored, found[measure])


def findable_row(scored, found):
    """Below a row with a goal, the same of those things that any engine finds: truths with faults of their own are out."""
    row = scored.rows[-1]
    if row.goal and found[ANY_ENGINE]:
        values = {engine: found[engine] / found[ANY_ENGINE] for engine in scored.engines}
        measure = row.measure + FINDABLE
        scored.rows.append(Row(measure, str(found[ANY_ENGINE]), values, row.goal))


def text_of(thing):
    return " | ".join("⏎".join(cell.lines) for cell in (thing if isinstance(thing, (tuple, list)) else [thing]))


class PageTexts:
    """One engine's pages, made ready for looking things up."""

    def __init__(self, reading):
        self.lines = [[normal(line) for line in page] for page in reading.pages]
        self.texts = [normal(" ".join(lines)) for lines in self.lines]
        self.squeezed = [squeezed(text) for text in self.texts]
        # Cells of a line, by its wide gaps, are cells where no table was found.
        self.rows = [
            {tuple(map(normal, cells)) for cells in [*lines, *rows]} for lines, rows in zip(reading.cells, reading.rows)
        ]
        self.cells = [{cell for row in rows for cell in row} for rows in self.rows]

    def on(self, pages, page, empty):
        return pages[page - 1] if page <= len(pages) else empty

    def has(self, cell):
        text = self.on(self.texts, cell.page, "")
        return all(contains(text, line) for line in cell.lines)

    def squeezed_has(self, cell):
        text = self.on(self.squeezed, cell.page, "")
        return all(squeezed(line) in text for line in cell.lines)

    def adjacent(self, cells):
        return contains(self.on(self.texts, cells[0].page, ""), " ".join(cell.lines[0] for cell in cells))

    def on_one_line(self, cells):
        together = " ".join(cell.lines[0] for cell in cells)
        return any(contains(line, together) for line in self.on(self.lines, cells[0].page, []))

    def has_own_cell(self, cell):
        # Every line of it, where the cell hasn't been joined from its lines.
        own = self.on(self.cells, cell.page, set())
        return " ".join(cell.lines) in own or all(line in own for line in cell.lines)

    def has_own_row(self, cells):
        return tuple(cell.lines[0] for cell in cells) in self.on(self.rows, cells[0].page, set())


def embedded_values(scored, files, runs, inside):
    """Values of embedded XML: a text counts if one engine shows it when spaces are ignored, a number if two do."""
    found, carrying, seen = defaultdict(Counter), 0, 0
    for place in files:
        embedded = inside.get(place, {}).get("xml", []) if place[0] == "e-invoices" else []
        values = truth.Values(set(), set())
        for file in embedded:
            try:
                read = truth.xml_values(file["xml"])
            except truth.ElementTree.ParseError as error:
                scored.notes.append(f"The XML embedded in `{name(place)}` isn't one ({error}): no values.")
                continue
            values.texts |= read.texts
            values.numbers |= read.numbers
        if values.texts:
            carrying += 1
            seen += set(runs[place][DOCMILL]["reading"].embedded).issuperset(file["name"] for file in embedded)
            look_up(scored, found, "e-invoices", place, runs[place], values)
    if carrying:
        scored.notes.append(f"{carrying} of the e-invoices carry XML (by pypdf); docmill lists those files in {seen}.")
        value_rows(scored, found, "e-invoices: {} of the embedded XML", ("at least", 0.98))


def expected_values(scored, runs):
    found = defaultdict(Counter)
    for expected in sorted((DATA / "invoices").glob("*.json")):
        place = ("invoices", expected.with_suffix(".pdf"))
        if place in runs:
            look_up(scored, found, "invoices", place, runs[place], truth.json_values(expected))
    value_rows(scored, found, "invoices: expected {}", None)


def look_up(scored, found, folder, place, by_engine, values):
    texts = {
        engine: normal(" ".join(line for page in run["reading"].pages for line in page)) + joined_cells(run["reading"])
        for engine, run in by_engine.items()
    }
    without_spaces = {engine: squeezed(text) for engine, text in texts.items()}
    lost = []
    for value in sorted(values.texts):
        loose = {engine: squeezed(value) in text for engine, text in without_spaces.items()}
        if any(loose.values()):
            found["texts"]["of"] += 1
            any_exact = False
            for engine, text in texts.items():
                exact = contains(text, value)
                found["texts"][engine] += exact
                found["texts ignoring spaces"][engine] += loose[engine]
                any_exact = any_exact or (exact and engine != DOCMILL)
                if engine == DOCMILL and not exact:
                    lost.append(value)
            found["texts"][ANY_PEER] += any_exact
            found["texts"][ANY_ENGINE] += any_exact or value not in lost
            found["texts ignoring spaces"][ANY_PEER] += any(loose[engine] for engine in loose if engine != DOCMILL)
    found["texts ignoring spaces"]["of"] = found["texts"]["of"]
    for number in values.numbers:
        pattern = truth.number_pattern(number)
        shows = {engine: bool(pattern.search(text)) for engine, text in texts.items()}
        if sum(shows.values()) >= 2:
            found["numbers"]["of"] += 1
            for engine, shown in shows.items():
                found["numbers"][engine] += shown
            found["numbers"][ANY_PEER] += 1
            if not shows[DOCMILL]:
                lost.append(str(number))
    scored.losses[f"{folder}: values"].append((len(lost), name(place), " · ".join(lost[:6])))


def joined_cells(reading):
    """The cells of docmill's tables, each on a line: a text that wraps in a narrow column is whole there."""
    cells = (cell for page in reading.rows for row in page for cell in row)
    return "".join("\n" + normal(cell) for cell in cells)


def value_rows(scored, found, title, goal):
    for kind, kind_goal in (("texts", goal), ("texts ignoring spaces", None), ("numbers", None)):
        count = found[kind]["of"]
        if count:
            values = {engine: found[kind][engine] / count for engine in (*scored.engines, ANY_PEER)}
            scored.rows.append(Row(title.format(kind), str(count), values, kind_goal))
            findable_row(scored, found[kind])


def memory(scored, files, runs):
    for title, folders in (("business folders", BUSINESS), ("hostile", ("hostile",))):
        of = [(place, runs[place]) for place in files if place[0] in folders]
        if of:
            peaks = {engine: max(run[engine]["peak_kib"] for _, run in of) / 1024 for engine in scored.engines}
            scored.rows.append(Row(f"peak memory in MiB, {title}", f"{len(of)} files", peaks, None, 0))
            for place, run in of:
                scored.losses["peak memory in MiB"].append((run[DOCMILL]["peak_kib"] // 1024, name(place), ""))


def statuses(scored, files, runs):
    hostile = [place for place in files if place[0] == "hostile"]
    for title, wanted in (("refused", "exit"), ("timed out", "timeout"), ("died of a signal", "signal")):
        if hostile:
            values = {
                engine: sum(runs[place][engine]["status"].startswith(wanted) for place in hostile)
                for engine in scored.engines
            }
            scored.rows.append(Row(f"hostile: files {title}", f"{len(hostile)} files", values, None, 0))
    for place in files:
        run = runs[place][DOCMILL]
        others = [engine for engine in scored.engines if engine != DOCMILL and runs[place][engine]["status"] == "ok"]
        if run["status"] != "ok":
            why = f"{run['status']}: {run['reading'].error} ({len(others)} of 5 peers read it)"
            scored.losses["files docmill doesn't read"].append((len(others) + 1, name(place), why))


def name(place):
    folder, file = place
    return f"{folder}/{file.name}"
