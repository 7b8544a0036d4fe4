"""
What the images allow: a network of the kind that `train` trains, taught all labels, tested on images it has not seen.

    python benchmarks/ceiling.py PROJECT INDEX.csv --exclude Unknown --exclude Blob --minutes 6

PROJECT has `classic` and `learned` (``features.py --project`` leaves one); INDEX.csv has the columns path and label, and
datetime, sample or date. Folds are those of ``features.py``: what belongs together is never on both sides, and the first
``--folds`` of five are tested. The network has the size, the canvases and the changed views of `train`; it gets the
logarithms of the sides of the object before its classifier. ``--start learned`` begins with the weights of the
project's network, which has seen all images without labels.

What training without labels reaches should not be hoped to lie above. It is a ceiling of this network, these canvases and
this number of labels, not of plankton: a larger network, or more images, may go higher.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from feature_scores import Scoring, read_groups

import morphoexplore as mx
from morphoexplore.methods.embedding import fit_morphospace
from morphoexplore.methods.neighbours import nearest_neighbours
from morphoexplore.methods.recipe import Recipe
from morphoexplore.methods.scoring_sets import cluster_agreement, grouped_folds
from morphoexplore.steps import training
from morphoexplore.steps.canvases import CANVAS
from morphoexplore.steps.describing import SIDES
from morphoexplore.steps.evaluating import read_labels
from morphoexplore.store import arrays, morphospace

BATCH, RATE, DECAY, SMOOTHING = 128, 2e-3, 0.05, 0.1
VOTERS = 5


def main() -> None:
    """Print accuracies, each of the same objects."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("project", type=Path, help="with classic and learned")
    parser.add_argument("index", type=Path, help="CSV with the columns path and label")
    parser.add_argument("--exclude", action="append", default=[], metavar="LABEL")
    parser.add_argument("--minutes", type=float, default=6, help="CPU minutes of training in each fold")
    parser.add_argument("--folds", type=int, default=3, help="how many of five are tested")
    parser.add_argument("--start", choices=("nothing", "learned"), default="nothing")
    parser.add_argument(
        "--width", type=int, default=Recipe.width, help="of the network that starts from nothing"
    )
    options = parser.parse_args()
    project = mx.open_project(options.project)
    groups, said = read_groups(project, options.index)
    print(said)
    sets = {array.name: array for array in morphospace.feature_sets(project)}
    blocks = {name: np.asarray(arrays.read(project, sets[name])) for name in ("classic", "learned")}
    truth = read_labels(project, options.index, "label")
    by = Scoring("label", tuple(options.exclude), truth, groups)
    whole = np.concatenate(list(blocks.values()), axis=1)
    rows = by.rows(whole)
    labels = truth[rows].astype(str)
    fold = grouped_folds(labels, groups[rows])
    names, number = np.unique(labels, return_inverse=True)
    canvases = np.array(arrays.read_array(project, CANVAS, "canvases")[rows])
    sides = blocks["learned"][:, -SIDES:]
    print(f"{len(rows)} objects with one of {len(names)} labels.")
    joined = fit_morphospace(blocks).project(blocks)
    _tell_of_doubles(joined[rows], labels)
    found: list[dict[str, float]] = []
    for one in range(options.folds):
        known, asked = np.flatnonzero(fold != one), np.flatnonzero(fold == one)
        begin = time.process_time()
        taught = Taught(options, len(names), training.model_path(project))
        taught.fit(canvases[known], sides[rows][known, :2], number[known], options.minutes)
        numbers, told = taught.describe(canvases, sides[rows][:, :2])
        every = np.full((len(whole), numbers.shape[1] + SIDES), np.nan, np.float32)
        every[rows] = np.concatenate([numbers, sides[rows]], axis=1)
        scores = {"its classifier": float((told[asked] == number[asked]).mean())}
        for name, used in _views(blocks, every).items():
            space = fit_morphospace(used)
            vectors, columns = space.project(used)[rows], space.columns(used)[rows]
            scores[f"{name}: 5-NN"] = _neighbours(vectors, number, known, asked)
            scores[f"{name}: AMI"] = cluster_agreement(vectors[asked], labels[asked])
            scores[f"{name}: all labels"] = _discriminants(columns, labels, known, asked)
        found.append(scores | {"objects": len(asked)})
        minutes = (time.process_time() - begin) / 60
        print(
            f"Fold {one}: {taught.seen} images seen, {minutes:.1f} CPU minutes, loss {taught.loss:.3f}.",
            flush=True,
        )
    _tell(found)


