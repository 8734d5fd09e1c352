"""Which closing checks a line has is what its business type asks for, from the next look on."""

from __future__ import annotations

from flask import Flask

from app.catalogue.type_editing import save_checks
from app.catalogue.type_forms import CHECK_LABELS
from app.closing.checks import CHECKS, check_contract
from app.contracts.models import ContractLine
from app.delivery.models import WorkItem
from tests.delivery.work import Job, sell
from tests.people import acting


def asked(app: Flask, job: Job) -> list[str]:
    with acting(app, "blzhuguan") as session:
        check = check_contract(session, job.contract_id)
        return [finding.name for line in check.lines for finding in line.findings]


def test_a_check_taken_off_a_business_type_is_asked_no_more(app: Flask) -> None:
    job = sell(app, "SL02")
    assert "paid_in_full" in asked(app, job)
    with acting(app, "laoban") as session:
        line_id = session.get_one(WorkItem, job.item_id).contract_line_id
        type_id = session.get_one(ContractLine, line_id).business_type_id
        save_checks(session, type_id, {"steps_finished": {}}, known=CHECK_LABELS, form_version=None)
    assert asked(app, job) == ["steps_finished"]


def test_every_check_there_is_can_be_picked() -> None:
    assert set(CHECK_LABELS) == set(CHECKS)
