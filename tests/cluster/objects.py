"""Lists the objects of a rendered chart as `kind/name`, and the components of its pods as `pod label=value`: what steps.sh checks
the names in its commands against. Reads standard input."""

import re
import sys

COMPONENT = re.compile(r"^ {4,}(app\.kubernetes\.io/component): (\S+)$", re.MULTILINE)

for document in re.split(r"^---[ \t]*$", sys.stdin.read(), flags=re.MULTILINE):
    kind = re.search(r"^kind:\s*(\S+)", document, re.MULTILINE)
    name = re.search(r"^metadata:\n(?:  .*\n)*?  name:\s*(\S+)", document, re.MULTILINE)
    if not (kind and name):
        continue
    print(f"{kind.group(1).lower()}/{name.group(1)}")
    if kind.group(1) in ("Deployment", "StatefulSet"):
        for label, value in COMPONENT.findall(document):
            print(f"pod {label}={value}")
