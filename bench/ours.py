"""The program as gunicorn serves it, with its statements counted."""

from __future__ import annotations

from app.web import served_app
from bench.counting import counted

application = counted(served_app())
