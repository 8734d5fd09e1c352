"""A contract's checks as the page shows them (picture 07): conditions, what follows, who does what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask_babel import gettext as _

from app.closing.findings import ContractCheck, Finding, LineCheck, Missing, Place
from app.platform.access import Identity

Address = Callable[[Place], str | None]


def blocks_of(check: ContractCheck, identity: Identity, address: Address) -> list[dict[str, Any]]:
    """One block per condition, over all open lines that ask for it."""
    lines = check.open_lines or list(check.lines)
    names = dict.fromkeys(finding.name for line in lines for finding in line.findings)
    return [_block(name, lines, identity, address) for name in names]


def _block(name: str, lines: Sequence[LineCheck], identity: Identity, address: Address) -> dict[str, Any]:
    asked = [(line, f) for line in lines for f in line.findings if f.name == name]
    findings = [finding for _line, finding in asked]
    several = len(asked) > 1
    rows = _distinct(
        missing_row(missing, identity, address, _of_whom(line, missing) if several else "")
        for line, finding in asked
        for missing in finding.answer.missing
    )
    return {
        "title": findings[0].label,
        "met": all(finding.met for finding in findings),
        "summary": _summary(name, findings, len(rows)),
        "note": "；".join(_notes(asked, several)),
        "missing": rows,
    }


def _of_whom(line: LineCheck, missing: Missing) -> str:
    """The line a missing thing belongs to, unless the company it names says enough."""
    company = line.subject.company
    return "" if company is not None and missing.note == company.name else line.subject.name


def _distinct(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Two lines for one company miss the same field of it once."""
    return list({(str(row["title"]), row["note"], row["url"]): row for row in rows}.values())


def _summary(name: str, findings: Sequence[Finding], missing: int) -> str:
    unmet = [finding for finding in findings if not finding.met]
    if len(unmet) > 1 and name not in _PAID:
        return str(_("%(count)s missing", count=missing))
    return "；".join(dict.fromkeys(str(finding.answer.summary) for finding in unmet or findings))


def _notes(asked: Sequence[tuple[LineCheck, Finding]], several: bool) -> list[str]:
    return [
        f"{line.subject.line.business_type.name} {f.answer.note}" if several else str(f.answer.note)
        for line, f in asked
        if f.answer.note
    ]


def missing_row(missing: Missing, identity: Identity, address: Address, of_whom: str = "") -> dict[str, Any]:
    """A missing thing with its link; without the right to follow it, who would do it."""
    place = missing.place
    allowed = place is not None and identity.can(*place.permission)
    url = address(place) if place is not None and allowed else None
    notes = [str(missing.note)] if str(missing.note) and str(missing.note) not in of_whom else []
    return {
        "title": missing.what,
        "note": "，".join([*notes, of_whom] if of_whom else notes),
        "url": url,
        "action": place.action if place else "",
        "reason": _("%(name)s does this", name=missing.who) if missing.who and url is None else "",
    }


def who_does_what(check: ContractCheck) -> list[dict[str, Any]]:
    """Who still has how much to do."""
    counted = Counter(
        (missing.who, str(missing.deed)) for line in check.open_lines for missing in line.missing
    )
    return [
        {"who": who or _("Nobody yet"), "deed": deed, "count": count}
        for (who, deed), count in counted.most_common()
    ]


def consequences(check: ContractCheck, open_elsewhere: int) -> list[tuple[str, str]]:
    """What will happen when every open line is closed: (icon, words)."""
    subjects = [line.subject for line in check.open_lines]
    handlers = [subject.handler_name for subject in subjects if subject.handler_name]
    authors = [subject.author_name for subject in subjects]
    names = "、".join(dict.fromkeys([*authors, *handlers]))
    found = [("percent", _("The commission of %(names)s can be settled", names=names))]
    entering = {s.company.id for s in subjects if s.company and s.company.library_since is None}
    if check.contract.customer.stage == "signed" and not open_elsewhere:
        words = _("The customer is retained, %(count)s companies enter the library", count=len(entering))
        found.append(("building", words))
    elif entering:
        found.append(("building", _("%(count)s companies enter the library", count=len(entering))))
    for subject in subjects:
        if subject.line.recurring and subject.line.start_month:
            name, month = subject.line.business_type.name, f"{subject.line.start_month:%Y-%m}"
            found.append(("book", _("%(name)s is served from %(month)s on", name=name, month=month)))
    return found


def table_row(check: ContractCheck) -> dict[str, Any]:
    """One line of the list of contracts to check together."""
    lines = check.open_lines
    return {
        "contract": check.contract,
        "marks": [_mark(lines, names) for names in (_PAID, _DATA, _STEPS)],
        "ready": bool(lines) and all(line.met for line in lines),
        "some_ready": bool(check.ready),
        "missing": _in_short([missing for line in lines for missing in line.missing]),
    }


_PAID = frozenset({"paid_in_full", "first_instalment_booked"})
_DATA = frozenset({"company_data_complete"})
_STEPS = frozenset({"steps_finished"})


def _mark(lines: Sequence[LineCheck], names: frozenset[str]) -> bool:
    return all(f.met for line in lines for f in line.findings if f.name in names)


def _in_short(missing: Sequence[Missing]) -> str:
    words = [str(one.what) for one in missing[:2]]
    return "，".join(words) + (_(" and %(count)s more", count=len(missing) - 2) if len(missing) > 2 else "")
