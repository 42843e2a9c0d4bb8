"""Asking Redis whether it answers and how much waits in it. For machines and people to see: no work depends on it."""

import logging

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

PATIENCE = 0.3  # seconds
QUEUES = ("write", "read", "sweep")


def look() -> dict[str, int] | None:
    """How many messages wait in each queue; None where Redis does not answer in time, or there is none."""
    if not settings.REDIS_URL:
        return None
    try:
        redis = Redis.from_url(settings.REDIS_URL, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=None)
        with redis, redis.pipeline(transaction=False) as asked:
            for queue in QUEUES:
                asked.llen(queue)
            return dict(zip(QUEUES, asked.execute(), strict=True))
    except (RedisError, OSError, ValueError) as error:
        log.debug("Redis does not answer: %s", type(error).__name__)
        return None
