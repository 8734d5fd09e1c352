"""Trying a role out: the program as that role would see it, with the own rows only and nothing to change."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.org.role_editing import Shape
from app.org.role_models import RoleTrial
from app.platform import clock
from app.platform.access import FieldLevel, Identity, Level, identity_of


def start(session: Session, role_name: str, shape: Shape) -> None:
    """Begin (or replace) the trial of the person of this session."""
    who = identity_of(session)
    session.execute(delete(RoleTrial).where(RoleTrial.person_id == who.person_id))
    session.add(
        RoleTrial(person_id=who.person_id, role_name=role_name, shape=shape.plain(), started_at=clock.now())
    )
    session.flush()


def stop(session: Session, person_id: int) -> None:
    session.execute(delete(RoleTrial).where(RoleTrial.person_id == person_id))


def trial_of(session: Session, person_id: int) -> RoleTrial | None:
    return session.scalars(select(RoleTrial).where(RoleTrial.person_id == person_id)).first()


def as_role(who: Identity, trial: RoleTrial) -> Identity:
    """The person's identity with the tried grants, and never more rows than their own level shows."""
    shape = Shape.of(trial.shape)
    levels = {
        entity: min(Level(level), who.level(entity), key=lambda one: one.width)
        for entity, level in shape.levels.items()
    }
    return replace(
        who,
        grants=frozenset((f"can_{action}", entity) for entity, action in shape.grants),
        levels=levels,
        field_rights={
            (entity, name): FieldLevel(level)
            for place, level in shape.fields.items()
            for entity, _dot, name in (place.partition("."),)
        },
        roles=(trial.role_name,),
        trying=trial.role_name,
    )
