"""
What each feature set is worth on labelled images, and what it costs: one table.

    python benchmarks/features.py INDEX.CSV --minutes 30 --json scores.json
    python benchmarks/features.py --table scores.json          # the table again, in Markdown

INDEX.CSV has the columns ``path`` (relative to it, or absolute) and ``label``. With a column ``datetime``, ``sample`` or
``date`` images of one second, sample or day stay together in cross-validation. A project is built in a temporary folder
by the verbs a user has (add, extract, train, embed, seed), so what is scored is the product; labels only score.

A row is a feature set: ``classic``, ``learned`` (trained for the minutes given), each ``--model``, ``joined`` (classic and
learned, and once more with each model), and ``refined`` (joined, after 30 % of the objects were named; scored on the others).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from feature_costs import CLASSIC, LEARNED, Clock, Rates, bare_rate, train_for
from feature_scores import Scoring, View, read_groups, score, score_refined
from feature_tables import as_markdown, as_text

import morphoexplore as mx
from morphoexplore.methods.embedding import fit_morphospace
from morphoexplore.methods.networks import full_name
from morphoexplore.steps import pixel_size, ranking
from morphoexplore.steps.evaluating import read_labels
from morphoexplore.steps.extracting import read_block
from morphoexplore.store import morphospace, seeds


def main() -> None:
    options = _options()
    if options.table:
        print(as_markdown(json.loads(options.table.read_text(encoding="utf-8"))))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.project or Path(scratch) / "project"
        rows = measure(folder, options)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    print()
    print(as_markdown(rows) if options.markdown else as_text(rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("index", type=Path, nargs="?", help="CSV with the columns path and label")
    parser.add_argument("--minutes", type=float, default=30, help="CPU minutes of training for learned")
    parser.add_argument("--json", type=Path, help="file to write the rows to")
    parser.add_argument("--model", action="append", default=[], help="a timm model, too; may be repeated")
    parser.add_argument("--weights", type=Path, help="weights of the timm model, for work offline")
    parser.add_argument("--untrained", action="store_true", help="timm models with random weights")
    parser.add_argument(
        "--exclude", action="append", default=[], metavar="LABEL", help="score once more without these labels"
    )
    parser.add_argument("--level", action="append", default=[], metavar="COLUMN", help="a coarser label, too")
    parser.add_argument(
        "--coarser", type=Path, help="CSV with the columns label and coarser: a coarser label, too"
    )
    parser.add_argument(
        "--project", type=Path, help="folder for the project, kept: goes on there when begun again"
    )
    parser.add_argument("--markdown", action="store_true", help="print the table in Markdown")
    parser.add_argument("--table", type=Path, metavar="JSON", help="only print the table of an earlier run")
    options = parser.parse_args()
    if options.index is None and options.table is None:
        parser.error("give the CSV of labelled images")
    return options


def measure(folder: Path, options: argparse.Namespace) -> list[dict[str, Any]]:
    """Build the project, and return the rows of the table."""
    project = mx.open_project(folder) if (folder / "project.db").is_file() else mx.create_project(folder)
    _tell(f"Adding {options.index} …")
    mx.add(project, options.index)
    costs = {CLASSIC: _extract(project, CLASSIC)}
    settings = {"weights": options.weights, "untrained": options.untrained}
    models = [full_name(model) for model in options.model]
    for model in models:
        costs[model] = _extract(project, model, **settings)
    training = train_for(project, options.minutes, _tell)
    costs[LEARNED] = _extract(project, LEARNED)
    groups, said = read_groups(project, options.index)
    _tell(said)
    scorings = _scorings(project, options, groups)
    rows = []
    for name, sets in _combined(models).items():
        view = _view(project, name, sets)
        rows.append(_row(view, [costs[one] for one in sets], scorings, training if LEARNED in sets else None))
        _tell(_brief(rows[-1]))
        if name == ranking.JOINED:
            joined = view
    refined = score_refined(joined, scorings)
    rows.append({"features": "refined", "dims": refined.pop("dims"), "of": [ranking.JOINED]} | refined)
    _tell(_brief(rows[-1]))
    return rows


def _combined(models: Sequence[str]) -> dict[str, list[str]]:
    """Return the rows of the table and the feature sets that each is made of."""
    alone = {name: [name] for name in (CLASSIC, LEARNED, *models)}
    joined = {f"joined + {model}": [CLASSIC, LEARNED, model] for model in models}
    return alone | {ranking.JOINED: [CLASSIC, LEARNED]} | joined


@dataclass(frozen=True)
class Cost:
    """Images per second with reading and decoding, CPU seconds of an image, and the share of the bare engine's speed."""

    images_per_s: float
    cpu_s_per_image: float
    share_of_engine: Rates


