# Who is who in the cluster of up.sh: an authority, the API server's certificates, and one administrator that every part is. Sourced by
# up.sh alone.

certificates() (
    cd "$state/pki"
    [ -e ca.crt ] && return
    for authority in ca front-proxy-ca; do
        openssl req -x509 -newkey rsa:2048 -nodes -days 365 -keyout $authority.key -out $authority.crt -subj "/CN=docmill-$authority" 2>/dev/null
    done
    issue ca apiserver "/CN=kube-apiserver" "subjectAltName=DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:localhost,IP:127.0.0.1,IP:$address,IP:${services%.0.0/16}.0.1"
    issue ca admin "/O=system:masters/CN=admin" "extendedKeyUsage=clientAuth"
    issue front-proxy-ca front-proxy "/CN=front-proxy" "extendedKeyUsage=clientAuth"
    openssl genrsa -out service-accounts.key 2048 2>/dev/null
    openssl rsa -in service-accounts.key -pubout -out service-accounts.pub 2>/dev/null
    for verb in "set-cluster docmill --server https://127.0.0.1:6443 --certificate-authority ca.crt --embed-certs" \
        "set-credentials admin --client-certificate admin.crt --client-key admin.key --embed-certs" \
        "set-context docmill --cluster docmill --user admin" "use-context docmill"; do
        # Words on purpose.
        # shellcheck disable=SC2086
        kubectl config $verb >/dev/null
    done
)

# A certificate $2 of the authority $1, for the subject $3, with the extension $4.
issue() {
    openssl req -newkey rsa:2048 -nodes -keyout "$2.key" -out "$2.csr" -subj "$3" 2>/dev/null
    openssl x509 -req -in "$2.csr" -CA "$1.crt" -CAkey "$1.key" -CAcreateserial -days 365 -out "$2.crt" -extfile <(echo "$4") 2>/dev/null
}
