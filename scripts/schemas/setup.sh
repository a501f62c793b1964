#!/bin/sh
# Makes .tools/schemas-venv: the schemas of Kubernetes and KEDA that tests hold rendered objects against. Called by `make tools`; safe
# to repeat. It installs nothing outside .tools.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
venv="$root/.tools/schemas-venv"
requirements="$root/scripts/schemas/requirements.txt"

# The stamp is a copy of what was installed: another pin installs again.
if cmp -s "$requirements" "$venv/installed-requirements.txt"; then
    echo "schemas: $venv"
    exit 0
fi
rm -rf "$venv"
mkdir -p "$root/.tools"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --requirement "$requirements"
cp "$requirements" "$venv/installed-requirements.txt"
echo "schemas: $venv"
