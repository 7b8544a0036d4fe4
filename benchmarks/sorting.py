"""
What a whole session costs, in MorphoCluster's protocol and in ours, played by an annotator who knows the labels.

    python benchmarks/sorting.py INDEX.CSV --json FILE [--nothing Unknown] [--coarser benchmarks/levels_pwssc.csv]
        [--states 3] [--first 0] [--error 0.02] [--worth 0.05] [--umap] [--minutes 15 | --project FOLDER]
    python benchmarks/sorting.py --synthetic 100000 --json FILE [--states 3]

Same objects, same features (of images: what a user gets, `classic` and `learned` joined, trained for so many CPU minutes; with 0
`classic` alone), same annotator, who sees only what is shown. Actions are keys and clicks. Each protocol has its
own rounds and the review that serves it best. MorphoCluster's is played at all its thresholds; the row ``morphocluster``
is the one that sorts most per action of those whose true precision is .95 or more (of the most precise ones where none
is): chosen with truth, in its favour. Both are played in the principal components; with ``--umap`` MorphoCluster in UMAP as well.
Sessions end at different recalls: ``at_equal_recall`` compares the actions spent up to the smaller of both. ``growth`` compares growing alone, from the same seeds. Labels are read by the
annotators and for scores alone.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import synthetic
from feature_costs import LEARNED, train_for
from morphocluster import Collection, Session

import morphoexplore as mx
from morphoexplore.cli.printing import plain
from morphoexplore.review.strips import WORTH
from morphoexplore.steps.annotator import Annotator
from morphoexplore.steps.evaluating import read_labels
from morphoexplore.steps.simulating import label_codes, summarise
from morphoexplore.store import morphospace
from morphoexplore.store.fresh import fresh_copy

PRECISION = 0.95
ROUNDING = 1e-9
APPROVE, PAGE_OK = (0.8, 0.85, 0.9, 0.95), (0.8, 0.9, 0.95)
LARGE_CLASS, GROWN_FROM = 2000, 64
FIELDS = [
    "objects_per_action",
    "objects_per_action_merged",
    "precision",
    "recall",
    "macro_recall",
    "looks",
    "actions_review",
    "actions_growth",
    "actions",
    "actions_merging",
    "hours",
    "morphs",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.strip().split("\n")[0])
    parser.add_argument("index", type=Path, nargs="?", help="CSV of images with labels")
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--column", default="label")
    parser.add_argument("--nothing", action="append", default=[], metavar="LABEL")
    parser.add_argument("--coarser", type=Path, help="CSV with label, coarser")
    parser.add_argument("--synthetic", type=int, metavar="N", help="a made collection of N objects instead")
    parser.add_argument("--states", type=int, default=1, help="random states")
    parser.add_argument("--first", type=int, default=0, help="the first random state")
    parser.add_argument("--umap", action="store_true", help="play MorphoCluster in UMAP as well (slow)")
    parser.add_argument("--error", type=float, default=0.0, help="share of images judged wrongly")
    parser.add_argument(
        "--worth", type=float, default=WORTH, help="share of its best that an action must bring, or we stop"
    )
    parser.add_argument("--minutes", type=float, default=15, help="CPU minutes of training for learned")
    parser.add_argument("--project", type=Path, help="a project of these images with its morphospace")
    options = parser.parse_args()
    if (options.index is None) == (options.synthetic is None):
        parser.error("give a CSV, or --synthetic N")
    levels: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for state in range(options.first, options.first + options.states):
            for name, project, codes in collections(options, Path(scratch), state):
                print(f"{name}, state {state}: {project.count_objects()} objects", flush=True)
                levels.setdefault(name, []).append(compare(project, codes, state, options))
    first, *others = (summary(found) for found in levels.values())
    report = first | dict(zip(list(levels)[1:], others, strict=True))
    options.json.write_text(json.dumps(plain(report), indent=1) + "\n")
    for name, found in zip(levels, [first, *others], strict=True):
        print(f"\n{name}\n{table(found).to_string()}\nfactor {found['factor']:.2f}; {told(found)}")


def collections(options: argparse.Namespace, scratch: Path, state: int):
    """Yield name, project and labels of each level of a collection; a made one is another for each state."""
    if options.synthetic:
        project, labels = synthetic.make(scratch / f"made-{state}", options.synthetic, state)
        yield "label", project, label_codes(read_labels(project, labels, "label"), [synthetic.NOTHING])
        return
    project = (
        mx.open_project(options.project)
        if options.project
        else build(options.index, scratch, options.minutes)
    )
    truth = read_labels(project, options.index, options.column)
    yield "label", project, label_codes(truth, options.nothing)
    if options.coarser:
        coarser = dict(pd.read_csv(options.coarser)[["label", "coarser"]].itertuples(index=False))
        yield (
            "coarser",
            project,
            label_codes(np.array([coarser.get(name, name) for name in truth], object), options.nothing),
        )


def build(index: Path, scratch: Path, minutes: float) -> mx.Project:
    """Make a project of images; once."""
    folder = scratch / "project"
    if folder.exists():
        return mx.open_project(folder)
    project = mx.create_project(folder, user="bench")
    mx.add(project, index)
    mx.extract(project)
    if minutes:
        train_for(project, minutes, print)
        mx.extract(project, model=LEARNED)
    mx.embed(project)
    return project


def compare(
    project: mx.Project, codes: np.ndarray, state: int, options: argparse.Namespace
) -> dict[str, Any]:
    """Play both protocols, and growth from the same seeds."""
    error = options.error
    vectors = morphospace.read_pca(project)
    is_placed = np.isfinite(vectors).all(axis=1)
    # What has no features cannot be found by either.
    collection = Collection(vectors[is_placed], codes[: len(vectors)][is_placed])
    begin = time.perf_counter()
    ours = play(project, codes, state, error, options.worth)
    print(f"  morphoexplore {brief(ours)} ({time.perf_counter() - begin:.0f} s)", flush=True)
    variants = []
    for space in ("pca", "umap") if options.umap else ("pca",):
        for approve, page_ok in product(APPROVE, PAGE_OK):
            session = Session(collection, approve, page_ok, space, error=error, random_state=state).run()
            variants.append(session.result() | {"curve": session.curve})
        session = Session(
            collection, 0.8, 0.95, space, click_wrong=True, error=error, random_state=state
        ).run()
        variants.append(session.result() | {"curve": session.curve})
        print(f"  morphocluster on {space} ({time.perf_counter() - begin:.0f} s)", flush=True)
    return {
        "morphoexplore": ours,
        "variants": variants,
        "growth": compare_growth(project, codes, vectors, state, error),
        "limit": limit(codes, ours),
    }


def play(
    project: mx.Project, codes: np.ndarray, state: int, error: float, worth: float = WORTH
) -> dict[str, Any]:
    """Play our protocol on a copy."""
    with tempfile.TemporaryDirectory() as scratch:
        annotator = Annotator(
            fresh_copy(project, Path(scratch) / "copy"), codes, error=error, worth=worth, random_state=state
        )
        annotator.sort_all()
        played = summarise(annotator)
    grown = played.bounds[played.bounds["kind"].isin(["growth", "bulk"])]
    # MorphoCluster's protocol merges nothing, so that ours is compared without the keys for it.
    spent = played.curve["actions"] - played.curve["merging"]
    curve = np.column_stack([spent, played.curve[["sorted", "right"]]]).tolist()
    without_merging = played.scores["actions"] - played.scores["actions_merging"]
    return played.scores | {
        "objects_per_action": played.scores["right"] / max(1, without_merging),
        "objects_per_action_merged": played.scores["objects_per_action"],
        "bounds_of_growth": grown.to_dict("records"),
        "bounds_of_audits": played.bounds.drop(grown.index).to_dict("records"),
        "curve": curve,
    }


def compare_growth(
    project: mx.Project, codes: np.ndarray, vectors: np.ndarray, state: int, error: float
) -> dict[str, Any]:
    """Grow the same morphs in both ways: those of the first seeds of 64, of classes of 2 000 where there are any."""
    counts = np.bincount(codes[codes >= 0])
    large = np.flatnonzero(counts >= LARGE_CLASS)
    wanted = large if len(large) else np.flatnonzero(counts)
    with tempfile.TemporaryDirectory() as scratch:
        annotator = Annotator(
            fresh_copy(project, Path(scratch) / "copy"), codes, error=error, random_state=state
        )
        mx.seed(annotator.project, min_size=GROWN_FROM)
        annotator.judge_round()
        start = annotator.node.copy()
        sizes = np.bincount(start[start >= 0], minlength=1)
        nodes = [
            int(node)
            for node in np.argsort(-sizes, kind="stable")[: np.count_nonzero(sizes)]
            if annotator.label_of.get(int(node)) in wanted
        ]
        for node in nodes:
            annotator.grow(node)
        ways = {"morphoexplore": growth_of(start, annotator.node, codes, annotator.effort.actions["growth"])}
        stated = [bound for bound in annotator.stated if bound.kind == "growth"]
    for page_ok in PAGE_OK:
        rival = Session(Collection(vectors, codes, neighbours=False), page_ok=page_ok, error=error)
        rival.node, rival.label_of = start.copy(), dict(annotator.label_of)
        for node in nodes:
            rival.grow(node)
        ways[f"morphocluster {page_ok}"] = growth_of(start, rival.node, codes, rival.growth)
    return {
        "morphs": len(nodes),
        "large_classes": len(large),
        "ways": ways,
        "bounds": [[bound.bound, bound.truth, bound.objects] for bound in stated],
    }


def growth_of(start: np.ndarray, end: np.ndarray, codes: np.ndarray, actions: int) -> dict[str, float]:
    """Return what growing brought: right ones are of the label of most in their morph as it was."""
    grown = np.flatnonzero((start < 0) & (end >= 0))
    of_node = {node: np.bincount(codes[start == node] + 1).argmax() - 1 for node in np.unique(end[grown])}
    right = int(sum(codes[one] == of_node[end[one]] for one in grown))
    return {
        "grown": len(grown),
        "right": right,
        "precision": right / max(1, len(grown)),
        "actions": actions,
        "objects_per_action": right / max(1, actions),
    }


def limit(codes: np.ndarray, ours: dict[str, Any]) -> dict[str, float]:
    """Return what an action could bring: with growth for nothing, and with a perfect ranking, up to our recall and to all."""
    sizes = np.sort(np.bincount(codes[codes >= 0]))[::-1]
    sizes = sizes[sizes > 0]
    needed = int(np.searchsorted(np.cumsum(sizes), ours["right"])) + 1
    return {
        # all that is left comes in by itself, merges are free, seeds are reviewed as they were
        "growth_and_merging_free": float(sizes.sum()) / max(1, ours["actions_review"]),
        # no seed is mixed, each label is one: a click for it, a ruler, a page that certifies; the largest labels first
        "perfect_ranking_at_our_recall": ours["right"] / (3 * needed),
        "perfect_ranking_of_all": float(sizes.sum()) / (3 * len(sizes)),
    }


def best(variants: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the variant that serves MorphoCluster best at a true precision of .95."""
    precise = [one for one in variants if one["precision"] >= PRECISION]
    if precise:
        return max(precise, key=lambda one: one["objects_per_action"])
    return max(variants, key=lambda one: one["precision"])


