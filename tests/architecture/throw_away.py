"""An entity nobody has seen before, declared in some thirty lines, and every feature it must get from them.

Run as a program of its own (`test_one_declaration.py`): an application takes its screens before it starts.
The declaration is the one docs/how-to/add-an-entity.md shows.
"""

from __future__ import annotations

import io
import re
import sys
from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from openpyxl import load_workbook
from sqlalchemy import Date, ForeignKey, String, select
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from app import menu
from app.customers.models import Customer
from app.customers.operations import create_customer
from app.org.models import Person
from app.platform import task_running
from app.platform.access import Level, Scoped
from app.platform.custom_fields import Extendable
from app.platform.database import Table, Versioned, db, engines
from app.platform.entity import Entity, Field, Section, Tab
from app.platform.grants import EntityAccess, Preset, declare
from app.platform.lifecycle import Lifecycle, Transition
from app.platform.money import ZERO, Money
from app.platform.screens import transition_screen
from app.platform.screens.view import EntityView
from app.platform.tasks import TaskRun

# The model --------------------------------------------------------------------------------------------


class FieldTrip(Scoped, Extendable, Versioned, Table):
    """One trip of one person. `cost` is in yuan."""

    __tablename__ = "field_trip"
    scope_entity = "field_trip"

    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"), index=True)
    day: Mapped[date] = mapped_column(Date)
    place: Mapped[str] = mapped_column(String(120))
    cost: Mapped[Decimal] = mapped_column(Money, default=ZERO)
    state: Mapped[str] = mapped_column(String(12))
    customer: Mapped[Customer] = relationship()


# The declaration --------------------------------------------------------------------------------------

LIFECYCLE = Lifecycle(
    "field_trip",
    FieldTrip,
    states={"planned": (_l("planned"), "plain"), "made": (_l("made"), "success")},
    transitions=(Transition("make", _l("Made"), frozenset({"planned"}), "made", bulk=True),),
)
FIELD_TRIP = Entity(
    name="field_trip",
    model=FieldTrip,
    label=_l("field trip"),
    plural=_l("Field trips"),
    order="-day",
    title=lambda row: row.place,
    fields=(
        Field("place", _l("Place"), required=True, maximum=120, searchable=True, sortable=True),
        Field("day", _l("Day"), kind="date", required=True, sortable=True, filterable=True),
        Field(
            "customer_id",
            _l("Customer"),
            kind="remote",
            remote="customer",
            required=True,
            value=lambda row: row.customer.name,
        ),
        Field("cost", _l("Cost"), kind="money", filterable=True, sortable=True, help=_l("With tickets")),
        Field("state", _l("State"), kind="state", filterable=True),
    ),
    list_fields=("place", "day", "customer_id", "cost", "state"),
    sections=(Section(_l("Field trip"), ("place", "day", "customer_id", "cost")),),
    tabs=(
        Tab("all", _l("All"), lambda _who: ()),
        Tab("dear", _l("Dear"), lambda _who: (FieldTrip.cost > Decimal(100),)),
    ),
    loads=lambda: (joinedload(FieldTrip.customer),),
    detail_loads=lambda: (joinedload(FieldTrip.customer),),
    lifecycle=LIFECYCLE,
)
declare(
    EntityAccess(
        entity="field_trip",
        label=_l("Field trips"),
        actions={name: _l("do") for name in ("list", "show", "add", "edit", "make")},
        presets={
            "salesperson": Preset(Level.OWN, "list show add edit make"),
            "sales_manager": Preset(Level.TREE, "list show edit make"),
        },
    )
)


class FieldTripView(EntityView):
    """Field trips."""

    entity = FIELD_TRIP

    def create(self, session: Any, data: Any) -> Any:
        trip = FieldTrip(**{**data, "cost": data["cost"] or ZERO})
        LIFECYCLE.begin(session, trip, "planned", title="planned a trip")
        return trip


menu.VIEWS["field_trip"] = FieldTripView

# What grows out of it ---------------------------------------------------------------------------------


