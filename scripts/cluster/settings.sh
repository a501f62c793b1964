# What the scripts of this folder agree on. Sourced by setup.sh, up.sh and down.sh.

kubernetes=1.34.2
# 2.20.2 or 2.19.0: setup.sh has the sums of these.
keda=${KEDA:-2.20.2}

# Where everything is that the cluster keeps, and where it listens.
state=/var/lib/docmill-cluster
run=/run/docmill-cluster
socket=$run/containerd.sock
