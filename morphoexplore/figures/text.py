"""Names that people gave, as text: plotly reads a small HTML in every label, so they are escaped."""

from __future__ import annotations

import html
import textwrap
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import pandas as pd

NAME_LENGTH = 32
HOVER_LENGTH = 60


def plain(text: object) -> str:
    """Text on one line without control characters."""
    letters = (" " if unicodedata.category(letter) in {"Cc", "Zl", "Zp"} else letter for letter in str(text))
    return " ".join("".join(letters).split())


def label(text: object, length: int = NAME_LENGTH) -> str:
    """Name for axis or legend, short and safe to show."""
    return html.escape(shortened(plain(text), length), quote=False)


def shortened(plain: str, length: int) -> str:
    """Long names lose their middle, whole words where that is possible: names often differ at their end."""
    if len(plain) <= length:
        return plain
    head, tail = plain[: length * 3 // 5], plain[-(length * 2 // 5 - 1) :]
    if plain[len(head)] != " " and " " in head[len(head) // 2 :]:
        head = head.rsplit(" ", 1)[0]
    if plain[-len(tail) - 1] != " " and " " in tail[: len(tail) // 2]:
        tail = tail.split(" ", 1)[1]
    return f"{head.rstrip(' ,;')}\u2026{tail.lstrip(' ,;')}"


@lru_cache(maxsize=4096)  # a morph is in the hover of every bar
def wrapped(text: object) -> str:
    """Whole name for a hover, on several lines where it is long."""
    return "<br>".join(html.escape(line, quote=False) for line in textwrap.wrap(plain(text), HOVER_LENGTH))


def names_of(samples: Sequence[object]) -> str:
    """Name the samples of one bar, or say how many they are."""
    if len(samples) > 3:
        return f"{len(samples)} samples"
    return "<br>".join(wrapped(sample) for sample in samples)


def date_text(place: object) -> str:
    """Day, and the hour where it is known."""
    if not isinstance(place, pd.Timestamp):
        return ""
    return f"{place:%Y-%m-%d}" if place == place.normalize() else f"{place:%Y-%m-%d %H:%M} UTC"
