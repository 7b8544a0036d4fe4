"""The verb that says how much work a collection would be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from morphoexplore.cli.group import AS_JSON, PATH, PROJECT, open_there
from morphoexplore.cli.printing import bar, counted, is_missing, number, show

if TYPE_CHECKING:
    from morphoexplore.steps.protocols import Protocols


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
@click.option(
    "--worth",
    type=float,
    default=0.025,
    show_default=True,
    help="Share of its best that an action must be expected to bring, and four objects; the annotator stops below.",
)
@click.option(
    "--compare", is_flag=True, help="Play MorphoCluster's protocol too, at all its thresholds: takes longer."
)
@click.option("--page-seconds", type=float, default=1.5, show_default=True, help="Time to look at a page.")
@click.option("--click-seconds", type=float, default=0.6, show_default=True, help="Time of a key or click.")
@click.option(
    "--random-state", type=int, default=0, show_default=True, help="Draws images, samples and errors."
)
@click.option(
    "--curve",
    type=PATH,
    help="CSV to write: what was sorted after each page (with --compare, in both protocols).",
)
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
    worth: float,
    compare: bool,
    page_seconds: float,
    click_seconds: float,
    random_state: int,
    curve: Path | None,
    as_json: bool,
) -> None:
    """
    Tell how much work sorting would be, played by an annotator who knows labels.

    The annotator sees what a person would see, answers through the functions that the app calls, sorts from the
    first round of seeds to the last, and names the morphs. With --compare, MorphoCluster's protocol is played beside it,
    with the same objects, features and labels. It plays on a copy without decisions, of which nothing is left: your project, its
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
        worth=worth,
        compare=compare,
        page_seconds=page_seconds,
        click_seconds=click_seconds,
        random_state=random_state,
        progress=bar,
    )
    both = found.protocols
    if curve is not None:
        from morphoexplore.writing.tables import write_csv

        write_csv(found.curve if both is None else both.curves, curve)
    scores = found.scores
    lines = simulation_lines(scores)
    if both is not None:
        scores = scores | {
            "protocols": both.sessions.to_dict("index"),
            "at_equal_recall": both.at_equal_recall,
            "growth": both.growth.to_dict("index"),
        }
        lines += comparison_lines(both)
    lines += [f"Wrote {curve}"] if curve else []
    show(
        scores,
        as_json=as_json,
        text=[*lines, "This was played on a copy; the project is unchanged."],
    )


def simulation_lines(scores: dict[str, Any]) -> list[str]:
    """Say what a simulated session came to, and what it cost."""
    kinds = ("review", "growth", "audit", "merging", "naming")
    actions = ", ".join(
        f"{number(scores[f'actions_{kind}'])} {kind}" for kind in kinds if scores[f"actions_{kind}"]
    )
    return [
        f"Sorted    {counted(scores['sorted'], 'object')} into {counted(scores['morphs'], 'morph')} in "
        f"{counted(scores['rounds'], 'round')}; {_share(scores['precision'])} of them have the label of their morph",
        f"Found     {_share(scores['recall'])} of the {number(scores['objects'])} objects that have a label "
        f"({_share(scores['macro_recall'])} on average over labels)",
        f"Work      {counted(scores['looks'], 'page')} and {counted(scores['actions'], 'key')} or clicks"
        f"{f' ({actions})' if actions else ''}: {scores['objects_per_action']:.1f} right objects for each, "
        f"{counted(round(60 * scores['hours']), 'minute')}",
        f"Ended     where no key or click was expected to bring {scores['least']:.1f} objects or more (--worth, and four at least)",
    ]


def comparison_lines(both: Protocols) -> list[str]:
    """Say what the same session came to in MorphoCluster's protocol."""
    sessions = both.sessions.iloc[:2]
    lines = [
        "",
        "Beside MorphoCluster's protocol, at the threshold that serves it best (chosen with the labels):",
    ]
    for protocol, row in sessions.iterrows():
        lines.append(
            f"  {protocol:14}{row['objects_per_action']:6.1f} right objects for each key or click, "
            f"{row['objects_per_action_of_sorting']:.1f} without merging and naming; precision {_share(row['precision'])}, "
            f"found {_share(row['recall'])}"
        )
    equal = both.at_equal_recall
    lines.append(
        f"  For the first {number(equal['right'])} right objects, without merging and naming: {number(equal['morphoexplore'])} keys and "
        f"clicks, and {number(equal['morphocluster'])} in MorphoCluster's; with both {number(equal['morphoexplore_named'])} and "
        f"{number(equal['morphocluster_named'])}"
    )
    if len(both.growth):
        lines.append("Growing the same morphs, from the seeds of 64 and more:")
    lines += [
        f"  {way:20}{row['objects_per_action']:6.1f} right objects for each key or click, {number(int(row['right']))} in all, "
        f"precision {_share(row['precision'])}"
        for way, row in both.growth.iterrows()
    ]
    return lines


def _share(value: float) -> str:
    return "-" if is_missing(value) else f"{value:.1%}"
