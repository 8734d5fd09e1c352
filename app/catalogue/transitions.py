"""TABLE of what happens to a version of a price tier: draft → pending → published, or back to draft."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from app.catalogue import checks, effects, states
from app.catalogue.grid import changes_of, grid_of
from app.catalogue.models import PriceTierVersion
from app.platform.lifecycle import Ask, Lifecycle, Transition

_NOTE = Ask("note", _l("Note"), kind="long", required=False)
_REASON = Ask("reason", _l("Reason"), kind="long")


def _meaning(session: Session, version: PriceTierVersion) -> str:
    text = _l(
        "%(count)s prices change from %(day)s on. Contracts that exist keep theirs.",
        count=changes_of(version, grid_of(session, version)),
        day=version.valid_from,
    )
    return str(text)


PRICE_VERSION_LIFECYCLE = Lifecycle(
    "price_tier_version",
    PriceTierVersion,
    states={
        states.DRAFT: (_l("Draft"), "warning"),
        states.PENDING: (_l("Awaiting approval"), "warning"),
        states.PUBLISHED: (_l("Published"), "success"),
        states.DISCARDED: (_l("Discarded"), "outline"),
    },
    transitions=(
        Transition(
            "submit",
            _l("Submit for approval"),
            frozenset({states.DRAFT}),
            states.PENDING,
            guards=(checks.days_fit, checks.prices_fit),
            effect=effects.submitted,
            title="submitted the prices",
            primary=True,
            icon="paper-plane",
            consequence=_meaning,
        ),
        Transition(
            "approve",
            _l("Approve"),
            frozenset({states.PENDING}),
            "same",
            asks=(_NOTE,),
            guards=(checks.turn_has_come, checks.days_fit),
            effect=effects.approved,
            title="approved the prices",
            primary=True,
            icon="check",
            consequence=_meaning,
            shown=checks.my_turn,
        ),
        Transition(
            "hand_back",
            _l("Hand back"),
            frozenset({states.PENDING}),
            states.DRAFT,
            asks=(_REASON,),
            guards=(checks.turn_has_come,),
            effect=effects.handed_back,
            title="handed the prices back",
            icon="rotate-left",
            shown=checks.my_turn,
        ),
        Transition(
            "withdraw",
            _l("Take back"),
            frozenset({states.PENDING}),
            states.DRAFT,
            guards=(checks.only_the_author,),
            effect=effects.withdrawn,
            title="took the prices back",
            icon="rotate-left",
            shown=checks.is_author,
        ),
        Transition(
            "discard",
            _l("Discard"),
            frozenset({states.DRAFT}),
            states.DISCARDED,
            title="discarded a price draft",
            danger=True,
            icon="trash",
        ),
        Transition(
            "publish",
            _l("Publish"),
            frozenset({states.DRAFT, states.PENDING}),
            states.PUBLISHED,
            effect=effects.published,
            title="the prices were published",
            system=True,
        ),
    ),
)

PRICE_VERSION_LIFECYCLE.contribute_guard("edit", checks.is_draft)
