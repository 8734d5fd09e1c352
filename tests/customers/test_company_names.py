import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.customers.company_names import core_name, may_be_same


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("深圳市跃奇信息技术有限公司", "跃奇信息技术"),
        ("深圳跃奇信息技术有限责任公司", "跃奇信息技术"),
        ("跃奇信息技术（深圳）有限公司", "跃奇信息技术"),
        ("跃奇(深圳)信息技术股份有限公司", "跃奇信息技术"),
        ("广东省深圳市南山区跃奇信息技术有限公司", "跃奇信息技术"),
        ("深圳市跃奇信息技术有限公司广州分公司", "跃奇信息技术"),
        ("北京市朝阳区老王烟酒商行", "老王烟酒商行"),
        ("内蒙古自治区呼和浩特市草原乳业集团股份有限公司", "草原乳业"),
        ("广西壮族自治区桂林市山水旅行社有限公司", "山水旅行社"),
        ("新疆维吾尔自治区喀什地区丝路贸易有限公司", "丝路贸易"),
        ("兴化市大闸蟹养殖场", "大闸蟹养殖场"),
        ("宁波跃奇投资合伙企业（有限合伙）", "跃奇投资"),
        ("广州超市管理有限公司", "超市管理"),
        ("深圳市智慧社区服务有限公司", "智慧社区服务"),
        ("ＡＢＣ（中国）有限公司", "abc"),
        ("Yueqi Technology Co., Ltd.", "yueqitechnology"),
        ("跃奇【互联网】科技有限公司", "跃奇互联网科技"),
        ("北京", "北京"),
        ("深圳市有限公司", "深圳市"),
        ("公司", "公司"),
        ("!!", "!!"),
        ("(深圳)", "深圳"),
    ],
)
def test_place_and_legal_form_fall_away_but_never_everything(name: str, core: str) -> None:
    assert core_name(name) == core


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("深圳市跃奇信息技术有限公司", "跃奇信息", True),
        ("跃奇信息技术（深圳）有限公司", "广州市跃奇信息技术有限公司", True),
        ("跃奇", "深圳市跃奇信息技术有限公司", True),
        ("跃奇信息", "跃奇信息系统集成", True),
        ("跃奇信息", "跃奇餐饮", False),
        ("大华", "大华北路小吃店", False),
        ("信息技术", "信息技术服务有限公司", False),
        ("北京大有", "上海小有", False),
        ("跃", "跃奇", False),
    ],
)
def test_a_name_shortened_at_its_end_may_be_the_same_company(one: str, other: str, same: bool) -> None:
    assert may_be_same(one, other) is same
    assert may_be_same(other, one) is same


def test_a_blank_name_has_no_core() -> None:
    with pytest.raises(ValueError, match="name"):
        core_name("　 ")


@given(
    st.text(alphabet="深圳市广东省南山区跃奇信息技术有限公司分集团()（）A. 　", min_size=1).filter(str.strip)
)
def test_the_core_is_never_empty_and_a_name_may_be_itself(name: str) -> None:
    assert core_name(name)
    assert may_be_same(name, name)
