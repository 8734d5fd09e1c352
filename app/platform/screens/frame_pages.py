"""Small pages of the frame itself: language, health."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from flask import redirect, request
from flask import session as cookie
from flask_appbuilder import BaseView, expose

from app.platform import readiness
from app.platform.errors import NotFound
from app.platform.screens.base import listing_next
from app.platform.screens.guard import public


class LocaleView(BaseView):
    """Chinese or English."""

    route_base = ""

    @expose("/locale", methods=["GET", "POST"])
    @public
    def choose(self) -> Any:
        """Remember the language in the session and go back to where the person was."""
        locale = request.values.get("locale", "")
        if locale not in ("zh", "en"):
            raise NotFound()
        cookie["locale"] = locale
        return redirect(listing_next(_path_of(request.referrer)))


def _path_of(referrer: str | None) -> str:
    """The path part of the page the person came from, if it was a page of this site."""
    parts = urlsplit(referrer or "")
    return (
        (f"{parts.path}?{parts.query}" if parts.query else parts.path)
        if parts.netloc == request.host
        else "/"
    )


class HealthView(BaseView):
    """Whether the process lives, and whether it is ready to serve."""

    route_base = ""

    @expose("/healthz")
    @public
    def alive(self) -> Any:
        """No I/O: the process answers."""
        return {"status": "ok"}

    @expose("/readyz")
    @public
    def ready(self) -> Any:
        """503 until database, tables and dispatcher are well; a missing queue is degraded, still 200."""
        found = readiness.look()
        return {"status": found.status, **asdict(found)}, 200 if found.is_ready else 503
