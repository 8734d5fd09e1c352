"""Counts the statements a page sends, and says so in a header; transactions begin and end for free."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Engine, event

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
FREE = ("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")


def counted(application: Application) -> Application:
    """The application with a header X-Statements; one request at a time, as gunicorn's plain workers do."""
    seen = 0

    @event.listens_for(Engine, "before_cursor_execute")
    def _note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        nonlocal seen
        seen += not statement.startswith(FREE)

    def counting(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        nonlocal seen
        seen = 0

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            return start_response(status, [*headers, ("X-Statements", str(seen))], *rest)

        return application(environ, start)

    return counting
