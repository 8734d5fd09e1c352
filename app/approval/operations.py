"""Submit a document, decide on it, take it back. Never commits; the document's own lifecycle calls these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.approval.models import ApprovalRequest, ApprovalRule, ApprovalStep
from app.approval.queries import open_request, waiting_for
from app.org.models import Department, Person
from app.org.queries import at_the_top, role_holders, superior_of
from app.platform import clock
from app.platform.access import Identity
from app.platform.errors import BusinessError, NotAllowed
from app.platform.events import Fact, publish
from app.platform.unit_of_work import after_refusal


@dataclass(frozen=True)
class TurnCame(Fact):
    """A step now waits for this person."""

    step_id: int


@dataclass(frozen=True)
class TurnEnded(Fact):
    """A step waits for this person no longer: somebody decided, or the document was taken back."""

    step_id: int


@dataclass(frozen=True)
class RuleWithoutApprover(Fact):
    """A rule applies but finds nobody: the document is held and the administrator must know."""

    rule_id: int
    author_id: int


@dataclass(frozen=True)
class Submission:
    """What a document says of itself when it asks for approval.

    `facts` are the figures rules compare, in yuan, percent or pieces. `covering` is the first superior
    whose authority covers it, when the kind knows such a thing.
    """

    kind: str
    subject: str
    subject_id: int
    customer_id: int | None
    title: str
    amount: Decimal | None
    facts: Mapping[str, Decimal]
    reason: str = ""
    covering: Person | None = None


_COMPARE = {
    ">": lambda value, limit: value > limit,
    ">=": lambda value, limit: value >= limit,
    "=": lambda value, limit: value == limit,
}


def rules_that_apply(session: Session, kind: str, facts: Mapping[str, Decimal]) -> list[ApprovalRule]:
    """The active rules of the kind whose fact is over its threshold, by level."""
    rules = session.scalars(
        select(ApprovalRule)
        .where(ApprovalRule.kind == kind, ApprovalRule.active.is_(True))
        .order_by(ApprovalRule.level, ApprovalRule.id)
    )
    return [r for r in rules if r.fact in facts and _COMPARE[r.comparison](facts[r.fact], r.threshold)]


def submit(session: Session, submission: Submission, author: Person) -> ApprovalRequest | None:
    """Lay the steps down; None when no rule applies and the document needs nobody.

    Raises BusinessError when a rule that applies finds no approver: the document is held, never passed, and
    `RuleWithoutApprover` goes out although nothing else is saved.
    """
    rules = rules_that_apply(session, submission.kind, submission.facts)
    if not rules:
        return None
    request = ApprovalRequest(
        kind=submission.kind,
        subject=submission.subject,
        subject_id=submission.subject_id,
        customer_id=submission.customer_id,
        title=submission.title[:200],
        amount=submission.amount,
        author_id=author.id,
        submitted_at=clock.now(),
        reason=submission.reason[:500],
        facts={name: str(value) for name, value in submission.facts.items()},
    )
    session.add(request)
    for rule in rules:
        _lay_down_step(session, request, rule, author, submission.covering)
    session.flush()
    _skip_repeated(request)
    _give_turns(session, request)
    return request


def foreseen(
    session: Session, submission: Submission, author: Person
) -> list[tuple[int, str, Person | None]]:
    """Who would have to approve if it were submitted now: level, rule, person (None when nobody is found)."""
    return [
        (rule.level, rule.name, _find_approver(session, rule, author, submission.covering))
        for rule in rules_that_apply(session, submission.kind, submission.facts)
    ]


def _lay_down_step(
    session: Session, request: ApprovalRequest, rule: ApprovalRule, author: Person, covering: Person | None
) -> None:
    approver = _find_approver(session, rule, author, covering)
    if approver is None:
        held = RuleWithoutApprover(rule_id=rule.id, author_id=author.id)
        after_refusal(session, lambda later: publish(later, held))
        raise BusinessError(
            _l(
                "The rule “%(rule)s” finds nobody to approve. The administrator must name somebody.",
                rule=rule.name,
            ),
            code="no_approver",
        )
    if any(step.level == rule.level and step.approver_id == approver.id for step in request.steps):
        return
    request.steps.append(
        ApprovalStep(
            level=rule.level,
            approver_id=approver.id,
            author_id=author.id,
            self_approved=approver.id == author.id,
            why=rule.name,
            state="waiting",
        )
    )


def _find_approver(
    session: Session, rule: ApprovalRule, author: Person, covering: Person | None
) -> Person | None:
    """Whoever the rule names, but never the author, unless the author stands at the top of the tree."""
    top = at_the_top(session, author)
    found: Person | None = None
    if rule.approver == "covering":
        found = covering
    elif rule.approver == "superior":
        found = superior_of(session, author)
    elif rule.approver == "head":
        department = session.get(Department, author.department_id) if author.department_id else None
        found = session.get(Person, department.head_id) if department and department.head_id else None
    elif rule.approver == "person":
        found = session.get(Person, rule.person_id) if rule.person_id else None
    elif rule.approver == "role" and rule.role:
        holders = role_holders(session, rule.role)
        found = next((p for p in holders if p.id != author.id), holders[0] if holders and top else None)
    if found is not None and found.id == author.id and not top:
        found = superior_of(session, author)
    if found is None and top:
        return author
    return found if found is not None and found.active else None


def _skip_repeated(request: ApprovalRequest) -> None:
    """Who approves at a higher level need not approve at a lower one first, and the other way round."""
    seen: set[int] = set()
    for step in sorted(request.steps, key=lambda s: s.level):
        if step.approver_id in seen:
            step.state = "skipped"
        seen.add(step.approver_id)


def _give_turns(session: Session, request: ApprovalRequest) -> None:
    waiting = [step for step in request.steps if step.state == "waiting"]
    if not waiting or any(step.state == "turn" for step in request.steps):
        return
    lowest = min(step.level for step in waiting)
    for step in waiting:
        if step.level == lowest:
            step.state = "turn"
            session.flush()
            publish(session, TurnCame(step_id=step.id))


def turn_of(session: Session, subject: str, subject_id: int, identity: Identity) -> ApprovalStep | None:
    """The step of this document that waits for this person (or for somebody they stand in for)."""
    request = open_request(session, subject, subject_id)
    return None if request is None else turn_in(request, identity)


def not_the_turn_of(requests: Iterable[ApprovalRequest], identity: Identity) -> Sequence[object]:
    """Names who has to decide on a document now, unless it is this person."""
    waiting = list(requests)
    if any(turn_in(request, identity) is not None for request in waiting):
        return []
    steps = [step for request in waiting for step in request.steps if step.state == "turn"]
    if not steps:
        return [_l("Nobody has to decide on this now.")]
    names = "、".join(step.approver.name for step in steps)
    return [_l("It is the turn of %(colleagues)s to decide on this.", colleagues=names)]


def turn_in(request: ApprovalRequest, identity: Identity) -> ApprovalStep | None:
    """The step of an open request that waits for this person (or for somebody they stand in for)."""
    today = clock.today()
    for step in request.steps:
        if step.state != "turn":
            continue
        if step.approver_id == identity.person_id:
            return step
        absent = step.approver
        if (
            absent.delegate_id == identity.person_id
            and absent.absent_from is not None
            and absent.absent_from <= today <= (absent.absent_until or today)
            and step.author_id != identity.person_id
        ):
            return step
    return None


def approve(session: Session, subject: str, subject_id: int, identity: Identity, note: str) -> bool:
    """Approve this person's step. True when it was the last and the document stands approved."""
    step = _my_step(session, subject, subject_id, identity)
    step.state, step.decided_at, step.note = "approved", clock.now(), note[:500]
    step.decided_by_id = identity.person_id
    publish(session, TurnEnded(step_id=step.id))
    request = step.request
    _give_turns(session, request)
    if any(other.state in ("turn", "waiting") for other in request.steps):
        return False
    request.state = "approved"
    session.flush()
    return True


