#!/bin/sh
# Prints the folder with the sources of a Go module: go-module.sh MODULE VERSION SUM. Fetches it if need be, and fails where its archive
# isn't what SUM says (exit code 2; 1 where it can't be fetched). Called by setups that compile a tool; the module's own go.sum then pins what it is built from.
set -eu
module=$1@$2 sum=$3
facts=$(cd / && GOWORK=off go mod download -json "$module") || {
    echo "$module can't be fetched: $facts" >&2
    exit 1
}
fact() {
    printf '%s\n' "$facts" | sed -n "s/^[[:space:]]*\"$1\": \"\(.*\)\",\{0,1\}\$/\1/p"
}
if [ "$(fact Sum)" != "$sum" ]; then
    echo "the source of $module is $(fact Sum), expected $sum" >&2
    exit 2
fi
fact Dir
