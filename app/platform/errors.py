"""Errors that are for people. Whatever is not a `BusinessError` is a bug and rises to the edge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class BusinessError(Exception):
    """A refusal a person can act on.

    `message` says what was refused and what to do; `reasons` lists everything that stood in the way,
    all at once. Both may be lazy strings. Caught only at the edges (view, job, command).
    """

    status = 422

    def __init__(self, message: Any, *reasons: Any, code: str = "refused") -> None:
        super().__init__(message)
        self.message = message
        self.reasons: Sequence[Any] = reasons
        self.code = code

    def __str__(self) -> str:
        return "; ".join(str(part) for part in (self.message, *self.reasons))


class FieldErrors(BusinessError):
    """Refused input, with the faults field by field: {field name: [message, …]}."""

    def __init__(self, message: Any, fields: dict[str, list[Any]]) -> None:
        super().__init__(message, *(m for faults in fields.values() for m in faults), code="invalid")
        self.fields = fields


class NotFound(BusinessError):
    """The row does not exist, or not for this person: the two must look the same."""

    status = 404

    def __init__(self) -> None:
        from flask_babel import lazy_gettext as _l

        super().__init__(_l("This record does not exist, or you may not see it."), code="not_found")


class NotAllowed(BusinessError):
    """The person lacks the permission."""

    status = 403

    def __init__(self, message: Any = None) -> None:
        from flask_babel import lazy_gettext as _l

        super().__init__(
            message or _l("You have no right to do this. Ask an administrator."), code="not_allowed"
        )


class Stale(BusinessError):
    """Somebody changed the row since the form was opened."""

    status = 409

    def __init__(self, message: Any, *reasons: Any) -> None:
        super().__init__(message, *reasons, code="stale")
