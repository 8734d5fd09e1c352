from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from app.companies import labels
from app.companies.states import (
    CollectionMethod,
    CompanyFlag,
    EntityType,
    RegistrationState,
    TaxpayerKind,
)

FRAGMENT = Path(labels.__file__).parents[1] / "translations/zh/companies.po"


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (RegistrationState, labels.REGISTRATION_STATE_LABELS),
        (CompanyFlag, labels.COMPANY_FLAG_LABELS),
        (EntityType, labels.ENTITY_TYPE_LABELS),
        (TaxpayerKind, labels.TAXPAYER_KIND_LABELS),
        (CollectionMethod, labels.COLLECTION_METHOD_LABELS),
    ],
)
def test_every_state_has_a_word_in_chinese(kind: type[StrEnum], words: Mapping[StrEnum, Any]) -> None:
    with FRAGMENT.open("rb") as file:
        chinese = {message.id: message.string for message in read_po(file, locale="zh")}
    assert list(words) == list(kind)
    assert all(chinese[str(word)] for word in words.values())
