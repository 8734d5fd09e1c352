"""What companies add to the customer's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session, selectinload

from app.companies.entity import REGISTRATION_TONES, flags_of
from app.companies.labels import REGISTRATION_STATE_LABELS, TAXPAYER_KIND_LABELS
from app.companies.models import Company
from app.companies.queries import companies_of
from app.platform.access import Identity
from app.platform.screens.slots import Contribution, contribute


def _load(session: Session, customer: Any, identity: Identity) -> Mapping[str, Any]:
    statement = companies_of(customer.id).options(selectinload(Company.contacts))
    return {
        "companies": list(session.scalars(statement)),
        "customer": customer,
        "may_add": identity.can("can_add", "company"),
        "flags_of": flags_of,
        "state_labels": REGISTRATION_STATE_LABELS,
        "state_tones": REGISTRATION_TONES,
        "taxpayer_labels": TAXPAYER_KIND_LABELS,
    }


def _load_aside(session: Session, customer: Any, identity: Identity) -> Mapping[str, Any]:
    return {
        "companies": list(session.scalars(companies_of(customer.id).limit(10))),
        "customer": customer,
        "may_add": identity.can("can_add", "company"),
        "state_labels": REGISTRATION_STATE_LABELS,
        "state_tones": REGISTRATION_TONES,
    }


def plug_in() -> None:
    """Fill the slots of earlier screens."""
    contribute(
        Contribution(
            slot="customer.tab",
            name="companies",
            label=_l("Companies"),
            template="companies/customer_tab.html",
            load=_load,
            permission=("can_list", "company"),
            order=40,
        ),
        Contribution(
            slot="customer.aside",
            name="companies",
            label=_l("Companies"),
            template="companies/customer_aside.html",
            load=_load_aside,
            permission=("can_list", "company"),
            order=40,
        ),
    )
