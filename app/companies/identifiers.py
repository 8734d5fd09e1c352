"""Unified social credit codes (GB 32100-2015).

A wrong shape is an error. A wrong check digit is a warning a person may override, since live codes with a
wrong digit exist.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from stdnum.cn import uscc

from app.platform.half_width import half_width

# 2 signs department and kind, 6 digits place, 9 signs organisation, 1 check sign; never I, O, S, V, Z.
_SHAPE = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")


class UsccVerdict(StrEnum):
    OK = "ok"
    WRONG_CHECK_DIGIT = "wrong_check_digit"
    WRONG_SHAPE = "wrong_shape"


@dataclass(frozen=True)
class UsccResult:
    """``normalised`` is the code to store: plain capital letters and digits."""

    normalised: str
    verdict: UsccVerdict


def check_uscc(text: str) -> UsccResult:
    code = uscc.compact(half_width(text))
    if not _SHAPE.fullmatch(code):
        return UsccResult(code, UsccVerdict.WRONG_SHAPE)
    is_right = uscc.calc_check_digit(code[:-1]) == code[-1]
    return UsccResult(code, UsccVerdict.OK if is_right else UsccVerdict.WRONG_CHECK_DIGIT)
