"""Verbs that write what came out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from morphoexplore.cli.group import AS_JSON, PATH, PROJECT, open_there
from morphoexplore.cli.lines import diversity_lines, score_lines
from morphoexplore.cli.printing import bar, counted, show, warn

NOTES = 20  # printed at most
REMARKS = 50  # of a check, likewise


@click.command()
@PROJECT
@click.argument("out", type=PATH)
@click.option(
    "--kind", "kinds", multiple=True, default=["living"], show_default=True, help="Kinds that count."
)
@click.option("--branch", type=int, metavar="NODE", help="Count only the morphs below this branch.")
@click.option(
    "--morph-set",
    type=click.Choice(["tree", "partition"]),
    default="tree",
    show_default=True,
    help="What is counted: morphs, or the cells of the newest partition.",
)
@click.option(
    "--index",
    "names",
    multiple=True,
    metavar="NAME",
    help="Indices, separated by commas or each with an --index; all that can be computed unless given.",
)
@click.option(
    "--weight",
    type=click.Choice(["count", "concentration", "biovolume"]),
    help="What an object stands for; its concentration where all are known, else itself.",
)
@click.option(
    "--dims", type=click.IntRange(1, 6), default=4, show_default=True, help="Axes of the morphospace."
)
@click.option("--size", "m", type=click.IntRange(min=1), help="Objects that hulls are brought to.")
@click.option(
    "--coverage", type=click.FloatRange(0, 1, min_open=True), help="That Hill numbers are brought to."
)
@click.option(
    "--trim",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.0,
    show_default=True,
    help="Share of the pooled cloud, its farthest objects, that is left out of functional richness.",
)
@click.option(
    "--bootstraps",
    "replicates",
    type=click.IntRange(min=0),
    default=200,
    show_default=True,
    help="Replicates of the intervals; 0 for none.",
)
@click.option("--slow", is_flag=True, help="Also intervals that take seconds a sample.")
@click.option(
    "--step",
    type=click.Choice(["month", "week", "none"]),
    default="month",
    show_default=True,
    help="Of regular series and trends.",
)
@click.option("--protocol", type=click.Choice(["beck2023"]), help="Also what the chain of that paper gives.")
@click.option("--wide", is_flag=True, help="Also a table with a column per index.")
@click.option("--save-replicates", is_flag=True, help="Also all replicates of the intervals.")
@click.option("--random-state", type=int, default=0, show_default=True, help="Of the bootstraps.")
@click.option(
    "--figures",
    "formats",
    default="html,svg,pdf,png",
    show_default=True,
    help="Formats of the figures, separated by commas.",
)
@AS_JSON
def diversity(
    *,
    project: Path,
    out: Path,
    kinds: tuple[str, ...],
    branch: int | None,
    morph_set: str,
    formats: str,
    as_json: bool,
    **options: Any,
) -> None:
    """
    Write counts, diversity indices and their figures over time.

    Indices of morphs (richness, Shannon, Simpson, Hill numbers, evenness) and of the cloud of objects in the morphospace
    (functional dispersion, Rao's Q, divergence, richness, mean position), raw and at equal coverage or size, with 95 %
    intervals. The share that is still unsorted stands beside every one of them.

    Example: morphoexplore diversity my-study tables/
    """
    from morphoexplore.steps.reporting import write_diversity as diversity_step

    options["names"] = _parts(",".join(options["names"])) or None
    report = diversity_step(
        open_there(project),
        out,
        kinds=kinds,
        branch=branch,
        morph_set=morph_set,
        formats=_parts(formats),
        progress=bar,
        **options,
    )
    show(report, as_json=as_json, text=diversity_lines(report))


@click.command()
@click.argument("project", metavar="PROJECT", type=PATH, required=False)
@click.argument("out", metavar="OUT", type=PATH, required=False)
@click.option(
    "--format",
    "format_",
    default="csv",
    show_default=True,
    help="csv, morphs, ecotaxa, ecotaxa-classification, ecotaxa-backup, tree, names, descriptors, partition, cells or guide.",
)
@click.option(
    "--check",
    "checked",
    metavar="FILE",
    type=PATH,
    help="Write nothing; say what EcoTaxa would say of a table, folder or zip. Needs no project.",
)
@click.option(
    "--as",
    "action",
    type=click.Choice(["import", "update", "classification"]),
    help="What the file to check is for; its columns tell unless given.",
)
@AS_JSON
@click.pass_context
def export(
    ctx: click.Context,
    *,
    project: Path | None,
    out: Path | None,
    format_: str,
    checked: Path | None,
    action: str | None,
    as_json: bool,
) -> None:
    """
    Write members, the tree, names or descriptors for other programs; or check a file for EcoTaxa.

    csv: one row per member. morphs: one row per morph. tree: all nodes as JSON. names: a CSV of all nodes, to be filled in
    and read back by: morphoexplore name. descriptors: one row per object, sorted or not, with EcoTaxa's columns as they
    were measured, in px and mm. partition: one row per living object with its cell. cells: one row per cell.
    guide: one page of HTML with pictures of every morph and cell.

    Three are for EcoTaxa. ecotaxa: a metadata update that gives objects their morph as free columns. ecotaxa-classification:
    an update of categories, for morphs that have an ecotaxa_id; members that somebody looked at are validated, all others
    predicted. ecotaxa-backup: everything with images, as EcoTaxa imports it (a zip, or a folder where OUT has no suffix).

    Example: morphoexplore export my-study ecotaxa_morphs.zip --format ecotaxa
    """
    if checked is not None:
        if project is not None:
            message = "--check looks at a file only: leave PROJECT and OUT out."
            raise click.UsageError(message, ctx)
        _check(checked, action, as_json=as_json)
        return
    if project is None or out is None:
        message = f"Missing argument '{'PROJECT' if project is None else 'OUT'}'."
        raise click.UsageError(message, ctx)
    if action is not None:
        message = "--as goes with --check only."
        raise click.UsageError(message, ctx)
    from morphoexplore.steps.exporting import export as export_step

    report = export_step(open_there(project), out, format=format_, progress=bar)
    notes = report["notes"]
    for note in notes[:NOTES]:
        warn(note)
    if len(notes) > NOTES:
        warn(f"... and {len(notes) - NOTES} more like these; --json lists all of them.")
    show(report, as_json=as_json, text=[f"Wrote {counted(report['rows'], 'row')} to {report['file']}"])


def _check(path: Path, action: str | None, *, as_json: bool) -> None:
    """Print what EcoTaxa would say of a file; leave with 1 where it would refuse it."""
    from morphoexplore.reading.ecotaxa_check import check_ecotaxa

    found = check_ecotaxa(path, action)  # type: ignore[arg-type]  # click has checked it
    errors, warnings = found.errors, found.warnings
    result = {
        "action": found.action,
        "tables": found.tables,
        "rows": found.rows,
        "images": found.images,
        "errors": [{"file": one.file, "line": one.line, "text": one.text} for one in errors],
        "warnings": [{"file": one.file, "line": one.line, "text": one.text} for one in warnings],
    }
    looked = ", ".join(
        counted(count, word)
        for count, word in ((found.tables, "table"), (found.rows, "row"), (found.images, "image"))
    )
    purpose = {
        "import": "an import of new objects",
        "update": "Update metadata, without classification",
        "classification": "Update metadata, with classification",
    }[found.action]
    lines = [f"Checked as {purpose}: {looked}."]
    lines += [f"error: {one}" for one in errors[:REMARKS]]
    if len(errors) > REMARKS:
        lines.append(f"... and {len(errors) - REMARKS} more errors; --json lists all of them.")
    lines += [f"warning: {one}" for one in warnings[:REMARKS]]
    if len(warnings) > REMARKS:
        lines.append(f"... and {len(warnings) - REMARKS} more warnings; --json lists all of them.")
    lines.append("EcoTaxa would refuse this." if errors else "EcoTaxa would take this.")
    show(result, as_json=as_json, text=lines)
    if errors:
        raise click.exceptions.Exit(1)


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


def _parts(text: str) -> list[str]:
    """Return what stands between commas."""
    return [part.strip() for part in text.split(",") if part.strip()]
