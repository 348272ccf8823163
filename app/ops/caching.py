"""Where cached values are kept: Redis, or the process's memory where there is no Redis.

Redis can be dead, slow or full of somebody else's data at any moment; only speed may be lost. So
values are JSON (whoever can write to Redis must not run code here), every call has a short
time-out, and after a failure Redis is left alone for a moment instead of costing each request a
time-out.
"""

import json
import time
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from cachelib.serializers import BaseSerializer
from flask import Flask
from flask_caching.backends.rediscache import RedisCache
from redis.exceptions import RedisError

from app import correlation, metrics
from app.extensions import cache
from app.ops.breaker import Breaker

P = ParamSpec("P")
T = TypeVar("T")

MAX_VALUES_IN_PROCESS = 1000
PAUSE_AFTER_FAILURE_SECONDS = 1.0
LONGEST_TRY_SECONDS = 5.0

BYTES = b"\0"  # No JSON begins like this.

breaker = Breaker("Redis", metrics.cache_breaker_open, metrics.cache_breaker_openings)


class JsonSerializer(BaseSerializer):
    """Keeps values as JSON, and bytes as they are; anything else reads as missing."""

    def dumps(self, value: Any, *_: Any, **__: Any) -> bytes:
        """Return the bytes to store."""
        if isinstance(value, bytes):
            return BYTES + value
        return json.dumps(value, ensure_ascii=False).encode()

    def loads(self, bvalue: bytes | None, *_: Any, **__: Any) -> Any:
        """Return the value, or None for nothing and for what someone else left there."""
        if bvalue and bvalue.startswith(BYTES):
            return bvalue[len(BYTES) :]
        try:
            return json.loads(bvalue) if bvalue else None
        except ValueError:
            return None


class ResilientRedisCache(RedisCache):
    """A Redis cache whose failures read as misses, with a pause after each."""

    paused_until = 0.0

    def guarded(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Return what the call returns; None when Redis fails or is being left alone."""
        now = time.monotonic()
        if now < self.paused_until:
            metrics.cache_breaker_skips.inc()
            return None
        if self.paused_until:
            # One tries; the others need not wait with it, be it for a name that is not known.
            self.paused_until = now + LONGEST_TRY_SECONDS
        try:
            with correlation.span(f"cache {call.__name__}", db__system__name="redis"):
                answer = call(*args, **kwargs)
        except (RedisError, OSError) as error:
            self.paused_until = time.monotonic() + PAUSE_AFTER_FAILURE_SECONDS
            metrics.cache_failures.inc()
            breaker.open(type(error).__name__)
            return None
        if self.paused_until:
            self.paused_until = 0.0
            breaker.close()
        return answer

    def get(self, key: str) -> Any:
        """Return the value, or None."""
        return self.guarded(super().get, key)

    def get_many(self, *keys: str) -> list[Any]:
        """Return a value or None for each key."""
        return self.guarded(super().get_many, *keys) or [None] * len(keys)

    def set(self, key: str, value: Any, timeout: Any = None) -> Any:
        """Store a value for some seconds; say whether that worked."""
        return self.guarded(super().set, key, value, timeout)

    def add(self, key: str, value: Any, timeout: Any = None) -> Any:
        """Store a value unless there is one; say whether it was stored."""
        return self.guarded(super().add, key, value, timeout)

    def delete(self, key: str) -> Any:
        """Remove a value; say whether that worked."""
        return self.guarded(super().delete, key)


def init_app(app: Flask) -> None:
    """Choose the store by REDIS_URL."""
    url = app.config["REDIS_URL"]
    if url:
        seconds = app.config["REDIS_TIMEOUT"]
        app.config.update(
            CACHE_TYPE="app.ops.caching.ResilientRedisCache",
            CACHE_REDIS_URL=url,
            CACHE_KEY_PREFIX="ironpress:",
            CACHE_SERIALIZER=JsonSerializer(),
            CACHE_OPTIONS={"socket_timeout": seconds, "socket_connect_timeout": seconds},
        )
    else:
        app.config.update(CACHE_TYPE="SimpleCache", CACHE_THRESHOLD=MAX_VALUES_IN_PROCESS)
    cache.init_app(app)
