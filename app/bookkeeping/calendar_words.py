"""The filing calendar in words: why a month ends on its day, day by day and in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import chinese_calendar
from flask_babel import get_locale
from flask_babel import gettext as _

from app.platform.filing_deadlines import Deadline, Explanation, Source
from app.platform.workdays import add_workdays, is_known_year, is_rest_day

_ONE_DAY = timedelta(days=1)


def holiday_name(day: date) -> str:
    """The statutory holiday this rest day belongs to; empty for a plain weekend or an unknown year."""
    words: dict[str, str] = {
        "New Year's Day": _("New Year"),
        "Spring Festival": _("Spring Festival"),
        "Tomb-sweeping Day": _("Tomb-sweeping Day"),
        "Labour Day": _("Labour Day"),
        "Dragon Boat Festival": _("Dragon Boat Festival"),
        "National Day": _("National Day"),
        "Mid-autumn Festival": _("Mid-autumn Festival"),
    }
    if not is_known_year(day.year):
        return ""
    _is_holiday, name = chinese_calendar.get_holiday_detail(day)
    return words.get(name, name) if name else ""


def weekday(day: date) -> str:
    words = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return str(words[day.weekday()])


def short_day(day: date) -> str:
    """4月20日, or 20 Apr."""
    if str(get_locale()).startswith("zh"):
        return f"{day.month}月{day.day}日"
    return f"{day:%-d %b}"


def holidays_of(explanation: Explanation) -> str:
    """The names of the holidays that moved the day, each once."""
    return "、".join(dict.fromkeys(filter(None, (holiday_name(day) for day in explanation.rest_days))))


def note_of(deadline: Deadline, explanation: Explanation) -> str:
    """周一，清明顺延: the weekday, and in a word why it is not the 15th."""
    reason = ""
    if deadline.source is Source.NOTICE:
        reason = _("by notice")
    elif explanation.n and (names := holidays_of(explanation)):
        reason = _("moved for %(holiday)s", holiday=names)
    elif explanation.n:
        reason = _("moved for rest days")
    elif deadline.day.day != 15:
        names = holiday_name(deadline.day.replace(day=15))
        reason = _("moved for %(holiday)s", holiday=names) if names else _("after the weekend")
    if not reason:
        return weekday(deadline.day)
    return str(_("%(weekday)s, %(reason)s", weekday=weekday(deadline.day), reason=reason))


def sentence_of(deadline: Deadline, explanation: Explanation) -> str:
    """Why this is the day, with the days that were counted."""
    if deadline.source is Source.NOTICE:
        return str(
            _(
                "A published notice sets the day; the rule would have given %(day)s.",
                day=short_day(explanation.day),
            )
        )
    if explanation.n:
        return str(
            _(
                "%(days)s are rest days in a row (%(holiday)s); art. 109 of the implementing rules moves "
                "the day by %(n)s working days: %(counted)s.",
                days=_stretches(explanation.rest_days),
                holiday=holidays_of(explanation) or _("a long rest"),
                n=explanation.n,
                counted="、".join(str(day.day) for day in explanation.counted_days),
            )
        )
    if deadline.day.day != 15 and (name := holiday_name(deadline.day.replace(day=15))):
        return str(
            _("The 15th falls into the holiday (%(holiday)s); the next working day counts.", holiday=name)
        )
    if deadline.day.day != 15:
        return str(_("The 15th is a rest day; the next working day counts."))
    return str(_("The 15th is a working day and no long rest stands before it."))


def _stretches(days: Sequence[date]) -> str:
    """4月4日至6日: days in a row by their first and last."""
    runs: list[list[date]] = []
    for day in days:
        if runs and runs[-1][-1] == day - _ONE_DAY:
            runs[-1].append(day)
        else:
            runs.append([day])
    return "、".join(_stretch(run[0], run[-1]) for run in runs)


def _stretch(first: date, last: date) -> str:
    if first == last:
        return short_day(first)
    return str(_("%(first)s to %(last)s", first=short_day(first), last=short_day(last)))


def days_strip(deadline: Deadline, explanation: Explanation, today: date) -> list[dict[str, Any]]:
    """Each day from the 1st to the deadline with the classes that colour it."""
    first = date(explanation.day.year, explanation.day.month, 1)
    last = max(deadline.day, first.replace(day=15))
    days, day = [], first
    while day <= last:
        days.append({"day": day.day, "cls": _class_of(day, deadline, explanation, today)})
        day += _ONE_DAY
    return days


def _class_of(day: date, deadline: Deadline, explanation: Explanation, today: date) -> str:
    marks = []
    if day in explanation.rest_days:
        marks.append("holiday")
    elif is_rest_day(day):
        marks.append("off")
    elif day in explanation.counted_days:
        marks.append("shift")
    if day.day == 15 and deadline.day != day:
        marks.append("struck")
    if day == today:
        marks.append("today")
    if day == deadline.day:
        marks.append("due")
    return " ".join(marks)


def time_left(day: date, today: date) -> str:
    """还有 6 天，4 个工作日; or by how many days it passed."""
    if day < today:
        return str(_("closed %(days)s days ago", days=(today - day).days))
    if day == today:
        return str(_("today is the last day"))
    return str(
        _(
            "%(days)s days left, %(workdays)s of them working days",
            days=(day - today).days,
            workdays=workdays_left(day, today),
        )
    )


def workdays_left(day: date, today: date) -> int:
    """How many working days there are after today up to the day, included."""
    count = 0
    while add_workdays(today, count + 1) <= day:
        count += 1
    return count
