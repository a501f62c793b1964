#!/bin/sh
# Makes .tools/schemas-venv: the schemas of Kubernetes, KEDA and the Prometheus Operator that tests hold rendered objects against. Called by `make tools`; safe
# to repeat.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/../venv.sh" schemas-venv "$here/requirements.txt"
