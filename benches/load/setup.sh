#!/bin/sh
# Makes .tools/load-venv. Called by `make load`; safe to repeat. It installs nothing outside .tools.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
venv="$root/.tools/load-venv"
requirements="$root/benches/load/requirements.txt"

# The stamp is a copy of what was installed: another pin installs again.
if cmp -s "$requirements" "$venv/installed-requirements.txt"; then
    exit 0
fi
rm -rf "$venv"
mkdir -p "$root/.tools"
echo "load: fetching nats-py, pypdf, httpx, jsonschema and uvloop into .tools/load-venv"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --requirement "$requirements"
cp "$requirements" "$venv/installed-requirements.txt"
