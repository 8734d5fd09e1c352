"""The stages in the order of the river, and how their declarations are loaded.

Models, permissions, lifecycles, entities and job handlers register themselves when they are imported;
the factory imports them stage by stage, so that nothing depends on which screen is opened first.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

STAGES = (
    "platform",
    "org",
    "approval",
    "catalogue",
    "customers",
    "companies",
    "contracts",
    "finance",
    "delivery",
    "bookkeeping",
    "closing",
    "reminders",
    "reports",
    "exchange",
    "configuration",
    "workbench",
)

DECLARATIONS = ("models", "permissions", "settings", "transitions", "entity", "jobs")


def load() -> None:
    """Import every declaration of every stage, upstream first."""
    for stage in STAGES:
        for name in DECLARATIONS:
            module = f"app.{stage}.{name}"
            if find_spec(module) is not None:
                import_module(module)
