"""An OpenAI-compatible server that knows the truth of the documents it is asked about.

Started by evaluate.py. mock-llm finds values by labels, and so on other people's documents mostly doesn't; this one answers what a
model without fault would: each value of the truth as the page prints it, with the line it stands on. So what is scored is
docmill. With a wrong rate it swaps values for others of the same kind from the same page, as mock-llm does: half of these
name the line they really stand on, half keep the right one's.

What the page doesn't print is left out. It finds printed values by itself and shares no code with docmill.
"""

import hashlib
import json
import re
import threading
from decimal import Decimal, InvalidOperation
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MONTHS = ["jan", "feb", "mar|mär|mrz", "apr|avr", "may|mai", "jun|jui", "jul", "aug|aoû", "sep", "oct|okt", "nov", "dec|dez|déc"]
NUMBER = re.compile(r"[-−(]?\d[\d.,'’ ]*(?:[-−)]|%)?")
DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{2,4}|\d{1,2}\.?\s+\w{3,9}\.?,?\s+\d{4}|\w{3,9}\.?\s+\d{1,2},?\s+\d{4}")
# How far from its row's line a value of the row may stand.
ROW_LINES = 5


class Line:
    """A numbered line of the document in a prompt."""

    def __init__(self, number, page, text):
        self.number, self.page, self.text = number, page, text
        self.cells = [cell.strip() for cell in text.split(" | ")]


def lines_of(message):
    """The lines between the last DOCUMENT and END OF DOCUMENT."""
    lines, page = [], 0
    body = message[message.rindex("\nDOCUMENT\n"):]
    for text in body.split("\n"):
        if text == "END OF DOCUMENT":
            break
        mark = re.fullmatch(r"=== page (\d+) ===", text)
        numbered = re.match(r"(\d+)\|(.*)", text)
        if mark:
            page = int(mark[1])
        elif numbered:
            lines.append(Line(int(numbered[1]), page, numbered[2].strip()))
    return lines


def reduced(text):
    return re.sub(r"\s+", "", str(text)).lower()


def readings(text):
    """Every number that a printed one can be read as."""
    negative = text.strip().startswith(("-", "−", "(")) or text.strip().endswith(("-", "−"))
    digits = re.sub(r"[^\d.,]", "", text).strip(".,")
    found = set()
    for decimal_mark, group in ((",", "."), (".", ",")):
        plain = digits.replace(group, "").replace(decimal_mark, ".")
        try:
            found.add(-Decimal(plain) if negative else Decimal(plain))
        except InvalidOperation:
            pass
    return found


def dates(text):
    """Every day that a printed date can be read as."""
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    month = next((index + 1 for index, names in enumerate(MONTHS) if re.search(rf"\b(?:{names})", text.lower())), None)
    found = set()
    if len(numbers) == 2 and month:
        day, year = sorted(numbers)
        found.add((year, month, day))
    elif len(numbers) == 3:
        one, two, three = numbers
        if one > 31:
            found.add((one, two, three))
        else:
            year = three + 2000 if three < 100 else three
            found |= {(year, two, one), (year, one, two)}
    return {f"{year:04}-{month:02}-{day:02}" for year, month, day in found}


def printed(line, value):
    """The value as this line prints it; None where it doesn't."""
    if isinstance(value, (int, float)):
        wanted = Decimal(str(value))
        return next((found.strip() for found in NUMBER.findall(line.text) if wanted in readings(found)), None)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return next((found for found in DATE.findall(line.text) if value in dates(found)), None)
    if re.fullmatch(r"[A-Z]{3}", value):
        sign = {"EUR": "€", "USD": "$", "GBP": "£"}.get(value, value)
        return value if re.search(rf"\b{value}\b", line.text) else sign if sign in line.text else None
    first = str(value).split("\n")[0]
    return first if reduced(first) in reduced(line.text) else None


