"""Saved views on a list page: tabs beside the ready-made ones, and the dialog that keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import flash, g, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.platform import saved_views
from app.platform.access import Identity
from app.platform.database import db
from app.platform.entity import Entity
from app.platform.errors import BusinessError, FieldErrors, NotFound
from app.platform.saved_views import EVERYBODY, PRIVATE, ROLE, SavedView
from app.platform.screens import listing
from app.platform.screens.base import Screen, wants_fragment
from app.platform.screens.guard import own_path
from app.platform.screens.list_page import here, joined
from app.platform.unit_of_work import unit_of_work

PASSING = frozenset({"after", "before", "view"})
"""Arguments of an address that are no part of a view."""
MOST_COUNTED = 12


def address_of(entity: Entity, view: SavedView) -> str:
    """The address that shows the view."""
    return f"{url_for(f'{entity.name}.index')}?{urlencode([('view', view.id), *parse_qsl(view.query)])}"


def query_of(entity: Entity, back: str, tab: str = "") -> str:
    """What a view keeps of a list address: filters, search, sort, columns, rows, and the tab it is on."""
    kept = {
        key: value
        for key, value in parse_qsl(urlsplit(back).query, keep_blank_values=True)
        if key not in PASSING and (value or key.endswith("__empty"))
    }
    if entity.tabs:
        kept.setdefault("tab", tab or entity.tabs[0].name)
    return urlencode(kept)


def parts(
    entity: Entity, wanted: listing.ListRequest, views: Sequence[SavedView], identity: Identity
) -> dict[str, Any]:
    """The tabs of the list: ready-made ones, then saved views, then the way to save one more."""
    shown = request.args.get("view", "")
    current = next((view for view in views if str(view.id) == shown), None)
    index = url_for(f"{entity.name}.index")
    ready = [
        {
            "label": tab.label,
            "url": f"{index}?tab={tab.name}",
            "active": current is None and tab.name == (wanted.tab.name if wanted.tab else ""),
            "key": f"tab-{tab.name}",
        }
        for tab in entity.tabs
    ]
    if views and not ready:
        ready = [{"label": _("All"), "url": f"{index}?view=0", "active": current is None}]
    saved = [
        {
            "label": view.name,
            "url": address_of(entity, view),
            "active": view is current,
            "key": f"view-{view.id}",
        }
        for view in views
    ]
    return {
        "tab_items": [*ready, *saved],
        "save_view": {
            "label": _("Save as view"),
            "dialog": url_for(f"{entity.name}.new_view", back=here()),
        },
        "view_edit_url": _edit_url(entity, current, identity) if current is not None else None,
        "view_changed": current is not None and _differs(entity, current),
        "view_now": current,
    }


def _edit_url(entity: Entity, view: SavedView, identity: Identity) -> str | None:
    if view.person_id != identity.person_id and not identity.can("can_edit", "saved_view"):
        return None
    return url_for(f"{entity.name}.edit_view", view=view.id, back=here())


def _differs(entity: Entity, view: SavedView) -> bool:
    return sorted(parse_qsl(query_of(entity, here()))) != sorted(parse_qsl(view.query))


def fits(shape: Entity, arguments: Mapping[str, str], identity: Identity) -> bool:
    """Whether the list still takes all of this: fields come and go, and rights to them."""
    try:
        listing.matching(listing.read_request(shape, arguments), identity)
    except BusinessError:
        return False
    return True


def what_fits(shape: Entity, identity: Identity) -> str:
    """This address without what the list does not take any more, so that a view never locks anybody out."""
    kept = {key: value for key, value in request.args.items() if fits(shape, {key: value}, identity)}
    flash(_("A part of this view does not exist any more and was left out."), "warning")
    return joined(request.path, kept)


def requests_of(session: Session, shape: Entity, identity: Identity) -> dict[str, listing.ListRequest]:
    """What each saved view asks for, to be counted; one that no longer fits the entity is left out."""
    found: dict[str, listing.ListRequest] = {}
    for view in saved_views.shown_to(session, shape.name, identity).saved[:MOST_COUNTED]:
        try:
            found[f"view-{view.id}"] = listing.read_request(shape, dict(parse_qsl(view.query)))
        except BusinessError:
            continue
    return found


def dialog(screen: Screen, view_id: int | None) -> Any:
    """The dialog of a new view or of one there is, and what a press on its buttons does."""
    session: Session = db.session()
    entity, refusal = screen.entity, None
    view = _find(session, entity, view_id) if view_id is not None else None
    back = own_path(request.values.get("back", ""), url_for(f"{entity.name}.index"))
    if request.method == "POST":
        try:
            return redirect(_carry_out(screen, view_id, back))
        except FieldErrors as error:
            refusal = error
            view = _find(db.session(), entity, view_id) if view_id is not None else None
    may_share = g.identity.can("can_share", "saved_view")
    page = screen._page(
        "screens/view.html",
        fragment=wants_fragment(),
        saved=view,
        back=back,
        refusal=refusal,
        audiences=_audiences() if may_share else _audiences()[:1],
        roles=saved_views.roles(session) if may_share else [],
        changed=view is not None and query_of(entity, back) != view.query,
    )
    return page, refusal.status if refusal else 200


def _audiences() -> list[tuple[str, str]]:
    return [(PRIVATE, _("Only me")), (ROLE, _("Everybody with a role")), (EVERYBODY, _("Everybody"))]


def _find(session: Session, entity: Entity, view_id: int) -> SavedView:
    known = saved_views.shown_to(session, entity.name, g.identity).saved
    found = next((view for view in known if view.id == view_id), None)
    if found is None:
        raise NotFound()
    return found


def _carry_out(screen: Screen, view_id: int | None, back: str) -> str:
    """Save or remove as the form says; returns where to go."""
    entity, form = screen.entity, request.form
    query = query_of(entity, back)
    listing.matching(listing.read_request(screen.shape(), dict(parse_qsl(query))), g.identity)
    with unit_of_work() as session:
        view = _find(session, entity, view_id) if view_id is not None else None
        if view is not None and form.get("deed") == "remove":
            saved_views.remove_view(session, view)
            flash(_("View removed."), "success")
            return f"{url_for(f'{entity.name}.index')}?view=0"
        role = form.get("role_id", "")
        view = saved_views.save_view(
            session,
            entity.name,
            view,
            name=form.get("name", ""),
            query=query if view is None or "replace" in form else view.query,
            audience=form.get("audience") or PRIVATE,
            role_id=int(role) if role.isdecimal() and len(role) < 10 else None,
            is_default="is_default" in form,
        )
    flash(_("View saved."), "success")
    return address_of(entity, view)
