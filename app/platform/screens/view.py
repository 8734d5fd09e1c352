"""The base of every generated screen: list, detail, form, transitions, bulk work, export, remote choices.

A view holds no state of a request: everything a request asks for lives in its address and form, so two
people on the same list never see each other's filters. Foreign and absent rows are the same 404. What each
part does stands in a module of its own.
"""

from __future__ import annotations

from app.platform.custom_fields import Extendable
from app.platform.screens.export_screen import ExportScreen
from app.platform.screens.list_screen import ListScreen
from app.platform.screens.record_screen import RecordScreen
from app.platform.screens.transition_screen import TransitionScreen

_OF_RECORDS = frozenset({"show", "edit", "do", "cell", "more", "neighbours", "reveal_field"})


class EntityView(ListScreen, ExportScreen, RecordScreen, TransitionScreen):
    """List, detail and form of one declared entity. `creates`, `edits`, `shows` switch parts of it off."""

    def __init__(self) -> None:
        self.class_permission_name = self.entity.grants_of
        self.route_base = f"/{self.entity.name}"
        left_out = set() if self.shows else set(_OF_RECORDS)
        left_out |= set() if self.creates else {"add"}
        left_out |= set() if self.edits else {"edit"}
        if not issubclass(self.entity.model, Extendable):
            left_out |= {"more"} if self.edits else {"more", "cell"}
        self.exclude_route_methods = left_out
        super().__init__()
