# What run.sh is made of. With --dry-run every command is said in place of being run, and every object that it names must be one that
# the chart renders. Sourced by run.sh alone.

# How long anything may take to be seen.
patience_seconds=900
source "$root/scripts/until.sh"

prepare() {
    programs=${DOCMILL_PROGRAMS:-$root/target/debug}
    nats_port=14222
    address=nats://127.0.0.1:$nats_port
    # The model takes as long as real ones; text, since numbers are no arguments.
    local in_json='{"mockLlm": {"enabled": true, "args": ["--delay-ms", "2000"]}}'
    values=("--values" "$root/charts/docmill/ci/$scenario-values.yaml" "--set" "mockLlm.enabled=true"
        "--set-string" "mockLlm.args={--delay-ms,2000}")
    if [ "$scenario" = kyma ]; then
        in_json="${in_json%\}}, \"llm\": {\"baseUrl\": \"\", \"existingSecret\": {\"name\": \"\"}}}"
        # KEDA is where KEDA's own installation puts it, and nobody has a key for an endpoint.
        values+=("--set" "networkPolicy.kedaNamespace=keda" "--set-string" "llm.baseUrl=,llm.existingSecret.name=")
        # The certificate's name for whoever comes through a port-forward.
        address=tls://localhost:$nats_port
    fi
    if [ -n "$dry_run" ]; then
        work=/tmp/docmill-cluster
        rendered=$(python3 -B "$root/scripts/helm/helm.py" template --name docmill --namespace "$namespace" \
            --values "$root/charts/docmill/ci/$scenario-values.yaml" \
            --values-json "$in_json" | python3 -B "$root/tests/cluster/objects.py")
        return
    fi
    work=$(mktemp -d)
    trap finish EXIT
    kubectl get crd scaledobjects.keda.sh >/dev/null || fail "KEDA isn't installed in this cluster"
    kubectl create namespace "$namespace" --dry-run=client --output=yaml | kubectl apply --filename - >/dev/null
    # What the chart's pods ask for is held to what a strict cluster lets them have.
    kubectl label namespace "$namespace" --overwrite pod-security.kubernetes.io/enforce=restricted >/dev/null
    if [ "$scenario" = kyma ]; then make_secrets; fi
}

# Logins and a certificate, as docs/kubernetes.md makes them; `docmill` here is the operator.
make_secrets() {
    local login password passwords=()
    for login in processor analyser publisher operator; do
        password=p$(openssl rand -hex 24)
        passwords+=("--from-literal=$login=$password")
    done
    kubectl_ create secret generic docmill-logins "${passwords[@]}"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -keyout "$work/tls.key" -out "$work/tls.crt" \
        -subj /CN=docmill-nats -addext "subjectAltName=DNS:docmill-nats.$namespace.svc,DNS:localhost" \
        -addext basicConstraints=critical,CA:FALSE 2>/dev/null
    kubectl_ create secret generic docmill-nats-tls --from-file="$work/tls.crt" --from-file="$work/tls.key" --from-file=ca.crt="$work/tls.crt"
    export DOCMILL_NATS__CA_FILE=$work/tls.crt DOCMILL_NATS__USER=operator DOCMILL_NATS__PASSWORD=$password
}

# A step, and when it began.
say() { printf '\n%4s s  %s\n' "$SECONDS" "$*"; }
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
        --set "image.registry=$registry" --wait --timeout 10m --hide-notes
}

# From another namespace nobody gets at NATS: the network policies are kept, and are the right ones.
stranger() {
    if [ "$scenario" != kyma ]; then return; fi
    local image command="/usr/local/bin/docmill status --nats tls://docmill-nats.$namespace.svc:4222"
    if [ -n "$dry_run" ]; then echo "    kubectl run stranger: $command"; return; fi
    image=$(kubectl_ get deployment/docmill-mock-llm --output=jsonpath='{.spec.template.spec.containers[0].image}')
    # shellcheck disable=SC2086
    kubectl run "$namespace-stranger" --namespace default --image="$image" --restart=Never --command -- $command >/dev/null
    until_true "a stranger that gives up" kubectl wait --namespace default --for=jsonpath='{.status.phase}'=Failed --timeout=5s "pod/$namespace-stranger"
    kubectl logs --namespace default "$namespace-stranger"
    kubectl logs --namespace default "$namespace-stranger" | grep -q "NATS doesn't answer" || fail "a pod of another namespace reached NATS"
    kubectl delete pod --namespace default "$namespace-stranger" --wait=false >/dev/null
}

