"""
How precise morphs are: what the samples of growths and audits say of the members that nobody looked at.

Members that were looked at are right by decision. Of the others a bound speaks that covers them: the newest one. Where a
member is covered by none, the precision of its morph is not known.

Between the two are members that were shown in a row of a page of strips, and came in by the click on its last good image:
nobody said of each that it is right. Of all members together they count as no better than what came in unseen with them,
which the audits of rounds sample.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from morphoexplore.methods import certifying
from morphoexplore.store import surveys
from morphoexplore.store.membership import Membership, MembershipState
from morphoexplore.store.project import Project
from morphoexplore.store.schema import ORIGINS
from morphoexplore.store.surveys import Bound

POOLED = ("bulk", "round")  # what these say holds for all morphs together, not for one
LOOKED = ORIGINS.index("looked")


def bounds(
    project: Project, *, confidence: float = certifying.CONFIDENCE, membership: Membership | None = None
) -> pd.DataFrame:
    """
    Return how precise each morph is.

    Parameters
    ----------
    confidence : float
        That the statement on a morph holds. A morph with several bounds shares its error probability among them.

    Returns
    -------
    bounds : DataFrame
        Index ``node_id``, morphs with members; ``members``; ``unseen``, members that nobody looked at; ``covered``,
        those of them that a bound of the morph's own speaks of; ``pooled``, those that only a pooled one does (bulk, the
        audit of a round); ``wrong_most``, how many of the unseen are wrong at most, NaN where it is not known;
        ``bound``, the share of the unseen that is right at least, NaN where it is not known; ``precision``, the same
        of all members; ``looked``, ``wrong``, of the samples; ``time`` of the oldest bound that counts, None
        without one.
    """
    known, cover, state = _cover(project, membership)
    members = np.bincount(state.node[state.node >= 0]) if (state.node >= 0).any() else np.empty(0, np.int64)
    unseen = np.flatnonzero((state.node >= 0) & (state.origin != LOOKED))
    unseen = unseen[np.argsort(state.node[unseen], kind="stable")]
    starts = np.searchsorted(state.node[unseen], np.arange(len(members) + 1))
    rows = {}
    for node_id in np.flatnonzero(members).tolist():
        counts = _counted(cover[unseen[starts[node_id] : starts[node_id + 1]]])
        count = int(members[node_id])
        rows[node_id] = {"members": count} | _statement(counts, known, count, confidence)
    columns = (
        "members",
        "unseen",
        "covered",
        "pooled",
        "wrong_most",
        "bound",
        "precision",
        "looked",
        "wrong",
        "time",
    )
    found = pd.DataFrame.from_dict(rows, orient="index", columns=list(columns))
    found.index.name = "node_id"
    return found


STATED = ("unseen", "bound", "precision")


def with_precision(morphs: pd.DataFrame, stated: pd.DataFrame) -> pd.DataFrame:
    """
    Return a table of morphs with how precise each is.

    Parameters
    ----------
    morphs : DataFrame
        Index ``node_id``.
    stated : DataFrame
        See :func:`bounds`.

    Returns
    -------
    morphs : DataFrame
        With ``unseen``, ``bound`` and ``precision`` beside the other columns, NaN where it is not known, and for a morph
        without members; and what they rest on: ``sampled`` images, ``sampled_wrong`` of them, and ``sampled_at``, when the
        oldest sample that counts was taken, missing without one.
    """
    stated = stated.reindex(morphs.index)
    found = stated[list(STATED)].astype(float).round(4)
    is_sampled = stated["looked"].fillna(0) > 0
    for column, source in (("sampled", "looked"), ("sampled_wrong", "wrong")):
        found[column] = stated[source].where(is_sampled).astype("Int64")
    found["sampled_at"] = stated["time"].where(is_sampled, None)
    return morphs.join(found)


def project_errors(
    project: Project, *, confidence: float = certifying.CONFIDENCE, membership: Membership | None = None
) -> dict[str, Any]:
    """
    Return how many of all members are expected to be wrong, and how many at most.

    Returns
    -------
    errors : dict
        ``members``; ``unseen``, those that nobody looked at; ``covered``, those of the unseen that a bound speaks of,
        pooled ones among them; ``passed``, those that were judged by the last good image only, of a row of a page of strips
        or of a page of candidates, where a round was audited (otherwise none); ``expected``, wrong ones expected among the
        covered and the passed; ``most``, how many of these are wrong at most; ``precision``, share of right ones, at
        least, among the members that are covered or were looked at, None where there are none. Passed ones count as
        looked at, with the share of wrong ones that the audits of rounds found.
    """
    known, cover, state = _cover(project, membership)
    is_unseen = (state.node >= 0) & (state.origin != LOOKED)
    covers = {one: count for one, count in _counted(cover[is_unseen]).items() if one >= 0}
    members, unseen = int((state.node >= 0).sum()), int(is_unseen.sum())
    covered = sum(covers.values())
    expected = sum(_expected(known[one], count) for one, count in covers.items())
    most = sum(_most_wrong(known[one], count, len(covers), confidence) for one, count in covers.items())
    audits = [bound for bound in known if bound.kind == "round"]
    passed = _passed(project, state) if audits else 0
    if passed:
        expected += (
            passed * (sum(one.wrong for one in audits) + 0.5) / (sum(one.looked for one in audits) + 1)
        )
        total = sum(one.total for one in audits)
        most += min(
            passed, -(-passed * sum(_most_wrong(one, one.total, 1, confidence) for one in audits) // total)
        )
    sure = members - unseen + covered
    return {
        "members": members,
        "unseen": unseen,
        "covered": covered,
        "passed": passed,
        "expected": round(float(expected), 1),
        "most": most,
        "precision": 1 - most / sure if sure else None,
    }


def _passed(project: Project, state: MembershipState) -> int:
    """Return how many members nobody judged but by a last good image: of a row of strips, or of candidates."""
    with project.read() as conn:
        rows = conn.execute(
            "SELECT object FROM look JOIN decision ON decision.decision_id = look.decision_id WHERE answer <> 'wrong' "
            "GROUP BY object HAVING min((verb = 'judge page' OR coalesce(json_extract(detail, '$.up_to'), 0)) AND "
            "answer = 'right')"
        ).fetchall()
    objects = np.array([row[0] for row in rows], np.int64)
    return int(((state.node[objects] >= 0) & (state.origin[objects] == LOOKED)).sum())


def _cover(
    project: Project, membership: Membership | None
) -> tuple[list[Bound], np.ndarray, MembershipState]:
    """Return the bounds, and for every object the place of the newest that speaks of it (-1: none)."""
    membership = membership or Membership(project)
    membership.refresh()
    state = membership.state
    with project.read() as conn:
        known = surveys.bounds(conn)
    cover = np.full(len(state.node), -1, np.int32)
    for place, bound in enumerate(known):
        cover[bound.objects] = place
    return known, cover, state


def _counted(cover: np.ndarray) -> dict[int, int]:
    """Return how many objects each bound speaks of, by its place."""
    places, counts = np.unique(cover, return_counts=True)
    return dict(zip(places.tolist(), counts.tolist(), strict=True))


def _statement(
    counts: dict[int, int], known: list[Bound], members: int, confidence: float
) -> dict[str, object]:
    """Return what the bounds say of a morph; *counts* are its unseen members by the place of their bound."""
    own = {one: count for one, count in counts.items() if one >= 0 and known[one].kind not in POOLED}
    pooled = sum(count for one, count in counts.items() if one >= 0 and known[one].kind in POOLED)
    unseen, covered = sum(counts.values()), sum(own.values())
    most = sum(_most_wrong(known[one], count, len(own), confidence) for one, count in own.items())
    is_known = covered == unseen
    return {
        "unseen": unseen,
        "covered": covered,
        "pooled": pooled,
        "wrong_most": most if is_known else np.nan,
        "bound": (1 - most / unseen if unseen else 1.0) if is_known else np.nan,
        "precision": 1 - most / members if is_known else np.nan,
        "looked": sum(known[one].looked for one in own),
        "wrong": sum(known[one].wrong for one in own),
        "time": min((known[one].time for one in own), default=None),
    }


def _most_wrong(bound: Bound, count: int, sharing: int, confidence: float) -> int:
    """Return how many of *count* objects that a bound speaks of are wrong at most."""
    alpha = bound.alpha / sharing * (1 - confidence) / (1 - certifying.CONFIDENCE)
    most = certifying.most_wrong(bound.total, bound.looked, bound.wrong, alpha) - bound.removed
    return min(most, count)


def _expected(bound: Bound, count: int) -> float:
    return count * (bound.wrong + 0.5) / (bound.looked + 1)
