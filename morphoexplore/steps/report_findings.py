"""
What a report of diversity shows: every table, and the figures that are drawn from it.

Tables come first: every figure is drawn from one of them, which is written beside it, so that it can be drawn again elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from morphoexplore.errors import WrongValueError
from morphoexplore.methods.diversity import curves
from morphoexplore.steps import beck2023, series, sizes, tallying, turnover
from morphoexplore.steps.communities import Communities
from morphoexplore.steps.grouping import groups
from morphoexplore.steps.indexing import Options
from morphoexplore.store import objects
from morphoexplore.store.project import Project

if TYPE_CHECKING:
    import plotly.graph_objects as go

KEY_INDICES = ("shannon", "hill_at_coverage", "functional_dispersion", "standardised_functional_richness")
OF_CLOUD = ("functional_dispersion", "rao_d2", "functional_divergence", "standardised_functional_richness")
FEWEST_STEPS = 3  # of a series worth the name: a cruise of a week has none
MOST_POINTS = 100_000  # of the cloud that is drawn
MOST_SAMPLES = 600  # of the matrix of all pairs


@dataclass
class Findings:
    """Tables by file name, figures by file name with title and caption, and what the person should know."""

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    figures: dict[str, tuple[str, str, go.Figure]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def count_morphs(
    made: Findings, tally: tallying.Tally, of: Communities, kinds: Sequence[str], branch: int | None
) -> None:
    """Add counts of every sample and morph: composition, ranks, morphs over time."""
    from morphoexplore import figures

    long = tally.counts(of.samples, tally.choose_morphs(branch=branch))
    made.tables["counts"] = long
    counted = long if tally.is_of_cells else long[long["kind"].isna() | long["kind"].isin(list(kinds))]
    made.figures["composition"] = (
        "Composition",
        "Share of objects of the largest morphs, of all others, and of what is unsorted.",
        figures.composition_over_time(counted),
    )
    made.figures["ranks"] = (
        "Rank and abundance",
        "Share of every morph, the most abundant first, by season.",
        figures.rank_abundance(counted),
    )
    made.figures["morphs"] = (
        "Morphs over time",
        "Objects of the largest morphs at every date, on a logarithmic scale.",
        figures.morphs_over_time(counted),
    )


def over_time(made: Findings, table: pd.DataFrame, step: str, *, is_of_cells: bool) -> None:
    """Add indices over time: series, seasons, trends, and a warning where the unsorted share has a trend."""
    from morphoexplore import figures

    warning = series.warn_of_unsorted(table, is_of_cells=is_of_cells)
    made.notes += [warning] if warning else []
    regular = series.series(table, step=step) if step != "none" and table["datetime"].notna().any() else None
    if regular is not None and regular["time"].nunique() < FEWEST_STEPS:
        regular = None
    made.figures["diversity"] = (
        "Diversity of morphs",
        "Points are samples, the band is the 95 % interval of sampling, the fainter one that of sorting errors.",
        figures.diversity_over_time(table, indices=_main_indices(table), series=regular),
    )
    cloud = [name for name in OF_CLOUD if (table["index"] == name).any()]
    if cloud:
        made.figures["cloud"] = (
            "Diversity of the cloud of objects",
            "Indices of single objects in the morphospace; functional richness of samples brought to the same size.",
            figures.diversity_over_time(table, indices=cloud, series=regular),
        )
    if regular is None:
        return
    found = series.trends(regular)
    made.tables |= {"series": regular, "trends": found}
    if found["slope_per_decade"].notna().any():
        made.figures["trends"] = (
            "Trends",
            "Theil-Sen slope per decade with its 95 % interval, in standard deviations; stars after Benjamini and Hochberg.",
            figures.trend_forest(found, series=regular),
        )
    for name, q in _key_indices(regular):
        key: Any = name if q != q else (name, q)
        title = figures.panel_of(name, q).title
        stem = name if q != q else f"{name}_q{q:g}"
        made.figures[f"seasons_{stem}"] = (
            f"{title} by {step} and year",
            "Grey: no sample.",
            figures.seasonal_heat_map(regular, key),
        )
        rows = regular[figures.panels.is_of(regular, key)]
        if rows["climatology"].notna().any():
            made.figures[f"usual_year_{stem}"] = (
                f"The usual year of {title}",
                "Median and middle half of the years; every year is a thin line.",
                figures.usual_year(regular, key),
            )
        if (rows["stl_status"] == "ok").any():
            made.figures[f"decomposition_{stem}"] = (
                f"Trend, season and remainder of {title}",
                "STL; the bars at the right have the same length.",
                figures.decomposition(regular, key),
            )


def _main_indices(table: pd.DataFrame) -> list[Any]:
    """Return the usual indices that the table has; where it has none of them, the first it has."""
    from morphoexplore.figures import DEFAULT_INDICES

    usual = [name for name in DEFAULT_INDICES if (table["index"] == name).any()]
    if usual:
        return usual
    known = table.drop_duplicates(["index", "q"])[["index", "q"]].itertuples(index=False)
    return [name if q != q else (name, q) for name, q in known][: len(DEFAULT_INDICES)]


def _key_indices(regular: pd.DataFrame) -> list[tuple[str, float]]:
    known = regular.drop_duplicates(["index", "q"])[["index", "q"]].itertuples(index=False)
    return [(name, q) for name, q in known if name in KEY_INDICES and (q != q or q == 1)]


def between_samples(made: Findings, project: Project, of: Communities) -> None:
    """Add turnover from sample to sample, and of all with all."""
    from morphoexplore import figures

    amounts = of.amount_table()
    times = objects.samples(project)["datetime"].reindex(of.samples)
    found = turnover.turnover(amounts, times)
    if found.empty:
        return
    made.tables["turnover"] = found
    made.figures["turnover"] = (
        "Turnover",
        "Bray-Curtis dissimilarity to the sample before, and what of it are gains and losses.",
        figures.successive_beta(found),
    )
    if len(of.samples) <= MOST_SAMPLES:
        table = turnover.recurrence(amounts, times)
        made.tables["recurrence"] = table
        made.figures["recurrence"] = (
            "Recurrence",
            "Bray-Curtis dissimilarity between all samples: light squares off the diagonal are communities that came back.",
            figures.recurrence(table),
        )


def by_season(made: Findings, project: Project, of: Communities, options: Options) -> None:
    """Add Hill numbers of seasons: profiles of all orders, rarefaction and extrapolation."""
    from morphoexplore import figures

    season = groups(project, "season").reindex(of.samples)
    counts = pd.DataFrame(of.counts(), index=of.samples, columns=of.morphs)
    seasons = counts.groupby(season.fillna("all").to_numpy(), sort=True).sum()
    seasons = seasons[seasons.sum(axis=1) > 0]
    if seasons.empty:
        return
    replicates = min(options.replicates, curves.REPLICATES)
    profiles = curves.hill_profiles(seasons, replicates=replicates, random_state=options.random_state)
    grown = curves.accumulation_curves(seasons, replicates=replicates, random_state=options.random_state)
    made.tables |= {"profiles": profiles, "accumulation": grown}
    made.figures["profiles"] = (
        "Hill numbers of all orders",
        "Of the samples of a season together; from richness (0) to the weight of the commonest morphs.",
        figures.hill_profiles(profiles),
    )
    made.figures["accumulation"] = (
        "Rarefaction and extrapolation",
        "Solid: rarefied; point: as counted; dashed: extrapolated, up to twice the objects.",
        figures.accumulation(grown),
    )


def by_size(
    made: Findings, project: Project, kinds: Sequence[str], branch: int | None, samples: Sequence[str] | None
) -> None:
    """Add size spectra, where body volumes are known."""
    from morphoexplore import figures

    try:
        found = sizes.size_spectra(project, kinds=kinds, branch=branch, samples=samples)
    except WrongValueError:  # no body volumes are known: there is no spectrum, and nothing to say of it
        return
    if found.spectra.empty:
        return
    made.tables |= {"spectra": found.spectra, "slopes": found.slopes}
    made.figures["spectra"] = (
        "Size spectra",
        "Normalised biovolume by body volume, with the line fitted to each sample.",
        figures.size_spectrum(found.spectra, found.slopes, per_volume=found.is_per_volume),
    )


def in_space(made: Findings, project: Project, of: Communities) -> None:
    """Add the cloud of objects in the morphospace."""
    from morphoexplore import figures

    if of.positions is None or of.positions.shape[1] < 2:
        return
    cloud = cloud_of(project, of)
    if cloud.empty:
        return
    made.tables["cloud"] = cloud
    has_dates = cloud["datetime"].notna().any()
    made.figures["morphospace"] = (
        "The morphospace by month" if has_dates else "The morphospace by sample",
        "Grey: all objects; lines enclose half and nine tenths of the objects of the panel; the cross is their mean.",
        figures.morphospace(cloud, by="month" if has_dates else "sample"),
    )
    if has_dates:
        made.figures["axis_over_time"] = (
            "The first axis over time",
            "Where the objects of every month lie on the first axis.",
            figures.axis_over_time(figures.axis_density(cloud, "pc_1", step="month")),
        )
        if (made.tables["diversity"]["index"] == "cwm_2").any():
            made.figures["trajectory"] = (
                "The mean of samples in the morphospace",
                "Coloured by month; large points are the means of months.",
                figures.centroid_trajectory(made.tables["diversity"]),
            )


def cloud_of(project: Project, of: Communities, *, most: int = MOST_POINTS) -> pd.DataFrame:
    """
    Return the counted objects with their positions, for figures.

    Parameters
    ----------
    most : int
        Of more, as many are drawn at random.

    Returns
    -------
    cloud : DataFrame
        ``object_id, sample_id, datetime, weight`` (what it stands for), ``pc_1, pc_2 ...``.
    """
    assert of.positions is not None
    rows = np.flatnonzero(np.isfinite(of.positions).all(axis=1) & of.is_known[of.sample])
    if len(rows) > most:
        rows = np.sort(np.random.default_rng(0).choice(rows, size=most, replace=False))
    sample = of.samples.take(of.sample[rows])
    dates = of.tally.samples["datetime"].reindex(sample)
    places = {f"pc_{axis + 1}": of.positions[rows, axis] for axis in range(of.positions.shape[1])}
    return pd.DataFrame(
        {
            "object_id": objects.ids_of(project, of.objects[rows]),
            "sample_id": sample.to_numpy(),
            "datetime": dates.to_numpy(),
            "weight": of.each[rows],
            **places,
        }
    )


def of_chain(made: Findings, found: beck2023.Beck2023) -> None:
    """Add what the chain of Beck et al. (2023) gives."""
    made.tables |= {
        "beck2023": found.indices,
        "beck2023_series": found.series,
        "beck2023_trends": found.trends,
    }
    made.notes += [f"beck2023: {note}" for note in found.notes]
    warnings = [text for text in found.trends["warning"].unique() if text]
    made.notes += [f"beck2023: {text}" for text in warnings]
