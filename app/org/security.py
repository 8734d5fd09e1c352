"""Flask-AppBuilder's security manager, with our log-in, our sessions and our cached permissions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import current_app, g, redirect, request, url_for
from flask import session as cookie
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_babel import gettext as _
from flask_login import current_user, logout_user
from sqlalchemy import select
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.wrappers import Response

from app.org import identity as identities
from app.org import login_limits, role_trial
from app.org.demo_staff import STAFF
from app.org.models import Person
from app.org.roles import PRESET_ROLES
from app.platform import audit
from app.platform.access import Identity
from app.platform.database import db, new_session
from app.platform.errors import NotAllowed
from app.platform.screens.guard import OPEN_ENDPOINTS, own_path, public

_BEFORE_CHANGE = frozenset({"account.password", "login.login", "login.logout", "locale.choose"})
_IN_TRIAL = frozenset({"role.stop", "login.logout", "locale.choose"})
_DUMMY_HASH = generate_password_hash("nobody has this password")


class RiverSecurityManager(SecurityManager):
    """Users are `Person`; who is signed in comes from a row in `login_session`, not from the cookie alone."""

    user_model = Person

    def register_views(self) -> None:
        """Only log-in and log-out: people, roles and sessions have screens of our own."""
        self.auth_view = self.appbuilder.add_view_no_menu(LoginView, endpoint="login")

    def load_user(self, pk: int) -> Person | None:
        """The person of this cookie, if the log-in is alive; also sets the identity of the session."""
        with new_session(writes=False) as session:
            found = identities.person_of_token(session, cookie.get("token", ""))
            trial = role_trial.trial_of(session, found[0].id) if found and cookie.get("trying") else None
        if found is None or found[0].id != int(pk):
            return None
        person, identity, login = found
        if trial is not None:
            identity = role_trial.as_role(identity, trial)
        g.login, g.identity = login, identity
        db.session().info["identity"] = identity
        identities.note_seen(login)
        return person

    @staticmethod
    def before_request() -> Response | None:
        """Find out who is asking, before any screen does; a given password must be changed first."""
        if request.endpoint in OPEN_ENDPOINTS:
            return None
        g.user = current_user._get_current_object()
        if getattr(g.user, "must_change_password", False) and request.endpoint not in _BEFORE_CHANGE:
            return redirect(url_for("account.password"))
        if (
            "identity" in g
            and g.identity.trying
            and request.method == "POST"
            and request.endpoint not in _IN_TRIAL
        ):
            raise NotAllowed(_("You are trying a role out; nothing can be changed until you stop."))
        return None

    def has_access(self, permission_name: str, view_name: str) -> bool:
        identity: Identity | None = g.get("identity")
        return identity is not None and identity.can(permission_name, view_name)


class LoginView(BaseView):
    """Log-in and log-out."""

    route_base = ""

    @public
    @expose("/login/", methods=["GET", "POST"])
    def login(self) -> Any:
        """Show the log-in page or check what was typed."""
        error = ""
        if request.method == "POST":
            login, password = request.form.get("username", "").strip(), request.form.get("password", "")
            person, error = check_login(login, password, request.remote_addr or "")
            if person is not None:
                return sign_in(person)
        elif g.get("identity") is not None:
            return redirect(own_path(request.values.get("next", ""), "/"))
        page = self.render_template(
            "pages/login.html", error=error, next=request.values.get("next", ""), **login_page()
        )
        return page, 401 if error else 200

    @public
    @expose("/logout/", methods=["POST"])
    def logout(self) -> Response:
        """End this log-in for good: the cookie is worth nothing afterwards."""
        if (login := g.get("login")) is not None:
            with new_session(writes=True) as session:
                identities.end_logins(session, login_id=login.id, reason="logout")
        logout_user()
        cookie.clear()
        return redirect(url_for("login.login"))


def login_page() -> dict[str, Any]:
    """What the log-in page shows beside the form; later stages supply it (filing calendar, demo log-ins)."""
    context: dict[str, Any] = {"locale_url": url_for("locale.choose")}
    if current_app.config["DEMO_MODE"]:
        context["demo_logins"] = [(login, PRESET_ROLES[role]) for login, _name, role, *_rest in STAFF]
    for supply in current_app.extensions.get("login_page", ()):
        context.update(supply())
    return context


def check_login(login: str, password: str, address: str) -> tuple[Person | None, str]:
    """The person, or why not, in words. How often somebody may be wrong: see `login_limits`.

    The slow part, hashing, happens before anything is written: on SQLite there is one writer at a time.
    """
    login, address = login.strip()[:128], address.strip()[:64]
    with new_session(writes=False) as session:
        person = session.scalars(select(Person).where(Person.username == login)).first()
    fits = check_password_hash(person.password if person and person.password else _DUMMY_HASH, password)
    with new_session(writes=True) as session:
        tries = login_limits.tries_of(session, login, address)
        if wait := login_limits.wait_of(session, tries, person, address):
            return None, _locked(wait)
        if person is not None and person.active and fits:
            login_limits.forget_failures(tries)
            return person, ""
        audit.record(session, "login refused", "ab_user", person.id if person else None, login=login)
        if left := login_limits.count_failure(session, tries):
            return None, _("Login or password is wrong. %(left)s attempts left.", left=left)
        return None, _locked(login_limits.wait_of(session, tries, person, address))


def _locked(wait: timedelta) -> str:
    minutes = max(-(-int(wait.total_seconds()) // 60), 1)
    return _("Too many attempts. Try again in %(minutes)s minutes or ask an administrator.", minutes=minutes)


def sign_in(person: Person) -> Response:
    """Start a fresh session for the person and go where they wanted to go."""
    target = own_path(request.values.get("next", ""), "/")
    with new_session(writes=True) as session:
        token = identities.start_login(
            session, person, address=request.remote_addr or "", agent=request.user_agent.string
        )
        session.info["identity"] = identities.identity_of_person(session, person)
        audit.record(session, "login", "ab_user", person.id)
    locale = cookie.get("locale")
    cookie.clear()
    cookie["token"], cookie["_user_id"], cookie["_fresh"] = token, str(person.id), True
    if locale:
        cookie["locale"] = locale
    return redirect(target)
