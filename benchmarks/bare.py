"""The floor of P2: a Celery app that does nothing but say when it began."""

import os
import time

import redis
from celery import Celery

from dashboard import environment

QUEUE = "bare"

app = Celery("bare", broker=environment.broker(os.environ["REDIS_URL"]))
app.conf.update(
    task_default_queue=QUEUE,
    task_ignore_result=True,
    task_publish_retry=False,
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
)


@app.task
def start(key: str) -> None:
    """Put the moment of the start (monotonic nanoseconds, the same for all processes) where the caller waits."""
    began = time.monotonic_ns()
    with redis.from_url(os.environ["REDIS_URL"]) as client:
        client.rpush(key, began)
