# Pebble, the ACME server for tests, and the name server that comes with it.
ARG BASE=ironpress-base:trixie
FROM ${BASE}
COPY deploy/base/install /build/
RUN --mount=type=cache,id=apt,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists,target=/var/lib/apt/lists,sharing=locked \
    --mount=type=secret,id=ca \
    /build/install pebble
