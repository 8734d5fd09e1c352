"""Creating prospects: what hangs on them, and who may have which number."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.customers.models import ContactClaim, ContactObligation, Customer, Ownership
from app.customers.operations import create_customer
from app.platform.errors import BusinessError
from tests.people import acting, as_system


def test_a_new_prospect_has_number_owner_claims_and_obligations(app):
    with acting(app, "xiaoshou1") as session:
        customer = create_customer(
            session, name="深圳市跃奇信息技术有限公司", contacts=[("李国栋", "mobile", "+86 138-0013-8000", False)]
        )
        pk = customer.id
    with as_system(app) as session:
        customer = session.get(Customer, pk)
        assert customer.number.startswith("KH-")
        assert customer.stage == "prospect"
        assert customer.core_name == "跃奇信息技术"
        assert session.scalars(select(ContactClaim.key)).all() == ["mobile:13800138000"]
        assert [row.day for row in session.scalars(select(ContactObligation))] == [1, 3, 7]
        assert session.scalars(select(Ownership.how)).all() == ["created"]


def test_a_colleagues_number_is_refused(app):
    with acting(app, "xiaoshou1") as session:
        create_customer(session, name="跃奇", contacts=[("李", "mobile", "13800138000", False)])
    with pytest.raises(BusinessError) as refusal, acting(app, "xiaoshou2") as session:
        create_customer(session, name="跃启", contacts=[("李", "wechat", "138 0013 8000", False)])
    assert refusal.value.code == "collision"
    assert "陈宇航" in str(refusal.value)
