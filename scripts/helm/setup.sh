#!/bin/sh
# Makes .tools/helm-venv, unless a `helm` on PATH serves or it is there already. Called by `make tools`; safe to repeat.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
venv="$root/.tools/helm-venv"
requirements="$root/scripts/helm/requirements.txt"

if command -v helm >/dev/null 2>&1; then
    echo "helm: $(command -v helm)"
    exit 0
fi
# The stamp is a copy of what was installed: another pin installs again.
if cmp -s "$requirements" "$venv/installed-requirements.txt"; then
    echo "helm: $venv"
    exit 0
fi
rm -rf "$venv"
mkdir -p "$root/.tools"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --requirement "$requirements"
cp "$requirements" "$venv/installed-requirements.txt"
echo "helm: $venv"