def refuse(
    session: Session, subject: str, subject_id: int, identity: Identity, *, note: str, state: str = "rejected"
) -> None:
    """Refuse this person's step and end the request: rejected for good, or handed back to the author."""
    step = _my_step(session, subject, subject_id, identity)
    step.state, step.decided_at, step.note = "rejected", clock.now(), note[:500]
    step.decided_by_id = identity.person_id
    publish(session, TurnEnded(step_id=step.id))
    _end(session, step.request, state)


def _end(session: Session, request: ApprovalRequest, state: str) -> None:
    """Nobody has to decide any more, whoever's turn it was side by side."""
    request.state = state
    session.flush()
    for step in request.steps:
        if step.state == "turn":
            publish(session, TurnEnded(step_id=step.id))


def withdraw(session: Session, subject: str, subject_id: int) -> None:
    """Take the document back before anybody approved. Raises BusinessError when somebody did."""
    request = open_request(session, subject, subject_id)
    if request is None:
        return
    if any(step.state == "approved" for step in request.steps):
        raise BusinessError(
            _l("Somebody approved already; ask them to hand it back."), code="approved_already"
        )
    _end(session, request, "withdrawn")


def _my_step(session: Session, subject: str, subject_id: int, identity: Identity) -> ApprovalStep:
    step = turn_of(session, subject, subject_id, identity)
    if step is None:
        raise NotAllowed(_l("It is not your turn to decide on this."))
    return step


def inbox(session: Session, identity: Identity) -> Sequence[ApprovalRequest]:
    """The documents that wait for this person, oldest first."""
    statement = (
        select(ApprovalRequest)
        .where(ApprovalRequest.id.in_(waiting_for(identity)))
        .options(selectinload(ApprovalRequest.steps), selectinload(ApprovalRequest.author))
        .order_by(ApprovalRequest.submitted_at)
        .limit(100)
    )
    return session.scalars(statement).all()
