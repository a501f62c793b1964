#!/usr/bin/env python3
"""Lints and renders the chart: with the `helm` on PATH, else with Helm's SDK in .tools/helm-venv (setup.sh).

    helm.py lint     [--values FILE]... [--values-json JSON]
    helm.py template [--values FILE]... [--values-json JSON] [--name NAME] [--namespace NAMESPACE]
    helm.py refusals [--values FILE]... --values-json LIST

`template` prints every object as its own document under a `# Source:` line, in an order that doesn't depend on which
of the two rendered it. `refusals` renders with each of a JSON list of values and prints a JSON list of Helm's reasons, null
where it renders: one start for many rows of a test. Exit codes: 0 fine, 1 Helm refuses (its reason on stderr), 3 no Helm is set up.
Called by tests/deploy and by render.py. It never speaks to a cluster.
"""

import argparse
import copy
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "charts" / "docmill"
VENV_PYTHON = ROOT / ".tools" / "helm-venv" / "bin" / "python"
NOT_SET_UP = 3

# What to render for: some builds of helm believe in a Kubernetes of years ago, which the chart refuses.
KUBE_VERSION = "1.33.0"


class Refused(Exception):
    """Helm ran and said no."""


def documents(text, source):
    """The objects in one rendered template, each with what it is sorted by."""
    for document in re.split(r"^---[ \t]*$", text, flags=re.MULTILINE):
        kind = re.search(r"^kind:\s*(\S+)", document, re.MULTILINE)
        name = re.search(r"^metadata:\n(?:  .*\n)*?  name:\s*(\S+)", document, re.MULTILINE)
        if kind and name:
            yield (source, kind.group(1), name.group(1)), document.strip("\n")


class Binary:
    """The `helm` on PATH."""

    def __init__(self, program):
        self.program = program

    def run(self, command, values_files, values):
        arguments = [self.program, *command, "--kube-version", KUBE_VERSION]
        for path in values_files:
            arguments += ["--values", str(path)]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as overrides:
            if values:
                json.dump(values, overrides)
                overrides.flush()
                arguments += ["--values", overrides.name]
            done = subprocess.run(arguments, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Refused(done.stderr.strip() + done.stdout.strip())
        return done.stdout

    def lint(self, values_files, values):
        self.run(["lint", "--strict", str(CHART)], values_files, values)

    def template(self, values_files, values, name, namespace):
        text = self.run(["template", name, str(CHART), "--namespace", namespace], values_files, values)
        for document in re.split(r"^---[ \t]*$", text, flags=re.MULTILINE):
            source = re.search(r"^# Source: (\S+)\n", document, re.MULTILINE)
            if source:
                yield from documents(document.replace(source.group(0), ""), source.group(1))


class Sdk:
    """Helm's SDK for Python; the same Go code as the binary's."""

    def __init__(self, helm):
        self.helm = helm

    def merged(self, values_files, values):
        merged = {}
        for path in values_files:
            merge(merged, self.helm.values_from_yaml(Path(path).read_text()))
        merge(merged, values)
        return merged

    def lint(self, values_files, values):
        report = self.helm.lint(CHART, self.merged(values_files, values), strict=True)
        problems = [f"{found['path']}: {found['error']}" for found in report["messages"] if found["severity"] >= 2]
        if problems or report["errors"]:
            raise Refused("\n".join(problems + report["errors"]))

    def template(self, values_files, values, name, namespace):
        merged = self.merged(values_files, values)
        try:
            with self.helm.Chart.load(CHART) as chart:
                chart.validate_schema(merged)
                rendered = chart.render(merged, name=name, namespace=namespace, revision=1, is_install=True)
        except self.helm.HelmError as error:
            raise Refused(str(error)) from error
        for source, text in rendered.items():
            if source.endswith(".yaml"):
                yield from documents(text, source)


def merge(into, values):
    """Lays values over others, as Helm does with several files."""
    for key, value in values.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = copy.deepcopy(value)


def find_helm():
    """The Helm to use; starts over under the venv's Python where that one has it."""
    program = shutil.which("helm")
    if program:
        return Binary(program)
    try:
        import helm_python
    except ImportError:
        if VENV_PYTHON.exists() and Path(sys.prefix) != VENV_PYTHON.parents[1]:
            os.execv(VENV_PYTHON, [str(VENV_PYTHON), *sys.argv])
        print("no helm on PATH and none in .tools/helm-venv: run `make tools`", file=sys.stderr)
        sys.exit(NOT_SET_UP)
    return Sdk(helm_python)


def main():
    parser = argparse.ArgumentParser(description="lint or render charts/docmill")
    parser.add_argument("command", choices=["lint", "template", "refusals"])
    parser.add_argument("--values", action="append", default=[], metavar="FILE")
    parser.add_argument("--values-json", type=json.loads, default={}, metavar="JSON")
    parser.add_argument("--name", default="docmill")
    parser.add_argument("--namespace", default="docmill")
    arguments = parser.parse_args()

    helm = find_helm()

    def template(values):
        return sorted(helm.template(arguments.values, values, arguments.name, arguments.namespace))

    def refusal(values):
        try:
            template(values)
        except Refused as refused:
            return str(refused)
        return None

    try:
        if arguments.command == "lint":
            helm.lint(arguments.values, arguments.values_json)
        elif arguments.command == "refusals":
            print(json.dumps([refusal(values) for values in arguments.values_json]))
        else:
            for (source, _, _), document in template(arguments.values_json):
                print(f"---\n# Source: {source}\n{document}")
    except Refused as refused:
        print(refused, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