def _extract(project: mx.Project, model: str, **settings: Any) -> Cost:
    """Describe all images as a user does, watching the clock."""
    _tell(f"Describing the images by {model} …")
    clock = Clock()
    found = mx.extract(project, model=model, progress=clock.watch, tell=_tell, **settings)
    if not found["objects"]:
        _tell(f"{model} was there already, so its speed is not known; begin in a new folder to measure it.")
        return Cost(float("nan"), float("nan"), Rates(None, None))
    rates = clock.rates("describing images")
    bare = bare_rate(project, model, **settings)
    shares = Rates(None, None) if bare is None else rates / bare
    _tell(
        f"{model}: {rates.wall:.0f} images/s"
        + ("" if bare is None else f", {shares.wall:.0%} of the bare engine ({shares.cpu:.0%} in CPU time)")
    )
    return Cost(rates.wall, clock.cpu_seconds / found["objects"], shares)


def _view(project: mx.Project, name: str, sets: Sequence[str]) -> View:
    """Embed and seed with some feature sets, as a user does who has only these."""
    _tell(f"Embedding and seeding: {name} …")
    result = mx.embed(project, features=sets)
    mx.seed(project)
    listed = seeds.listing(project)
    last = listed[listed["run_id"] == listed["run_id"].max()]
    arrays = {array.name: array for array in morphospace.feature_sets(project)}
    reference = pixel_size.reference(project)
    blocks = {one: np.asarray(read_block(project, arrays[one], reference)) for one in sets}
    return View(
        name=name,
        dims=sum(block.shape[1] for block in blocks.values()),
        vectors=np.asarray(morphospace.read_pca(project)),
        whole=fit_morphospace(blocks).columns(blocks),
        seeds=seeds.groups(project, last),
        null_ratio=result["null_ratio"],
    )


def _row(
    view: View, costs: list[Cost], scorings: list[Scoring], training: dict[str, Any] | None
) -> dict[str, Any]:
    scores = [score(view, scoring) for scoring in scorings]
    shares = [cost.share_of_engine for cost in costs if cost.share_of_engine.wall is not None]
    seconds = sum(cost.cpu_s_per_image for cost in costs)
    row: dict[str, Any] = {
        "features": view.name,
        "dims": view.dims,
        "images_per_s": _rounded(1 / sum(1 / cost.images_per_s for cost in costs), 1),
        "share_of_engine": _rounded(min(share.wall for share in shares), 3) if shares else None,
        "share_of_engine_cpu": _rounded(min(share.cpu for share in shares), 3) if shares else None,
        "hours_per_million": _rounded(1e6 * seconds / 2 / 3600, 2),
        "null_ratio": view.null_ratio,
        **scores[0],
        "scores": scores,
    }
    return row if training is None else row | {"training": training}


def _scorings(project: mx.Project, options: argparse.Namespace, groups: np.ndarray) -> list[Scoring]:
    """Return label levels, each with all labels and, where some are to be excluded, without these."""
    label = read_labels(project, options.index, "label")
    levels = {"label": label} | {
        column: read_labels(project, options.index, column) for column in options.level
    }
    if options.coarser:
        table = pd.read_csv(options.coarser, dtype=str)
        coarser = dict(zip(table["label"], table["coarser"], strict=True))
        levels["coarser"] = np.array([coarser.get(one, one) for one in label], dtype=object)
    without = [(), *([tuple(options.exclude)] if options.exclude else [])]
    return [
        Scoring(level, excluded, truth, groups) for excluded in without for level, truth in levels.items()
    ]


def _brief(row: dict[str, Any]) -> str:
    said = [f"{row['features']}: 5-NN {row['knn_accuracy']:.3f}, AMI {row['kmeans_ami']:.3f}"]
    return ", ".join([*said, f"{row['seeds_pure']} of {row['seeds']} seeds pure"])


def _rounded(value: float, digits: int) -> float | None:
    return round(float(value), digits) if np.isfinite(value) else None


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
