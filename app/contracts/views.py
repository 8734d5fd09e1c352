"""Contracts: list, page, and the form on one page with its price check."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import flash, g, jsonify, redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.approval.panel import steps_foreseen, steps_shown
from app.approval.queries import requests_of
from app.catalogue.labels import ITEM_KIND_LABELS
from app.catalogue.queries import business_types_offered, own_prices, types_with_items
from app.companies.queries import companies_of
from app.companies.timeline_days import timeline_days
from app.contracts import states
from app.contracts.checks import my_turn, writes
from app.contracts.entity import CONTRACT
from app.contracts.forms import (
    HEADER,
    LineRow,
    ask_for_reasons,
    faults_shown,
    fresh_line,
    input_from,
    lay_check,
    lay_faults,
    quote,
    read_lines,
    sold_names,
    stored_lines,
    typed_lines,
    typed_type_ids,
    warning_of,
)
from app.contracts.instalments import INTERVALS
from app.contracts.merging import TAKE_LINES, Merged, Typed, key_of_lines, merge_draft
from app.contracts.models import Contract
from app.contracts.operations import (
    PriceCheck,
    check_prices,
    contract_of_token,
    copy_to_draft,
    refuse_blind,
    refuse_other_hands,
    save_contract,
    submit_contract,
)
from app.contracts.queries import draft_for_form
from app.contracts.summary import Summary, summary_of
from app.customers.models import Customer
from app.platform import clock
from app.platform.access import FieldLevel, Identity
from app.platform.database import db
from app.platform.entity import Field
from app.platform.errors import BusinessError, FieldErrors, Stale
from app.platform.masking import sees
from app.platform.screens.base import put_custom, split, typed
from app.platform.screens.fields import build_form, form_fields
from app.platform.screens.guard import requires
from app.platform.screens.view import EntityView
from app.platform.unit_of_work import unit_of_work


class ContractView(EntityView):
    """Everything a contract shows. Its form is written by hand: lines and items depend on each other."""

    entity = CONTRACT
    detail_template = "contracts/contract.html"

    def detail_context(self, session: Session, row: Any, identity: Identity) -> Mapping[str, Any]:
        sees_all = sees(identity, "contract.amount")
        return {
            "steps": steps_shown(requests_of(session, "contract", row.id), identity),
            "warnings": {line.id: warning_of(line, sold_names(line)) for line in row.lines},
            "summary": summary_of(row),
            "my_turn": my_turn(session, row, identity),
            "may_change": row.state == states.DRAFT and sees_all and writes(session, row, identity),
            "may_copy": sees_all and identity.can("can_copy", "contract"),
            "timeline_days": timeline_days(session, "contract", row.id),
            "token": secrets.token_hex(16),
        }

    # Form -------------------------------------------------------------------------------------------

    @expose("/new", methods=["GET", "POST"])
    @requires("can_add")
    def add(self) -> Any:
        """A new contract."""
        refuse_blind(db.session())
        if request.method == "POST":
            return self._posted(None)
        session = db.session()
        wanted = request.args.get("customer_id", "")
        data = {"customer_id": int(wanted) if wanted.isdecimal() else None, "signed_on": clock.today()}
        form = build_form(self._header(), session=session, data=data)
        return self._contract_form(session, form, [fresh_line("lines-0-", None, {})], None, None)

    @expose("/<int:pk>/edit", methods=["GET", "POST"])
    @requires("can_edit")
    def edit(self, pk: int) -> Any:
        """A draft; what is no draft any more goes back to its page."""
        session = db.session()
        refuse_blind(session)
        if request.method == "POST":
            return self._posted(pk)
        contract = draft_for_form(session, pk)
        refuse_other_hands(session, contract)
        if contract.state != states.DRAFT:
            flash(_("The contract is no draft any more. Copy it to change it."), "warning")
            return redirect(url_for("contract.show", pk=pk))
        data = {field.name: field.start(contract) for field in self._header()}
        form = build_form(self._header(), session=session, data=data)
        return self._contract_form(session, form, stored_lines(contract), contract, None)

    def _posted(self, pk: int | None) -> Any:
        session = db.session()
        form, rows = self._typed_form(session)
        if pk is not None and TAKE_LINES in request.form:
            draft = draft_for_form(session, pk)
            refuse_other_hands(session, draft)
            return self._contract_form(session, form, stored_lines(draft), draft, None)
        lines = read_lines(rows)
        refusal: BusinessError | None = None
        if form.validate() and not any(row.errors for row in rows):
            data = input_from(form.data, self._company_id(), lines)
            session.rollback()
            try:
                with unit_of_work() as work:
                    saved = self._save(work, pk, data, form)
                flash(_("Submitted.") if "submit" in request.form else _("Saved."), "success")
                return redirect(url_for("contract.show", pk=saved.id))
            except BusinessError as error:
                refusal = error
                if (known := contract_of_token(session, self._token())) is not None:
                    return redirect(url_for("contract.show", pk=known.id))
                types_with_items(session, typed_type_ids(request.form))
        contract = draft_for_form(session, pk) if pk is not None else None
        merged = self._merged(session, contract, form, rows) if isinstance(refusal, Stale) else None
        page = self._contract_form(session, form, rows, contract, refusal, merged=merged)
        return page, refusal.status if refusal else 422

    def _merged(self, session: Session, contract: Contract | None, form: Any, rows: Any) -> Merged | None:
        """The form on a draft somebody else changed meanwhile; None when it is no draft any more."""
        version = request.form.get("version", "")
        if contract is None or contract.state != states.DRAFT or not version.isdecimal():
            return None
        key = request.form.get("lines_key", "")
        typed = Typed(form, self._header(), rows, self._company_id(), int(version), key)
        return merge_draft(session, contract, typed)

    def _header(self) -> list[Field]:
        """The fields above the lines as far as this person types them, then those an administrator added."""
        own = [
            f for f in HEADER if f.required or g.identity.field_level("contract", f.name) is FieldLevel.FULL
        ]
        return [*own, *(field for field in form_fields(self.shape()) if field.custom)]

    def _save(self, session: Session, pk: int | None, data: Any, form: Any) -> Contract:
        contract = self.find(session, pk) if pk is not None else None
        if contract is not None:
            # What the form does not show stays: an edited renewal is still a renewal.
            unseen = {f.name: getattr(contract, f.name) for f in HEADER if f.name not in form}
            data = replace(data, renewal_only=contract.renewal_only, reason=contract.reason, **unseen)
        version = request.form.get("version", "")
        token = self._token()
        saved = save_contract(
            session,
            contract,
            data,
            version=int(version) if version.isdecimal() else None,
            token=token or None,
        )
        put_custom(session, self.shape(), saved, split(self.shape(), typed(form))[1])
        session.flush()
        if "submit" in request.form:
            submit_contract(session, saved.id, token=f"{token}-submit" if token else None)
        return saved

    def _token(self) -> str:
        """The same form with the same content, clicked twice, is one deed; changed content is another."""
        form = request.form
        if not form.get("token"):
            return ""
        content = "\n".join(f"{name}={form[name]}" for name in sorted(form) if name != "csrf_token")
        return hashlib.sha256(content.encode()).hexdigest()[:40]

    def _company_id(self) -> int | None:
        text = request.form.get("company_id", "")
        return int(text) if text.isdecimal() and len(text) < 12 else None

    def _typed_form(self, session: Session) -> tuple[Any, list[LineRow]]:
        kinds = types_with_items(session, typed_type_ids(request.form))
        return build_form(self._header(), session=session), typed_lines(request.form, kinds)

    def _contract_form(
        self,
        session: Session,
        form: Any,
        rows: list[LineRow],
        contract: Contract | None,
        refusal: BusinessError | None,
        *,
        merged: Merged | None = None,
    ) -> str:
        rows = merged.rows if merged else rows
        left = lay_faults(form, rows, refusal.fields) if isinstance(refusal, FieldErrors) else []
        check = self._check(session, form, rows)
        if refusal is not None and refusal.code == "guard":
            ask_for_reasons(rows)
        self._quote(session, form.customer_id.data, rows)
        return self._page(
            "contracts/form.html",
            form=form,
            rows=rows or [fresh_line("lines-0-", None, {})],
            blank=LineRow("lines-__i__-"),
            row=contract,
            refusal=refusal,
            loose_faults=left,
            faults=faults_shown(form, rows),
            types=business_types_offered(session),
            kind_labels=ITEM_KIND_LABELS,
            companies=self._companies(session, form.customer_id.data),
            company_id=merged.company_id
            if merged
            else self._company_id() or (contract.company_id if contract else None),
            differences=merged.differences if merged else [],
            lines_key=self._lines_key(contract, merged),
            intervals=INTERVALS,
            summary=self._summary(check, contract),
            approvers=steps_foreseen(g.identity.name, check.approvers) if check else [],
            token=request.form.get("token") or secrets.token_hex(16),
            version=(None if merged else request.form.get("version"))
            or (contract.version if contract else ""),
        )

    def _lines_key(self, contract: Contract | None, merged: Merged | None) -> str:
        """What the lines of the draft said when this form was opened, or was merged with the draft."""
        kept = "" if merged else request.form.get("lines_key", "")
        return kept or (key_of_lines(stored_lines(contract)) if contract else "")

    def _check(self, session: Session, form: Any, rows: list[LineRow]) -> PriceCheck | None:
        """Prices of what was typed; a form just opened asks for its own check."""
        if request.method == "GET":
            return None
        data = input_from(form.data, self._company_id(), read_lines(rows))
        check = check_prices(session, data)
        lay_check(rows, check)
        return check

    def _summary(self, check: PriceCheck | None, contract: Contract | None) -> Summary | None:
        known = check.contract if check else contract
        return summary_of(known) if known else None

    def _quote(self, session: Session, customer_id: Any, rows: Sequence[LineRow]) -> None:
        ids = [item.item.id for row in rows for item in row.items]
        if ids:
            quote(
                rows,
                own_prices(session, g.identity, ids, clock.today(), self._region(session, customer_id)),
            )

    def _region(self, session: Session, customer_id: Any) -> str | None:
        customer = session.get(Customer, customer_id) if customer_id else None
        return customer.region if customer else None

    def _companies(self, session: Session, customer_id: Any) -> Sequence[Any]:
        return list(session.scalars(companies_of(customer_id))) if customer_id else []

    # What the form asks while it is filled in ----------------------------------------------------------

    @expose("/line")
    @requires("can_add")
    def line(self) -> Any:
        """One line of the form for the business type picked: its items at this person's prices."""
        session = db.session()
        wanted = request.args.get("business_type_id", "")
        kinds = types_with_items(session, [int(wanted)] if wanted.isdecimal() and len(wanted) < 10 else [])
        kind = next(iter(kinds.values()), None)
        place = request.args.get("place", "0")
        region = self._region(session, self._asked_customer())
        ids = [item.id for item in kind.items] if kind else []
        prices = own_prices(session, g.identity, ids, clock.today(), region)
        return render_template(
            "contracts/line_fragment.html",
            row=fresh_line(f"lines-{int(place) if place.isdecimal() else 0}-", kind, prices),
            types=business_types_offered(session),
            kind_labels=ITEM_KIND_LABELS,
            companies=self._companies(session, self._asked_customer()),
            intervals=INTERVALS,
        )

    @expose("/prices")
    @requires("can_add")
    def prices(self) -> Any:
        """The items of a business type with reference and own authority price, as JSON."""
        session = db.session()
        wanted = request.args.get("business_type_id", "")
        kinds = types_with_items(session, [int(wanted)] if wanted.isdecimal() and len(wanted) < 10 else [])
        items = [item for kind in kinds.values() for item in kind.items if item.active]
        region = self._region(session, self._asked_customer())
        prices = own_prices(session, g.identity, [i.id for i in items], clock.today(), region)
        return jsonify(
            items=[
                {
                    "id": item.id,
                    "name": item.name,
                    "kind": item.kind,
                    "optional": item.optional,
                    "reference": str(prices[item.id].reference) if item.id in prices else None,
                    "authority": str(prices[item.id].authority) if item.id in prices else None,
                }
                for item in items
            ]
        )

    @expose("/companies")
    @requires("can_add")
    def companies(self) -> Any:
        """The companies of a customer, for the form."""
        companies = self._companies(db.session(), self._asked_customer())
        return jsonify(results=[{"id": company.id, "text": company.name} for company in companies])

    def _asked_customer(self) -> int | None:
        text = request.args.get("customer_id", "")
        return int(text) if text.isdecimal() and len(text) < 12 else None

    @expose("/check", methods=["POST"])
    @requires("can_add")
    def check(self) -> Any:
        """What the form comes to: sums, warnings line by line, who would approve. Saves nothing."""
        session = db.session()
        form, rows = self._typed_form(session)
        check = check_prices(session, input_from(form.data, self._company_id(), read_lines(rows)))
        lay_check(rows, check)
        aside = render_template(
            "contracts/aside.html",
            summary=summary_of(check.contract),
            approvers=steps_foreseen(g.identity.name, check.approvers),
        )
        warnings = [row.warning for row in rows]
        session.rollback()
        return jsonify(aside=aside, warnings=warnings)

    @expose("/<int:pk>/copy", methods=["POST"])
    @requires("can_copy")
    def copy(self, pk: int) -> Any:
        """A new draft with the same lines."""
        with unit_of_work() as session:
            copied = copy_to_draft(session, self.find(session, pk), token=self._token() or None)
        flash(_("Copied. This is the new draft."), "success")
        return redirect(url_for("contract.edit", pk=copied.id))
