"""The role editor (picture 11): matrix, fields, members, comparison, trial, history."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import flash, g, jsonify, redirect, render_template, request, url_for
from flask import session as cookie
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.sqla.models import Role
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.org import role_tables, role_trial
from app.org.role_editing import (
    FIELD_WORDS,
    LEVEL_WORDS,
    Shape,
    create_role,
    differences,
    members,
    read_shape,
    save_shape,
    shape_of,
    undo_change,
)
from app.org.role_models import RoleChange
from app.org.roles import PRESET_ROLES
from app.platform.database import db, new_session
from app.platform.errors import BusinessError, FieldErrors, NotFound
from app.platform.screens.base import wants_fragment
from app.platform.screens.guard import requires, signed_in
from app.platform.unit_of_work import unit_of_work


class RoleView(BaseView):
    """Every role, what it may do, how far it sees."""

    route_base = "/role"
    class_permission_name = "role"

    @expose("/")
    @requires("can_list")
    def index(self) -> Any:
        """The first role; the others stand beside it."""
        first = db.session().scalar(select(Role.id).order_by(Role.id).limit(1))
        return redirect(url_for("role.show", pk=first))

    @expose("/<int:pk>", methods=["GET", "POST"])
    @requires("can_show")
    def show(self, pk: int) -> Any:
        """The matrix of one role; a POST saves it or starts trying it out."""
        session: Session = db.session()
        role = _find(session, pk)
        refusal: BusinessError | None = None
        wanted: Shape | None = None
        if request.method == "POST":
            try:
                wanted = read_shape(request.form, request.form.getlist("grant"))
                return self._carry_out(pk, role.name, wanted)
            except BusinessError as error:
                refusal = error
                session = db.session()
                role = _find(session, pk)
        return self._page(session, role, wanted or shape_of(session, role), refusal)

    def _carry_out(self, pk: int, name: str, wanted: Shape) -> Any:
        g.identity.require("can_edit", "role")
        with unit_of_work() as session:
            role = _find(session, pk)
            if request.form.get("deed") == "try":
                role_trial.start(session, name, wanted)
                cookie["trying"] = name
                return redirect(url_for("home.index"))
            changes = save_shape(session, role, wanted, stamp=request.form.get("stamp", ""))
        flash(_("%(count)s changes saved; in force at the next click.", count=len(changes)), "success")
        return redirect(url_for("role.show", pk=pk))

    def _page(self, session: Session, role: Role, shape: Shape, refusal: BusinessError | None) -> Any:
        present, roles = shape_of(session, role), role_tables.roles_with_counts(session)
        other = _compared_with(session)
        page = render_template(
            "org/role.html",
            role=role,
            words=role_words,
            shape=shape,
            stamp=request.form.get("stamp") or present.stamp,
            groups=role_tables.groups(),
            columns=role_tables.COLUMNS,
            field_rows=role_tables.field_rows(session, g.identity),
            limited=Counter(place.partition(".")[0] for place in shape.fields),
            field_levels=[(level.value, words) for level, words in FIELD_WORDS.items()],
            levels=[(level.value, words) for level, words in LEVEL_WORDS.items()],
            roles=roles,
            role_choices=[
                ("", "–"),
                *((str(one.id), role_words(one.name)) for one, _count in roles if one is not role),
            ],
            people=members(session, role.id),
            other=other,
            compared=differences(shape_of(session, other), present) if other else [],
            history=_history(session, role.id),
            refusal=refusal,
            is_preset=role.name in PRESET_ROLES,
            may_edit=g.identity.can("can_edit", "role"),
        )
        return page, refusal.status if refusal else 200

    @expose("/new", methods=["GET", "POST"])
    @requires("can_add")
    def add(self) -> Any:
        """The dialog of a new role, a copy of another when one is named."""
        refusal: FieldErrors | None = None
        like = request.values.get("like", "")
        if request.method == "POST":
            try:
                with unit_of_work() as session:
                    model = _find(session, int(like)) if like.isdecimal() and len(like) < 10 else None
                    pk = create_role(session, request.form.get("name", ""), like=model).id
                flash(_("Role created."), "success")
                target = url_for("role.show", pk=pk)
                return jsonify(url=target) if wants_fragment() else redirect(target)
            except FieldErrors as error:
                refusal = error
        page = render_template(
            "org/role_new.html",
            fragment=wants_fragment(),
            like=like,
            choices=[("", "–"), *((str(one.id), role_words(one.name)) for one in _all(db.session()))],
            refusal=refusal,
        )
        return page, refusal.status if refusal else 200

    @expose("/<int:pk>/undo/<int:change>", methods=["POST"])
    @requires("can_edit")
    def undo(self, pk: int, change: int) -> Any:
        """Take the newest change back."""
        with unit_of_work() as session:
            role, row = _find(session, pk), session.get(RoleChange, change)
            if row is None:
                raise NotFound()
            undo_change(session, role, row)
        flash(_("Taken back."), "success")
        return redirect(url_for("role.show", pk=pk))

    @expose("/stop", methods=["POST"])
    @signed_in
    def stop(self) -> Any:
        """Be oneself again."""
        cookie.pop("trying", None)
        with new_session(writes=True) as session:
            role_trial.stop(session, g.identity.person_id)
        return redirect(url_for("role.index"))


def role_words(name: str) -> Any:
    """A preset role in the words of the interface; others as the administrator called them."""
    return PRESET_ROLES.get(name, name)


def _find(session: Session, pk: int) -> Role:
    role = session.get(Role, pk)
    if role is None:
        raise NotFound()
    return role


def _all(session: Session) -> list[Role]:
    return [role for role, _count in role_tables.roles_with_counts(session)]


def _compared_with(session: Session) -> Role | None:
    text = request.args.get("with", "")
    if not text:
        return None
    return _find(session, int(text) if text.isdecimal() and len(text) < 10 else 0)


def _history(session: Session, role_id: int) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(RoleChange).where(RoleChange.role_id == role_id).order_by(RoleChange.id.desc()).limit(20)
    ).all()
    newest = next((row.id for row in rows if not row.undone), None)
    return [
        {
            "row": row,
            "changes": differences(Shape.of(row.before), Shape.of(row.after)),
            "undoable": row.id == newest,
        }
        for row in rows
    ]
