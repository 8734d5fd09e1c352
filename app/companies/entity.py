"""The company as screens show it: all companies, and the library of those with a closing."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, or_
from sqlalchemy.orm import joinedload, selectinload

from app.companies.labels import (
    COLLECTION_METHOD_LABELS,
    COMPANY_FLAG_LABELS,
    ENTITY_TYPE_LABELS,
    REGISTRATION_STATE_LABELS,
    TAXPAYER_KIND_LABELS,
)
from app.companies.models import Company, ContactPerson
from app.companies.states import CompanyFlag, RegistrationState
from app.platform.entity import Entity, Field, Section, Tab
from app.platform.fragment_indexes import index_column

index_column(ContactPerson.name)

REGISTRATION_TONES = {
    RegistrationState.IN_FORMATION: "info",
    RegistrationState.EXISTING: "success",
    RegistrationState.REVOKED: "danger",
    RegistrationState.DEREGISTERING: "warning",
}


def flags_of(company: Company) -> list[str]:
    """The blemishes of the company in words."""
    return [str(label) for flag, label in COMPANY_FLAG_LABELS.items() if getattr(company, flag.value)]


def _customer_url(company: Any) -> str:
    return url_for("customer.show", pk=company.customer_id)


FIELDS = (
    Field(
        "name",
        _l("Company name"),
        searchable=True,
        filterable=True,
        sortable=True,
        required=True,
        maximum=120,
    ),
    Field(
        "customer_id",
        _l("Customer"),
        kind="remote",
        remote="customer",
        value=lambda row: row.customer,
        link=_customer_url,
        required=True,
    ),
    Field("uscc", _l("Social credit code"), searchable=True, maximum=40, help=_l("18 characters")),
    Field("uscc_overridden", _l("Use the code though its check digit is wrong"), kind="bool"),
    Field(
        "entity_type",
        _l("Legal form"),
        kind="choice",
        choices=ENTITY_TYPE_LABELS,
        filterable=True,
        required=True,
    ),
    Field(
        "registration_state",
        _l("Registration"),
        kind="choice",
        choices=REGISTRATION_STATE_LABELS,
        tones=REGISTRATION_TONES,
        filterable=True,
        required=True,
        default=lambda: RegistrationState.EXISTING.value,
    ),
    Field("legal_person", _l("Legal representative"), searchable=True, filterable=True, maximum=64),
    Field("capital", _l("Registered capital"), kind="money", filterable=True),
    Field("founded_on", _l("Founded on"), kind="date", filterable=True, sortable=True),
    Field("district", _l("District"), filterable=True, sortable=True, maximum=60),
    Field("address", _l("Registered address"), maximum=200),
    Field("scope", _l("Business scope"), kind="long", filterable=True),
    Field("taxpayer_kind", _l("Taxpayer kind"), kind="choice", choices=TAXPAYER_KIND_LABELS, filterable=True),
    Field(
        "collection_method",
        _l("Income tax assessed"),
        kind="choice",
        choices=COLLECTION_METHOD_LABELS,
        filterable=True,
        required=True,
    ),
    Field("tax_authority", _l("Tax authority"), filterable=True, maximum=80),
    Field("bank_name", _l("Bank of the account"), maximum=80),
    Field("bank_account", _l("Bank account"), maximum=40),
    Field("social_security_account", _l("Social insurance account"), maximum=40),
    Field("housing_fund_account", _l("Housing fund account"), maximum=40),
    *(Field(flag.value, COMPANY_FLAG_LABELS[flag], kind="bool", filterable=True) for flag in CompanyFlag),
    Field("flags", _l("Blemishes"), kind="tags", value=flags_of),
    Field("library_since", _l("In the library since"), kind="date", filterable=True, sortable=True),
    Field("note", _l("Note"), kind="long"),
)

_REGISTER = (
    "legal_person",
    "capital",
    "founded_on",
    "district",
    "address",
    "scope",
)
_TAXES = ("taxpayer_kind", "collection_method", "tax_authority")
_ACCOUNTS = ("bank_name", "bank_account", "social_security_account", "housing_fund_account")

FORM_SECTIONS = (
    Section(
        _l("Register data"),
        ("customer_id", "name", "uscc", "uscc_overridden", "entity_type", "registration_state", *_REGISTER),
    ),
    Section(_l("Taxes"), _TAXES),
    Section(_l("Bank and fund accounts"), _ACCOUNTS),
    Section(_l("Blemishes and remarks"), (*(flag.value for flag in CompanyFlag), "note")),
)


def abnormal() -> Any:
    """Companies with a blemish, or struck off."""
    flags = [getattr(Company, flag.value).is_(True) for flag in CompanyFlag]
    return or_(*flags, Company.registration_state == RegistrationState.REVOKED.value)


def data_missing() -> Any:
    """Companies without something every work on them needs."""
    needed = (Company.uscc, Company.legal_person, Company.address, Company.taxpayer_kind)
    nobody = ~exists().where(ContactPerson.company_id == Company.id)
    return or_(*(column.is_(None) for column in needed), nobody)


COMPANY = Entity(
    name="company",
    model=Company,
    label=_l("company"),
    plural=_l("Companies"),
    group=_l("Customers"),
    icon="building",
    title=lambda row: row.name,
    note="uscc",
    order="-id",
    fields=FIELDS,
    list_fields=(
        "name",
        "customer_id",
        "registration_state",
        "entity_type",
        "taxpayer_kind",
        "legal_person",
        "district",
        "flags",
    ),
    sections=(
        Section(
            _l("Register data"),
            ("name", "uscc", "entity_type", "registration_state", *_REGISTER, "flags", "library_since"),
        ),
        Section(_l("Taxes and accounts"), (*_TAXES, *_ACCOUNTS)),
        Section(_l("Remarks"), ("note",)),
    ),
    form_sections=FORM_SECTIONS,
    loads=lambda: (joinedload(Company.customer),),
    detail_loads=lambda: (joinedload(Company.customer), selectinload(Company.contacts)),
    empty_hint=_l("Companies come from their customer's page, or with a contract."),
)

LIBRARY = Entity(
    name="library",
    model=Company,
    label=_l("company"),
    plural=_l("Library companies"),
    group=_l("Customers"),
    icon="building",
    title=lambda row: row.name,
    note="uscc",
    order="-library_since",
    access="company",
    detail="company",
    where=lambda: (Company.library_since.is_not(None),),
    fields=FIELDS,
    list_fields=(
        "name",
        "customer_id",
        "registration_state",
        "taxpayer_kind",
        "legal_person",
        "district",
        "flags",
        "library_since",
    ),
    tabs=(
        Tab("all", _l("All"), lambda _who: ()),
        Tab("abnormal", _l("Abnormal"), lambda _who: (abnormal(),)),
        Tab("missing", _l("Data missing"), lambda _who: (data_missing(),)),
    ),
    loads=lambda: (joinedload(Company.customer),),
    empty_hint=_l("A company enters the library with its first closing."),
)
