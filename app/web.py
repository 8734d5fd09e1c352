"""Serves the program: `python -m app.web` by waitress, or `gunicorn app.web:application`.

Waitress is for the embedded default: one process suits SQLite. ZHANGFANG_HOST and ZHANGFANG_PORT say where,
ZHANGFANG_PROXIES how many servers in front may be believed about who asks.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

import waitress
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.factory import create_app
from app.platform.lifeline import hold_on_to_supervisor


def __getattr__(name: str) -> Flask:
    """`application` is made when a server asks for it, so that importing this module costs nothing."""
    if name != "application":
        raise AttributeError(name)
    return served_app()


def served_app() -> Flask:
    app = create_app()
    proxies = int(os.environ.get("ZHANGFANG_PROXIES", "0"))
    if proxies:
        wsgi = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)
        app.wsgi_app = wsgi  # type: ignore[method-assign]
    return app


def main() -> None:
    hold_on_to_supervisor()
    signal.signal(signal.SIGTERM, _end)
    waitress.serve(
        served_app(),
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
