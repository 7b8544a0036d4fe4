"""
How often the stated bounds hold: many growths of many morphs, against labels.

    python benchmarks/bounds_held.py LABELS.CSV --project PROJECT [--coarser CSV] [--nothing LABEL] [--states 3] [--json FILE]
    python benchmarks/bounds_held.py --synthetic 20000 [--states 3] [--error .02] [--classes 40] [--junk .4] [--apart .5]

Every label with enough objects begins as a morph of 30 objects, one of them drawn at random and those nearest to it: one corner of
its form. Then each morph is grown once with the functions that the app uses, the largest first, by a person who knows the labels
of what is shown. Where objects came in unseen, the bound is compared with the truth. With ``--error`` the person errs on that
share of images; what was clicked is then looked at once more, as in the app. ``--overlook`` is the share of wrong images that
are not noticed, ever.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import synthetic
from scipy.stats import beta

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.methods.annotating import last_stratum
from morphoexplore.review import SurveyStep
from morphoexplore.steps.evaluating import read_labels
from morphoexplore.store import morphospace, tree
from morphoexplore.store.membership import Membership

START, LEAST = 30, 100  # members that a morph begins with; objects of a label that is grown
GOOD = 0.9  # share of right images from which a row of a ruler is good
CONFIDENCE, ROUNDING = 0.95, 1e-9


def main() -> None:
    """Print one line for all growths."""
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("labels", type=Path, nargs="?")
    parser.add_argument("--project", type=Path, help="with a morphospace; its decisions are not used")
    parser.add_argument("--coarser", type=Path, help="CSV with label, coarser: these labels, too")
    parser.add_argument("--nothing", action="append", default=[], metavar="LABEL", help="never a morph")
    parser.add_argument("--synthetic", type=int, metavar="N", help="a made collection of N objects instead")
    parser.add_argument("--classes", type=int, default=synthetic.CLASSES, help="of the made collection")
    parser.add_argument(
        "--junk", type=float, default=synthetic.JUNK, help="share of junk of the made collection"
    )
    parser.add_argument(
        "--apart", type=float, default=1.0, help="factor of the distances between its classes"
    )
    parser.add_argument("--states", type=int, default=3)
    parser.add_argument("--first", type=int, default=0, help="the first random state")
    parser.add_argument("--target", type=float, default=0.95)
    parser.add_argument("--error", type=float, default=0.0)
    parser.add_argument("--overlook", type=float, default=0.0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        for state in range(options.first, options.first + options.states):
            for project, labels in collections(options, Path(folder), state):
                rows += grow_all(project, labels, options, np.random.default_rng([state, len(rows)]))
                tell(rows, options)
                shutil.rmtree(project.folder)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")


def collections(options: argparse.Namespace, folder: Path, state: int) -> list[tuple[mx.Project, np.ndarray]]:
    """Return projects without a decision, each with the label of every object; junk is the empty text."""
    if options.synthetic:
        project, path = synthetic.make(
            folder / f"made {state}",
            options.synthetic,
            state,
            classes=options.classes,
            junk=options.junk,
            apart=options.apart,
        )
        labels = read_labels(project, path, "label").astype(str)
        return [(project, np.where(labels == synthetic.NOTHING, "", labels))]
    source = mx.open_project(options.project)
    vectors = np.asarray(morphospace.read_pca(source))
    fine = read_labels(source, options.labels, "label").astype(str)
    levels = [fine]
    if options.coarser:
        table = pd.read_csv(options.coarser, dtype=str)
        coarser = dict(zip(table["label"], table["coarser"], strict=True))
        levels.append(np.array([coarser.get(one, one) for one in fine]))
    usable = np.isfinite(vectors).all(axis=1)
    found = []
    for number, labels in enumerate(levels):
        project = synthetic.enter(folder / f"{state} {number}", vectors[usable])
        mx.embed(project)
        found.append((project, np.where(np.isin(labels, options.nothing), "", labels)[usable]))
    return found


def grow_all(
    project: mx.Project, labels: np.ndarray, options: argparse.Namespace, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Grow every label from a corner of it; return what was stated, and what is true."""
    vectors = np.asarray(morphospace.read_pca(project))
    found, counts = np.unique(labels[labels != ""], return_counts=True)
    morphs = {}
    for label in found[np.argsort(-counts)][: int((counts >= LEAST).sum())]:
        own = np.flatnonzero(labels == label)
        middle = vectors[rng.choice(own)]
        corner = own[np.argsort(((vectors[own] - middle) ** 2).sum(axis=1))[:START]]
        morphs[label] = review.gather(project, corner, name=str(label), shown=corner)
    membership = Membership(project)
    rows = []
    for label, node_id in morphs.items():
        try:
            survey_id = review.begin_growth(
                project,
                node_id,
                target=options.target,
                random_state=int(rng.integers(1 << 30)),
                membership=membership,
            )
        except DecisionError:
            continue
        pages, clicks = answer(project, survey_id, labels == label, options, rng, membership)
        rows.append(
            stated(project, node_id, labels == label, membership)
            | {"pages": pages, "clicks": clicks, "label": str(label)}
        )
    return rows


