"""
Does the null ratio order feature sets as labels do?

    python benchmarks/null_ratio.py PROJECT INDEX.CSV [--exclude Unknown]

Scores the feature sets of a project, all of them joined, sets that see poses (pixels, gradients), and sets without
structure (noise, permuted columns), by the null ratio and by labels, and prints the rank correlations. INDEX.CSV is what
was added, with a column ``label``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from feature_scores import read_groups
from scipy.stats import spearmanr

import morphoexplore as mx
from morphoexplore.methods import scoring, seeding
from morphoexplore.methods.clustering import cluster_graph, symmetric_graph
from morphoexplore.methods.embedding import fit_morphospace
from morphoexplore.methods.neighbours import nearest_neighbours
from morphoexplore.methods.scoring_sets import grouped_folds, recognise_by_neighbours
from morphoexplore.steps import pixel_size
from morphoexplore.steps.evaluating import read_labels
from morphoexplore.steps.extracting import CLASSIC, read_block
from morphoexplore.store import arrays, morphospace

SMALLEST, DIMS = 5, 32
Blocks = dict[str, np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("project", type=Path)
    parser.add_argument("index", type=Path)
    parser.add_argument("--exclude", action="append", default=[], help="a label to leave out")
    options = parser.parse_args()
    project = mx.open_project(options.project)
    truth = read_labels(project, options.index, "label")
    groups, said = read_groups(project, options.index)
    print(said)
    reference = pixel_size.reference(project)
    there = {
        one.name: np.asarray(read_block(project, one, reference)) for one in morphospace.feature_sets(project)
    }
    complete = np.all([np.isfinite(block).all(axis=1) for block in there.values()], axis=0)
    rows = np.flatnonzero(complete & pd.notna(truth) & ~np.isin(truth.astype(str), options.exclude))
    tiles = np.asarray(arrays.read_array(project, "tile", "tiles"))[rows].astype(np.float32)
    sets = made_up_sets({name: block[rows] for name, block in there.items()}, tiles)
    labels = truth[rows]
    fold = grouped_folds(labels, groups[rows])
    table = pd.DataFrame([{"set": name, **score(blocks, labels, fold)} for name, blocks in sets.items()])
    print(table.round(3).to_string(index=False))
    print()
    for column in ("pure", "classes", "knn"):
        print(f"rank correlation of the null ratio with {column}: {_correlation(table, column):.2f}")
    print("the same without the sets that see poses:")
    form = table[~table["set"].str.contains("pixels|gradients")]
    for column in ("pure", "classes", "knn"):
        print(f"rank correlation of the null ratio with {column}: {_correlation(form, column):.2f}")


def made_up_sets(there: Blocks, tiles: np.ndarray) -> dict[str, Blocks]:
    """Return the sets to be ranked: those of the project, joined, and controls."""
    rng = np.random.default_rng(0)
    n = len(tiles)
    descriptors = there[CLASSIC]
    scaled = (descriptors - descriptors.mean(axis=0)) / np.maximum(descriptors.std(axis=0), 1e-9)
    few = rng.permutation(descriptors.shape[1])[:20]
    pixels = {f"pixels {side}": {"x": _pixels(tiles, side)} for side in (8, 16)}
    gradients = _gradients(tiles)
    frequencies = np.abs(np.fft.fft2(tiles))[:, :14, :14].reshape(n, -1).astype(np.float32)
    return (
        {name: {name: block} for name, block in there.items()}
        | ({"all joined": there} if len(there) > 1 else {})
        | pixels
        | {
            "gradients": {"x": gradients},
            "frequencies": {"x": frequencies},
            "frequencies, log": {"x": np.log1p(frequencies)},
            "classic, not bent": {"x": descriptors},
            "classic, 20 of them": {CLASSIC: descriptors[:, few]},
            "classic + noise": {"x": np.hstack([scaled, rng.normal(size=(n, 400))]).astype(np.float32)},
            "classic + gradients": {CLASSIC: descriptors, "x": gradients},
            "classic + pixels": {CLASSIC: descriptors, "x": _pixels(tiles, 16)},
            "classic + frequencies, log": {CLASSIC: descriptors, "x": np.log1p(frequencies)},
            "noise": {"x": rng.normal(size=(n, 64)).astype(np.float32)},
            "classic, permuted": {CLASSIC: rng.permuted(descriptors, axis=0)},
        }
    )


def _pixels(tiles: np.ndarray, side: int) -> np.ndarray:
    step = tiles.shape[1] // side
    return tiles.reshape(len(tiles), side, step, side, step).mean(axis=(2, 4)).reshape(len(tiles), -1)


def _gradients(tiles: np.ndarray) -> np.ndarray:
    """Return histograms of the directions of gradients in a grid of 4 x 4."""
    from skimage.feature import hog

    found = [hog(tile, orientations=8, pixels_per_cell=(16, 16), cells_per_block=(1, 1)) for tile in tiles]
    return np.stack(found).astype(np.float32)


def score(blocks: Blocks, labels: np.ndarray, fold: np.ndarray) -> dict[str, float]:
    """Return the null ratio, and how many seeds of 5 and more are pure, of how many classes, and 5-NN accuracy."""
    vectors = fit_morphospace(blocks).project(blocks)
    graph = nearest_neighbours(vectors[:, :DIMS], seeding.GRAPH_K)
    found = cluster_graph(symmetric_graph(*graph), min_size=SMALLEST)
    seeds = scoring.score_seeds([labels[found == seed] for seed in range(found.max() + 1)], len(labels))
    return {
        "null ratio": seeding.null_ratio(vectors, graph=graph),
        "pure": seeds.n_pure / max(1, seeds.n_seeds),
        "classes": seeds.n_classes,
        "knn": recognise_by_neighbours(vectors, labels, fold).accuracy,
    }


def _correlation(table: pd.DataFrame, column: str) -> float:
    return float(spearmanr(table["null ratio"], table[column]).statistic)


if __name__ == "__main__":
    main()
