"""Redis as a cache that is allowed to be away."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

PAUSE = 5.0  # seconds for which a Redis that failed is not asked again


class ForgivingRedisCache(RedisCache):
    """A miss instead of an error, so that a page never depends on Redis. Sessions fall back to their table.

    The price: while Redis is away, sign-in limits do not count. A frozen Redis costs one short timeout
    every PAUSE seconds and process.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = {"socket_timeout": 0.3, "socket_connect_timeout": 0.3, **params.get("OPTIONS", {})}
        super().__init__(server, {**params, "OPTIONS": options})
        self._away_until = 0.0

    def _ask[T](self, call: Callable[[], T], otherwise: T) -> T:
        if time.monotonic() < self._away_until:
            return otherwise
        try:
            return call()
        except (RedisError, OSError) as error:
            self._away_until = time.monotonic() + PAUSE
            log.warning("cache: Redis does not answer (%s); going on without it", type(error).__name__)
            return otherwise

    def add(self, key: Any, value: Any, timeout: Any = 300, version: int | None = None) -> bool:
        return self._ask(lambda: bool(super(ForgivingRedisCache, self).add(key, value, timeout, version)), True)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._ask(lambda: super(ForgivingRedisCache, self).get(key, default, version), default)

    def set(self, key: Any, value: Any, timeout: Any = 300, version: int | None = None) -> None:
        self._ask(lambda: super(ForgivingRedisCache, self).set(key, value, timeout, version), None)

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self._ask(lambda: bool(super(ForgivingRedisCache, self).delete(key, version)), False)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return self._ask(lambda: super(ForgivingRedisCache, self).incr(key, delta, version), delta)

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return self._ask(lambda: bool(super(ForgivingRedisCache, self).has_key(key, version)), False)
