"""The page of a report of diversity: what stands around its figures and tables, and what the reader should know."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.methods.diversity.standardising import DRAWS
from morphoexplore.methods.timeseries import MAX_GAP
from morphoexplore.steps import tallying
from morphoexplore.steps.communities import Communities
from morphoexplore.steps.index_registry import RAW, STANDARDISED
from morphoexplore.steps.report_findings import Findings
from morphoexplore.store import tree
from morphoexplore.store.project import Project

HULLS = {RAW, STANDARDISED, "functional_divergence"}
OBJECTS_PER_CORNER = 10  # a cube of as many dimensions has 2^dims corners
OF_COUNTS = (
    "Fractions of different share were imaged. Indices of raw counts (weight: count; richness estimators and Hill numbers at equal "
    "coverage always) see the objects of the larger share more; where they show a trend, compare indices of concentrations."
)
UNSORTED = "{count} samples have more than a fifth of their objects unsorted: their indices can change with further sorting."
UNSORTED_IN_CELLS = "Of {count} samples more than a fifth of the objects is unsorted: these count as living here, detritus among them."


def notes_on_kinds(cover: tallying.Coverage, kinds: Sequence[str]) -> list[str]:
    """Say how many morphs count as living because nobody set a kind."""
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


def note_on_hulls(of: Communities, names: Iterable[str]) -> list[str]:
    """Say where hulls rest on few objects for their dimensions."""
    if of.positions is None or not HULLS & set(names):
        return []
    dims = of.positions.shape[1]
    enough = OBJECTS_PER_CORNER * 2**dims
    counts = np.diff(of.starts)
    few, there = int(((counts > 0) & (counts < enough)).sum()), int((counts > 0).sum())
    if not few:
        return []
    return [
        f"{few} of {there} samples have fewer than {enough} objects (10 x 2^{dims}), so that hulls in {dims} axes rest on few of them: "
        "compare with fewer axes (dims), and by the indices that need no hull (functional dispersion, Rao)."
    ]


def write_page(
    out: Path,
    project: Project,
    made: Findings,
    table: pd.DataFrame,
    of: Communities,
    cover: tallying.Coverage,
    parameters: dict[str, Any],
) -> Path:
    """Write the report, a page that stands alone."""
    from morphoexplore.writing.methods_text import methods_text, references_of
    from morphoexplore.writing.report import installed_versions, write_report

    dates = table["datetime"].dropna()
    at_coverage = table.loc[table["index"] == "hill_at_coverage", "coverage"].dropna()
    versions, branch = installed_versions(), parameters["branch"]
    about = parameters | {
        "n_samples": cover.samples,
        "n_objects": cover.counted,
        "first_date": f"{dates.min():%Y-%m-%d}" if len(dates) else None,
        "last_date": f"{dates.max():%Y-%m-%d}" if len(dates) else None,
        "branch": None if branch is None else tree.path_of(of.tally.nodes, branch),
        "morph_set": of.tally.morph_set,
        "share_unsorted": cover.share_unsorted,
        "level": list(dict.fromkeys(table["level"])),
        "indices": list(dict.fromkeys(table["index"])),
        "orders": sorted(set(table["q"].dropna())),
        "space": of.space,
        "n_dimensions": None if of.positions is None else of.positions.shape[1],
        "coverage": float(at_coverage.iloc[0]) if len(at_coverage) else None,
        "m_standard": float(table["m_standard"].max()) if table["m_standard"].notna().any() else None,
        "draws": DRAWS if (table["index"] == STANDARDISED).any() else None,
        "sorting_replicates": parameters["replicates"] if table["sorting_lo"].notna().any() else None,
        "max_gap": MAX_GAP,
        "trends": "trends" in made.tables,
        "turnover": "turnover" in made.tables,
        "size_spectra": "spectra" in made.tables,
        "decomposed": any(name.startswith("decomposition_") for name in made.figures),
        "version": versions.get("morphoexplore", ""),
    }
    about = {name: value for name, value in about.items() if value is not None}
    unsorted = UNSORTED_IN_CELLS if of.tally.is_of_cells else UNSORTED
    if "series" not in made.tables:
        about.pop("step", None)
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
        warnings=made.notes + ([unsorted.format(count=cover.much_unsorted)] if cover.much_unsorted else []),
    )
