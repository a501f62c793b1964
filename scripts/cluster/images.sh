# What runs in the cluster of up.sh: images made of the compiled programs, docmill's own, and the objects of DNS, volumes and KEDA. Sourced by
# up.sh alone.

# Puts an image of a single program into the node: its name, where the program is, where it is in the image, and who runs it if not
# nobody in particular.
load_program() {
    local container
    container=$(buildah from scratch)
    buildah copy --quiet "$container" "$2" "$3" >/dev/null
    buildah config --entrypoint "[\"$3\"]" --user "${4:-65532:65532}" "$container"
    buildah commit --quiet --rm "$container" "$1" >/dev/null
    rm -f "$state/image.tar"
    buildah push --quiet "$1" "docker-archive:$state/image.tar:$1"
    load_archive "$state/image.tar"
    rm "$state/image.tar"
}

load_archive() { ctr --address "$socket" --namespace k8s.io images import "$1" >/dev/null; }

load_images() {
    gcc -Os -static -o "$tools/pause" "$tools/src/kubernetes/build/pause/linux/pause.c" -DVERSION=docmill
    load_program localhost/pause:docmill "$tools/pause" /pause
    # It binds port 53, which is root's.
    load_program localhost/coredns:docmill "$bin/coredns" /coredns 0:0
    load_program localhost/keda:docmill "$bin/keda-$keda-operator" /keda
    load_program localhost/keda-metrics-apiserver:docmill "$bin/keda-$keda-adapter" /keda-adapter
    load_program localhost/keda-admission-webhooks:docmill "$bin/keda-$keda-webhooks" /keda-admission-webhooks
    # As the chart names it.
    load_program "docker.io/library/nats:$(sed -n '/^nats:/,/^  storage:/s/^    tag: //p' "$root/charts/docmill/values.yaml")" \
        "$(readlink -f "$root/.tools/bin/nats-server")" /nats-server
    local image
    for image in docmill-processor docmill-analyser docmill; do
        [ -e "$root/target/images/$image.tar" ] || fail "target/images/$image.tar is missing: run \`make images\` first"
        load_archive "$root/target/images/$image.tar"
    done
}

install_addons() {
    sed "s/__DNS__SERVER__/$dns/; s/__DNS__DOMAIN__/cluster.local/; s/__DNS__MEMORY__LIMIT__/170Mi/; s#image: .*#image: localhost/coredns:docmill#" \
        "$tools/src/kubernetes/cluster/addons/dns/coredns/coredns.yaml.base" | kubectl apply --filename - >/dev/null
    for volume in 1 2 3 4 5 6 7 8; do
        mkdir -p "$state/volumes/$volume"
        sed "s#VOLUME#$volume#; s#FOLDER#$state/volumes/$volume#; s#NODE#$node#" "$here/addons/volume.yaml" | kubectl apply --filename - >/dev/null
    done
    rm -rf "$state/keda"
    mkdir "$state/keda"
    cp -r "$tools/src/keda-$keda/config" "$state/keda/"
    cp "$here/addons/keda.yaml" "$state/keda/kustomization.yaml"
    # Its definitions are too large for what `apply` keeps with an object.
    kubectl kustomize "$state/keda" | kubectl apply --server-side --filename - >/dev/null
    kubectl --namespace kube-system rollout status --timeout=5m deployment/coredns
    kubectl --namespace keda rollout status --timeout=5m deployment/keda-operator deployment/keda-metrics-apiserver
}
