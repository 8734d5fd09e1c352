"""Loads the program and runs the deploy words: `python -m tools.deploy`."""

from __future__ import annotations

import os
import sys

from flask import Flask

from app.factory import create_app
from tools import prepare, services
from tools.settings import environment

WORDS = ("migrate", "sync")


def load() -> Flask:
    """The program with the settings of this machine; unlawful ones end the process with one line."""
    try:
        os.environ |= environment()
        return create_app()
    except (RuntimeError, services.ServiceError) as refusal:
        print(refusal, file=sys.stderr)
        sys.exit(2)


def deploy(app: Flask) -> None:
    """Tables, permissions, presets; both words in one process, since loading takes longer than both."""
    with prepare.preparing(), app.app_context():
        for word in WORDS:
            app.cli.main([word], prog_name="run.py", standalone_mode=False)


if __name__ == "__main__":
    deploy(load())
