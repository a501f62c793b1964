#!/bin/bash
# Ends the cluster of up.sh and removes what it kept, pods and volumes included. As root; safe to repeat.
set -u
source "$(dirname "$0")/settings.sh"
containers="ctr --address $socket --namespace k8s.io"

stop() {
    local pid
    pid=$(cat "$state/pids/$1" 2>/dev/null) || return 0
    # Nothing of it is kept, so nothing has to end in order.
    kill -KILL "$pid" 2>/dev/null
    # It isn't our child: its end can only be watched for.
    tail --pid="$pid" --follow /dev/null 2>/dev/null
}

for part in kubelet kube-router kube-proxy kube-scheduler kube-controller-manager kube-apiserver etcd; do stop "$part"; done
# Pods outlive the kubelet; their shims hold their mounts.
for task in $($containers tasks list --quiet 2>/dev/null); do $containers tasks kill --signal SIGKILL "$task" 2>/dev/null; done
for pod in $($containers containers list --quiet 2>/dev/null); do
    $containers tasks delete --force "$pod" >/dev/null 2>&1
    $containers containers delete "$pod" 2>/dev/null
done
stop containerd
awk -v state="$state" -v run="$run" 'index($2, state) == 1 || index($2, run) == 1 { print $2 }' /proc/mounts | sort -r | xargs -r umount
for space in $(ip netns list 2>/dev/null | awk '/^cni-/ { print $1 }'); do ip netns delete "$space"; done
ip link delete docmill0 2>/dev/null
# The kubelet's, the network plugins' and kube-router's rules; whatever else there is stays.
for family in iptables ip6tables; do
    "$family-save" 2>/dev/null | grep -vE 'KUBE-|CNI-|kube-router' | "$family-restore" 2>/dev/null
done
nft delete table ip kube-proxy 2>/dev/null
nft delete table ip6 kube-proxy 2>/dev/null
rm -rf "$state" "$run"
echo "cluster: gone"
