"""Runs jobs: `python -m app.worker [QUEUE …]`, one process per queue, each forked from the loaded program.

RQ does the popping and forking. What a job may be is ours: a name of the table JOBS, arguments as JSON, and
nothing else of what RQ reads from Valkey (callbacks, web hooks, repeats), because whoever can write there
must not be able to run code here.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any

from flask import Flask
from redis import RedisError
from rq import Worker
from rq.exceptions import NoSuchJobError, StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import as_text

from app import schedule
from app.factory import create_app
from app.platform import job_queue
from app.platform.database import engines
from app.platform.jobs import JOBS
from app.platform.lifeline import hold_on_to, hold_on_to_supervisor

LONGEST_BACK_OFF = 5.0
FIELDS_READ = frozenset(
    {"data", "created_at", "enqueued_at", "started_at", "ended_at", "last_heartbeat", "origin", "status"}
)

log = logging.getLogger("app.worker")


class RefusedJob(Exception):
    """Somebody put a job into the queue that is none of ours."""


class RiverJob(Job):
    """A job that can only be one of JOBS."""

    def restore(self, raw_data: Mapping[Any, Any]) -> Any:
        """Read the few fields a job of ours needs; one that cannot be read is as good as none."""
        try:
            super().restore({key: value for key, value in raw_data.items() if as_text(key) in FIELDS_READ})
        except Exception as fault:
            raise NoSuchJobError(f"job {self.id} cannot be read") from fault
        self.timeout = job_queue.LONGEST_RUN.get(self.origin, min(job_queue.LONGEST_RUN.values()))
        self.result_ttl, self.failure_ttl = 0, 3600

    def _execute(self) -> Any:
        function = JOBS.get(str(self.func_name))
        if function is None:
            raise RefusedJob(f"{self.func_name!r} is no job of this program")
        return function(*self.args)


class _Asked:
    """What was asked of this process. The exception of a signal may end in a library that catches
    everything; that it came must be known all the same.
    """

    to_stop = False


class RiverWorker(Worker):
    """A worker of one queue that takes no commands from Valkey and outlives its restarts."""

    job_class = RiverJob
    max_connection_wait_time = LONGEST_BACK_OFF

    def subscribe(self) -> None:
        """Stopping is for signals: whoever can write to Valkey must not stop a worker."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        _Asked.to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


def serve(app: Flask, queue: str) -> None:
    """Work on the queue until asked to stop, through any number of restarts of Valkey."""
    _raise_when_asked_to_stop()
    try:
        while not _Asked.to_stop:
            _work(app, queue)
            if not _Asked.to_stop:
                time.sleep(1)
    except StopRequested:
        return


def _raise_when_asked_to_stop() -> None:
    """Between two workers of RQ, which bring handlers of their own."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        _Asked.to_stop = True
        raise StopRequested()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def _work(app: Flask, queue: str) -> None:
    """Work until stopped or until RQ gives up, which it does when Valkey goes away during a job."""
    try:
        worker = RiverWorker(
            [queue],
            connection=job_queue.connect(app.config["REDIS_URL"]),
            serializer=JSONSerializer,
            worker_ttl=60,
            log_job_description=False,
        )
        worker.work(logging_level="WARNING")
    except RedisError as error:
        log.warning("the queue is away: %s", error)
    finally:
        _raise_when_asked_to_stop()


def keep_all(app: Flask, queues: Sequence[str]) -> int:
    """Run a process per queue until asked to stop; when one ends by itself, all end. Gives the exit code."""
    children = {_fork(app, queue): queue for queue in queues}
    asked = False

    def pass_on(number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        asked = True
        _end(children)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, pass_on)
    failed = False
    while children:
        process, status = os.wait()
        queue = children.pop(process, "")
        if not asked:
            failed = True
            log.error("the process of %s ended with status %s", queue, status)
            _end(children)
    return 1 if failed else 0


def _end(children: Mapping[int, str]) -> None:
    for process in children:
        os.kill(process, signal.SIGTERM)


def _fork(app: Flask, queue: str) -> int:
    parent = os.getpid()
    process = os.fork()
    if process:
        return process
    hold_on_to(parent)
    code = 1
    try:
        serve(app, queue)
        code = 0
    except BaseException:
        log.exception("the process of %s failed", queue)
    finally:
        os._exit(code)


def main(arguments: Sequence[str]) -> int:
    hold_on_to_supervisor()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    app = create_app()
    if not app.config["REDIS_URL"]:
        print("REDIS_URL must say where Valkey or Redis is.", file=sys.stderr)
        return 2
    log.info("%s slots in the schedule", len(schedule.SCHEDULE))
    with app.app_context():
        # Forked processes must not share an open connection; this process needs none from here on.
        engines().dispose()
        return keep_all(app, arguments or tuple(job_queue.LONGEST_RUN))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
