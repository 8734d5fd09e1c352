"""Serves the program: `python -m app.web` by waitress, or `gunicorn app.web:application`.

Waitress is for the embedded default: one process suits SQLite. ZHANGFANG_HOST and ZHANGFANG_PORT say where.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

import waitress
from flask import Flask

from app.factory import create_app


def __getattr__(name: str) -> Flask:
    """`application` is made when a server asks for it, so that importing this module costs nothing."""
    if name != "application":
        raise AttributeError(name)
    return create_app()


def main() -> None:
    signal.signal(signal.SIGTERM, _end)
    waitress.serve(
        create_app(),
        host=os.environ.get("ZHANGFANG_HOST", "127.0.0.1"),
        port=int(os.environ.get("ZHANGFANG_PORT", "8000")),
        threads=8,
        ident=None,
    )


def _end(number: int, frame: FrameType | None) -> None:
    """Waitress finishes the requests at hand when it is interrupted."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
