"""A spreadsheet of prospects as an agency keeps it, with known faults and collisions.

`python -m tests.exchange.make_prospects 客户.xlsx --rows 1000 --seed 1` writes it and prints what an import
must find.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path

import xlsxwriter

HEADER_LINE = 4
HEADER = [
    "序号", "客户名称*", "公司名称", "手机号（必填）", "座机", "微信号", "QQ", "邮箱",
    "客户来源", "所属行业", "区域", "意向级别", "意向业务", "登记日期", "备注",
]  # fmt: skip
REFUSED_SHARE, COLLISION_SHARE, BLANK_SHARE, EMOJI_SHARE = 0.06, 0.04, 0.01, 0.01
LONG_NAME_CHARACTERS = 600
MOST_ROWS = 10_000

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高"
_GIVEN = [
    "伟",
    "芳",
    "秀英",
    "敏",
    "静",
    "丽",
    "强",
    "磊",
    "洋",
    "艳",
    "勇",
    "军",
    "杰",
    "涛",
    "明",
    "超",
    "桂兰",
    "建国",
]
_TITLES = ["", "", "", "总", "先生", "女士", "老板"]
_BRANDS = (
    "跃恒锦鸿睿卓铭晟瑞祺皓聚创弘辰骏昊禾",
    "奇达源泰丰航拓晖诚信博宇腾越峰翔菲朗",
    "隆盈昌佳嘉卉琪森霖涵岚悦妍璟缘舟帆圣",
)
_TRADES = [
    ("信息技术", "软件"), ("网络科技", "软件"), ("贸易", "批发零售"), ("电子商务", "批发零售"),
    ("餐饮管理", "餐饮"), ("装饰工程", "建筑装饰"), ("文化传媒", "文化传媒"), ("供应链管理", "物流"),
    ("企业管理咨询", "商务服务"), ("教育咨询", "教育培训"), ("生物科技", "医药健康"), ("五金制品", "制造"),
]  # fmt: skip
_FORMS = ["有限公司", "有限公司", "有限公司", "有限责任公司", "集团有限公司"]
_PLACES = ["深圳市", "深圳市", "深圳", "广州市", "东莞市", "广东"]
_DISTRICTS = ["南山区", "福田区", "罗湖区", "宝安区", "龙岗区", "龙华区", "光明区"]
_SOURCES = ["百度", "360", "微信", "老客户介绍", "抖音", "上门", ""]
_WANTED = [
    "有限公司设立", "小规模纳税人代理记账", "一般纳税人代理记账", "有限公司设立、小规模纳税人代理记账",
    "商标注册", "注册地址托管", "简易注销", "工商年报", "高新技术企业认定",
    "个体工商户设立", "股权转让/股东变更", "",
]  # fmt: skip
_NOTES = [
    "",
    "",
    "",
    "下周再联系",
    "要先看报价，急",
    "朋友介绍，\n预算有限",
    "注册资本 100 万；两个股东",
    "已加微信",
]
_EMOJI = ["😀", "🌸", "👨‍👩‍👧", "🔥", "🐉"]
_NO_PHONES = ["12345", "12345", "暂无", "138001380"]
_NO_MAILS = ["{}@", "@qq.com", "{}.example.com", "{}@@example.com", "{} at example.com"]
_FIRST_DAY = date(2026, 3, 2)

Record = dict[str, object]


@dataclass
class ExpectedImport:
    """What an import with `--on-collision skip` must report; lines as the spreadsheet shows them.

    `read` = `accepted` + refused + collisions; blank lines are not read. `refused`: line → no_name,
    no_contact or too_long. `collisions`: line → kind of the key and line of the accepted row that has it.
    Every refused row has exactly one fault, every collided row exactly one contact point.
    """

    read: int = 0
    accepted: int = 0
    refused: dict[int, str] = field(default_factory=dict)
    collisions: dict[int, tuple[str, int]] = field(default_factory=dict)
    blank_lines: list[int] = field(default_factory=list)
    emoji_lines: list[int] = field(default_factory=list)


def make_prospect_sheet(path: Path | str, rows: int = 1000, seed: int = 1) -> ExpectedImport:
    """Writes the sheet and gives what importing it must find. The same arguments make the same rows.

    `rows` counts the filled rows below the header, at most 10,000.
    """
    if rows > MOST_ROWS:
        raise ValueError(f"at most {MOST_ROWS} rows have names of their own")
    maker = _Maker(random.Random(seed))
    lines, expected = maker.lines(rows)
    _write(Path(path), lines)
    return expected


class _Maker:
    """Makes rows one after the other; no two share a contact point or a company unless they are meant to."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.numbers = iter(chance.sample(range(10**8), MOST_ROWS))
        self.landlines = iter(chance.sample(range(10**7), MOST_ROWS))
        self.brands = iter(
            chance.sample([a + b + c for a in _BRANDS[0] for b in _BRANDS[1] for c in _BRANDS[2]], 5832)
        )
        self.accepted: list[tuple[int, Record]] = []

    def lines(self, rows: int) -> tuple[dict[int, Record], ExpectedImport]:
        expected = ExpectedImport(read=rows)
        lines: dict[int, Record] = {}
        line = HEADER_LINE
        for kind in self._kinds(rows):
            line += 1
            if self.chance.random() < BLANK_SHARE:
                expected.blank_lines.append(line)
                line += 1
            lines[line] = self._row(kind, line, expected)
        expected.accepted = rows - len(expected.refused) - len(expected.collisions)
        return lines, expected

    def _kinds(self, rows: int) -> list[str]:
        """What each row is to be. Collisions stand in the second half, so that there is something to meet."""
        faults = ["no_name", "no_phone", "no_mail", "too_long"]
        odd = [faults[i % 4] for i in range(round(rows * REFUSED_SHARE))] + ["emoji"] * round(
            rows * EMOJI_SHARE
        )
        collisions = ["same_mobile", "same_mobile", "mobile_as_wechat", "qq_as_mail"]
        late = [collisions[i % 4] for i in range(round(rows * COLLISION_SHARE))]
        half = rows // 2
        self.chance.shuffle(odd)
        first = odd[::2] + ["good"] * (half - len(odd[::2]))
        second = odd[1::2] + late + ["good"] * (rows - half - len(odd[1::2]) - len(late))
        self.chance.shuffle(first)
        self.chance.shuffle(second)
        return first + second

    def _row(self, kind: str, line: int, expected: ExpectedImport) -> Record:
        row = self._good()
        if kind in _FAULTS:
            expected.refused[line] = _FAULTS[kind](self, row)
        elif kind in ("good", "emoji"):
            if kind == "emoji":
                row["客户名称*"] = f"{row['客户名称*']}{self.chance.choice(_EMOJI)}"
                expected.emoji_lines.append(line)
            self.accepted.append((line, row))
        else:
            expected.collisions[line] = self._collide(kind, row)
        return row

    def _good(self) -> Record:
        chance = self.chance
        trade, industry = chance.choice(_TRADES)
        person = chance.choice(_SURNAMES) + (chance.choice(_TITLES) or chance.choice(_GIVEN))
        mobile = f"1{chance.choice('35789')}{chance.randrange(10)}{next(self.numbers):08}"
        row: Record = {
            "客户名称*": person,
            "手机号（必填）": self._written(mobile),
            "客户来源": chance.choice(_SOURCES),
            "所属行业": industry,
            "区域": chance.choice(_DISTRICTS),
            "意向级别": chance.choice(["A", "B", "C", ""]),
            "意向业务": chance.choice(_WANTED),
            "登记日期": _FIRST_DAY + timedelta(days=chance.randrange(40)),
            "备注": chance.choice(_NOTES),
            "mobile": mobile,
        }
        if chance.random() < 0.5 and (brand := next(self.brands, None)):
            row["公司名称"] = chance.choice(_PLACES) + brand + trade + chance.choice(_FORMS)
            if chance.random() < 0.3:
                row["客户名称*"] = ""  # a company alone will do
        self._add_further_contacts(row)
        return row

    def _add_further_contacts(self, row: Record) -> None:
        chance, mobile = self.chance, str(row["mobile"])
        if chance.random() < 0.15:
            local = f"8{next(self.landlines):07}"
            row["座机"] = chance.choice(["0755-{}", "0755{}", "(0755){}", "{}", "0755-{}-802"]).format(local)
        if chance.random() < 0.3:
            row["微信号"] = chance.choice([mobile, f"wx_{mobile[3:]}", f"Vip-{mobile[3:]}"])
        if chance.random() < 0.25:
            row["QQ"] = chance.choice([int, str])(f"{1 + int(mobile[3:]) % 9}{mobile[3:]}")
            if chance.random() < 0.3:
                row["邮箱"] = f"{row['QQ']}@qq.com"
        elif chance.random() < 0.2:
            row["邮箱"] = f"{mobile[3:]}@{chance.choice(['163.com', 'example.com', 'Example.com.cn'])}"

    def _written(self, mobile: str) -> object:
        """A mobile number as people and programs write it."""
        ways: list[Callable[[str], object]] = [
            str, str, int, int, float,
            lambda number: f"{number[:3]}-{number[3:7]}-{number[7:]}",
            lambda number: f"{number[:3]} {number[3:7]} {number[7:]}",
            lambda number: f"+86 {number[:3]}-{number[3:7]}-{number[7:]}",
            lambda number: f"86{number}",
            lambda number: f" {number}　",
            lambda number: number.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)}),
        ]  # fmt: skip
        return self.chance.choice(ways)(mobile)

    def _collide(self, kind: str, row: Record) -> tuple[str, int]:
        """Leaves the row one contact point, which an accepted row above has."""
        _clear_contacts(row)
        may_meet = [
            place for place, (_, other) in enumerate(self.accepted) if kind != "qq_as_mail" or other.get("QQ")
        ]
        line, other = self.accepted.pop(self.chance.choice(may_meet))
        if kind == "qq_as_mail":
            row["邮箱"] = f"{other['QQ']}@QQ.com"
            return "qq", line
        row["手机号（必填）" if kind == "same_mobile" else "微信号"] = self._written(str(other["mobile"]))
        return "mobile", line

    def without_name(self, row: Record) -> str:
        row |= {"客户名称*": "", "公司名称": ""}
        return "no_name"

    def with_phone_that_is_none(self, row: Record) -> str:
        _clear_contacts(row)
        row["手机号（必填）"] = self.chance.choice(_NO_PHONES)
        return "no_contact"

    def with_mail_that_is_none(self, row: Record) -> str:
        _clear_contacts(row)
        row["邮箱"] = self.chance.choice(_NO_MAILS).format(str(row["mobile"])[5:])
        return "no_contact"

    def with_long_name(self, row: Record) -> str:
        row["客户名称*"] = "长" * LONG_NAME_CHARACTERS
        return "too_long"


