"""TABLE of the customer's transitions (spec 2-lifecycle, Customer). Later stages contribute guards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.customers import checks, effects
from app.customers.colleagues import colleague_choices, owner_choices
from app.customers.dictionaries import offered
from app.customers.models import Customer
from app.customers.states import PROSPECT, PUBLIC, RETAINED, SIGNED, STAGES
from app.platform.lifecycle import Ask, Lifecycle, Transition


def _give_up_reasons(session: Session, _row: Any) -> Sequence[tuple[Any, Any]]:
    return [("", ""), *offered("give_up_reason")(session)]


CUSTOMER_LIFECYCLE = Lifecycle(
    "customer",
    Customer,
    attribute="stage",
    states=STAGES,
    transitions=(
        Transition(
            "claim",
            _l("Claim"),
            frozenset({PUBLIC}),
            effects.claimed,
            guards=(checks.within_daily_limit, checks.cooled_down, checks.numbers_free),
            effect=effects.after_claim,
            title="claimed from the public pool",
            primary=True,
            bulk=True,
            icon="hand",
        ),
        Transition(
            "assign",
            _l("Assign"),
            frozenset({PROSPECT, SIGNED, RETAINED, PUBLIC}),
            effects.assigned,
            asks=(
                Ask("owner", _l("New owner"), kind="choice", choices=owner_choices),
                Ask("reason", _l("Reason"), required=False),
            ),
            effect=effects.after_assign,
            title="assigned to %(owner)s",
            bulk=True,
            icon="user-pen",
        ),
        Transition(
            "share",
            _l("Share"),
            frozenset({PROSPECT, SIGNED, RETAINED}),
            "same",
            asks=(Ask("person", _l("Colleague"), kind="choice", choices=colleague_choices),),
            guards=(checks.owner_or_superior,),
            effect=effects.shared,
            title="shared with a colleague",
            bulk=True,
            icon="share-nodes",
            shown=checks.is_owner_or_superior,
        ),
        Transition(
            "give_up",
            _l("Give up"),
            frozenset({PROSPECT}),
            effects.given_up,
            asks=(
                Ask("reason", _l("Reason"), kind="choice", choices=_give_up_reasons),
                Ask("note", _l("Note"), kind="long", required=False),
            ),
            guards=(checks.owner_or_superior,),
            effect=effects.release,
            title="gave the customer up",
            danger=True,
            bulk=True,
            icon="box-open",
            shown=checks.is_owner_or_superior,
            consequence=lambda _session, _row: str(
                _l("The customer goes to the public pool. You may claim it back only after the cooling time.")
            ),
        ),
        Transition(
            "recycle",
            _l("Recycle"),
            frozenset({PROSPECT}),
            PUBLIC,
            effect=effects.release,
            title="went to the public pool: untouched for too long",
            system=True,
        ),
        Transition(
            "sign",
            _l("Sign"),
            frozenset({PROSPECT, SIGNED, RETAINED}),
            SIGNED,
            effect=effects.signed,
            title="became a signed customer",
            system=True,
        ),
        Transition(
            "retain",
            _l("Retain"),
            frozenset({SIGNED}),
            RETAINED,
            effect=effects.retained,
            title="became a retained customer",
            system=True,
        ),
        Transition(
            "fall_back",
            _l("Fall back"),
            frozenset({SIGNED}),
            effects.fallen_back,
            effect=effects.after_falling_back,
            title="has no contract any more",
            system=True,
        ),
    ),
)

for _action in ("edit", "follow_up", "comment", "reveal"):
    CUSTOMER_LIFECYCLE.contribute_guard(_action, checks.not_in_pool)
