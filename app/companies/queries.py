"""Questions about companies."""

from __future__ import annotations

from sqlalchemy import Select, and_, literal, or_, select
from sqlalchemy.orm import Session

from app.companies.models import Company, ContactPerson
from app.customers.company_names import core_name, may_be_same
from app.customers.models import Customer
from app.org.models import Person
from app.org.scope import customers_of
from app.platform.access import Identity, Level, elevated, identity_of
from app.platform.masking import as_seen

_SHORTEST = 2
_BEYOND = "\uffff"


def companies_of(customer_id: int) -> Select[Company]:
    """The companies of a customer, oldest first."""
    return select(Company).where(Company.customer_id == customer_id).order_by(Company.id)


def contact_person(company_id: int, contact_id: int) -> Select[ContactPerson]:
    """One contact person of that company."""
    return select(ContactPerson).where(ContactPerson.id == contact_id, ContactPerson.company_id == company_id)


def similar_companies(session: Session, name: str, *, besides: int | None = None) -> list[tuple[str, str]]:
    """Companies that may be the same one: name and owner, whoever may see them; at most ten.

    Only these two words leave the row scope: that a company exists and whom to ask (spec WB-6). The owner is
    veiled for who may not see owners.
    """
    reader = identity_of(session)
    core = core_name(name)
    shorter = [core[:length] for length in range(_SHORTEST, len(core))]
    longer = and_(Company.core_name >= core, Company.core_name < core + _BEYOND)
    statement = (
        select(Company.name, Person.first_name)
        .join(Customer, Company.customer_id == Customer.id)
        .outerjoin(Person, Customer.owner_id == Person.id)
        .where(or_(Company.core_name.in_(shorter), longer), Company.id != (besides or 0))
        .order_by(Company.id)
        .limit(50)
    )
    with elevated(session):
        found = session.execute(statement).tuples().all()
    return [
        (other, as_seen(reader, "customer.owner", owner or ""))
        for other, owner in found
        if may_be_same(name, other)
    ][:10]


def sees_numbers(session: Session, customer_id: int, identity: Identity) -> bool:
    """Whether numbers of this customer show whole: to who takes part in it, and to their superiors."""
    if identity.is_system:
        return True
    in_chain = customers_of(literal(customer_id), identity, Level.TREE, one_by_one=True)
    return bool(session.scalar(select(in_chain)))