def answer(
    project: mx.Project,
    survey_id: int,
    is_right: np.ndarray,
    options: argparse.Namespace,
    rng: np.random.Generator,
    membership: Membership,
) -> tuple[int, int]:
    """Answer a survey to its end; return pages and clicks."""
    pages = clicks = 0
    while (step := review.survey_step(project, survey_id, membership=membership)).phase != "done":
        pages += 1
        if step.phase == "ruler":
            shares = np.array(
                [
                    judged(row.objects, is_right, options, rng).mean() if row.objects else 0.0
                    for row in step.rows
                ]
            )
            row = last_stratum(shares, GOOD)
            review.mark_row(project, survey_id, row, membership=membership)
            clicks += 1
        else:
            clicks += judge(project, step, is_right, options, rng, membership)
    return pages, clicks


def judge(
    project: mx.Project,
    step: SurveyStep,
    is_right: np.ndarray,
    options: argparse.Namespace,
    rng: np.random.Generator,
    membership: Membership,
) -> int:
    objects = np.array(step.objects)
    wrong = objects[~judged(objects, is_right, options, rng)]
    clicks = 1
    if len(wrong) and (options.error or step.phase == "look"):
        clicks += len(wrong) + 1
        wrong = wrong[~judged(wrong, is_right, options, rng)]  # "really wrong?"
        said = {"wrong": wrong} if len(wrong) < 0.3 * len(objects) else {"count": review.MANY}
    else:
        said = {"count": len(wrong) if len(wrong) < 10 else review.MANY}
    review.judge_sample(project, step.survey.survey_id, membership=membership, **said)
    return clicks


def judged(
    objects: Any, is_right: np.ndarray, options: argparse.Namespace, rng: np.random.Generator
) -> np.ndarray:
    """Return what the person takes for right."""
    right = is_right[np.array(objects)]
    right = right | (rng.random(len(right)) < options.overlook)
    flipped: np.ndarray = right ^ (rng.random(len(right)) < options.error)
    return flipped


def stated(project: mx.Project, node_id: int, is_right: np.ndarray, membership: Membership) -> dict[str, Any]:
    table = mx.bounds(project, membership=membership).loc[node_id]
    members = tree.members(project, node_id)
    unseen = members[membership.origin[members] != 0]
    return {
        "members": len(members),
        "unseen": len(unseen),
        "bound": float(table["bound"]) if len(unseen) else None,
        "truth": float(is_right[unseen].mean()) if len(unseen) else None,
    }


def tell(rows: list[dict[str, Any]], options: argparse.Namespace) -> None:
    """Print how often the bounds held so far."""
    table = pd.DataFrame(rows)
    known = table[table["bound"].notna()]
    held = int((known["truth"] >= known["bound"] - ROUNDING).sum())
    low = float(beta.ppf(1 - CONFIDENCE, held, len(known) - held + 1)) if held else 0.0
    high = 1.0 if held == len(known) else float(beta.ppf(CONFIDENCE, held + 1, len(known) - held))
    print(
        f"{len(table)} growths, {len(known)} with a bound: {held} held ({held / max(1, len(known)):.3f}, one-sided 95 % limits "
        f"{low:.3f} and {high:.3f}); mean gap {(known['truth'] - known['bound']).mean():.3f}; truth >= {options.target} in "
        f"{(known['truth'] >= options.target).mean():.3f}; {(known['unseen'].sum() + START * len(known)) / max(1, known['clicks'].sum()):.0f} "
        "objects per action",
        file=sys.stdout,
        flush=True,
    )


if __name__ == "__main__":
    main()
