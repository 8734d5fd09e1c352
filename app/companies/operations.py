"""What is done with companies. Never commits, never sees the request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from app.companies.events import CompanyChanged, CompanyEnteredLibrary
from app.companies.identifiers import UsccVerdict, check_uscc
from app.companies.models import Company, ContactPerson
from app.companies.queries import contact_person
from app.companies.states import RegistrationState
from app.customers.company_names import core_name
from app.customers.models import Customer
from app.platform import clock
from app.platform.errors import BusinessError, FieldErrors, NotFound
from app.platform.events import publish
from app.platform.timeline import tell


def create_company(session: Session, customer_id: int, *, name: str, **details: Any) -> Company:
    """A new company of a customer this person sees; `details` are columns of `Company`.

    Raises NotFound for a foreign customer, FieldErrors for a missing name or a code that cannot be.
    """
    customer = session.scalars(select(Customer).where(Customer.id == customer_id)).first()
    if customer is None:
        raise NotFound()
    company = Company(customer_id=customer.id, created_at=clock.now())
    _fill(company, {"name": name, **details})
    session.add(company)
    session.flush()
    tell(session, company, title="added the company", kind="created", label=company.name)
    return company


def change_company(session: Session, company: Company, changes: Mapping[str, Any]) -> None:
    """Change columns of a company and publish which ones differ. A company stays with its customer."""
    if changes.get("customer_id", company.customer_id) != company.customer_id:
        raise FieldErrors(
            _l("This cannot be saved yet."),
            {"customer_id": [_l("A company stays with its customer.")]},
        )
    _fill(company, {name: value for name, value in changes.items() if name != "customer_id"})
    state: Any = inspect(company)
    changed = frozenset(
        column.key for column in state.mapper.column_attrs if state.attrs[column.key].history.has_changes()
    )
    if changed:
        session.flush()
        tell(session, company, title="changed the company", kind="changed", label=company.name)
        publish(session, CompanyChanged(company.id, changed))


def _fill(company: Company, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(company, name, value)
    if not (company.name or "").strip():
        raise FieldErrors(_l("This cannot be saved yet."), {"name": [_l("This is required.")]})
    company.core_name = core_name(company.name)[:120]
    if company.uscc:
        _refuse_bad_code(company)
    company.uscc = company.uscc or None


def _refuse_bad_code(company: Company) -> None:
    result = check_uscc(company.uscc or "")
    company.uscc = result.normalised
    if result.verdict is UsccVerdict.OK:
        company.uscc_overridden = False
        return
    if result.verdict is UsccVerdict.WRONG_CHECK_DIGIT and company.uscc_overridden:
        return
    fault = (
        _l("A social credit code has 18 digits and capital letters, never I, O, S, V or Z.")
        if result.verdict is UsccVerdict.WRONG_SHAPE
        else _l("The last character does not fit the others. If the licence says so, tick the box below.")
    )
    raise FieldErrors(_l("This cannot be saved yet."), {"uscc": [fault]})


def enter_library(session: Session, company_id: int, *, day: date | None = None) -> Company:
    """Put a company into the library with its first closing; later closings change nothing."""
    company = _held(session, company_id)
    if company.library_since is None:
        company.library_since = day or clock.today()
        session.flush()
        tell(session, company, title="entered the library", kind="library", label=company.name)
        publish(session, CompanyEnteredLibrary(company.id))
    return company


def registered(session: Session, company_id: int) -> Company:
    """The registration is through: a company in formation exists now; any other stays as it is."""
    company = _held(session, company_id)
    if company.registration_state == RegistrationState.IN_FORMATION:
        company.registration_state = RegistrationState.EXISTING.value
        session.flush()
        tell(session, company, title="exists now: its registration is through", kind="registered")
        publish(session, CompanyChanged(company.id, frozenset({"registration_state"})))
    return company


def _held(session: Session, company_id: int) -> Company:
    company = session.scalars(
        select(Company).where(Company.id == company_id).with_for_update(of=Company, key_share=True)
    ).first()
    if company is None:
        raise NotFound()
    return company


def save_contact(
    session: Session, company: Company, contact_id: int | None, data: Mapping[str, Any]
) -> ContactPerson:
    """Add a contact person of the company, or change one of them."""
    contact = _contact(session, company, contact_id) if contact_id else None
    if contact is None:
        contact = ContactPerson(company=company, customer_id=company.customer_id)
        session.add(contact)
    for name in ("name", "role", "mobile", "wechat", "email"):
        setattr(contact, name, data.get(name))
    if not contact.name:
        raise FieldErrors(_l("This cannot be saved yet."), {"name": [_l("This is required.")]})
    if not any((contact.mobile, contact.wechat, contact.email)):
        raise BusinessError(_l("A contact person needs a number or an address."), code="unreachable")
    session.flush()
    return contact


def remove_contact(session: Session, company: Company, contact_id: int) -> None:
    """Take a contact person off the company; the audit trail keeps who it was."""
    contact = _contact(session, company, contact_id)
    tell(session, company, title="took a contact person off", kind="changed", label=contact.name)
    session.delete(contact)
    session.flush()


def _contact(session: Session, company: Company, contact_id: int) -> ContactPerson:
    contact = session.scalars(contact_person(company.id, contact_id)).first()
    if contact is None:
        raise NotFound()
    return contact
