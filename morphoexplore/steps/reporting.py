"""
``diversity``: everything that is known of the diversity of samples, as tables, figures and a report.

Tables come first: every figure is drawn from one of them, which is written beside it, so that it can be drawn again elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from morphoexplore.errors import WrongValueError
from morphoexplore.methods.diversity import curves
from morphoexplore.methods.diversity.bootstrap import REPLICATES
from morphoexplore.records import Progress, silent
from morphoexplore.steps import beck2023, diversity, series, sizes, tallying, turnover
from morphoexplore.steps.communities import DIMS, Communities
from morphoexplore.steps.grouping import groups
from morphoexplore.steps.indexing import Options
from morphoexplore.steps.overview import refuse_without_morphs
from morphoexplore.store import objects, runs
from morphoexplore.store.project import Project
from morphoexplore.writing.figure_files import FORMATS as FIGURE_FORMATS
from morphoexplore.writing.figure_files import write_figures
from morphoexplore.writing.tables import write_csv

if TYPE_CHECKING:
    import plotly.graph_objects as go

PROTOCOLS = ("beck2023",)
STEPS = ("month", "week", "none")
KEY_INDICES = ("shannon", "hill_at_coverage", "functional_dispersion", "standardised_functional_richness")
OF_CLOUD = ("functional_dispersion", "rao_d2", "functional_divergence", "standardised_functional_richness")
FEWEST_STEPS = 3  # of a series worth the name: a cruise of a week has none
MOST_POINTS = 100_000  # of the cloud that is drawn
MOST_SAMPLES = 600  # of the matrix of all pairs
MAIN = ("diversity", "composition")  # these have an HTML file of their own


@dataclass
class _Report:
    """Tables by file name, figures by file name with title and caption, and what the person should know."""

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    figures: dict[str, tuple[str, str, go.Figure]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def write_diversity(
    project: Project,
    out: Path | str,
    *,
    kinds: Sequence[str] = ("living",),
    branch: int | None = None,
    samples: Sequence[str] | None = None,
    morph_set: str = "tree",
    names: Sequence[str] | None = None,
    weight: str | None = None,
    dims: int = DIMS,
    m: int | None = None,
    coverage: float | None = None,
    replicates: int = REPLICATES,
    slow: bool = False,
    step: str = "month",
    protocol: str | None = None,
    wide: bool = False,
    random_state: int = 0,
    formats: Sequence[str] = FIGURE_FORMATS,
    progress: Progress = silent,
) -> dict[str, Any]:
    """
    Write tables, figures and a report of diversity over time.

    Parameters
    ----------
    out : Path or str
        Folder; made where it does not exist. Gets ``diversity.csv`` (see :func:`.diversity.indices`), ``counts.csv`` (morphs of all kinds),
        ``series.csv`` and ``trends.csv`` (:func:`.series.series`), ``turnover.csv`` and ``recurrence.csv``, ``profiles.csv`` and
        ``accumulation.csv`` by season, ``spectra.csv`` and ``slopes.csv`` where body volumes are known, the figures drawn from
        them, and ``report.html`` with all of it, which opens without a network.
    kinds : sequence of str
        Kinds of morphs that are counted and drawn.
    branch : int, optional
        Only morphs below this branch; all of them unless given.
    samples : sequence of str, optional
        Only these samples, by name; all of them unless given.
    morph_set : {"tree", "partition"}
        Morphs, or the cells of the newest partition, in which free objects count where living ones do.
    names, weight, dims, m, coverage, replicates, slow, random_state
        As of :func:`.diversity.indices`; intervals are made unless *replicates* is 0.
    step : {"month", "week", "none"}
        Of the regular series; none are made with "none".
    protocol : {"beck2023"}, optional
        Write what the chain of that paper gives as well (:func:`.beck2023.beck2023`).
    wide : bool
        Write ``diversity_wide.csv`` too: a row per sample, a column per index.
    formats : sequence of str
        Of the figures: html, svg, pdf, png.

    Returns
    -------
    report : dict
        ``files``, ``samples``, ``morph_set``, ``weight``, ``space``, ``morphs`` (counted, or cells), ``objects`` (counted),
        ``share_unsorted``, ``without_kind`` (morphs that count as living because nobody set a kind), ``notes``.

    Raises
    ------
    StepMissingError
        If nothing was sorted yet; for a partition, if there is none of all objects.
    DecisionError
        If there is no such branch.
    WrongValueError
        If there is no such kind, sample, morph set, index, weight, step, protocol or format.
    """
    _check(formats, step, protocol)
    if morph_set != tallying.PARTITION:
        refuse_without_morphs(project)
    tally = tallying.tally(project, morph_set=morph_set, kinds=kinds, branch=branch)
    chosen, morphs = tally.choose_samples(samples), tally.choose_morphs(kinds=kinds, branch=branch)
    of = diversity.communities_of(project, tally, chosen, morphs, names=names, weight=weight, dims=dims)
    options = Options(m=m, coverage=coverage, replicates=replicates, is_slow=slow, random_state=random_state)
    out = Path(out)
    parameters: dict[str, Any] = {
        "out": str(out),
        "kinds": list(kinds),
        "branch": branch,
        "morph_set": tally.morph_set,
    }
    parameters |= {"samples": None if samples is None else list(samples), "formats": list(formats)}
    parameters |= {
        "indices": None if names is None else list(names),
        "weight": of.weight,
        "dims": dims,
        "m": m,
    }
    parameters |= {"coverage": coverage, "replicates": replicates, "slow": slow, "random_state": random_state}
    parameters |= {"step": step, "protocol": protocol}
    # Before this run begins: it may have to make a partition, in a run of its own.
    chain = None
    if protocol is not None:
        chain = beck2023.beck2023(project, kinds=tuple(kinds), random_state=random_state, progress=progress)
    with runs.run(project, "diversity", parameters, progress=progress) as run:
        made = _Report(notes=list(of.notes))
        table = diversity.table_of(
            project, of, names, options, kinds=kinds, branch=branch, progress=run.progress
        )
        made.tables["diversity"] = table
        _count(made, tally, of, kinds, branch)
        _over_time(made, table, step)
        _between(made, project, of)
        _of_seasons(made, project, of, options)
        if morph_set == tallying.MORPH_SET:
            _of_sizes(made, project, kinds, branch, samples)
        _in_space(made, project, of)
        if wide:
            made.tables["diversity_wide"] = widen(table)
        if chain is not None:
            _of_chain(made, chain)
        cover = tally.coverage(chosen, morphs)
        made.notes += _notes(cover, kinds)
        made.notes += [OF_COUNTS] if of.fractions_differ else []
        files = [write_csv(frame, out / f"{name}.csv") for name, frame in made.tables.items()]
        stages = run.progress(range(1), label="figures", total=1)
        next(stages)
        drawn = {out / name: figure for name, (_, _, figure) in made.figures.items()}
        pictures = [name for name in FIGURE_FORMATS if name in formats and name != "html"]
        paths, note = write_figures(drawn, pictures) if pictures else ([], None)
        if "html" in formats:  # five megabytes each; the others stand in the report
            paths += write_figures({out / name: drawn[out / name] for name in MAIN}, ["html"])[0]
            files.append(_write_report(out, project, made, table, of, cover, parameters))
        next(stages, None)
        run.result = {
            "files": [str(path) for path in [*files, *paths]],
            "samples": cover.samples,
            "morph_set": tally.morph_set,
            "weight": of.weight,
            "space": of.space,
            "morphs": cover.morphs,
            "objects": cover.counted,
            "share_unsorted": round(cover.share_unsorted, 4),
            "without_kind": cover.without_kind,
            "notes": [*made.notes, *([note] if note else [])],
        }
    return run.result


def widen(table: pd.DataFrame) -> pd.DataFrame:
    """
    Return a table of indices with a row per sample and a column per index.

    Returns
    -------
    table : DataFrame
        ``sample_id, datetime``, then the estimates: ``shannon``, ``hill_q1``, ``functional_dispersion`` ..., and ``n_objects``,
        ``share_unsorted``.
    """
    order = [f"_q{q:g}" if q == q else "" for q in table["q"]]
    named = table.assign(column=table["index"] + order)
    columns = list(dict.fromkeys(named["column"]))
    found = named.pivot_table(
        index="sample_id", columns="column", values="estimate", sort=False, aggfunc="first", dropna=False
    )
    about = table.drop_duplicates("sample_id").set_index("sample_id")[
        ["datetime", "n_objects", "share_unsorted"]
    ]
    joined = (
        about[["datetime"]].join(found.reindex(columns=columns)).join(about[["n_objects", "share_unsorted"]])
    )
    return joined.reset_index()


def _check(formats: Sequence[str], step: str, protocol: str | None) -> None:
    unknown = [name for name in formats if name not in FIGURE_FORMATS]
    if unknown:
        message = f"There is no figure format {unknown[0]!r}. Formats: {', '.join(FIGURE_FORMATS)}."
        raise WrongValueError(message)
    if step not in STEPS:
        message = f"There is no step {step!r}. Steps: {', '.join(STEPS)}."
        raise WrongValueError(message)
    if protocol is not None and protocol not in PROTOCOLS:
        message = f"There is no protocol {protocol!r}. Protocols: {', '.join(PROTOCOLS)}."
        raise WrongValueError(message)


# ------------------------------------------------------------------------------------ tables and figures


def _count(
    made: _Report, tally: tallying.Tally, of: Communities, kinds: Sequence[str], branch: int | None
) -> None:
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


def _over_time(made: _Report, table: pd.DataFrame, step: str) -> None:
    from morphoexplore import figures

    regular = series.series(table, step=step) if step != "none" and table["datetime"].notna().any() else None
    if regular is not None and regular["time"].nunique() < FEWEST_STEPS:
        regular = None
    made.figures["diversity"] = (
        "Diversity of morphs",
        "Points are samples, the band is the 95 % interval of sampling, the fainter one that of sorting errors.",
        figures.diversity_over_time(table, series=regular),
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
    warning = series.warn_of_unsorted(table, step=step)
    made.notes += [warning] if warning else []
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
        rows = regular[(regular["index"] == name) & ((regular["q"] == q) | (regular["q"].isna() & (q != q)))]
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


def _key_indices(regular: pd.DataFrame) -> list[tuple[str, float]]:
    known = regular.drop_duplicates(["index", "q"])[["index", "q"]].itertuples(index=False)
    return [(name, q) for name, q in known if name in KEY_INDICES and (q != q or q == 1)]


def _between(made: _Report, project: Project, of: Communities) -> None:
    from morphoexplore import figures

    amounts = pd.DataFrame(of.amounts(), index=of.samples, columns=of.morphs)
    amounts[~of.is_known] = np.nan
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
        matrix = turnover.turnover_matrix(amounts, times)
        table = matrix.reset_index(names="sample_id")
        table.insert(1, "datetime", times.reindex(matrix.index).to_numpy())
        made.tables["recurrence"] = table
        made.figures["recurrence"] = (
            "Recurrence",
            "Bray-Curtis dissimilarity between all samples: light squares off the diagonal are communities that came back.",
            figures.recurrence(table),
        )


def _of_seasons(made: _Report, project: Project, of: Communities, options: Options) -> None:
    from morphoexplore import figures

    season = groups(project, "season").reindex(of.samples)
    counts = pd.DataFrame(of.counts(), index=of.samples, columns=of.morphs)
    by_season = counts.groupby(season.fillna("all").to_numpy(), sort=True).sum()
    by_season = by_season[by_season.sum(axis=1) > 0]
    if by_season.empty:
        return
    replicates = min(options.replicates, curves.REPLICATES)
    profiles = curves.hill_profiles(by_season, replicates=replicates, random_state=options.random_state)
    grown = curves.accumulation_curves(by_season, replicates=replicates, random_state=options.random_state)
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


def _of_sizes(
    made: _Report, project: Project, kinds: Sequence[str], branch: int | None, samples: Sequence[str] | None
) -> None:
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


def _in_space(made: _Report, project: Project, of: Communities) -> None:
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


def _of_chain(made: _Report, found: beck2023.Beck2023) -> None:
    made.tables |= {
        "beck2023": found.indices,
        "beck2023_series": found.series,
        "beck2023_trends": found.trends,
    }
    made.notes += [f"beck2023: {note}" for note in found.notes]
    warnings = [text for text in found.trends["warning"].unique() if text]
    made.notes += [f"beck2023: {text}" for text in warnings]


# ---------------------------------------------------------------------------------------------- report


def _notes(cover: tallying.Coverage, kinds: Sequence[str]) -> list[str]:
    if not cover.without_kind or "living" not in kinds:
        return []
    them = (
        f"{cover.without_kind} morphs have no kind and count"
        if cover.without_kind > 1
        else "1 morph has no kind and counts"
    )
    return [
        f"{them} as living, detritus included; set kinds by a column 'kind' in the CSV of "
        "morphoexplore name, or by mx.review.kind."
    ]


def _write_report(
    out: Path,
    project: Project,
    made: _Report,
    table: pd.DataFrame,
    of: Communities,
    cover: tallying.Coverage,
    parameters: dict[str, Any],
) -> Path:
    from morphoexplore.writing.methods_text import methods_text, references_of
    from morphoexplore.writing.report import installed_versions, write_report

    dates = table["datetime"].dropna()
    at_coverage = table.loc[table["index"] == "hill_at_coverage", "coverage"].dropna()
    versions = installed_versions()
    about = parameters | {
        "n_samples": cover.samples,
        "n_objects": cover.counted,
        "first_date": f"{dates.min():%Y-%m-%d}" if len(dates) else None,
        "last_date": f"{dates.max():%Y-%m-%d}" if len(dates) else None,
        "morph_set": of.tally.morph_set,
        "share_unsorted": cover.share_unsorted,
        "level": list(dict.fromkeys(table["level"])),
        "indices": list(dict.fromkeys(table["index"])),
        "orders": sorted(set(table["q"].dropna())),
        "space": of.space,
        "n_dimensions": None if of.positions is None else of.positions.shape[1],
        "coverage": float(at_coverage.iloc[0]) if len(at_coverage) else None,
        "m_standard": float(table["m_standard"].max()) if table["m_standard"].notna().any() else None,
        "trends": "trends" in made.tables,
        "turnover": "turnover" in made.tables,
        "size_spectra": "spectra" in made.tables,
        "decomposed": any(name.startswith("decomposition_") for name in made.figures),
        "version": versions.get("morphoexplore", ""),
    }
    about = {name: value for name, value in about.items() if value is not None}
    if about.get("step") == "none":
        del about["step"]
    first = ["diversity", "cloud"]
    names = [name for name in first if name in made.figures] + [
        name for name in made.figures if name not in first
    ]
    shown = ("diversity", "trends", "turnover", "slopes")
    return write_report(
        out / "report.html",
        title=f"Diversity of {project.name}",
        subtitle=f"{cover.samples:,} samples, {cover.counted:,} objects, {cover.share_unsorted:.0%} of all unsorted.",
        figures=[made.figures[name] for name in names],
        tables=[(f"{name}.csv", "", made.tables[name]) for name in shown if name in made.tables],
        methods=methods_text(about),
        parameters=parameters,
        versions=versions,
        references=references_of(about),
        warnings=made.notes + ([UNSORTED.format(count=cover.much_unsorted)] if cover.much_unsorted else []),
    )


OF_COUNTS = (
    "Fractions of different share were imaged. Indices of raw counts (weight: count; richness estimators and Hill numbers at equal "
    "coverage always) see the objects of the larger share more; where they show a trend, compare indices of concentrations."
)
UNSORTED = "{count} samples have more than a fifth of their objects unsorted: their indices can change with further sorting."
