"""Prospects for the tests of this stage, made as the demo staff make them."""

from __future__ import annotations

from typing import Any

from flask import Flask

from app.customers.operations import create_customer
from tests.people import acting

MOBILE = "13800138000"


def a_prospect(
    app: Flask, login: str = "xiaoshou1", *, name: str = "跃奇信息", number: str = MOBILE, **more: Any
) -> int:
    """A prospect of this salesperson with one mobile number; answers its id."""
    with acting(app, login) as session:
        contacts = [("李国栋", "mobile", number, False)] if number else []
        return create_customer(session, name=name, contacts=contacts, **more).id
