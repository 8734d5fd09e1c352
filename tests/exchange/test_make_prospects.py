"""The spreadsheet of the journey holds exactly the faults and collisions it is said to hold."""

import itertools

import pytest

from app.customers.company_names import may_be_same
from app.customers.contact_keys import ContactKind, ContactPointInvalid, normalise
from app.exchange.headers import PROSPECT_REPEATABLE, find_header, prospect_synonyms
from app.exchange.sheets import read_sheet
from tests.exchange.make_prospects import LONG_NAME_CHARACTERS, make_prospect_sheet


def keys_of(row):
    """The valid contact points; a phone heading takes mobiles and landlines."""
    kinds = {"mobile": [ContactKind.MOBILE, ContactKind.LANDLINE]}
    for name in ("mobile", "landline", "wechat", "qq", "email"):
        for kind in kinds.get(name, [ContactKind(name)]):
            try:
                yield normalise(kind, row.get(name, "")).key
            except ContactPointInvalid:
                continue


def fault(row):
    if not row.get("name") and not row.get("company"):
        return "no_name"
    if len(row.get("name", "")) >= LONG_NAME_CHARACTERS:
        return "too_long"
    return None if any(keys_of(row)) else "no_contact"


@pytest.mark.parametrize(("rows", "seed"), [(1000, 1), (300, 2)])
def test_reading_the_sheet_finds_what_was_put_in(tmp_path, rows, seed):
    expected = make_prospect_sheet(tmp_path / "客户.xlsx", rows, seed)
    sheet = read_sheet(tmp_path / "客户.xlsx")
    header = find_header(sheet.rows, prospect_synonyms(), repeatable=PROSPECT_REPEATABLE)
    assert header.unknown == [(0, "序号"), (13, "登记日期")]
    records = {
        row.line: {name: row.cell(index) for index, name in header.columns.items()}
        for row in sheet.rows
        if row.line > header.line
    }
    refused = {line: reason for line, row in records.items() if (reason := fault(row))}
    collisions, owners = {}, {}
    for line, row in records.items():
        if line in refused:
            continue
        keys = set(keys_of(row))
        if met := [key for key in keys if key in owners]:
            collisions[line] = (met[0].split(":")[0], owners[met[0]])
        else:
            owners |= dict.fromkeys(keys, line)
    assert len(records) == expected.read == rows
    assert refused == expected.refused
    assert collisions == expected.collisions
    assert len(set(owners.values())) == expected.accepted
    assert not set(expected.blank_lines) & set(records)
    assert expected.emoji_lines


def test_a_thousand_rows_hold_six_per_cent_faults_and_four_per_cent_collisions(tmp_path):
    expected = make_prospect_sheet(tmp_path / "客户.xlsx")
    assert (expected.read, len(expected.refused), len(expected.collisions), expected.accepted) == (
        1000,
        60,
        40,
        900,
    )
    assert expected == make_prospect_sheet(tmp_path / "again.xlsx")


def test_no_two_companies_of_the_sheet_may_be_the_same(tmp_path):
    make_prospect_sheet(tmp_path / "客户.xlsx", 300)
    companies = [row.cell(2) for row in read_sheet(tmp_path / "客户.xlsx").rows[3:] if row.cell(2)]
    assert len(companies) > 100
    assert not [pair for pair in itertools.combinations(companies, 2) if may_be_same(*pair)]
