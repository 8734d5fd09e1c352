"""Words and rules an agency starts with. What somebody changed or archived stays so."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.customers.models import ContactRule, DictionaryWord, PoolRule
from app.customers.states import CONTACTED, NEGOTIATING, NEW_LEAD, QUOTED

# The code of a word is the word itself, so that lists, sheets and reports read well; the label may change.
WORDS = {
    "source": "百度 360 微信 抖音 老客户介绍 官网 上门 其他",
    "industry": (
        "软件和信息技术 批发零售 电子商务 餐饮 建筑装饰 制造 物流运输 商务服务 文化传媒 教育培训 医药健康 "
        "房地产 农林牧渔 其他"
    ),
    "region": "南山 福田 罗湖 宝安 龙岗 龙华 坪山 光明 盐田 广州 东莞 惠州 佛山 珠三角其他 外省",
    "progress": f"{NEW_LEAD} {CONTACTED} {QUOTED} {NEGOTIATING}",
    "give_up_reason": "没有需求 价格谈不拢 已选别家 联系不上 号码有误 公司注销 其他",
    "contact_method": "电话 微信 QQ 上门 邮件 短信",
}
LEVELS = {"A": "A 重点", "B": "B 一般", "C": "C 观望"}


def lay_down(session: Session) -> None:
    """Create the words, the 1-3-7 rule and the pool rule that are not there."""
    _words(session)
    if session.scalars(select(ContactRule.id).limit(1)).first() is None:
        session.add(ContactRule(name="1-3-7", days="1,3,7"))
    if session.scalars(select(PoolRule.id).limit(1)).first() is None:
        session.add(PoolRule())


def _words(session: Session) -> None:
    known = set(session.execute(select(DictionaryWord.dictionary, DictionaryWord.code)).tuples())
    wanted = {name: {word: word for word in words.split()} for name, words in WORDS.items()} | {
        "level": LEVELS
    }
    for dictionary, words in wanted.items():
        for position, (code, label) in enumerate(words.items()):
            if (dictionary, code) not in known:
                session.add(DictionaryWord(dictionary=dictionary, code=code, label=label, position=position))
