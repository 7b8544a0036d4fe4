"""One HTML file that tells what was computed and how: figures, tables, methods, parameters, versions, literature, warnings."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from morphoexplore.writing.atomic import replacing
from morphoexplore.writing.html_pages import beginning, escaped

if TYPE_CHECKING:
    import plotly.graph_objects as go

MOST_ROWS = 60  # of a table; the whole of it is in its CSV
PROGRAMS = (
    "morphoexplore",
    "numpy",
    "scipy",
    "pandas",
    "scikit-learn",
    "statsmodels",
    "pymannkendall",
    "plotly",
)
#: The file asks for nothing: what it shows is in it.
POLICY = "script-src 'unsafe-inline'; img-src data: blob:; font-src data:"
CONFIG = {"displaylogo": False, "responsive": True, "toImageButtonOptions": {"format": "svg"}}
NUMBER = ' class="number"'
LONG = 40  # letters of a text that takes a wide column
PRINT_WIDTH = 690  # px, of a page of A4 within its margins

STYLE = """
body { max-width: 62rem; } h2 { font-size: 1.25rem; margin: 2.4rem 0 .6rem; } p { margin: .5rem 0; }
caption, .rest { color: #555; font-size: .9rem; }
nav { margin-bottom: 1rem; } nav a { margin-right: 1rem; } .warnings ul { margin: .3rem 0; padding-left: 1.2rem; } figure { margin: 1.6rem 0 2.2rem; } figcaption, caption { text-align: left; max-width: 46rem; }
figcaption b, caption b { color: #222; } .warnings { border-left: 4px solid #C2410C; background: #FDF3EC; padding: .4rem 1rem; }
.scroll { overflow-x: auto; margin: 1.2rem 0 2rem; } table { border-collapse: collapse; font-size: .85rem; }
th, td { text-align: left; padding: .2rem .8rem .2rem 0; border-bottom: 1px solid #e4e4e4; vertical-align: top; }
thead th { border-bottom: 1px solid #222; white-space: nowrap; } td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
td { overflow-wrap: break-word; max-width: 26rem; } th.number { text-align: right; } td.text { min-width: 14rem; } li { max-width: 46rem; margin: .25rem 0; }
@media print { body { max-width: none; font-size: 11pt; } nav, .modebar { display: none !important; }
  figure, tr, li { break-inside: avoid; } h2 { break-after: avoid; } .scroll { overflow: visible; } table { font-size: 7pt; } th, td { padding-right: .4rem; }
  td, thead th { overflow-wrap: anywhere; white-space: normal; } td.text { min-width: 0; } }
"""
# Figures are as wide as the window; on paper as wide as the page.
PRINTING = f"""
const figures = () => document.querySelectorAll('.plotly-graph-div');
window.addEventListener('beforeprint', () => figures().forEach(f => Plotly.relayout(f, {{width: {PRINT_WIDTH}, autosize: false}})));
window.addEventListener('afterprint', () => figures().forEach(f => Plotly.relayout(f, {{width: null, autosize: true}})));
"""


def write_report(
    path: Path,
    *,
    title: str,
    subtitle: str = "",
    figures: Sequence[tuple[str, str, go.Figure]] = (),
    tables: Sequence[tuple[str, str, pd.DataFrame]] = (),
    methods: str = "",
    parameters: Mapping[str, object] | None = None,
    versions: Mapping[str, str] | None = None,
    references: Sequence[str] = (),
    warnings: Sequence[str] = (),
    made: datetime | None = None,
) -> Path:
    """
    Write a report that stands alone: it opens without a network, and prints.

    Parameters
    ----------
    path : Path
        File, ``report.html`` as a rule; a former one is replaced as a whole.
    title, subtitle : str
        What it is of, and one sentence more.
    figures : sequence of (str, str, Figure)
        Title, caption and figure, as drawn for print.
    tables : sequence of (str, str, DataFrame)
        Title, caption and table. Of long ones the first 60 rows are shown, and how many there are.
    methods : str
        Paragraphs with a blank line between them, as from :func:`.methods_text.methods_text`.
    parameters : mapping, optional
        Names and values.
    versions : mapping of str to str, optional
        Of programs; those that are installed here unless given.
    references : sequence of str
        Literature, as from :func:`.methods_text.references_of`.
    warnings : sequence of str
        Sentences that a reader must not miss; they stand first.
    made : datetime, optional
        When; now unless given.

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
    sections = [
        ("figures", "Figures", _figures(figures)),
        ("tables", "Tables", _tables(tables)),
        ("methods", "Methods", _paragraphs(methods)),
        ("references", "References", _items(references)),
        ("parameters", "Parameters", _pairs({} if parameters is None else parameters)),
        ("versions", "Versions", _pairs(installed_versions() if versions is None else versions)),
    ]
    there = [section for section in sections if section[2]]
    body = "\n".join(f'<section><h2 id="{name}">{head}</h2>\n{part}</section>' for name, head, part in there)
    links = "".join(f'<a href="#{name}">{head}</a>' for name, head, _ in there)
    note = _paragraphs(subtitle)
    start = beginning(title, policy=POLICY, style=STYLE, head=_program() if figures else "")
    page = f"""{start}{note}<p class="made">Made with morphoexplore on {made:%Y-%m-%d %H:%M} {escaped(made.tzname() or "")}</p>
<nav>{links}</nav>
{_warnings(warnings)}{body}
{f"<script>{PRINTING}</script>" if figures else ""}</body></html>
"""
    with replacing(path) as temporary:
        temporary.write_text(page, encoding="utf-8", errors="backslashreplace", newline="\n")
    return path


def installed_versions() -> dict[str, str]:
    """Return the versions of Python and of the programs that numbers and figures come from."""
    found = {"Python": platform.python_version()}
    for program in PROGRAMS:
        try:
            found[program] = metadata.version(program)
        except metadata.PackageNotFoundError:
            continue
    return found


def _program() -> str:
    """Return what draws the figures, once for all of them."""
    from plotly.offline import get_plotlyjs

    return f"<script>{get_plotlyjs()}</script>\n<noscript><p>The figures of this report need JavaScript.</p></noscript>"


def _figures(figures: Sequence[tuple[str, str, go.Figure]]) -> str:
    parts = []
    for number, (title, caption, figure) in enumerate(figures, start=1):
        drawn = figure.to_html(
            full_html=False, include_plotlyjs=False, div_id=f"figure-{number}", config=CONFIG
        )
        parts.append(
            f"<figure>{drawn}<figcaption><b>Figure {number}. {_sentence(title)}</b> {escaped(caption)}</figcaption></figure>\n"
        )
    return "".join(parts)


def _tables(tables: Sequence[tuple[str, str, pd.DataFrame]]) -> str:
    parts = []
    for number, (title, caption, table) in enumerate(tables, start=1):
        shown = table.iloc[:MOST_ROWS]
        heads = "".join(
            f'<th scope="col"{NUMBER if pd.api.types.is_numeric_dtype(shown[name]) else ""}>{escaped(name)}</th>'
            for name in shown.columns
        )
        rows = "".join(
            f"<tr>{''.join(_cell(value) for value in row)}</tr>\n"
            for row in shown.itertuples(index=False, name=None)
        )
        rest = (
            f'<p class="rest">The first {len(shown)} of {len(table):,} rows; all of them are in the CSV file.</p>'
            if len(table) > len(shown)
            else ""
        )
        parts.append(
            f'<div class="scroll"><table><caption><b>Table {number}. {_sentence(title)}</b> {escaped(caption)}</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>\n{rows}</tbody></table>{rest}</div>\n"
        )
    return "".join(parts)


def _cell(value: object) -> str:
    """Text, or a number of four digits at the right."""
    if value is None or value is pd.NaT or value is pd.NA:
        return "<td></td>"
    if isinstance(value, bool | np.bool_):
        return f"<td>{'yes' if value else 'no'}</td>"
    if isinstance(value, int | np.integer):
        return f'<td class="number">{value}</td>'
    if isinstance(value, float | np.floating):
        return (
            '<td class="number"></td>'
            if np.isnan(value)
            else f'<td class="number">{_digits(float(value))}</td>'
        )
    if isinstance(value, datetime):
        return (
            f"<td>{value:%Y-%m-%d}</td>"
            if value.time() == datetime.min.time()
            else f"<td>{value:%Y-%m-%d %H:%M}</td>"
        )
    kind = ' class="text"' if len(str(value)) > LONG else ""
    return f"<td{kind}>{escaped(value)}</td>"


def _digits(value: float) -> str:
    return f"{value:.0f}" if value == round(value) and abs(value) < 1e9 else f"{value:.4g}"


def _pairs(values: Mapping[str, object]) -> str:
    if not values:
        return ""
    rows = "".join(
        f'<tr><th scope="row">{escaped(str(name).replace("_", " "))}</th><td>{escaped(_value(value))}</td></tr>\n'
        for name, value in values.items()
    )
    return f"<table><tbody>\n{rows}</tbody></table>\n"


def _value(value: object) -> str:
    """Return lists as words with commas, nothing as a dash."""
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(_value(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return (
        "\u2013"
        if value is None
        else _digits(value)
        if isinstance(value, float) and np.isfinite(value)
        else str(value)
    )


def _items(texts: Sequence[str]) -> str:
    return f"<ul>\n{''.join(f'<li>{escaped(text)}</li>' for text in texts)}\n</ul>\n" if texts else ""


def _warnings(texts: Sequence[str]) -> str:
    return f'<section class="warnings"><b>Mind this</b>{_items(texts)}</section>\n' if texts else ""


def _paragraphs(text: str) -> str:
    blocks = [" ".join(block.split()) for block in text.split("\n\n")]
    return "".join(f"<p>{escaped(block)}</p>\n" for block in blocks if block)


def _sentence(title: str) -> str:
    shown = escaped(title)
    return shown if not shown or shown.endswith((".", "?", "!")) else f"{shown}."
