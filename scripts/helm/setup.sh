#!/bin/sh
# Makes .tools/helm-venv, unless a `helm` on PATH serves. Called by `make tools`; safe to repeat.
set -eu
if command -v helm >/dev/null 2>&1; then
    echo "helm: $(command -v helm)"
    exit 0
fi
here=$(cd "$(dirname "$0")" && pwd)
"$here/../venv.sh" helm-venv "$here/requirements.txt"
