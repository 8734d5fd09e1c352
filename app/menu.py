"""Every screen, in menu order. The only importer of views and pages."""

from __future__ import annotations

from typing import Any

from flask import Flask

from app.platform.screens.frame_pages import HealthView, LocaleView
from app.platform.screens.shell import MenuGroup, QuickCreate

# endpoint → view class; the endpoint is the first half of every url_for of that view.
VIEWS: dict[str, type[Any]] = {
    "health": HealthView,
    "locale": LocaleView,
}

MENU: tuple[MenuGroup, ...] = ()

QUICK_CREATE: tuple[QuickCreate, ...] = ()


def plug_in(app: Flask) -> None:
    """Let every stage fill the slots of earlier screens."""
