"""What this stage puts into the slots of its own customer page."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from flask import g, request, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.customers.finding import ways_by_number
from app.customers.models import Customer
from app.customers.page_parts import methods
from app.customers.queries import owners_of
from app.customers.states import PUBLIC
from app.customers.story import KINDS, SHOWN, days_of, entries_of, older_than, pill_words
from app.platform.access import Identity
from app.platform.actors import supply_owners
from app.platform.errors import BusinessError
from app.platform.files import keep_shut
from app.platform.fragment_search import also_found_by
from app.platform.screens.slots import Contribution, contribute


def _load_follow_ups(session: Session, customer: Any, identity: Identity) -> Mapping[str, Any]:
    kind = request.args.get("kind", "all")
    before = request.args.get("before", "")
    cursor = int(before) if before.isdecimal() and len(before) < 12 else None
    kind = kind if kind in KINDS else "all"
    entries = entries_of(session, customer.id, identity, kind=kind, before=cursor)
    may_comment = identity.can("can_comment", "customer") and customer.stage != PUBLIC

    def comment_url(follow_up_id: int) -> str:
        return url_for("customer.comment", pk=customer.id, follow_up_id=follow_up_id)

    older = older_than(entries)
    here = {"pk": customer.id, "tab": "follow_up"}
    return {
        "customer": customer,
        "days": days_of(session, entries[:SHOWN], comment_url=comment_url if may_comment else None),
        "pills": [
            {"label": words, "url": url_for("customer.show", **here, kind=name), "active": name == kind}
            for name, words in pill_words().items()
        ],
        "older_url": url_for("customer.show", **here, kind=kind, before=older) if older else None,
        "methods": methods(session),
        "typed": request.form,
        "refusal": g.get("follow_up_refusal"),
        "token": request.form.get("token") or secrets.token_hex(16),
        "may_write": identity.can("can_follow_up", "customer") and customer.stage != PUBLIC,
    }


def _in_pool(session: Session, customer_id: int) -> BusinessError | None:
    """Files of the pool stay shut as its numbers do: they name people, and often show their papers."""
    customer = session.get(Customer, customer_id)
    if customer is None or customer.stage != PUBLIC:
        return None
    return BusinessError(_l("Files of the public pool show after claiming."), code="public")


def plug_in() -> None:
    """Fill the slots of the customer page; keep the files of the pool shut; know who owns what."""
    keep_shut(_in_pool)
    supply_owners(owners_of)
    also_found_by("customer", ways_by_number)
    contribute(
        Contribution(
            slot="customer.tab",
            name="follow_up",
            label=_l("Follow-ups"),
            template="customers/follow_ups.html",
            load=_load_follow_ups,
            order=10,
        )
    )
