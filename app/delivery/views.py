"""Work items: list, board, detail."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.companies.queries import companies_of
from app.companies.timeline_days import timeline_days
from app.delivery import board, effects, operations, queries, rules
from app.delivery.clearance import demand
from app.delivery.entity import WORK_ITEM, promised_text, promised_tone
from app.delivery.models import WorkItem
from app.delivery.states import OPEN, REPORTABLE, STEP_STATE_LABELS, StepState
from app.delivery.transitions import LIFECYCLE
from app.platform import clock
from app.platform.access import Identity
from app.platform.database import db
from app.platform.errors import BusinessError
from app.platform.screens import listing
from app.platform.screens.base import listing_next, wants_fragment
from app.platform.screens.guard import requires
from app.platform.screens.transition_screen import BULK_LIMIT
from app.platform.screens.view import EntityView
from app.platform.unit_of_work import unit_of_work

FINISHING = frozenset({"close", "open", "force_close"})


class WorkItemView(EntityView):
    """The work behind contract lines. Items open by themselves, so nobody creates or edits one by hand."""

    entity = WORK_ITEM
    list_template = "delivery/list.html"
    detail_template = "delivery/item.html"
    creates = False
    edits = False

    def list_context(self, session: Session, page: listing.Page, identity: Identity) -> Mapping[str, Any]:
        return {"pills_items": _pills("list")}

    def detail_context(self, session: Session, row: WorkItem, identity: Identity) -> Mapping[str, Any]:
        objections = [str(reason) for reason in effects.by_handler_or_supervisor(session, row, identity)]
        return {
            "steps": [_step_row(row, step, identity) for step in row.steps],
            "objections": objections,
            "token": secrets.token_hex(16),
            "today": clock.today(),
            "may_name_company": row.company is None
            and row.state in OPEN
            and not objections
            and identity.can("can_report_step", "work_item"),
            "promised": promised_text(row),
            "promised_tone": promised_tone(row),
            "may_contract": identity.can("can_show", "contract"),
            "may_customer": identity.can("can_show", "customer"),
            "may_company": identity.can("can_show", "company"),
            "timeline_days": timeline_days(session, "work_item", row.id),
        }

    def _perform(self, session: Session, pk: int, name: str, data: Mapping[str, Any]) -> None:
        if name not in FINISHING:
            super()._perform(session, pk, name, data)
            return
        version = request.form.get("version", "")
        operations.close(
            session,
            demand(session, pk, forced=name == "force_close"),
            reason=str(data.get("reason") or ""),
            version=int(version) if version.isdecimal() else None,
            token=request.form.get("token", "")[:64] or None,
        )

    @expose("/<int:pk>/company", methods=["GET", "POST"])
    @requires("can_report_step")
    def company(self, pk: int) -> Any:
        """Say which company the work is for."""
        row = self.find(db.session(), pk)
        refusal: BusinessError | None = None
        if request.method == "POST":
            try:
                with unit_of_work() as session:
                    operations.name_company(
                        session,
                        pk,
                        company_id=_number(request.form.get("company_id", "")),
                        new_name=request.form.get("name", ""),
                    )
                return redirect(url_for("work_item.show", pk=pk))
            except BusinessError as error:
                refusal = error
        companies = db.session().scalars(companies_of(row.customer_id)).all()
        page = self._page(
            "delivery/company.html",
            fragment=wants_fragment(),
            row=row,
            companies=[("", ""), *((company.id, company.name) for company in companies)],
            name=request.form.get("name", row.customer.name),
            refusal=refusal,
        )
        return page, refusal.status if refusal else 200

    # Board ------------------------------------------------------------------------------------------

    @expose("/board")
    @requires("can_list")
    def board(self) -> Any:
        """Running items of one group of business by present step, beside the people and their loads."""
        session, identity = db.session(), g.identity
        groups = board.groups_in_work(session)
        names = [name for name, _count in groups]
        group = request.args.get("group", "")
        group = group if group in names else (names[0] if names else "")
        handler_id = _number(request.args.get("handler", ""))
        items = session.scalars(board.items_on_board(group, handler_id)).all() if group else []
        may_assign = identity.can("can_assign", "work_item")
        handlers = board.handlers_in_work(session)
        loads = queries.workloads(session, board.kinds_wanted(items)) if may_assign else []
        return self._page(
            "delivery/board.html",
            pills_items=_pills("board"),
            group=group,
            group_entries=[_choice(name, name, group, "group") for name in names],
            handler=handler_id,
            handlers=handlers,
            handler_entries=[
                _choice(None, _("everybody"), handler_id, "handler"),
                *(_choice(person.id, person.name, handler_id, "handler") for person in handlers),
            ],
            summary=board.summary(session, group),
            columns=[_column(column, group) for column in board.columns_of(items)],
            cut=len(items) == board.BOARD_LIMIT,
            limit=board.BOARD_LIMIT,
            may_assign=may_assign,
            loads=loads,
            suggested=queries.suggestion(loads),
            heaviest=max((w.load for w in loads), default=0) or 1,
        )

    @expose("/assign", methods=["POST"])
    @requires("can_assign")
    def assign(self) -> Any:
        """Give the picked items to one person; each stands or falls alone."""
        ids = [int(text) for text in request.form.getlist("ids") if text.isdecimal()][:BULK_LIMIT]
        handler = request.form.get("handler", "")
        if not ids or not handler:
            raise BusinessError(_("Pick at least one item and one person."))
        data = {"handler": handler, "note": request.form.get("note", "")[:500] or None}
        done, failures = self._perform_each("assign", ids, data)
        if done:
            flash(_("%(count)s items assigned.", count=done), "success")
        for reason in failures:
            flash(reason, "danger")
        return redirect(listing_next(url_for("work_item.board")))


def _pills(active: str) -> list[dict[str, Any]]:
    return [
        {
            "label": _("Board"),
            "url": url_for("work_item.board"),
            "icon": "table-columns",
            "active": active == "board",
        },
        {
            "label": _("List"),
            "url": url_for("work_item.index"),
            "icon": "list",
            "active": active == "list",
        },
    ]


def _choice(value: Any, label: str, current: Any, argument: str) -> dict[str, Any]:
    kept = {key: text for key, text in request.args.items() if key in ("group", "handler")}
    return {
        "label": label,
        "url": url_for("work_item.board", **{**kept, argument: value}),
        "current": value == current,
    }


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 12 else None


def _column(column: board.Column, group: str) -> dict[str, Any]:
    shown, more = column.items[: board.COLUMN_LIMIT], len(column.items) - board.COLUMN_LIMIT
    found: dict[str, Any] = {
        "label": column.label,
        "count": len(column.items),
        "cards": [board.card_of(item, url_for("work_item.show", pk=item.id), g.identity) for item in shown],
    }
    if more > 0:
        found["more_url"] = _list_url(group, column.kept)
        found["more_text"] = _("%(count)s more", count=more)
    return found


def _list_url(group: str, kept: Mapping[str, Any]) -> str:
    filters = {"tab": "all", "group__is": group, **kept}
    return url_for("work_item.index", **filters)


def _step_row(row: WorkItem, step: Any, identity: Identity) -> dict[str, Any]:
    """One step with what this person may do about it now."""
    before = [s.name for s in rules.blocking(row.steps, step)]
    mine = identity.person_id == row.handler_id or identity.can("can_assign", "work_item")
    turn = mine and row.state in REPORTABLE and step.state == StepState.OPEN and not before
    undo = LIFECYCLE.transitions["undo_step"]
    return {
        "row": step,
        "state": STEP_STATE_LABELS[step.state],
        "waits_for": before if step.state == StepState.OPEN else [],
        "may_report": turn and identity.can("can_report_step", "work_item"),
        "may_skip": turn and identity.can("can_skip_step", "work_item"),
        "may_undo": mine
        and row.state in undo.source
        and step.state != StepState.OPEN
        and not rules.built_upon(row.steps, step)
        and identity.can("can_undo_step", "work_item"),
    }
