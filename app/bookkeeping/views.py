"""Engagements, other services, filings, deadlines and tax kinds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.bookkeeping.entity import ENGAGEMENT, FILING, KIND, NOTICE, SERVICE, TAX_LABELS
from app.bookkeeping.forms import DETERMINE_FIELDS, RENEWAL_FIELDS, profile_rows
from app.bookkeeping.matrix import look_of
from app.bookkeeping.models import PeriodicService
from app.bookkeeping.operations import (
    determine_taxes,
    draft_renewal,
    edit_profile,
    save_notice,
    start_engagement,
)
from app.bookkeeping.profiles import live_lines
from app.bookkeeping.queries import filings_of, tax_kinds, terms_of
from app.bookkeeping.rules import add_months, first_of_month
from app.bookkeeping.states import ServiceKind, ServiceState
from app.companies.timeline_days import timeline_days
from app.platform import clock
from app.platform.access import Identity
from app.platform.database import db
from app.platform.errors import BusinessError, FieldErrors
from app.platform.screens.base import wants_fragment
from app.platform.screens.fields import build_form
from app.platform.screens.guard import requires
from app.platform.screens.view import EntityView
from app.platform.unit_of_work import unit_of_work

MONTHS_SHOWN = 3


class EngagementView(EntityView):
    """记账客户. Kept up by contracts; started by hand only for companies from before."""

    entity = ENGAGEMENT
    detail_template = "bookkeeping/engagement.html"
    edits = False

    def create(self, session: Session, data: Mapping[str, Any]) -> Any:
        accountant = data.get("accountant_id")
        return start_engagement(
            session,
            data.get("company_id"),
            named=data.get("named") or "",
            started_on=data["started_on"],
            accountant_id=int(accountant) if accountant else None,
            service_until=data.get("service_until"),
            month_price=data.get("month_price"),
        )

    def initial(self, session: Session) -> Mapping[str, Any]:
        company_id = request.args.get("company_id", "")
        known = {"started_on": first_of_month(clock.today())}
        if company_id.isdecimal() and len(company_id) < 12:
            return {**known, "company_id": int(company_id)}
        return known

    def detail_context(self, session: Session, row: Any, identity: Identity) -> Mapping[str, Any]:
        is_books = row.kind == ServiceKind.BOOKKEEPING
        running = row.state != ServiceState.ENDED
        return {
            "terms": session.scalars(terms_of(row.id)).all(),
            "profile": live_lines(session, row.company_id) if is_books else None,
            "tax_labels": TAX_LABELS,
            "months": recent_months(session, [row.id]) if is_books else [],
            "timeline_days": timeline_days(session, "engagement", row.id),
            "may_determine": is_books and running and identity.can("can_edit", "engagement"),
            "may_renew": running and identity.can("can_renew", "engagement"),
        }

    @expose("/<int:pk>/taxes", methods=["GET", "POST"])
    @requires("can_edit")
    def taxes(self, pk: int) -> Any:
        """税费种认定: what decides the taxes of the company."""
        session: Session = db.session()
        service = self.find(session, pk)
        fields = DETERMINE_FIELDS
        data = {field.name: getattr(service.company, field.name, None) for field in fields}
        form = build_form(fields, session=session, data=data)
        return self._dialog(
            service,
            form,
            template="bookkeeping/taxes.html",
            fields=fields,
            operation=lambda session, row: determine_taxes(session, row, form.data, since=form.data["since"]),
        )

    @expose("/<int:pk>/profile", methods=["GET", "POST"])
    @requires("can_edit")
    def profile(self, pk: int) -> Any:
        """The tax profile, row by row."""
        session: Session = db.session()
        service = self.find(session, pk)
        fields = profile_rows(tax_kinds(session))
        lines = {line.tax_code: line.frequency for line in live_lines(session, service.company_id)}
        form = build_form(fields, session=session, data=lines)
        return self._dialog(
            service,
            form,
            template="bookkeeping/profile.html",
            fields=fields,
            operation=lambda session, row: edit_profile(
                session, row, {field.name: form[field.name].data or "" for field in fields}
            ),
        )

    @expose("/<int:pk>/renewal", methods=["GET", "POST"])
    @requires("can_renew")
    def renewal(self, pk: int) -> Any:
        """A renewal contract in one click: the last price, from the day after the present end."""
        session: Session = db.session()
        service = self.find(session, pk)
        form = build_form(RENEWAL_FIELDS, session=session)
        made: list[int] = []

        def renew(session: Session, row: PeriodicService) -> None:
            months, gift = form.data["months"], form.data["gift_months"]
            made.append(draft_renewal(session, row, months=months, gift_months=gift or 0).id)

        answer = self._dialog(
            service, form, template="bookkeeping/renewal.html", fields=RENEWAL_FIELDS, operation=renew
        )
        return redirect(url_for("contract.show", pk=made[0])) if made else answer

    def _dialog(self, service: Any, form: Any, *, template: str, fields: Any, operation: Any) -> Any:
        refusal: BusinessError | None = None
        if request.method == "POST" and form.validate():
            try:
                with unit_of_work() as session:
                    operation(session, self.find(session, service.id))
                flash(_("Saved."), "success")
                return redirect(url_for("engagement.show", pk=service.id))
            except BusinessError as error:
                refusal = error
                for name, faults in error.fields.items() if isinstance(error, FieldErrors) else ():
                    if name in form:
                        form[name].errors = [*form[name].errors, *faults]
                service = self.find(db.session(), service.id)
        page = render_template(
            template,
            fragment=wants_fragment(),
            view=self,
            entity=self.entity,
            row=service,
            form=form,
            fields=fields,
            refusal=refusal,
        )
        return page, 422 if form.errors or refusal else 200


def recent_months(session: Session, service_ids: list[int]) -> list[tuple[date, list[dict[str, Any]]]]:
    """The filings of services in this and the last months, by month, as cells."""
    since = add_months(first_of_month(clock.today()), 1 - MONTHS_SHOWN)
    months: dict[date, list[dict[str, Any]]] = {}
    for filing in session.scalars(filings_of(service_ids, since)):
        state, text = look_of(filing)
        months.setdefault(filing.matrix_month, []).append(
            {
                "state": state,
                "text": text,
                "name": TAX_LABELS.get(filing.tax_code, filing.tax_code),
                "period": filing.period,
                "due_on": filing.due_on,
                "estimated": filing.estimated,
                "amount": filing.amount,
                "url": url_for("filing.show", pk=filing.id),
            }
        )
    return list(months.items())


class ServiceView(EntityView):
    """What else comes back: address hosting, social insurance."""

    entity = SERVICE
    creates = False
    edits = False
    shows = False


class FilingView(EntityView):
    """Every filing as a list; the matrix of a month is `FilingMonthView`."""

    entity = FILING
    creates = False
    edits = False

    def list_context(self, session: Session, page: Any, identity: Identity) -> Mapping[str, Any]:
        month = {
            "label": _("Matrix of the month"),
            "icon": "table-cells",
            "url": url_for("filing_month.index"),
        }
        return {"actions": [month]}


class NoticeView(EntityView):
    """Published deadlines that stand above the rule."""

    entity = NOTICE

    def create(self, session: Session, data: Mapping[str, Any]) -> Any:
        return save_notice(session, None, data)

    def change(self, session: Session, row: Any, data: Mapping[str, Any]) -> None:
        save_notice(session, row, data)

    def initial(self, session: Session) -> Mapping[str, Any]:
        given = {name: request.args.get(name, "") for name in ("year", "month")}
        return {name: int(text) for name, text in given.items() if text.isdecimal() and len(text) < 5}


class TaxKindView(EntityView):
    """The taxes and filings the agency handles."""

    entity = KIND
    creates = False
