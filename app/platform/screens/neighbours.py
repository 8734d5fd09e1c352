"""The records before and after one in the list a person came from, in its filter and order."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import g, url_for
from sqlalchemy.orm import Session

from app.platform.entity import Entity, entities
from app.platform.errors import BusinessError
from app.platform.screens import listing
from app.platform.screens.guard import own_path
from app.platform.shaping import shaped


def addresses(session: Session, entity: Entity, pk: int, list_address: str) -> dict[str, str | None]:
    """Addresses of the page before and after, and of the list itself; none without a list of this entity."""
    nowhere: dict[str, str | None] = {"previous": None, "next": None, "list": None}
    parts = urlsplit(own_path(list_address))
    listed = entities().get(parts.path.strip("/"))
    if listed is None or listed.detail_of != entity.name or not g.identity.can("can_list", listed.grants_of):
        return nowhere
    arguments = {k: v for k, v in parse_qsl(parts.query) if k not in ("after", "before")}
    try:
        wanted = listing.read_request(shaped(session, listed, g.identity), arguments)
    except BusinessError:
        return nowhere
    cursor = listing.cursor_of(session, wanted, pk)
    if not cursor:
        return {**nowhere, "list": f"{parts.path}?{parts.query}".rstrip("?")}
    found = {
        "previous": listing.read_page(session, replace(wanted, rows=1, before=cursor), g.identity).rows,
        "next": listing.read_page(session, replace(wanted, rows=1, after=cursor), g.identity).rows,
    }
    back = urlencode(arguments)
    return {
        **{
            name: url_for(f"{entity.name}.show", pk=rows[0].id) if rows else None
            for name, rows in found.items()
        },
        "list": f"{parts.path}?{back}" if back else parts.path,
    }
