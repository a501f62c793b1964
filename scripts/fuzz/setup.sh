#!/bin/sh
# Makes .tools/bin/cargo-fuzz, built from source at the pinned version. Called by `make fuzz`; safe to repeat.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
version=0.13.1

if [ "$("$root/.tools/bin/cargo-fuzz" --version 2>/dev/null)" != "cargo-fuzz $version" ]; then
    # --locked: with the dependencies it was released with.
    cargo install --quiet --locked --root "$root/.tools" --version "$version" cargo-fuzz || {
        echo "cargo-fuzz: $version can't be built on this machine" >&2
        exit 1
    }
fi
