"""
Time and memory of each verb on a labelled CSV, and what seeds of several sizes find.

    python benchmarks/path.py INDEX.CSV [--exclude Unknown]

INDEX.CSV has the columns ``path`` and ``label``. Labels only score.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from measure import Cost, run_verb

SIZES = (64, 32, 16, 8, 5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("index", type=Path)
    parser.add_argument("--exclude", default="Unknown", help="a label that is no class to be found")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        project = Path(scratch) / "project"
        costs = time_the_path(project, options.index)
        print(costs.to_string(index=False))
        print()
        print(score_sizes(project, options.index, options.exclude).to_string(index=False))


def time_the_path(project: Path, index: Path) -> pd.DataFrame:
    rows = []

    def note(verb: str, cost: Cost) -> None:
        rows.append({"verb": verb, "seconds": round(cost.seconds, 1), "MiB": round(cost.mebibytes)})

    run_verb("status", _empty(project))
    for words in (
        ("add", index),
        ("extract",),
        ("embed",),
        ("seed",),
        ("status",),
        ("evaluate", index),
        ("check",),
    ):
        note(words[0], run_verb(words[0], project, *words[1:])[1])
    note("run, again", run_verb("run", project, index)[1])
    fresh = project.with_name("fresh")
    note("run, from nothing", run_verb("run", fresh, index)[1])
    return pd.DataFrame(rows)


def _empty(project: Path) -> Path:
    import morphoexplore as mx

    mx.create_project(project)
    return project


def score_sizes(project: Path, index: Path, exclude: str) -> pd.DataFrame:
    import morphoexplore as mx
    from morphoexplore.methods import scoring, seeding
    from morphoexplore.steps.evaluating import read_labels
    from morphoexplore.store import morphospace

    study = mx.open_project(project)
    truth = read_labels(study, index, "label")
    vectors = np.asarray(morphospace.read_pca(study))
    rows = []
    for min_samples in (1, 2):
        for size in SIZES:
            found = seeding.find_seeds(vectors, min_size=size, min_samples=min_samples)
            groups = [truth[found.members(number)] for number in range(len(found))]
            score = scoring.score_seeds(groups, len(truth), exclude=[exclude])
            rows.append(
                {
                    "min_samples": min_samples,
                    "min_size": size,
                    "used": found.min_size,
                    "seeds": len(found),
                    "objects": int((found.labels >= 0).sum()),
                    "pure": score.n_pure,
                    "classes": score.n_classes,
                    "share in pure": round(score.share_pure, 3),
                    "median purity": round(score.median_purity, 2),
                }
            )
    return pd.DataFrame(rows)


if __name__ == "__main__":
    main()
