#!/usr/bin/env python3
"""Writes the manifests for those without Helm, from the chart: keda/, deploy/base, and the generated files of
deploy/overlays/trial and deploy/kyma; and the chart's README.

    render.py           writes what differs and says so
    render.py --check   writes nothing; exit 1 and the names of the files that differ

Called by people who changed the chart, and with --check by tests/deploy. It never speaks to a cluster.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

from readme import readme

ROOT = Path(__file__).resolve().parents[2]
HELM = Path(__file__).with_name("helm.py")
RAW_VALUES = Path(__file__).with_name("raw-values.yaml")
CI_VALUES = ROOT / "charts" / "docmill" / "ci"
HEADER = "# Generated from charts/docmill by scripts/helm/render.py: change the chart, then run that.\n"

# Who applies these files is not Helm, so labels that say so would be wrong.
HELM_LABELS = re.compile(r"^ +(helm\.sh/chart|app\.kubernetes\.io/managed-by): .*\n", re.MULTILINE)


def render(*values):
    """The chart's objects under these files of values, the last on top, by template name."""
    command = [sys.executable, str(HELM), "template"]
    for path in values:
        command += ["--values", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.stderr.write(done.stderr)
        sys.exit(done.returncode)
    objects = {}
    for document in done.stdout.split("---\n# Source: ")[1:]:
        source, text = document.split("\n", 1)
        template = source.removeprefix("docmill/templates/").removesuffix(".yaml")
        objects.setdefault(template, []).append(HELM_LABELS.sub("", text))
    # The pod of `helm test` is nothing without Helm.
    objects.pop("tests/provisioned", None)
    return objects


def joined(objects):
    """One file's text."""
    return HEADER + "---\n".join(objects)


def files():
    """Every generated file with its text."""
    raw = render(RAW_VALUES)
    scaled_objects = raw.pop("scaled-objects")
    for text in scaled_objects:
        worker = re.search(r"^  name: docmill-(\S+)$", text, re.MULTILINE).group(1)
        yield ROOT / "keda" / f"{worker}.yaml", joined([text])
    for template, objects in raw.items():
        yield ROOT / "deploy" / "base" / f"{template}.yaml", joined(objects)

    trial = render(CI_VALUES / "trial-values.yaml")
    accounts = [text for text in trial["service-accounts"] if "name: docmill-mock-llm\n" in text]
    yield ROOT / "deploy" / "overlays" / "trial" / "mock-llm.yaml", joined(trial["mock-llm"] + accounts)

    values = ROOT / "charts" / "docmill" / "values.yaml"
    yield values.with_name("README.md"), readme(values.read_text())

    kyma = render(CI_VALUES / "kyma-values.yaml", CI_VALUES / "sap-ai-core-values.yaml")
    for template, objects in kyma.items():
        yield ROOT / "deploy" / "kyma" / f"{template}.yaml", joined(objects)


def main():
    parser = argparse.ArgumentParser(description="render keda/ and deploy/ from the chart")
    parser.add_argument("--check", action="store_true", help="only say what differs")
    arguments = parser.parse_args()

    expected = dict(files())
    differing = [path for path, text in expected.items() if not path.exists() or path.read_text() != text]
    folders = {path.parent for path in expected}
    strays = [
        path
        for folder in folders
        if folder.exists()
        for path in folder.glob("*.yaml")
        if path not in expected and path.read_text().startswith(HEADER)
    ]
    for path in sorted(differing + strays):
        print(path.relative_to(ROOT))
    if arguments.check:
        sys.exit(1 if differing or strays else 0)
    for path in differing:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(expected[path])
    for path in strays:
        path.unlink()


if __name__ == "__main__":
    main()
