"""Receipts, receivables, waivers and accounts on the screen."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, g, jsonify, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.approval.panel import steps_shown
from app.approval.queries import requests_of
from app.companies.timeline_days import timeline_days
from app.finance import cash_book, queries
from app.finance.checks import OPEN
from app.finance.columns import AGING, AGING_TONES, age_of, line_words
from app.finance.entity import MONEY_ACCOUNT, RECEIPT, RECEIVABLE, WAIVER
from app.finance.forms import MOVING, WAIVER_ASKS, allocation_offer, receipt_start, slip_from
from app.finance.operations import enter_receipt, save_account
from app.finance.waiving import may_waive, refuse_blind, waive
from app.platform.access import Identity
from app.platform.database import db
from app.platform.errors import BusinessError, FieldErrors
from app.platform.masking import as_seen, sees
from app.platform.money import ZERO, format_money
from app.platform.screens import listing
from app.platform.screens.base import listing_next, wants_fragment
from app.platform.screens.fields import build_form
from app.platform.screens.guard import requires
from app.platform.screens.view import EntityView
from app.platform.unit_of_work import unit_of_work


def _new_token() -> str:
    """What makes a second click harmless: the refused form carries the same one on."""
    return request.form.get("token", "")[:64] or secrets.token_hex(16)


class ReceiptView(EntityView):
    """到款单: entered here, booked in a dialog that shows what the money will pay."""

    entity = RECEIPT
    edits = False
    list_template = "finance/receipts.html"
    detail_template = "finance/receipt.html"
    form_template = "finance/receipt_form.html"

    def initial(self, session: Session) -> Mapping[str, Any]:
        return receipt_start(session, request.args)

    def create(self, session: Session, data: Mapping[str, Any]) -> Any:
        return enter_receipt(session, slip_from(data), token=request.form.get("token", "")[:64] or None)

    def detail_context(self, session: Session, row: Any, identity: Identity) -> Mapping[str, Any]:
        return {
            "line_words": line_words,
            "steps": steps_shown(requests_of(session, "receipt", row.id), identity)
            if row.kind == "reversal"
            else [],
            "timeline_days": timeline_days(session, "receipt", row.id),
        }

    @expose("/contracts")
    @requires("can_add")
    def contracts(self) -> Any:
        """The contracts of a customer that ask for money, for the entry form."""
        wanted = request.args.get("customer_id", "")
        customer_id = int(wanted) if wanted.isdecimal() and len(wanted) < 12 else 0
        return jsonify(results=_owing(db.session(), customer_id))

    def _page(self, template: str, **context: Any) -> str:
        if template == self.form_template:
            form = context["form"]
            customer_id = form.customer_id.data if "customer_id" in form else None
            context["owing"] = _owing(db.session(), customer_id or 0)
            context["token"] = _new_token()
        elif template == "screens/transition.html" and context["transition"].name in MOVING:
            template = "finance/booking.html"
            context |= allocation_offer(db.session(), context["row"], context["form"])
        return super()._page(template, **context)


def _owing(session: Session, customer_id: int) -> Sequence[Mapping[str, Any]]:
    """Contracts with something open, and what is open on them, for a select."""
    rows = session.execute(queries.owing_contracts(customer_id).limit(50))
    return [
        {
            "id": contract.id,
            "text": _(
                "%(number)s, ¥%(open)s open",
                number=contract.number,
                open=as_seen(g.identity, OPEN, format_money(amount)),
            ),
            "open": str(amount) if sees(g.identity, OPEN) else "",
            "payer": contract.payer or "" if sees(g.identity, "contract.payer") else "",
        }
        for contract, amount in rows
    ]


class ReceivableView(EntityView):
    """应收与欠款: what contracts ask for, how old what is open is, and giving up a part of it."""

    entity = RECEIVABLE
    creates = False
    edits = False
    list_template = "finance/receivables.html"
    detail_template = "finance/receivable.html"

    def list_context(self, session: Session, page: listing.Page, identity: Identity) -> Mapping[str, Any]:
        if not sees(identity, OPEN):
            return {"arrears_figures": []}
        classes = queries.arrears(session)
        total = sum((each.open for each in classes), ZERO)
        found = [(AGING[each.aging_class], f"¥{format_money(each.open)}") for each in classes if each.open]
        return {"arrears_figures": [(_("Still open"), f"¥{format_money(total)}"), *found]}

    def detail_context(self, session: Session, row: Any, identity: Identity) -> Mapping[str, Any]:
        age = age_of(row)
        return {
            "allocations": list(session.scalars(queries.allocations_to(row.id))),
            "waivers": list(session.scalars(queries.waivers_of(row.id))),
            "waiver_states": WAIVER.lifecycle.states if WAIVER.lifecycle else {},
            "age_text": AGING[age] if age else _("settled"),
            "age_tone": AGING_TONES[age] if age else "success",
            "may_waive": row.balance > 0 and may_waive(identity),
            "may_receive": row.balance > 0 and identity.can("can_add", "receipt"),
        }

    @expose("/<int:pk>/waive", methods=["GET", "POST"])
    @requires("can_waive")
    def waive(self, pk: int) -> Any:
        """Give up a part of the receivable; above the limit of the rules it then waits for approval."""
        refuse_blind(g.identity)
        session: Session = db.session()
        row = self.find(session, pk)
        form = build_form(WAIVER_ASKS, session=session)
        refusal: BusinessError | None = None
        if request.method == "POST" and self._accepts(form, session):
            try:
                with unit_of_work() as session:
                    waiver = waive(session, pk, form.amount.data, form.reason.data or "", token=_new_token())
                waits = waiver.state == "pending"
                flash(_("The waiver waits for approval.") if waits else _("Waived."), "success")
                return redirect(listing_next(url_for("receivable.show", pk=pk)))
            except BusinessError as error:
                refusal, row = error, self.find(db.session(), pk)
        if isinstance(refusal, FieldErrors):
            for name, faults in refusal.fields.items():
                form[name].errors = [*form[name].errors, *faults]
        page = self._page(
            "finance/waive.html",
            fragment=wants_fragment(),
            form=form,
            row=row,
            asks=WAIVER_ASKS,
            title=self.entity.title(row),
            refusal=refusal,
            token=_new_token(),
        )
        return page, refusal.status if refusal else 422 if form.errors else 200


class WaiverView(EntityView):
    """减免: waiting for approval and done."""

    entity = WAIVER
    creates = False
    edits = False
    detail_template = "finance/waiver.html"

    def detail_context(self, session: Session, row: Any, identity: Identity) -> Mapping[str, Any]:
        return {
            "steps": steps_shown(requests_of(session, "waiver", row.id), identity),
            "timeline_days": timeline_days(session, "waiver", row.id),
        }


class MoneyAccountView(EntityView):
    """Accounts; the page of one is its cash book."""

    entity = MONEY_ACCOUNT
    detail_template = "finance/cash_book.html"

    def create(self, session: Session, data: Mapping[str, Any]) -> Any:
        return save_account(session, None, data)

    def change(self, session: Session, row: Any, data: Mapping[str, Any]) -> None:
        save_account(session, row, data)

    def detail_context(self, session: Session, row: Any, identity: Identity) -> Mapping[str, Any]:
        page = cash_book.read_page(session, row, request.args.get("before", ""))
        older = url_for("money_account.show", pk=row.id, before=page.next_cursor)
        return {
            "page": page,
            "older_url": older if page.next_cursor else None,
            "newest_url": url_for("money_account.show", pk=row.id) if page.cursor else None,
            "may_open_receipt": g.identity.can("can_show", "receipt"),
        }
