"""The frame around every page: menu, signed-in person, headers, error pages."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, g, render_template, request, url_for
from flask.globals import request_ctx
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter

from app.platform.access import Identity
from app.platform.database import db, remembered
from app.platform.errors import BusinessError, NotAllowed, NotFound
from app.platform.masking import as_seen
from app.platform.money import format_money
from app.platform.screens.cells import day_text, deadline_text, moment_text, weekday_text
from app.platform.screens.guard import deed_asked
from app.platform.unit_of_work import as_refusal

log = logging.getLogger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_KEPT = 2000


@dataclass(frozen=True)
class MenuItem:
    """One line of the side bar: shown to who holds the permission; a later request brings the count."""

    label: Any
    icon: str
    endpoint: str
    permission: tuple[str, str] | None = None
    count_key: str = ""

    def shown_to(self, identity: Identity) -> bool:
        return self.permission is None or identity.can(*self.permission)


@dataclass(frozen=True)
class MenuGroup:
    """A titled stretch of the side bar."""

    label: Any
    items: tuple[MenuItem, ...]


@dataclass(frozen=True)
class ShownEntry:
    """A line of the side bar or of the menu of new documents, in words and with its address."""

    label: str
    icon: str
    endpoint: str
    url: str
    count_key: str = ""
    key: str = ""

    @property
    def active(self) -> bool:
        return (request.endpoint or "").partition(".")[0] == self.endpoint.partition(".")[0]


@dataclass(frozen=True)
class ShownGroup:
    """A stretch of the side bar as one person sees it."""

    label: str
    items: tuple[ShownEntry, ...]


@dataclass(frozen=True)
class QuickCreate:
    """A document to start from anywhere: 新建 in the top bar, 快捷单据 on the workbench."""

    label: Any
    icon: str
    endpoint: str
    permission: tuple[str, str]
    key: str


class Shell:
    """What the layout asks for; one per request."""

    def __init__(self, menu: Sequence[MenuGroup], quick: Sequence[QuickCreate]) -> None:
        self._menu, self._quick = menu, quick

    @property
    def agency(self) -> str:
        return str(current_app.config["AGENCY_NAME"])

    @property
    def person(self) -> Any:
        identity: Identity | None = g.get("identity")
        return None if identity is None else ShownPerson(identity)

    @property
    def menu(self) -> list[ShownGroup]:
        """The side bar of this person, drawn up once per access version and language."""
        return self._kept("side bar", self._draw_menu_up)

    @property
    def side_bar(self) -> Markup:
        """The side bar as markup, drawn once per person, access version, language and open screen."""
        here = (request.endpoint or "").partition(".")[0]
        drawn = self._kept(f"side bar on {here}", lambda _who: [Markup(render_template("parts/side.html"))])
        return drawn[0] if drawn else Markup()

    @property
    def script_words(self) -> Markup:
        """The words the scripts need, drawn once per language."""
        kept = remembered("script words")
        if self.locale not in kept:
            kept[self.locale] = Markup(render_template("parts/words.html"))
        return kept[self.locale]

    @property
    def quick_create(self) -> list[ShownEntry]:
        return self._kept("new documents", self._draw_new_up)

    def _kept(self, what: str, draw_up: Callable[[Identity], list[Any]]) -> list[Any]:
        identity: Identity | None = g.get("identity")
        if identity is None:
            return []
        kept = remembered(what)
        key = (identity.version, identity.person_id, identity.trying, self.locale)
        if key not in kept:
            if len(kept) > MOST_KEPT:
                kept.clear()
            kept[key] = draw_up(identity)
        found: list[Any] = kept[key]
        return found

    def _draw_menu_up(self, identity: Identity) -> list[ShownGroup]:
        groups = [
            ShownGroup(
                str(group.label),
                tuple(
                    ShownEntry(str(i.label), i.icon, i.endpoint, url_for(i.endpoint), i.count_key)
                    for i in group.items
                    if i.shown_to(identity)
                ),
            )
            for group in self._menu
        ]
        return [group for group in groups if group.items]

    def _draw_new_up(self, identity: Identity) -> list[ShownEntry]:
        return [
            ShownEntry(str(q.label), q.icon, q.endpoint, url_for(q.endpoint), key=q.key)
            for q in self._quick
            if identity.can(*q.permission)
        ]

    @property
    def trying(self) -> str:
        """The role the person is trying out, in words; empty for themselves."""
        identity: Identity | None = g.get("identity")
        return _(identity.trying) if identity is not None and identity.trying else ""

    @property
    def bell_count(self) -> int:
        count: Callable[[], int] | None = current_app.extensions.get("bell_count")
        return count() if count is not None and g.get("identity") is not None else 0

    @property
    def locale(self) -> str:
        return "zh" if str(get_locale()).startswith("zh") else "en"

    @property
    def theme(self) -> str:
        chosen = request.cookies.get("theme", "")
        return chosen if chosen in ("light", "dark") else ""

    @property
    def home_url(self) -> str:
        return "/"

    @property
    def logout_url(self) -> str:
        return url_for("login.logout")

    @property
    def locale_url(self) -> str:
        return url_for("locale.choose")

    @property
    def password_url(self) -> str:
        return _address_of("account.password")

    @property
    def sessions_url(self) -> str:
        return _address_of("account.sessions")

    @property
    def explain_url(self) -> str:
        """Where whoever may ask is told which rule refused this request; empty for everybody else."""
        identity: Identity | None = g.get("identity")
        if identity is None or not identity.can("can_explain", "role"):
            return ""
        asked = deed_asked(current_app)
        if asked is None or "explain.index" not in current_app.view_functions:
            return ""
        entity, action = asked
        row = (request.view_args or {}).get("pk", "")
        return url_for("explain.index", person=identity.person_id, deed=f"{entity}.{action}", row=row)

    @property
    def bell_url(self) -> str:
        return _address_of("reminder.index")

    @property
    def counts_url(self) -> str:
        return _address_of("home.counts")

    @property
    def search_url(self) -> str:
        return _address_of("search.index")

    @property
    def demo_mode(self) -> bool:
        return bool(current_app.config["DEMO_MODE"])


class ShownPerson:
    """The signed-in person as the top bar shows them."""

    def __init__(self, identity: Identity) -> None:
        self.name = identity.name
        self.initial = identity.name[:1]
        self.role_label = "、".join(_(role) for role in identity.roles)


def _address_of(endpoint: str) -> str:
    """The address of a screen of a later stage; empty when it is not there or not for this person."""
    return url_for(endpoint) if endpoint in current_app.view_functions else ""


def _seen(text: Any, place: str) -> Any:
    """Filter: `row.amount|money|seen("contract.amount")`, as far as the reader's field rights go."""
    identity: Identity | None = g.get("identity")
    return text if identity is None else as_seen(identity, place, text)


