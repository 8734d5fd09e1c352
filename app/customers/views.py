"""Customers: a list per stage, the page of one customer, the form with its collision check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from flask import flash, g, jsonify, redirect, request, url_for
from flask_appbuilder import expose
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.catalogue.models import BusinessType
from app.customers import follow_ups, page_parts
from app.customers.answers import answers_for
from app.customers.contacts import KINDS, Contact
from app.customers.entity import CUSTOMER, PROSPECT_LIST, PUBLIC_LIST, RETAINED_LIST, SIGNED_LIST
from app.customers.forms import (
    ContactRow,
    contact_of,
    customer_form,
    filled_rows,
    find_faults,
    keeping,
    need_fields,
    needs_of,
    place_faults,
    start_of,
)
from app.customers.operations import (
    EDITED,
    add_contact_point,
    change_contact_point,
    create_customer,
    edit_customer,
    leave_customer,
    remove_contact_point,
)
from app.customers.queries import contact_point, sees_numbers
from app.customers.rule_entities import CONTACT_RULE, DICTIONARY_WORD, POOL_RULE
from app.customers.rule_operations import save_contact_rule, save_pool_rule, save_word
from app.customers.states import PROSPECT, PUBLIC, RETAINED, SIGNED
from app.platform import audit
from app.platform.access import Identity
from app.platform.database import db
from app.platform.days import parse_day
from app.platform.entity import Field
from app.platform.errors import BusinessError, FieldErrors, NotAllowed, NotFound, Stale
from app.platform.lifecycle import Transition
from app.platform.screens.base import put_custom, split, typed, wants_fragment
from app.platform.screens.fields import build_form
from app.platform.screens.guard import requires
from app.platform.screens.view import EntityView
from app.platform.unit_of_work import unit_of_work


class CustomerView(EntityView):
    """The page of one customer, whatever its stage, and the form of a new one."""

    entity = CUSTOMER
    list_template = "customers/list.html"
    detail_template = "customers/customer.html"
    form_template = "customers/form.html"

    opens_at = "?tab=follow_up"

    # Form -------------------------------------------------------------------------------------------

    def may_edit(self, row: Any) -> bool:
        return row.stage != PUBLIC and super().may_edit(row)

    def may_edit_more(self, row: Any) -> bool:
        return row.stage != PUBLIC and super().may_edit_more(row)

    def blank_form(self, session: Session) -> Any:
        return customer_form(session, g.identity, self.shape(), data=self.initial(session))

    def filled_form(self, session: Session, row: Any) -> Any:
        return customer_form(session, g.identity, self.shape(), data=start_of(self.shape(), row), row=row)

    def cell_field(self, session: Session, row: Any, field: Field) -> Field:
        return keeping(field, session, row)

    def create_from(self, session: Session, form: Any) -> Any:
        row = create_customer(session, **_new_customer(form))
        put_custom(session, self.shape(), row, split(self.shape(), typed(form))[1])
        return row

    def change_from(self, session: Session, row: Any, form: Any) -> None:
        put_custom(session, self.shape(), row, split(self.shape(), typed(form))[1])
        edit_customer(session, row, _edited(form), needs_of(form))

    def change(self, session: Session, row: Any, data: Mapping[str, Any]) -> None:
        edit_customer(session, row, data)

    def form_context(self, form: Any, row: Any) -> Mapping[str, Any]:
        parts = page_parts.form_parts(db.session(), g.identity, form)
        return {"template_row": ContactRow(prefix="contacts-__i__-"), **parts}

    def place_faults(self, form: Any, faults: Mapping[str, Any]) -> None:
        place_faults(form, faults)

    def _accepts(self, form: Any, session: Session) -> bool:
        valid = bool(form.validate())
        accepted = find_faults(form) and valid
        if accepted:
            session.rollback()
        return accepted

    @expose("/need/<int:type_id>")
    @requires("can_list")
    def need(self, type_id: int) -> Any:
        """The questions of one business type, fetched when somebody chooses it; nothing when it has none."""
        session = db.session()
        kind = session.get(BusinessType, type_id)
        if kind is None:
            raise NotFound()
        fields = need_fields(kind)
        form = build_form(fields, session=session)
        need = page_parts.need_form(kind, form) if fields else None
        return self._page("customers/need.html", need=need)

    @expose("/collisions")
    @requires("can_add")
    def collisions(self) -> Any:
        """What is known about a number or a name, as JSON, while somebody types it."""
        kind, value = request.args.get("kind", ""), request.args.get("value", "").strip()[:120]
        exclude = request.args.get("exclude", "")
        if kind not in ("", "name", *KINDS):
            raise NotFound()
        if not value:
            return jsonify([])
        excluded = int(exclude) if exclude.isdecimal() and len(exclude) < 12 else None
        return jsonify(answers_for(db.session(), g.identity, kind, value, excluded))

    # Page -------------------------------------------------------------------------------------------

    def detail_context(self, session: Session, row: Any, identity: Identity) -> Mapping[str, Any]:
        return page_parts.customer_parts(session, row, identity, self.shape())

    @expose("/<int:pk>/follow-up", methods=["POST"])
    @requires("can_follow_up")
    def follow_up(self, pk: int) -> Any:
        """Write a follow-up down; a refused one stays in its box, with the fault beside the field."""
        try:
            with unit_of_work() as session:
                follow_ups.add_follow_up(
                    session,
                    pk,
                    content=request.form.get("text", "")[:4000],
                    method=request.form.get("method", "")[:40] or page_parts.USUAL_METHOD,
                    next_contact_on=_day(request.form.get("next_contact_on", "")),
                    next_contact_note=request.form.get("next_contact_note", ""),
                    token=request.form.get("token", "")[:64] or None,
                )
        except (FieldErrors, Stale) as refusal:
            g.follow_up_refusal = refusal
            return self.show(pk), refusal.status
        return redirect(url_for("customer.show", pk=pk, tab="follow_up"))

    @expose("/<int:pk>/follow-up/<int:follow_up_id>/comment", methods=["GET", "POST"])
    @requires("can_comment")
    def comment(self, pk: int, follow_up_id: int) -> Any:
        """A superior's remark on a follow-up: the dialog, and its answer."""
        refusal: BusinessError | None = None
        if request.method == "POST":
            try:
                with unit_of_work() as session:
                    follow_ups.comment_on(session, follow_up_id, request.form.get("text", ""))
                return redirect(url_for("customer.show", pk=pk, tab="follow_up"))
            except FieldErrors as error:
                refusal = error
        row = self.find(db.session(), pk)
        page = self._page(
            "customers/comment.html",
            fragment=wants_fragment(),
            row=row,
            follow_up_id=follow_up_id,
            refusal=refusal,
        )
        return page, (refusal.status if refusal else 200)

    # Contact points ---------------------------------------------------------------------------------

    @expose("/<int:pk>/contact/new", methods=["GET", "POST"])
    @requires("can_edit")
    def new_contact(self, pk: int) -> Any:
        """The dialog of one more contact point."""
        form = ContactRow(request.form if request.method == "POST" else None)
        return self._contact_dialog(pk, form, None)

    @expose("/<int:pk>/contact/<int:point_id>/edit", methods=["GET", "POST"])
    @requires("can_edit")
    def edit_contact(self, pk: int, point_id: int) -> Any:
        """The dialog of one contact point."""
        session: Session = db.session()
        point = self._point(session, pk, point_id)
        if not sees_numbers(session, self.find(session, pk), g.identity):
            raise NotAllowed(_("Only who sees the number whole may change it."))
        form = ContactRow(request.form if request.method == "POST" else None, obj=point)
        return self._contact_dialog(pk, form, point_id)

    def _contact_dialog(self, pk: int, form: Any, point_id: int | None) -> Any:
        refusal: BusinessError | None = None
        if request.method == "POST" and form.validate():
            try:
                self._save_contact(pk, contact_of(form), point_id)
                return redirect(url_for("customer.show", pk=pk))
            except BusinessError as error:
                refusal = error
        if isinstance(refusal, FieldErrors):
            for name, faults in refusal.fields.items():
                target = form[name.rpartition("-")[2]] if name.startswith("contacts-") else form.value
                target.errors = [*target.errors, *(str(fault) for fault in faults)]
        page = self._page(
            "customers/contact.html",
            fragment=wants_fragment(),
            form=form,
            row=self.find(db.session(), pk),
            point_id=point_id,
            refusal=refusal,
        )
        return page, (refusal.status if refusal else 422 if form.errors else 200)

    def _save_contact(self, pk: int, contact: Contact, point_id: int | None) -> None:
        db.session().rollback()
        with unit_of_work() as session:
            if point_id is None:
                add_contact_point(
                    session,
                    pk,
                    contact,
                    passed_by_superior="passed_by_superior" in request.form,
                    reason=request.form.get("reason", ""),
                )
            else:
                self._point(session, pk, point_id)
                change_contact_point(session, point_id, contact)

    def _point(self, session: Session, pk: int, point_id: int) -> Any:
        point = session.scalars(contact_point(pk, point_id)).first()
        if point is None:
            raise NotFound()
        return point

    @expose("/<int:pk>/contact/<int:point_id>/remove", methods=["POST"])
    @requires("can_edit")
    def remove_contact(self, pk: int, point_id: int) -> Any:
        """Take a contact point off the customer."""
        with unit_of_work() as session:
            remove_contact_point(session, self._point(session, pk, point_id).id)
        flash(_("Removed."), "success")
        return redirect(url_for("customer.show", pk=pk))

    @expose("/<int:pk>/contact/<int:point_id>/reveal", methods=["POST"])
    @requires("can_reveal")
    def reveal(self, pk: int, point_id: int) -> Any:
        """The whole number; who looked is written down."""
        with unit_of_work() as session:
            customer, point = self.find(session, pk), self._point(session, pk, point_id)
            if customer.stage == PUBLIC:
                raise BusinessError(_("Numbers of the public pool show after claiming."), code="public")
            audit.record(session, "reveal", "contact_point", point.id, customer_id=pk)
            text = point.value
        return jsonify(text=text)

    @expose("/<int:pk>/member/<int:person_id>/leave", methods=["POST"])
    @requires("can_share")
    def leave(self, pk: int, person_id: int) -> Any:
        """End what a colleague was shared in."""
        with unit_of_work() as session:
            leave_customer(session, pk, person_id)
        return redirect(url_for("customer.show", pk=pk))


