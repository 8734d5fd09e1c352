"""What bookkeeping adds to earlier screens: tabs of customer and company, the calendar of the log-in page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.bookkeeping.entity import KIND_LABELS
from app.bookkeeping.login_calendar import login_calendar
from app.bookkeeping.matrix import look_of
from app.bookkeeping.models import PeriodicService, TaxFiling
from app.bookkeeping.presets import SHORT_NAMES
from app.bookkeeping.queries import filings_of, services_of_company, services_of_customer
from app.bookkeeping.rules import add_months, first_of_month
from app.bookkeeping.states import ServiceKind
from app.bookkeeping.transitions import ENGAGEMENT_LIFECYCLE
from app.platform import clock
from app.platform.access import Identity
from app.platform.screens.slots import Contribution, contribute


def _of_customer(session: Session, customer: Any, identity: Identity) -> Mapping[str, Any]:
    return _shown(session, session.scalars(services_of_customer(customer.id)).all(), identity)


def _of_company(session: Session, company: Any, identity: Identity) -> Mapping[str, Any]:
    return _shown(session, session.scalars(services_of_company(company.id)).all(), identity)


def _shown(session: Session, services: Sequence[PeriodicService], identity: Identity) -> Mapping[str, Any]:
    """Services with the filings of this month and the last."""
    since = add_months(first_of_month(clock.today()), -1)
    books = [service.id for service in services if service.kind == ServiceKind.BOOKKEEPING]
    cells: dict[int, list[dict[str, Any]]] = {}
    if books and identity.can("can_list", "filing"):
        for filing in session.scalars(filings_of(books, since)):
            cells.setdefault(filing.service_id, []).append(_cell(filing))
    return {
        "services": services,
        "cells": cells,
        "kind_labels": KIND_LABELS,
        "states": ENGAGEMENT_LIFECYCLE.states,
    }


def _cell(filing: TaxFiling) -> dict[str, Any]:
    state, text = look_of(filing)
    name = SHORT_NAMES.get(filing.tax_code, filing.tax_code)
    return {"state": state, "text": text, "name": name, "period": filing.period, "due_on": filing.due_on}


def plug_in(app: Flask) -> None:
    """Fill the slots of earlier screens."""
    for slot, load in (("customer.tab", _of_customer), ("company.tab", _of_company)):
        contribute(
            Contribution(
                slot=slot,
                name="bookkeeping",
                label=_l("Bookkeeping"),
                template="bookkeeping/services_tab.html",
                load=load,
                permission=("can_list", "engagement"),
                order=60,
            )
        )
    app.extensions.setdefault("login_page", []).append(login_calendar)
