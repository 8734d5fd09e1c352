"""Companies and contracts in force: what was sold, at which price, and when it took effect."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.bookkeeping.rules import FORMATION, add_months, entity_type_of, first_of_month, last_day
from app.catalogue.item_kinds import ItemKind
from app.catalogue.models import BusinessType, DetailItem
from app.companies.models import Company, ContactPerson
from app.companies.states import RegistrationState, TaxpayerKind
from app.contracts.models import Contract, ContractLine, ContractLineItem
from app.contracts.pricing import LinePrice, check_line
from app.contracts.states import ACTIVE, DRAFT, PENDING
from app.customers.company_names import core_name
from app.demo.customers import Prospect
from app.demo.names import register_data
from app.demo.scene import Life, Scene
from app.platform import clock
from app.platform.money import ZERO

BUNDLES = (
    (("SL01", "JZ01"), 20),
    (("SL02", "JZ03"), 10),
    (("JZ01",), 20),
    (("JZ02",), 10),
    (("JZ04",), 5),
    (("SL01", "DZ01", "JZ01"), 7),
    (("BG02",), 5),
    (("BG05",), 4),
    (("BG07", "NB01"), 4),
    (("ZX01",), 4),
    (("ZS01",), 5),
    (("ZZ01",), 3),
    (("SW02", "JZ02"), 3),
)
"""What customers buy together, and how often out of a hundred."""
DISCOUNTS = (Decimal("0"), Decimal("0"), Decimal("0"), Decimal("0.03"), Decimal("0.05"), Decimal("0.08"))
EXTRAS = {
    ItemKind.PAID_ON_BEHALF: (270, 300, 480),
    ItemKind.THIRD_PARTY: (500, 800),
    ItemKind.DEPOSIT: (500, 1000),
}
OLD_DAYS = 330
_TEN = Decimal(10)
_KEPT = (
    "customer_id", "company_id", "business_type_id", "recurring", "paid_months", "interval_months", "amount",
)  # fmt: skip
"""What a renewed line takes over; its amount is net, so nothing is discounted again."""


@dataclass
class Line:
    """A sold line: its row, its business type, and what later parts note about it."""

    row: dict[str, Any]
    kind: BusinessType
    sold: list[int]
    receivables: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Deal:
    """A contract in force with its lines, and the day it took effect."""

    prospect: Prospect
    row: dict[str, Any]
    company: dict[str, Any]
    lines: list[Line]
    activated_on: date

    @property
    def life(self) -> Life:
        return self.prospect.life


def sell(scene: Scene, prospect: Prospect, signed_on: date, *, is_done: bool) -> Deal:
    """A contract that needed nobody's approval; `is_done` says that all its work will be finished."""
    life = prospect.life
    codes = life.chance.choices([b for b, _w in BUNDLES], weights=[w for _b, w in BUNDLES])[0]
    types = [scene.types[code] for code in codes if code in scene.types]
    drafted = life.moment(signed_on)
    company = _company(scene, prospect, [kind.code for kind in types], drafted, is_done=is_done)
    contract = _contract(scene, prospect, drafted, company)
    lines = [_line(scene, life, contract, company, kind, place) for place, kind in enumerate(types)]
    return conclude(scene, prospect, contract, company, lines)


def conclude(
    scene: Scene, prospect: Prospect, contract: dict[str, Any], company: dict[str, Any], lines: list[Line]
) -> Deal:
    """Add the lines up, submit the contract and let it take effect."""
    life = prospect.life
    contract["amount"] = sum((line.row["amount"] for line in lines), ZERO)
    contract["discount"] = sum((line.row["discount"] for line in lines), ZERO)
    _term(contract, lines)
    told = [
        _tell(life, contract, prospect, contract["created_at"], "created", "wrote a contract draft", DRAFT)
    ]
    submitted = life.moment(clock.local(contract["created_at"]).date())
    contract["submitted_at"] = contract["activated_at"] = contract["changed_at"] = submitted
    told.append(
        _tell(life, contract, prospect, submitted, "submit", "submitted the contract", PENDING, DRAFT)
    )
    told.append(
        _tell(life, contract, prospect, submitted, "activate", "the contract took effect", ACTIVE, PENDING)
    )

    def numbered(number: str) -> None:
        contract["number"] = number
        for details in told:
            details["label"] = number

    scene.numbers.ask("contract", clock.local(submitted), numbered)
    if not contract["renewal_only"] and prospect.row["signed_at"] is None:
        prospect.row["signed_at"] = prospect.row["changed_at"] = submitted
        life.tell(
            "customer", prospect.row, submitted, prospect.owner, "sign", "became a signed customer",
            states=("prospect", "signed"), label=prospect.row["name"],
        )  # fmt: skip
    return Deal(prospect, contract, company, lines, clock.local(submitted).date())


