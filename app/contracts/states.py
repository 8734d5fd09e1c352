"""What a contract can be (spec 2-lifecycle, Contract)."""

from flask_babel import lazy_gettext as _l

DRAFT = "draft"
PENDING = "pending"
ACTIVE = "active"
ENDING = "ending"
REJECTED = "rejected"
CLOSED = "closed"
TERMINATED = "terminated"
VOID = "void"

OPEN_STATES = frozenset({PENDING, ACTIVE, ENDING})
"""A customer with a contract in one of these is not given up."""

LINE_CLOSED, LINE_OPENED, LINE_CANCELLED = "closed", "opened", "cancelled"
"""How a line ends: a one-off is closed, a recurring one opened for service; cancelled work ends it, too."""

SETTLED, KEEP_DEBT = "settled", "keep_debt"
SETTLEMENTS = {
    SETTLED: _l("everything is paid or waived"),
    KEEP_DEBT: _l("what is open stays a debt"),
}
"""What the cashier says about the open money of a contract that ends."""
