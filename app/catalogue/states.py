"""What a version of a price tier can be: drafted, waiting for approval, published for good, thrown away."""

DRAFT = "draft"
PENDING = "pending"
PUBLISHED = "published"
DISCARDED = "discarded"

OPEN_STATES = frozenset({DRAFT, PENDING})
"""A tier has at most one version in one of these."""
