"""Real worker and dispatcher processes: forged jobs are refused, and kill -9 loses and doubles nothing."""

from __future__ import annotations

import contextlib
import os
import pickle
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from flask import Flask
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import func, select, text

from app.platform import clock, job_queue
from app.platform.obligations.due_items import DueItem, Obligation, lay_down, lay_down_many
from app.platform.obligations.heartbeats import last_beats
from app.platform.tasks import TaskRun, start_task
from app.platform.unit_of_work import system_reading, system_work
from tests.platform import probe_handlers
from tools import services
from tools.settings import ROOT

WORKER = "import sys, tests.platform.probe_handlers; from app import worker; sys.exit(worker.main([]))"
DISPATCHER = "from app import dispatcher; dispatcher.main(['--lease', '4'])"


@dataclass
class Processes:
    """Worker, dispatcher and Valkey, each started again when it was killed."""

    folder: Path
    environment: dict[str, str]
    wanted: dict[str, str] = field(default_factory=dict)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    valkey: services.Service | None = None

    def start_valkey(self) -> str:
        self.valkey = services.start_valkey(
            data=self.folder / "data",
            socket_directory=services.private_socket_directory(self.folder / "socket"),
            log=self.folder / "valkey.log",
        )
        return self.valkey.url

    def start(self, name: str, program: str) -> None:
        self.wanted[name] = program
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-W", "error::ResourceWarning", "-c", program],
                env=self.environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=services.end_with_parent,
            )

    def look_after(self) -> None:
        if self.valkey and self.valkey.process.poll() is not None:
            self.start_valkey()
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self.start(name, self.wanted[name])

    def kill_one(self, dice: random.Random) -> str:
        """SIGKILL for the dispatcher, Valkey, the worker or one of its processes at work."""
        assert self.valkey is not None
        victims = [("dispatcher", self.running["dispatcher"].pid), ("valkey", self.valkey.process.pid)]
        family = descendants(self.running["worker"].pid)
        victims += [("worker", pid) for pid in (self.running["worker"].pid, *family)]
        name = dice.choice(("dispatcher", "valkey", "worker", "worker"))
        pid = dice.choice([pid for role, pid in victims if role == name])
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return name

    def stop(self) -> dict[str, int]:
        """Ends everything in order; gives the exit codes."""
        for process in self.running.values():
            process.terminate()
        codes = {name: process.wait(30) for name, process in self.running.items()}
        if self.valkey:
            self.valkey.stop()
        return codes

    def said(self) -> str:
        return "\n".join(services.tail(log, 500) for log in self.folder.glob("*.log"))


def descendants(pid: int) -> list[int]:
    children = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                children.append(int(entry.name))
    return children + [further for child in children for further in descendants(child)]


@pytest.fixture
def processes(app: Flask, database_url: str) -> Iterator[Processes]:
    with tempfile.TemporaryDirectory(prefix="zhangfang-") as name, app.app_context():
        with system_work() as session:
            session.connection().execute(text(probe_handlers.TABLE))
        found = Processes(Path(name), {})
        address = found.start_valkey()
        before, app.config["REDIS_URL"] = app.config["REDIS_URL"], address
        found.environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "ZHANGFANG_HOME": name,
            "DATABASE_URL": database_url,
            "REDIS_URL": address,
        }
        try:
            yield found
        finally:
            app.config["REDIS_URL"] = before
            found.stop()


def wait_until(holds: Callable[[], bool], *, seconds: float, processes: Processes) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, processes.said()
        processes.look_after()
        time.sleep(0.1)


def status_counts() -> dict[str, int]:
    with system_reading() as session:
        rows = session.execute(
            select(DueItem.status, func.count()).where(DueItem.kind == "probe-slow").group_by(DueItem.status)
        )
        return dict(rows.tuples().all())


def delivered() -> list[int]:
    with system_reading() as session:
        return list(session.connection().scalars(text("SELECT subject_id FROM delivery_probe")))


@pytest.mark.slow
def test_three_hundred_obligations_survive_kill_9_of_everything(processes: Processes) -> None:
    dice = random.Random(3)
    kills: list[str] = []
    processes.start("worker", WORKER)
    processes.start("dispatcher", DISPATCHER)
    for wave in range(0, 300, 25):
        before = len(delivered())
        with system_work() as session:
            lay_down_many(
                session, [Obligation("probe-slow", wave + n, "once", clock.now()) for n in range(25)]
            )
        wait_until(lambda before=before: len(delivered()) > before, seconds=30, processes=processes)
        time.sleep(dice.uniform(0, 0.3))
        kills.append(processes.kill_one(dice))
    assert {"worker", "dispatcher", "valkey"} == set(kills)
    wait_until(lambda: status_counts() == {"done": 300}, seconds=60, processes=processes)
    assert sorted(delivered()) == list(range(300))
    assert set(processes.stop().values()) == {0}


@pytest.mark.slow
def test_a_worker_runs_our_jobs_and_refuses_forged_ones(processes: Processes, tmp_path: Path) -> None:
    traces = [tmp_path / name for name in ("function", "callback", "pickled")]
    queue = Queue(job_queue.DUE, connection=job_queue.connection(), serializer=JSONSerializer)
    queue.enqueue_call("os.system", args=(f"touch {traces[0]}",))
    forged = Job.create("app.platform.jobs.run_due_items", args=([],), connection=queue.connection,
                        serializer=JSONSerializer, origin=queue.name)  # fmt: skip
    forged._success_callback_name = forged._failure_callback_name = "subprocess.check_call"
    forged.save()
    queue.push_job_id(forged.id)

    class Pickled:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {traces[2]}",)

    poisoned = queue.enqueue_call("os.getpid")
    queue.connection.hset(poisoned.key, "data", pickle.dumps(Pickled()))
    unreadable = queue.enqueue_call("os.getpid")
    queue.connection.hset(unreadable.key, "created_at", "yesterday")
    processes.start("worker", WORKER)
    processes.start("dispatcher", DISPATCHER)
    with system_work() as session:
        lay_down(session, "probe", 1, "once", clock.now())
        task = start_task(session, "probe-count", "数到三", {"steps": 3}).id

    def both_done() -> bool:
        with system_reading() as session:
            return bool(delivered()) and session.get_one(TaskRun, task).state == "done"

    wait_until(both_done, seconds=30, processes=processes)
    assert [trace for trace in traces if trace.exists()] == []
    assert "'os.system' is no job of this program" in processes.said()
    assert queue.count == 0
    with system_reading() as session:
        assert {"dispatcher", "queue"} <= set(last_beats(session))
    assert processes.stop() == {"worker": 0, "dispatcher": 0}
