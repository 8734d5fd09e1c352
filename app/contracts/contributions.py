"""What contracts add to earlier stages: a tab and a guard of the customer, the effect of a price draft."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.catalogue import draft_effects
from app.contracts.checks import no_open_contract
from app.contracts.models import Contract, ContractLine
from app.contracts.price_effects import effects_of_draft
from app.contracts.transitions import CONTRACT_LIFECYCLE
from app.customers.transitions import CUSTOMER_LIFECYCLE
from app.platform.access import Identity
from app.platform.masking import sees
from app.platform.screens.slots import Contribution, contribute

SHOWN = 50


def _load(session: Session, customer: Any, identity: Identity) -> Mapping[str, Any]:
    statement = (
        select(Contract)
        .where(Contract.customer_id == customer.id)
        .options(selectinload(Contract.lines).joinedload(ContractLine.business_type))
        .order_by(Contract.id.desc())
        .limit(SHOWN)
    )
    return {
        "contracts": list(session.scalars(statement)),
        "customer": customer,
        "lifecycle": CONTRACT_LIFECYCLE,
        "may_add": identity.can("can_add", "contract")
        and sees(identity, "contract.amount")
        and customer.stage != "public",
    }


def plug_in() -> None:
    """Fill the slots of the customer page, guard the customer's lifecycle, foresee price drafts."""
    contribute(
        Contribution(
            slot="customer.tab",
            name="contracts",
            label=_l("Contracts"),
            template="contracts/customer_tab.html",
            load=_load,
            permission=("can_list", "contract"),
            order=20,
        )
    )
    for name in ("give_up", "recycle"):
        CUSTOMER_LIFECYCLE.contribute_guard(name, no_open_contract)
    draft_effects.supply(effects_of_draft)
