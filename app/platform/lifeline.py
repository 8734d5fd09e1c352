"""Nothing outlives whoever started it: not the supervisor, not the worker that forked it.

Linux asks a process to end in good order when its parent dies. One signal can come at a moment when nobody
listens (in between two handlers, or while a library catches everything), so a thread looks after it: who
still lives some time after the parent died is ended where it stands. Jobs survive that by their leases.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from threading import Thread

SUPERVISOR = "ZHANGFANG_SUPERVISOR"
"""Environment variable with the process id of the supervisor, if one looks after this process."""
GRACE = 20.0
"""Seconds for ending in good order, after the parent died."""
PR_SET_PDEATHSIG = 1


def hold_on_to(parent: int) -> None:
    """Have this process end when its parent dies; at once if it is dead already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
    Thread(target=_look_after, args=(parent,), name="lifeline", daemon=True).start()


def hold_on_to_supervisor() -> None:
    """The same for a process somebody's supervisor started; one started by hand goes on without."""
    supervisor = os.environ.get(SUPERVISOR, "")
    if supervisor.isdecimal():
        hold_on_to(int(supervisor))


def _look_after(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    time.sleep(GRACE)
    os._exit(1)
