"""等我审批: the documents that wait for the person who looks."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, render_template, url_for
from flask_appbuilder import BaseView, expose
from sqlalchemy.orm import Session

from app.approval.entity import KINDS
from app.approval.models import ApprovalRequest
from app.approval.operations import inbox
from app.approval.panel import amount_shown, author_shown
from app.platform.access import Identity
from app.platform.database import db
from app.platform.screens.guard import signed_in


class ApprovalView(BaseView):
    """Everybody's own inbox; what is not theirs to decide never shows."""

    route_base = "/approvals"
    class_permission_name = "approval"

    @expose("/")
    @signed_in
    def index(self) -> Any:
        """Documents that wait, oldest first, each with a link to the page where it is decided."""
        return render_template("approval/inbox.html", entries=inbox_entries(db.session(), g.identity))


def inbox_entries(session: Session, identity: Identity) -> list[dict[str, Any]]:
    """The inbox as lines to draw: kind, title, author, amount, reasons, address."""
    return [_entry(request, identity) for request in inbox(session, identity)]


def _entry(request: ApprovalRequest, reader: Identity) -> dict[str, Any]:
    endpoint = f"{request.subject}.show"
    known = endpoint in current_app.view_functions
    return {
        "kind": KINDS.get(request.kind, request.kind),
        "title": request.title,
        "author": author_shown(request, reader),
        "amount": amount_shown(request, reader),
        "submitted_at": request.submitted_at,
        "reason": request.reason,
        "why": "、".join(dict.fromkeys(step.why for step in request.steps if step.state == "turn")),
        "url": url_for(endpoint, pk=request.subject_id) if known else None,
    }
