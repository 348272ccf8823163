"""Limits on how often a client may ask; counted in Redis, per process while Redis is away."""

import time
from threading import local
from typing import Any

from flask import Flask, Response, request
from limits import RateLimitItem, WindowStats
from limits.storage import RedisStorage
from limits.strategies import STRATEGIES, FixedWindowRateLimiter
from redis.exceptions import RedisError

from app import metrics
from app.caller import is_api_request
from app.extensions import limiter
from app.limits import LIMITS

STRATEGY = "fixed-window-told"
# The window begins with its first hit: what has been counted in it, and the seconds that it lasts.
HIT = b"""
local count = redis.call('INCRBY', KEYS[1], ARGV[2])
if count == tonumber(ARGV[2]) then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('TTL', KEYS[1])}
"""


class ToldWindow(FixedWindowRateLimiter):
    """Has Redis count and tell in one call what the base asks for in three."""

    def __init__(self, storage: Any) -> None:
        super().__init__(storage)
        self.told = local()
        self.redis = storage if isinstance(storage, RedisStorage) else None
        self.script = self.redis and self.redis.get_connection().register_script(HIT)

    def hit(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        """Count a request; say whether it is within the limit."""
        if not self.redis or not self.script:
            return super().hit(item, *identifiers, cost=cost)
        key = item.key_for(*identifiers)
        count, seconds = self.script([self.redis.prefixed_key(key)], [item.get_expiry(), cost])
        self.told.key = key
        self.told.stats = WindowStats(time.time() + seconds, max(0, item.amount - count))
        return bool(count <= item.amount)

    def get_window_stats(self, item: RateLimitItem, *identifiers: str) -> WindowStats:
        """Return what is left, and until when; after a hit without asking again."""
        if getattr(self.told, "key", None) == item.key_for(*identifiers):
            stats: WindowStats = self.told.stats
            return stats
        return super().get_window_stats(item, *identifiers)


STRATEGIES[STRATEGY] = ToldWindow


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
        RATELIMIT_STRATEGY=STRATEGY,
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
