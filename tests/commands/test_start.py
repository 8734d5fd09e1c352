"""`run.py` on one machine: one word starts everything, one signal ends everything, accidents are survived."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.program import RunningProgram, free_port
from tools.settings import ROOT


@pytest.fixture
def program() -> Iterator[RunningProgram]:
    """Not started yet; its folder has a short path because sockets need one."""
    with tempfile.TemporaryDirectory(prefix="zhangfang-") as name:
        made = RunningProgram(Path(name) / "home")
        yield made
        made.kill()


def get(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=20) as answer:
        return answer.status, answer.read().decode()


def answers(program: RunningProgram) -> bool:
    try:
        return get(f"{program.url}/healthz")[0] == 200
    except OSError:
        return False


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def lives(process: int) -> bool:
    """Whether a process runs; the dead that nobody has buried yet do not count."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_the_address_and_the_log_ins_and_ends_cleanly(
    program: RunningProgram, number: signal.Signals
) -> None:
    program.start()
    printed = program.printed()
    assert program.url in printed and "laoban" in printed and "xiaoshou1" in printed
    status, page = get(program.url)
    assert status == 200 and 'name="password"' in page
    children = program.children()
    assert children.keys() == {"web", "worker", "dispatcher", "valkey-server"}
    assert program.stop(number) == 0
    assert not [name for name, process in children.items() if lives(process)]
    assert "killed" not in program.said()


@pytest.mark.slow
def test_a_second_start_says_where_the_first_one_is(program: RunningProgram) -> None:
    program.start()
    second = RunningProgram(program.home, {**program.settings, "ZHANGFANG_PORT": str(free_port())})
    done = second.supervise()
    assert done.returncode == 2
    assert done.stderr == (
        f"Zhangfang already runs at {program.url} (process {program.state()['pid']}, data {program.home}).\n"
    )


def test_a_taken_port_is_one_clear_line(program: RunningProgram) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        program.port = other.getsockname()[1]
        done = program.supervise()
    assert done.returncode == 2
    assert done.stderr.startswith(f"Cannot listen on 127.0.0.1:{program.port} (Address already in use).")
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_what_crashes_comes_back(program: RunningProgram) -> None:
    program.start()
    before = program.children()
    for process in before.values():
        os.kill(process, signal.SIGKILL)
    assert within(20, lambda: program.children().keys() == before.keys())
    assert not set(program.children().values()) & set(before.values())
    assert within(20, lambda: answers(program))


@pytest.mark.slow
def test_nothing_outlives_a_killed_supervisor_and_the_next_start_works(program: RunningProgram) -> None:
    program.start()
    children = program.children()
    program.stop(signal.SIGKILL)
    program.start()
    assert within(5, lambda: not any(map(lives, children.values())))
    assert answers(program)


@pytest.mark.slow
def test_a_command_prepares_the_database_once_and_keeps_standard_output_for_the_answer(
    program: RunningProgram,
) -> None:
    program.home.mkdir()
    first = program.command("tax-calendar", "2026", "--json")
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("[") and "Preparing the database" in first.stderr
    second = program.command("tax-calendar", "2026", "--json")
    assert (second.stdout, second.stderr) == (first.stdout, "")


@pytest.mark.parametrize("start", [RunningProgram.supervise, RunningProgram.command])
def test_production_without_a_secret_is_one_clear_line(
    program: RunningProgram, start: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    program.settings["ZHANGFANG_MODE"] = "production"
    done = start(program)
    assert done.returncode == 2
    assert "SECRET_KEY must be set" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_wrong_word_is_exit_code_two_without_traceback(program: RunningProgram) -> None:
    program.home.mkdir()
    done = program.command("no-such-word")
    assert done.returncode == 2
    assert done.stderr.endswith("Error: No such command 'no-such-word'.\n")
    assert done.stdout == "" and "Traceback" not in done.stderr


@pytest.mark.slow
def test_who_does_not_hear_that_its_parent_died_ends_all_the_same() -> None:
    deaf = (
        "import os, signal, sys, time\n"
        "from app.platform import lifeline\n"
        "if os.fork():\n"
        "    sys.stdin.read()\n"
        "    os._exit(0)\n"
        "lifeline.GRACE = 0.5\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "lifeline.hold_on_to(os.getppid())\n"
        "print(os.getpid(), flush=True)\n"
        "time.sleep(600)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", deaf], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as parent:
        assert parent.stdin is not None and parent.stdout is not None
        child = int(parent.stdout.readline())
        assert lives(child)
        parent.kill()
    assert within(10, lambda: not lives(child))


@pytest.mark.slow
def test_a_worker_ends_also_when_a_library_swallowed_that_it_was_asked_to() -> None:
    swallowing = (
        "import time\n"
        "from redis import RedisError\n"
        "from app import worker\n"
        "class Library:\n"
        "    def __init__(self, *_, **__):\n"
        "        try:\n"
        "            print('working', flush=True)\n"
        "            time.sleep(3)\n"
        "        except Exception:\n"
        "            pass\n"
        "        raise RedisError('away')\n"
        "worker.RiverWorker = Library\n"
        "class App:\n"
        "    config = {'REDIS_URL': 'redis://127.0.0.1:1/0'}\n"
        "worker.serve(App(), 'tasks')\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", swallowing], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None and process.stdout.readline() == "working\n"
        process.terminate()
        assert process.wait(10) == 0
