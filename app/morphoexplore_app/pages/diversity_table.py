"""The table of the page Diversity: samples with their indices, sorted as a person likes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from dash import html
from dash.development.base_component import Component

from morphoexplore.steps.tallying import MUCH_UNSORTED
from morphoexplore_app.diversity_choice import INDICES, Choice, Results
from morphoexplore_app.pages.diversity_parts import LABELS

ROWS = 200  # shown at most


def table(found: Results, choice: Choice, sort: str | None) -> Component:
    """Return the samples with their indices as a table, the first ones in the order chosen."""
    rows = _rows(found, choice)
    name, _, direction = (sort or "").partition(" ")
    if name in rows.columns:
        rows = rows.sort_values(name, ascending=direction != "down", kind="stable", na_position="last")
    shown = rows.head(ROWS)
    left_out = f", the first {ROWS} of {len(rows):,}" if len(rows) > ROWS else ""
    titles = {
        "sample": "Sample",
        "datetime": "Date (UTC)",
        **LABELS,
        "n_objects": "Counted",
        "unsorted": "Unsorted",
    }
    header = [_heading(column, titles[column], name, direction) for column in rows.columns]
    return html.Section(
        **{"aria-label": "Table"},
        children=[
            html.H2(f"Samples{left_out}"),
            html.Div(
                className="diversity-scroll",
                tabIndex=0,
                role="region",
                **{"aria-label": "Samples and their indices"},
                children=html.Table(
                    [
                        html.Thead(html.Tr(header)),
                        html.Tbody([_row(row) for row in shown.to_dict("records")]),
                    ],
                    className="diversity-rows",
                ),
            ),
        ],
    )


def _rows(found: Results, choice: Choice) -> pd.DataFrame:
    """One row per sample in the order of time: date, the indices chosen, objects counted, share unsorted."""
    long = found.indices
    columns = {
        "sample": found.samples,
        "datetime": found.tally.samples.loc[found.samples, "datetime"].to_numpy(),
    }
    for name in choice.indices:
        key = INDICES[name]
        index, order = (key, None) if isinstance(key, str) else key
        is_order = long["q"].isna() if order is None else long["q"] == order
        part = long[(long["index"] == index) & is_order].set_index("sample")
        columns[name] = part["estimate"].reindex(found.samples).to_numpy()
    first = long.drop_duplicates("sample").set_index("sample").reindex(found.samples)
    columns |= {"n_objects": first["n_objects"].to_numpy(), "unsorted": first["share_unsorted"].to_numpy()}
    return pd.DataFrame(columns)


def _heading(column: str, title: str, sorted_by: str, direction: str) -> Component:
    is_up = sorted_by == column and direction != "down"
    state = {"aria-sort": "ascending" if is_up else "descending"} if sorted_by == column else {}
    sign = (" \u25b2" if is_up else " \u25bc") if state else ""
    following = f"{column} {'down' if is_up else 'up'}"
    return html.Th(
        html.Button(f"{title}{sign}", type="button", **{"data-sort": following}),
        scope="col",
        className="diversity-text" if column in ("sample", "datetime") else None,
        **state,
    )


def _row(row: Mapping[Any, Any]) -> Component:
    cells = [
        html.Th(
            html.Button(
                str(row["sample"]),
                type="button",
                title=f"objects of {row['sample']}",
                **{"data-sample": str(row["sample"])},
            ),
            scope="row",
            className="diversity-text",
        )
    ]
    cells += [
        html.Td(_cell(name, value), className=_class(name, value))
        for name, value in row.items()
        if name != "sample"
    ]
    return html.Tr(cells)


def _cell(name: str, value: Any) -> str:
    if pd.isna(value):
        return "\u2013"
    if name == "datetime":
        return f"{value:%Y-%m-%d %H:%M}"
    if name == "unsorted":
        return f"{value:.0%}"
    return f"{value:,.0f}" if name in ("n_objects", "richness", "hill0") else f"{value:.3f}"


def _class(name: str, value: Any) -> str | None:
    if name == "datetime":
        return "diversity-text"
    return "diversity-much" if name == "unsorted" and not pd.isna(value) and value > MUCH_UNSORTED else None
