"""Verbs that write what came out."""

from __future__ import annotations

from pathlib import Path

import click

from morphoexplore.cli.group import AS_JSON, PATH, PROJECT, open_there
from morphoexplore.cli.lines import diversity_lines, score_lines
from morphoexplore.cli.printing import bar, counted, show, warn

NOTES = 20  # printed at most


@click.command()
@PROJECT
@click.argument("out", type=PATH)
@click.option(
    "--kind", "kinds", multiple=True, default=["living"], show_default=True, help="Kinds that count."
)
@click.option("--branch", type=int, metavar="NODE", help="Count only the morphs below this branch.")
@click.option(
    "--figures",
    "formats",
    default="html,svg,pdf,png",
    show_default=True,
    help="Formats of the figures, separated by commas.",
)
@AS_JSON
def diversity(
    *, project: Path, out: Path, kinds: tuple[str, ...], branch: int | None, formats: str, as_json: bool
) -> None:
    """
    Write counts, diversity indices and their figures over time.

    Indices are richness, Shannon, Simpson, Hill numbers and Pielou's evenness, from raw counts of objects per
    sample. The share that is still unsorted stands beside every one of them.

    Example: morphoexplore diversity my-study tables/
    """
    from morphoexplore.steps.diversity import diversity as diversity_step

    names = [part.strip() for part in formats.split(",") if part.strip()]
    report = diversity_step(open_there(project), out, kinds=kinds, branch=branch, formats=names, progress=bar)
    show(report, as_json=as_json, text=diversity_lines(report))


@click.command()
@PROJECT
@click.argument("out", type=PATH)
@click.option(
    "--format",
    "format_",
    default="csv",
    show_default=True,
    help="csv, morphs, ecotaxa, tree, names or descriptors.",
)
@AS_JSON
def export(*, project: Path, out: Path, format_: str, as_json: bool) -> None:
    """
    Write members, the tree, names or descriptors for other programs.

    csv: one row per member. ecotaxa: a metadata update that gives objects their morph as free columns (import
    it with "Update metadata", without classification). tree: all nodes as JSON. names: a CSV of
    all nodes, to be filled in and read back by: morphoexplore name. descriptors: one row per object, sorted or
    not, with EcoTaxa's columns as they were measured, in px and mm

    Example: morphoexplore export my-study ecotaxa_morphs.zip --format ecotaxa
    """
    from morphoexplore.steps.exporting import export as export_step

    report = export_step(open_there(project), out, format=format_)
    notes = report["notes"]
    for note in notes[:NOTES]:
        warn(note)
    if len(notes) > NOTES:
        warn(f"... and {len(notes) - NOTES} more like these; --json lists all of them.")
    show(report, as_json=as_json, text=[f"Wrote {counted(report['rows'], 'row')} to {report['file']}"])


@click.command()
@PROJECT
@click.argument("labels", metavar="LABELS.CSV", type=PATH)
@click.option("--column", help="The column of labels.")
@click.option("--exclude", multiple=True, help="A label that is no class to be found, such as Unknown.")
@click.option("--out", type=PATH, help="Folder for tables per morph, label and seed.")
@AS_JSON
def evaluate(
    *,
    project: Path,
    labels: Path,
    column: str | None,
    exclude: tuple[str, ...],
    out: Path | None,
    as_json: bool,
) -> None:
    """
    Score what was sorted against reference labels.

    LABELS.CSV has a column object_id (or path, as in the CSV that was added) and one of labels. Morphs, seeds
    of the last round and similar images are scored. Nothing that sorts reads labels.

    Example: morphoexplore evaluate my-study labels.csv --exclude Unknown
    """
    from morphoexplore.steps.evaluating import evaluate as evaluate_step

    scores = evaluate_step(open_there(project), labels, column=column, exclude=exclude, out=out)
    show(scores, as_json=as_json, text=score_lines(scores))
