"""The taxes and filings an agency starts with, from `presets/tax_types.csv`."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.bookkeeping.models import TaxKind
from app.bookkeeping.tax_types import tax_types

# Taxes of one short name share a column of the month's matrix; the order is that of the columns.
SHORT_NAMES = {
    "VAT_S": "增值税",
    "VAT_G": "增值税",
    "UCT": "附加税费",
    "EDU": "附加税费",
    "LEDU": "附加税费",
    "IIT_W": "个人所得税",
    "IIT_B": "经营所得",
    "IIT_BY": "经营汇算",
    "IIT_Y": "综合汇算",
    "CIT_Q": "企业所得税",
    "CIT_Y": "汇算清缴",
    "STAMP": "印花税",
    "STAMP_C": "资金账簿",
    "FIN": "财务报表",
    "UNION": "工会经费",
    "CONS": "消费税",
    "CULT": "文化建设费",
    "HOUSE": "房产税",
    "LAND": "土地使用税",
    "LVAT": "土地增值税",
    "VEH": "车船税",
    "ENV": "环保税",
    "DISAB": "残保金",
    "SOC": "社保",
    "HPF": "公积金",
    "AIC_Y": "工商年报",
}


def lay_down(session: Session) -> None:
    """Create the tax kinds that are not there by code; what somebody renamed or switched off stays so."""
    known = set(session.scalars(select(TaxKind.code)))
    types = tax_types()
    for position, (code, short_name) in enumerate(SHORT_NAMES.items(), start=1):
        if code not in known:
            session.add(
                TaxKind(
                    code=code,
                    name=types[code].name,
                    short_name=short_name,
                    position=position,
                    ends_at=types[code].ends_at.value,
                )
            )
