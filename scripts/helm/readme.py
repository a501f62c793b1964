"""The chart's README, made of its values: every key with its default, and what the comment above it says.

Called by render.py, whose --check holds the file against this.
"""

import re

KEY = re.compile(r"^(?P<indent> *)(?P<key>[A-Za-z][A-Za-z0-9]*):(?: (?P<value>.*))?$")
COMMENT = re.compile(r"^ *# ?(?P<text>.*)$")

HEAD = """\
<!-- Generated from values.yaml by scripts/helm/render.py: change that, then run this. -->
# docmill's chart

The Data Processor and the Data Analyser, a Deployment and a ScaledObject for each lane, an ordinary Job that makes streams, consumers and
buckets, and a CronJob that puts lost documents back. [docs/kubernetes.md](../../docs/kubernetes.md) says how to install it, step by step, and what to look at when
nothing scales; `ci/` has a file of values for each scenario.

```sh
helm install docmill charts/docmill --namespace docmill --create-namespace \\
  --values charts/docmill/ci/trial-values.yaml --set image.registry=registry.example.com/team
```

Unknown keys and combinations that can't work are refused when the chart renders, with the reason.

## Values

"""


def rows(text):
    """Each key's path, default and comment; a key of objects has no default of its own."""
    path, comment, found = [], [], []
    for line in text.splitlines():
        if match := COMMENT.match(line):
            comment.append(match["text"].strip())
            continue
        match = KEY.match(line)
        if not match:
            comment = []
            continue
        path = path[: len(match["indent"]) // 2] + [match["key"]]
        found.append((".".join(path), match["value"], " ".join(comment)))
        comment = []
    return found


def table(name, found):
    """The rows of one top-level key."""
    own = next(comment for path, _, comment in found if path == name)
    lines = [f"### {name}", ""]
    inner = [row for row in found if row[0] != name]
    if not inner:
        inner, own = [(name, found[0][1], own)], ""
    if own:
        lines += [own, ""]
    lines += ["| key | default | what it is |", "|---|---|---|"]
    for path, default, comment in inner:
        shown = f"`{default}`" if default else ""
        lines.append(f"| `{path}` | {shown} | {comment.replace('|', chr(92) + '|')} |")
    return "\n".join(lines) + "\n"


def readme(values):
    """The whole file, of the text of values.yaml."""
    # What stands above the first key is about the file.
    found = rows(values.split("\n\n", 1)[1])
    names = [path for path, _, _ in found if "." not in path]
    tables = [table(name, [row for row in found if row[0].split(".")[0] == name]) for name in names]
    return HEAD + "\n".join(tables)
