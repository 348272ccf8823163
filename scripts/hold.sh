# Lets new connections to the published ports wait while nobody listens there; read with `.` after
# bundle.sh. Their first packet is dropped, so that the client's system asks again a second later:
# nobody is refused. Established connections notice nothing.
# shellcheck shell=sh disable=SC2154
HOLD_SECONDS=60

# held -I | -D: inserts or deletes the rule, for what comes to this machine from outside and from
# itself; what goes out to the same ports elsewhere is not meant.
held() {
    for tables in iptables ip6tables; do
        for chain in PREROUTING OUTPUT; do
            "$tables" --wait 5 -t raw "$1" "$chain" -m addrtype --dst-type LOCAL -p tcp --syn \
                -m multiport --dports "$HTTP_PORT,$HTTPS_PORT" \
                -m comment --comment "ironpress-hold-$$" -j DROP >/dev/null 2>&1 || [ "$tables" = ip6tables ] || return 1
        done
    done
}

# Only root may; without it they are refused for as long as it takes.
hold() {
    if [ "$(id -u)" != 0 ] || [ -n "${DOCKER_HOST:-}" ] || ! held -I; then
        let_go
        echo "New connections are refused for about a second: only root with iptables can hold them."
        return
    fi
    trap let_go EXIT
    # Whatever becomes of this script, they do not wait for ever.
    (sleep "$HOLD_SECONDS" && held -D) >/dev/null 2>&1 &
}

# What was held comes in at its next try.
let_go() {
    held -D || true
}
