"""TABLE of documents that ask for approval: the word on the screen, its tone, and its page."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l

from app.approval.models import ApprovalRequest
from app.approval.panel import amount_shown, author_shown
from app.platform.access import Identity

# kind → (word, tone, endpoint of the page, argument it takes)
DOCUMENTS: dict[str, tuple[Any, str, str]] = {
    "contract": (_l("Contract"), "violet", "contract.show"),
    "reversal": (_l("Reversal"), "danger", "receipt.show"),
    "waiver": (_l("Waiver"), "warning", "waiver.show"),
    "refund": (_l("Refund"), "warning", "receipt.show"),
    "export": (_l("Export"), "plain", "task.index"),
}


def page_of(request: ApprovalRequest, reader: Identity) -> dict[str, Any]:
    """The document behind a request: word, tone, address, and what the reader may see of it."""
    word, tone, endpoint = DOCUMENTS[request.kind]
    return {
        "word": word,
        "tone": tone,
        "url": url_for(endpoint, pk=request.subject_id),
        "amount": amount_shown(request, reader),
        "author": author_shown(request, reader),
    }
