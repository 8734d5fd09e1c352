"""Words stay readable: every ink has at least 4.5:1 on every ground it is used on, in both themes."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / "app" / "static" / "css" / "tokens.css"
ENOUGH = 4.5
ENOUGH_FOR_EDGES = 3.0
SURFACES = ("bg", "side", "surface", "surface-2", "surface-3", "hover", "pick")
TONES = ("ok", "warn", "bad", "info", "mute", "violet", "teal", "plum")


def _tokens(selector: str) -> dict[str, str]:
    """The hexadecimal colours declared under one selector of the token sheet."""
    sheet = TOKENS.read_text(encoding="utf-8")
    block = re.search(re.escape(selector) + r"\s*\{(.*?)\n\}", sheet, re.DOTALL)
    assert block, f"{selector} is missing from {TOKENS.name}"
    return dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9A-F]{6});", block.group(1)))


LIGHT = _tokens(":root")
THEMES = {"light": LIGHT, "dark": {**LIGHT, **_tokens('html[data-theme="dark"]')}}


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


WORDS = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3") for ground in SURFACES),
    *((f"{tone}-ink", f"{tone}-soft") for tone in TONES),
    *((f"{tone}-ink", ground) for tone in ("ok", "warn", "bad") for ground in ("surface", "hover", "pick")),
    *(("accent-ink", ground) for ground in ("bg", "surface", "surface-2", "accent-soft", "pick")),
    ("bad-ink", "surface-2"),
    ("warn-ink", "surface-2"),
    ("on-accent", "accent"),
    ("on-danger", "danger"),
    ("ink-2", "warn-soft"),
    ("ink-2", "bad-soft"),
    ("plate-ink", "plate"),
    ("plate-ink-2", "plate"),
    ("plate-link", "plate"),
]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("ink", "ground"), WORDS)
def test_words_can_be_read_on_their_ground(theme: str, ink: str, ground: str) -> None:
    colours = THEMES[theme]
    assert _contrast(colours[ink], colours[ground]) >= ENOUGH


@pytest.mark.parametrize("theme", THEMES)
def test_the_edge_of_a_field_can_be_seen(theme: str) -> None:
    colours = THEMES[theme]
    assert _contrast(colours["control"], colours["surface"]) >= ENOUGH_FOR_EDGES


def test_every_state_has_its_own_dark_colours() -> None:
    dark = _tokens('html[data-theme="dark"]')
    assert {f"{tone}-{part}" for tone in TONES for part in ("soft", "ink")} <= set(dark)
