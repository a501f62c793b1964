#!/bin/sh
# Makes docmill-build-base, for build stages where no image can be pulled: Debian by debootstrap, with a C compiler and
# CA certificates, and the Rust toolchain that is installed here. Called by build.sh; does nothing if it is there.
# Debian comes from where apt on this machine gets it, or from DEBIAN_MIRROR.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
name=docmill-build-base
release=bookworm
folder="$root/target/images/base"

fail() {
    echo "base: $1" >&2
    exit 1
}

rust=$(sed -n 's/^channel = "\(.*\)"$/\1/p' "$root/rust-toolchain.toml")
tag="$release-rust-$rust"
if buildah inspect --type image "$name:$tag" >/dev/null 2>&1; then
    echo "$name:$tag"
    exit 0
fi
[ "$(id -u)" = 0 ] || fail "debootstrap needs root; or name a base that can be pulled: BUILD_IMAGE=rust:$rust-$release"
for tool in buildah debootstrap rustc; do
    command -v "$tool" >/dev/null || fail "$tool is not installed"
done
toolchain=$(cd "$root" && rustc --print sysroot)

# What apt calls this release's main archive; another distribution's apt has none of that name.
mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(SITE)' 'Created-By: Packages' 2>/dev/null |
    sed -n "s/^$release main //p" | head -n 1)}
[ -n "$mirror" ] || fail "apt here has no $release: name a mirror of Debian in DEBIAN_MIRROR"

rm -rf "$folder"
mkdir -p "$folder"
echo "base: debootstrap of $release, a few minutes; log in target/images/base.log" >&2
debootstrap --variant=minbase --include=gcc,libc6-dev,ca-certificates "$release" "$folder" "$mirror" \
    >"$root/target/images/base.log" 2>&1 || fail "debootstrap failed: see target/images/base.log"
# No package is installed in it any more, so no list and no archive is of use.
rm -rf "$folder"/var/cache/apt/archives/*.deb "$folder"/var/lib/apt/lists/*

# The place that the official image of Rust has, so that paths in the programs are the same.
mkdir -p "$folder/usr/local/rustup" "$folder/usr/local/cargo"
(cd "$toolchain" && tar cf - --exclude=share --exclude='lib/rustlib/src' bin lib) | (cd "$folder/usr/local/rustup" && tar xf -)

container=$(buildah from scratch)
trap 'buildah rm "$container" >/dev/null' EXIT
buildah copy --quiet "$container" "$folder" / >/dev/null
buildah config --env CARGO_HOME=/usr/local/cargo \
    --env PATH=/usr/local/rustup/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
buildah commit --quiet "$container" "$name:$tag" >/dev/null
rm -rf "$folder"
echo "$name:$tag"
