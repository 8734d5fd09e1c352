"""The same rows in stock Flask-AppBuilder: generated views with its default settings and its own log-in.

What a developer writes who follows its documentation: models, views, the columns wanted. No row scope, no
masks, no contact rule. `BENCH_PEER_URL` is a copy of the database; the roles of Flask-AppBuilder go there.
"""

from __future__ import annotations

import os
from datetime import date, datetime

from flask import Flask
from flask_appbuilder import AppBuilder, Model, ModelView
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.models.sqla.filters import FilterEqual
from flask_appbuilder.models.sqla.interface import SQLAInterface
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import Date, DateTime, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from bench.counting import counted


class Customer(Model):
    __tablename__ = "customer"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[str | None] = mapped_column(String(30))
    name: Mapped[str] = mapped_column(String(120))
    stage: Mapped[str] = mapped_column(String(12))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    source: Mapped[str | None] = mapped_column(String(40))
    industry: Mapped[str | None] = mapped_column(String(40))
    region: Mapped[str | None] = mapped_column(String(40))
    level: Mapped[str | None] = mapped_column(String(40))
    progress: Mapped[str | None] = mapped_column(String(40))
    introducer: Mapped[str | None] = mapped_column(String(120))
    note: Mapped[str | None] = mapped_column(String(4000))
    next_contact_on: Mapped[date | None] = mapped_column(Date)
    next_contact_note: Mapped[str | None] = mapped_column(String(200))
    last_contact_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    newest_comment: Mapped[str | None] = mapped_column(String(300))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    owner: Mapped[User | None] = relationship(User, foreign_keys=[owner_id])

    def __repr__(self) -> str:
        return self.name


class Contract(Model):
    __tablename__ = "contract"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    number: Mapped[str | None] = mapped_column(String(30))
    customer_id: Mapped[int] = mapped_column(ForeignKey(Customer.id))
    signed_on: Mapped[date | None] = mapped_column(Date)
    note: Mapped[str | None] = mapped_column(String(4000))
    customer: Mapped[Customer] = relationship(Customer)


class CustomerView(ModelView):
    datamodel = SQLAInterface(Customer)
    base_filters = (("stage", FilterEqual, "prospect"),)
    base_order = ("id", "desc")
    list_columns = (
        "name", "level", "progress", "source", "owner",
        "last_contact_at", "next_contact_on", "newest_comment",
    )  # fmt: skip
    edit_columns = (
        "name", "source", "introducer", "industry", "region", "level", "progress", "note",
        "next_contact_on", "next_contact_note",
    )  # fmt: skip


class ContractView(ModelView):
    datamodel = SQLAInterface(Contract)
    add_columns = ("customer", "signed_on", "note")


def create_app() -> Flask:
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY="of the bench",
        SQLALCHEMY_DATABASE_URI=os.environ["BENCH_PEER_URL"],
        CSRF_ENABLED=True,
        AUTH_TYPE=1,
    )
    db = SQLA()
    db.init_app(app)
    with app.app_context():
        builder = AppBuilder(app, db.session)
        builder.add_view(CustomerView, "Customers")
        builder.add_view(ContractView, "Contracts")
        _let_in(builder, os.environ.get("BENCH_PEER_LOGIN", ""))
    return app


def _let_in(builder: AppBuilder, login: str) -> None:
    """The person, who has a password already, becomes administrator of the stock roles."""
    person = builder.sm.find_user(login) if login else None
    if person is not None:
        person.roles = [builder.sm.find_role("Admin")]
        builder.sm.update_user(person)


if __name__ == "__main__":
    create_app()
else:
    application = counted(create_app())
