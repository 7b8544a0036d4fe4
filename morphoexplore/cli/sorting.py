"""Verbs that look at a project, change its tree, and keep it sound."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from morphoexplore.cli.group import AS_JSON, PATH, PROJECT, USER, open_there
from morphoexplore.cli.lines import (
    decision_line,
    group_lines,
    history_lines,
    morph_lines,
    status_lines,
    tree_lines,
)
from morphoexplore.cli.printing import counted, say, show, table

if TYPE_CHECKING:
    from morphoexplore.store.project import Project


@click.command()
@PROJECT
@click.option("--groups", type=click.IntRange(min=2), help="How many groups.")
@click.option("--accept", is_flag=True, help="Make the branches; without it the proposal is only printed.")
@USER
@AS_JSON
def arrange(*, project: Path, groups: int | None, accept: bool, user: str | None, as_json: bool) -> None:
    """
    Propose a tree: morphs of like form in one branch.

    Example: morphoexplore arrange my-study --groups 8 --accept
    """
    from morphoexplore import review
    from morphoexplore.steps.arranging import arrange as arrange_step

    study = open_there(project, user)
    proposal = arrange_step(study, groups=groups)
    lines = group_lines(proposal, _titles(study))
    is_something = any(len(group) > 1 for group in proposal)
    made = review.accept_arrangement(study, proposal) if accept and is_something else []
    if not is_something:
        lines = ["There is nothing to arrange: no two morphs lie side by side at the top of the tree."]
    elif accept:
        lines.append(f"Made {counted(len(made), 'branch')}. To take it back: morphoexplore undo {project}")
    else:
        lines.append(f"Nothing was changed. To make these branches: morphoexplore arrange {project} --accept")
    show({"groups": proposal, "branches": made}, as_json=as_json, text=lines)


@click.command()
@PROJECT
@click.argument("names", metavar="NAMES.CSV", type=PATH)
@USER
@AS_JSON
def name(*, project: Path, names: Path, user: str | None, as_json: bool) -> None:
    """
    Name many morphs and branches at once, from a CSV.

    Its columns: node_id, and any of name, kind (living, detritus, artefact, multiple, part, unknown), taxon,
    ecotaxa_id, aphia_id, description. An empty cell leaves what is there. One wrong line and nothing is changed.
    "morphoexplore status PROJECT --tree" prints the numbers.

    Example: morphoexplore name my-study names.csv
    """
    from morphoexplore.steps.arranging import name_from_csv
    from morphoexplore.store.history import NothingToDoError

    try:
        changed = name_from_csv(open_there(project, user), names)
        said = f"Named {counted(changed, 'node')}."
    except NothingToDoError:
        changed, said = 0, "All nodes had these names already; nothing was changed."
    show({"changed": changed}, as_json=as_json, text=[said])


@click.command()
@PROJECT
@click.option("--morphs", is_flag=True, help="List the morphs.")
@click.option("--seeds", "list_seeds", is_flag=True, help="List the pending seeds.")
@click.option("--tree", "list_tree", is_flag=True, help="Print the tree.")
@click.option("--history", "list_history", is_flag=True, help="List the decisions, newest last.")
@AS_JSON
def status(
    *, project: Path, morphs: bool, list_seeds: bool, list_tree: bool, list_history: bool, as_json: bool
) -> None:
    """
    Say what is there and what to do next.

    Example: morphoexplore status my-study --json
    """
    from morphoexplore.steps import precision
    from morphoexplore.steps.overview import next_step
    from morphoexplore.steps.overview import status as status_step
    from morphoexplore.store import history, seeds, tree

    if morphs + list_seeds + list_tree + list_history > 1:
        message = "--morphs, --seeds, --tree and --history are lists of their own: give one of them."
        raise click.UsageError(message)
    study = open_there(project)
    if morphs:
        frame = precision.with_precision(tree.morphs(study), precision.bounds(study)).reset_index()
        show(frame.to_dict("records"), as_json=as_json, text=morph_lines(frame))
    elif list_seeds:
        frame = seeds.listing(study, "pending").reset_index()[["seed_id", "round", "size", "density"]]
        show(frame.to_dict("records"), as_json=as_json, text=table(frame))
    elif list_tree:
        counts = tree.member_counts(study)
        outline = list(tree.outline(study))
        rows = [
            {
                "node_id": node.node_id,
                "title": node.title,
                "parent_id": node.parent_id,
                "is_branch": node.is_branch,
                "members": counts.get(node.node_id, 0),
            }
            for _, node in outline
        ]
        show(rows, as_json=as_json, text=tree_lines(outline, counts))
    elif list_history:
        frame = history.listing(study)
        show(frame.to_dict("records"), as_json=as_json, text=history_lines(frame, _titles(study)))
    else:
        found = status_step(study)
        found["next"] = next_step(study, found)
        show(found, as_json=as_json, text=status_lines(study.name, found))


@click.command()
@PROJECT
@USER
def undo(*, project: Path, user: str | None) -> None:
    """
    Take the last decision back.

    Example: morphoexplore undo my-study
    """
    from morphoexplore import review

    study = open_there(project, user)
    decision = review.undo(study)
    say(decision_line("Undid", decision, _titles(study)))


@click.command()
@PROJECT
@USER
def redo(*, project: Path, user: str | None) -> None:
    """
    Make the decision again that was undone last.

    Example: morphoexplore redo my-study
    """
    from morphoexplore import review

    study = open_there(project, user)
    decision = review.redo(study)
    say(decision_line("Redid", decision, _titles(study)))


@click.command()
@PROJECT
@AS_JSON
def check(*, project: Path, as_json: bool) -> None:
    """
    Check that nothing in the project is broken.

    The exit code is 1 if something is.

    Example: morphoexplore check my-study
    """
    from morphoexplore.store import checks

    findings = checks.check(open_there(project))
    lines = [f"{finding.where}: {finding.what}. {finding.advice}" for finding in findings]
    broken = [finding for finding in findings if not finding.is_harmless]
    show(
        [vars(finding) for finding in findings],
        as_json=as_json,
        text=lines if findings else ["All is sound."],
    )
    if broken:
        sys.exit(1)


@click.command()
@PROJECT
@click.argument("old", type=PATH)
@click.argument("new", type=PATH)
def relocate(*, project: Path, old: Path, new: Path) -> None:
    """
    Look for images in another place, because they moved.

    Example: morphoexplore relocate my-study /media/disk1/images /home/me/images
    """
    from morphoexplore.steps.relocating import relocate as relocate_step

    moved = relocate_step(open_there(project), old, new)
    say(f"Images of {counted(moved, 'source')} are looked for below {new} now.")


@click.command()
@PROJECT
@click.argument("object_id", metavar="OBJECT")
@click.option("--by", help="One feature set; the joined morphospace unless given.")
@click.option("--most", default=20, show_default=True, type=click.IntRange(min=1), help="How many.")
@AS_JSON
def similar(*, project: Path, object_id: str, by: str | None, most: int, as_json: bool) -> None:
    """
    List the images most like one.

    Example: morphoexplore similar my-study calanus_0042
    """
    from morphoexplore.steps.overview import similar as similar_step

    found = similar_step(open_there(project), object_id, by=by, most=most)
    shown = found[["object", "distance", "object_id", "morph"]]
    show(found.to_dict("records"), as_json=as_json, text=table(shown, whole=["object_id"]))


def _titles(study: Project) -> dict[int, str]:
    from morphoexplore.store import tree

    return {node_id: node.title for node_id, node in tree.nodes(study).items()}
