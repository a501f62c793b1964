#!/bin/sh
# Makes .tools/bin/promtool, by which tests try the alerts: the one on PATH if it is new enough, else the pinned one, built from source by
# Go. Without Go it says so, and those tests skip. Called by `make tools`; safe to repeat.
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
if ! command -v go >/dev/null 2>&1; then
    echo "promtool: neither promtool 3 nor go is on PATH; the tests of alerts will be skipped" >&2
    exit 0
fi
echo "building promtool $version, which takes minutes the first time"
module_facts=$(cd / && GOWORK=off go mod download -json "$module@v$version") || {
    echo "promtool: $module@v$version can't be fetched: $module_facts" >&2
    exit 1
}
fact() {
    printf '%s\n' "$module_facts" | sed -n "s/^[[:space:]]*\"$1\": \"\(.*\)\",\{0,1\}\$/\1/p"
}
if [ "$(fact Sum)" != "$sum" ]; then
    echo "promtool: the source of $version is $(fact Sum), expected $sum" >&2
    exit 1
fi
# In the module's own folder, so that its go.sum counts. Without service discovery, which tests of rules have no use for.
rm -f "$promtool"
(cd "$(fact Dir)" && GOWORK=off CGO_ENABLED=0 go build -mod=readonly -trimpath -buildvcs=false -tags remove_all_sd \
    -ldflags "-s -w -X github.com/prometheus/common/version.Version=3.${version#0.3}" -o "$promtool" ./cmd/promtool)
serves "$promtool" || {
    echo "promtool: what was built doesn't say that it is promtool 3" >&2
    exit 1
}
echo "$version $sum" >"$stamp"
