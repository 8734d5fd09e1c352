"""Who may do what with customers, and with the rules and words they follow (spec 3-roles)."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, exists

from app.customers.models import Customer
from app.customers.states import PUBLIC
from app.platform.access import Identity, Level, widen
from app.platform.grants import EntityAccess, Preset, declare

_EDITED = {"list": _l("see the list"), "show": _l("open"), "add": _l("create"), "edit": _l("change")}

declare(
    EntityAccess(
        entity="customer",
        label=_l("Customers"),
        actions={
            **_EDITED,
            "give_up": _l("give up"),
            "claim": _l("claim from the pool"),
            "assign": _l("assign"),
            "share": _l("share with a colleague"),
            "comment": _l("comment"),
            "follow_up": _l("write follow-ups"),
            "reveal": _l("show masked numbers"),
            "pass_collision": _l("let a collision pass"),
            "import": _l("import"),
        },
        presets={
            "salesperson": Preset(Level.OWN, "list show add edit give_up claim share follow_up reveal"),
            "sales_manager": Preset(
                Level.TREE,
                "list show add edit give_up claim assign share comment follow_up reveal "
                "pass_collision import",
            ),
            "field_worker": Preset(Level.OWN, "list show follow_up reveal"),
            "delivery_manager": Preset(Level.TREE, "list show comment follow_up reveal"),
            "accountant": Preset(Level.OWN, "list show follow_up reveal"),
            "accounting_manager": Preset(Level.TREE, "list show comment follow_up reveal"),
            "cashier": Preset(Level.ALL, "list show reveal"),
            "office_clerk": Preset(Level.ALL, "list show"),
            "principal": Preset(
                Level.ALL,
                "list show add edit give_up claim assign share comment follow_up reveal "
                "pass_collision import",
            ),
            "administrator": Preset(Level.NONE, "import"),
        },
    ),
    EntityAccess(
        entity="dictionary_word",
        label=_l("Dictionaries"),
        actions=_EDITED,
        presets={"administrator": Preset(Level.ALL, "list show add edit")},
        scoped=False,
    ),
    EntityAccess(
        entity="contact_rule",
        label=_l("Contact rules"),
        actions=_EDITED,
        presets={"administrator": Preset(Level.ALL, "list show add edit")},
        scoped=False,
    ),
    EntityAccess(
        entity="pool_rule",
        label=_l("Pool rule"),
        actions={name: words for name, words in _EDITED.items() if name != "add"},
        presets={"administrator": Preset(Level.ALL, "list show edit")},
        scoped=False,
    ),
)


def _pool_for_claimers(model: type[Any], identity: Identity) -> ColumnElement[bool] | None:
    """Whoever may claim sees the public pool, with its history."""
    if not identity.can("can_claim", "customer"):
        return None
    customers = Customer.__table__.c
    if model is Customer:
        return Customer.stage == PUBLIC
    anchor: ColumnElement[Any] = getattr(model, model.scope_by)
    # Asked row by row: the pool may hold a hundred thousand.
    in_pool = exists().where(customers.id == anchor, customers.stage == PUBLIC)
    return in_pool.correlate_except(Customer.__table__)


widen("customer", _pool_for_claimers)
