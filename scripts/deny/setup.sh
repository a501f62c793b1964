#!/bin/sh
# Makes .tools/bin/cargo-deny, built from source at the pinned version. Called by `make deny`; safe to repeat.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
version=0.20.2

if [ "$("$root/.tools/bin/cargo-deny" --version 2>/dev/null)" != "cargo-deny $version" ]; then
    # --locked: with the dependencies it was released with.
    cargo install --quiet --locked --root "$root/.tools" --version "$version" cargo-deny || {
        echo "cargo-deny: $version can't be built on this machine" >&2
        exit 1
    }
fi
