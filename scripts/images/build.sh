#!/bin/sh
# Builds the images and writes each as an archive to target/images/NAME.tar, for `docker load`, `skopeo copy` and
# check.py. Called by `make images`. With docker if its daemon answers, else with buildah, which needs none.
#
# From the environment: ENGINE (docker or buildah), BUILD_IMAGE and FINAL_IMAGE (see the Dockerfiles; buildah without
# BUILD_IMAGE makes a local base with base.sh), TAG, SOURCE_DATE_EPOCH (0: so that a digest says nothing but what is in
# the image), IMAGES ("processor analyser docmill"), ONLINE=1 to let cargo reach the registry from within.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
mkdir -p target/images
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -n 1)
tag=${TAG:-$version}
images=${IMAGES:-processor analyser docmill}
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-0}"

fail() {
    echo "images: $1" >&2
    exit 1
}

# The name of the image that Dockerfile.$1 makes.
named() {
    case $1 in
    docmill) echo docmill ;;
    *) echo "docmill-$1" ;;
    esac
}

with_docker() {
    docker build --file "Dockerfile.$1" --tag "$(named "$1"):$tag" \
        --build-arg SOURCE_DATE_EPOCH ${BUILD_IMAGE:+--build-arg "BUILD_IMAGE=$BUILD_IMAGE"} \
        ${FINAL_IMAGE:+--build-arg "FINAL_IMAGE=$FINAL_IMAGE"} .
    docker save --output "target/images/$(named "$1").tar" "$(named "$1"):$tag"
}

# Isolation by chroot needs neither a daemon nor namespaces. Layers are kept, so that all images share the
# build stage; the timestamp is everything's, so that the same sources make the same digest.
with_buildah() {
    image=$1 name=$(named "$1")
    shift
    if [ -z "${ONLINE:-}" ]; then
        # What the lock file names was fetched out here, where a proxy and its certificates are set up.
        set -- --volume "${CARGO_HOME:-$HOME/.cargo}/registry:/usr/local/cargo/registry:ro"
    fi
    set -- "$@" --volume "$root/target/images/cargo.toml:/.cargo/config.toml:ro" \
        --build-arg "BUILD_IMAGE=$BUILD_IMAGE" ${FINAL_IMAGE:+--build-arg "FINAL_IMAGE=$FINAL_IMAGE"}
    buildah build --isolation chroot --layers --timestamp "$SOURCE_DATE_EPOCH" "$@" \
        --file "Dockerfile.$image" --tag "$name:$tag" .
    rm -f "target/images/$name.tar"
    buildah push --quiet "$name:$tag" "docker-archive:target/images/$name.tar:$name:$tag"
}

engine=${ENGINE:-}
if [ -z "$engine" ]; then
    if docker info >/dev/null 2>&1; then
        engine=docker
    elif command -v buildah >/dev/null; then
        engine=buildah
    else
        fail "neither a docker daemon nor buildah is here: install one (Debian: apt-get install buildah debootstrap)"
    fi
fi
if [ "$engine" = buildah ]; then
    BUILD_IMAGE=${BUILD_IMAGE:-localhost/$(scripts/images/base.sh)}
    offline=false
    if [ -z "${ONLINE:-}" ]; then
        offline=true
        cargo fetch --locked
        # As the Dockerfiles install it: done out here for what it fetches.
        auditable=$(sed -n 's/^RUN cargo install .* --version \(.*\) cargo-auditable$/\1/p' Dockerfile.processor)
        cargo install --quiet --locked --root target/images/auditable --version "$auditable" cargo-auditable
    fi
    # How cargo is to run here, beside the image: it changes nothing that is built.
    printf '[net]\noffline = %s\n%s' "$offline" "${CARGO_BUILD_JOBS:+[build]
jobs = $CARGO_BUILD_JOBS
}" >target/images/cargo.toml
fi
for image in $images; do
    "with_$engine" "$image"
done
ls -l target/images/*.tar
