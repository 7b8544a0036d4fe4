"""The preview of sizes on the overview: the seeds that several smallest sizes would give."""

from __future__ import annotations

from typing import Any

from dash import html

from morphoexplore_app import ids
from morphoexplore_app.session import Session


def preview_table(session: Session) -> Any:
    """Return the seeds that several sizes would give, as far as they were counted."""
    if session.background.is_previewing:
        return html.P("Counting the seeds of several sizes …", className="overview-note")
    preview = session.background.preview
    if preview is None or isinstance(preview, str):
        return html.P(preview, className="overview-note") if preview else None
    if session.background.preview_version != session.version:
        return html.P(
            "Since these seeds were counted, something was decided. Preview again.", className="overview-note"
        )
    these = "What is new" if session.background.preview_is_only_new else "Free objects"
    head = ["Smallest seed", "Seeds", f"{these} in seeds", "In the biggest", "Median size"]
    rows = [
        [
            html.Button(f"{row['min_size']:,}", id=ids.use_size(row["min_size"]), className="overview-use"),
            f"{row['seeds']:,}",
            _percent(row["clustered"]),
            _percent(row["biggest"]),
            "" if row["median_size"] is None else f"{row['median_size']:,.0f}",
        ]
        for row in preview
    ]
    return html.Table(
        [
            html.Thead(html.Tr([html.Th(text, scope="col") for text in head])),
            html.Tbody([html.Tr([html.Td(cell) for cell in row]) for row in rows]),
        ],
        className="overview-table",
    )


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"
