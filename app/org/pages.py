"""A person's own account: password and log-ins."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from sqlalchemy import select

from app.org import identity as identities
from app.org.models import LoginSession, Person
from app.org.passwords import fits, set_password
from app.org.settings import SHORTEST_PASSWORD
from app.platform.database import db
from app.platform.errors import BusinessError, FieldErrors, NotFound
from app.platform.screens.guard import signed_in
from app.platform.unit_of_work import unit_of_work


class AccountView(BaseView):
    """Change the password, see where one is logged in and end it there."""

    route_base = "/account"

    @expose("/password", methods=["GET", "POST"])
    @signed_in
    def password(self) -> Any:
        """Change the own password; every log-in ends, this one too."""
        refusal: BusinessError | None = None
        if request.method == "POST":
            try:
                with unit_of_work() as session:
                    self._change(session)
                flash(_("Password changed. Log in again with the new one."), "info")
                return redirect(url_for("login.login"))
            except BusinessError as error:
                refusal = error
        faults = refusal.fields if isinstance(refusal, FieldErrors) else {}
        page = render_template(
            "org/password.html",
            refusal=refusal,
            faults=faults,
            shortest=SHORTEST_PASSWORD.of(db.session()),
            must_change=g.user.must_change_password,
        )
        return page, refusal.status if refusal else 200

    def _change(self, session: Any) -> None:
        person = session.get(Person, g.identity.person_id)
        old, new, again = (request.form.get(name, "") for name in ("old", "new", "again"))
        if not fits(person, old):
            raise FieldErrors(
                _("The password was not changed."), {"old": [_("This is not the present password.")]}
            )
        if new != again:
            raise FieldErrors(_("The password was not changed."), {"again": [_("The two do not match.")]})
        if new == old:
            raise FieldErrors(
                _("The password was not changed."), {"password": [_("This is the present password.")]}
            )
        set_password(session, person, new, must_change=False)

    @expose("/sessions")
    @signed_in
    def sessions(self) -> Any:
        """Where this person is logged in now."""
        logins = db.session().scalars(
            select(LoginSession)
            .where(LoginSession.person_id == g.identity.person_id, LoginSession.ended_at.is_(None))
            .order_by(LoginSession.seen_at.desc())
        )
        return render_template("org/sessions.html", logins=list(logins), current=g.login.id)

    @expose("/sessions/<int:pk>/end", methods=["POST"])
    @signed_in
    def end(self, pk: int) -> Any:
        """End one of the own log-ins."""
        with unit_of_work() as session:
            login = session.get(LoginSession, pk)
            if login is None or login.person_id != g.identity.person_id:
                raise NotFound()
            identities.end_logins(session, login_id=pk, reason="ended")
        flash(_("Logged out there."), "success")
        return redirect(url_for("account.sessions"))
