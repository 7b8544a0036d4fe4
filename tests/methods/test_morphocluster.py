"""MorphoCluster's protocol, as it is played to be compared with."""

from __future__ import annotations

import numpy as np
import pytest

from morphoexplore.methods.annotating import NOTHING
from morphoexplore.methods.morphocluster import GROW_PAGE, Collection, Session


def _heap(sizes: tuple[int, ...], labels: tuple[int, ...], far: float = 10.0) -> Collection:
    """Return round groups beside each other."""
    rng = np.random.default_rng(0)
    centres = far * np.eye(len(sizes), 32)
    vectors = np.concatenate(
        [centre + rng.normal(size=(size, 32)) for centre, size in zip(centres, sizes, strict=True)]
    )
    return Collection(vectors.astype(np.float32), np.repeat(labels, sizes))


def test_pure_clusters_are_approved_with_a_key_each_and_mixtures_are_dissolved() -> None:
    collection = _heap((200, 200), (0, 1))
    collection.labels[200::2] = 2
    session = Session(collection, approve=0.9)
    assert session._judge(np.arange(200)) == 1
    assert session._judge(np.arange(200, 400)) is None
    assert (session.review, session.looks, session.label_of) == (2, 2, {1: 0})
    assert (session.node[:200] == 1).all()
    assert (session.node[200:] == -1).all()


def test_growth_takes_all_pages_before_the_first_bad_one_for_a_key_each() -> None:
    collection = _heap((400, 400), (0, 1))
    session = Session(collection, page_ok=0.95)
    session.node[:50], session.label_of = 1, {1: 0}
    came_in = session.grow(1)
    assert came_in % GROW_PAGE == 0
    assert 350 - GROW_PAGE < came_in <= 350
    assert (session.node[400:] == -1).all()
    assert session.growth < came_in / 25


def test_a_key_is_reckoned_for_each_morph_of_a_label_that_has_one_and_a_name_for_each_label() -> None:
    session = Session(_heap((100, 100, 100), (0, 0, 1)))
    for start in (0, 100, 200):
        session._judge(np.arange(start, start + 100))
    scores = session.result(page_seconds=1.0, click_seconds=1.0)
    assert (scores["morphs"], scores["actions_merging"], scores["actions_naming"]) == (3, 1, 2)
    assert scores["actions"] == 3 + 1 + 2
    assert scores["objects_per_action"] == 300 / 6
    assert scores["hours"] == pytest.approx((3 + 6) / 3600)


def test_a_session_finds_what_is_dense_and_leaves_what_is_nothing() -> None:
    collection = _heap((300, 200, 100), (0, 1, NOTHING))
    session = Session(collection).run()
    assert {session.label_of[node] for node in np.unique(session.node[session.node >= 0])} <= {0, 1}
    actions, found, right, morphs = session.curve[-1]
    assert morphs == len(session.label_of)
    assert actions == session.review + session.growth
    assert found >= right > 300


def test_who_errs_gives_a_second_look_to_what_looks_wrong() -> None:
    collection = _heap((4000,), (0,))
    session = Session(collection, error=0.2)
    assert session._sees(np.arange(4000), 0).mean() == pytest.approx(1 - 0.2**2, abs=0.01)
    assert session._sees(np.arange(4000), 1).mean() == pytest.approx(0.2, abs=0.03)
