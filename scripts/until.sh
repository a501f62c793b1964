# Waits until a command succeeds: until_true WHAT COMMAND... Sourced by scripts that say how long with patience_seconds, and what happens then
# with `fail`.

until_true() {
    local what=$1 deadline=$((SECONDS + patience_seconds))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $deadline ] || fail "never seen: $what"
        sleep 1
    done
}
