#!/bin/sh
# Makes .tools/bench-venv with pypdfium2 and pypdf, and says what else is missing. Called by `make bench-pdf`; safe to repeat.
set -eu
missing=
command -v pdftotext >/dev/null 2>&1 || missing="$missing poppler-utils"
command -v mutool >/dev/null 2>&1 || missing="$missing mupdf-tools"
if [ -n "$missing" ]; then
    echo "bench-pdf: engines to measure against are missing; on Debian: sudo apt-get install$missing" >&2
    exit 1
fi
here=$(cd "$(dirname "$0")" && pwd)
"$here/../../scripts/venv.sh" bench-venv "$here/requirements.txt"
