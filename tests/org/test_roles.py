"""The role editor: what is saved is in force everywhere at once, can be undone, and locks nobody out."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.org.role_editing import Shape, create_role, differences, save_shape, shape_of, undo_change
from app.org.role_models import RoleChange
from app.org.roles import sync_roles
from app.platform.errors import BusinessError, NotAllowed, Stale
from app.platform.grants import declared
from tests.people import acting, as_system, identity, log_in, token_in


def role(session: Session, name: str) -> Role:
    return session.scalars(select(Role).where(Role.name == name)).one()


def without(shape: Shape, *pairs: tuple[str, str], **levels: str) -> Shape:
    return Shape(shape.grants - set(pairs), {**shape.levels, **levels})


def test_a_saved_change_is_in_force_at_the_next_click_and_survives_sync(app: Flask) -> None:
    client = app.test_client()
    log_in(app, client, "xiaoshou1")
    assert client.get("/contract/").status_code == 200
    with acting(app, "admin") as session:
        row = role(session, "salesperson")
        shape = shape_of(session, row)
        changes = save_shape(
            session, row, without(shape, ("contract", "list"), customer="all"), stamp=shape.stamp
        )
        assert len(changes) == 2
    assert client.get("/contract/").status_code == 403
    assert identity(app, "xiaoshou1").level("customer") == "all"
    with as_system(app) as session:
        sync_roles(session)
    assert client.get("/contract/").status_code == 403


def test_the_newest_change_can_be_undone_and_no_other(app: Flask) -> None:
    with acting(app, "admin") as session:
        row = role(session, "cashier")
        first = shape_of(session, row)
        save_shape(session, row, without(first, ("receipt", "list")), stamp=first.stamp)
        second = shape_of(session, row)
        save_shape(session, row, without(second, ("receipt", "show")), stamp=second.stamp)
        older, newer = session.scalars(select(RoleChange).order_by(RoleChange.id)).all()
        with pytest.raises(BusinessError):
            undo_change(session, row, older)
        undo_change(session, row, newer)
        assert shape_of(session, row) == second
        undo_change(session, row, older)
        assert shape_of(session, row) == first


def test_two_editors_do_not_overwrite_each_other(app: Flask) -> None:
    with acting(app, "admin") as session:
        row = role(session, "cashier")
        shape = shape_of(session, row)
        save_shape(session, row, without(shape, ("receipt", "list")), stamp=shape.stamp)
        with pytest.raises(Stale):
            save_shape(session, row, without(shape, ("receipt", "show")), stamp=shape.stamp)


def test_nobody_takes_the_last_right_to_edit_roles_away(app: Flask) -> None:
    with pytest.raises(BusinessError), acting(app, "admin") as session:
        row = role(session, "administrator")
        shape = shape_of(session, row)
        save_shape(session, row, without(shape, ("role", "edit")), stamp=shape.stamp)
    assert identity(app, "admin").can("can_edit", "role")


def test_only_who_may_edits_roles(app: Flask) -> None:
    with pytest.raises(NotAllowed), acting(app, "laoban") as session:
        row = role(session, "cashier")
        shape = shape_of(session, row)
        save_shape(session, row, without(shape, ("receipt", "list")), stamp=shape.stamp)


def test_a_copied_role_differs_in_nothing(app: Flask) -> None:
    with acting(app, "admin") as session:
        model = role(session, "salesperson")
        copy = create_role(session, "资深业务员", like=model)
        assert differences(shape_of(session, model), shape_of(session, copy)) == []


def test_trying_a_role_out_shows_its_menu_and_changes_nothing(app: Flask) -> None:
    client = app.test_client()
    log_in(app, client, "admin")
    with as_system(app) as session:
        pk = role(session, "cashier").id
    page = client.get(f"/role/{pk}").text
    boxes = re.findall(r'name="grant" value="([^"]+)" checked', page)
    form = {
        "csrf_token": token_in(page),
        "deed": "try",
        "grant": boxes,
        "level-receipt": "all",
        "level-customer": "all",
    }
    assert client.post(f"/role/{pk}", data=form).status_code == 302
    tried = client.get("/receipt/")
    assert tried.status_code == 200 and "试看" in tried.text
    assert client.get("/person/").status_code == 403
    token = token_in(tried.text)
    assert client.post("/account/password", data={"csrf_token": token}).status_code == 403
    assert client.post("/role/stop", data={"csrf_token": token}).status_code == 302
    assert client.get("/person/").status_code == 200


@pytest.mark.parametrize("action", ["list", "show", "edit"])
def test_who_edits_roles_must_be_able_to_open_them(app: Flask, action: str) -> None:
    with pytest.raises(BusinessError, match=r"nobody|没有人|无人"), acting(app, "admin") as session:
        last = role(session, "administrator")
        now = shape_of(session, last)
        save_shape(
            session, last, Shape(now.grants - {("role", action)}, now.levels, now.fields), stamp=now.stamp
        )


def test_every_kind_of_record_says_that_it_is_never_deleted(app: Flask) -> None:
    client = app.test_client()
    log_in(app, client, "admin")
    page = client.get("/role/1").text
    kept = [name for name, access in declared().items() if "list" in access.actions]
    assert page.count("不能删除") == len(kept)
    assert 'name="grant" value="customer.delete"' not in page


def test_who_only_looks_at_roles_finds_nothing_to_press(app: Flask) -> None:
    client = app.test_client()
    log_in(app, client, "laoban")
    page = client.get("/role/1").text
    assert "<fieldset disabled>" in page
    assert "data-role-save" not in page and "以此角色试看" not in page and "复制为新角色" not in page
    assert client.get("/role/new").status_code == 403
