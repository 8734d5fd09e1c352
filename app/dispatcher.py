"""Hands out what falls due: `python -m app.dispatcher [--lease SECONDS]`.

Plans the slots of the schedule, claims due rows and enqueues their ids, finds what was lost, and beats. Each
duty backs off by itself when the database or the queue is away. Any number of dispatchers may run at once.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from threading import Event
from types import FrameType

from flask import Flask
from redis import RedisError
from rq import Worker
from sqlalchemy.exc import DBAPIError

from app.factory import create_app
from app.platform import clock, job_queue, tasks
from app.platform.errors import BusinessError
from app.platform.lifeline import hold_on_to_supervisor
from app.platform.obligations import claims, heartbeats, slots
from app.platform.unit_of_work import system_reading, system_work
from app.schedule import SCHEDULE

DEFAULT_LEASE = 120.0
"""Seconds; more than three times as long as a full queue takes."""
MOST_WAITING = 20
"""Jobs in a queue; while it is fuller nothing more is claimed."""
BATCH = 25
"""Rows per job. One that failed before travels alone: if it kills its worker, it takes nobody along."""
LONGEST_BACK_OFF = 15.0

log = logging.getLogger("app.dispatcher")


@dataclass
class Duty:
    """Something to do again and again; `work` answers whether there is more of it right now."""

    name: str
    seconds: float
    work: Callable[[], bool | None]
    next_at: float = 0.0
    failures: int = field(default=0)

    def attempt(self) -> None:
        """Do it if its time has come. Without database or queue the next try comes later and later."""
        if time.monotonic() < self.next_at:
            return
        wait = self.seconds
        try:
            if self.work():
                wait = 0.0
            self.failures = 0
        except (RedisError, DBAPIError, BusinessError) as error:
            self.failures += 1
            wait = min(LONGEST_BACK_OFF, max(self.seconds, 0.5 * 2.0**self.failures))
            log.warning("%s failed (%s times), again in %.0f s: %s", self.name, self.failures, wait, error)
        self.next_at = time.monotonic() + wait


class Dispatcher:
    """The duties, in one thread."""

    def __init__(self, *, lease: float = DEFAULT_LEASE) -> None:
        self.lease = timedelta(seconds=lease)
        self.stopped = Event()
        self.duties = (
            Duty("heartbeat", 10, self.beat),
            Duty("queue check", 10, self.look_at_queue),
            Duty("planning", 30, self.plan),
            Duty("handing out", 1, self.hand_out),
            Duty("task sweep", 10, self.sweep_tasks),
        )

    def run(self) -> None:
        """Until `stop`."""
        while not self.stopped.is_set():
            for duty in self.duties:
                duty.attempt()
            self.stopped.wait(max(0.02, min(duty.next_at for duty in self.duties) - time.monotonic()))

    def stop(self, _number: int = 0, _frame: FrameType | None = None) -> None:
        self.stopped.set()

    def beat(self) -> None:
        with system_work() as session:
            heartbeats.beat(session, "dispatcher", clock.now())

    def look_at_queue(self) -> None:
        """Note that the queue answers, and when each worker was last heard of there."""
        seen = {"queue": clock.now()}
        for name in job_queue.LONGEST_RUN:
            beats = [worker.last_heartbeat for worker in Worker.all(queue=job_queue.queue(name))]
            if known := [moment.astimezone(UTC) for moment in beats if moment]:
                seen[f"worker:{name}"] = max(known)
        with system_work() as session:
            for process, moment in seen.items():
                heartbeats.beat(session, process, moment)

    def plan(self) -> None:
        with system_reading() as session:
            if slots.is_planned(session, SCHEDULE):
                return
        with system_work() as session:
            slots.plan(session, SCHEDULE)

    def hand_out(self) -> bool:
        """Claim due rows, commit, enqueue their ids. What is lost in between comes back with its lease."""
        room = MOST_WAITING - job_queue.waiting(job_queue.DUE)
        with system_reading() as session:
            if room <= 0 or not claims.anything_due(session):
                return False
        with system_work() as session:
            claimed = claims.claim(session, most=room * BATCH, lease=self.lease)
        batches = _batches(claimed)
        for position, batch in enumerate(batches):
            try:
                job_queue.send(job_queue.DUE, "run_due_items", batch)
            except RedisError:
                with system_work() as session:
                    claims.give_back(session, [item for rest in batches[position:] for item in rest])
                raise
        return True

    def sweep_tasks(self) -> None:
        with system_reading() as session:
            if not tasks.anything_lost(session):
                return
        room = MOST_WAITING - job_queue.waiting(job_queue.TASKS)
        with system_work() as session:
            tasks.fail_silent(session)
            unsent = tasks.claim_unsent(session, most=max(room, 0))
        for run_id in unsent:
            job_queue.send(job_queue.TASKS, "run_task", run_id)


def _batches(claimed: Sequence[claims.Claim]) -> list[list[int]]:
    fresh = [claim.id for claim in claimed if not claim.attempts]
    together = [fresh[start : start + BATCH] for start in range(0, len(fresh), BATCH)]
    return together + [[claim.id] for claim in claimed if claim.attempts]


def main(arguments: Sequence[str], app: Flask | None = None) -> None:
    parser = argparse.ArgumentParser(prog="app.dispatcher", description="Hand out what falls due.")
    parser.add_argument(
        "--lease", type=float, default=DEFAULT_LEASE, help="seconds until a job counts as lost"
    )
    chosen = parser.parse_args(arguments)
    hold_on_to_supervisor()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    dispatcher = Dispatcher(lease=chosen.lease)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, dispatcher.stop)
    with (app or create_app()).app_context():
        dispatcher.run()


if __name__ == "__main__":
    main(sys.argv[1:])
