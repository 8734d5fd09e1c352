"""The closing check: one contract in full, many at once, and the closing itself."""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.closing import blocks, operations
from app.closing.checks import check_contract, check_contracts
from app.closing.contributions import place_url
from app.closing.findings import ContractCheck
from app.closing.operations import missing_for
from app.closing.queries import closable_contracts, items_in, people_who_may
from app.contracts.models import Contract
from app.contracts.transitions import CONTRACT_LIFECYCLE
from app.delivery.states import OPEN
from app.platform import clock
from app.platform.database import db
from app.platform.errors import BusinessError
from app.platform.screens.base import listing_next, wants_fragment
from app.platform.screens.guard import requires
from app.platform.unit_of_work import unit_of_work

TOGETHER = 30


class ClosingView(BaseView):
    """What every contract still needs before it is closed (picture 07)."""

    route_base = "/closing"
    class_permission_name = "closing"

    @expose("/")
    @requires("can_list", "closing")
    def index(self) -> Any:
        """The contracts that can be checked together."""
        session = db.session()
        return render_template(
            "closing/index.html", together=_together(session), may_close=_may("can_close"), limit=TOGETHER
        )

    @expose("/<int:pk>")
    @requires("can_list", "closing")
    def show(self, pk: int) -> Any:
        """The checks of one contract."""
        session = db.session()
        check = check_contract(session, pk)
        contract = check.contract
        return render_template(
            "closing/check.html",
            check=check,
            contract=contract,
            state_text=CONTRACT_LIFECYCLE.label(contract.state),
            state_tone=CONTRACT_LIFECYCLE.tone(contract.state),
            blocks=blocks.blocks_of(check, g.identity, place_url),
            business=list(dict.fromkeys(line.subject.line.business_type.name for line in check.lines)),
            checked_at=clock.local(clock.now()),
            may_close=_may("can_close"),
            may_force=_may("can_force_close"),
            forcers=session.scalars(people_who_may("can_force_close", "work_item").limit(5)).all(),
            todo=blocks.who_does_what(check),
            consequences=blocks.consequences(check, _open_elsewhere(session, check)),
            together=_together(session),
            limit=TOGETHER,
        )

    @expose("/<int:pk>/close", methods=["POST"])
    @requires("can_close", "work_item")
    def close(self, pk: int) -> Any:
        """Close every line whose checks are met."""
        with unit_of_work() as session:
            count = operations.close_contract(session, pk)
        flash(_("%(count)s lines closed.", count=count), "success")
        return redirect(url_for("closing.show", pk=pk))

    @expose("/<int:pk>/force", methods=["GET", "POST"])
    @requires("can_force_close", "work_item")
    def force(self, pk: int) -> Any:
        """Close every open line, whatever is missing, and say why."""
        refusal: BusinessError | None = None
        if request.method == "POST":
            try:
                with unit_of_work() as session:
                    operations.force_contract(session, pk, request.form.get("reason", "")[:500])
                flash(_("Closed by force, and marked so."), "success")
                return redirect(url_for("closing.show", pk=pk))
            except BusinessError as error:
                refusal = error
        check = check_contract(db.session(), pk)
        page = render_template(
            "closing/force.html",
            fragment=wants_fragment(),
            check=check,
            reasons=list(dict.fromkeys(str(r) for line in check.open_lines for r in missing_for(line))),
            refusal=refusal,
        )
        return page, refusal.status if refusal else 200

    @expose("/bulk", methods=["POST"])
    @requires("can_close", "work_item")
    def bulk(self) -> Any:
        """Close the picked contracts; each stands or falls alone."""
        ids = [int(text) for text in request.form.getlist("ids") if text.isdecimal()][:TOGETHER]
        done = 0
        for pk in ids:
            try:
                with unit_of_work() as session:
                    operations.close_contract(session, pk)
                done += 1
            except BusinessError as refusal:
                flash(_name_failure(pk, refusal), "danger")
        flash(_("%(count)s contracts closed.", count=done), "success" if done else "info")
        return redirect(listing_next(url_for("closing.index")))


def _may(action: str) -> bool:
    return bool(g.identity.can(action, "work_item"))


def _together(session: Session) -> list[dict[str, Any]]:
    ids = session.scalars(closable_contracts(TOGETHER)).all()
    return [blocks.table_row(check) for check in check_contracts(session, ids)]


def _open_elsewhere(session: Session, check: ContractCheck) -> int:
    return items_in(session, check.contract.customer_id, OPEN) - len(check.open_lines)


def _name_failure(pk: int, refusal: BusinessError) -> str:
    number = db.session().scalar(select(Contract.number).where(Contract.id == pk)) or f"#{pk}"
    return f"{number}: {'；'.join(str(part) for part in (refusal.reasons or [refusal.message]))}"
