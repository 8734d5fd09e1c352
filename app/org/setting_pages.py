"""Rules and parameters: every declared setting of every stage on one page, grouped by stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.platform import number_formats
from app.platform.database import db
from app.platform.errors import BusinessError, FieldErrors
from app.platform.screens.guard import requires
from app.platform.settings_table import Setting, declared_settings, save_settings, stored_values
from app.platform.unit_of_work import unit_of_work


class SettingView(BaseView):
    """Look at the parameters, change them all at once."""

    route_base = "/setting"
    class_permission_name = "setting"

    @expose("/", methods=["GET", "POST"])
    @requires("can_list")
    def index(self) -> Any:
        """The page; a POST saves it. What was refused stays as it was typed."""
        refusal: BusinessError | None = None
        if request.method == "POST":
            g.identity.require("can_edit", "setting")
            try:
                with unit_of_work() as session:
                    changed = save_settings(session, request.form)
                flash(
                    _("%(count)s changes saved; in force at the next click.", count=len(changed)), "success"
                )
                return redirect(url_for("setting.index"))
            except BusinessError as error:
                refusal = error
        page = render_template(
            "org/settings.html",
            groups=_groups(stored_values(db.session()), request.form if refusal else {}),
            faults=refusal.fields if isinstance(refusal, FieldErrors) else {},
            refusal=refusal,
            may_edit=g.identity.can("can_edit", "setting"),
        )
        return page, refusal.status if refusal else 200

    @expose("/numbers", methods=["GET", "POST"])
    @requires("can_list")
    def numbers(self) -> Any:
        """How documents are numbered; a POST saves, or only shows what the numbers would look like."""
        refusal: BusinessError | None = None
        typed = dict(request.form)
        if request.method == "POST":
            g.identity.require("can_edit", "setting")
            try:
                with unit_of_work() as session:
                    count = len(number_formats.save_formats(session, typed))
                    if typed.get("deed") == "preview":
                        raise _Previewed()
                flash(
                    _("%(count)s changes saved; the next document has the new number.", count=count),
                    "success",
                )
                return redirect(url_for("setting.numbers"))
            except _Previewed:
                pass
            except BusinessError as error:
                refusal = error
        page = render_template(
            "org/number_formats.html",
            rows=_formats(db.session(), typed),
            faults=refusal.fields if isinstance(refusal, FieldErrors) else {},
            refusal=refusal,
            may_edit=g.identity.can("can_edit", "setting"),
        )
        return page, refusal.status if refusal else 200


class _Previewed(Exception):
    """Nothing is saved: the person only wanted to see the numbers."""


def _formats(session: Session, typed: Mapping[str, str]) -> list[dict[str, Any]]:
    present, last = number_formats.patterns(session), number_formats.last_numbers(session)
    return [
        {
            "kind": one,
            "pattern": typed.get(kind, present[kind]),
            "last": last[kind],
            "next": number_formats.next_number(typed.get(kind, present[kind]).strip(), last[kind]),
        }
        for kind, one in number_formats.numbered().items()
    ]


def _groups(stored: Mapping[str, str], typed: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for key, setting in declared_settings().items():
        value = typed.get(key, stored.get(key, str(setting.default)))
        groups.setdefault(str(setting.group), []).append(
            {"setting": setting, "value": value, "changed": key in stored, "hint": _hint(setting)}
        )
    return groups


def _hint(setting: Setting[Any]) -> str:
    bounds = _(
        "Preset %(preset)s, allowed %(lowest)s to %(highest)s.",
        preset=setting.default,
        lowest=setting.lowest,
        highest=setting.highest,
    )
    return f"{bounds} {setting.help}".strip()
