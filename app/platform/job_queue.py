"""The way to the workers: two queues in Valkey that carry ids only, as JSON.

Whatever is lost here is found again in the database: sending may fail and nothing is lost.
"""

from __future__ import annotations

import logging
from typing import Any

from flask import current_app
from redis import ConnectionError as QueueGone
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.serializers import JSONSerializer

DUE = "zhangfang.due"
TASKS = "zhangfang.tasks"
LONGEST_RUN = {DUE: 15 * 60, TASKS: 4 * 60 * 60}
"""Seconds until a job of the queue is ended by force. Each worker process serves one queue, so that long
work of one person holds up no obligation."""

log = logging.getLogger(__name__)


def connection() -> Redis:
    """The connection of this process, made when first asked for. Raises QueueGone without an address."""
    url: str = current_app.config["REDIS_URL"]
    if not url:
        raise QueueGone("REDIS_URL is not set")
    known: dict[str, Redis] = current_app.extensions.setdefault("queue connections", {})
    if url not in known:
        known[url] = connect(url)
    return known[url]


def connect(url: str) -> Redis:
    """A connection that answers or fails within seconds; one retry, for a server that was restarted."""
    return Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5, retry=Retry(NoBackoff(), 1))


def queue(name: str) -> Queue:
    return Queue(name, connection=connection(), serializer=JSONSerializer)


def waiting(name: str) -> int:
    """How many jobs wait in the queue. Raises RedisError when it does not answer."""
    return queue(name).count


def send(name: str, function: str, *arguments: Any) -> None:
    """Put a job of `app.platform.jobs` into the queue. Raises RedisError when it does not answer."""
    queue(name).enqueue_call(
        f"app.platform.jobs.{function}",
        args=arguments,
        timeout=LONGEST_RUN[name],
        result_ttl=0,
        failure_ttl=3600,
        description=function,
    )


def try_to_send(name: str, function: str, *arguments: Any) -> bool:
    """Send now if the queue answers; otherwise the dispatcher finds the row in the database later."""
    try:
        send(name, function, *arguments)
    except RedisError as error:
        log.warning("%s %s is not enqueued yet: %s", function, arguments, error)
        return False
    return True
