from decimal import Decimal

import pytest

from app.catalogue.item_kinds import ItemKind
from app.catalogue.presets import Billing, BusinessTypePreset, business_type_presets

PRESETS = business_type_presets()
BY_CODE = {preset.code: preset for preset in PRESETS}
RECURRING = {"JZ01", "JZ02", "JZ03", "JZ04", "JZ05", "SB03", "DZ01"}


def test_there_are_62_business_types_with_codes_and_names_of_their_own() -> None:
    assert len(PRESETS) == len(BY_CODE) == len({preset.name for preset in PRESETS}) == 62
    codes = [item.code for preset in PRESETS for item in preset.items]
    codes += [step.code for preset in PRESETS for step in preset.steps]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.code)
def test_each_type_has_items_steps_prices_and_a_duration(preset: BusinessTypePreset) -> None:
    assert preset.items and preset.steps
    assert any(not item.optional for item in preset.items)
    assert any(not step.optional for step in preset.steps)
    for parts in (preset.items, preset.steps):
        assert len({part.name for part in parts}) == len(parts)
        assert not any(set(part.name) & set("[]*;→") or "(选)" in part.name for part in parts)
    first, *others = preset.items
    assert 0 < first.authority_price <= first.standard_price
    assert {other.standard_price for other in others} <= {Decimal("0.00")}
    assert 1 <= preset.difficulty <= 5
    assert preset.duration_days > 0
    assert any(step.milestone for step in preset.steps)
    assert {step.item_code for step in preset.steps} <= {None, *(item.code for item in preset.items)}


def test_only_bookkeeping_social_security_and_addresses_recur() -> None:
    assert {preset.code for preset in PRESETS if preset.recurring} == RECURRING
    assert BY_CODE["DZ01"].billing is Billing.YEAR
    assert BY_CODE["JZ01"].billing is Billing.MONTH


@pytest.mark.parametrize("code", sorted(RECURRING - {"DZ01"}))
def test_bookkeeping_opens_by_the_onboarding_steps(code: str) -> None:
    names = [step.name for step in BY_CODE[code].steps]
    assert names == ["资料交接", "税费种认定", "建账", "三方协议", "派会计"]


def test_the_kind_of_an_item_is_told_by_its_name() -> None:
    special = {
        item.name: item.kind
        for preset in PRESETS
        for item in preset.items
        if item.kind is not ItemKind.SERVICE_FEE
    }
    on_behalf, third, deposit = ItemKind.PAID_ON_BEHALF, ItemKind.THIRD_PARTY, ItemKind.DEPOSIT
    assert special == {
        "公证认证代垫": on_behalf,
        "政府规费代垫": on_behalf,
        "验资代垫": on_behalf,
        "补税代垫": on_behalf,
        "罚款代垫": on_behalf,
        "代缴款(代收代付)": on_behalf,
        "银行收费代垫": on_behalf,
        "官费代垫(类)": on_behalf,
        "官费代垫": on_behalf,
        "IC卡代垫": on_behalf,
        "押金": deposit,
        "审计费(第三方代付)": third,
        "验资费(第三方代付)": third,
    }


def test_the_formation_of_a_company_read_in_full() -> None:
    formation = BY_CODE["SL01"]
    assert (formation.name, formation.group, formation.duration_days, formation.difficulty) == (
        "有限公司设立",
        "公司设立",
        10,
        2,
    )
    assert [(item.name, item.optional) for item in formation.items] == [
        ("代理费", False),
        ("刻章费(公/财/发/法人/合同章)", False),
        ("注册地址费", True),
        ("银行开户协助费", True),
        ("税务报到", True),
    ]
    assert formation.items[0].standard_price == Decimal("1500.00")
    assert formation.items[0].authority_price == Decimal("750.00")
    tied = {step.name: step.item_code for step in formation.steps if step.optional}
    assert tied == {"银行开户": "SL01-I4", "税务登记(税种核定)": "SL01-I5"}
    assert [step.name for step in formation.steps if step.milestone] == ["领取执照", "资料移交"]


def test_an_optional_step_without_an_item_waits_for_a_hand() -> None:
    waiting = {
        step.code for preset in PRESETS for step in preset.steps if step.optional and not step.item_code
    }
    assert waiting == {"BG02-S6", "BG07-S6", "BG08-S6", "DZ01-S3", "DZ01-S4"}
