"""
How EcoTaxa would draw the images of a UVP6: ``compute_vignette.txt`` beside its table.

UVP6 bundles hold the images as the camera took them, white on black; on import EcoTaxa makes pictures of them, with gamma,
inversion, enlargement and a footer with a scale bar, as this file says. Here images are read as they are, so it is only told.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from morphoexplore.reading.files import READ_ERRORS, Files

NAME = "compute_vignette.txt"
LARGEST = 1 << 16  # bytes; it has some ten lines
TOLD = ("gamma", "invert", "scale", "scalebarsize_mm", "footerheight_px", "keeporiginal")


def vignette_remarks(files: Files, tables: Iterable[str]) -> tuple[str, ...]:
    """
    Say what the files ``compute_vignette.txt`` beside some tables want.

    Parameters
    ----------
    tables : iterable of str
        Names of the tables.

    Returns
    -------
    remarks : tuple of str
        One sentence for each different wish.
    """
    found: dict[str, int] = {}
    for folder in dict.fromkeys(posixpath.dirname(table) for table in tables):
        name = posixpath.join(folder, NAME)
        if files.exists(name):
            wish = _wish(files, name)
            found[wish] = found.get(wish, 0) + 1
    return tuple(
        f"{NAME}{f' ({count} times)' if count > 1 else ''} tells EcoTaxa how to draw vignettes from these images{wish}. Here "
        "images are read as they are, without that footer."
        for wish, count in found.items()
    )


def _wish(files: Files, name: str) -> str:
    try:
        with files.open(name) as stream:
            text = stream.read(LARGEST).decode("utf-8", errors="replace")
    except READ_ERRORS:
        return ", but cannot be read"
    settings = {}
    for line in text.splitlines():
        key, sign, value = line.partition("=")
        if sign:
            settings[key.strip().lower()] = " ".join(value.split())[:20]
    known = [f"{key} {settings[key]}" for key in TOLD if settings.get(key)]
    return f" ({', '.join(known)})" if known else ""
