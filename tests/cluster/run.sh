#!/usr/bin/env bash
# The whole story on a real cluster, whichever the kubeconfig names (kind, k3d, Kyma, any other): install, submit, watch pods go from
# none to many and back, kill a pod and the NATS pod and replace all pods on the way, and find one outcome for each document.
#
#   tests/cluster/run.sh --registry registry.example.com/team [--kyma] [--documents 600] [--namespace docmill-test] [--keep]
#   tests/cluster/run.sh --dry-run      says every step, and checks that what it names is in the rendered chart
#
# --kyma installs what Kyma gets: TLS, a login for each program, network policies.
#
# Wants kubectl, helm, KEDA in the cluster, the images in the registry (docs/kubernetes.md), and `docmill` and `make-samples` as `make
# build` leaves them (DOCMILL_PROGRAMS names another folder). Exit codes: 0 as it should be, 1 not, 2 wrong usage.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
source "$root/tests/cluster/steps.sh"

registry="" scenario=trial documents=600 namespace=docmill-test keep="" dry_run=""
while [ $# -gt 0 ]; do
    case "$1" in
        --registry) registry=$2; shift 2 ;;
        --kyma) scenario=kyma; shift ;;
        --documents) documents=$2; shift 2 ;;
        --namespace) namespace=$2; shift 2 ;;
        --keep) keep=1; shift ;;
        --dry-run) dry_run=1; shift ;;
        *) echo "run.sh: unknown option $1; the options stand at its top" >&2; exit 2 ;;
    esac
done
if [ -z "$dry_run$registry" ]; then
    echo "run.sh: --registry names where the cluster finds docmill's images" >&2
    exit 2
fi
prepare

say "1. Install: NATS, mock-llm that takes two seconds a call, both workers, nothing else"
helm_install

say "2. Streams, consumers and buckets are there"
kubectl_ wait --for=condition=complete --timeout=10m job/docmill-provision-1
helm_test
stranger

say "3. Nothing to do: no pods"
until_pods_are 0

say "4. Submit $documents invoices, all different"
forward_nats
run "$programs/make-samples" --count "$documents" --out "$work"
watch_pods
submit

say "5. Pods come"
until_pods_are_at_least 2

say "6. A processor is killed, and then NATS"
until_outcomes_are $((documents / 6))
kill_a_pod app.kubernetes.io/component=processor
until_outcomes_are $((documents / 3))
kill_a_pod app.kubernetes.io/component=nats
rolled_out statefulset/docmill-nats
forward_nats

say "7. All pods are replaced while they work"
until_outcomes_are $((documents / 2))
helm_upgrade
until_all_are_new

say "8. One outcome for each document, and the report"
until_done
check_outcomes

say "9. Pods go"
until_pods_are 0
summary
