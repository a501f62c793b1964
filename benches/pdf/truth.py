"""What is known of the files from elsewhere: the cells of tables, and the values invoices carry as data."""

import json
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

from measures import normal

NUMBER_ELEMENTS = ("Amount", "Quantity", "Percent", "Rate")
# Codes, flags and machine dates stand on the page in other words, if at all.
OTHER_ELEMENTS = ("Code", "Indicator", "DateTimeString", "DateTime", "DateString", "CountryID", "LanguageID")
# Shorter texts are found by chance.
TEXT_CHARACTERS_MIN = 3


@dataclass(frozen=True)
class Cell:
    page: int
    lines: tuple


@dataclass
class Tables:
    """Every true cell; pairs of horizontal neighbours and whole rows among the cells of one line."""

    cells: list
    pairs: list
    rows: list


def tables(xml_file):
    """Reads the true tables of an ICDAR 2013 `-str.xml`."""
    truth = Tables([], [], [])
    for region in ElementTree.parse(xml_file).getroot().iter("region"):
        page = int(region.get("page"))
        placed = []
        for cell in region.iter("cell"):
            content = cell.findtext("content") or ""
            lines = tuple(filter(None, map(normal, content.splitlines())))
            if not lines:
                continue
            row, column = int(cell.get("start-row")), int(cell.get("start-col"))
            placed.append((row, column, int(cell.get("end-col", column)), Cell(page, lines)))
        truth.cells += [cell for *_, cell in placed]
        placed.sort(key=lambda place: place[:2])
        for _, in_row in groupby(placed, key=lambda place: place[0]):
            in_row = list(in_row)
            one_line = all(len(cell.lines) == 1 for *_, cell in in_row)
            if one_line and len(in_row) > 1:
                truth.rows.append([cell for *_, cell in in_row])
            for (_, _, end, left), (_, start, _, right) in zip(in_row, in_row[1:]):
                if start == end + 1 and len(left.lines) == len(right.lines) == 1:
                    truth.pairs.append((left, right))
    return truth


@dataclass
class Values:
    texts: set
    numbers: set


def xml_values(xml):
    """The texts and numbers of an electronic invoice's XML."""
    values = Values(set(), set())
    for element in ElementTree.fromstring(xml.encode()).iter():
        text = normal(element.text or "")
        name = element.tag.rpartition("}")[2]
        if len(element) or not text or name.endswith(OTHER_ELEMENTS):
            continue
        if name.endswith(NUMBER_ELEMENTS):
            add_number(values, text)
        elif len(text) >= TEXT_CHARACTERS_MIN and not text.startswith("urn:"):
            values.texts.add(text)
    return values


def json_values(json_file):
    """The texts and numbers of invoice2data's expectations; dates stand on the page in another notation."""
    values = Values(set(), set())

    def walk(value):
        if isinstance(value, (list, dict)):
            for inner in value.values() if isinstance(value, dict) else value:
                walk(inner)
        elif isinstance(value, float):
            add_number(values, str(value))
        elif isinstance(value, str) and len(value) >= TEXT_CHARACTERS_MIN and not re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            values.texts.update(filter(lambda line: len(line) >= TEXT_CHARACTERS_MIN, map(normal, value.splitlines())))

    walk(json.loads(Path(json_file).read_text()))
    return values


def add_number(values, text):
    try:
        values.numbers.add(abs(Decimal(text).normalize()))
    except InvalidOperation:
        pass


def number_pattern(number):
    """Matches a number as people write it: with any group mark and decimal mark, and zeros at its end."""
    whole, _, fraction = f"{number:f}".partition(".")
    groups = []
    while len(whole) > 3:
        groups.insert(0, whole[-3:])
        whole = whole[:-3]
    digits = r"[.,' ’]?".join([whole, *groups])
    decimals = rf"[.,]{fraction}0*" if fraction else r"(?:[.,]0+)?"
    return re.compile(rf"(?<!\d)(?<!\d[.,']){digits}{decimals}(?!\d)(?![.,]\d)")
