"""Approval rules as generated screens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.approval.entity import APPROVAL_RULE
from app.approval.rule_editing import save_rule
from app.platform.screens.view import EntityView


class ApprovalRuleView(EntityView):
    entity = APPROVAL_RULE

    def create(self, session: Session, data: Mapping[str, Any]) -> Any:
        return save_rule(session, None, data)

    def change(self, session: Session, row: Any, data: Mapping[str, Any]) -> None:
        save_rule(session, row, data)
