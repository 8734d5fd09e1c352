"""The steps of a document as its page shows them: who decided, who has it now, why they were asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from app.approval.models import ApprovalRequest, ApprovalStep
from app.platform.screens.cells import moment_text

_STATES = {"turn": "current", "approved": "done", "rejected": "refused"}


def steps_shown(requests: Sequence[ApprovalRequest]) -> list[dict[str, Any]]:
    """The newest request of a document for the macro approval_steps; empty when it never asked anybody."""
    if not requests:
        return []
    request = requests[0]
    submitted = {
        "actor": request.author.name,
        "text": _("submitted"),
        "note": request.reason,
        "time": moment_text(request.submitted_at),
        "state": "done",
    }
    return [submitted, *(_step(step) for step in request.steps)]


def _step(step: ApprovalStep) -> dict[str, Any]:
    words = {
        "turn": _("has it now"),
        "approved": _("approved"),
        "rejected": _("refused"),
        "skipped": _("not needed: decides at another level"),
        "waiting": _("comes after"),
    }
    own = _("approves their own document") if step.self_approved else ""
    return {
        "actor": step.approver.name,
        "role": words[step.state],
        "text": "，".join(part for part in (_("because: %(why)s", why=step.why), own) if part),
        "note": step.note,
        "time": moment_text(step.decided_at) if step.decided_at else "",
        "state": _STATES.get(step.state, "waiting"),
    }
