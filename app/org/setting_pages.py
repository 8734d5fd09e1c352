"""Rules and parameters: every declared setting of every stage on one page, grouped by stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _

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
