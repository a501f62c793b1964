#!/bin/sh
# A Python environment below .tools with what a requirements file pins, by version and hash: venv.sh NAME REQUIREMENTS makes
# .tools/NAME. Safe to repeat, and installs nothing elsewhere. Called by the setup.sh of what is written in Python.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
venv="$root/.tools/$1"
requirements=$2

# The stamp is a copy of what was installed: another pin installs again.
if cmp -s "$requirements" "$venv/installed-requirements.txt"; then
    exit 0
fi
rm -rf "$venv"
mkdir -p "$root/.tools"
echo "fetching what $requirements pins into $venv"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --requirement "$requirements"
cp "$requirements" "$venv/installed-requirements.txt"
