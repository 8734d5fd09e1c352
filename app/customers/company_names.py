"""Core names of companies: what is left without place and legal form.

深圳市跃奇信息技术有限公司 → 跃奇信息技术. The core name finds companies met twice; it never blocks anything.
"""

import re

from app.customers.places import CITIES, PROVINCES
from app.platform.half_width import half_width


def _any_of(words: frozenset[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_PROVINCE = re.compile(rf"^(?:中国)?(?:{_any_of(PROVINCES)})(?:省|市|自治区|特别行政区)?")
_CITY = re.compile(rf"^(?:{_any_of(CITIES)})(?:市|地区|自治州)?(?![区县])")
_SMALLER_CITY = re.compile(r"^[一-鿿]{2,3}(?<![超城都门股上夜集花菜楼车闹])市(?!场)")
_DISTRICT = re.compile(r"^[一-鿿]{2,3}?(?:新区|(?<![社小园校景特片街库])区|县)")
_BRACKETS = re.compile(r"[(\[【〔「『]([^()\[\]【】〔〕「」『』]*)[)\]】〕」』]")
_BRACKETED_FORM = re.compile(r"(?:特殊)?(?:普通|有限)合伙|个人独资|个体工商户|集团|筹")
_BRACKETED_PLACE = re.compile(
    rf"中国|china|(?:{_any_of(PROVINCES | CITIES)})|[一-鿿]{{1,4}}(?:省|市|区|县|镇|州)"
)
_BRANCH = re.compile(r"(?<=公司)[^公]{0,12}分公司$")
_LEGAL_FORM = re.compile(
    r"(?:集团)?(?:股份|控股)?(?:有限责任公司|有限公司|责任公司|分公司|公司)$|集团$|(?:有限)?合伙企业$|个人独资企业$"
    r"|(?<=[a-z])(?:co|company)?(?:ltd|limited|inc|llc|corp|corporation)$"
)
_NOISE = re.compile(r"[^\w]|_")
_TRADE_WORDS = re.compile(
    "(?:科技|信息|技术|网络|软件|电子商务|电子|数码|智能|系统|贸易|商贸|实业|发展|管理|咨询|顾问|服务|投资|控股|集团|企业"
    "|文化|传媒|传播|广告|设计|餐饮|食品|酒店|物流|货运|供应链|建筑|工程|建设|装饰|装修|国际|进出口|房地产|置业|物业|财务"
    "|财税|代理|教育|培训|医疗|医药|生物|健康|环保|能源|机械|设备|材料|五金|塑胶|服装|服饰|汽车|航空|旅游|知识产权|股份)+"
)
_TELLING_LENGTH = 4


def core_name(name: str) -> str:
    """The name without place, bracketed place and legal form; never empty.

    What would leave nothing keeps its place or form. Raises ValueError for a blank name.
    """
    plain = re.sub(r"\s", "", half_width(name)).lower()
    if not plain:
        raise ValueError("a company has a name")
    bare = _NOISE.sub("", _BRACKETS.sub(_bracketed_words, plain)) or _NOISE.sub("", plain) or plain
    for form in (_BRANCH, _LEGAL_FORM):
        bare = _without(form, bare)
    return _without_place(bare)


def may_be_same(one: str, other: str) -> bool:
    """Whether two names may mean one company: equal core names, or one shortened at its end.

    跃奇信息技术 ~ 跃奇信息, but not 跃奇信息 ~ 跃奇餐饮. A mere trade word (信息技术) meets nothing longer.
    """
    shorter, longer = sorted((core_name(one), core_name(other)), key=len)
    if shorter == longer:
        return True
    if not longer.startswith(shorter) or len(shorter) < 2 or _TRADE_WORDS.fullmatch(shorter):
        return False
    return len(shorter) >= _TELLING_LENGTH or bool(_TRADE_WORDS.fullmatch(longer[len(shorter) :]))


def _bracketed_words(brackets: re.Match[str]) -> str:
    words = brackets[1]
    is_noise = _BRACKETED_FORM.fullmatch(words) or _BRACKETED_PLACE.fullmatch(words)
    return "" if is_noise else words


def _without_place(name: str) -> str:
    rest = _without(_PROVINCE, name)
    rest = _without(_CITY if _CITY.match(rest) else _SMALLER_CITY, rest)
    place = name[: len(name) - len(rest)]
    return _without(_DISTRICT, rest) if place.endswith("市") else rest


def _without(part: re.Pattern[str], name: str) -> str:
    """The name without the part, unless less than two characters would be left."""
    rest = part.sub("", name, count=1)
    return rest if len(rest) > 1 else name
