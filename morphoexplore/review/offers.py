"""What a person is offered to decide on: candidates for a morph, parts of a morph. Nothing here is stored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from morphoexplore.errors import DecisionError
from morphoexplore.methods import arranging, growing, pooling, telling_apart, yields
from morphoexplore.review.refusals import refused_for
from morphoexplore.store import arrays, morphospace, objects, seeds, tree
from morphoexplore.store.membership import Membership, MembershipState
from morphoexplore.store.project import Project

MANY_NEGATIVES = 50_000  # from which a shortlist is ranked against those around it
HOPS = 2  # of the neighbour graph that lead to them
FAR_NEGATIVES = 10_000  # of the others, drawn at random


def candidates(
    project: Project,
    node_id: int,
    *,
    most: int = 100,
    random_state: int = 0,
    among: np.ndarray | None = None,
    membership: Membership | None = None,
    vectors: np.ndarray | None = None,
    index: seeds.SeedIndex | None = None,
    neighbours: np.ndarray | None = None,
) -> pd.DataFrame:
    """
    Offer free objects to a morph, the most likely first. Nothing is stored.

    Parameters
    ----------
    most : int
        How many at most.
    among : array of int, optional
        Rank only what is free of these objects: the first few thousand of an earlier ranking, say, to rank them
        anew after each page in a tenth of the time.
    membership, vectors, index, neighbours : optional
        What a server keeps in memory: the members, the morphospace, the objects of seeds, the neighbour graph; read
        from the project unless given.

    Returns
    -------
    candidates : DataFrame
        ``object, object_id, evidence`` (distance to members over distance to everything else that is known,
        below 1 speaks for the morph), ``distance``. Its ``attrs["nearer"]`` is the number of objects, those
        beyond *most* among them, whose evidence is below 1.

    Raises
    ------
    StepMissingError
        If the project has no morphospace yet.
    """
    ranked = rank(
        project,
        node_id,
        random_state=random_state,
        among=among,
        membership=membership,
        vectors=vectors,
        index=index,
        neighbours=neighbours,
    )
    numbers = ranked.objects[:most]
    found = pd.DataFrame(
        {
            "object": numbers,
            "object_id": objects.ids_of(project, numbers),
            "evidence": ranked.evidence[:most],
            "distance": ranked.distance[:most],
        }
    )
    found.attrs["nearer"] = int((ranked.evidence < 1).sum())
    return found


@dataclass(frozen=True)
class Known:
    """
    What is known of objects with a place in the morphospace, for one morph; each an array of bool.

    Attributes
    ----------
    is_free : array
        Free, and not refused for this morph.
    is_member : array
    is_negative : array
        Member of another morph, refused for this one, or of a discarded seed (but see :func:`refused_for`).
    is_refused : array
        Those of a discarded seed that are in no morph.
    """

    is_free: np.ndarray
    is_member: np.ndarray
    is_negative: np.ndarray
    is_refused: np.ndarray


def known(
    project: Project,
    node_id: int,
    n: int,
    *,
    membership: Membership | MembershipState | None = None,
    index: seeds.SeedIndex | None = None,
) -> Known:
    """
    Return what is known of the first *n* objects, for one morph.

    Raises
    ------
    DecisionError
        If there is no such morph.
    """
    with project.read() as conn:
        tree.get_leaf(conn, node_id)
    node = tree.membership(project)[0] if membership is None else membership.node
    assigned = node[:n]
    rejected = tree.rejections(project, node_id)
    rejected = rejected[rejected < n]
    discarded = refused_for(index or seeds.SeedIndex(project), node, node_id)
    discarded = discarded[discarded < n]
    is_free, is_member = assigned == tree.FREE, assigned == node_id
    is_negative = ~is_free & ~is_member
    is_negative[rejected] = True
    is_negative[discarded[~is_member[discarded]]] = True
    is_refused = np.zeros(n, bool)
    is_refused[discarded] = is_free[discarded]
    is_free[rejected] = False
    return Known(is_free, is_member, is_negative, is_refused)


def rank(
    project: Project,
    node_id: int,
    *,
    random_state: int = 0,
    among: np.ndarray | None = None,
    membership: Membership | MembershipState | None = None,
    vectors: np.ndarray | None = None,
    index: seeds.SeedIndex | None = None,
    neighbours: np.ndarray | None = None,
    axes: np.ndarray | None = None,
    trust: float | None = None,
) -> growing.Candidates:
    """
    Rank free objects for a morph, as :func:`candidates` does, without their names.

    Distances are measured in a view in which the morphs of now lie apart
    (:func:`~morphoexplore.methods.telling_apart.telling_axes`), or in that of *axes*; negatives count as far as they
    are to be trusted (:func:`~morphoexplore.methods.growing.trust_in_negatives`), or by *trust*.

    Raises
    ------
    StepMissingError
        If the project has no morphospace yet.
    """
    vectors = morphospace.read_pca(project) if vectors is None else vectors
    now = known(project, node_id, len(vectors), membership=membership, index=index)
    rejected = tree.rejections(project, node_id)
    free = np.flatnonzero(now.is_free) if among is None else among[now.is_free[among]]
    members, negatives = np.flatnonzero(now.is_member), np.flatnonzero(now.is_negative)
    is_shortlist = among is not None and len(negatives) > MANY_NEGATIVES
    if neighbours is None and (is_shortlist or len(free) > growing.SHORTLIST):
        neighbours = _graph(project)
    if is_shortlist and neighbours is not None:
        negatives = _around(negatives, np.concatenate([free, rejected]), neighbours, random_state)
    return growing.rank_candidates(
        vectors,
        members=members,
        negatives=negatives,
        free=free,
        neighbours=neighbours,
        axes=_axes(vectors, membership, project, random_state) if axes is None else axes,
        refused=np.flatnonzero(now.is_refused),
        trust=trust,
        random_state=random_state,
    )


def _axes(
    vectors: np.ndarray, membership: Membership | MembershipState | None, project: Project, random_state: int
) -> np.ndarray | None:
    """Return the view in which the morphs lie apart, None where there are too few."""
    node = (tree.membership(project)[0] if membership is None else membership.node)[: len(vectors)]
    rng = np.random.default_rng(random_state)
    members = growing.few_of_each(node, np.ones(len(node), bool), rng)
    members = members[
        np.isfinite(vectors[members]).all(axis=1)
    ]  # of all objects that would take longer than the rest
    return telling_apart.telling_axes(vectors, node, members, rng)


def best_morphs(
    project: Project,
    *,
    among: np.ndarray | None = None,
    random_state: int = 0,
    membership: Membership | None = None,
    vectors: np.ndarray | None = None,
    index: seeds.SeedIndex | None = None,
) -> pd.DataFrame:
    """
    Offer each free object to the morph that it is most like, the likeliest first. Nothing is stored.

    Parameters
    ----------
    among : array of int, optional
        Offer only what is free of these objects: those that came with the last `add`, say.
    membership, vectors, index : optional
        What a server keeps in memory; read from the project unless given.

    Returns
    -------
    offers : DataFrame
        ``object, node_id, evidence`` (:func:`~morphoexplore.methods.pooling.pooled_evidence`, below 1 speaks for the morph). Objects
        that were rejected from that morph are left out. Of very many the first 150 000 by their neighbours' votes have evidence; the
        others follow. Its ``attrs["nearer"]`` is the number of objects whose evidence is below 1.

    Raises
    ------
    StepMissingError
        If the project has no morphospace yet.
    """
    vectors = morphospace.read_pca(project) if vectors is None else vectors
    assigned = tree.membership(project)[0] if membership is None else membership.node
    node = assigned[: len(vectors)]
    is_free = node == tree.FREE
    if among is not None:
        is_free &= np.isin(np.arange(len(node)), among)
    others = (index or seeds.SeedIndex(project)).discarded()
    others = others[others < len(vectors)]
    found = growing.best_morphs(
        vectors,
        morph=node,
        free=np.flatnonzero(is_free),
        others=others,
        graph=morphospace.read_neighbours(project) if is_free.sum() > growing.GLANCE else None,
        random_state=random_state,
    )
    offers = pd.DataFrame({"object": found.objects, "node_id": found.morphs})
    with project.read() as conn:
        rejected = pd.read_sql_query("SELECT object, node_id FROM rejection", conn, dtype="int64")
    offers = offers[offers.merge(rejected, how="left", indicator=True)["_merge"].eq("left_only").to_numpy()]
    rejected = rejected[rejected["object"] < len(vectors)]
    rejected = rejected[np.isfinite(vectors[rejected["object"]]).all(axis=1)]
    evidence = pooling.pooled_evidence(
        vectors,
        objects=offers["object"].to_numpy(),
        offered=offers["node_id"].to_numpy(),
        morph=node,
        refused=others[(node[others] == tree.FREE) & np.isfinite(vectors[others]).all(axis=1)],
        rejected={int(one): rows.to_numpy() for one, rows in rejected.groupby("node_id")["object"]},
        axes=_axes(vectors, membership, project, random_state) if len(offers) else None,
        random_state=random_state,
    )
    offers = offers.assign(evidence=evidence).sort_values("evidence", kind="stable", ignore_index=True)
    offers.attrs["nearer"] = int((offers["evidence"] < 1).sum())
    return offers


def _graph(project: Project) -> np.ndarray | None:
    graph = morphospace.embedding(project, morphospace.NEIGHBOURS)
    return None if graph is None else arrays.read(project, graph)


def expected_yields(
    project: Project,
    *,
    membership: Membership | None = None,
    neighbours: np.ndarray | None = None,
    index: seeds.SeedIndex | None = None,
) -> dict[int, int]:
    """
    Return about how many free objects growing each morph would bring; morphs that would gain nothing are left out.

    Parameters
    ----------
    membership, neighbours, index : optional
        What a server keeps in memory; read from the project unless given.

    Raises
    ------
    StepMissingError
        If the project has no neighbour graph yet.
    """
    neighbours = morphospace.read_neighbours(project)[0] if neighbours is None else neighbours
    node = tree.membership(project)[0] if membership is None else membership.node
    others = (index or seeds.SeedIndex(project)).discarded()
    return yields.expected_yields(node, neighbours, others[others < len(neighbours)])


def _around(
    negatives: np.ndarray, objects: np.ndarray, neighbours: np.ndarray, random_state: int
) -> np.ndarray:
    """Return of very many negatives those that stored neighbours of some objects lead to, and a few of the others."""
    is_near = np.zeros(len(neighbours), bool)
    reached = objects[objects < len(neighbours)]
    for _ in range(HOPS):
        led_to = neighbours[reached]
        is_near[led_to[led_to >= 0]] = True
        reached = np.flatnonzero(is_near)
    is_negative = np.zeros(len(neighbours), bool)
    is_negative[negatives[negatives < len(neighbours)]] = True
    rng = np.random.default_rng(random_state)
    is_near[negatives[rng.integers(len(negatives), size=FAR_NEGATIVES)]] = True
    return np.flatnonzero(is_near & is_negative)


def propose_split(project: Project, node_id: int, *, parts: int = 2) -> list[np.ndarray]:
    """
    Return parts of like form within a morph, largest first, for :func:`split_in_parts`. Nothing is stored.

    Raises
    ------
    DecisionError
        If the morph has fewer members than parts.
    """
    vectors = morphospace.read_pca(project)
    with project.read() as conn:
        node = tree.get_leaf(conn, node_id)
    members = tree.members(project, node_id)
    members = members[members < len(vectors)]
    members = members[np.isfinite(vectors[members]).all(1)]
    if not 2 <= parts <= len(members):
        message = (
            f"{node.title} has {len(members)} members with features; it cannot be cut into {parts} parts."
        )
        raise DecisionError(message)
    cut = arranging.cut_in_parts(vectors[members], parts)
    return [members[cut == part] for part in range(cut.max() + 1)]