class Oracle:
    """Answers questions about documents of these truths."""

    def __init__(self, truths, wrong_rate):
        self.truths, self.wrong_rate = truths, wrong_rate

    def truth_of(self, lines):
        """The truth with the largest share of its values on these lines."""
        def share(truth):
            leaves = [value for value in truth.values() if not isinstance(value, list)]
            leaves += [value for rows in truth.values() if isinstance(rows, list) for row in rows for value in row.values()]
            return sum(any(printed(line, leaf) for line in lines) for leaf in leaves) / max(len(leaves), 1)
        return max(self.truths, key=share)

    def answer(self, message, schema):
        lines = lines_of(message)
        truth = self.truth_of(lines)
        self.seed = hashlib.sha256(message.encode()).hexdigest()
        result = {}
        for name, wire in schema["properties"].items():
            value = truth.get(name)
            if wire.get("type") == "array":
                result[name] = self.rows(value or [], wire["items"], lines, name)
            else:
                result[name] = self.leaf(value, lines, name)
        return result

    def leaf(self, value, lines, name):
        if value is None:
            return None
        # Where it is printed several times: the line that speaks of it; else the last one for sums, which stand at the end
        # of a document, and for everything else the first.
        in_order = lines[::-1] if name in ("net", "tax", "total", "closing_balance") else lines
        found = [(line, text) for line in in_order if (text := printed(line, value))]
        if not found:
            return None
        line, text = max(found, key=lambda each: sum(word in each[0].text.lower() for word in name.split("_")))
        at, text = self.swapped(line, text, lines, f"/{name}")
        return {"value": text, "line": at.number}

    def rows(self, rows, wire, lines, name):
        anchor = "line" if wire["properties"].get("line") == {"type": "integer"} else next(iter(wire["properties"]))
        found, start = [], 0
        for index, row in enumerate(rows):
            def values_on(line):
                return sum(printed(line, value) is not None for value in row.values())
            # The next line with the most of the row's values; two at least, so that no lone number is taken for a row.
            ranked = [(values_on(line), -place) for place, line in enumerate(lines) if place >= start]
            best, place = max(ranked, default=(0, 0))
            if best < min(2, len(row)):
                continue
            place, said = -place, {}
            near = sorted(range(max(0, place - ROW_LINES), min(len(lines), place + ROW_LINES + 1)),
                          key=lambda other: abs(other - place))
            for field in wire["properties"]:
                if field == anchor:
                    continue
                text = None
                if field in row:
                    text = next((text for other in near if (text := printed(lines[other], row[field]))), None)
                if text is not None:
                    _, text = self.swapped(lines[place], text, lines, f"/{name}/{index}/{field}")
                said[field] = text
            found.append({anchor: lines[place].number, **said})
            start = place + 1
        return found

    def swapped(self, line, text, lines, pointer):
        """The value and its line, or another cell of the page that looks the same."""
        chance = int(hashlib.sha256(f"{self.seed}{pointer}".encode()).hexdigest()[:12], 16)
        if chance % 1000 >= self.wrong_rate * 1000:
            return line, text
        kind = looks(text)
        others = [(other, cell) for other in lines if other.page == line.page for cell in other.cells
                  if looks(cell) == kind and reduced(cell) != reduced(text)]
        if not others:
            return line, text
        other, cell = others[(chance // 1000) % len(others)]
        return (other if (chance >> 40) % 2 else line), cell


def looks(text):
    if DATE.fullmatch(text):
        return "date"
    return "number" if NUMBER.fullmatch(text) else "text"


def serve(truths, wrong_rate):
    """Starts to answer on a free port; the server, which has its address."""
    oracle = Oracle(truths, wrong_rate)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_):
            pass

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            request = json.loads(body)
            schema = request["response_format"]["json_schema"]["schema"]
            question = next(message["content"] for message in reversed(request["messages"])
                            if "\nDOCUMENT\n" in message["content"])
            content = json.dumps(oracle.answer(question, schema), ensure_ascii=False)
            reply = {"id": "oracle", "object": "chat.completion", "created": 0, "model": "oracle",
                     "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}],
                     "usage": {"prompt_tokens": len(body) // 4, "completion_tokens": len(content) // 4}}
            text = json.dumps(reply).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
