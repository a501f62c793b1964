# What run.sh is made of. With --dry-run every command is said in place of being run, and every object that it names must be one that
# the chart renders. Sourced by run.sh alone.

# How long anything may take to be seen.
patience_seconds=900

prepare() {
    programs=${DOCMILL_PROGRAMS:-$root/target/debug}
    nats_port=14222
    values=("--values" "$root/charts/docmill/ci/trial-values.yaml" "--set" "mockLlm.args={--delay-ms,2000}")
    pods_seen=""
    if [ -n "$dry_run" ]; then
        work=/tmp/docmill-cluster
        rendered=$(python3 -B "$root/scripts/helm/helm.py" template --name docmill --namespace "$namespace" \
            --values "$root/charts/docmill/ci/trial-values.yaml" --values-json '{"mockLlm": {"args": ["--delay-ms", "2000"]}}' |
            python3 -B "$root/tests/cluster/objects.py")
        return
    fi
    work=$(mktemp -d)
    trap finish EXIT
    kubectl get crd scaledobjects.keda.sh >/dev/null || fail "KEDA isn't installed in this cluster"
}

say() { printf '\n%s\n' "$*"; }
fail() { echo "run.sh: $*" >&2; exit 1; }

# Runs a command, or says it.
run() {
    if [ -n "$dry_run" ]; then echo "    $*"; else "$@"; fi
}

# kubectl in the namespace. In a dry run each argument like kind/name must be an object of the chart.
kubectl_() {
    if [ -z "$dry_run" ]; then
        kubectl --namespace "$namespace" "$@"
        return
    fi
    echo "    kubectl --namespace $namespace $*"
    local word
    for word in "$@"; do
        case "$word" in
            job/* | statefulset/* | deployment/* | service/*)
                grep -qx "$word" <<<"$rendered" || fail "the chart renders no $word" ;;
            app.kubernetes.io/component=*)
                grep -qx "pod $word" <<<"$rendered" || fail "no pod of the chart has the label $word" ;;
        esac
    done
}

helm_install() {
    run helm install docmill "$root/charts/docmill" --namespace "$namespace" --create-namespace "${values[@]}" \
        --set "image.registry=$registry" --wait --timeout 10m
}

helm_test() { run helm test docmill --namespace "$namespace"; }

docmill() { run "$programs/docmill" "$@" --nats "nats://127.0.0.1:$nats_port"; }

# (Again) a way to NATS in the cluster; a forward ends with its pod.
forward_nats() {
    if [ -n "$dry_run" ]; then
        kubectl_ port-forward service/docmill-nats "$nats_port:4222"
        return
    fi
    kill "${forward:-}" 2>/dev/null || true
    kubectl_ port-forward service/docmill-nats "$nats_port:4222" >/dev/null &
    forward=$!
    until_true "a way to NATS" docmill status
}

until_true() {
    local what=$1 deadline=$((SECONDS + patience_seconds))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $deadline ] || fail "never seen: $what"
        sleep 2
    done
}

# Pods of the processor that aren't ending.
pods() {
    kubectl_ get deployment/docmill-processor-bulk --output=jsonpath='{.status.replicas}' | grep . || echo 0
}

pods_are() { [ "$(pods)" -eq "$1" ]; }
pods_are_at_least() { [ "$(pods)" -ge "$1" ]; }
until_pods_are() { expect "the processor's pods are $1" pods_are "$1"; }
until_pods_are_at_least() { expect "the processor's pods are $1 or more" pods_are_at_least "$1"; }

expect() {
    local what=$1
    shift
    if [ -n "$dry_run" ]; then
        echo "    until $what:"
        kubectl_ get deployment/docmill-processor-bulk
    else
        until_true "$what" "$@"
    fi
}

# How many documents have an outcome, and whether the collection is done: `docmill status --json`.
status_of() { docmill status story --json | python3 -c "import json, sys; print(json.load(sys.stdin)['collection']['$1'])"; }
outcomes_are_at_least() { [ "$(status_of outcomes)" -ge "$1" ]; }
is_done() { [ "$(status_of done)" = True ]; }

until_outcomes_are() {
    if [ -n "$dry_run" ]; then docmill status story --json; else until_true "$1 outcomes" outcomes_are_at_least "$1"; fi
}

until_done() {
    if [ -n "$dry_run" ]; then docmill status story --json; else until_true "the collection is done" is_done; fi
}

# One pod with a label, at once and without a word.
kill_a_pod() {
    if [ -n "$dry_run" ]; then
        kubectl_ delete pod --grace-period=0 --force --selector "$1"
        return
    fi
    local pod
    pod=$(kubectl_ get pods --selector "$1" --field-selector=status.phase=Running --output=name | head -n 1)
    kubectl_ delete "$pod" --grace-period=0 --force
}

# Notes the pods every two seconds, for the summary.
watch_pods() {
    [ -z "$dry_run" ] || return 0
    while sleep 2; do echo "$SECONDS $(pods)" >>"$work/pods"; done
}

# Every document once, verified: the outcomes' own words.
check_outcomes() {
    if [ -n "$dry_run" ]; then
        docmill results story --format jsonl
        docmill report story --output "$work/report.html"
        return
    fi
    docmill results story --format jsonl >"$work/outcomes"
    python3 -B "$root/tests/cluster/outcomes.py" "$documents" "$work/outcomes" || fail "the outcomes aren't as they should be"
    docmill report story --output report.html
}

summary() {
    [ -z "$dry_run" ] || return 0
    echo "pods of the processor, by seconds since the start:"
    awk '$2 != last { print "  " $1 " s: " $2; last = $2 }' "$work/pods"
}

finish() {
    kill "${watcher:-}" "${forward:-}" 2>/dev/null || true
    if [ -z "$keep" ]; then
        helm uninstall docmill --namespace "$namespace" >/dev/null 2>&1 || true
        kubectl delete namespace "$namespace" --wait=false >/dev/null 2>&1 || true
    fi
}
