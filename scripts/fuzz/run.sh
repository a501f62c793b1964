#!/bin/sh
# Fuzzes every way in, one after the other, for FUZZ_SECONDS each; FUZZ_TARGETS names some of them. Called by `make fuzz`.
# What is found new is kept in fuzz/corpus of the target's crate, what breaks something in fuzz/artifacts; neither in git.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
seconds=${FUZZ_SECONDS:-60}
targets=${FUZZ_TARGETS:-"read render facts tables password einvoice protocol records part spec"}
PATH="$root/.tools/bin:$PATH"
# cargo-fuzz passes flags of nightly; the pinned compiler knows them, and this lets it. Sanitizers need a nightly's
# runtime, and without `unsafe` of our own there is little for them to see.
export RUSTC_BOOTSTRAP=1

# Which crate a target is of.
crate() {
    case $1 in
    records | part) echo columns ;;
    spec) echo analysis ;;
    *) echo pdf ;;
    esac
}

cd "$root"
cargo run --quiet -p docmill-testkit --bin make-fuzz-seeds -- crates/pdf/fuzz/seeds
mkdir -p crates/analysis/fuzz/seeds/spec
cp benches/analysis/spec.yaml crates/analysis/fuzz/every-kind.yaml crates/analysis/fuzz/seeds/spec/
for target in $targets; do
    cd "$root/crates/$(crate "$target")"
    cargo fuzz build --sanitizer none "$target"
done
found=0
for target in $targets; do
    cd "$root/crates/$(crate "$target")"
    mkdir -p "fuzz/corpus/$target" "fuzz/seeds/$target"
    dictionary=
    if [ -e "fuzz/$target.dict" ]; then dictionary=-dict="fuzz/$target.dict"; fi
    cargo fuzz run --sanitizer none "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- $dictionary \
        -max_total_time="$seconds" -max_len=65536 -timeout=20 -rss_limit_mb=1024 -print_final_stats=1 || found=1
done
exit "$found"
