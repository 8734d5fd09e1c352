import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.companies.identifiers import UsccVerdict, check_uscc

OK, WRONG_CHECK_DIGIT, WRONG_SHAPE = UsccVerdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("91110000600037341L", OK),
        ("９１１１００００６０００３７３４１ｌ", OK),
        (" 9111 0000-6000 37341l ", OK),
        ("911100006000373411", WRONG_CHECK_DIGIT),
        ("91110000600037341I", WRONG_SHAPE),
        ("9111000060003734", WRONG_SHAPE),
        ("9111A000600037341L", WRONG_SHAPE),
        ("", WRONG_SHAPE),
        ("统一社会信用代码", WRONG_SHAPE),
    ],
)
def test_shape_and_check_digit_of_a_code(text: str, verdict: UsccVerdict) -> None:
    assert check_uscc(text).verdict is verdict


def test_the_code_is_stored_plain() -> None:
    assert check_uscc(" ９1110000-60003734 1l").normalised == "91110000600037341L"


@given(st.from_regex(r"[159Y][1239][0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}", fullmatch=True))
def test_exactly_one_check_digit_is_right(body: str) -> None:
    right = [sign for sign in "0123456789ABCDEFGHJKLMNPQRTUWXY" if check_uscc(body + sign).verdict is OK]
    assert len(right) == 1
