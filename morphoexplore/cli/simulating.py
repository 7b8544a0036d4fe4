"""The verb that says how much work a collection would be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from morphoexplore.cli.group import AS_JSON, PATH, PROJECT, open_there
from morphoexplore.cli.printing import bar, counted, is_missing, number, show


@click.command()
@PROJECT
@click.argument("labels", metavar="LABELS.CSV", type=PATH)
@click.option("--column", help="The column of labels.")
@click.option("--nothing", multiple=True, help="A label of what is nothing to be sorted, such as Unknown.")
@click.option(
    "--rule",
    type=float,
    default=0.96,
    show_default=True,
    help="Share of a row of images that is to be right.",
)
@click.option(
    "--error",
    type=float,
    default=0.0,
    show_default=True,
    help="Share of images that are judged wrongly, either way.",
)
@click.option(
    "--miss", type=float, default=0.0, show_default=True, help="Share of wrong images overlooked, besides."
)
@click.option(
    "--alarm",
    type=float,
    default=0.0,
    show_default=True,
    help="Share of right images taken for wrong, besides.",
)
@click.option(
    "--take-back",
    type=float,
    default=0.0,
    show_default=True,
    help="Share of right images in the audit of a round below which its large seeds are taken back.",
)
@click.option("--page-seconds", type=float, default=1.5, show_default=True, help="Time to look at a page.")
@click.option("--click-seconds", type=float, default=0.6, show_default=True, help="Time of a key or click.")
@click.option(
    "--random-state", type=int, default=0, show_default=True, help="Draws images, samples and errors."
)
@click.option("--curve", type=PATH, help="CSV to write: what was sorted after each page.")
@AS_JSON
def simulate(
    *,
    project: Path,
    labels: Path,
    column: str | None,
    nothing: tuple[str, ...],
    rule: float,
    error: float,
    miss: float,
    alarm: float,
    take_back: float,
    page_seconds: float,
    click_seconds: float,
    random_state: int,
    curve: Path | None,
    as_json: bool,
) -> None:
    """
    Tell how much work sorting would be, played by an annotator who knows labels.

    The annotator sees what a person would see, answers through the functions that the app calls, and sorts from the
    first round of seeds to the last. It plays on a copy without decisions, of which nothing is left: your project, its
    morphs and decisions stay as they are. LABELS.CSV is as for evaluate.

    Example: morphoexplore simulate my-study labels.csv --nothing Unknown
    """
    from morphoexplore.steps.simulating import simulate as simulate_step

    found = simulate_step(
        open_there(project),
        labels,
        column=column,
        nothing=nothing,
        rule=rule,
        error=error,
        miss=miss,
        alarm=alarm,
        take_back=take_back,
        page_seconds=page_seconds,
        click_seconds=click_seconds,
        random_state=random_state,
        progress=bar,
    )
    if curve is not None:
        from morphoexplore.writing.tables import write_csv

        write_csv(found.curve, curve)
    show(found.scores, as_json=as_json, text=simulation_lines(found.scores, curve))


def simulation_lines(scores: dict[str, Any], curve: Path | None) -> list[str]:
    """Say what a simulated session came to, and what it cost."""
    kinds = ("review", "growth", "audit", "merging")
    actions = ", ".join(
        f"{number(scores[f'actions_{kind}'])} {kind}" for kind in kinds if scores[f"actions_{kind}"]
    )
    lines = [
        f"Sorted    {counted(scores['sorted'], 'object')} into {counted(scores['morphs'], 'morph')} in "
        f"{counted(scores['rounds'], 'round')}; {_share(scores['precision'])} of them have the label of their morph",
        f"Found     {_share(scores['recall'])} of the {number(scores['objects'])} objects that have a label "
        f"({_share(scores['macro_recall'])} on average over labels)",
        f"Work      {counted(scores['looks'], 'page')} and {counted(scores['actions'], 'key')} or clicks"
        f"{f' ({actions})' if actions else ''}: {scores['objects_per_action']:.1f} right objects for each, "
        f"{60 * scores['hours']:.0f} minutes",
    ]
    return [
        *lines,
        *([f"Wrote {curve}"] if curve else []),
        "This was played on a copy; the project is unchanged.",
    ]


def _share(value: float) -> str:
    return "-" if is_missing(value) else f"{value:.1%}"
