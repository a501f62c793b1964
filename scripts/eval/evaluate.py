#!/usr/bin/env python3
"""Scores docmill on the samples and on other people's documents, and writes docs/evaluation.md.

    evaluate.py PROGRAMS [DATA]

PROGRAMS is the folder with docmill's programs, DATA that with other people's documents (../shared/data). Each set of
documents is read with mock-llm and with a model that knows the truth (oracle.py), both honest and plausibly wrong; where
an endpoint is configured (DOCMILL_LLM__BASE_URL, or SAP AI Core), with that alone, and the result is printed, not written. Sets whose documents are
absent are skipped, and said to be. Only the standard library is needed.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import oracle
import truth

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
PAGE = ROOT / "docs" / "evaluation.md"
BEGIN, END = "<!-- begin of what `make eval` writes -->", "<!-- end of what `make eval` writes -->"

# The share of values that the wrong mock swaps for others of the same page.
WRONG_RATE = 0.3
# Values verified but wrong that the page names, for each set.
NAMED_MAX = 12
# Turns the invoice inside a PDF off, so that the page alone is read.
HIDE_EMBEDDED = {"DOCMILL_PDF__EMBEDDED_DATA": "false"}


def clean():
    """The environment without settings of docmill's, but for the server that is started."""
    return {key: value for key, value in os.environ.items()
            if not key.startswith("DOCMILL_") or key == "DOCMILL_NATS_SERVER"}


class Mock:
    """A running mock-llm."""

    def __init__(self, programs, wrong_rate):
        self.process = subprocess.Popen(
            [programs / "mock-llm", "--listen", "127.0.0.1:0", "--wrong-rate", str(wrong_rate)],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = json.loads(self.process.stdout.readline())["listening"]

    def settings(self):
        return {"DOCMILL_LLM__BASE_URL": f"http://{self.address}/v1", "DOCMILL_LLM__MODEL": "mock-llm"}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class Knowing:
    """A running model that knows the truth of the documents in a folder."""

    def __init__(self, folder, wrong_rate):
        files = sorted(Path(folder).rglob("*.truth.json"))
        known = [json.loads(file.read_text())["data"] for file in files]
        self.server = oracle.serve([data for data in known if data], wrong_rate)

    def settings(self):
        return {"DOCMILL_LLM__BASE_URL": f"http://127.0.0.1:{self.server.server_port}/v1", "DOCMILL_LLM__MODEL": "oracle"}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def evaluate(programs, folder, settings):
    """One `docmill eval`, in a state of its own, so that nothing is replayed, and one document at a time, so that equal
    documents ask once and the figures are the same each time."""
    with tempfile.TemporaryDirectory() as state:
        said = subprocess.run([programs / "docmill", "eval", folder, "--state", state, "--json"],
                              env={**clean(), "DOCMILL_WORKER__CONCURRENCY": "1", **settings},
                              stdout=subprocess.PIPE, text=True)
        if said.returncode != 0:
            sys.exit(f"docmill eval {folder} failed")
        return json.loads(said.stdout)


def sets(data, work):
    """The sets of documents: title, folder, and whether they carry their data."""
    found = [("samples", ROOT / "samples", True)]
    for kind, carries in (("e-invoices", True), ("invoices", False)):
        folder = data / kind
        if not folder.is_dir():
            print(f"skipped: {kind}, since {folder} is absent", file=sys.stderr)
            continue
        made, without = truth.main(kind, folder, work / kind)
        print(f"{kind}: {made} truths, none for {len(without)}", file=sys.stderr)
        found.append((kind, work / kind, carries))
    return found


def percent(value):
    return "–" if value is None else f"{value:.2f}"


def row(title, run, evaluation):
    shares, scores, usage = evaluation["shares"], evaluation["scores"], evaluation["usage"]
    by = evaluation["documents_by_status"]
    documents = len(evaluation["documents"])
    tokens = usage["prompt_tokens"] + usage["completion_tokens"]
    return (f"| {title} | {run} | {documents} | {by['verified']}/{by['needs_review']}/{by['failed']} "
            f"| {percent(shares['value_f1'])} | {percent(shares['row_f1'])} | {percent(shares['page_f1'])} "
            f"| {percent(shares['box_f1'])} | {percent(shares['verified'])} "
            f"| {scores['verified_but_wrong']} ({percent(shares['verified_but_wrong'])}) "
            f"| {scores['verified_but_wrong_unquestioned']} "
            f"| {scores['verified_but_wrong_unseen']} | {scores['missing']} | {usage['calls']} | {tokens} |")


def named(title, run, evaluation):
    """The values that were verified but wrong, the worst first: those in verified documents, then the unquestioned."""
    faults = [(document["status"] != "verified", fault["is_questioned"], document["name"], fault)
              for document in evaluation["documents"] for fault in document["faults"]
              if fault.get("verified_by") in ("text", "embedded", "arithmetic", "person")]
    faults.sort(key=lambda each: (*each[:3], each[3]["pointer"]))
    if not faults:
        return []
    lines = [f"**{title}, {run}**: {len(faults)}.", "",
             "| document | status | questioned | value | found | true | verified by | text there |",
             "|---|---|---|---|---|---|---|---|"]
    for in_review, questioned, name, fault in faults[:NAMED_MAX]:
        true = "nothing" if fault["kind"] == "extra" else short(fault["expected"])
        lines.append(f"| `{name[-60:]}` | {'needs_review' if in_review else 'verified'} "
                     f"| {'yes' if questioned else 'no'} | `{fault['pointer']}` "
                     f"| {short(fault['found'])} | {true} | {fault['verified_by']} | {short(fault.get('text'))} |")
    if len(faults) > NAMED_MAX:
        lines.append(f"\nand {len(faults) - NAMED_MAX} more.")
    return [*lines, ""]


def short(value):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split()).replace("|", "\\|")
    return text[:48] + "…" if len(text) > 48 else text


