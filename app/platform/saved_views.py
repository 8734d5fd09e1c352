"""Saved views: a name for columns, filters and sort of a list, one's own or shared.

What a view holds is a list address (`source__is=baidu&sort=-created_at&cols=name,level`), so whatever an
address can say, a view can keep.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from flask_appbuilder.security.sqla.models import Role
from flask_babel import lazy_gettext as _l
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.platform.access import Identity, Level, identity_of
from app.platform.database import Table, Versioned
from app.platform.errors import FieldErrors, NotAllowed
from app.platform.grants import EntityAccess, Preset, declare
from app.platform.unit_of_work import explain_constraint

PRIVATE, ROLE, EVERYBODY = "private", "role", "everybody"


class SavedView(Versioned, Table):
    """One view of one list. `audience`: private, role (then `role_id`) or everybody.

    A default view is what the list opens with for its audience; one's own goes before a role's, a role's
    before everybody's. A private view without a name is how the person likes the plain list: its columns
    and rows a page.
    """

    __tablename__ = "saved_view"
    __table_args__ = (
        UniqueConstraint("entity", "person_id", "name", name="uq_saved_view_name"),
        CheckConstraint("audience IN ('private', 'role', 'everybody')", name="ck_saved_view_audience"),
        CheckConstraint("(audience = 'role') = (role_id IS NOT NULL)", name="ck_saved_view_role"),
        Index("ix_saved_view_entity", "entity", "position", "id"),
    )

    entity: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    audience: Mapped[str] = mapped_column(String(10), default=PRIVATE)
    role_id: Mapped[int | None] = mapped_column(ForeignKey("ab_role.id", ondelete="CASCADE"))
    query: Mapped[str] = mapped_column(Text, default="")
    is_default: Mapped[bool] = mapped_column(Boolean, default=False)
    position: Mapped[int] = mapped_column(Integer, default=0)


explain_constraint("uq_saved_view_name", _l("You have a view of that name already."))
explain_constraint("saved_view.entity", _l("You have a view of that name already."))


_roles = select(Role.id).where(Role.name.in_(bindparam("roles", expanding=True)))
_SHOWN = (
    select(SavedView)
    .where(SavedView.entity == bindparam("entity"))
    .where(
        or_(
            SavedView.person_id == bindparam("person"),
            SavedView.audience == EVERYBODY,
            and_(SavedView.audience == ROLE, SavedView.role_id.in_(_roles)),
        )
    )
    .order_by(SavedView.position, SavedView.id)
)
"""Put together once: every list page asks it."""


@dataclass(frozen=True)
class Views:
    """The views of one list for one person, in order, and how they like the plain list."""

    saved: Sequence[SavedView]
    plain: SavedView | None

    @property
    def usual(self) -> dict[str, str]:
        """What the plain list starts with: `cols`, `rows`, or neither."""
        return dict(parse_qsl(self.plain.query)) if self.plain is not None else {}


def shown_to(session: Session, entity: str, identity: Identity) -> Views:
    """The views of this list the person may open: their own, their roles', everybody's."""
    about = {"entity": entity, "person": identity.person_id, "roles": identity.roles}
    views = session.scalars(_SHOWN, about).all()
    plain = next((view for view in views if not view.name), None)
    return Views([view for view in views if view.name], plain)


def opening(views: Sequence[SavedView], identity: Identity) -> SavedView | None:
    """The view the list opens with: one's own default, else a role's, else everybody's."""

    def nearness(view: SavedView) -> int:
        if view.audience == PRIVATE or view.person_id == identity.person_id:
            return 0
        return 1 if view.audience == ROLE else 2

    return min((view for view in views if view.is_default), key=nearness, default=None)


