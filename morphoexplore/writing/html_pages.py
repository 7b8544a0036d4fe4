"""What the pages of HTML have in common that are written: a head that allows nothing from outside, the look of text, and its escape."""

from __future__ import annotations

import html

STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.5 Arial, Helvetica, 'Liberation Sans', 'DejaVu Sans', sans-serif; color: #222; background: white;
  margin: 0 auto; padding: 1.5rem 1.5rem 4rem; max-width: 68rem; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .2rem; } h2 { font-size: 1.3rem; margin: 2.6rem 0 .8rem;
  border-bottom: 1px solid #ccc; padding-bottom: .2rem; } p { max-width: 46rem; } a { color: #0B5D9B; }
.made, figcaption { color: #555; font-size: .9rem; }
@page { size: A4; margin: 14mm; } @media print { body { padding: 0; max-width: none; } }
"""


def beginning(title: str, *, policy: str, style: str, head: str = "") -> str:
    """
    Return a page up to its heading.

    Parameters
    ----------
    policy : str
        What it may load beside styles that stand in it, for nothing of it comes from elsewhere.
    style : str
        What looks other than on all pages.
    head : str
        HTML at the end of its head.
    """
    allowed = f"default-src 'none'; style-src 'unsafe-inline'; {policy}"
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{allowed}">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escaped(title)}</title><style>{STYLE}{style}</style>
{head}</head><body>
<h1>{escaped(title)}</h1>
"""


def escaped(text: object) -> str:
    """Return the text of people as text."""
    return html.escape(str(text))
