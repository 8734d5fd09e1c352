"""People, departments and audit trail for administrators."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, url_for
from flask_appbuilder import expose
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.org import identity as identities
from app.org.custom_field_entity import CUSTOM_FIELD
from app.org.entity import AUDIT, DEPARTMENT, PERSON
from app.org.models import LoginSession, Person
from app.org.operations import save_department, save_person
from app.org.passwords import set_password
from app.platform.access import Identity
from app.platform.custom_field_editing import save_custom_field
from app.platform.errors import NotFound
from app.platform.screens.guard import requires
from app.platform.screens.view import EntityView
from app.platform.unit_of_work import unit_of_work


class DepartmentView(EntityView):
    entity = DEPARTMENT

    def create(self, session: Session, data: Mapping[str, Any]) -> Any:
        return save_department(session, None, data)

    def change(self, session: Session, row: Any, data: Mapping[str, Any]) -> None:
        save_department(session, row, data)


class PersonView(EntityView):
    """Accounts. A new one gets a first password that is shown once and must be changed."""

    entity = PERSON
    detail_template = "org/person.html"

    def create(self, session: Session, data: Mapping[str, Any]) -> Any:
        password = secrets.token_urlsafe(10) + "aA1"
        person = save_person(session, None, data, password)
        flash(
            _("First password of %(login)s: %(password)s", login=person.username, password=password), "info"
        )
        return person

    def change(self, session: Session, row: Any, data: Mapping[str, Any]) -> None:
        save_person(session, row, data)

    def detail_context(self, session: Session, row: Any, identity: Identity) -> Mapping[str, Any]:
        logins = session.scalars(
            select(LoginSession)
            .where(LoginSession.person_id == row.id, LoginSession.ended_at.is_(None))
            .order_by(LoginSession.seen_at.desc())
            .limit(20)
        )
        return {
            "logins": list(logins),
            "may_reset": identity.can("can_reset_password", "person"),
            "may_end": identity.can("can_end_logins", "person"),
        }

    @expose("/<int:pk>/reset", methods=["POST"])
    @requires("can_reset_password")
    def reset(self, pk: int) -> Any:
        """Draw a new first password, show it once, end every log-in of the person."""
        password = secrets.token_urlsafe(10) + "aA1"
        with unit_of_work() as session:
            person = self._person(session, pk)
            set_password(session, person, password, must_change=True)
            login = person.username
        flash(
            _(
                "New password of %(login)s: %(password)s. It must be changed at the next log-in.",
                login=login,
                password=password,
            ),
            "info",
        )
        return redirect(url_for("person.show", pk=pk))

    @expose("/<int:pk>/end-logins", methods=["POST"])
    @requires("can_end_logins")
    def end_logins(self, pk: int) -> Any:
        """Force the person out everywhere."""
        with unit_of_work() as session:
            identities.end_logins(session, person_id=self._person(session, pk).id, reason="forced")
        flash(_("Logged out everywhere."), "success")
        return redirect(url_for("person.show", pk=pk))

    def _person(self, session: Session, pk: int) -> Person:
        person = session.get(Person, pk)
        if person is None:
            raise NotFound()
        return person


class CustomFieldView(EntityView):
    """Fields an administrator adds to entities; in force everywhere at the next request."""

    entity = CUSTOM_FIELD

    def create(self, session: Session, data: Mapping[str, Any]) -> Any:
        return save_custom_field(session, None, data)

    def change(self, session: Session, row: Any, data: Mapping[str, Any]) -> None:
        save_custom_field(session, row, data)


class AuditView(EntityView):
    """What everybody did, for reading only."""

    entity = AUDIT
    creates = False
    edits = False