def _tell(
    life: Life,
    contract: dict[str, Any],
    prospect: Prospect,
    at: datetime,
    kind: str,
    title: str,
    to_state: str,
    from_state: str | None = None,
) -> dict[str, object]:
    return life.tell("contract", contract, at, prospect.owner, kind, title, states=(from_state, to_state))


def _company(
    scene: Scene, prospect: Prospect, codes: list[str], at: datetime, *, is_done: bool
) -> dict[str, Any]:
    life = prospect.life
    in_formation = not is_done and any(code.startswith(FORMATION) for code in codes)
    form = "商行" if any(code in ("SL02", "JZ03") for code in codes) else "有限公司"
    name = f"{prospect.title.full}{form}"
    data = register_data(life.chance, prospect.title.trade)
    known = {} if in_formation else _registered(scene, prospect, codes, data)
    company = scene.rows.add(
        Company,
        customer_id=prospect.row["id"],
        name=name,
        core_name=core_name(name)[:120],
        entity_type=entity_type_of(codes).value,
        registration_state=RegistrationState.IN_FORMATION.value
        if in_formation
        else RegistrationState.EXISTING.value,
        legal_person=data["legal_person"],
        capital=Decimal(data["capital"]),
        scope=data["scope"],
        district=data["district"],
        created_at=at,
        **known,
    )
    scene.rows.add(
        ContactPerson,
        customer_id=prospect.row["id"],
        company_id=company["id"],
        name=data["legal_person"],
        role="法人",
        mobile=scene.names.mobile(company["id"] + 50_000_000),
    )
    life.tell("company", company, at, prospect.owner, "created", "added the company", label=name)
    return company


def _registered(scene: Scene, prospect: Prospect, codes: list[str], data: dict[str, Any]) -> dict[str, Any]:
    general = "JZ02" in codes
    founded = prospect.created_on - timedelta(days=prospect.life.chance.randint(0, 2000))
    return {
        "uscc": scene.names.uscc(prospect.row["id"]),
        "taxpayer_kind": (TaxpayerKind.GENERAL if general else TaxpayerKind.SMALL_SCALE).value,
        "founded_on": founded,
        **{name: data[name] for name in ("address", "bank_name", "bank_account", "tax_authority")},
    }


def _contract(
    scene: Scene, prospect: Prospect, at: datetime, company: dict[str, Any], **more: Any
) -> dict[str, Any]:
    return scene.rows.add(
        Contract,
        customer_id=prospect.row["id"],
        company_id=company["id"],
        author_id=prospect.owner.id,
        state=ACTIVE,
        signed_on=clock.local(at).date(),
        payer=company["name"],
        invoice_wanted=prospect.life.happens(0.4),
        created_at=at,
        **more,
    )


def renew(scene: Scene, deal: Deal, line: Line, on: date) -> Deal:
    """A contract that only carries one recurring line on for as long again, at the same price."""
    prospect = deal.prospect
    contract = _contract(scene, prospect, prospect.life.moment(on), deal.company, renewal_only=True)
    former = line.row
    row = scene.rows.add(
        ContractLine,
        **{name: former[name] for name in _KEPT},
        contract_id=contract["id"],
        start_month=add_months(former["start_month"], former["paid_months"] + former["gift_months"]),
    )
    for item_id, kind, amount, price in _priced_again(scene, line):
        scene.rows.add(
            ContractLineItem, line_id=row["id"], customer_id=row["customer_id"], item_id=item_id, kind=kind,
            amount=amount, **price,
        )  # fmt: skip
    return conclude(scene, prospect, contract, deal.company, [Line(row, line.kind, line.sold)])


def _priced_again(scene: Scene, line: Line) -> list[tuple[int, str, Decimal, dict[str, Any]]]:
    """The sold items, the whole net amount on the first of them."""
    kinds = {item.id: item.kind for item in line.kind.items}
    amounts = [line.row["amount"], *(ZERO for _item in line.sold[1:])]
    return [
        (item_id, kinds[item_id], amount, _prices(scene, item_id))
        for item_id, amount in zip(line.sold, amounts, strict=True)
    ]


