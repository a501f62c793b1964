#!/bin/sh
# Makes .tools/bench-analysis-venv. Called by `make bench-analysis`; safe to repeat. It installs nothing outside .tools.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
venv="$root/.tools/bench-analysis-venv"
requirements="$root/benches/analysis/requirements.txt"

# The stamp is a copy of what was installed: another pin installs again.
if cmp -s "$requirements" "$venv/installed-requirements.txt"; then
    exit 0
fi
rm -rf "$venv"
mkdir -p "$root/.tools"
echo "bench-analysis: fetching polars, duckdb, pandas and what they need into .tools/bench-analysis-venv"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --requirement "$requirements"
cp "$requirements" "$venv/installed-requirements.txt"
