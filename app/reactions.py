"""TABLE fact → reactions of later stages. Same transaction; an error in one undoes all."""

from __future__ import annotations

from app.platform.events import Fact, Reaction

REACTIONS: dict[type[Fact], tuple[Reaction, ...]] = {}
