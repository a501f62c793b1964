#!/bin/sh
# Builds the images once more, from a copy of the sources in another folder and with no layer of the first build, and
# says whether the archives are the same bytes. Called by `make images-twice` after `make images`; by buildah alone.
# Takes as long as the first build: nothing that was compiled is used again.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
ls target/images/*.tar >/dev/null || { echo "images: there is no first build to compare with: run make images" >&2; exit 1; }
base=${BUILD_IMAGE:-localhost/$(scripts/images/base.sh)}

# The same files under another image: nothing that was built on the first is found from here.
container=$(buildah from "$base")
folder=$(mktemp -d)
trap 'rm -rf "$folder"; buildah rm "$container" >/dev/null' EXIT
buildah config --label "docmill.twice=$(date +%s)" "$container"
buildah commit --quiet "$container" docmill-build-base:twice >/dev/null

git ls-files -z | tar --create --null --files-from=- | tar --extract --directory "$folder"
(cd "$folder" && ENGINE=buildah BUILD_IMAGE=localhost/docmill-build-base:twice scripts/images/build.sh)

same=true
for archive in target/images/*.tar; do
    sha256sum "$archive" "$folder/$archive"
    cmp "$archive" "$folder/$archive" || same=false
done
$same || exit 1
echo "images: the same bytes twice"
