"""The figures of a choice on the page Diversity."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import pandas as pd

from morphoexplore import figures
from morphoexplore.figures.look import message_figure
from morphoexplore.steps.series import BETA
from morphoexplore_app import diversity_figures, diversity_tables
from morphoexplore_app.diversity_choice import OF_ONE, Choice
from morphoexplore_app.diversity_indices import INDICES
from morphoexplore_app.diversity_memory import remembered
from morphoexplore_app.diversity_results import results
from morphoexplore_app.diversity_tables import Table, indices, steps_of
from morphoexplore_app.session import Session

MANY = 600  # samples of which all are compared with all; of more the cells cannot be seen


def drawn(session: Session, choice: Choice, *, is_dark: bool = False) -> dict[str, Any]:
    """Return the figures of a choice by name: ``diversity``, ``composition`` and, where it is compared, ``beside``."""
    table = indices(session, choice)
    other = None if choice.other is None else indices(session, choice.other)
    there = tuple(one.stamp for one in (table, other) if one is not None)

    def draw() -> dict[str, Any]:
        if is_dark:
            return {name: figures.dark(figure) for name, figure in drawn(session, choice).items()}
        found = results(session, choice)
        made = {
            "diversity": _over_time(session, choice, table),
            "composition": figures.composition_over_time(
                found.counts,
                relative=choice.is_relative,
                by="sample" if choice.by == "sample" else "date",
            ),
        }
        if found.tally.is_of_cells:
            diversity_figures.say_cells(made["composition"])
        if choice.other is not None and other is not None:
            made["beside"] = _over_time(session, choice.other, other)
            if keys_of(choice, table) == keys_of(
                choice.other, other
            ):  # not while one of them is being computed
                diversity_figures.share_axes(made["diversity"], made["beside"])
        return made

    with diversity_tables.later_of(session).first():
        return remembered(session, ("drawn", choice.drawn, there, is_dark), draw)


def keys_of(choice: Choice, table: Table) -> list[figures.panels.Key]:
    """Return the panels of the figure of indices, from top to bottom."""
    if not choice.is_of_means:
        orders: list[figures.panels.Key] = [("hill", 0.0), ("hill", 1.0), ("hill", 2.0)]
        return orders if choice.mode == BETA else ["shannon", *orders]
    waiting = {one.index for one in table.missing}
    return [one.key for one in choice.offered if one.index not in waiting]


def _over_time(session: Session, choice: Choice, table: Table) -> Any:
    found, series = results(session, choice), steps_of(session, choice, table)
    if not choice.is_of_means and series is None:
        fewest = choice.samples_per_step or (2 if choice.mode == BETA else 1)
        return message_figure(
            f"No {choice.period} has the dated samples that this takes{f': {fewest} or more' if fewest > 1 else ''}."
        )
    return diversity_figures.over_time(
        table.frame,
        keys_of(choice, table),
        series=series,
        step=choice.period,
        groups=found.groups if found.group is not None else None,
        trends=None if series is None else diversity_tables.trends_of(series),
        is_beta=not choice.is_of_means and choice.mode == BETA,
    )


def viewed(session: Session, choice: Choice, *, is_dark: bool = False) -> Any:
    """Return the figure of what else is seen: a season, trends, turnover."""
    table = indices(session, choice)

    def draw() -> Any:
        if is_dark:
            return figures.dark(viewed(session, choice))
        return _view(session, choice, table)

    with diversity_tables.later_of(session).first():
        return remembered(session, ("viewed", choice, table.stamp, is_dark), draw)


def _view(session: Session, choice: Choice, table: Table) -> Any:
    found = results(session, choice)
    if found.tally.samples["datetime"].reindex(found.samples).isna().all():
        return message_figure("No sample has a date, so there are no seasons and no trends.")
    if choice.view == "turnover":
        rows, of = _of_largest(found.group, diversity_tables.turnover_of(session, choice))
        return figures.successive_beta(rows, title=of)
    if choice.view == "recurrence":
        if len(found.samples) > MANY:
            return message_figure(
                f"{len(found.samples):,} samples are too many to compare all with all: choose up to {MANY}."
            )
        return figures.recurrence(diversity_tables.recurrence_of(session, choice))
    if choice.view == "trends":
        series = steps_of(session, choice, table)
        series = diversity_tables.months_of(session, choice, table) if series is None else series
        return figures.trend_forest(diversity_tables.trends_of(series), series=series)
    return _of_index(session, choice, table)


def _of_index(session: Session, choice: Choice, table: Table) -> Any:
    """Draw a season or parts of one index, of all groups together."""
    series, key = diversity_tables.months_of(session, choice, table), key_viewed(choice, table)
    if key is None:
        return message_figure("Being computed \u2026")
    rows = series[figures.panels.is_of(series, key)] if len(series) else series
    if rows.empty:
        return message_figure("There is no value to draw.")
    if choice.view == "usual_year":
        return figures.usual_year(rows, key)
    if choice.view == "parts":
        return figures.decomposition(rows, key)
    return figures.seasonal_heat_map(rows, key, column="value" if choice.view == "values" else "anomaly")


def key_viewed(choice: Choice, table: Table) -> figures.panels.Key | None:
    """Return the index that a view is of: the one chosen for it where it is there, else the first panel; None: nothing is there."""
    assert choice.view in OF_ONE
    keys = keys_of(choice, table)
    wanted = INDICES[choice.viewed].key if choice.viewed in INDICES else None
    return wanted if wanted in keys else next(iter(keys), None)


def _of_largest(group: pd.Series | None, turnover: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return the rows of the group with most samples, and what it is: a line through all would join what was not compared."""
    if group is None or turnover.empty:
        return turnover, ""
    largest = turnover["group"].value_counts().index[0]
    return turnover[turnover["group"] == largest], f"Of {largest}, each sample after the one before it there"


def draw_ahead(session: Session, choice: Choice) -> None:
    """Begin to draw, while the browser still loads what shows figures."""

    def draw() -> None:
        with contextlib.suppress(Exception):  # whatever it is, the page meets it, too
            drawn(session, choice)

    threading.Thread(target=draw, daemon=True).start()
