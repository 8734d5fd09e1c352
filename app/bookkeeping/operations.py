"""Verbs of bookkeeping: start and renew services, tell the taxes, keep the money's end. Never commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.bookkeeping.effects import add_term
from app.bookkeeping.events import ServiceStarted
from app.bookkeeping.models import FilingNotice, PeriodicService, ServiceTerm
from app.bookkeeping.month_rows import move_due_dates
from app.bookkeeping.participation import settle
from app.bookkeeping.profiles import apply_default, edit_lines
from app.bookkeeping.queries import running_service, terms_of
from app.bookkeeping.rules import FORMATION, entity_type_of, first_of_month, kind_of, paid_until
from app.bookkeeping.states import ServiceKind, ServiceState
from app.bookkeeping.tax_types import Frequency, tax_types
from app.bookkeeping.transitions import ENGAGEMENT_LIFECYCLE
from app.companies.models import Company
from app.companies.operations import change_company, create_company
from app.companies.states import RegistrationState
from app.contracts.inputs import ContractInput
from app.contracts.models import Contract, ContractLine
from app.contracts.operations import input_of, save_contract
from app.contracts.queries import whole
from app.finance import queries as money
from app.platform import clock
from app.platform.access import SYSTEM, Level, acting_as, elevated, identity_of
from app.platform.errors import BusinessError, FieldErrors, NotFound
from app.platform.events import publish
from app.platform.money import quantise
from app.platform.timeline import tell

# Contracts --------------------------------------------------------------------------------------------------


def name_companies(session: Session, contract: Contract) -> None:
    """Give a company to every recurring or founding line that names none, so that nothing is lost.

    The customer's only company when nothing is founded; else one in formation under the customer's name.
    """
    nameless = [
        line
        for line in contract.lines
        if line.company_id is None and (line.recurring or line.business_type.code.startswith(FORMATION))
    ]
    if not nameless:
        return
    if contract.company_id is None:
        contract.company_id = _company_for(session, contract).id
    for line in nameless:
        line.company_id = contract.company_id
    session.flush()


def _company_for(session: Session, contract: Contract) -> Company:
    codes = [line.business_type.code for line in contract.lines]
    if not any(code.startswith(FORMATION) for code in codes):
        known = session.scalars(
            select(Company).where(Company.customer_id == contract.customer_id).limit(2)
        ).all()
        if len(known) == 1:
            return known[0]
    return create_company(
        session,
        contract.customer_id,
        name=contract.customer.name,
        registration_state=RegistrationState.IN_FORMATION.value,
        entity_type=entity_type_of(codes).value,
    )


def start_services(session: Session, contract: Contract) -> list[PeriodicService]:
    """Start or carry on the service of every recurring line. A line carries a service only once."""
    return [
        _serve(session, line) for line in contract.lines if line.recurring and not _is_served(session, line)
    ]


def _is_served(session: Session, line: ContractLine) -> bool:
    statement = select(ServiceTerm.id).where(ServiceTerm.contract_line_id == line.id)
    return session.scalar(statement) is not None


def _serve(session: Session, line: ContractLine) -> PeriodicService:
    kind = kind_of(line.business_type.code, line.business_type.bookkeeping)
    company_id = line.company_id or line.contract.company_id
    if company_id is None:
        raise BusinessError(_l("A recurring line needs a company."), code="no_company")
    service = None
    if kind is not ServiceKind.OTHER:
        service = session.scalars(running_service(company_id, kind)).first()
    if service is not None:
        ENGAGEMENT_LIFECYCLE.perform(session, service.id, "renew", data={"line_id": line.id})
        return service
    service = PeriodicService(
        customer_id=line.customer_id,
        company=session.get_one(Company, company_id),
        contract_line_id=line.id,
        kind=kind.value,
        started_on=first_of_month(line.start_month or clock.today()),
    )
    _begin(session, service)
    add_term(session, service, line)
    if kind is ServiceKind.BOOKKEEPING:
        _take_up_books(session, service)
    publish(session, ServiceStarted(service.id))
    return service


def start_engagement(
    session: Session,
    company_id: int | None,
    *,
    started_on: date,
    named: str = "",
    accountant_id: int | None = None,
    service_until: date | None = None,
    month_price: Decimal | None = None,
) -> PeriodicService:
    """Start an engagement by hand, for a company whose contract the system does not know.

    The supervisor of bookkeeping sees a company only once its books are kept, and says which one by its full
    name or credit code (`named`). Raises NotFound, FieldErrors, or BusinessError for a second engagement.
    """
    identity_of(session).require("can_add", "engagement")
    company = _company_of(session, company_id) if company_id else _company_named(session, named)
    if service_until is not None and service_until < started_on:
        raise FieldErrors(
            _l("This cannot be saved yet."), {"service_until": [_l("This is before the service began.")]}
        )
    with elevated(session):
        if session.scalars(running_service(company.id, ServiceKind.BOOKKEEPING)).first() is not None:
            raise BusinessError(_l("This company has a bookkeeping engagement already."), code="duplicate")
        service = PeriodicService(
            customer_id=company.customer_id,
            company=company,
            kind=ServiceKind.BOOKKEEPING.value,
            started_on=first_of_month(started_on),
            service_until=service_until,
            month_price=month_price,
            unrenewed=service_until is not None and service_until < clock.today(),
        )
        _begin(session, service)
        if accountant_id is not None:
            ENGAGEMENT_LIFECYCLE.perform(
                session, service.id, "hand_over", data={"accountant_id": str(accountant_id)}
            )
        _take_up_books(session, service)
        publish(session, ServiceStarted(service.id))
    return service


def _company_of(session: Session, company_id: int) -> Company:
    company = session.scalars(select(Company).where(Company.id == company_id)).first()
    if company is None:
        raise NotFound()
    return company


def _company_named(session: Session, words: str) -> Company:
    """A company anywhere, for whoever starts engagements everywhere; only the whole name or code finds it."""
    given = words.strip()
    everywhere = identity_of(session).level("engagement") is Level.ALL
    statement = select(Company).where(or_(Company.name == given, Company.uscc == given.upper())).limit(2)
    with elevated(session) if everywhere else nullcontext():
        found = session.scalars(statement).all() if given else []
    if len(found) == 1:
        return found[0]
    fault = _l("Not one company has exactly this name or code.") if given else _l("This is required.")
    raise FieldErrors(_l("This cannot be saved yet."), {"named" if given else "company_id": [fault]})


def _begin(session: Session, service: PeriodicService) -> None:
    ENGAGEMENT_LIFECYCLE.begin(
        session,
        service,
        ServiceState.ACTIVE.value,
        title="started the service",
        label=service.name,
    )


def _take_up_books(session: Session, service: PeriodicService) -> None:
    with elevated(session):
        settle(session, service.customer_id)
        apply_default(session, service, service.company)


def draft_renewal(
    session: Session, service: PeriodicService, *, months: int, gift_months: int = 0
) -> Contract:
    """A draft contract that carries the service on at the last price, from the day after its present end.

    Who may not write contracts (an accountant) gets it written in the name of the customer's owner.
    """
    identity = identity_of(session)
    identity.require("can_renew", "engagement")
    if service.state == ServiceState.ENDED:
        raise BusinessError(_l("The service has ended."), code="guard")
    data = _renewal_of(session, service, months, gift_months)
    if identity.can("can_add", "contract"):
        contract = save_contract(session, None, data)
    else:
        with acting_as(session, SYSTEM):
            contract = save_contract(session, None, data)
            session.flush()
    tell(session, service, title="wrote the renewal contract", label=service.name)
    return contract


def _renewal_of(session: Session, service: PeriodicService, months: int, gift_months: int) -> ContractInput:
    with elevated(session):
        term = session.scalars(terms_of(service.id)).all()[-1:]
        line = session.get(ContractLine, term[0].contract_line_id) if term else None
        if line is None or not line.paid_months:
            raise BusinessError(
                _l("There is no contract to renew. Write a new one."), code="no_former_contract"
            )
        former = input_of(whole(session, line.contract))
        place = [each.id for each in line.contract.lines].index(line.id)
    start = (service.service_until or clock.today()).toordinal() + 1
    renewed = replace(
        former.lines[place],
        company_id=service.company_id,
        paid_months=months,
        gift_months=gift_months,
        start_month=first_of_month(date.fromordinal(start)),
        promised_on=None,
        items=tuple(
            replace(
                item,
                amount=_for_months(item.amount, line.paid_months, months),
                discount=_for_months(item.discount, line.paid_months, months),
            )
            for item in former.lines[place].items
        ),
    )
    return replace(former, company_id=service.company_id, renewal_only=True, lines=(renewed,), signed_on=None)


def _for_months(amount: Decimal, months: int, wanted: int) -> Decimal:
    return quantise(amount * wanted / months)


# Taxes ------------------------------------------------------------------------------------------------------


def determine_taxes(
    session: Session, service: PeriodicService, data: Mapping[str, str], *, since: date | None = None
) -> None:
    """税费种认定: legal form, taxpayer kind and collection method become known; the profile follows.

    From the month of `since` on; without it as `apply_default` says. Confirming what is known already lays
    the usual taxes down again.
    """
    facts = {name: data[name] for name in ("entity_type", "taxpayer_kind", "collection_method")}
    change_company(session, service.company, facts)
    with elevated(session):
        apply_default(session, service, service.company, since=since)
    tell(session, service, title="determined the taxes", label=service.name)


def company_taxes_changed(session: Session, company_id: int) -> None:
    """Let the profile follow the register data of a company whose books are kept."""
    service = session.scalars(running_service(company_id, ServiceKind.BOOKKEEPING)).first()
    if service is not None:
        apply_default(session, service, service.company)


def edit_profile(session: Session, service: PeriodicService, wanted: Mapping[str, str]) -> None:
    """Set which taxes the company files, code → frequency; an empty frequency leaves the tax out.

    Raises FieldErrors when a tax is not filed that often.
    """
    types = tax_types()
    chosen = {code: Frequency(text) for code, text in wanted.items() if text}
    faults = {
        code: [_l("This tax is not filed so often.")]
        for code, frequency in chosen.items()
        if code not in types or frequency not in types[code].frequencies
    }
    if faults:
        raise FieldErrors(_l("This cannot be saved yet."), faults)
    with elevated(session):
        edit_lines(session, service, chosen)
    tell(session, service, title="changed the tax profile", label=service.name)


def save_notice(session: Session, notice: FilingNotice | None, data: Mapping[str, object]) -> FilingNotice:
    """Store a published deadline and move the open rows of its month; filed rows never move."""
    former = (notice.year, notice.month) if notice is not None else None
    notice = notice or FilingNotice()
    for name in ("year", "month", "due_on"):
        setattr(notice, name, data[name])
    notice.region, notice.source = str(data.get("region") or "").strip(), str(data.get("source") or "")
    if not (2021 <= notice.year <= 2199 and 1 <= notice.month <= 12):
        raise FieldErrors(_l("This cannot be saved yet."), {"month": [_l("There is no such month.")]})
    if (notice.due_on.year, notice.due_on.month) < (notice.year, notice.month):
        raise FieldErrors(
            _l("This cannot be saved yet."), {"due_on": [_l("The last day is not before its month.")]}
        )
    session.add(notice)
    session.flush()
    for year, month in {(notice.year, notice.month), former or (notice.year, notice.month)}:
        move_due_dates(session, year, month)
    return notice


# Money and time ---------------------------------------------------------------------------------------------


def follow_money(session: Session, line_ids: Iterable[int]) -> None:
    """Set 收费至 of every service these contract lines carry, from what is booked on all its terms."""
    service_ids = session.scalars(
        select(ServiceTerm.service_id).where(ServiceTerm.contract_line_id.in_(list(line_ids))).distinct()
    ).all()
    for service_id in service_ids:
        terms = session.scalars(terms_of(service_id)).all()
        covered = money.paid_until(session, [term.contract_line_id for term in terms])
        service = session.get_one(PeriodicService, service_id)
        day = paid_until([(term.contract_line_id, term.ends_on) for term in terms], covered)
        if day != service.paid_until:
            service.paid_until = day
    session.flush()


def flag_unrenewed(session: Session) -> None:
    """Mark running services whose term passed without a renewal; they stay in service and in sight."""
    session.execute(
        update(PeriodicService)
        .where(
            PeriodicService.state != ServiceState.ENDED.value,
            PeriodicService.unrenewed.is_(False),
            PeriodicService.service_until < clock.today(),
        )
        .values(unrenewed=True, version=PeriodicService.version + 1),
        execution_options={"synchronize_session": False},
    )
