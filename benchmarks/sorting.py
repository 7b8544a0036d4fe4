"""
What a whole session costs, in MorphoCluster's protocol and in ours, played by an annotator who knows the labels.

    python benchmarks/sorting.py INDEX.CSV --json FILE [--nothing Unknown] [--coarser benchmarks/levels_pwssc.csv]
        [--states 3] [--first 0] [--error 0.02] [--worth 0.025] [--umap] [--minutes 15 | --project FOLDER]
    python benchmarks/sorting.py --synthetic 100000 --json FILE [--states 3]

Same objects, same features (of images: what a user gets, `classic` and `learned` joined, trained for so many CPU minutes; with 0
`classic` alone), same annotator, who sees only what is shown. Actions are keys and clicks. Each protocol has its
own rounds and the review that serves it best. MorphoCluster's is played at all its thresholds; the row ``morphocluster``
is the one that sorts most per action of those whose true precision is .95 or more (of the most precise ones where none
is): chosen with truth, in its favour. ``objects_per_action`` counts review, growth and audits, ``..._merged`` merging as well, and ``..._named``
all: names too, as do ``actions`` and ``hours``. Both are played in the principal components; with ``--umap`` MorphoCluster in UMAP as well.
Sessions end at different recalls: ``at_equal_recall`` compares the actions spent up to the smaller of both (merging and
naming left out, and with them). ``growth`` compares growing alone, from the same seeds. Labels are read by the annotators and for scores alone.
One session of this, for a project of yours: ``morphoexplore simulate --compare``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import synthetic
from feature_costs import LEARNED, train_for

import morphoexplore as mx
from morphoexplore.cli.printing import plain
from morphoexplore.review.strips import WORTH
from morphoexplore.steps.annotator import Annotator
from morphoexplore.steps.evaluating import read_labels
from morphoexplore.steps.protocols import (
    best,
    equal_recall,
    grow_both,
    placed,
    play_all,
    sorting_curve,
    spent_sorting,
    title,
)
from morphoexplore.steps.simulating import CLICK_SECONDS, PAGE_SECONDS, label_codes, summarise
from morphoexplore.store.fresh import fresh_copy

ROUNDING = 1e-9
FIELDS = [
    "right",
    "objects_per_action",
    "objects_per_action_merged",
    "objects_per_action_named",
    "precision",
    "recall",
    "macro_recall",
    "looks",
    "actions_review",
    "actions_growth",
    "actions",
    "actions_merging",
    "actions_naming",
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
    errs = {"error": options.error, "random_state": state}
    begin = time.perf_counter()
    ours = play(project, codes, options.worth, errs)
    print(f"  morphoexplore {brief(ours)} ({time.perf_counter() - begin:.0f} s)", flush=True)
    variants = play_all(
        placed(project, codes),
        spaces=("pca", "umap") if options.umap else ("pca",),
        page_seconds=PAGE_SECONDS,
        click_seconds=CLICK_SECONDS,
        **errs,
    )
    print(f"  morphocluster ({time.perf_counter() - begin:.0f} s)", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        growth = grow_both(Annotator(fresh_copy(project, Path(scratch) / "copy"), codes, **errs), errs)
    return {
        "morphoexplore": ours,
        "variants": [one | rates(one) for one in variants],
        "growth": growth,
        "limit": limit(codes, ours),
    }


def play(project: mx.Project, codes: np.ndarray, worth: float, errs: dict[str, Any]) -> dict[str, Any]:
    """Play our protocol on a copy."""
    with tempfile.TemporaryDirectory() as scratch:
        annotator = Annotator(fresh_copy(project, Path(scratch) / "copy"), codes, worth=worth, **errs)
        annotator.sort_all()
        played = summarise(annotator)
    grown = played.bounds[played.bounds["kind"].isin(["growth", "bulk"])]
    return (
        played.scores
        | rates(played.scores)
        | {
            "bounds_of_growth": grown.to_dict("records"),
            "bounds_of_audits": played.bounds.drop(grown.index).to_dict("records"),
            "curve": sorting_curve(annotator),
        }
    )


def rates(scores: dict[str, Any]) -> dict[str, float]:
    """Return right objects for an action of sorting, of sorting and merging, and of all."""
    right, sorting = scores["right"], spent_sorting(scores)
    return {
        "objects_per_action": right / max(1, sorting),
        "objects_per_action_merged": right / max(1, sorting + scores["actions_merging"]),
        "objects_per_action_named": right / max(1, scores["actions"]),
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
        **{
            f"factor_{counted}": ours[f"objects_per_action_{counted}"]
            / chosen[f"objects_per_action_{counted}"]
            for counted in ("merged", "named")
        },
        "at_equal_recall": [
            equal_recall(*curves) for curves in zip(ours["curve"], chosen["curve"], strict=True)
        ],
        "morphocluster_at_all_thresholds": [
            {name: value for name, value in one.items() if name != "curve"} for one in variants
        ],
        "growth": [state["growth"] for state in states],
        "limit": [state["limit"] for state in states],
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
    same, named = ([one[factor] for one in found["at_equal_recall"]] for factor in ("factor", "factor_named"))
    bounds = found["morphoexplore"]
    lines = [
        *(
            f"with the keys for {words} {found[f'factor_{counted}']:.2f} ({bounds[f'objects_per_action_{counted}']:.1f} and "
            f"{found['morphocluster'][f'objects_per_action_{counted}']:.1f} objects an action)"
            for counted, words in (("merged", "merging"), ("named", "merging, and names,"))
        ),
        *(
            f"at equal recall{words} {np.mean(factors):.2f} ({', '.join(f'{one:.2f}' for one in factors)})"
            for words, factors in (("", same), (", with names,", named))
        ),
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
        rows[title(one)] = one
    return pd.DataFrame(rows).T[list(FIELDS)].astype(float).round(3)


if __name__ == "__main__":
    main()
