"""The bell: what this person must not forget; and the rules behind it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.platform import clock
from app.platform.screens.base import listing_next
from app.platform.screens.guard import requires
from app.platform.screens.view import EntityView
from app.platform.unit_of_work import unit_of_work
from app.reminders.entity import REMINDER, REMINDER_RULE, page_of
from app.reminders.rule_editing import save_rule


class ReminderView(EntityView):
    """The list behind the bell."""

    entity = REMINDER
    creates = False
    edits = False
    shows = False
    list_template = "reminders/list.html"

    def href(self, row: Any) -> str | None:
        return page_of(row)

    @expose("/<int:pk>/done", methods=["POST"])
    @requires("can_list")
    def done(self, pk: int) -> Any:
        """Tick it off."""
        with unit_of_work() as session:
            self.find(session, pk).done_at = clock.now()
        flash(_("Ticked off."), "success")
        return redirect(listing_next(url_for("reminder.index")))

    @expose("/<int:pk>/snooze", methods=["POST"])
    @requires("can_list")
    def snooze(self, pk: int) -> Any:
        """Come back in one, three or seven days."""
        days = request.form.get("days", "1")
        wait = int(days) if days in ("1", "3", "7") else 1
        with unit_of_work() as session:
            self.find(session, pk).snoozed_until = clock.today() + timedelta(days=wait)
        flash(_("Comes back in %(days)s days.", days=wait), "success")
        return redirect(listing_next(url_for("reminder.index")))


class ReminderRuleView(EntityView):
    """Rules: in force at the next planning."""

    entity = REMINDER_RULE

    def create(self, session: Session, data: Mapping[str, Any]) -> Any:
        return save_rule(session, None, _stored(data))

    def change(self, session: Session, row: Any, data: Mapping[str, Any]) -> None:
        save_rule(session, row, _stored(data))


def _stored(data: Mapping[str, Any]) -> dict[str, Any]:
    """The receivers picked, as a rule stores them."""
    return {**data, "receivers": ",".join(data.get("receivers") or ())}
