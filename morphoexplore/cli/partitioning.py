"""The verb that cuts the morphospace into cells."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from morphoexplore.cli.group import AS_JSON, PATH, PROJECT, open_there
from morphoexplore.cli.printing import bar, counted, number, show, warn


@click.command()
@PROJECT
@click.option("--cells", type=int, default=200, show_default=True, help="How many.")
@click.option(
    "--dims", type=int, default=4, show_default=True, help="First dimensions of the morphospace that count."
)
@click.option(
    "--weight",
    type=click.Choice(["count", "concentration"]),
    help="What each object counts: 1, or what it stands for per m3. The latter where formulas are set, unless given.",
)
@click.option("--refit", is_flag=True, help="Cut anew, because kinds of morphs changed say.")
@click.option("--random-state", type=int, default=0, show_default=True, help="Of where cells begin.")
@click.option("--out", type=PATH, help="A folder for partition.csv (objects with their cells) and cells.csv.")
@AS_JSON
def partition(
    *,
    project: Path,
    cells: int,
    dims: int,
    weight: str | None,
    refit: bool,
    random_state: int,
    out: Path | None,
    as_json: bool,
) -> None:
    """
    Cut the morphospace into cells: a morph set that nobody decides on.

    The cells are those of weighted k-means over all living objects, free or sorted. They are frozen like the morphospace: objects
    that are added later get the nearest cell when this is run again.

    Example: morphoexplore partition my-study --cells 200
    """
    from morphoexplore.steps.partitioning import partition as partition_step
    from morphoexplore.steps.partitioning import write_partition

    study = open_there(project)
    result = partition_step(
        study, cells=cells, dims=dims, weight=weight, refit=refit, random_state=random_state, progress=bar
    )
    files = [] if out is None else write_partition(study, out)
    for note in result["notes"]:
        warn(note)
    lines = [_line(result), *(f"Wrote {file}" for file in files)]
    show(result | {"files": files}, as_json=as_json, text=lines)


def _line(result: dict[str, Any]) -> str:
    what = (
        f"{counted(result['cells'], 'cell')} of {counted(result['dims'], 'dimension')}, by {result['weight']}"
    )
    lost = f"; {counted(result['without'], 'object')} without features" if result["without"] else ""
    if result["is_new"]:
        return f"Version {result['version']}: {what}, fitted to {counted(result['fitted'], 'living object')}{lost}."
    if result["objects"]:
        return f"{counted(result['objects'], 'new object')} placed in the {what}{lost}."
    return f"This is there already: version {result['version']}, {what}; {number(result['there'])} objects{lost}."
