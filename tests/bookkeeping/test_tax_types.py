import pytest

from app.bookkeeping.tax_types import (
    DueRule,
    EndsAt,
    Frequency,
    default_profile,
    tax_types,
)
from app.companies.states import CollectionMethod, EntityType, TaxpayerKind

BY_BOOKS, BY_ASSESSMENT = CollectionMethod
SMALL, GENERAL = TaxpayerKind
M, Q, Y = Frequency.MONTH, Frequency.QUARTER, Frequency.YEAR

PERSONS = [EntityType.SOLE_TRADER, EntityType.SOLE_PROPRIETORSHIP, EntityType.PARTNERSHIP]
COMPANIES = [kind for kind in EntityType if kind not in PERSONS]


def test_the_26_preset_taxes_are_complete_and_consistent() -> None:
    taxes = tax_types()
    assert len(taxes) == 26
    for code, tax in taxes.items():
        assert code == tax.code
        assert tax.name and tax.applies_to and tax.basis
        assert len(set(tax.frequencies)) == len(tax.frequencies) > 0
        assert {tax.due_rule_for(frequency) for frequency in tax.frequencies}
        assert tax.due_rule is not DueRule.YEAR_DAY or (tax.frequencies == (Y,) and tax.year_day)
    assert {code for code, tax in taxes.items() if tax.ends_at is EndsAt.FILED} == {"FIN", "AIC_Y"}


def test_a_tax_is_not_filed_more_often_than_the_law_knows() -> None:
    with pytest.raises(ValueError, match="CIT_Y"):
        tax_types()["CIT_Y"].due_rule_for(Q)


@pytest.mark.parametrize("entity_type", COMPANIES)
@pytest.mark.parametrize(("taxpayer", "vat", "frequency"), [(SMALL, "VAT_S", Q), (GENERAL, "VAT_G", M)])
def test_companies_pay_corporate_income_tax(
    entity_type: EntityType, taxpayer: TaxpayerKind, vat: str, frequency: Frequency
) -> None:
    assert default_profile(entity_type, taxpayer, BY_BOOKS) == [
        (vat, frequency),
        ("UCT", frequency),
        ("EDU", frequency),
        ("LEDU", frequency),
        ("IIT_W", M),
        ("CIT_Q", Q),
        ("FIN", Q),
        ("CIT_Y", Y),
        ("AIC_Y", Y),
    ]


@pytest.mark.parametrize("entity_type", PERSONS)
def test_owners_pay_tax_on_business_income_and_settle_it_when_books_are_kept(entity_type: EntityType) -> None:
    by_books = dict(default_profile(entity_type, SMALL, BY_BOOKS))
    by_assessment = dict(default_profile(entity_type, SMALL, BY_ASSESSMENT))
    assert not {"CIT_Q", "CIT_Y"} & by_books.keys()
    assert (by_books["IIT_B"], by_books["IIT_BY"], by_books["AIC_Y"]) == (Q, Y, Y)
    assert by_books.keys() - by_assessment.keys() == {"IIT_BY"}


def test_nothing_is_filed_before_the_taxpayer_kind_is_known() -> None:
    assert default_profile(EntityType.LIMITED_COMPANY, None, BY_BOOKS) == []


@pytest.mark.parametrize("entity_type", EntityType)
@pytest.mark.parametrize("taxpayer", TaxpayerKind)
@pytest.mark.parametrize("method", CollectionMethod)
def test_every_profile_can_be_laid_down(
    entity_type: EntityType, taxpayer: TaxpayerKind, method: CollectionMethod
) -> None:
    profile = default_profile(entity_type, taxpayer, method)
    assert len(dict(profile)) == len(profile)
    assert all(frequency in tax_types()[code].frequencies for code, frequency in profile)