def _new_customer(form: Any) -> dict[str, Any]:
    owner_id = form.owner_id.data if "owner_id" in form else ""
    return {
        **_edited(form),
        "contacts": [contact_of(row) for row in filled_rows(form)],
        "needs": needs_of(form),
        "owner_id": int(owner_id) if owner_id else None,
        "passed_by_superior": bool(form.passed_by_superior.data) if "passed_by_superior" in form else False,
        "reason": (form.reason.data or "") if "reason" in form else "",
    }


def _edited(form: Any) -> dict[str, Any]:
    return {name: form[name].data or None for name in EDITED if name in form}


def _day(text: str) -> Any:
    if not text.strip():
        return None
    try:
        return parse_day(text)
    except (ValueError, TypeError):
        fault = _("“%(text)s” is not a date. Write it like 2026-04-14.", text=text[:30])
        raise FieldErrors(_("This cannot be saved yet."), {"next_contact_on": [fault]}) from None


class _StageView(EntityView):
    """One of the lists; the page of a row and every form belong to `CustomerView`."""

    creates = False
    edits = False
    shows = False
    list_template = "customers/list.html"
    stages: ClassVar[frozenset[str]]

    def _transitions(self) -> Mapping[str, Transition]:
        found = super()._transitions()
        return {name: one for name, one in found.items() if one.source & self.stages}

    opens_at = "?tab=follow_up"

    def list_context(self, session: Session, page: Any, identity: Identity) -> Mapping[str, Any]:
        return page_parts.list_parts(session, identity)


