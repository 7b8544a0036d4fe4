"""A book of morphs in one HTML file: contents, and for each morph its pictures and what is known of it."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from morphoexplore.writing.atomic import replacing
from morphoexplore.writing.html_pages import beginning, escaped

#: The file asks for nothing: what it shows is in it.
POLICY = "img-src data:"

STYLE = """
h3 { font-size: 1.1rem; margin: 0; overflow-wrap: anywhere; } p { margin: .4rem 0; overflow-wrap: anywhere; }
.path, .more, dt { color: #555; font-size: .9rem; }
nav ol { list-style: none; margin: 0; padding: 0; columns: 19rem; column-gap: 2rem; font-size: .9rem; }
nav li { break-inside: avoid; overflow-wrap: anywhere; } nav .branch { font-weight: bold; }
nav span { color: #555; font-weight: normal; font-variant-numeric: tabular-nums; }
article { margin: 0 0 2.2rem; padding-top: .6rem; border-top: 1px solid #e4e4e4; break-inside: avoid-page; }
dl { display: flex; flex-wrap: wrap; gap: .1rem 1.6rem; margin: .4rem 0 .7rem; } dl div { display: flex; gap: .4rem; } dd { margin: 0; font-size: .9rem; }
.pictures { display: flex; flex-wrap: wrap; gap: .5rem; align-items: flex-end; }
figure { margin: 0; text-align: center; line-height: 1.2; } img { max-width: 112px; max-height: 112px; display: block; margin: 0 auto .1rem;
  border: 1px solid #ddd; } .unseen img { border: 2px dashed #8A5A00; } .alike img { max-width: 56px; max-height: 56px; }
.alike { display: flex; flex-wrap: wrap; gap: .3rem 1.6rem; margin-top: .8rem; } .alike > div { display: flex; align-items: center; gap: .5rem; }
.alike .pictures { gap: .2rem; } .alike a { max-width: 14rem; overflow-wrap: anywhere; font-size: .9rem; }
svg { float: right; margin: 0 0 .3rem 1rem; } svg text { font-size: 8px; fill: #555; } article { clear: both; }
@media print { body { font-size: 10pt; } }
"""
MONTHS = "JFMAMJJASOND"
BAR, TALLEST = 9, 26  # px, of the bars of the year
INDENT = 0.9  # rem per level of the contents


@dataclass(frozen=True)
class Picture:
    """A JPEG, what is said when it is pointed at, the words below it, and whether a person looked at it."""

    jpeg: bytes
    about: str
    caption: str = ""
    is_seen: bool = True


@dataclass(frozen=True)
class Line:
    """A line of the contents; it leads to the entry of that anchor."""

    anchor: str
    title: str
    level: int
    count: int
    is_branch: bool = False


@dataclass(frozen=True)
class Alike:
    """Another morph that this one may be taken for."""

    anchor: str
    title: str
    pictures: Sequence[Picture]


@dataclass(frozen=True)
class Entry:
    """What the book says of one morph."""

    anchor: str
    title: str
    path: str = ""
    description: str = ""
    facts: Sequence[tuple[str, str]] = ()
    pictures: Sequence[Picture] = ()
    alike: Sequence[Alike] = ()
    months: Sequence[
        float
    ] = ()  # how many there are in a sample of each month, NaN without samples; empty: not known


def write_guide(
    path: Path,
    *,
    title: str,
    lead: Sequence[str],
    parts: Iterable[tuple[str, Sequence[Line], Iterable[Entry]]],
    made: datetime | None = None,
) -> Path:
    """
    Write a book of morphs: one file that opens without a network, and prints.

    Entries are written as they come, so that the pictures of a large book need not be in memory together.

    Parameters
    ----------
    path : Path
        File, ``guide.html`` as a rule; a former one is replaced as a whole.
    lead : sequence of str
        Sentences that stand first.
    parts : iterable of (str, sequence of Line, iterable of Entry)
        Heading, contents and entries of each part.
    made : datetime, optional
        Day of its making; today unless given.

    Returns
    -------
    path : Path
        The file written.

    Raises
    ------
    ProjectError
        If the file cannot be written.
    """
    made = datetime.now(UTC) if made is None else made
    with (
        replacing(path) as temporary,
        temporary.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file,
    ):
        file.write(beginning(title, policy=POLICY, style=STYLE))
        file.write(
            f"""{"".join(f"<p>{escaped(one)}</p>" for one in lead)}
<p class="made">Made with morphoexplore on {made:%Y-%m-%d}</p>
"""
        )
        for heading, lines, entries in parts:
            file.write(f"<h2>{escaped(heading)}</h2>\n{_contents(heading, lines)}")
            for entry in entries:
                file.write(_entry(entry))
        file.write("</body></html>\n")
    return path


def _contents(heading: str, lines: Sequence[Line]) -> str:
    items = "".join(
        f'<li class="{"branch" if line.is_branch else "morph"}" style="padding-left: {INDENT * line.level:.1f}rem">'
        f"{_title(line)} <span>{line.count:,}</span></li>\n"
        for line in lines
    )
    return f'<nav aria-label="{escaped(heading)}: contents"><ol>\n{items}</ol></nav>\n' if lines else ""


def _title(line: Line) -> str:
    return (
        escaped(line.title)
        if line.is_branch
        else f'<a href="#{escaped(line.anchor)}">{escaped(line.title)}</a>'
    )


def _entry(entry: Entry) -> str:
    facts = "".join(
        f"<div><dt>{escaped(term)}</dt><dd>{escaped(words)}</dd></div>" for term, words in entry.facts
    )
    alike = "".join(
        f'<div>{_pictures(one.pictures)}<a href="#{escaped(one.anchor)}">{escaped(one.title)}</a></div>'
        for one in entry.alike
    )
    return (
        f'<article id="{escaped(entry.anchor)}">{_year(entry.months)}<h3>{escaped(entry.title)}</h3>\n'
        + (f'<p class="path">{escaped(entry.path)}</p>' if entry.path else "")
        + (f"<p>{escaped(entry.description)}</p>" if entry.description else "")
        + f"<dl>{facts}</dl>\n{_pictures(entry.pictures)}"
        + (f'<div class="alike"><span class="more">May be taken for:</span>{alike}</div>' if alike else "")
        + "</article>\n"
    )


def _year(months: Sequence[float]) -> str:
    """Draw a bar for each month; a line where none of the samples is of that month."""
    most = max((value for value in months if not math.isnan(value)), default=0.0)
    if not most > 0:
        return ""
    parts = []
    for place, (letter, value) in enumerate(zip(MONTHS, months, strict=True)):
        x = place * BAR
        parts.append(f'<text x="{x + BAR / 2}" y="{TALLEST + 10}" text-anchor="middle">{letter}</text>')
        is_known = not math.isnan(value)
        height = TALLEST * value / most if is_known else 1
        parts.append(
            f'<rect x="{x + 1}" y="{TALLEST - height:.1f}" width="{BAR - 2}" height="{height:.1f}" fill="{"#0B5D9B" if is_known else "#BBB"}"/>'
        )
    words = "objects of a sample, by month"
    return f'<svg width="{12 * BAR}" height="{TALLEST + 12}" role="img" aria-label="{words}"><title>{words}</title>{"".join(parts)}</svg>'


def _pictures(pictures: Sequence[Picture]) -> str:
    shown = "".join(
        f'<figure class="{"seen" if one.is_seen else "unseen"}"><img src="data:image/jpeg;base64,{base64.b64encode(one.jpeg).decode()}" '
        f'alt="{escaped(one.about)}" title="{escaped(one.about)}" loading="lazy">'
        + (f"<figcaption>{escaped(one.caption)}</figcaption>" if one.caption else "")
        + "</figure>"
        for one in pictures
    )
    return f'<div class="pictures">{shown}</div>\n'
