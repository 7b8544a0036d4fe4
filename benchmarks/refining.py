"""
What refined features are worth on labelled objects, with named morphs played by the labels.

    python benchmarks/refining.py PROJECT LABELS.CSV [--exclude LABEL ...] [--features classic,learned] [--splits 8]

PROJECT has feature sets; LABELS.CSV has the columns object_id (or path) and label, which only score and play the
person. Each split names other objects, refines the joined features by them, and scores what was not named:

    named        30 % of all objects are named
    never named  the same, but a third of the labels never; scored are only the objects of these
    five morphs  20 objects of each of five labels are named
    by chance    30 % of the objects are named at random: nothing may be believed

AMI is that of k-means with as many clusters as labels (mean of three states), 5-NN the share of objects that their five
nearest name rightly. After +- stands the standard error of the mean difference between refined and frozen.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

import morphoexplore as mx
from morphoexplore.methods.embedding import fit_morphospace
from morphoexplore.methods.neighbours import nearest_neighbours
from morphoexplore.methods.refining import Refinement, fit_refinement
from morphoexplore.methods.scoring_sets import cluster_agreement
from morphoexplore.steps import pixel_size
from morphoexplore.steps.evaluating import read_labels
from morphoexplore.steps.extracting import read_block
from morphoexplore.steps.joining import REFINED
from morphoexplore.store import morphospace

NAMED, LEFT_OUT, FEW = 0.3, 1 / 3, (5, 20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("project", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--column", default="label")
    parser.add_argument(
        "--exclude", action="append", default=[], metavar="LABEL", help="of no morph, not scored"
    )
    parser.add_argument("--features", help="feature sets to join; all unless given")
    parser.add_argument("--splits", type=int, default=8)
    options = parser.parse_args()
    project = mx.open_project(options.project)
    names = options.features.split(",") if options.features else None
    frozen, columns = joined(project, names)
    truth = read_labels(project, options.labels, options.column)
    counts = pd.notna(truth) & ~np.isin(truth.astype(str), options.exclude) & np.isfinite(frozen).all(axis=1)
    rows = [
        row
        for split in range(options.splits)
        for row in score(frozen, columns, truth, np.flatnonzero(counts), np.random.default_rng(split))
    ]
    print(summary(pd.DataFrame(rows)).to_string(index=False))


def joined(project: mx.Project, names: list[str] | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the morphospace of feature sets, and the columns that it is made of."""
    reference = pixel_size.reference(project)
    blocks = {
        array.name: np.asarray(read_block(project, array, reference))
        for array in morphospace.feature_sets(project)
        if array.name != REFINED and (names is None or array.name in names)
    }
    space = fit_morphospace(blocks)
    return space.project(blocks), space.columns(blocks)


def score(
    frozen: np.ndarray, columns: np.ndarray, truth: np.ndarray, rows: np.ndarray, rng: np.random.Generator
) -> Iterator[dict[str, object]]:
    """Yield a row for each way of naming: what refining finds, and the scores before and after."""
    for way, groups, scored in ways(truth, rows, rng):
        began = time.process_time()
        refinement = fit_refinement(columns, groups)
        seconds = time.process_time() - began
        yield {
            "named": way,
            "morphs": refinement.finding.morphs,
            "members": refinement.finding.members,
            "weight": refinement.finding.weight,
            "cpu_s": seconds,
            **scores(frozen, columns, refinement, scored, truth),
        }


def ways(
    truth: np.ndarray, rows: np.ndarray, rng: np.random.Generator
) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield each way of naming: its name, the morph of each object (-1: none), and the objects to score."""
    labels, number = np.unique(truth[rows].astype(str), return_inverse=True)
    named = rng.permutation(len(rows))[: round(NAMED * len(rows))]
    groups = np.full(len(truth), -1)
    groups[rows[named]] = number[named]
    yield "named", groups, rows[groups[rows] < 0]

    never = np.isin(number, rng.permutation(len(labels))[: round(LEFT_OUT * len(labels))])
    partly = groups.copy()
    partly[rows[never]] = -1
    yield "never named", partly, rows[never]

    few = np.full(len(truth), -1)
    large = np.flatnonzero(np.bincount(number) >= FEW[1])
    for label in rng.permutation(large)[: FEW[0]]:
        few[rows[rng.permutation(np.flatnonzero(number == label))[: FEW[1]]]] = label
    yield "five morphs", few, rows[few[rows] < 0]

    chance = np.full(len(truth), -1)
    chance[rows[named]] = rng.permutation(number[named])
    yield "by chance", chance, rows[groups[rows] < 0]


def scores(
    frozen: np.ndarray, columns: np.ndarray, refinement: Refinement, rows: np.ndarray, truth: np.ndarray
) -> dict[str, float]:
    labels = truth[rows].astype(str)
    before, after = frozen[rows], refinement.project(columns[rows])
    return {
        "ami_before": cluster_agreement(before, labels),
        "ami_after": cluster_agreement(after, labels),
        "nn_before": recognised(before, labels),
        "nn_after": recognised(after, labels),
    }


def recognised(vectors: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of objects of which most of the five nearest others, the nearer first, have the label."""
    _, number = np.unique(labels, return_inverse=True)
    neighbours, _ = nearest_neighbours(vectors, 5)
    votes = np.zeros((len(labels), number.max() + 1))
    for place in range(neighbours.shape[1]):
        votes[np.arange(len(labels)), number[neighbours[:, place]]] += 1 - place / 1000
    return float((votes.argmax(axis=1) == number).mean())


def summary(table: pd.DataFrame) -> pd.DataFrame:
    rows = []
    for way, part in table.groupby("named", sort=False):
        row = {"named": way}
        row |= {name: round(part[name].mean(), 2) for name in ("morphs", "members", "weight", "cpu_s")}
        row["weights"] = " ".join(f"{weight:g}" for weight in part["weight"])
        for score in ("ami", "nn"):
            gain = part[f"{score}_after"] - part[f"{score}_before"]
            error = gain.std(ddof=1) / np.sqrt(len(gain)) if len(gain) > 1 else np.nan
            row[score] = f"{part[f'{score}_before'].mean():.3f} {gain.mean():+.3f} +- {error:.3f}"
        rows.append(row)
    return pd.DataFrame(rows)


if __name__ == "__main__":
    main()