class ProspectView(_StageView):
    entity = PROSPECT_LIST
    stages = frozenset({PROSPECT})


class SignedView(_StageView):
    entity = SIGNED_LIST
    stages = frozenset({SIGNED})


class RetainedView(_StageView):
    entity = RETAINED_LIST
    stages = frozenset({RETAINED, SIGNED})


class PublicView(_StageView):
    entity = PUBLIC_LIST
    stages = frozenset({PUBLIC})


class DictionaryView(EntityView):
    """The editable words."""

    entity = DICTIONARY_WORD

    def create(self, session: Session, data: Mapping[str, Any]) -> Any:
        return save_word(session, None, data)

    def change(self, session: Session, row: Any, data: Mapping[str, Any]) -> None:
        save_word(session, row, data)


class ContactRuleView(EntityView):
    """1-3-7 and its like."""

    entity = CONTACT_RULE

    def create(self, session: Session, data: Mapping[str, Any]) -> Any:
        return save_contact_rule(session, None, data)

    def change(self, session: Session, row: Any, data: Mapping[str, Any]) -> None:
        save_contact_rule(session, row, data)


class PoolRuleView(EntityView):
    """The one row of the pool rule."""

    entity = POOL_RULE
    creates = False

    def change(self, session: Session, row: Any, data: Mapping[str, Any]) -> None:
        save_pool_rule(session, row, data)
