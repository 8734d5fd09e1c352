"""Facts about companies."""

from __future__ import annotations

from dataclasses import dataclass

from app.platform.events import Fact


@dataclass(frozen=True)
class CompanyChanged(Fact):
    """Register data changed; `fields` are the names of the columns that differ now."""

    company_id: int
    fields: frozenset[str]


@dataclass(frozen=True)
class CompanyEnteredLibrary(Fact):
    """The first closing made it a company of the library."""

    company_id: int
