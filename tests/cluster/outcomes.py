"""Holds outcomes (JSON lines) against what the cluster test submitted: outcomes.py COUNT CALLS FILE, where CALLS is how many calls may
have been paid again. Exit code 1 and why if they differ."""

import collections
import json
import sys

count, repeated_max, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
with open(path) as file:
    outcomes = [json.loads(line) for line in file]
documents = collections.Counter(outcome["document"] for outcome in outcomes)
statuses = collections.Counter(outcome["status"] for outcome in outcomes)
repeated = sum(outcome["usage"].get("repeated_calls", 0) for outcome in outcomes)
print(f"{len(documents)} documents, {dict(statuses)}, calls paid again: {repeated}")
problems = []
if len(documents) != count:
    problems.append(f"{count} documents were submitted, {len(documents)} have an outcome")
if twice := [document for document, times in documents.items() if times > 1]:
    problems.append(f"more than one outcome: {twice[:5]}")
if again := [outcome["document"] for outcome in outcomes if outcome["revision"] != 1]:
    problems.append(f"done twice: {again[:5]}")
if repeated > repeated_max:
    problems.append(f"{repeated} calls were paid again, {repeated_max} may be")
if statuses["failed"]:
    problems.append(f"{statuses['failed']} failed")
print("\n".join(problems), file=sys.stderr)
sys.exit(1 if problems else 0)
