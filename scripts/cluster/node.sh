# The parts of the cluster of up.sh, in the order in which they need each other. Sourced by up.sh alone.

start_control_plane() {
    start etcd "$bin/etcd" --data-dir "$state/etcd" --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 \
        --listen-peer-urls http://127.0.0.1:2380 --initial-advertise-peer-urls http://127.0.0.1:2380 --initial-cluster default=http://127.0.0.1:2380 --log-level warn
    start kube-apiserver "$bin/kube-apiserver" --etcd-servers http://127.0.0.1:2379 --advertise-address "$address" \
        --service-cluster-ip-range "$services" --authorization-mode Node,RBAC --allow-privileged=true \
        --client-ca-file "$state/pki/ca.crt" --tls-cert-file "$state/pki/apiserver.crt" --tls-private-key-file "$state/pki/apiserver.key" \
        --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$state/pki/service-accounts.pub" \
        --service-account-signing-key-file "$state/pki/service-accounts.key" \
        --kubelet-client-certificate "$state/pki/admin.crt" --kubelet-client-key "$state/pki/admin.key" \
        --requestheader-client-ca-file "$state/pki/front-proxy-ca.crt" --requestheader-allowed-names front-proxy \
        --requestheader-username-headers X-Remote-User --requestheader-group-headers X-Remote-Group --requestheader-extra-headers-prefix X-Remote-Extra- \
        --proxy-client-cert-file "$state/pki/front-proxy.crt" --proxy-client-key-file "$state/pki/front-proxy.key" --enable-aggregator-routing=true
    until_true "the API server" kubectl get --raw /readyz
    start kube-controller-manager "$bin/kube-controller-manager" --kubeconfig "$state/kubeconfig" --leader-elect=false --use-service-account-credentials=true \
        --root-ca-file "$state/pki/ca.crt" --service-account-private-key-file "$state/pki/service-accounts.key" \
        --authentication-kubeconfig "$state/kubeconfig" --authorization-kubeconfig "$state/kubeconfig" \
        --allocate-node-cidrs=true --cluster-cidr "$pods" --service-cluster-ip-range "$services"
    start kube-scheduler "$bin/kube-scheduler" --kubeconfig "$state/kubeconfig" --leader-elect=false \
        --authentication-kubeconfig "$state/kubeconfig" --authorization-kubeconfig "$state/kubeconfig"
}

start_node() {
    sysctl --quiet --write net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1
    cat >"$state/containerd.toml" <<EOF
version = 2
root = "$state/containerd"
state = "$run/containerd"
[grpc]
address = "$socket"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "localhost/pause:docmill"
# Where this machine is itself in a container, nobody may ask to be spared by the OOM killer.
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "$state/cni"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
EOF
    mkdir -p "$state/cni"
    cat >"$state/cni/10-bridge.conflist" <<EOF
{"cniVersion": "1.0.0", "name": "docmill", "plugins": [
  {"type": "bridge", "bridge": "docmill0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "ranges": [[{"subnet": "${pods%.0.0/16}.0.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}}]}
EOF
    cat >"$state/kubelet.yaml" <<EOF
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {x509: {clientCAFile: $state/pki/ca.crt}, anonymous: {enabled: false}}
authorization: {mode: Webhook}
clusterDNS: [$dns]
clusterDomain: cluster.local
containerRuntimeEndpoint: unix://$socket
cgroupDriver: cgroupfs
failCgroupV1: false
failSwapOn: false
# The machine's own room isn't the cluster's to judge.
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%}
imageGCHighThresholdPercent: 100
EOF
    start containerd containerd --config "$state/containerd.toml"
    until_true containerd ctr --address "$socket" version
    start kubelet "$bin/kubelet" --kubeconfig "$state/kubeconfig" --config "$state/kubelet.yaml" --root-dir "$state/kubelet" \
        --hostname-override "$node" --node-ip "$address"
    start kube-proxy "$bin/kube-proxy" --kubeconfig "$state/kubeconfig" --proxy-mode nftables --cluster-cidr "$pods" --hostname-override "$node"
    until_true "the node" kubectl wait --for=condition=Ready --timeout=5s "node/$node"
    # Of kube-router only its firewall: network policies are kept.
    start kube-router "$bin/kube-router" --kubeconfig "$state/kubeconfig" --hostname-override "$node" --run-router=false --run-service-proxy=false \
        --run-firewall=true --enable-cni=false --service-cluster-ip-range "$services"
}
