"""Who may call which address. Deny by default: the app does not start with an undeclared route."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, g, redirect, request, url_for

from app.platform.access import Identity
from app.platform.errors import NotAllowed

F = TypeVar("F", bound=Callable[..., Any])

OPEN_ENDPOINTS = frozenset({"static", "appbuilder.static"})


def public(function: F) -> F:
    """Mark an address as open to everybody, signed in or not."""
    function._access = "public"  # type: ignore[attr-defined]
    return function


def signed_in(function: F) -> F:
    """Open to every signed-in person: their own workbench, password, sessions."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if g.get("identity") is None:
            return _to_login()
        return function(*args, **kwargs)

    wrapper._access = "signed in"  # type: ignore[attr-defined]
    return wrapper  # type: ignore[return-value]


def requires(action: str, entity: str | None = None) -> Callable[[F], F]:
    """Open to who holds the action on the entity (default: the view's own permission name)."""

    def decorate(function: F) -> F:
        @functools.wraps(function)
        def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
            identity: Identity | None = g.get("identity")
            if identity is None:
                return _to_login()
            if not identity.can(action, entity or self.class_permission_name):
                raise NotAllowed()
            return function(self, *args, **kwargs)

        wrapper._access = action  # type: ignore[attr-defined]
        wrapper._access_entity = entity  # type: ignore[attr-defined]
        wrapper._permission_name = action.removeprefix("can_")  # type: ignore[attr-defined]
        return wrapper  # type: ignore[return-value]

    return decorate


def _to_login() -> Any:
    if request.method != "GET" or request.accept_mimetypes.best == "application/json":
        raise NotAllowed()
    wanted = request.full_path.rstrip("?")
    return redirect(url_for("login.login", next=wanted) if wanted != "/" else url_for("login.login"))


def refuse_undeclared_routes(app: Flask) -> None:
    """Raise at start when an address says neither public, signed in, nor a permission."""
    undeclared = [
        str(rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in OPEN_ENDPOINTS and access_of(app, rule.endpoint) is None
    ]
    if undeclared:
        raise RuntimeError(f"addresses without a declared access: {', '.join(sorted(undeclared))}")


def access_of(app: Flask, endpoint: str) -> str | None:
    """What the address demands: "public", "signed in" or a permission; None when nothing was declared."""
    return getattr(app.view_functions[endpoint], "_access", None)


def deed_asked(app: Flask) -> tuple[str, str] | None:
    """The entity and the action (without "can_") this request wanted; None where no right is asked."""
    view = app.view_functions.get(request.endpoint or "")
    owner, access = getattr(view, "__self__", None), str(getattr(view, "_access", ""))
    entity = str(getattr(view, "_access_entity", None) or getattr(owner, "class_permission_name", ""))
    arguments = request.view_args or {}
    if access == "signed in" and view is not None and view.__name__ in ("do", "bulk") and "name" in arguments:
        return entity, str(arguments["name"])
    return (entity, access.removeprefix("can_")) if access.startswith("can_") else None


def own_path(target: str, default: str = "") -> str:
    """The target if it is a path of this very site, else the default: no scheme, no host, no trick with
    backslashes or the control characters that browsers drop from addresses."""
    plain = target.isprintable() and "\\" not in target and target.startswith("/")
    parts = urlsplit(target) if plain else None
    return target if parts is not None and not parts.scheme and not parts.netloc else default
