"""Limits on how often a client may ask; counted in Redis, per process while Redis is away."""

from flask import Flask

from app.extensions import limiter


def init_app(app: Flask) -> None:
    """Count in Redis where there is one, with time-outs that a request can bear."""
    # The limits library names a socket's scheme differently.
    redis_url = app.config["REDIS_URL"].replace("unix://", "redis+unix://", 1)
    seconds = app.config["REDIS_TIMEOUT"]
    app.config.update(
        RATELIMIT_ENABLED=app.config["RATE_LIMITS_ENABLED"],
        RATELIMIT_STORAGE_URI=redis_url or "memory://",
        RATELIMIT_STORAGE_OPTIONS=(
            {"socket_timeout": seconds, "socket_connect_timeout": seconds} if redis_url else {}
        ),
        RATELIMIT_KEY_PREFIX="ironpress",
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=bool(redis_url),
        RATELIMIT_HEADERS_ENABLED=False,
    )
    limiter.init_app(app)
