# What the scripts of the bundle share; read with `.` by them, with $here set to their folder.
# shellcheck shell=sh disable=SC2154

# setting NAME DEFAULT: the environment's value, else the one in ENV_FILE (.env), else the default.
setting() {
    value=$(printenv "$1" || true)
    if [ -z "$value" ] && [ -r "$ENV_FILE" ]; then
        value=$(sed -n "s/^$1=//p" "$ENV_FILE" | tail -n 1 | sed "s/^[\"']//; s/[\"']\$//")
    fi
    echo "${value:-$2}"
}

fail() {
    echo "$1" >&2
    exit 1
}

# Says whether the monitoring profile is on.
monitored() {
    case ",$COMPOSE_PROFILES," in *,monitoring,*) ;; *) return 1 ;; esac
}

# Says whether web reaches the database by way of PgBouncer.
pooled() {
    case ",$COMPOSE_PROFILES," in *,pgbouncer,*) ;; *) return 1 ;; esac
}

# name_images LINES: sets EDGE_TAG and the like from lines “edge=TAG”; TAG itself where there is none.
name_images() {
    for image in acme backup edge monitoring pgbouncer postgres redis; do
        tag=$(echo "$1" | sed -n "s/^$image=//p")
        export "$(echo "$image" | tr '[:lower:]' '[:upper:]')_TAG=${tag:-$TAG}"
    done
}

# name_release: names the images of TAG; what the last deploy did not change keeps the name that it
# runs under.
name_release() {
    if [ "$TAG" = "$(kept TAG)" ]; then name_images "$(cat "$BUNDLE_DIR/release")"; else
        name_images ""
    fi
}

# tag_of IMAGE: the tag that names it here.
tag_of() {
    printenv "$(echo "$1" | tr '[:lower:]' '[:upper:]')_TAG" || echo "$TAG"
}

# The Compose of this bundle.
compose() {
    if [ -r "$ENV_FILE" ]; then file=$ENV_FILE; else file=/dev/null; fi
    [ ! -s "$BUNDLE_DIR/secrets/backup_store" ] || set -- --file "$root/deploy/backup/bucket.yml" "$@"
    COMPOSE_PROFILES=$COMPOSE_PROFILES,$local_profiles \
        docker compose --project-name "$COMPOSE_PROJECT_NAME" --project-directory "$root" \
        --env-file "$file" \
        --file "$root/docker-compose.prod.yml" "$@"
}

# tell_edge CONTAINER: has it read its configuration again. Not by the engine's own signal: older
# engines take a container that got one for stopped on purpose, and leave it down after a crash.
tell_edge() {
    docker exec "$1" nginx -e stderr -s reload
}

root=$(CDPATH='' cd -- "$here/.." && pwd)
ENV_FILE=${ENV_FILE:-$root/.env}
COMPOSE_PROJECT_NAME=$(setting COMPOSE_PROJECT_NAME ironpress)
BUNDLE_DIR=$(setting BUNDLE_DIR "$root/bundle")
# Which optional parts run: what was asked for, else what the last start has written down.
COMPOSE_PROFILES=${PROFILE-$(setting COMPOSE_PROFILES "$(cat "$BUNDLE_DIR/profiles" 2>/dev/null || true)")}
SITE_HOST=$(setting SITE_HOST localhost)
SITE_LANGUAGE=$(setting SITE_LANGUAGE en)
HTTP_PORT=$(setting HTTP_PORT 80)
HTTPS_PORT=$(setting HTTPS_PORT 443)
if [ "$HTTPS_PORT" = 443 ]; then SITE_URL=https://$SITE_HOST; else
    SITE_URL=https://$SITE_HOST:$HTTPS_PORT
fi
SITE_URL=$(setting SITE_URL "$SITE_URL")
# kept NAME: what the last deploy has written down.
kept() {
    [ ! -r "$BUNDLE_DIR/release" ] || sed -n "s/^$1=//p" "$BUNDLE_DIR/release"
}
# TAG names the images, RELEASE the generation of web containers that the edge uses.
TAG=${TAG:-$(kept TAG)}
# An unpacked archive of a release knows its version.
TAG=${TAG:-$(cat "$root/VERSION" 2>/dev/null || echo latest)}
RELEASE=${RELEASE:-$(kept RELEASE)}
RELEASE=${RELEASE:-r0}
# Root gives the files to the containers' user; anyone else lets the containers run as themselves.
if [ "$(id -u)" = 0 ]; then BUNDLE_UID=10001; else BUNDLE_UID=$(id -u); fi
BUNDLE_UID=$(setting BUNDLE_UID "$BUNDLE_UID")
# host_in NAME: the host in the address that a secret holds; nothing while there is none.
host_in() {
    [ ! -r "$BUNDLE_DIR/secrets/$1" ] ||
        sed -E 's#^[a-z]+://([^@/]*@)?([^:/?]+).*#\2#' "$BUNDLE_DIR/secrets/$1"
}
# A database or a Redis of somebody else's is an address: then ours is not started, and the data
# network leads out.
local_profiles=""
DATA_INTERNAL=true
case $(host_in database_url) in
    '' | postgres) local_profiles=postgres ;;
    *) DATA_INTERNAL=false ;;
esac
case $(host_in redis_url) in
    '' | redis) local_profiles=$local_profiles,redis ;;
    *) DATA_INTERNAL=false ;;
esac
WEB_DATABASE=database_url
CONNECTIONS_SHARED=
! pooled || WEB_DATABASE=pgbouncer_url CONNECTIONS_SHARED=1
export DATA_INTERNAL WEB_DATABASE CONNECTIONS_SHARED
# The ports of the edge that are published, and how curl speaks to them.
EDGE_HTTP=8080 EDGE_HTTPS=8443 PROXY_OPTION=""
if [ "$(setting EDGE_PROXY_PROTOCOL off)" = on ]; then
    EDGE_HTTP=8090 EDGE_HTTPS=8453 PROXY_OPTION=--haproxy-protocol
fi
export EDGE_HTTP EDGE_HTTPS PROXY_OPTION
# The edge with a firewall is another image.
case $(setting EDGE_WAF off) in
    off) EDGE_IMAGE=ironpress-edge ;;
    on) EDGE_IMAGE=ironpress-edge-waf ;;
    *) fail "EDGE_WAF is off or on, not: $(setting EDGE_WAF off)" ;;
esac
export EDGE_IMAGE
MAX_CONNECTIONS=$(setting MAX_CONNECTIONS 100)
# What `up` has found that parts may open which nobody measures.
OTHER_CONNECTIONS=$(cat "$BUNDLE_DIR/budget" 2>/dev/null || true)
export ENV_FILE TAG RELEASE COMPOSE_PROJECT_NAME COMPOSE_PROFILES BUNDLE_DIR SITE_HOST SITE_LANGUAGE
name_release
export MAX_CONNECTIONS OTHER_CONNECTIONS HTTP_PORT HTTPS_PORT SITE_URL BUNDLE_UID
