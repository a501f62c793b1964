#!/bin/sh
# Makes .tools/bin/promtool, by which tests try the alerts: the one on PATH if it is new enough, else the pinned one, built from source by
# Go. Without Go, or without a way to its modules, it says so, and those tests skip. Called by `make tools`; safe to repeat.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
promtool="$root/.tools/bin/promtool"
module=github.com/prometheus/prometheus
version=0.316.0
# Go's sum of the module at that version. Its go.sum has those of everything that it is built from.
sum=h1:f1GRFerhTMKQma+awCoC9T820ecWeGSdF+xAlMHzZzM=

# Whether "$1" is a promtool of Prometheus 3 or later: until then ranges had both their ends, and a sample more.
serves() {
    "$1" --version 2>&1 | grep -Eq '^promtool, version ([3-9]|[1-9][0-9]+)\.'
}

mkdir -p "$root/.tools/bin"
# A PATH that leads to our own link must not make it point to itself.
if on_path=$(command -v promtool) && [ "$on_path" != "$promtool" ] && serves "$on_path"; then
    ln -sfn "$on_path" "$promtool"
    exit 0
fi
stamp="$root/.tools/promtool-built"
if [ -x "$promtool" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$version $sum" ]; then
    exit 0
fi
skip() {
    echo "promtool: $1; the tests of alerts will be skipped" >&2
    exit 0
}
command -v go >/dev/null 2>&1 || skip "neither promtool 3 nor go is on PATH"
echo "building promtool $version, which takes minutes the first time"
source=$("$root/scripts/go-module.sh" "$module" "v$version" "$sum") || {
    [ $? -eq 1 ] || exit 1
    skip "there is no promtool 3 on PATH, and its source can't be fetched"
}
# In the module's own folder, so that its go.sum counts. Without service discovery, which tests of rules have no use for.
rm -f "$promtool"
(cd "$source" && GOWORK=off CGO_ENABLED=0 go build -mod=readonly -trimpath -buildvcs=false -tags remove_all_sd \
    -ldflags "-s -w -X github.com/prometheus/common/version.Version=3.${version#0.3}" -o "$promtool" ./cmd/promtool) ||
    skip "there is no promtool 3 on PATH, and it can't be built"
serves "$promtool" || {
    echo "promtool: what was built doesn't say that it is promtool 3" >&2
    exit 1
}
echo "$version $sum" >"$stamp"
