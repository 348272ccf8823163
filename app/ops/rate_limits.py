"""Limits on how often a client may ask; counted in Redis, per process while Redis is away."""

import time

from flask import Flask, Response, request
from redis.exceptions import RedisError

from app import metrics
from app.caller import is_api_request
from app.extensions import limiter
from app.limits import LIMITS


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
    limiter.request_filter(is_reading_pages)
    app.after_request(tell)


def is_reading_pages() -> bool:
    """Say whether nothing limits a request: what the table limits is sent by POST."""
    return request.method in ("GET", "HEAD") and not is_api_request()


def tell(response: Response) -> Response:
    """Say when to come back; tell programs how much of their allowance is left."""
    limit = limiter.current_limit
    if limit is not None and limit.breached:
        scope = limit.request_args[-1]
        metrics.rate_limited.labels(scope if scope in LIMITS else "api").inc()
    if limit is None or not (limit.breached or is_api_request()):
        return response
    try:
        seconds = max(1, limit.reset_at - int(time.time()))
        remaining = max(0, limit.remaining)
    except (RedisError, OSError):
        return response
    if limit.breached:
        response.headers["Retry-After"] = str(seconds)
    if is_api_request():
        window = limit.limit.get_expiry()
        response.headers["RateLimit-Policy"] = f'"api";q={limit.limit.amount};w={window}'
        response.headers["RateLimit"] = f'"api";r={remaining};t={seconds}'
    return response
