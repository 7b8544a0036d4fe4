"""What a project holds: ``status``, its members as a table, and images similar to one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.errors import DecisionError, StepMissingError, WrongValueError
from morphoexplore.steps import newcomers, ranking
from morphoexplore.steps.precision import project_errors
from morphoexplore.steps.progress import progress
from morphoexplore.store import arrays, history, morphospace, objects, questions, runs, seeds, tree
from morphoexplore.store.project import Project
from morphoexplore.store.schema import ORIGINS

FEWEST = 50  # free objects; fewer are looked at directly, without seeds


def status(project: Project) -> dict[str, Any]:
    """
    Count everything.

    Returns
    -------
    counts : dict
        ``objects, images, unreadable`` (images), ``not_measured`` (objects whose image shows nothing), ``samples,
        feature_sets[{name, dims, objects, null_ratio}], embeddings[{name, dims, objects}], round, seeds{pending,
        confirmed, discarded}, to_review (pending seeds of which something is free, without a question to a colleague),
        questions (on seeds that wait), morphs, branches, named, complete, members, origins{looked, seed, grown, imported},
        free, rejections, looks, decisions`` (that stand), ``undo``,
        ``redo`` (what they would do), ``problems``, ``new{came, free}`` (objects that came last, see
        `steps.newcomers.latest`), ``running``, ``progress`` (see `steps.progress.progress`), ``precision`` (see
        `precision.project_errors`). The embedding ``pca`` has also ``features`` (the sets
        joined in it) and ``null_ratio``. A null ratio is None where it was not computed; see `ranking`.
    """
    with project.read() as conn:

        def count(sql: str) -> int:
            return int(conn.execute(sql).fetchone()[0])

        origins = dict(conn.execute("SELECT origin, count(*) FROM member GROUP BY origin").fetchall())
        n = count("SELECT count(*) FROM object")
        counts: dict[str, Any] = {
            "objects": n,
            "images": count("SELECT count(*) FROM (SELECT DISTINCT source_id, path FROM image)"),
            "unreadable": count("SELECT count(*) FROM image WHERE problem IS NOT NULL AND width IS NULL"),
            "not_measured": count(
                "SELECT count(DISTINCT object) FROM image WHERE problem IS NOT NULL AND width IS NOT NULL"
            ),
            "samples": count("SELECT count(*) FROM sample"),
            "morphs": count("SELECT count(*) FROM node WHERE NOT is_branch"),
            "branches": count("SELECT count(*) FROM node WHERE is_branch"),
            "named": count("SELECT count(*) FROM node WHERE NOT is_branch AND name IS NOT NULL"),
            "complete": count("SELECT count(*) FROM node WHERE is_complete"),
            "members": sum(origins.values()),
            "origins": {origin: origins.get(origin, 0) for origin in ORIGINS},
            "free": n - sum(origins.values()),
            "rejections": count("SELECT count(*) FROM rejection"),
            "looks": count("SELECT count(*) FROM look"),
            "decisions": len(history.standing(conn)),
            "problems": count("SELECT count(*) FROM problem"),
        }
    undo, redo = history.next_undo(project), history.next_redo(project)
    table = runs.listing(project)
    return (
        counts
        | _described(project)
        | {
            "round": seeds.last_round(project),
            "seeds": seeds.counts(project),
            **_to_review(project),
            "undo": None if undo is None else f"{undo.verb} by {undo.user}",
            "redo": None if redo is None else f"{redo.verb} by {redo.user}",
            "new": _new(project),
            "running": table.loc[table["state"] == "running", "verb"].tolist(),
            "progress": progress(project),
            "precision": project_errors(project),
        }
    )


def _new(project: Project) -> dict[str, int]:
    """Count the objects that came last, and those of them that are free."""
    came = newcomers.latest(project)
    if not len(came):
        return {"came": 0, "free": 0}
    with project.read() as conn:
        within = (int(came[0]), int(came[-1]))
        sorted_ = conn.execute("SELECT count(*) FROM member WHERE object BETWEEN ? AND ?", within).fetchone()[
            0
        ]
    return {"came": len(came), "free": len(came) - int(sorted_)}


def _to_review(project: Project) -> dict[str, int]:
    """Count the pending seeds that review shows, and those that wait with a question."""
    table = seeds.listing(project, "pending")
    if table.empty:
        return {"to_review": 0, "questions": 0}
    waits = questions.waiting(project)
    table = table.drop(index=waits)
    node, _ = tree.membership(project)
    left = sum((node[group] == tree.FREE).any() for group in seeds.groups(project, table))
    return {"to_review": int(left), "questions": len(waits)}


def _described(project: Project) -> dict[str, list[dict[str, Any]]]:
    """Return feature sets and embeddings, with how clearly they show groups."""
    ratios = {name: one.null_ratio for name, one in ranking.rankings(project).items()}
    sets = [
        {
            "name": array.name,
            "dims": array.width,
            "objects": array.stop,
            "null_ratio": ratios.get(array.name),
        }
        for array in morphospace.feature_sets(project)
    ]
    embeddings = morphospace.describe(project)
    space = morphospace.embedding(project, morphospace.PCA)
    for one in embeddings:
        if space is not None and one["name"] == morphospace.PCA:
            joined = [name.rpartition(" ")[0] for name in space.parameters.get("features", [])]
            one |= {"features": joined, "null_ratio": ratios.get(ranking.JOINED)}
    return {"feature_sets": sets, "embeddings": embeddings}


def next_verb(counts: dict[str, Any]) -> str:
    """
    Return what to do next in a project of these counts.

    Returns
    -------
    verb : {"add", "extract", "embed", "new", "review", "gather", "seed", "name", "diversity"}
        ``new``: offer what came last to the morphs, as long as none of it is sorted; ``review``: judge pending seeds;
        ``gather``: too few objects for seeds, make morphs by hand.
    """
    sets, embeddings = counts["feature_sets"], counts["embeddings"]
    if not counts["objects"]:
        return "add"
    if not sets or any(features["objects"] < counts["objects"] for features in sets):
        return "extract"
    if not embeddings or any(embedding["objects"] < counts["objects"] for embedding in embeddings):
        return "embed"
    if counts["morphs"] and 0 < counts["new"]["came"] == counts["new"]["free"]:
        return "new"
    if counts["to_review"]:
        return "review"
    if not counts["morphs"]:
        return "gather" if counts["free"] < FEWEST else "seed"
    return "name" if counts["named"] < counts["morphs"] else "diversity"


def next_step(project: Project, counts: dict[str, Any]) -> str:
    """Return one sentence: what to do next in a project of these counts, on the command line."""
    folder = project.folder
    behind = [features for features in counts["feature_sets"] if features["objects"] < counts["objects"]]
    model = f" --model {behind[0]['name']}" if behind and behind[0]["name"] != "classic" else ""
    return {
        "add": f"Add images: morphoexplore add {folder} SOURCE",
        "extract": f"Describe the images: morphoexplore extract {folder}{model}",
        "embed": f"Place them in the morphospace: morphoexplore embed {folder}",
        "new": f"Offer the {counts['new']['came']} objects that came last to the morphs, and see what is new here: "
        f"morphoexplore serve {folder}",
        "review": f"Review the {counts['to_review']} pending seeds: morphoexplore serve {folder}",
        "gather": f"Look at the {counts['free']} objects and make morphs of them: morphoexplore serve {folder}",
        "seed": f"Find groups: morphoexplore seed {folder}",
        "name": f"Name the morphs: morphoexplore serve {folder}, or find more groups: morphoexplore seed {folder}",
        "diversity": f"Plot their diversity: morphoexplore diversity {folder} OUT, or find more groups: "
        f"morphoexplore seed {folder}",
    }[next_verb(counts)]


def members(project: Project) -> pd.DataFrame:
    """
    Return one row per member.

    Returns
    -------
    members : DataFrame
        ``object_id, sample, acquisition, datetime, latitude, longitude, depth_min, depth_max, node_id, morph``
        (name, or its number), ``name, path`` (from the top of the tree, ``>`` between), ``kind, taxon,
        ecotaxa_id, aphia_id, origin`` (how it came in), ``doubtful``.
    """
    node, origin = tree.membership(project)
    rows = np.flatnonzero(node != tree.FREE)
    table = objects.frame(project).drop(columns="pixel_size").iloc[rows].copy()
    nodes = tree.nodes(project)
    table["node_id"] = node[rows]
    for column, value in (
        ("morph", lambda number: nodes[number].title),
        ("name", lambda number: nodes[number].name),
        ("path", lambda number: tree.path_of(nodes, number)),
        ("kind", lambda number: tree.kind_of(nodes, number)),
        ("taxon", lambda number: nodes[number].taxon),
        ("ecotaxa_id", lambda number: nodes[number].ecotaxa_id),
        ("aphia_id", lambda number: nodes[number].aphia_id),
    ):
        by_node = {number: value(number) for number in np.unique(node[rows]).tolist()}
        table[column] = table["node_id"].map(by_node)
    table = table.astype({"ecotaxa_id": "Int64", "aphia_id": "Int64"})
    table["origin"] = [ORIGINS[code] for code in origin[rows]]
    table["doubtful"] = np.isin(rows, tree.doubtful(project))
    return table


def similar(project: Project, object_id: str | int, *, by: str | None = None, most: int = 20) -> pd.DataFrame:
    """
    Find the objects most like one.

    Parameters
    ----------
    object_id : str or int
        The object's id, or its number.
    by : str, optional
        A feature set; all of them joined (the morphospace) unless given.
    most : int
        How many at most.

    Returns
    -------
    similar : DataFrame
        ``object, object_id, distance`` (nearest first), ``morph`` (None where free).

    Raises
    ------
    StepMissingError
        If there is nothing to compare yet.
    DecisionError
        If there is no such object, or it has no features.
    """
    from morphoexplore.methods.neighbours import similar_to

    number = objects.number_of(project, object_id) if isinstance(object_id, str) else int(object_id)
    n = project.count_objects()
    if not 0 <= number < n:
        numbers = f"this project has the numbers 0 to {n - 1}" if n else "this project is empty"
        message = f"There is no object number {number}; {numbers}."
        raise DecisionError(message)
    vectors = comparable(project, by)
    if number >= len(vectors) or not np.isfinite(vectors[number]).all():
        message = (
            f"Object {object_id} has no features (its image could not be read, or is not extracted yet)."
        )
        raise DecisionError(message)
    found, distances = similar_to(vectors, [number], most)
    node, _ = tree.membership(project)
    nodes = tree.nodes(project)
    return pd.DataFrame(
        {
            "object": found[0],
            "object_id": objects.ids_of(project, found[0]),
            "distance": distances[0],
            "morph": [nodes[node[other]].title if node[other] != tree.FREE else None for other in found[0]],
        }
    )


def comparable(project: Project, by: str | None) -> np.ndarray:
    """Return vectors in which near means alike: the morphospace, or one feature set brought to scale."""
    if by is None:
        return np.asarray(morphospace.read_pca(project))
    array = arrays.find(project, morphospace.FEATURES, by)
    if array is None:
        known = ", ".join(one.name for one in morphospace.feature_sets(project)) or "none yet"
        message = f"There is no feature set {by!r}. Feature sets: {known}."
        raise WrongValueError(message)
    from morphoexplore.methods.embedding import fit_morphospace
    from morphoexplore.steps import pixel_size
    from morphoexplore.steps.extracting import read_block

    block = {by: read_block(project, array, pixel_size.reference(project))}
    return fit_morphospace(block, max_dims=array.width).project(block)


def refuse_without_morphs(project: Project) -> None:
    """Raise StepMissingError where nothing was sorted yet."""
    if not tree.member_counts(project):
        raise StepMissingError(missing="morphs", verb=f"seed {project.folder}, and confirm some seeds")
