#!/usr/bin/env python3
"""Holds Kubernetes objects against the schemas of Kubernetes, KEDA and the Prometheus Operator (setup.sh installs them).

    validate.py < OBJECTS.yaml

Prints a JSON object: `problems`, a text each; `checked`, how many objects of each kind were held against a schema; `unknown`, the kinds
for which there is none. Exit codes: 0 it could look, 3 the schemas aren't set up. Called by tests/deploy.
"""

import collections
import importlib
import json
import os
import sys
from pathlib import Path

VENV_PYTHON = Path(__file__).resolve().parents[2] / ".tools" / "schemas-venv" / "bin" / "python"
NOT_SET_UP = 3

# The oldest that the chart wants and the newest there is a schema of.
KUBERNETES = ["1.31", "1.37"]

# Operators by their API group and version: whose it is, where their kinds' models are, and members of newer versions than the
# package's (KEDA 2.16) that we use.
OPERATORS = {
    "keda.sh/v1alpha1": ("KEDA", "cloudcoil.models.keda.v1alpha1", {"/spec/fallback/behavior"}),
    "monitoring.coreos.com/v1": ("Prometheus Operator", "cloudcoil.models.prometheus_operator.v1", set()),
}


def kubernetes_problems(thing):
    """What is wrong with an object of Kubernetes' own; None without a schema of its kind."""
    import kubernetes_validate

    problems = []
    for version in KUBERNETES:
        try:
            # Strict: unknown members are refused, as the API server's field validation does.
            kubernetes_validate.validate(thing, version, strict=True)
        except kubernetes_validate.SchemaNotFoundError:
            return None
        except kubernetes_validate.ValidationError as error:
            path = "/".join(str(part) for part in error.absolute_path)
            problems.append(f"Kubernetes {version}: /{path}: {error.message}")
    return problems


def operator_problems(thing):
    """What is wrong with an object of an operator's; None without a model of its kind."""
    import pydantic

    operator, module, newer = OPERATORS[thing["apiVersion"]]
    model = getattr(importlib.import_module(module), thing["kind"], None)
    if model is None:
        return None
    try:
        read = model.model_validate(thing)
    except pydantic.ValidationError as error:
        return [f"{operator}: /{'/'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors()]
    # The model takes no notice of members that it doesn't know; neither do operators.
    known = set(members(read.model_dump(by_alias=True, exclude_unset=True, mode="json")))
    unknown = sorted(set(members(thing)) - known - newer)
    return [f"{operator}: {path}: there is no such member" for path in unknown]


def members(value, path=""):
    """The paths of all members."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in inner:
        yield f"{path}/{key}"
        yield from members(member, f"{path}/{key}")


def main():
    import yaml

    problems, checked, unknown = [], collections.Counter(), set()
    for thing in yaml.safe_load_all(sys.stdin):
        if thing is None:
            continue
        kind = thing["apiVersion"] + "/" + thing["kind"]
        found = operator_problems(thing) if thing["apiVersion"] in OPERATORS else kubernetes_problems(thing)
        if found is None:
            unknown.add(kind)
            continue
        checked[kind] += 1
        problems += [f"{thing['kind']} {thing['metadata']['name']}: {problem}" for problem in found]
    json.dump({"problems": problems, "checked": checked, "unknown": sorted(unknown)}, sys.stdout)


if __name__ == "__main__":
    if not VENV_PYTHON.exists():
        sys.exit(print("the schemas aren't set up: run `make tools`", file=sys.stderr) or NOT_SET_UP)
    # The schemas' own Python, unless this is it.
    if Path(sys.prefix) != VENV_PYTHON.parents[1]:
        os.execv(VENV_PYTHON, [str(VENV_PYTHON), "-B", *sys.argv])
    main()
