"""
A scripted annotator sorts a labelled collection through the review functions, names and exports it.

    python benchmarks/annotator.py INDEX.CSV [--rounds 4] [--exclude Unknown]

It confirms a seed where most of its images have one label, without the others; discards it otherwise; merges
morphs of one label; looks at pages of candidates of each morph as long as they hold enough right ones; names
every morph. Each call of a review function is an action, and so is each wrong image clicked. Labels are read
by the annotator alone.
"""

from __future__ import annotations

import argparse
import csv
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.steps.evaluating import read_labels

PURE, PAGE, WORTH = 0.8, 50, 0.7


class Annotator:
    def __init__(self, project: mx.Project, truth: np.ndarray) -> None:
        self.project, self.truth = project, truth
        self.actions = 0
        self.morph_of: dict[str, int] = {}

    def judge_seeds(self) -> None:
        for seed_id in mx.seeds(self.project, "pending").index:
            objects = mx.seed_objects(self.project, int(seed_id))
            label, count = Counter(self.truth[objects]).most_common(1)[0]
            self.actions += 1
            if count < PURE * len(objects):
                review.discard(self.project, int(seed_id), shown=objects)
                continue
            wrong = objects[self.truth[objects] != label]
            self.actions += len(wrong)
            into = self.morph_of.get(label)
            node_id = review.confirm(self.project, int(seed_id), wrong=wrong, shown=objects, into=into)
            self.morph_of[label] = node_id

    def grow(self) -> None:
        for label, node_id in self.morph_of.items():
            while True:
                page = review.candidates(self.project, node_id, most=PAGE)["object"].to_numpy()
                right = page[self.truth[page] == label]
                self.actions += 1
                if len(right) < WORTH * len(page) or not len(page):
                    break
                wrong = np.setdiff1d(page, right)
                self.actions += len(wrong)
                review.grow(self.project, node_id, right, wrong=wrong, shown=page)

    def name(self, folder: Path) -> None:
        path = folder / "names.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows(
                [("node_id", "name"), *((node, label) for label, node in self.morph_of.items())]
            )
        mx.name_from_csv(self.project, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("index", type=Path)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--exclude", default="Unknown")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        project = mx.create_project(folder / "project", user="annotator")
        mx.add(project, options.index)
        mx.extract(project)
        mx.embed(project)
        truth = read_labels(project, options.index, "label")
        annotator = Annotator(project, truth)
        begin = time.perf_counter()
        rows = []
        for _ in range(options.rounds):
            found = mx.seed(project)
            annotator.judge_seeds()
            annotator.grow()
            scores = (
                mx.evaluate(project, options.index, column="label", exclude=[options.exclude])["morphs"] or {}
            )
            rows.append(
                {
                    "round": found["round"],
                    "seeds": found["seeds"],
                    "morphs": len(mx.morphs(project)),
                    "sorted": mx.status(project)["members"],
                    "purity": scores.get("purity"),
                    "macro F1": scores.get("macro_f1"),
                    "actions": annotator.actions,
                    "objects per action": mx.status(project)["members"] / annotator.actions,
                }
            )
        annotator.name(folder)
        print(pd.DataFrame(rows).round(3).to_string(index=False))
        print(f"{time.perf_counter() - begin:.0f} s of computing")
        verify_outputs(project, folder)


def verify_outputs(project: mx.Project, folder: Path) -> None:
    """Export, read back and compare; undo everything."""
    mx.export(project, folder / "members.csv")
    mx.export(project, folder / "ecotaxa.tsv", format="ecotaxa")
    members = mx.members(project)
    back = pd.read_csv(folder / "members.csv")
    assert dict(zip(back["object_id"], back["node_id"], strict=True)) == dict(
        zip(members["object_id"], members["node_id"], strict=True)
    )
    assert not mx.check(project)
    decisions = mx.status(project)["decisions"]
    while mx.status(project)["undo"]:
        review.undo(project)
    assert mx.morphs(project).empty
    assert mx.status(project)["free"] == mx.status(project)["objects"]
    assert not mx.check(project)
    print(f"The export read back gives the same members; undoing {decisions} decisions gives the empty tree.")


if __name__ == "__main__":
    main()