class Taught:
    """A network that is taught labels."""

    def __init__(self, options: argparse.Namespace, n_labels: int, learned: Path) -> None:
        import torch

        from morphoexplore.methods.convolving import Backbone
        from morphoexplore.methods.trained import load_trained

        torch.manual_seed(0)
        self.recipe = Recipe(width=options.width)
        self.backbone = Backbone(1, options.width)
        if options.start == "learned":
            start = load_trained(learned, device="cpu")
            self.recipe, self.backbone = start.recipe, start._backbone.requires_grad_(True)  # noqa: FBT003
        self.backbone.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.norm = torch.nn.BatchNorm1d(2, affine=False)  # of the sides
        self.head = torch.nn.Linear(self.backbone.dims + 2, n_labels)
        self.seen, self.loss = 0, math.nan

    def fit(self, canvases: np.ndarray, sides: np.ndarray, number: np.ndarray, minutes: float) -> None:
        """Train until the CPU minutes are spent; the learning rate falls to nothing meanwhile."""
        import torch

        from morphoexplore.methods.augmenting import augment
        from morphoexplore.methods.convolving import to_tensor

        parameters = [*self.backbone.parameters(), *self.head.parameters()]
        optimiser = torch.optim.AdamW(parameters, lr=RATE, weight_decay=DECAY)
        generator = torch.Generator().manual_seed(0)
        order = np.random.default_rng(0)
        self.backbone.train()
        losses: list[float] = []
        begin = time.process_time()
        while (share := (time.process_time() - begin) / (60 * minutes)) < 1:
            rows = order.choice(len(canvases), BATCH, replace=False)
            images = augment(to_tensor(torch.from_numpy(canvases[rows])), self.recipe.size, generator)
            for group in optimiser.param_groups:
                group["lr"] = RATE * min(1, (len(losses) + 1) / 100) * 0.5 * (1 + math.cos(math.pi * share))
            images = images.contiguous(memory_format=torch.channels_last)
            told = self._tell(self.backbone(images), torch.from_numpy(sides[rows]))
            loss = torch.nn.functional.cross_entropy(
                told, torch.from_numpy(number[rows]), label_smoothing=SMOOTHING
            )
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            losses.append(float(loss.detach()))
        self.seen, self.loss = len(losses) * BATCH, float(np.mean(losses[-50:]))

    def describe(self, canvases: np.ndarray, sides: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers before the classifier, mean of four mirrored images, and what it says."""
        import torch

        from morphoexplore.methods.trained import _activations

        self.norm.eval()
        numbers = _activations(self.backbone, canvases, self.recipe, "cpu")
        with torch.inference_mode():
            told = self._tell(torch.from_numpy(numbers), torch.from_numpy(sides))
        return numbers, told.argmax(dim=1).numpy()

    def _tell(self, numbers: Any, sides: Any) -> Any:
        import torch

        return self.head(torch.cat([numbers, self.norm(sides)], dim=1))


def _views(blocks: dict[str, np.ndarray], taught: np.ndarray) -> dict[str, dict[str, np.ndarray]]:
    """Return the feature sets that are compared: those without labels, and the network that was taught them."""
    classic, learned = blocks["classic"], blocks["learned"]
    return {
        "classic": {"classic": classic},
        "learned": {"learned": learned},
        "joined": {"classic": classic, "learned": learned},
        "taught": {"taught": taught},
        "taught and classic": {"classic": classic, "taught": taught},
    }


def _neighbours(vectors: np.ndarray, number: np.ndarray, known: np.ndarray, asked: np.ndarray) -> float:
    """Return the share of the objects asked about whose nearest known ones vote for their label."""
    found, _ = nearest_neighbours(vectors[known], VOTERS, queries=vectors[asked])
    votes = number[known][found]
    counts = (votes[:, :, None] == votes[:, None, :]).sum(axis=2)
    # Of labels with as many votes that of the nearest.
    chosen = votes[np.arange(len(votes)), counts.argmax(axis=1)]
    return float((chosen == number[asked]).mean())


def _discriminants(columns: np.ndarray, labels: np.ndarray, known: np.ndarray, asked: np.ndarray) -> float:
    """Return the accuracy of a discriminant analysis that was taught the known labels."""
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

    model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto")
    model.fit(columns[known].astype(np.float64), labels[known])
    return float((model.predict(columns[asked].astype(np.float64)) == labels[asked]).mean())


def _tell_of_doubles(vectors: np.ndarray, labels: np.ndarray) -> None:
    """Say how often two objects that are nearest to each other have different labels, and which most often."""
    nearest, distance = (values[:, 0] for values in nearest_neighbours(vectors, 1))
    first = np.flatnonzero(nearest[nearest] == np.arange(len(nearest)))
    first = first[first < nearest[first]]
    first = first[np.argsort(distance[first])]
    differ = labels[first] != labels[nearest[first]]
    tenth = max(1, len(first) // 10)
    print(
        f"{len(first)} pairs of objects, each the nearest of the other in joined: {differ.mean():.0%} have different labels, "
        f"{differ[:tenth].mean():.0%} of the closest tenth. Most often:"
    )
    pairs = np.sort(np.stack([labels[first], labels[nearest[first]]], axis=1)[differ], axis=1)
    kinds, counts = np.unique(pairs, axis=0, return_counts=True)
    for kind in counts.argsort()[::-1][:6]:
        print(f"  {counts[kind]:3} {kinds[kind][0]} and {kinds[kind][1]}")


def _tell(found: Sequence[dict[str, float]]) -> None:
    """Print the means of the folds, each object counting alike."""
    weights = np.array([one["objects"] for one in found])
    for key in found[0]:
        if key != "objects":
            mean = float(np.average([one[key] for one in found], weights=weights))
            print(f"  {key:<32}{mean:.3f}", flush=True)


if __name__ == "__main__":
    main()
