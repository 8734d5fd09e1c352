"""Names, numbers and addresses that look like an agency's customers. Pure: the same index, the same name."""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

from stdnum.cn import uscc

SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许邓冯韩曹"
GIVEN = (
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超",
    "秀英", "霞", "平", "刚", "桂英", "志强", "建华", "晓东", "海燕", "国栋", "文博", "雨桐", "子涵", "嘉豪",
    "俊杰", "思远", "浩然", "欣怡", "佳慧", "振宇", "少华", "丽萍", "晓燕",
)  # fmt: skip
_BRANDS = (
    "跃恒锦鸿睿卓铭晟瑞祺皓聚创弘辰骏昊",
    "奇达源泰丰航拓晖诚信博宇腾越峰翔菲",
    "隆盈昌佳嘉卉琪森霖涵岚悦妍璟缘舟帆",
)
_WAYS = 17**3
# trade as it stands in the name, industry of the dictionary, what the company does
TRADES = (
    ("信息技术", "软件和信息技术", "软件开发；信息系统集成服务"),
    ("网络科技", "软件和信息技术", "互联网信息服务；技术推广"),
    ("贸易", "批发零售", "国内贸易；货物及技术进出口"),
    ("电子商务", "电子商务", "网上销售；仓储服务"),
    ("餐饮管理", "餐饮", "餐饮服务；餐饮企业管理"),
    ("装饰工程", "建筑装饰", "室内外装饰工程；建材销售"),
    ("五金制品", "制造", "五金制品的生产与销售"),
    ("供应链管理", "物流运输", "供应链管理；道路货运代理"),
    ("企业管理咨询", "商务服务", "企业管理咨询；市场营销策划"),
    ("文化传媒", "文化传媒", "文化活动策划；广告设计制作"),
    ("教育咨询", "教育培训", "教育信息咨询"),
    ("生物科技", "医药健康", "生物技术研发；医疗器械销售"),
)
_PLACES = ("深圳市", "深圳", "广州市", "东莞市", "惠州市", "佛山市")
DISTRICTS = ("南山", "福田", "罗湖", "宝安", "龙岗", "龙华", "坪山", "光明", "盐田")
_STREETS = ("科苑路", "深南大道", "创业路", "前进一路", "龙翔大道", "民治大道", "红荔路", "新湖路", "金田路")
_BUILDINGS = ("创新大厦", "国际中心", "软件园", "商务广场", "科技园", "时代广场")
_BANKS = ("招商银行", "建设银行", "工商银行", "平安银行", "农业银行")
_PREFIXES = ("133", "135", "136", "138", "139", "150", "158", "159", "186", "188")
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# A stride without common factor with the number of codes walks through all of them before it repeats.
_STRIDE = 61_803_399
_BRAND_STRIDE = 1801


def person(chance: Random) -> str:
    return chance.choice(SURNAMES) + chance.choice(GIVEN)


class Title(NamedTuple):
    """A company's name without its legal form: 深圳市 + 跃奇隆贸易; `trade` is the place in TRADES."""

    place: str
    short: str
    trade: int

    @property
    def full(self) -> str:
        return self.place + self.short


class Names:
    """What is different for every customer of one run."""

    def __init__(self, seed: int) -> None:
        self._offset = Random(seed).randrange(10**7)

    def company(self, index: int) -> Title:
        """A name nobody else has, up to 350,000 of them."""
        way = (index * _BRAND_STRIDE + self._offset) % _WAYS
        brand = "".join(letters[way // 17**place % 17] for place, letters in enumerate(_BRANDS))
        turn = index // _WAYS + way * 7
        trade = turn % len(TRADES)
        place = _PLACES[turn // len(TRADES) % len(_PLACES)]
        return Title(place, f"{brand}{TRADES[trade][0]}", trade)

    def mobile(self, index: int) -> str:
        tail = (index * _STRIDE + self._offset) % 10**8
        return f"{_PREFIXES[tail % len(_PREFIXES)]}{tail:08d}"

    def wechat(self, index: int) -> str:
        return f"wx_{(index * _STRIDE + self._offset) % 10**8:08d}"

    def uscc(self, index: int) -> str:
        """A social credit code with the right check sign."""
        number = (index * _STRIDE + self._offset) % 31**6
        tail = "".join(_ALPHABET[number // 31**place % 31] for place in range(6))
        body = f"91440300MA5{tail}"
        return body + str(uscc.calc_check_digit(body))


def register_data(chance: Random, trade: int) -> dict[str, Any]:
    """What stands on a licence beside name and code."""
    district = chance.choice(DISTRICTS)
    street, house = chance.choice(_STREETS), chance.randint(1, 380)
    return {
        "legal_person": person(chance),
        "capital": chance.choice((10, 50, 50, 100, 100, 200, 500, 1000)) * 10_000,
        "scope": TRADES[trade][2],
        "district": district,
        "address": f"深圳市{district}区{street}{house}号{chance.choice(_BUILDINGS)}{chance.randint(1, 32)}层",
        "bank_name": f"{chance.choice(_BANKS)}深圳{district}支行",
        "bank_account": "".join(chance.choices("0123456789", k=16)),
        "tax_authority": f"国家税务总局深圳市{district}区税务局",
    }