def document_lines(title, evaluation):
    lines = [f"**{title}**", "", "| document | status | values F1 | rows F1 | box F1 | verified | missing | wrong |",
             "|---|---|---:|---:|---:|---:|---:|---:|"]
    for document in evaluation["documents"]:
        shares, scores = document["shares"], document["scores"]
        scored = document["is_scored"]
        cells = [percent(shares[name]) if scored else "–" for name in ("value_f1", "row_f1", "box_f1", "verified")]
        counts = [str(scores["missing"]), str(scores["wrong"] + scores["extra"])] if scored else ["–", "–"]
        lines.append(f"| `{document['name'][-70:]}` | {document['status']} | {' | '.join(cells + counts)} |")
    return [*lines, ""]


def answerers(programs, folder):
    """Who answers: what it is called, how it is started, and the share of its values that are wrong."""
    def mock(wrong_rate):
        return Mock(programs, wrong_rate)

    def knowing(wrong_rate):
        return Knowing(folder, wrong_rate)

    wrong = f"wrong at {WRONG_RATE:.0%}"
    return [("mock-llm honest", mock, 0.0), (f"mock-llm {wrong}", mock, WRONG_RATE),
            ("who knows the truth", knowing, 0.0), (f"who knows, {wrong}", knowing, WRONG_RATE)]


def written(rows, names, documents):
    header = ("| documents | answered by | number | verified / review / failed | values F1 | rows F1 | page F1 | box F1 | verified % "
              "| verified but wrong (%) | unquestioned | unseen | missing | calls | tokens |")
    align = "|---|---|" + "---:|" * 13
    worst = ["### Verified but wrong, by name", "", *(names or ["None.", ""])]
    each = ["### Each document, answered by who knows the truth", "", *documents]
    return "\n".join([BEGIN, "", header, align, *rows, "", *worst, *each, END])


def main(programs, data=SHARED):
    programs = Path(programs).resolve()
    rows, names, documents = [], [], []
    own_endpoint = {key: value for key, value in os.environ.items() if key.startswith("DOCMILL_LLM__")}
    # As `docmill run` sees it: an address, or a provider that brings its own.
    is_own = "DOCMILL_LLM__BASE_URL" in own_endpoint or own_endpoint.get("DOCMILL_LLM__PROVIDER") == "sap-ai-core"
    with tempfile.TemporaryDirectory() as work:
        for title, folder, carries in sets(Path(data), Path(work)):
            hidden = HIDE_EMBEDDED if carries else {}
            if is_own:
                evaluation = evaluate(programs, folder, {**own_endpoint, **hidden})
                rows.append(row(title, own_endpoint.get("DOCMILL_LLM__MODEL", "?"), evaluation))
                names += named(title, "this endpoint", evaluation)
                documents += document_lines(title, evaluation)
                continue
            for run, answering, wrong_rate in answerers(programs, folder):
                with answering(wrong_rate) as model:
                    evaluation = evaluate(programs, folder, {**model.settings(), **hidden})
                rows.append(row(title, run, evaluation))
                names += named(title, run, evaluation)
                if answering.__name__ == "knowing" and wrong_rate == 0.0:
                    documents += document_lines(title, evaluation)
            if carries:
                with Mock(programs, 0.0) as mock:
                    evaluation = evaluate(programs, folder, mock.settings())
                rows.append(row(title, "the data they carry", evaluation))
                names += named(title, "the data they carry", evaluation)
    text = written(rows, names, documents)
    if is_own:
        print(text)
        return
    page = PAGE.read_text()
    before, after = page[:page.index(BEGIN)], page[page.index(END) + len(END):]
    PAGE.write_text(before + text + after)
    print(f"written: {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(*sys.argv[1:])