def summary(states: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the mean of each row over states, with its standard deviation."""
    rows = [state["morphoexplore"] for state in states]
    settings = ("approve", "page_ok", "space", "click_wrong")
    variants: list[dict[str, Any]] = []
    for place, _ in enumerate(states[0]["variants"]):
        same = [state["variants"][place] for state in states]
        variants.append({name: same[0][name] for name in settings} | mean(same))
    chosen = best(variants)
    grown = [bound for row in rows for bound in row["bounds_of_growth"]]
    holds = [bound["truth"] >= bound["bound"] - ROUNDING for bound in grown]
    ours = mean(rows) | {
        "actions_audit": float(np.mean([row["actions_audit"] for row in rows])),
        "bounds": len(grown),
        "bound_holds": float(np.mean(holds)) if holds else None,
        "mean_gap": float(np.mean([bound["truth"] - bound["bound"] for bound in grown])) if holds else None,
    }
    return {
        "morphoexplore": ours,
        "morphocluster": chosen | {"bound_holds": None, "mean_gap": None},
        "factor": ours["objects_per_action"] / chosen["objects_per_action"],
        "factor_merged": ours["objects_per_action_merged"] / chosen["objects_per_action_merged"],
        "at_equal_recall": [
            equal_recall(*curves) for curves in zip(ours["curve"], chosen["curve"], strict=True)
        ],
        "morphocluster_at_all_thresholds": [
            {name: value for name, value in one.items() if name != "curve"} for one in variants
        ],
        "growth": [state["growth"] for state in states],
        "limit": [state["limit"] for state in states],
    }


def equal_recall(ours: list[list[int]], theirs: list[list[int]]) -> dict[str, float]:
    """Return the actions that both spent up to as many right objects as the one that ended with fewer has."""
    right = min(ours[-1][2], theirs[-1][2]) if ours and theirs else 0
    spent = [next((at for at, _, got in curve if got >= right), 0) for curve in (ours, theirs)]
    return {
        "right": right,
        "morphoexplore": spent[0],
        "morphocluster": spent[1],
        "factor": spent[1] / max(1, spent[0]),
    }


def mean(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return means, standard deviations, and the curve of every state."""
    found = {name: float(np.mean([row[name] for row in rows])) for name in FIELDS}
    spread = {name: float(np.std([row[name] for row in rows], ddof=1)) for name in FIELDS} if rows[1:] else {}
    return found | {"sd": spread, "curve": [row["curve"] for row in rows]}


def brief(row: dict[str, Any]) -> str:
    return ", ".join(f"{name} {row[name]:.3g}" for name in ("objects_per_action", "precision", "recall"))


def told(found: dict[str, Any]) -> str:
    """Return what is said below a table."""
    same = [one["factor"] for one in found["at_equal_recall"]]
    bounds = found["morphoexplore"]
    lines = [
        f"with the keys for merging {found['factor_merged']:.2f} ({bounds['objects_per_action_merged']:.1f} and "
        f"{found['morphocluster']['objects_per_action_merged']:.1f} objects an action)",
        f"at equal recall {np.mean(same):.2f} ({', '.join(f'{one:.2f}' for one in same)})",
        f"bounds of growth: {bounds['bounds']}, that hold {bounds['bound_holds']}, mean gap {bounds['mean_gap']}",
    ]
    for growth, best_possible in zip(found["growth"], found["limit"], strict=True):
        ways = "; ".join(
            f"{way} {row['objects_per_action']:.0f} a click at {row['precision']:.3f}, {row['right']} objects"
            for way, row in growth["ways"].items()
        )
        lines += [
            f"growth of {growth['morphs']} morphs from the same seeds: {ways}",
            ", ".join(
                f"limit with {name.replace('_', ' ')} {value:.0f}" for name, value in best_possible.items()
            ),
        ]
    return "\n".join(lines)


def table(found: dict[str, Any]) -> pd.DataFrame:
    """Return the rows to print."""
    rows = {"morphoexplore": found["morphoexplore"], "morphocluster": found["morphocluster"]}
    for one in found["morphocluster_at_all_thresholds"]:
        way = f"{one['space']} {one['approve']}/{one['page_ok']}{' clicked' if one['click_wrong'] else ''}"
        rows[way] = one
    return pd.DataFrame(rows).T[list(FIELDS)].astype(float).round(3)


if __name__ == "__main__":
    main()
