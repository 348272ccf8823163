# What the scripts of a release share; read with `.` by them, after bundle.sh.
# shellcheck shell=sh disable=SC2154

# Names of the images that a release consists of: those of every profile that runs the blog.
release_images() {
    compose --profile '*' config --images | sed -n 's/^ironpress-\([a-z-]*\):.*/\1/p' |
        grep -vx loadtest | sort -u
}

# Images are pushed under small letters, whatever the owner of a repository is called.
REGISTRY=$(echo "${REGISTRY:-}" | tr '[:upper:]' '[:lower:]')
[ -z "${REGISTRY_PASSWORD:-}" ] ||
    echo "$REGISTRY_PASSWORD" |
    docker login --username "$REGISTRY_USER" --password-stdin "${REGISTRY%%/*}" >/dev/null

# This machine's kind, as images call it.
architecture() {
    docker version --format '{{.Server.Arch}}'
}

# With a key of yours, or as the forge's own workflow. A key's signatures stay out of the public log.
if [ -n "${COSIGN_KEY:-}" ]; then
    sign_options="--key $COSIGN_KEY --tlog-upload=false"
    verify_options="--key ${COSIGN_PUBLIC_KEY:-${COSIGN_KEY%.key}.pub} --insecure-ignore-tlog=true --private-infrastructure"
elif [ -n "${ACTIONS_ID_TOKEN_REQUEST_URL:-}" ]; then
    sign_options=""
    verify_options="--certificate-identity-regexp ^$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/ --certificate-oidc-issuer https://token.actions.githubusercontent.com"
else
    fail "A release is signed: name your key with COSIGN_KEY (cosign generate-key-pair makes one)."
fi
case ${REGISTRY:-} in
    127.0.0.1* | localhost*) registry_options=--allow-http-registry ;;
    *) registry_options="" ;;
esac
