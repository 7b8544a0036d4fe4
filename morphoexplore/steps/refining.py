"""``refine``: a view of the features in which objects of one morph lie closer together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from morphoexplore.errors import StepMissingError, WrongValueError
from morphoexplore.records import Progress, silent
from morphoexplore.steps import ranking
from morphoexplore.steps.extracting import NOTHING_LOST, read_block
from morphoexplore.steps.joining import (
    REFINED,
    is_refined,
    named,
    refuse_behind,
    refuse_without_size,
    sets_of,
)
from morphoexplore.store import arrays, history, morphospace, tree
from morphoexplore.store.arrays import ArrayRecord
from morphoexplore.store.project import Project
from morphoexplore.store.runs import Run, run
from morphoexplore.store.schema import ORIGINS

if TYPE_CHECKING:
    from morphoexplore.methods.embedding import Morphospace
    from morphoexplore.methods.refining import Refinement

SHARD = 32_768
FEWEST = 2  # morphs, and members of each
TOLD = (
    *("weight", "shrinkage", "morphs", "members", "looked"),
    *("new_before", "new_after", "known_before", "known_after"),
)


@dataclass(frozen=True)
class _Base:
    """The unrefined features: what they are made of, and how they are brought to scale."""

    features: list[str]
    blob: str
    reference: float | None
    sets: list[ArrayRecord]
    space: Morphospace

    def columns(self, project: Project, rows: np.ndarray) -> np.ndarray:
        """Return the joined features of some objects, all feature sets to scale."""
        return self.space.columns(
            {array.name: read_block(project, array, self.reference, rows) for array in self.sets}
        )


def refine(
    project: Project,
    *,
    weight: float | None = None,
    random_state: int = 0,
    progress: Progress = silent,
) -> dict[str, Any]:
    """
    Make the feature set ``refined``: the joined features, seen so that objects of one morph lie closer together.

    It rests on the morphs that people made (imported members do not count) and on the newest morphospace that is
    not refined itself. It is frozen: objects added later get their refined vector by `embed`. Where the morphs do
    not help yet to find what is not named, nothing is made. `embed` with ``features=["refined"]`` makes the
    morphospace of it.

    Parameters
    ----------
    weight : float, optional
        Share of the axes that separate morphs, from 0 to 1; the share that serves morphs that are left out unless
        given.
    random_state : int
        Draws the objects that it is fitted on and tried with.

    Returns
    -------
    result : dict
        ``name``, ``dims``, ``version`` (None where nothing was made), ``made`` (False: there already, or nothing
        to be gained), ``objects`` (all that have a refined vector now), ``features`` (sets it is made of), ``weight``,
        ``shrinkage``, ``morphs``, ``members`` (used), ``looked`` (of these), ``new_before, new_after, known_before,
        known_after`` (share of their own morph that members find, see `methods.refining.Finding`), ``null_ratio``,
        ``notes`` (sentences).

    Raises
    ------
    StepMissingError
        If there is no morphospace, or a feature set does not cover all objects.
    WrongValueError
        If there are fewer than two morphs of two members, or the weight is none.
    """
    from morphoexplore.methods.refining import choose_sample, fit_to_sample

    if weight is not None and not 0 < weight <= 1:
        message = f"A weight of {weight} is not possible. Give more than 0 and at most 1."
        raise WrongValueError(message)
    base = _newest_base(project)
    refuse_behind(project, base.sets)
    groups, looked, decision = _morphs(project)
    wanted = {"features": base.features, "space_blob": base.blob, "decision": decision}
    wanted |= {"asked": weight, "random_state": random_state}
    known = arrays.find(project, morphospace.FEATURES, REFINED)
    if known is not None and wanted.items() <= known.parameters.items():
        describe_new(project, progress=progress)
        return _result(project, known.parameters, version=known.version, made=False)
    with run(
        project, "refine", {"weight": weight, "random_state": random_state}, progress=progress
    ) as under_way:
        fit = under_way.progress(range(1), label="comparing morphs", total=1)
        next(fit)
        sample = choose_sample(groups, looked=looked, random_state=random_state)
        try:
            found = fit_to_sample(
                base.columns(project, sample.rows), sample, weight=weight, random_state=random_state
            )
        except ValueError as error:
            raise WrongValueError(_too_few(project, groups)) from error
        next(fit, None)
        about = wanted | asdict(found.finding) | {"reference": base.reference}
        about |= {"looked": int(looked[sample.rows[sample.groups >= 0]].sum())}
        about |= {"fitted": project.count_objects(), "blob": f"refinement-{under_way.run_id}"}
        version = _enter(project, under_way, base, found, about) if found.finding.weight else None
        ratio = ranking.rank(project, under_way).get(REFINED)
        under_way.result = _result(project, about, version=version, made=version is not None, ratio=ratio)
    return under_way.result


def why_not(project: Project) -> str | None:
    """Return why a project cannot be refined now, in a sentence; None where it can."""
    try:
        refuse_behind(project, _newest_base(project).sets)
        _morphs(project)
    except (StepMissingError, WrongValueError) as error:
        return str(error)
    return None


def describe_new(project: Project, *, again: bool = False, progress: Progress = silent) -> dict[str, Any]:
    """
    Give the objects that were added since `refine` their refined vector.

    Parameters
    ----------
    again : bool
        Refused: only `refine` makes refined features anew.

    Returns
    -------
    counts : dict
        As those of `extract`.

    Raises
    ------
    StepMissingError
        If there is no refined feature set, or one that it is made of does not cover all objects.
    WrongValueError
        If a set that it is made of was described anew, an object's pixel size is missing, or *again* is asked for.
    """
    from morphoexplore.methods.refining import Refinement

    if again:
        message = f"Refined features are made anew by: morphoexplore refine {project.folder}"
        raise WrongValueError(message)
    array = arrays.find(project, morphospace.FEATURES, REFINED)
    if array is None:
        raise StepMissingError(missing="refined features", verb=f"refine {project.folder}")
    n, start = project.count_objects(), array.stop
    counts: dict[str, Any] = {"name": REFINED, "dims": array.width, "objects": n - start, "there": start}
    counts |= NOTHING_LOST | {"null_ratio": None, "notes": []}
    if start >= n:
        return counts
    base = _base(project, array.parameters)
    refuse_behind(project, base.sets)
    refuse_without_size(project, base.reference, start, again=f"embed --features {_joined(base)} --refit")
    refinement = Refinement.from_arrays(arrays.read_blob(project, array.parameters["blob"]))
    with run(project, "extract", {"model": REFINED}, progress=progress) as under_way:
        for rows in _stretches(under_way, start, n):
            values = refinement.project(base.columns(project, rows))
            shard = arrays.write_shard(project, array.array_id, int(rows[0]), values)
            with project.write() as conn:
                arrays.enter(conn, [shard])
            counts["imageless"] += int(np.isnan(values).all(axis=1).sum())
        counts["null_ratio"] = ranking.rank(project, under_way).get(REFINED)
        under_way.result = counts
    return counts


def _newest_base(project: Project) -> _Base:
    """Return what the newest morphospace is made of that is not refined: nothing is refined twice."""
    spaces = [
        array
        for array in arrays.listing(project, morphospace.EMBEDDING)
        if array.name == morphospace.PCA and array.stop and not is_refined(array)
    ]
    if not spaces or "blob" not in spaces[-1].parameters:
        raise StepMissingError(missing="morphospace", verb=f"embed {project.folder}")
    space = spaces[-1].parameters
    return _base(project, space | {"space_blob": space["blob"]})


def _base(project: Project, about: dict[str, Any]) -> _Base:
    from morphoexplore.methods.embedding import Morphospace

    space = Morphospace.from_arrays(arrays.read_blob(project, about["space_blob"]))
    sets = sets_of(project, about["features"])
    return _Base(about["features"], about["space_blob"], about["reference"], sets, space)


def _morphs(project: Project) -> tuple[np.ndarray, np.ndarray, int]:
    """
    Return the morph of every object (-1: none), whether a person looked at it, and the last decision.

    What was imported is somebody else's sorting, and doubtful members may be wrong: neither counts.
    """
    with project.read() as conn:
        node, origin = tree.read_membership(conn)
        decision = history.read_version(conn)
    groups = np.where(origin == ORIGINS.index("imported"), tree.FREE, node)
    groups[tree.doubtful(project)] = tree.FREE
    _, sizes = np.unique(groups[groups != tree.FREE], return_counts=True)
    if (sizes >= FEWEST).sum() < FEWEST:
        raise WrongValueError(_too_few(project, groups))
    return groups, origin == ORIGINS.index("looked"), decision


def _too_few(project: Project, groups: np.ndarray) -> str:
    _, sizes = np.unique(groups[groups != tree.FREE], return_counts=True)
    count = int((sizes >= FEWEST).sum())
    have = f"{count} of the {len(sizes)} morphs has so many" if count == 1 else f"{count} have so many"
    if count >= FEWEST:
        have = "too few members have features"
    return (
        "The features are refined by morphs of at least two members (imported and doubtful ones do not count), and by at "
        f"least two of them; {have if len(sizes) else 'there are none yet'}. Confirm seeds first: "
        f"morphoexplore serve {project.folder}"
    )


def _enter(
    project: Project, under_way: Run, base: _Base, refinement: Refinement, about: dict[str, Any]
) -> int:
    """Refine all objects and enter them as a new version, all at once: no kill leaves half of one."""
    arrays.write_blob(project, about["blob"], refinement.to_arrays())
    shards = [
        arrays.write_loose_shard(
            project,
            f"run-{under_way.run_id}",
            int(rows[0]),
            refinement.project(base.columns(project, rows)),
        )
        for rows in _stretches(under_way, 0, project.count_objects())
    ]
    with project.write() as conn:
        array_id = arrays.declare(
            conn,
            morphospace.FEATURES,
            REFINED,
            dtype="f4",
            width=refinement.dims,
            run_id=under_way.run_id,
            parameters=about,
            new_version=True,
        )
        arrays.enter(conn, [replace(shard, array_id=array_id) for shard in shards])
    made = arrays.find(project, morphospace.FEATURES, REFINED)
    return 0 if made is None else made.version


def _stretches(under_way: Run, start: int, stop: int) -> Iterator[np.ndarray]:
    """Yield the numbers of the objects, a shard at a time."""
    starts = range(start, stop, SHARD)
    for first in under_way.progress(starts, label="refining", total=len(starts)):
        yield np.arange(first, min(first + SHARD, stop))


def _joined(base: _Base) -> str:
    return ",".join(array.name for array in base.sets)


def _result(
    project: Project, about: dict[str, Any], *, version: int | None, made: bool, ratio: float | None = None
) -> dict[str, Any]:
    array = arrays.find(project, morphospace.FEATURES, REFINED, version) if version else None
    return {
        "name": REFINED,
        "dims": array.width if array else 0,
        "version": version,
        "made": made,
        "objects": array.stop if array else 0,
        "features": [name.rpartition(" ")[0] for name in about["features"]],
        **{name: about[name] for name in TOLD},
        "null_ratio": ratio if made else ranking.ratio_of(project, REFINED),
        "notes": not_in_it(project, about["features"]),
    }


def not_in_it(project: Project, features: list[str]) -> list[str]:
    """Say which feature sets a refinement does not rest on."""
    there = [array for array in morphospace.feature_sets(project) if array.name != REFINED]
    others = [array.name for array in there if named([array])[0] not in features]
    if not others:
        return []
    every = ",".join(array.name for array in there)
    return [
        f"The refined features do not rest on {', '.join(others)}. To use that too: morphoexplore embed {project.folder} "
        f"--features {every}, then refine again."
    ]
