# The application: web, worker and migrate run from this one image.
ARG BASE=ironpress-base:trixie

# --- Installers stay in this stage -------------------------------------------------------------
FROM ${BASE} AS build
COPY deploy/base/install deploy/base/rootfs deploy/base/settle /build/
RUN --mount=type=cache,id=apt,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,id=apt-lists,target=/var/lib/apt/lists,sharing=locked \
    --mount=type=secret,id=ca \
    /build/install ca-certificates media-types python3-pip python3.13 tzdata
RUN /build/rootfs /rootfs ca-certificates media-types python3.13 tzdata \
    && rm -rf /rootfs/usr/bin/[!p]* /rootfs/usr/sbin /rootfs/usr/share/ca-certificates/*.pem \
    && rm -rf /rootfs/usr/lib/python3.13/ensurepip /rootfs/usr/lib/python3.13/lib2to3 \
    && mkdir -p /rootfs/etc/ssl/certs \
    && cp /etc/ssl/certs/ca-certificates.crt /rootfs/etc/ssl/certs/

COPY requirements/runtime.txt requirements/tracing.txt /build/
# `make images TRACING=1` takes the list with OpenTelemetry.
ARG REQUIREMENTS=
RUN --mount=type=cache,target=/var/cache/pip \
    --mount=type=secret,id=ca \
    --mount=type=secret,id=pip_conf,target=/etc/pip.conf \
    if [ -s /run/secrets/ca ]; then export PIP_CERT=/run/secrets/ca; fi; \
    python3.13 -m pip --cache-dir /var/cache/pip install --quiet --root-user-action ignore --no-compile \
        --no-deps --require-hashes --only-binary :all: --requirement "/build/${REQUIREMENTS:-runtime}.txt" \
        --target /rootfs/usr/local/lib/python3.13/dist-packages \
    && rm -rf /rootfs/usr/local/lib/python3.13/dist-packages/bin

COPY gunicorn.conf.py /rootfs/srv/ironpress/
COPY app /rootfs/srv/ironpress/app
# Templates as Python modules: no worker has to compile one.
RUN cd /rootfs/srv/ironpress \
    && APP_ENV=testing PYTHONDONTWRITEBYTECODE=1 \
        PYTHONPATH=/rootfs/usr/local/lib/python3.13/dist-packages \
        python3.13 -m flask --app app compile-templates app/templates-compiled
# Compiled against the content, not the time, so that the same source gives the same bytes.
RUN mkdir -p /rootfs/var/lib/ironpress/uploads \
    && chmod -R a-w,a+rX /rootfs/srv && chmod -R g=u /rootfs/var/lib/ironpress \
    && chown -R 10001:0 /rootfs/var/lib/ironpress \
    && python3.13 -m compileall -q -j 0 --invalidation-mode unchecked-hash \
        -s /rootfs -p / /rootfs/usr/lib/python3.13 /rootfs/usr/local /rootfs/srv
ARG SOURCE_DATE_EPOCH=0
RUN /build/settle /rootfs "$SOURCE_DATE_EPOCH"

# --- What runs: Python, the packages and the application ----------------------------------------
FROM scratch
COPY --from=build /rootfs /
ENV APP_ENV=production \
    DATA_DIR=/var/lib/ironpress \
    FLASK_APP=app \
    HOME=/tmp \
    LANG=C.UTF-8 \
    PATH=/usr/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /srv/ironpress
USER 10001:0
EXPOSE 8000 9101
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/python3.13", "-m"]
CMD ["gunicorn", "--config", "gunicorn.conf.py"]
ARG VERSION=0.0.0
ARG REVISION=unknown
ENV IRONPRESS_REVISION=${REVISION}
LABEL org.opencontainers.image.title="Ironpress" \
    org.opencontainers.image.description="The blog: web, worker and migrations" \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.revision="${REVISION}"
