#!/usr/bin/env bash
# Asks a cluster, whichever the kubeconfig names, whether it would take every object that docmill renders: the chart in all scenarios of
# ci/, keda/ and deploy/, in namespaces that hold pods to the restricted Pod Security level. Nothing is kept: the API server and
# KEDA's webhooks judge a dry run. A warning is a failure.
#
#   tests/cluster/admitted.sh
#
# Wants kubectl, helm, and in the cluster KEDA and the definitions of Prometheus's operator and of SAP's BTP operator; without one of the
# latter two its objects are left out, and it says so. Exit codes: 0 all are taken, 1 not, 2 there is a namespace `docmill` already.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
failures=0

# The folders render objects for this namespace.
if kubectl get namespace docmill >/dev/null 2>&1; then
    echo "admitted.sh: this cluster has a namespace \`docmill\`, which it would have to use: name another cluster" >&2
    exit 2
fi
trap 'kubectl delete namespace docmill --wait=false >/dev/null; rm -r "$work"' EXIT
kubectl create --save-config --filename "$root/deploy/base/namespace.yaml" >/dev/null
kubectl label namespace docmill --overwrite pod-security.kubernetes.io/{enforce,warn}=restricted >/dev/null

# Kinds that this cluster has no definition of, as awk's pattern.
absent="NoSuchKind"
for kind in servicemonitors.monitoring.coreos.com:ServiceMonitor podmonitors.monitoring.coreos.com:PodMonitor \
    prometheusrules.monitoring.coreos.com:PrometheusRule serviceinstances.services.cloud.sap.com:ServiceInstance \
    servicebindings.services.cloud.sap.com:ServiceBinding; do
    kubectl get crd "${kind%:*}" >/dev/null 2>&1 || absent="$absent|${kind#*:}"
done
[ "$absent" = NoSuchKind ] || echo "left out, since the cluster has no definition of them: ${absent#*|}"

# Whether the cluster takes the objects in $work/objects, which are called $1.
judge() {
    awk -v absent="^kind: ($absent)\$" 'function flush() { if (object !~ /^[ \n]*$/ && !out) printf "---\n%s", object; object = ""; out = 0 }
        /^---/ { flush(); next } $0 ~ absent { out = 1 } { object = object $0 "\n" } END { flush() }' "$work/objects" >"$work/known"
    [ -s "$work/known" ] || return 0
    if kubectl apply --dry-run=server --validate=strict --namespace docmill --filename "$work/known" >"$work/said" 2>&1 &&
        ! grep -v '(server dry run)$' "$work/said"; then
        echo "$1: $(wc -l <"$work/said") objects are taken"
    else
        cat "$work/said" >&2
        echo "$1: NOT TAKEN" >&2
        failures=$((failures + 1))
    fi
}

for values in "$root"/charts/docmill/ci/*-values.yaml; do
    # The pod of `helm test` refers to a ServiceAccount that a dry run doesn't make.
    helm template docmill "$root/charts/docmill" --namespace docmill --skip-tests --values "$values" --set image.registry=registry.example.com \
        >"$work/objects"
    judge "chart, $(basename "$values" -values.yaml)"
done
for folder in keda deploy/base deploy/overlays/trial deploy/kyma; do
    kubectl kustomize "$root/$folder" >"$work/objects"
    judge "$folder"
done
cp "$root/deploy/kyma/ai-core.yaml" "$work/objects"
judge deploy/kyma/ai-core.yaml
[ $failures -eq 0 ]