_FAULTS = {
    "no_name": _Maker.without_name,
    "no_phone": _Maker.with_phone_that_is_none,
    "no_mail": _Maker.with_mail_that_is_none,
    "too_long": _Maker.with_long_name,
}


def _clear_contacts(row: Record) -> None:
    row |= dict.fromkeys(["手机号（必填）", "座机", "微信号", "QQ", "邮箱"], "")
    row["客户名称*"] = row["客户名称*"] or "陈总"


def _write(path: Path, lines: dict[int, Record]) -> None:
    with xlsxwriter.Workbook(path, {"strings_to_urls": False, "strings_to_formulas": False}) as book:
        book.set_properties({"created": _FIRST_DAY})
        day = book.add_format({"num_format": "yyyy/m/d"})
        sheet = book.add_worksheet("意向客户")
        sheet.merge_range(
            0,
            0,
            0,
            len(HEADER) - 1,
            "2026年意向客户登记表",
            book.add_format({"align": "center", "bold": True}),
        )
        sheet.write_row(1, 0, ["填表部门：销售一部", "", "", "联系电话：0755-86001234"])
        sheet.write_row(HEADER_LINE - 1, 0, HEADER, book.add_format({"bold": True, "bg_color": "#DDE7E0"}))
        for number, (line, row) in enumerate(lines.items(), start=1):
            sheet.write_number(line - 1, 0, number)
            for column, heading in enumerate(HEADER[1:], start=1):
                value = row.get(heading, "")
                if isinstance(value, date):
                    sheet.write_datetime(line - 1, column, value, day)
                elif isinstance(value, str):
                    sheet.write_string(line - 1, column, value)
                else:
                    sheet.write(line - 1, column, value)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    expected = make_prospect_sheet(arguments.path, arguments.rows, arguments.seed)
    print(json.dumps(asdict(expected), ensure_ascii=False))
