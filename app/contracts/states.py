"""What a contract can be (spec 2-lifecycle, Contract)."""

DRAFT = "draft"
PENDING = "pending"
ACTIVE = "active"
REJECTED = "rejected"
CLOSED = "closed"
TERMINATED = "terminated"
VOID = "void"

OPEN_STATES = frozenset({PENDING, ACTIVE})
"""A customer with a contract in one of these is not given up."""