def frame(app: Flask, menu: Sequence[MenuGroup], quick: Sequence[QuickCreate]) -> None:
    """Hang the frame on the application: template globals, headers, error pages."""
    app.jinja_env.globals["shell"] = Shell(menu, quick)
    app.jinja_env.globals["csp_nonce"] = _nonce
    app.jinja_env.filters.update(
        money=format_money,
        day=day_text,
        deadline=deadline_text,
        weekday=weekday_text,
        moment=moment_text,
        seen=_seen,
    )
    app.before_request(_begin)
    app.after_request(_headers)
    app.url_map.converters["int"] = RowNumber
    app.register_error_handler(BusinessError, _refused)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _broken)


def _begin() -> None:
    g.request_id = secrets.token_hex(8)
    session = db.session()
    session.info.clear()
    session.info["writes"] = request.method not in SAFE_METHODS
    if "\0" in request.path or any("\0" in value for value in request.values.values()):
        refusal = BusinessError(
            _("This text holds characters that cannot be saved. Type it again."), code="nul"
        )
        refusal.status = 400
        raise refusal


class RowNumber(IntegerConverter):
    """A row's number in an address, no larger than any database holds."""

    def __init__(self, url_map: Any) -> None:
        super().__init__(url_map, max=2**53)


def _nonce() -> str:
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def _headers(response: Response) -> Response:
    policy = (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
        "frame-ancestors 'none'; "
        f"form-action 'self'; style-src 'self'; script-src 'self' 'nonce-{_nonce()}'"
    )
    response.headers.setdefault("Content-Security-Policy", policy)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers["X-Request-Id"] = g.get("request_id", "")
    if request.endpoint not in ("static", "appbuilder.static"):
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def wants_json() -> bool:
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json" or request.headers.get("X-Requested-With") == "fetch"


def _refused(refusal: BusinessError) -> Any:
    db.session.rollback()
    reasons = [str(reason) for reason in refusal.reasons]
    if request_ctx.url_adapter is None:
        # A host we do not serve: no page of ours can be drawn, since no address of it can be built.
        return Response("Bad request\n", status=400, content_type="text/plain")
    if wants_json():
        return {"error": refusal.code, "message": str(refusal.message), "reasons": reasons}, refusal.status
    title = {403: _("No right"), 404: _("Not found"), 409: _("Somebody was faster")}.get(
        refusal.status, _("Refused")
    )
    return _error_page(refusal.status, title, str(refusal.message), reasons), refusal.status


def _csrf(_error: CSRFError) -> Any:
    refusal = BusinessError(
        _("This page was open for too long. Go back, reload it and send it again."), code="csrf"
    )
    refusal.status = 400
    return _refused(refusal)


def _http(error: HTTPException) -> Any:
    if error.code == 404:
        return _refused(NotFound())
    if error.code == 403:
        return _refused(NotAllowed())
    if error.code is not None and error.code < 400:
        return error
    words = {
        405: _("This address cannot be called this way."),
        413: _("The file is too large."),
    }.get(error.code or 0, _("The request could not be understood."))
    refusal = BusinessError(words, code=f"http_{error.code}")
    refusal.status = error.code or 400
    return _refused(refusal)


def _broken(error: Exception) -> Any:
    """A bug, or a database that refused at the last moment: words for the person, the trace for the log."""
    db.session.rollback()
    if isinstance(error, OverflowError) or getattr(getattr(error, "orig", None), "sqlstate", "") == "22003":
        return _refused(NotFound())
    if isinstance(error, SQLAlchemyError) and (refusal := as_refusal(error)) is not None:
        return _refused(refusal)
    log.exception("unhandled error", extra={"request_id": g.get("request_id", "")})
    if current_app.config.get("PROPAGATE_BUGS"):
        raise error
    message = _(
        "The program made a mistake; nothing was saved. Tell the administrator the number %(number)s.",
        number=g.get("request_id", ""),
    )
    if wants_json():
        return {"error": "internal", "message": message, "reasons": []}, 500
    return _error_page(500, _("Program error"), message, []), 500


def _error_page(code: int, title: str, message: str, reasons: list[str]) -> str:
    return render_template("pages/error.html", code=code, title=title, message=message, reasons=reasons)
