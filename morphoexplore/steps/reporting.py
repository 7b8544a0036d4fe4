"""
``diversity``: everything that is known of the diversity of samples, as tables, figures and a report.

What is shown stands in :mod:`.report_findings`, the page around it in :mod:`.report_page`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from morphoexplore.errors import WrongValueError
from morphoexplore.methods.diversity.bootstrap import REPLICATES
from morphoexplore.records import Progress, silent
from morphoexplore.steps import beck2023, diversity, tallying
from morphoexplore.steps import report_findings as findings
from morphoexplore.steps.communities import DIMS
from morphoexplore.steps.indexing import Options
from morphoexplore.steps.overview import refuse_without_morphs
from morphoexplore.steps.report_findings import Findings
from morphoexplore.steps.report_page import OF_COUNTS, note_on_hulls, notes_on_kinds, write_page
from morphoexplore.store import runs
from morphoexplore.store.project import Project
from morphoexplore.writing.figure_files import FORMATS as FIGURE_FORMATS
from morphoexplore.writing.figure_files import write_figures
from morphoexplore.writing.tables import write_csv

PROTOCOLS = ("beck2023",)
STEPS = ("month", "week", "none")
MAIN = ("diversity", "composition")  # these have an HTML file of their own


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
    trim: float = 0.0,
    replicates: int = REPLICATES,
    slow: bool = False,
    step: str = "month",
    protocol: str | None = None,
    wide: bool = False,
    save_replicates: bool = False,
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
    names, weight, dims, m, coverage, trim, replicates, slow, random_state
        As of :func:`.diversity.indices`; intervals are made unless *replicates* is 0.
    step : {"month", "week", "none"}
        Of the regular series; none are made with "none".
    protocol : {"beck2023"}, optional
        Write what the chain of that paper gives as well (:func:`.beck2023.beck2023`).
    wide : bool
        Write ``diversity_wide.csv`` too: a row per sample, a column per index.
    save_replicates : bool
        Write ``replicates.csv`` too: a row per sample, index and replicate of its intervals (millions of them for a long series).
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
    _check(formats, step, protocol, trim)
    if morph_set != tallying.PARTITION:
        refuse_without_morphs(project)
    tally = tallying.tally(project, morph_set=morph_set, kinds=kinds, branch=branch)
    chosen, morphs = tally.choose_samples(samples), tally.choose_morphs(kinds=kinds, branch=branch)
    of = diversity.communities_of(project, tally, chosen, morphs, names=names, weight=weight, dims=dims)
    options = Options(m, coverage, trim, replicates, is_slow=slow, random_state=random_state)
    out = Path(out)
    parameters: dict[str, Any] = {
        "out": str(out),
        "kinds": list(kinds),
        "branch": branch,
        "morph_set": tally.morph_set,
        "samples": None if samples is None else list(samples),
        "formats": list(formats),
        "indices": None if names is None else list(names),
        "weight": of.weight,
        "dims": dims,
        "m": m,
        "coverage": coverage,
        "trim": trim,
        "replicates": replicates,
        "slow": slow,
        "random_state": random_state,
        "step": step,
        "protocol": protocol,
    }
    # Before this run begins: it may have to make a partition, in a run of its own.
    chain = None
    if protocol is not None:
        chain = beck2023.beck2023(project, kinds=tuple(kinds), random_state=random_state, progress=progress)
    with runs.run(project, "diversity", parameters, progress=progress) as run:
        made = Findings(notes=list(of.notes))
        kept: list[pd.DataFrame] | None = [] if save_replicates else None
        table = diversity.table_of(
            project, of, names, options, kinds=kinds, branch=branch, keep=kept, progress=run.progress
        )
        made.tables["diversity"] = table
        findings.count_morphs(made, tally, of, kinds, branch)
        findings.over_time(made, table, step, is_of_cells=tally.is_of_cells)
        findings.between_samples(made, project, of)
        findings.by_season(made, project, of, options)
        if morph_set == tallying.MORPH_SET:
            findings.by_size(made, project, kinds, branch, samples)
        findings.in_space(made, project, of)
        if wide:
            made.tables["diversity_wide"] = widen(table)
        if kept:
            made.tables["replicates"] = pd.concat(kept, ignore_index=True)
        if chain is not None:
            findings.of_chain(made, chain)
        cover = tally.coverage(chosen, morphs)
        made.notes += notes_on_kinds(cover, kinds)
        made.notes += [OF_COUNTS] if of.fractions_differ else []
        made.notes += note_on_hulls(of, table["index"])
        files = [write_csv(frame, out / f"{name}.csv") for name, frame in made.tables.items()]
        stages = run.progress(range(1), label="figures", total=1)
        next(stages)
        drawn = {out / name: figure for name, (_, _, figure) in made.figures.items()}
        pictures = [name for name in FIGURE_FORMATS if name in formats and name != "html"]
        paths, note = write_figures(drawn, pictures) if pictures else ([], None)
        if "html" in formats:  # five megabytes each; the others stand in the report
            paths += write_figures({out / name: drawn[out / name] for name in MAIN}, ["html"])[0]
            files.append(write_page(out, project, made, table, of, cover, parameters))
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


def _check(formats: Sequence[str], step: str, protocol: str | None, trim: float) -> None:
    if not 0 <= trim < 1:
        message = f"A share of the cloud that is trimmed is 0 to below 1, not {trim}."
        raise WrongValueError(message)
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
