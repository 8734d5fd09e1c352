"""Document numbers: in order, without gaps, however many people save at once."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import select

from app.platform.numbering import NumberFormat, draw
from app.platform.unit_of_work import system_work
from tests.people import as_system


def test_sixteen_people_at_once_draw_without_gap_or_double(app: Flask) -> None:
    drawn: list[str] = []

    def save() -> None:
        with app.app_context():
            for _time in range(3):
                with system_work() as session:
                    number = draw(session, "probe")
                drawn.append(number)

    with as_system(app) as session:
        session.add(NumberFormat(kind="probe", pattern="P{number}"))
    threads = [threading.Thread(target=save) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(drawn, key=lambda n: int(n[1:])) == [f"P{n}" for n in range(1, 49)]


def test_a_number_drawn_in_a_failed_transaction_is_given_out_again(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), as_system(app) as session:
        lost = draw(session, "contract")
        raise ZeroDivisionError
    with as_system(app) as session:
        assert draw(session, "contract") == lost
        assert session.scalar(select(NumberFormat.pattern).where(NumberFormat.kind == "contract")) is not None
