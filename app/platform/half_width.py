"""Full-width characters as typed by Chinese input methods, turned into the plain ones."""

_FULL_WIDTH_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_BLANKS = dict.fromkeys(map(ord, "\u3000\u00a0\u2002\u2003\u2009\u202f\t\r\n"), " ")
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u202a\u202c\u2060\ufeff"))
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣"), "-")
_TABLE = {**_FULL_WIDTH_ASCII, **_BLANKS, **_UNSEEN, **_DASHES, ord("￥"): "¥"}


def half_width(text: str) -> str:
    """The text with plain letters, digits, blanks and dashes, without outer or invisible blanks.

    Nothing else is folded: unlike Unicode NFKC, ``10²`` does not become 102.
    """
    return text.translate(_TABLE).strip()