def keep_plain(session: Session, entity: str, identity: Identity, usual: Mapping[str, object]) -> None:
    """Remember how the person likes the plain list; nothing to remember forgets it."""
    plain = shown_to(session, entity, identity).plain
    query = urlencode({key: value for key, value in usual.items() if value})
    if not query:
        if plain is not None:
            session.delete(plain)
        return
    if plain is None:
        plain = SavedView(entity=entity, person_id=identity.person_id, name="", audience=PRIVATE)
        plain.is_default = False
        session.add(plain)
    plain.query = query


def save_view(
    session: Session,
    entity: str,
    view: SavedView | None,
    *,
    name: str,
    query: str,
    audience: str,
    role_id: int | None,
    is_default: bool,
) -> SavedView:
    """Create or change a view of the actor's own. Of one audience at most one view is the default.

    Raises FieldErrors, NotAllowed for sharing without the right and for a colleague's view.
    """
    who = identity_of(session)
    if view is not None and view.person_id != who.person_id and not who.can("can_edit", "saved_view"):
        raise NotAllowed(_l("Only who made a view may change it."))
    if audience != PRIVATE:
        who.require("can_share", "saved_view")
    faults: dict[str, list[object]] = {}
    if not 0 < len(name.strip()) <= 40:
        faults["name"] = [_l("A name of 1 to 40 characters.")]
    if audience not in (PRIVATE, ROLE, EVERYBODY):
        faults["audience"] = [_l("Choose who sees it.")]
    if audience == ROLE and (role_id is None or session.get(Role, role_id) is None):
        faults["role_id"] = [_l("Choose a role.")]
    if _is_taken(session, entity, name.strip(), view, who):
        faults["name"] = [_l("You have a view of that name already.")]
    if faults:
        raise FieldErrors(_l("The view was not saved."), faults)
    kept = view or SavedView(entity=entity, person_id=who.person_id)
    kept.name, kept.query, kept.audience = name.strip(), query, audience
    kept.role_id, kept.is_default = role_id if audience == ROLE else None, is_default
    session.add(kept)
    session.flush()
    if is_default:
        _only_default(session, kept)
    return kept


def _is_taken(session: Session, entity: str, name: str, view: SavedView | None, who: Identity) -> bool:
    owner = who.person_id if view is None else view.person_id
    others = select(SavedView.id).where(
        SavedView.entity == entity, SavedView.person_id == owner, SavedView.name == name
    )
    if view is not None:
        others = others.where(SavedView.id != view.id)
    return session.scalar(others.limit(1)) is not None


def _only_default(session: Session, kept: SavedView) -> None:
    """Take the mark from the view that had it for the same people."""
    others = select(SavedView).where(
        SavedView.entity == kept.entity,
        SavedView.id != kept.id,
        SavedView.audience == kept.audience,
        SavedView.is_default.is_(True),
    )
    if kept.audience == PRIVATE:
        others = others.where(SavedView.person_id == kept.person_id)
    elif kept.audience == ROLE:
        others = others.where(SavedView.role_id == kept.role_id)
    for other in session.scalars(others):
        other.is_default = False


def remove_view(session: Session, view: SavedView) -> None:
    """Take a view away: its maker, or who may edit everybody's."""
    who = identity_of(session)
    if view.person_id != who.person_id and not who.can("can_edit", "saved_view"):
        raise NotAllowed(_l("Only who made a view may change it."))
    session.delete(view)


declare(
    EntityAccess(
        entity="saved_view",
        label=_l("Saved views"),
        actions={"share": _l("share with others"), "edit": _l("change everybody's")},
        presets={
            role: Preset(Level.ALL, actions)
            for role, actions in (
                ("sales_manager", "share"),
                ("delivery_manager", "share"),
                ("accounting_manager", "share"),
                ("principal", "share"),
                ("administrator", "share edit"),
            )
        },
        scoped=False,
    )
)


def roles(session: Session) -> list[tuple[int, str]]:
    """The roles a view can be shared with."""
    return list(session.execute(select(Role.id, Role.name).order_by(Role.id)).tuples())
