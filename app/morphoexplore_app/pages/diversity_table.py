"""The table of the page Diversity: samples with their indices, sorted as a person likes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from dash import html
from dash.development.base_component import Component

from morphoexplore.steps.tallying import MUCH_UNSORTED
from morphoexplore_app.diversity_choice import GROUPS, Choice
from morphoexplore_app.diversity_indices import INDICES
from morphoexplore_app.diversity_results import Results
from morphoexplore_app.diversity_tables import Table
from morphoexplore_app.pages import diversity_statuses

ROWS = 200  # shown at most


def table(found: Results, choice: Choice, indices: Table, sort: str | None) -> Component:
    """Return the samples with their indices as a table, the first ones in the order chosen."""
    rows, whys = _rows(found, choice, indices)
    name, _, direction = (sort or "").partition(" ")
    if name in rows.columns:
        rows = rows.sort_values(name, ascending=direction != "down", kind="stable", na_position="last")
    shown = rows.head(ROWS)
    left_out = f", the first {ROWS} of {len(rows):,}" if len(rows) > ROWS else ""
    titles = {
        "sample": "Sample",
        "datetime": "Date (UTC)",
        "group": GROUPS.get(choice.group or "", "").capitalize(),
        **{name: one.title for name, one in INDICES.items()},
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
                        html.Tbody([_row(row, whys) for row in shown.to_dict("records")]),
                    ],
                    className="diversity-rows",
                ),
            ),
        ],
    )


def _rows(found: Results, choice: Choice, indices: Table) -> tuple[pd.DataFrame, dict[tuple[str, str], str]]:
    """
    Return one row per sample in the order of time, and what is said of a cell by column and sample.

    Columns are date, group, the indices that are there, objects counted, share unsorted.
    """
    long, whys = indices.frame, dict[tuple[str, str], str]()
    whole = found.tally.samples.loc[found.samples]
    columns: dict[str, Any] = {"sample": found.samples, "datetime": whole["datetime"].to_numpy()}
    if found.group is not None:
        columns["group"] = found.group.to_numpy()
    waiting = {one.index for one in indices.missing}
    for name, one in zip(choice.indices, choice.offered, strict=True):
        if one.index in waiting:
            continue
        is_order = long["q"].isna() if one.q is None else long["q"] == one.q
        part = long[(long["index"] == one.index) & is_order].set_index("sample_id").reindex(found.samples)
        columns[name] = part["estimate"].to_numpy()
        doubtful = part[part["status"].notna() & (part["status"] != "ok")]
        whys |= {
            (name, str(sample)): diversity_statuses.word(str(status), m)
            for sample, status, m in zip(
                doubtful.index, doubtful["status"], doubtful["m_standard"], strict=True
            )
        }
        known = part.dropna(subset=["ci_lo", "ci_hi"])
        whys |= {
            (name, str(sample)): f"95 %: {low:.4g} to {high:.4g}"
            for sample, low, high in zip(known.index, known["ci_lo"], known["ci_hi"], strict=True)
            if (name, str(sample)) not in whys
        }
    counted = found.tally.grid.loc[found.samples, found.morphs].sum(axis=1)
    share = found.tally.unsorted.loc[found.samples] / whole["objects"].where(whole["objects"] > 0)
    columns |= {"n_objects": counted.to_numpy(), "unsorted": share.to_numpy()}
    return pd.DataFrame(columns), whys


def _heading(column: str, title: str, sorted_by: str, direction: str) -> Component:
    is_up = sorted_by == column and direction != "down"
    state = {"aria-sort": "ascending" if is_up else "descending"} if sorted_by == column else {}
    sign = (" \u25b2" if is_up else " \u25bc") if state else ""
    following = f"{column} {'down' if is_up else 'up'}"
    return html.Th(
        html.Button(f"{title}{sign}", type="button", **{"data-sort": following}),
        scope="col",
        className="diversity-text" if column in ("sample", "datetime", "group") else None,
        **state,
    )


def _row(row: Mapping[Any, Any], whys: Mapping[tuple[str, str], str]) -> Component:
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
        html.Td(
            _cell(name, value),
            className=_class(name, value),
            title=whys.get((name, str(row["sample"]))),
        )
        for name, value in row.items()
        if name != "sample"
    ]
    return html.Tr(cells)


def _cell(name: str, value: Any) -> str:
    if pd.isna(value):
        return "\u2013"
    if name == "group":
        return str(value)
    if name == "datetime":
        return f"{value:%Y-%m-%d %H:%M}"
    if name == "unsorted":
        return f"{value:.0%}"
    if name in ("n_objects", "richness", "hill0"):
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) >= 0.01 or value == 0 else f"{value:.2g}"


def _class(name: str, value: Any) -> str | None:
    if name in ("datetime", "group"):
        return "diversity-text"
    return "diversity-much" if name == "unsorted" and not pd.isna(value) and value > MUCH_UNSORTED else None