# Until a workload is as it should be, without its every step.
rolled_out() { kubectl_ rollout status --timeout=10m "$1" | tail -n 1; }

helm_test() { run helm test docmill --namespace "$namespace" --hide-notes; }

# Any change of the pods will do.
helm_upgrade() {
    run helm upgrade docmill "$root/charts/docmill" --namespace "$namespace" --reuse-values --hide-notes \
        --set-string processor.podAnnotations.story=upgraded,analyser.podAnnotations.story=upgraded
}

docmill() { run "$programs/docmill" "$@" --nats "$address"; }

# Of its lines the last, which says how many were accepted.
submit() { docmill submit --collection story "$work/invoice" 2>&1 | tail -n 1; }

# (Again) a way to NATS in the cluster; a forward ends with its pod.
forward_nats() {
    if [ -n "$dry_run" ]; then
        kubectl_ port-forward service/docmill-nats "$nats_port:4222"
        return
    fi
    kill "${forward:-}" 2>/dev/null || true
    kubectl_ port-forward service/docmill-nats "$nats_port:4222" >/dev/null 2>&1 &
    forward=$!
    until_true "a way to NATS" docmill status
}

# Pods of a worker that aren't ending.
replicas() {
    kubectl_ get "deployment/docmill-$1-bulk" --output=jsonpath='{.status.replicas}' | grep . || echo 0
}

# Whether every processor is of the upgrade. Whether there are as many as KEDA wants is the cluster's matter: it may be full.
all_are_new() {
    [ -z "$(kubectl_ get pods --selector app.kubernetes.io/component=processor \
        --output=jsonpath='{.items[?(@.metadata.annotations.story!="upgraded")].metadata.name}')" ]
}
until_all_are_new() { expect "every processor is of the upgrade" all_are_new; }

pods_are() { [ "$(replicas processor)" -eq "$1" ]; }
pods_are_at_least() { [ "$(replicas processor)" -ge "$1" ]; }
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
    pod=$(kubectl_ get pods --selector "$1" --field-selector=status.phase=Running --output=jsonpath='{.items[0].metadata.name}')
    # It warns that nobody waits for the end, which is the point.
    kubectl_ delete pod "$pod" --grace-period=0 --force 2>/dev/null
}

# Notes every two seconds how many pods there are, for the summary: seconds, processors, analysers.
watch_pods() {
    [ -z "$dry_run" ] || return 0
    while sleep 2; do
        echo "$SECONDS $(replicas processor) $(replicas analyser)" >>"$work/pods"
    done &
    watcher=$!
}

# Every document once, verified: the outcomes' own words.
check_outcomes() {
    if [ -n "$dry_run" ]; then
        docmill results story --format jsonl
        docmill report story --output "$work/report.html"
        return
    fi
    docmill results story --format jsonl >"$work/outcomes"
    # What the killed pod had asked for is asked for again: its eight jobs, one call each. The others handed back.
    python3 -B "$root/tests/cluster/outcomes.py" "$documents" 8 "$work/outcomes" || fail "the outcomes aren't as they should be"
    docmill report story --output "$work/report.html"
}

summary() {
    [ -z "$dry_run" ] || return 0
    kill "$watcher" 2>/dev/null || true
    echo "$SECONDS $(replicas processor) $(replicas analyser)" >>"$work/pods"
    echo "pods over time:"
    awk '$2 " " $3 != last { printf "%5s s  %2s processors, %s analysers\n", $1, $2, $3; last = $2 " " $3 }' "$work/pods"
}

finish() {
    kill "${watcher:-}" "${forward:-}" 2>/dev/null || true
    kubectl delete pod --namespace default "$namespace-stranger" --ignore-not-found --wait=false >/dev/null 2>&1 || true
    if [ -z "$keep" ]; then
        helm uninstall docmill --namespace "$namespace" >/dev/null 2>&1 || true
        kubectl delete namespace "$namespace" --wait=false >/dev/null 2>&1 || true
    fi
}
