"""Differences in words: what an administrator reads before a file is applied."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.configuration.operations import preview
from tests.configuration.files import applied, changed, row
from tests.people import as_system

Parts = dict[str, Any]


def _rights(found: Parts) -> None:
    row(found["roles"], "cashier", "name")["rights"]["receipt"].update(sees="own", may=["list", "show"])


def _few_rights(found: Parts) -> None:
    row(found["roles"], "cashier", "name")["rights"]["receipt"]["may"] = ["approve", "list", "show"]


def _dictionary(found: Parts) -> None:
    words = found["dictionaries"]["level"]
    words[0]["label"] = "A 最重要"
    words.insert(0, {"code": "S", "label": "S 战略"})
    del words[3]


def _steps(found: Parts) -> None:
    steps = row(found["business_types"], "SL01")["steps"]
    steps[0], steps[1] = steps[1], steps[0]
    steps[2]["milestone"] = True
    del steps[4]


def _prices(found: Parts) -> None:
    prices = {"SL01-I1": {"reference": "999.00", "authority": "900.00"}}
    tier = {"name": "新人价", "region": "东莞", "versions": [{"valid_from": "2030-01-01", "prices": prices}]}
    found["price_tiers"].append(tier)
    row(found["price_tiers"], "总经理价", "name")["active"] = False
    versions = row(found["price_tiers"], "业务员标准价", "name")["versions"]
    later = versions[0]["prices"] | prices | {"SL01-I2": {"reference": 1, "authority": 1}}
    versions.append({"valid_from": "2030-01-01", "prices": later})


def _rules(found: Parts) -> None:
    found["contact_rules"][0].update(days=[4, 2], level="A", workdays_only=False)
    row(found["approval_rules"], "退款", "name").update(threshold="1,288.8", comparison=">=")
    row(found["reminder_rules"], "arrears")["offsets"] = [0]
    found["pool_rule"]["claims_per_day"] = 3


CASES: list[tuple[Callable[[Parts], object], list[str]]] = [
    (lambda _found: None, []),
    (
        _rights,
        [
            "角色与权限 › 财务 › 可做的事 › 到款单 › 看见范围: 全部 → 自己",
            "角色与权限 › 财务 › 可做的事 › 到款单 › 可做: 看列表、打开、入账 → 看列表、打开",
        ],
    ),
    (
        _dictionary,
        [
            "新增: 字典 › 级别 › S 战略",
            "字典 › 级别 › A 最重要 › 词: A 重点 → A 最重要",
            "停用: 字典 › 级别 › C 观望",
        ],
    ),
    (
        _steps,
        [
            "业务类型 › SL01 有限公司设立 › 步骤 › SL01-S3 网上申报(实名认证/电子签名) › 关键步骤: 否 → 是",
            "删除: 业务类型 › SL01 有限公司设立 › 步骤 › SL01-S5 刻章备案",
            "顺序变了: 业务类型 › SL01 有限公司设立 › 步骤",
        ],
    ),
    (
        _prices,
        [
            "新增: 价格体系 › 业务员标准价 › 版本 › 2030-01-01 起 (2 个价格变动: SL01-I1、SL01-I2)",
            "价格体系 › 总经理价 › 启用: 是 → 否",
            "新增: 价格体系 › 新人价",
        ],
    ),
    (
        _rules,
        [
            "联系规则 › 1-3-7 › 第几天联系: 1、3、7 → 2、4",
            "联系规则 › 1-3-7 › 顺延到工作日: 是 → 否",
            "联系规则 › 1-3-7 › 只用于级别: – → A",
            "公共池规则 › 每人每天可领取: 10 → 3",
            "审批规则 › 退款 › 怎么比: 大于 → 不少于",
            "审批规则 › 退款 › 界限: 0.00 → 1288.80",
            "提醒规则 › 应收到期与欠款 › 提前或推后天数: -7、0、3、7、15、30、60 → 0",
        ],
    ),
]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_differences_read_like_sentences(app: Flask) -> None:
    applied(app, changed(app, _few_rights))
    for change, words in CASES:
        content = changed(app, change)
        with as_system(app) as session:
            assert [one.words for one in preview(session, content).all_changes] == words
