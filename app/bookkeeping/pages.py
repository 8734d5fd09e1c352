"""税种申报: the matrix of a month (picture 09)."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.bookkeeping.calendar_words import days_strip, sentence_of, short_day, time_left, weekday
from app.bookkeeping.filing_calendar import notices
from app.bookkeeping.marking import MARKS, fitting, mark
from app.bookkeeping.matrix import SHOWN, MonthPage, MonthRequest, read_month
from app.bookkeeping.rules import add_months, first_of_month
from app.bookkeeping.transitions import FILING_LIFECYCLE
from app.companies.labels import TAXPAYER_KIND_LABELS
from app.companies.states import TaxpayerKind
from app.platform import clock
from app.platform.database import db
from app.platform.errors import BusinessError, NotFound
from app.platform.filing_deadlines import Source, explain, filing_deadline
from app.platform.screens.base import listing_next
from app.platform.screens.guard import requires
from app.platform.screens.list_page import address, here
from app.platform.unit_of_work import unit_of_work

FAILURES_SHOWN = 5
FIRST_YEAR, LAST_YEAR = 2021, 2199


class FilingMonthView(BaseView):
    """One month of filings: companies down, taxes across."""

    route_base = "/filing-month"
    class_permission_name = "filing"

    @expose("/")
    @requires("can_list")
    def index(self) -> Any:
        """The present month."""
        today = clock.today()
        return redirect(url_for("filing_month.month", year=today.year, number=today.month))

    @expose("/<int:year>/<int:number>")
    @requires("can_list")
    def month(self, year: int, number: int) -> Any:
        """The matrix."""
        wanted = _read_request(_month(year, number))
        session: Session = db.session()
        page = read_month(session, wanted, g.identity)
        for row in page.rows:
            row["url"] = url_for("engagement.show", pk=row["service_id"]) if row["service_id"] else None
        return render_template(
            "bookkeeping/month.html",
            page=page,
            wanted=wanted,
            may_mark=g.identity.can("can_mark_filed", "filing"),
            **_head(session, wanted),
            **_tools(wanted, page),
        )

    @expose("/<int:year>/<int:number>/mark/<name>", methods=["POST"])
    @requires("can_list")
    def mark(self, year: int, number: int, name: str) -> Any:
        """Mark the picked cells, or everything that fits of the picked companies."""
        month = _month(year, number)
        if name not in MARKS:
            raise NotFound()
        g.identity.require(f"can_{name}", "filing")
        back = listing_next(url_for("filing_month.month", year=year, number=number))
        cells, companies = _picked("cells"), _picked("ids")
        reason = request.form.get("reason", "").strip()[:300]
        if name == "not_required" and not reason:
            return render_template(
                "bookkeeping/reason.html",
                action=request.path,
                cells=cells,
                ids=companies,
                back=back,
                asked="confirmed" in request.form,
                title=FILING_LIFECYCLE.transitions[name].label,
            ), (422 if "confirmed" in request.form else 200)
        session: Session = db.session()
        ids = fitting(session, name, ids=cells, company_ids=companies, month=month)
        session.rollback()
        if not ids:
            flash(_("Nothing of what was picked can be marked like this."), "warning")
        else:
            _mark_each(ids, name, reason)
        return redirect(back)


def _mark_each(ids: Any, name: str, reason: str) -> None:
    done, failures = 0, []
    for filing_id in ids:
        try:
            with unit_of_work() as session:
                mark(session, filing_id, name, {"reason": reason} if reason else {})
            done += 1
        except BusinessError as refusal:
            failures.append("; ".join(str(part) for part in (refusal.reasons or [refusal.message])))
    flash(_("Done for %(count)s.", count=done), "success")
    for reason_text in list(dict.fromkeys(failures))[:FAILURES_SHOWN]:
        flash(reason_text, "danger")


def _picked(name: str) -> list[int]:
    """Ids of the form: "12", or "12,13" where one cell stands for several filings."""
    parts = [part for text in request.form.getlist(name) for part in text.split(",")]
    return [int(part) for part in parts if part.isdecimal() and len(part) < 12]


def _month(year: int, number: int) -> date:
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= number <= 12):
        raise NotFound()
    return date(year, number, 1)


def _read_request(month: date) -> MonthRequest:
    given = request.args
    show, taxpayer = given.get("show", "all"), given.get("taxpayer", "")
    return MonthRequest(
        month=month,
        mine=given.get("whose") == "mine",
        show=show if show in SHOWN else "all",
        taxpayer=taxpayer if taxpayer in TAXPAYER_KIND_LABELS else "",
        query=given.get("q", "").strip()[:60],
        after=_cursor(given.get("after", "")),
        before=_cursor(given.get("before", "")),
    )


def _cursor(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 12 else None


def _head(session: Session, wanted: MonthRequest) -> dict[str, Any]:
    """The strip above the matrix: the deadline, why it is that day."""
    month, today = wanted.month, clock.today()
    deadline = filing_deadline(month.year, month.month, notices=notices(session))
    explanation = explain(month.year, month.month)
    before = add_months(month, -1)
    quarter = before.month % 3 == 0
    periods = _("monthly filings for %(month)s", month=f"{before.year}-{before.month:02}")
    if quarter:
        periods = _(
            "%(monthly)s, quarterly ones for %(quarter)s",
            monthly=periods,
            quarter=f"{before.year}Q{before.month // 3}",
        )
    return {
        "deadline": deadline,
        "deadline_text": f"{short_day(deadline.day)} {weekday(deadline.day)}",
        "left": time_left(deadline.day, today),
        "sentence": sentence_of(deadline, explanation),
        "is_moved": deadline.day.day != 15 or deadline.day.month != month.month,
        "is_notice": deadline.source is Source.NOTICE,
        "is_estimate": deadline.source is Source.ESTIMATE,
        "days": days_strip(deadline, explanation, today),
        "periods": periods,
        "month_text": _("%(year)s-%(month)s", year=month.year, month=f"{month.month:02}"),
        "previous_url": _month_url(add_months(month, -1)),
        "following_url": _month_url(add_months(month, 1)),
        "is_present": month == first_of_month(today),
    }


def _month_url(month: date) -> str | None:
    if not FIRST_YEAR <= month.year <= LAST_YEAR:
        return None
    return url_for("filing_month.month", year=month.year, number=month.month, **_kept())


def _kept() -> dict[str, Any]:
    return {key: value for key, value in request.args.items() if key in ("whose", "show", "taxpayer")}


def _tools(wanted: MonthRequest, page: MonthPage) -> dict[str, Any]:
    words = {
        "all": _("All"),
        "unfiled": _("Not all filed"),
        "unpaid": _("Not all paid"),
        "late": _("Filing overdue"),
    }
    whose = (("", _("All"), page.companies["all"]), ("mine", _("Mine"), page.companies["mine"]))
    kinds: list[tuple[str, Any]] = [("", _("All")), *TAXPAYER_KIND_LABELS.items()]
    return {
        "whose_pills": [
            {
                "label": label,
                "url": address(whose=key or None),
                "active": wanted.mine is bool(key),
                "count": f"{n:,}",
            }
            for key, label, n in whose
        ],
        "show_pills": [
            {
                "label": words[key],
                "url": address(show=None if key == "all" else key),
                "active": wanted.show == key,
            }
            for key in SHOWN
        ],
        "taxpayer_entries": [
            {"label": label, "url": address(taxpayer=key or None), "current": wanted.taxpayer == key}
            for key, label in kinds
        ],
        "taxpayer_label": TAXPAYER_KIND_LABELS[TaxpayerKind(wanted.taxpayer)]
        if wanted.taxpayer
        else _("All"),
        "kept": _kept(),
        "here": here(),
        "next_url": address(after=page.after) if page.after else None,
        "prev_url": address(before=page.before) if page.before else None,
        "notice_url": url_for("filing_notice.add", year=wanted.month.year, month=wanted.month.month)
        if g.identity.can("can_add", "filing_notice")
        else None,
    }
