from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.customers.contact_keys import (
    ContactKind,
    ContactPointInvalid,
    guess_kind,
    mask,
    normalise,
)

MOBILE, LANDLINE, WECHAT, QQ, EMAIL = ContactKind


@pytest.mark.parametrize(
    ("kind", "text", "key", "display"),
    [
        (MOBILE, "13800138000", "mobile:13800138000", "13800138000"),
        (MOBILE, "+86 138-0013-8000", "mobile:13800138000", "13800138000"),
        (MOBILE, "0086 13800138000", "mobile:13800138000", "13800138000"),
        (MOBILE, "8613800138000", "mobile:13800138000", "13800138000"),
        (MOBILE, "（＋８６）１３８ ００１３ ８０００", "mobile:13800138000", "13800138000"),
        (MOBILE, "138—0013—8000", "mobile:13800138000", "13800138000"),
        (LANDLINE, "26501234", "landline:075526501234", "0755-26501234"),
        (LANDLINE, "2650-1234", "landline:075526501234", "0755-26501234"),
        (LANDLINE, "(0755) 2650 1234", "landline:075526501234", "0755-26501234"),
        (LANDLINE, "+86 755 26501234", "landline:075526501234", "0755-26501234"),
        (LANDLINE, "86-755-26501234", "landline:075526501234", "0755-26501234"),
        (LANDLINE, "+86 0755 26501234", "landline:075526501234", "0755-26501234"),
        (LANDLINE, "０７５５－２６５０１２３４－８０１", "landline:075526501234", "0755-26501234-801"),
        (LANDLINE, "0755-26501234转801", "landline:075526501234", "0755-26501234-801"),
        (LANDLINE, "26501234 ext. 801", "landline:075526501234", "0755-26501234-801"),
        (LANDLINE, "010-65551234", "landline:01065551234", "010-65551234"),
        (LANDLINE, "+86 10 6555 1234", "landline:01065551234", "010-65551234"),
        (LANDLINE, "0898-6555123", "landline:08986555123", "0898-6555123"),
        (LANDLINE, "400 800 1234", "landline:4008001234", "400-800-1234"),
        (LANDLINE, "800-8001234", "landline:8008001234", "800-800-1234"),
        (WECHAT, "Yueqi_2026", "wechat:yueqi_2026", "Yueqi_2026"),
        (WECHAT, "138 0013 8000", "mobile:13800138000", "13800138000"),
        (WECHAT, "26501234", "qq:26501234", "26501234"),
        (WECHAT, "wxid_abcdef123456-x", "wechat:wxid_abcdef123456-x", "wxid_abcdef123456-x"),
        (QQ, "265 012 34", "qq:26501234", "26501234"),
        (QQ, "13800138000", "qq:13800138000", "13800138000"),
        (QQ, "26501234@qq.com", "qq:26501234", "26501234"),
        (EMAIL, "26501234@QQ.com", "qq:26501234", "26501234@qq.com"),
        (EMAIL, " Zhang.San@Example.COM.cn ", "email:zhang.san@example.com.cn", "zhang.san@example.com.cn"),
        (EMAIL, "zhangsan@qq.com", "email:zhangsan@qq.com", "zhangsan@qq.com"),
    ],
)
def test_the_same_number_gives_the_same_key_however_it_was_typed(
    kind: ContactKind, text: str, key: str, display: str
) -> None:
    found = normalise(kind, text)
    assert (found.key, found.display) == (key, display)


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        (MOBILE, ["12345", "1380013800", "138001380001", "12800138000", "138a0138000", "0755-26501234"]),
        (LANDLINE, ["12345", "13800138000", "0755-1234567", "0100-26501234", "26501234/26501235", "转801"]),
        (WECHAT, ["abc", "1abcdef", "a" * 21, "张三微信", "0123456", "abc def!"]),
        (QQ, ["1234", "012345", "1234567890123", "qq12345"]),
        (EMAIL, ["zhang", "a@b", "a@@b.cn", "a@b..cn", "张@例.中国", f"{'a' * 250}@b.cn"]),
    ],
)
def test_what_is_no_contact_point_is_refused(kind: ContactKind, texts: list[str]) -> None:
    for text in texts:
        with pytest.raises(ContactPointInvalid) as refused:
            normalise(kind, text)
        assert refused.value.code == f"bad_{kind.value}", text


@pytest.mark.parametrize("kind", ContactKind)
@pytest.mark.parametrize("text", ["", "  ", "　", "\u200b"])
def test_blank_text_is_called_empty(kind: ContactKind, text: str) -> None:
    with pytest.raises(ContactPointInvalid) as refused:
        normalise(kind, text)
    assert refused.value.code == "empty"


def test_the_office_completes_a_landline_without_area_code() -> None:
    assert normalise(LANDLINE, "65551234", area_code="010").key == normalise(LANDLINE, "010 6555-1234").key


@given(st.from_regex(r"[1-9][0-9]{4,11}", fullmatch=True))
def test_a_qq_number_never_meets_a_landline(digits: str) -> None:
    qq = normalise(QQ, digits).key
    assert qq == normalise(EMAIL, f"{digits}@qq.com").key
    with suppress(ContactPointInvalid):
        assert normalise(LANDLINE, digits).key != qq


@given(st.sampled_from(ContactKind), st.text(alphabet="0123456789+-() 转xabQq@.中８－", max_size=24))
def test_what_is_shown_leads_back_to_the_same_key(kind: ContactKind, text: str) -> None:
    try:
        found = normalise(kind, text)
    except ContactPointInvalid:
        return
    assert normalise(kind, found.display) == found


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("+86 138 0013 8000", MOBILE),
        ("0755-26501234-801", LANDLINE),
        ("2650-1234", LANDLINE),
        ("075526501234", LANDLINE),
        ("4008001234", LANDLINE),
        ("26501234", QQ),
        ("12345", QQ),
        ("yueqi2026", WECHAT),
        ("a@b.cn", EMAIL),
        ("a@b", None),
        ("张三", None),
        ("", None),
        ("1234", None),
    ],
)
def test_the_kind_is_guessed_from_the_look(text: str, kind: ContactKind | None) -> None:
    assert guess_kind(text) is kind


@pytest.mark.parametrize(
    ("display", "masked"),
    [
        ("13800138000", "138****8000"),
        ("0755-26501234", "0755-****1234"),
        ("010-65551234-801", "010-****1234"),
        ("400-800-1234", "400-****1234"),
        ("26501234", "26****34"),
        ("12345", "1****5"),
        ("Yueqi_2026", "Yu****26"),
        ("zhang@example.com", "z****@example.com"),
        ("z@example.com", "****@example.com"),
        ("26501234@qq.com", "2****@qq.com"),
        ("abc", "****"),
        ("", "****"),
    ],
)
def test_masking_shows_enough_to_recognise_and_not_to_call(display: str, masked: str) -> None:
    assert mask(display) == masked
