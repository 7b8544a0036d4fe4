"""The verb that goes from morphs back to features."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from morphoexplore.cli.group import AS_JSON, PROJECT, open_there
from morphoexplore.cli.printing import bar, counted, number, show


@click.command()
@PROJECT
@click.option(
    "--weight",
    type=float,
    help="Share of the axes that separate morphs, up to 1; the best for morphs that are left out unless given.",
)
@click.option(
    "--random-state", type=int, default=0, show_default=True, help="Draws the objects it is fitted on."
)
@AS_JSON
def refine(*, project: Path, weight: float | None, random_state: int, as_json: bool) -> None:
    """
    See the features through the morphs there are.

    Makes the feature set "refined", in which objects of one morph lie closer together; embed with --features refined
    makes the morphospace of it, for growth and for the next round of seeds. How far it goes is chosen by leaving whole
    morphs out, so that it helps to find what nobody has named yet; where it does not, it says so and makes nothing.
    Refine again when there are more morphs: it always begins with the features as they were.

    Example: morphoexplore refine my-study
    """
    from morphoexplore.steps.refining import refine as refine_step

    result = refine_step(open_there(project), weight=weight, random_state=random_state, progress=bar)
    show(result, as_json=as_json, text=refine_lines(project, result))


def refine_lines(project: Path, result: dict[str, Any]) -> list[str]:
    """Say what a refinement rests on, what it gains, and what to do next."""
    morphs = (
        f"{counted(result['morphs'], 'morph')} with {counted(result['members'], 'member')} "
        f"({number(result['looked'])} of them looked at)"
    )
    if result["version"] is None:
        return [
            f"Nothing was made: what separates {morphs} does not help yet to find what is not named.",
            *result["notes"],
            "Next: name more morphs, or look at members that came in unseen, and refine again.",
        ]
    start = "Refined" if result["made"] else "This is there already: refined"
    return [
        f"{start} {' and '.join(result['features'])} by {morphs}: {result['dims']} numbers for each of "
        f"{counted(result['objects'], 'object')}; {result['weight']:.0%} of their variance is what separates morphs.",
        f"Tried on members that were left out: {_gain(result, 'known')} of the nearest are of their own morph; where the "
        f"whole morph was left out, {_gain(result, 'new')}.",
        *result["notes"],
        f"Next: morphoexplore embed {project} --features refined",
    ]


def _gain(result: dict[str, Any], kind: str) -> str:
    return f"{result[f'{kind}_after']:.0%} instead of {result[f'{kind}_before']:.0%}"
