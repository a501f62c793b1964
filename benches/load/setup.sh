#!/bin/sh
# Makes .tools/load-venv: the peer's nats-py, pypdf, httpx and jsonschema. Called by `make load`; safe to repeat.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/../../scripts/venv.sh" load-venv "$here/requirements.txt"