def main(database: str, valkey: str, home: str) -> None:
    from app.factory import create_app
    from tests.conftest import run_command
    from tests.desk import Desk
    from tests.people import acting

    settings = {"SQLALCHEMY_DATABASE_URI": database, "REDIS_URL": valkey, "ZHANGFANG_HOME": home}
    app = create_app({"TESTING": True, "PROPAGATE_BUGS": True, **settings})
    with app.app_context():
        FieldTrip.__table__.create(engines().writer)
    for word in ("migrate", "sync"):
        assert run_command(app, word).exit_code == 0
    with acting(app, "xiaoshou1") as session:
        customer = create_customer(session, name="云帆", contacts=[("王", "mobile", "13800138000", False)])
        customer_id = customer.id
    sales, stranger = Desk(app, "xiaoshou1"), Desk(app, "xiaoshou2")
    manager, admin = Desk(app, "xszhuguan"), Desk(app, "admin")
    fields_are_added(admin)
    forms(sales, customer_id)
    lists(sales, stranger)
    views_and_exports(sales, manager)
    rows_and_cells(sales, stranger)
    records(sales, stranger)
    rights(app, sales)
    bulk(app, manager)
    print("every feature of a declared entity holds")


def fields_are_added(admin: Any) -> None:
    data = {
        "entity": "field_trip",
        "name": "x_car",
        "label": "车牌",
        "kind": "text",
        "active": "y",
        "listed": "y",
    }
    assert admin.post("/custom_field/new", data).status_code == 302


def forms(sales: Any, customer_id: int) -> None:
    from tests.desk import hidden

    page = sales.get("/field_trip/new").text
    assert "With tickets" in page and 'data-remote-url="/customer/choices"' in page and "车牌" in page
    bad = sales.post("/field_trip/new", {"place": "", "day": "soon", "customer_id": "99", "cost": "much"})
    assert bad.status_code == 422 and bad.text.count('aria-invalid="true"') == 4
    for number in range(60):
        token = hidden(sales.get("/field_trip/new").text, "token") if number == 0 else f"t{number}"
        trip = {
            "place": f"南山区第{number}号",
            "day": f"2026-01-{number % 28 + 1:02d}",
            "cost": f"{number * 10}",
        }
        sent = {**trip, "customer_id": str(customer_id), "token": token, "x_car": f"粤B{number:04d}"}
        answers = [sales.post("/field_trip/new", sent) for _click in range(2 if number == 0 else 1)]
        assert {answer.headers["Location"] for answer in answers} == {f"/field_trip/{number + 1}"}


def lists(sales: Any, stranger: Any) -> None:
    from tests.desk import names_in

    page = sales.get("/field_trip/?sort=place&rows=25").text
    first = names_in(page)
    assert len(first) == 25 and "60 条" in page
    following = re.search(r'href="([^"]*after=[^"]*)"', page).group(1).replace("&amp;", "&")
    second = names_in(sales.get(following).text)
    assert second and not set(first) & set(second) and first[-1] < second[0]
    assert names_in(sales.get("/field_trip/?q=第7").text) == ["南山区第7号"]
    assert len(names_in(sales.get("/field_trip/?q=南山&rows=100").text)) == 60
    assert len(names_in(sales.get("/field_trip/?cost__from=550&rows=100").text)) == 5
    assert names_in(sales.get("/field_trip/?x_car__has=0007").text) == ["南山区第7号"]
    assert sales.get("/field_trip/counts").get_json() == {"tab-all": "60", "tab-dear": "49"}
    assert names_in(stranger.get("/field_trip/").text) == []
    found = sales.get("/field_trip/choices?q=第59").get_json()["results"]
    assert [one["text"] for one in found] == ["南山区第59号"]


