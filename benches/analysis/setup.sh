#!/bin/sh
# Makes .tools/bench-analysis-venv: polars, DuckDB and pandas. Called by `make bench-analysis`; safe to repeat.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/../../scripts/venv.sh" bench-analysis-venv "$here/requirements.txt"
