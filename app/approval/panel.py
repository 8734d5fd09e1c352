"""The steps of a document as its page shows them: who decided, who has it now, why they were asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _

from app.approval.models import ApprovalRequest, ApprovalStep
from app.org.models import Person
from app.platform.access import Identity
from app.platform.masking import as_seen
from app.platform.money import format_money
from app.platform.screens.cells import moment_text

_STATES = {"turn": "current", "approved": "done", "rejected": "refused"}


def amount_shown(request: ApprovalRequest, reader: Identity) -> str:
    """What the document is about in yuan, as far as the reader may see it; empty when it has no amount."""
    if request.amount is None:
        return ""
    return f"¥{as_seen(reader, f'{request.subject}.amount', format_money(request.amount))}"


def author_shown(request: ApprovalRequest, reader: Identity) -> str:
    """Who submitted the document, as far as the reader may see it."""
    return str(as_seen(reader, f"{request.subject}.author", request.author.name))


def steps_shown(requests: Sequence[ApprovalRequest], reader: Identity) -> list[dict[str, Any]]:
    """The newest request of a document for the macro approval_steps; empty when it never asked anybody."""
    if not requests:
        return []
    request = requests[0]
    submitted = {
        "actor": author_shown(request, reader),
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


def steps_foreseen(author: str, approvers: Sequence[tuple[int, str, Person | None]]) -> list[dict[str, Any]]:
    """Who would decide on a document not yet submitted, each once; empty when nobody would be asked."""
    if not approvers:
        return []
    shown = [{"actor": author, "text": _("submits"), "state": "done"}]
    for person in dict.fromkeys(person for _level, _rule, person in approvers):
        rules = "、".join(rule for _level, rule, other in approvers if other is person)
        if person is None:
            text = _("The rule “%(rule)s” finds nobody to approve.", rule=rules)
            shown.append({"actor": "?", "text": text, "state": "waiting"})
        else:
            shown.append(
                {
                    "actor": person.name,
                    "role": person.position or "",
                    "text": _("because: %(why)s", why=rules),
                    "state": "waiting",
                }
            )
    return shown
