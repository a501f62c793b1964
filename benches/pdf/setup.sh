#!/bin/sh
# Makes .tools/bench-venv, and says what else is missing. Called by `make bench-pdf`; safe to repeat. It installs nothing
# outside .tools.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
venv="$root/.tools/bench-venv"
requirements="$root/benches/pdf/requirements.txt"

missing=
command -v pdftotext >/dev/null 2>&1 || missing="$missing poppler-utils"
command -v mutool >/dev/null 2>&1 || missing="$missing mupdf-tools"
if [ -n "$missing" ]; then
    echo "bench-pdf: engines to measure against are missing; on Debian: sudo apt-get install$missing" >&2
    exit 1
fi
# The stamp is a copy of what was installed: another pin installs again.
if cmp -s "$requirements" "$venv/installed-requirements.txt"; then
    exit 0
fi
rm -rf "$venv"
mkdir -p "$root/.tools"
echo "bench-pdf: fetching pypdfium2 and pypdf into .tools/bench-venv"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: --requirement "$requirements"
cp "$requirements" "$venv/installed-requirements.txt"
