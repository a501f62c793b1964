#!/bin/sh
# Makes .tools/cluster/bin: Kubernetes, etcd, CoreDNS, KEDA and kube-router, compiled from Go modules, for a cluster on one machine
# where no image and no release can be pulled. Called by `make cluster-tools`; a quarter of an hour the first time; safe to repeat. KEDA=2.19.0 takes
# that version in place of 2.20.2.
#
# Each module is pinned by the hash of its archive, and its own go.sum pins what it depends on. Kubernetes refers to parts of itself that
# its archive leaves out, and so does etcd: these come as the modules they are published as, pinned by kubernetes.sum and etcd.sum.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tools="$here/../../.tools/cluster"
mkdir -p "$tools/src" "$tools/bin"
tools=$(cd "$tools" && pwd)
export GOWORK=off CGO_ENABLED=0 GOTOOLCHAIN=local

. "$here/settings.sh"
case $keda in
2.20.2) keda_sum=h1:SR60v8uIcelbveS8n/1jcl8tLdBBIbHMxmdOHw8tKqA= ;;
2.19.0) keda_sum=h1:IP3iMTwr9HkaAwPtLnhngPv74LghMf7ubLrsGLQo52M= ;;
*) echo "cluster: KEDA may be 2.20.2 or 2.19.0: no other's hash is known here" >&2 && exit 2 ;;
esac

fail() {
    echo "cluster: $1" >&2
    exit 1
}
command -v go >/dev/null || fail "Go 1.26 or later is needed to compile it; or use a cluster you have"

# The sources of module $2 at version $3, whose archive has the sum $4, in src/$1, to be changed.
fetch() {
    [ -d "$tools/src/$1" ] && return
    source=$("$here/../go-module.sh" "$2" "$3" "$4")
    rm -rf "$tools/src/$1.new"
    cp -r "$source" "$tools/src/$1.new"
    chmod -R u+w "$tools/src/$1.new"
    mv "$tools/src/$1.new" "$tools/src/$1"
}

# Has src/$1 depend on the published parts of itself: its go.mod, changed by the expression $2.
published() {
    sed -i -E "$2" "$tools/src/$1/go.mod"
    sort -u -o "$tools/src/$1/go.sum" "$tools/src/$1/go.sum" "$here/$1.sum"
}

# Compiles ./cmd/$3 (or another package) of src/$1 to bin/$2.
compile() {
    [ -x "$tools/bin/$2" ] && return
    echo "cluster: $2"
    (cd "$tools/src/$1" && go build -mod=readonly -trimpath -buildvcs=false -ldflags "-s -w ${4:-}" -o "$tools/bin/$2" "$3")
}

fetch kubernetes k8s.io/kubernetes "v$kubernetes" h1:WQdDvYJazkmkwSncgNwGvVtaCt4TYXIU3wSMRgvp3MI=
published kubernetes "s#(k8s.io/[a-z-]+) => ./staging/src/.*#\1 => \1 v0.${kubernetes#*.}#; s#^(\tk8s.io/[a-z-]+) v0.0.0( |\$)#\1 v0.${kubernetes#*.}\2#"
minor=${kubernetes#1.} minor=${minor%.*}
version="-X k8s.io/component-base/version.gitVersion=v$kubernetes -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=$minor"
for program in kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy kubectl; do
    compile kubernetes "$program" "./cmd/$program" "$version"
done

fetch etcd go.etcd.io/etcd/server/v3 v3.6.6 h1:YSRWGJPzU+lIREwUQI4MfyLZrkUyzjJOVpMxJvZePaY=
published etcd "/=> \.\.\//d"
compile etcd etcd .

fetch coredns github.com/coredns/coredns v1.14.7 h1:UPDkn4QN+xyNfjz3U5ldgoLszDYpMZEJoy3+ze9au4Q=
compile coredns coredns .

fetch "keda-$keda" github.com/kedacore/keda/v2 "v$keda" "$keda_sum"
for program in operator adapter webhooks; do
    compile "keda-$keda" "keda-$keda-$program" "./cmd/$program" "-X github.com/kedacore/keda/v2/version.Version=$keda"
done

fetch helm helm.sh/helm/v3 v3.22.0 h1:n1if5iQgHYsujPAcO5oonH/KiSNUmqmUF0iGVjSF3AU=
compile helm helm ./cmd/helm "-X helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1 -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=$minor"

fetch kube-router github.com/cloudnativelabs/kube-router/v2 v2.1.0 h1:xWsptKtmZ44L+NjwFKoFAFlVdxCz8fka9A/eYJe95Ok=
compile kube-router kube-router ./cmd/kube-router
