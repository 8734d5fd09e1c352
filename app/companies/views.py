"""Companies: all of them, and the library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, g, jsonify, redirect, render_template, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.companies.contact_fields import CONTACT_FIELDS, NUMBERS, masked
from app.companies.entity import COMPANY, LIBRARY
from app.companies.models import Company
from app.companies.operations import change_company, create_company, remove_contact, save_contact
from app.companies.queries import companies_of, contact_person, sees_numbers, similar_companies
from app.companies.timeline_days import timeline_days
from app.platform import audit
from app.platform.access import Identity
from app.platform.database import db
from app.platform.errors import BusinessError, NotAllowed, NotFound
from app.platform.screens import listing
from app.platform.screens.base import wants_fragment
from app.platform.screens.fields import build_form
from app.platform.screens.guard import requires
from app.platform.screens.view import EntityView
from app.platform.unit_of_work import unit_of_work


class CompanyView(EntityView):
    """Companies with their register data and contact persons."""

    entity = COMPANY
    detail_template = "companies/company.html"

    def initial(self, session: Session) -> Mapping[str, Any]:
        customer_id = request.args.get("customer_id", "")
        return {"customer_id": int(customer_id)} if customer_id.isdecimal() and len(customer_id) < 12 else {}

    def create(self, session: Session, data: Mapping[str, Any]) -> Any:
        values = dict(data)
        company = create_company(session, values.pop("customer_id"), name=values.pop("name") or "", **values)
        self._warn_of_similar(session, company)
        return company

    def change(self, session: Session, row: Any, data: Mapping[str, Any]) -> None:
        renamed = data["name"] != row.name
        change_company(session, row, data)
        if renamed:
            self._warn_of_similar(session, row)

    def _warn_of_similar(self, session: Session, company: Company) -> None:
        for name, owner in similar_companies(session, company.name, besides=company.id)[:3]:
            flash(
                _("There is a similar company: %(name)s, owner %(owner)s.", name=name, owner=owner or "–"),
                "warning",
            )

    @expose("/choices")
    @requires("can_list")
    def choices(self) -> Any:
        """Remote search, within one customer when the address names one (?customer_id=7)."""
        session, identity, shape = db.session(), g.identity, self.shape()
        customer_id = request.args.get("customer_id", "")
        wanted = listing.ListRequest(shape, query=request.args.get("q", "").strip()[:60])
        statement = listing.matching(wanted, identity, session).order_by(Company.id.desc()).limit(21)
        if customer_id:
            known = customer_id.isdecimal() and len(customer_id) < 12
            statement = statement.where(Company.customer_id == (int(customer_id) if known else -1))
        rows = list(session.scalars(statement))
        results = [{"id": row.id, "text": row.name, "note": shape.noted(row)} for row in rows[:20]]
        return jsonify(results=results, more=len(rows) > 20)

    def detail_context(self, session: Session, row: Any, identity: Identity) -> Mapping[str, Any]:
        whole = sees_numbers(session, row.customer_id, identity)
        return {
            "contacts": [self._contact_row(row, contact, whole) for contact in row.contacts],
            "siblings": [c for c in session.scalars(companies_of(row.customer_id)) if c.id != row.id],
            "similar": similar_companies(session, row.name, besides=row.id),
            "timeline_days": timeline_days(session, "company", row.id),
        }

    def _contact_row(self, company: Company, contact: Any, whole: bool) -> dict[str, Any]:
        numbers = []
        for name in ("mobile", "wechat", "email"):
            number = getattr(contact, name)
            if number:
                url = (
                    None
                    if whole
                    else url_for("company.reveal", pk=company.id, contact_id=contact.id, name=name)
                )
                numbers.append((number if whole else masked(number), url))
        return {"row": contact, "numbers": numbers}

    @expose("/<int:pk>/contacts/<int:contact_id>/reveal/<name>", methods=["POST"])
    @requires("can_reveal", "customer")
    def reveal(self, pk: int, contact_id: int, name: str) -> Any:
        """Show one masked number; that somebody looked goes into the audit trail."""
        with unit_of_work() as session:
            company = self.find(session, pk)
            contact = session.scalars(contact_person(company.id, contact_id)).first()
            if contact is None or name not in NUMBERS:
                raise NotFound()
            audit.record(session, "looked at a number", "contact_person", contact.id, field=name)
            return jsonify(text=getattr(contact, name) or "")

    @expose("/<int:pk>/contacts/new", methods=["GET", "POST"])
    @requires("can_edit")
    def add_contact(self, pk: int) -> Any:
        """The form of a new contact person."""
        return self._contact_form(pk, None)

    @expose("/<int:pk>/contacts/<int:contact_id>", methods=["GET", "POST"])
    @requires("can_edit")
    def edit_contact(self, pk: int, contact_id: int) -> Any:
        """The form of a known contact person."""
        return self._contact_form(pk, contact_id)

    def _contact_form(self, pk: int, contact_id: int | None) -> Any:
        session: Session = db.session()
        company = self.find(session, pk)
        contact = session.scalars(contact_person(pk, contact_id)).first() if contact_id else None
        if contact_id and contact is None:
            raise NotFound()
        if contact is not None and not sees_numbers(session, company.customer_id, g.identity):
            raise NotAllowed(_("Only who sees the number whole may change it."))
        data = {field.name: getattr(contact, field.name) for field in CONTACT_FIELDS} if contact else {}
        form = build_form(CONTACT_FIELDS, session=session, data=data)
        refusal: BusinessError | None = None
        if request.method == "POST" and form.validate():
            try:
                with unit_of_work() as session:
                    save_contact(session, self.find(session, pk), contact_id, _typed(form))
                return redirect(url_for("company.show", pk=pk))
            except BusinessError as error:
                refusal = error
        page = render_template(
            "companies/contact.html",
            fragment=wants_fragment(),
            view=self,
            entity=self.entity,
            company=company,
            contact_id=contact_id,
            fields=CONTACT_FIELDS,
            form=form,
            refusal=refusal,
        )
        return page, 422 if form.errors or refusal else 200

    @expose("/<int:pk>/contacts/<int:contact_id>/remove", methods=["POST"])
    @requires("can_edit")
    def remove_contact(self, pk: int, contact_id: int) -> Any:
        """Take a contact person off."""
        with unit_of_work() as session:
            remove_contact(session, self.find(session, pk), contact_id)
        flash(_("Taken off."), "success")
        return redirect(url_for("company.show", pk=pk))


class LibraryView(EntityView):
    """Companies since their first closing."""

    entity = LIBRARY
    creates = False
    edits = False
    shows = False

    def list_context(self, session: Session, page: listing.Page, identity: Identity) -> Mapping[str, Any]:
        everything = {"label": _("All companies"), "icon": "building", "url": url_for("company.index")}
        return {"actions": [everything]}


def _typed(form: Any) -> dict[str, Any]:
    return {name: value or None for name, value in form.data.items() if name != "csrf_token"}
