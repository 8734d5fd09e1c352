"""Questions about people: who holds a role, who stands above whom, who stands at the top."""

from __future__ import annotations

from collections.abc import Iterator

from flask_appbuilder.security.sqla.models import Role, assoc_user_role
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.org.models import Person

PRINCIPAL = "principal"
TREE_LIMIT = 20


def role_holders(session: Session, role: str) -> list[Person]:
    """Active people who hold the role, longest-serving first."""
    return list(
        session.scalars(
            select(Person)
            .join(assoc_user_role, assoc_user_role.c.user_id == Person.id)
            .join(Role, Role.id == assoc_user_role.c.role_id)
            .where(Role.name == role, Person.active.is_(True))
            .order_by(Person.id)
        )
    )


def at_the_top(session: Session, person: Person | None) -> bool:
    """Whether the person heads the agency: a principal with nobody above (spec 2-lifecycle, Approval).

    An account whose superior nobody filled in is not at the top; only who is may approve the own document.
    """
    return person is not None and person.superior_id is None and person in role_holders(session, PRINCIPAL)


def superior_of(session: Session, person: Person) -> Person | None:
    """Who stands above: the superior named, else a principal; None at the top and without a principal."""
    if person.superior_id is not None:
        return session.get(Person, person.superior_id)
    heads = role_holders(session, PRINCIPAL)
    return None if person in heads else next(iter(heads), None)


def superiors(session: Session, person: Person) -> Iterator[Person]:
    """Everybody above the person who works here, nearest first, up to a principal."""
    seen, above = {person.id}, superior_of(session, person)
    while above is not None and above.id not in seen and len(seen) < TREE_LIMIT:
        seen.add(above.id)
        if above.active:
            yield above
        above = superior_of(session, above)