def views_and_exports(sales: Any, manager: Any) -> None:
    from tests.desk import names_in

    kept = {
        "back": "/field_trip/?cost__from=580&sort=-cost&cols=cost,x_car",
        "name": "最贵",
        "is_default": "1",
    }
    address = sales.post("/field_trip/views/new", kept).headers["Location"]
    assert names_in(sales.get(address).text) == names_in(
        sales.get("/field_trip/", follow_redirects=True).text
    )
    assert (
        sales.post(
            "/field_trip/columns", {"back": "/field_trip/?tab=all", "column": ["place", "day"]}
        ).status_code
        == 302
    )
    assert sales.post("/field_trip/export/csv").status_code == 403
    book = load_workbook(io.BytesIO(manager.post("/field_trip/export/xlsx?cost__from=580&sort=cost").data))
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[1][0] == "南山区第58号" and rows[1][3] == 580 and rows[1][5] == "粤B0058"


def rows_and_cells(sales: Any, stranger: Any) -> None:
    from tests.desk import hidden

    listed = sales.get("/field_trip/?view=0").text
    assert (
        'data-cell="day"' in listed
        and 'data-row-steps="make"' in sales.get("/field_trip/?tab=all&rows=100").text
    )
    form = sales.get("/field_trip/1/cell/cost").text
    saved = sales.post("/field_trip/1/cell/cost", {"version": hidden(form, "version"), "cost": "1,234"})
    assert "1,234.00" in saved.text
    assert stranger.get("/field_trip/1/cell/cost").status_code == 404
    version = re.search(r'data-saved="(\d+)"', saved.text).group(1)
    assert sales.post("/field_trip/1/do/make", {"version": version, "token": "once"}).status_code == 302


def records(sales: Any, stranger: Any) -> None:
    from tests.desk import hidden

    page = sales.get("/field_trip/1").text
    for shown in ("made", "粤B0000", "/file/field_trip/1", "data-neighbours-url", "tab=history"):
        assert shown in page, shown
    history = sales.get("/field_trip/1?tab=history").text
    assert "<ins>1,234.00</ins>" in history
    beside = sales.get("/field_trip/5/neighbours?list=/field_trip/%3Fsort=cost%26tab=all").get_json()
    assert beside["previous"] == "/field_trip/4" and beside["next"] == "/field_trip/6"
    assert stranger.get("/field_trip/1").status_code == stranger.get("/field_trip/9999").status_code == 404
    file = {"file": (io.BytesIO(b"%PDF-1.4 ticket"), "票.pdf")}
    assert sales.post("/file/field_trip/1", file, content_type="multipart/form-data").status_code == 302
    assert "票.pdf" in sales.get("/field_trip/1").text
    version = hidden(sales.get("/field_trip/2/edit").text, "version")
    edited = {"place": "福田", "day": "2026-02-01", "customer_id": "1", "cost": "1", "version": version}
    assert sales.post("/field_trip/2/edit", edited).status_code == 302
    late = sales.post("/field_trip/2/edit", {**edited, "place": "罗湖"})
    assert late.status_code == 409 and 'data-take-theirs="place"' in late.text


def rights(app: Any, sales: Any) -> None:
    from flask_appbuilder.security.sqla.models import Role

    from app.org.models import FieldRight
    from tests.people import as_system

    with as_system(app) as session:
        role = session.scalars(select(Role.id).where(Role.name == "salesperson")).one()
        session.add(FieldRight(role_id=role, entity="field_trip", field="cost", level="hidden"))
    assert "1,234.00" not in sales.get("/field_trip/1").text + sales.get("/field_trip/1?tab=history").text
    assert sales.get("/field_trip/?cost__from=1").status_code == 422


def bulk(app: Any, manager: Any) -> None:
    from tests.people import as_system

    transition_screen.BULK_LIMIT = 10
    sent = {"all": "1", "query": "?tab=all", "confirmed": "1", "token": "all"}
    assert manager.post("/field_trip/bulk/make", sent).headers["Location"] == "/task/"
    with as_system(app) as session:
        pk = session.scalars(select(TaskRun.id)).one()
    with app.app_context():
        task_running.run(pk)
    with as_system(app) as session:
        made = session.scalars(select(FieldTrip.state)).all()
        result = session.get_one(TaskRun, pk).result
        people = session.scalars(select(Person.id)).all()
    assert made == ["made"] * 60 and (result["done"], result["failed"]) == (59, 1) and people


if __name__ == "__main__":
    assert db is not None
    main(*sys.argv[1:])
