"""One HTML file to know morphs by: pictures, names and numbers of each, in the order of the tree; it opens offline, and prints."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from morphoexplore.writing.atomic import replacing

#: The file asks for nothing: what it shows is in it.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
MONTHS = "JFMAMJJASOND"
BAR, TALLEST = 9, 26  # px, of the bars of the year

STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.45 Arial, Helvetica, 'Liberation Sans', 'DejaVu Sans', sans-serif; color: #222; background: white;
  margin: 0 auto; padding: 1.5rem 1.5rem 4rem; max-width: 66rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .2rem; } h2 { font-size: 1.3rem; margin: 2.6rem 0 .4rem; border-bottom: 2px solid #222; }
h3 { font-size: 1.05rem; margin: 1.6rem 0 .2rem; color: #555; } h4 { font-size: 1.02rem; margin: 0; overflow-wrap: anywhere; }
h3 { overflow-wrap: anywhere; } p { margin: .3rem 0; max-width: 50rem; } .made, .facts { color: #555; font-size: .88rem; overflow-wrap: anywhere; }
a { color: #0B5D9B; } nav { columns: 16rem; font-size: .88rem; margin: 1rem 0; } nav a { display: block; overflow-wrap: anywhere; break-inside: avoid; }
article { margin: .9rem 0 1.3rem; padding-top: .6rem; border-top: 1px solid #ddd; break-inside: avoid; }
.head { display: flex; gap: 1rem; justify-content: space-between; align-items: flex-start; } .head > div { min-width: 0; }
img { display: block; max-width: 100%; margin-top: .4rem; } svg { flex: none; } svg text { font-size: 8px; fill: #555; }
.none { color: #555; font-style: italic; } @page { size: A4; margin: 14mm; }
@media print { body { padding: 0; max-width: none; font-size: 10.5pt; } h2, h3 { break-after: avoid; } }
"""


@dataclass(frozen=True)
class Entry:
    """
    One morph, cell or branch of a guide.

    Attributes
    ----------
    title : str
        Its name.
    depth : int
        How far below the top it is in the contents.
    facts : list of str
        Sentences and numbers about it.
    text : str
        What a person wrote about it.
    sheet : bytes
        JPEG of its pictures; empty: it has none.
    months : sequence of float
        How much of it there is in each month; empty: not known.
    is_branch : bool
        A heading without pictures.
    """

    title: str
    depth: int = 0
    facts: list[str] = field(default_factory=list)
    text: str = ""
    sheet: bytes = b""
    months: Sequence[float] = ()
    is_branch: bool = False


def write_guide(
    path: Path,
    *,
    title: str,
    note: str,
    sections: Sequence[tuple[str, str, Iterator[Entry]]],
    made: datetime | None = None,
) -> int:
    """
    Write a guide; its entries are drawn one by one, so that it takes no more memory than its text.

    Parameters
    ----------
    path : Path
        File; a former one is replaced as a whole.
    title, note : str
        What it is of, and a paragraph about it.
    sections : sequence of (str, str, iterator of Entry)
        Title, paragraph and entries of each part.
    made : datetime, optional
        When; now unless given.

    Returns
    -------
    n : int
        Morphs and cells written.

    Raises
    ------
    ProjectError
        If the file cannot be written.
    """
    made = datetime.now(UTC) if made is None else made
    links: list[str] = []
    n = 0
    with replacing(path) as temporary:
        body = temporary.with_suffix(".body")
        try:
            with body.open("w", encoding="utf-8") as file:
                for place, (head, about, entries) in enumerate(sections):
                    links.append(f'<a href="#s{place}"><b>{_text(head)}</b></a>')
                    file.write(f'<h2 id="s{place}">{_text(head)}</h2>\n<p>{_text(about)}</p>\n')
                    for entry in entries:
                        name = f"e{len(links)}"
                        indent = f' style="padding-left:{entry.depth}rem"' if entry.depth else ""
                        links.append(f'<a href="#{name}"{indent}>{_text(entry.title)}</a>')
                        file.write(_entry(entry, name))
                        n += not entry.is_branch
            with temporary.open("w", encoding="utf-8") as whole, body.open(encoding="utf-8") as file:
                whole.write(
                    f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{_text(title)}</title><style>{STYLE}</style></head>
<body><h1>{_text(title)}</h1><p class="made">Made {made:%Y-%m-%d %H:%M} UTC with morphoexplore</p><p>{_text(note)}</p>
<nav aria-label="Contents">{"".join(links)}</nav>
"""
                )
                while piece := file.read(1 << 20):
                    whole.write(piece)
                whole.write("</body></html>\n")
        finally:
            body.unlink(missing_ok=True)
    return n


def _entry(entry: Entry, name: str) -> str:
    facts = f'<p class="facts">{_text(" · ".join(entry.facts))}</p>' if entry.facts else ""
    text = f"<p>{_text(entry.text)}</p>" if entry.text else ""
    if entry.is_branch:
        return f'<h3 id="{name}">{_text(entry.title)}</h3>{facts}{text}\n'
    pictures = '<p class="none">No pictures.</p>'
    if entry.sheet:
        data = base64.b64encode(entry.sheet).decode("ascii")
        pictures = f'<img src="data:image/jpeg;base64,{data}" alt="pictures of {_text(entry.title)}">'
    head = f'<div class="head"><div><h4 id="{name}">{_text(entry.title)}</h4>{facts}{text}</div>{_year(entry.months)}</div>'
    return f"<article>{head}{pictures}</article>\n"


def _year(months: Sequence[float]) -> str:
    """Draw a bar for each month; a line where none of the samples is of that month."""
    most = max((value for value in months if value == value), default=0.0)
    if not most > 0:
        return ""
    parts = []
    for place, (letter, value) in enumerate(zip(MONTHS, months, strict=True)):
        x = place * BAR
        parts.append(f'<text x="{x + BAR / 2}" y="{TALLEST + 10}" text-anchor="middle">{letter}</text>')
        if value == value:
            height = TALLEST * value / most
            parts.append(
                f'<rect x="{x + 1}" y="{TALLEST - height:.1f}" width="{BAR - 2}" height="{height:.1f}" fill="#0B5D9B"/>'
            )
        else:
            parts.append(f'<rect x="{x + 1}" y="{TALLEST - 1}" width="{BAR - 2}" height="1" fill="#BBB"/>')
    words = "objects of a sample, by month"
    return f'<svg width="{12 * BAR}" height="{TALLEST + 12}" role="img" aria-label="{words}"><title>{words}</title>{"".join(parts)}</svg>'


def _text(text: str) -> str:
    return html.escape(text)