def _line(
    scene: Scene,
    life: Life,
    contract: dict[str, Any],
    company: dict[str, Any],
    kind: BusinessType,
    place: int,
) -> Line:
    signed_on = contract["signed_on"]
    months = 12 if kind.recurring else 0
    gift = 1 if kind.recurring and kind.bookkeeping and life.happens(0.08) else 0
    row = scene.rows.add(
        ContractLine,
        contract_id=contract["id"],
        customer_id=contract["customer_id"],
        company_id=company["id"],
        business_type_id=kind.id,
        position=place,
        recurring=kind.recurring,
        start_month=_start_month(scene, life, signed_on) if kind.recurring else None,
        paid_months=months,
        gift_months=gift,
        interval_months=life.chance.choice((3, 3, 6, 12, 12, 1)) if kind.bookkeeping else 12,
    )
    sold = [item for item in kind.items if not item.optional or life.happens(0.35)]
    percent = ZERO if gift else life.chance.choice(DISCOUNTS)
    for number, item in enumerate(sold):
        _item(scene, life, row, item, percent, is_first=number == 0)
    return Line(row, kind, [item.id for item in sold])


def _start_month(scene: Scene, life: Life, signed_on: date) -> date:
    """Mostly this month; the oldest customers had two months of bookkeeping made up for."""
    back = -2 if is_old(scene, signed_on) else life.chance.choice((-2, -1, 0, 0, 0, 1))
    return add_months(first_of_month(signed_on), back)


def is_old(scene: Scene, signed_on: date) -> bool:
    """Whether the contract is almost a year old."""
    return signed_on < scene.today - timedelta(days=OLD_DAYS)


def _item(
    scene: Scene, life: Life, line: dict[str, Any], item: DetailItem, percent: Decimal, *, is_first: bool
) -> None:
    price = _prices(scene, item.id)
    units = line["paid_months"] or 1
    amount = _asked(life, item, price, is_first=is_first) * units
    discount = ZERO
    if price["reference_price"] and percent and item.kind == ItemKind.SERVICE_FEE:
        discount = _tens(amount / units * percent) * units
        if _is_below(line, item, price, amount, discount):
            discount = ZERO
    scene.rows.add(
        ContractLineItem, line_id=line["id"], customer_id=line["customer_id"], item_id=item.id,
        kind=item.kind, amount=amount, discount=discount, **price,
    )  # fmt: skip
    line["amount"] += amount - discount
    line["discount"] += discount


def _asked(life: Life, item: DetailItem, price: dict[str, Any], *, is_first: bool) -> Decimal:
    """Per piece and month: the reference price in tens, or what third parties usually charge."""
    if price["reference_price"]:
        reference: Decimal = price["reference_price"]
        return max(-(-reference // _TEN) * _TEN, _TEN)
    if item.kind in EXTRAS:
        return Decimal(life.chance.choice(EXTRAS[ItemKind(item.kind)]))
    return Decimal(200) if is_first else ZERO


def _prices(scene: Scene, item_id: int) -> dict[str, Any]:
    price = scene.prices.get(item_id)
    return {
        "reference_price": price.reference if price else None,
        "authority_price": price.authority if price else None,
    }


def _tens(amount: Decimal) -> Decimal:
    return (amount // _TEN) * _TEN


def _is_below(
    line: dict[str, Any], item: DetailItem, price: dict[str, Any], amount: Decimal, discount: Decimal
) -> bool:
    """Whether the price would need somebody's approval."""
    verdict = check_line(
        LinePrice(
            amount=amount,
            discount=discount,
            **price,
            recurring=line["recurring"],
            paid_months=line["paid_months"],
            gift_months=line["gift_months"],
            kind=ItemKind(item.kind),
        )
    )
    return verdict.below_authority > 0 or verdict.discount_rate > Decimal("0.1")


def _term(contract: dict[str, Any], lines: list[Line]) -> None:
    starts = [line.row["start_month"] for line in lines if line.row["start_month"]]
    contract["starts_on"] = min(starts, default=contract["signed_on"])
    ends = [
        last_day(
            line.row["start_month"], paid_months=line.row["paid_months"], gift_months=line.row["gift_months"]
        )
        for line in lines
        if line.row["recurring"]
    ]
    ends += [contract["starts_on"] + timedelta(days=line.kind.duration_days * 7 // 5) for line in lines]
    contract["ends_on"] = max(ends)
