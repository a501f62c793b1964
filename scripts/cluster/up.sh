#!/bin/bash
# Starts a cluster of one node on this machine, from what setup.sh compiled and Debian's containerd, and puts docmill's images into it.
# Called by `make cluster`, as root; down.sh ends it. For trying the chart where there is no other cluster: its parts speak TLS, but every
# one of them is an administrator.
#
# The kubeconfig is $state/kubeconfig. What runs writes to $state/log.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
tools="$root/.tools/cluster"
bin="$tools/bin"
source "$here/settings.sh"
services=10.96.0.0/16 dns=10.96.0.10 pods=10.244.0.0/16

# How long a part may take until it answers.
patience_seconds=120

fail() { echo "cluster: $*" >&2; exit 1; }
say() { echo "cluster: $*"; }

[ "$(id -u)" = 0 ] || fail "a node needs root"
[ -x "$bin/kube-router" ] && [ -x "$bin/keda-$keda-webhooks" ] || fail "run \`make cluster-tools\` first"
for program in containerd runc nft iptables ipset openssl gcc buildah; do
    command -v "$program" >/dev/null ||
        fail "$program is missing: apt-get install containerd runc containernetworking-plugins nftables iptables ipset openssl gcc buildah"
done
[ ! -e "$state/pids" ] || fail "there is one already: scripts/cluster/down.sh ends it"
mkdir -p "$state"/{pki,log,pids,etcd,containerd,kubelet,volumes}
address=$(ip -4 route get 1.1.1.1 | sed -n 's/.* src \([0-9.]*\).*/\1/p')
node=$(hostname)

# Starts a part of the cluster in the background: its name, and its command.
start() {
    local name=$1
    shift
    setsid "$@" >>"$state/log/$name" 2>&1 </dev/null &
    echo $! >"$state/pids/$name"
}

kubectl() { "$bin/kubectl" --kubeconfig "$state/kubeconfig" "$@"; }

source "$root/scripts/until.sh"
source "$here/certificates.sh"
source "$here/node.sh"
source "$here/images.sh"

certificates
say "the control plane"
start_control_plane
say "the node"
start_node
say "images"
load_images
say "DNS, volumes and KEDA"
install_addons
say "ready: export KUBECONFIG=$state/kubeconfig PATH=$bin:\$PATH"
