"""``seed``: the next round of seeds over the objects that are free."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from morphoexplore.errors import StepMissingError, WrongValueError
from morphoexplore.records import Progress, silent
from morphoexplore.steps.overview import FEWEST
from morphoexplore.store import arrays, morphospace, questions, runs, seeds, tree
from morphoexplore.store.project import Project
from morphoexplore.store.runs import Run

if TYPE_CHECKING:
    from morphoexplore.methods.proposing import Seeds

SAMPLES, UMAP_SAMPLES = 1, 5
LIKE_A_MORPH = 0.5  # score of the best morph from which an object is like it
CLEAR_STRUCTURE = 1.5  # null ratio below which the features show no groups
PREVIEW_SIZES = (128, 64, 32, 16, 8, 5)


def seed(
    project: Project,
    *,
    min_size: int | None = None,
    min_samples: int | None = None,
    selection: str = "leaf",
    space: str = "pca",
    only_new: bool = False,
    random_state: int = 0,
    progress: Progress = silent,
) -> dict[str, Any]:
    """
    Propose dense groups of free objects for review: the next round.

    Parameters
    ----------
    min_size : int, optional
        Smallest seed; a ladder unless given: 2 % of the objects (at most 128, or 0.25 %), then half of the round before, and
        on down to 5 among the rest as long as there are fewer than 6 seeds.
    min_samples : int, optional
        Neighbours that make a place dense (HDBSCAN): 1 unless given, 5 in the space of UMAP. With 2 about half as many
        seeds are found, and half as many pure ones.
    selection : {"leaf", "eom"}
        Which clusters of the hierarchy count (HDBSCAN).
    space : {"pca", "umap"}
        Where groups are looked for: the first 32 principal components, or five dimensions of UMAP.
    only_new : bool
        Keep out what is like the members of a morph already (by its votes, `methods.growing.best_morphs`), to find what is new. Growth and the
        bulk offer are for these.
    random_state : int
        Of UMAP and of the null ratio.

    Returns
    -------
    result : dict
        ``round``, ``seeds`` (new), ``pending``, ``objects`` (in new seeds), ``free``, ``min_size``,
        ``min_samples``, ``null_ratio`` (of the features, for groups of 5 or more; None where it was not
        computed), ``notes`` (sentences), ``is_new`` (False where the round was there already).

    Raises
    ------
    StepMissingError
        If the project has no embedding yet.
    WrongValueError
        If an option cannot be used.
    """
    _check(min_size, min_samples, selection, space)
    n = project.count_objects()
    free = tree.free_objects(project)
    if not n:
        raise StepMissingError(missing="objects", verb=f"add {project.folder} SOURCE")
    if len(free) < FEWEST:
        return _too_few(project, len(free), without=0)
    vectors = morphospace.read_pca(project)
    if len(vectors) < n:
        raise StepMissingError(
            missing=f"embedding of {n - len(vectors)} of its {n} objects", verb=f"embed {project.folder}"
        )
    asked = np.intersect1d(free, _with_question(project))
    rows = np.setdiff1d(free, asked)
    rows = rows[np.isfinite(vectors[rows]).all(1)]
    if len(rows) < FEWEST:
        without = int((~np.isfinite(vectors[free]).all(1)).sum())
        return _too_few(project, len(rows), without=without, asked=len(asked))
    options = {"min_size": min_size, "min_samples": min_samples, "selection": selection, "space": space}
    options |= {"only_new": only_new}
    kept_out = _like_a_morph(project, vectors, rows) if only_new else np.empty(0, np.int64)
    rows = np.setdiff1d(rows, kept_out)
    if len(rows) < FEWEST:
        return _too_few(project, len(rows), without=0, kept_out=len(kept_out), asked=len(asked))
    fingerprint = _fingerprint(project, rows, options | {"random_state": random_state})
    known = _same_round(project, fingerprint)
    if known is not None:
        return known
    with runs.run(project, "seed", options | {"fingerprint": fingerprint}, progress=progress) as run:
        notes = [_kept_out(len(kept_out))] * bool(len(kept_out)) + [_asked(len(asked))] * bool(len(asked))
        run.result = _propose(project, run, vectors[rows], rows, options, random_state, notes)
    return run.result


def _with_question(project: Project) -> np.ndarray:
    """Return the objects of seeds that wait with a question to a colleague: they are not proposed anew."""
    waits = questions.waiting(project)
    table = seeds.listing(project, "pending").loc[waits]
    return np.unique(np.concatenate([np.empty(0, np.int64), *seeds.groups(project, table)]))


def _like_a_morph(project: Project, vectors: np.ndarray, rows: np.ndarray) -> np.ndarray:
    from morphoexplore.methods import growing

    node, _ = tree.membership(project)
    others = seeds.SeedIndex(project).discarded()
    best = growing.best_morphs(
        vectors, morph=node[: len(vectors)], free=rows, others=others[others < len(vectors)]
    )
    return best.objects[best.score >= LIKE_A_MORPH]


def _kept_out(count: int) -> str:
    are = (
        "object is like a morph already and was"
        if count == 1
        else "objects are like a morph already and were"
    )
    return f"{count} free {are} kept out; offer them to the morphs (page Grow)."


def _asked(count: int) -> str:
    wait = "object waits" if count == 1 else "objects wait"
    return f"{count} free {wait} with a question to a colleague and were kept out."


def preview_seeds(
    project: Project,
    *,
    sizes: Sequence[int] = PREVIEW_SIZES,
    min_samples: int = SAMPLES,
    only_new: bool = False,
    random_state: int = 0,
) -> pd.DataFrame:
    """
    Count the seeds that several minimum sizes would give now. Nothing is stored.

    Parameters
    ----------
    only_new : bool
        Keep out what is like the members of a morph already, as :func:`seed` does.

    Returns
    -------
    counts : DataFrame
        Per ``min_size``: ``seeds``, share of the free objects (of those that are not kept out) in them, share in the biggest,
        median size, and the null ratio of the features (below 1.5 they show no groups). ``attrs["kept_out"]`` objects
        are like a morph already.
    """
    from morphoexplore.methods import seeding

    vectors = morphospace.read_pca(project)
    free = tree.free_objects(project)
    free = np.setdiff1d(free[free < len(vectors)], _with_question(project))
    rows = free[np.isfinite(vectors[free]).all(1)]
    kept_out = _like_a_morph(project, vectors, rows) if only_new else np.empty(0, np.int64)
    rows = np.setdiff1d(rows, kept_out)
    if len(rows) < FEWEST:
        message = f"{len(rows)} free objects are too few to look for seeds among them; look at them directly."
        message += f" {_kept_out(len(kept_out))}" * bool(len(kept_out))
        raise WrongValueError(message)
    counts = seeding.preview(vectors[rows], list(sizes), min_samples=min_samples, random_state=random_state)
    counts.attrs["kept_out"] = len(kept_out)
    return counts


def suggested_size(project: Project) -> int:
    """Return the smallest size that the next round begins with, unless another is given; it goes on with smaller ones."""
    free = len(tree.free_objects(project))
    return _ladder({"min_size": None}, free, _former_size(project, _round(project)))[0]


def _check(min_size: int | None, min_samples: int | None, selection: str, space: str) -> None:
    wrong = None
    if min_size is not None and min_size < 2:
        wrong = f"--min-size is the smallest number of objects in a seed, 2 or more, not {min_size}."
    if min_samples is not None and min_samples < 1:
        wrong = f"--min-samples is a number of neighbours, 1 or more, not {min_samples}."
    if selection not in ("leaf", "eom"):
        wrong = f"--selection is leaf or eom, not {selection}."
    if space not in ("pca", "umap"):
        wrong = f"--space is pca or umap, not {space}."
    if wrong:
        raise WrongValueError(wrong)


def _too_few(
    project: Project, free: int, *, without: int, kept_out: int = 0, asked: int = 0
) -> dict[str, Any]:
    if free:
        them = f"{free} free objects are" if free > 1 else "1 free object is"
        note = (
            f"{them} few enough to be reviewed directly; there is nothing to find seeds for. Select them on the map "
            "of the app and make morphs of them."
        )
    elif asked or without:
        note = "No other object is free; there is nothing to find seeds for."
    else:
        note = "All objects are in morphs; there is nothing to find seeds for."
    if without:
        note += f" Another {without} have no features, because their images cannot be read."
    if kept_out:
        note += f" {_kept_out(kept_out)}"
    if asked:
        note += f" {_asked(asked)}"
    counts = seeds.counts(project)
    return {
        "round": seeds.last_round(project),
        "seeds": 0,
        "pending": counts["pending"],
        "objects": 0,
        "free": free,
        "min_size": None,
        "min_samples": None,
        "null_ratio": None,
        "notes": [note],
        "is_new": False,
    }


def _fingerprint(project: Project, rows: np.ndarray, options: dict[str, Any]) -> str:
    """Return what a round depends on, so that asking for it again finds it."""
    space = morphospace.embedding(project, morphospace.PCA)
    judged = seeds.listing(project, "discarded").index.tolist()
    text = f"{options} {space.parameters['space'] if space else None} {judged}"
    return f"{zlib.crc32(rows.astype('<i8').tobytes()):08x}-{zlib.crc32(text.encode()):08x}"


def _same_round(project: Project, fingerprint: str) -> dict[str, Any] | None:
    listing = runs.listing(project)
    done = listing[(listing["verb"] == "seed") & (listing["state"] == "done")]
    if done.empty or json.loads(done.iloc[-1]["parameters"])["fingerprint"] != fingerprint:
        return None
    return json.loads(done.iloc[-1]["result"]) | {
        "is_new": False,
        "pending": seeds.counts(project)["pending"],
    }


def _propose(
    project: Project,
    run: Run,
    vectors: np.ndarray,
    rows: np.ndarray,
    options: dict[str, Any],
    random_state: int,
    notes: list[str],
) -> dict[str, Any]:
    from morphoexplore.methods import seeding

    n = project.count_objects()
    round_number = _round(project)
    place = np.full(n, -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    refused = [place[group][place[group] >= 0] for group in seeds.discarded(project)]
    stages = run.progress(range(3), label="finding seeds", total=3)
    next(stages)
    graph, full_neighbours = seeding.neighbourhoods(vectors, space=options["space"])
    next(stages)
    samples = options["min_samples"] or (UMAP_SAMPLES if options["space"] == "umap" else SAMPLES)
    found = seeding.fill_page(
        vectors,
        _ladder(options, n, _former_size(project, round_number)),
        min_samples=samples,
        selection=options["selection"],
        space=options["space"],
        random_state=random_state,
        refused=refused,
        mixed=_mixed(project, round_number, place),
        graph=graph,
        full_neighbours=full_neighbours,
    )
    next(stages)
    ratio = np.nan
    if len(found):
        # Of small groups, whatever the size of the seeds: at that setting the threshold was measured.
        ratio = seeding.null_ratio(vectors, random_state=random_state, graph=graph)
    next(stages, None)
    notes = [*found.notes, *notes]
    if ratio < CLEAR_STRUCTURE:
        notes.append(
            f"These features show hardly any groups: groups of {seeding.SMALLEST_SEED} or more hold {ratio:.1f} times "
            "the objects that they would hold in data without structure (1.5 is needed to speak of groups). Try "
            "other features (extract --model)."
        )
    waits = questions.waiting(project)
    pending = len(found) + len(waits) if len(found) else seeds.counts(project)["pending"]
    run.result = {
        "round": round_number,
        "seeds": len(found),
        "pending": pending,
        "objects": int((found.labels >= 0).sum()),
        "free": len(rows),
        "min_size": found.min_size,
        "min_samples": samples,
        "null_ratio": round(float(ratio), 2) if np.isfinite(ratio) else None,
        "notes": notes,
        "is_new": True,
    }
    _store(project, run, rows, found, round_number)
    return run.result


def _mixed(project: Project, round_number: int, place: np.ndarray) -> list[np.ndarray]:
    """
    Return the rows of what is free of each seed that was shown to be a mixture since the last one was sought.

    It was refused or mostly cut off in the round before, or taken back since that began.
    """
    table = seeds.listing(project)
    is_of_before = table["round"] == round_number - 1
    began = (
        runs.listing(project).set_index("run_id")["started"].reindex(table.loc[is_of_before, "run_id"]).max()
    )
    since = [number for number, time in seeds.taken_back(project).items() if time >= began]
    is_judged = table["state"].isin(["confirmed", "discarded"])
    table = table[is_judged & (is_of_before | table.index.isin(since))]
    found = []
    for group in seeds.groups(project, table):
        rows = place[group][place[group] >= 0]
        if 2 * len(rows) > len(group):
            found.append(rows)
    return found


def _round(project: Project) -> int:
    """Return the number of the round to propose: the last one again as long as nobody judged a seed of it."""
    table = seeds.listing(project)
    last = seeds.last_round(project)
    is_judged = table["state"].isin(["confirmed", "discarded"]) & (table["round"] == last)
    return last + 1 if is_judged.any() else max(last, 1)


def _former_size(project: Project, round_number: int) -> int | None:
    """Return the smallest size of the seeds of the round before, None where there was none."""
    listing = runs.listing(project)
    done = listing[(listing["verb"] == "seed") & (listing["state"] == "done")]
    results = [json.loads(result) for result in done["result"]]
    sizes = [one["min_size"] for one in results if one.get("seeds") and one["round"] == round_number - 1]
    return int(sizes[-1]) if sizes else None


def _ladder(options: dict[str, Any], n: int, former: int | None) -> list[int]:
    """Return the smallest sizes of seeds to try, one after the other until they fill a page."""
    from morphoexplore.methods.seeding import SMALLEST_SEED, default_min_size

    if options["min_size"] is not None:
        return [options["min_size"]]
    sizes = [default_min_size(n) if former is None else max(SMALLEST_SEED, former // 2)]
    while sizes[-1] > SMALLEST_SEED:
        sizes.append(max(SMALLEST_SEED, sizes[-1] // 2))
    return sizes


def _store(project: Project, run: Run, rows: np.ndarray, found: Seeds, round_number: int) -> None:
    n = project.count_objects()
    membership = np.full(n, -1, dtype=np.int32)
    membership[rows] = found.labels
    strangeness = np.full(n, np.nan, dtype=np.float32)
    strangeness[rows] = found.strangeness
    name = seeds.name_of_run(run.run_id)
    with project.write() as conn:
        ids = [
            arrays.declare(conn, kind, name, dtype=dtype, width=0, run_id=run.run_id)
            for kind, dtype in (("seed", "i4"), ("strangeness", "f4"))
        ]
        arrays.enter(
            conn,
            [
                arrays.write_shard(project, array_id, 0, values)
                for array_id, values in zip(ids, (membership, strangeness), strict=True)
            ],
        )
        seeds.put(
            conn,
            run_id=run.run_id,
            round=round_number,
            sizes=found.sizes.tolist(),
            densities=found.density.tolist(),
            kept=questions.read(conn),
        )
        run.conclude(conn)
