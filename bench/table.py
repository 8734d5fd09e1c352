"""What was measured as a Markdown table: figures by size, and what they are against floor and peer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.driver import Cost

Costs = dict[int, Cost]


@dataclass
class Line:
    """One page as one person asks for it; costs by number of customers."""

    page: str
    login: str
    goal: int | None
    ours: Costs = field(default_factory=dict)
    floor: Costs = field(default_factory=dict)
    peer: Costs = field(default_factory=dict)


def table(lines: Iterable[Line], sizes: Sequence[int]) -> str:
    """The table; ratios hold at the largest size, growth is from the smallest to the largest."""
    shown = " / ".join(short(size) for size in sizes)
    growth = f"{short(sizes[-1])} ÷ {short(sizes[0])}"
    head = (
        f"| page | as | ours, ms CPU at {shown} | goal | {growth} | of it database |"
        f" statements | KB | floor at {shown} | ours ÷ floor | stock FAB at {shown} | FAB ÷ ours |"
    )
    rule = "|---|---|---|---|---|---|---|---|---|---|---|---|"
    return "\n".join([head, rule, *(_line(line, sizes) for line in lines), ""])


def short(size: int) -> str:
    if size % 1_000_000 == 0:
        return f"{size // 1_000_000}M"
    return f"{size // 1_000}k" if size % 1_000 == 0 else str(size)


def _line(line: Line, sizes: Sequence[int]) -> str:
    last = line.ours[sizes[-1]]
    met = line.goal is None or last.cpu <= line.goal
    cells = [
        line.page,
        line.login,
        _figures(line.ours, sizes),
        "–" if line.goal is None else f"≤ {line.goal}{'' if met else ' **missed**'}",
        f"{last.cpu / line.ours[sizes[0]].cpu:.2f}",
        figure(last.database) if last.database else "in process",
        str(last.statements),
        f"{last.size / 1024:.0f}",
        _figures(line.floor, sizes),
        _ratio(line.ours, line.floor),
        _figures(line.peer, sizes),
        _ratio(line.peer, line.ours),
    ]
    return f"| {' | '.join(cells)} |"


def _figures(costs: Mapping[int, Cost], sizes: Sequence[int]) -> str:
    if not costs:
        return "–"
    return " / ".join(figure(costs[size].cpu) if size in costs else "–" for size in sizes)


def figure(milliseconds: float) -> str:
    return f"{milliseconds:.1f}" if milliseconds < 100 else f"{milliseconds:,.0f}"


def _ratio(above: Mapping[int, Cost], below: Mapping[int, Cost]) -> str:
    """At the largest size both were measured at."""
    common = above.keys() & below.keys()
    return f"{above[max(common)].cpu / below[max(common)].cpu:.1f}" if common else "–"
