"""Rewrites a screenshot with a palette of 256 colours: a third of the size, the same to the eye.

Standard library only. Understands what Chromium writes: 8-bit RGB, not interlaced.
"""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from collections.abc import Sequence

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOURS = 256
BYTES = 3
"""Of one pixel."""


def shrink(picture: bytes) -> bytes:
    """The picture in its weightiest colours; every other pixel takes the nearest of them."""
    chunks = _read_chunks(picture)
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    rows = _unfilter(zlib.decompress(chunks[b"IDAT"]), width * BYTES)
    pixels = [row[start : start + BYTES] for row in rows for start in range(0, width * BYTES, BYTES)]
    counts = Counter(pixels)
    palette = _palette(counts)
    place = {colour: _nearest(colour, palette) for colour in counts}
    flat = bytes(place[pixel] for pixel in pixels)
    lines = b"".join(b"\0" + flat[start : start + width] for start in range(0, width * height, width))
    return SIGNATURE + b"".join(
        _chunk(kind, body)
        for kind, body in (
            (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
            (b"PLTE", b"".join(palette)),
            (b"IDAT", zlib.compress(lines, 9)),
            (b"IEND", b""),
        )
    )


def _read_chunks(picture: bytes) -> dict[bytes, bytes]:
    chunks: dict[bytes, bytes] = {}
    at = len(SIGNATURE)
    while at < len(picture):
        (length,) = struct.unpack(">I", picture[at : at + 4])
        kind = picture[at + 4 : at + 8]
        chunks[kind] = chunks.get(kind, b"") + picture[at + 8 : at + 8 + length]
        at += 12 + length
    return chunks


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _unfilter(data: bytes, length: int) -> list[bytes]:
    """The rows as pixels; each was written as the difference to its neighbours (PNG, chapter 9)."""
    rows = [bytes(length)]
    for start in range(0, len(data), length + 1):
        row = bytearray(data[start + 1 : start + 1 + length])
        _add_neighbours(row, rows[-1], data[start])
        rows.append(bytes(row))
    return rows[1:]


def _add_neighbours(row: bytearray, above: bytes, kind: int) -> None:
    if kind == 0:
        return
    for at in range(len(row)):
        left = row[at - BYTES] if at >= BYTES else 0
        corner = above[at - BYTES] if at >= BYTES else 0
        row[at] = (row[at] + _guess(kind, left, above[at], corner)) & 255


def _guess(kind: int, left: int, up: int, corner: int) -> int:
    if kind == 1:
        return left
    if kind == 2:
        return up
    if kind == 3:
        return (left + up) >> 1
    return min((left, up, corner), key=lambda value: abs(left + up - corner - value))


def _palette(counts: Counter[bytes]) -> list[bytes]:
    """Half of it the most frequent colours, half those that would be missed most, such as rare marks."""
    palette = [colour for colour, _count in counts.most_common(COLOURS // 2)]
    missed = {colour: min(_distance(colour, known) for known in palette) for colour in counts}
    while len(palette) < min(COLOURS, len(counts)):
        added = max(missed, key=lambda colour: missed[colour] * counts[colour] ** 0.5)
        palette.append(added)
        for colour, far in missed.items():
            missed[colour] = min(far, _distance(colour, added))
    return palette


def _nearest(colour: bytes, palette: Sequence[bytes]) -> int:
    return min(range(len(palette)), key=lambda place: _distance(colour, palette[place]))


def _distance(one: bytes, other: bytes) -> int:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2 + (one[2] - other[2]) ** 2
