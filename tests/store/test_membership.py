"""The membership in memory; that it equals the database after any decisions: test_review_stateful.py."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from pathlib import Path

import numpy as np

from morphoexplore import review
from morphoexplore.store import history, tree
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project


def test_it_follows_every_kind_of_decision_undo_and_redo(made_project: Project) -> None:
    kept = Membership(made_project)

    def agrees() -> None:
        kept.refresh()
        node, origin = tree.membership(made_project)
        assert np.array_equal(kept.node, node)
        assert np.array_equal(kept.origin, origin)
        assert kept.version == history.version(made_project)

    one = review.confirm(made_project, 1, shown=[0, 1], wrong=[2])
    agrees()
    two = review.confirm(made_project, 2)
    review.grow(made_project, one, [23, 24], wrong=[25], shown=[23, 25])
    agrees()
    review.reject(made_project, one, [0])
    review.move(made_project, [1], two)
    agrees()
    three = review.split(made_project, two, [8, 9], name="part")
    agrees()
    review.merge(made_project, [one, three])
    agrees()
    for _ in range(5):
        review.undo(made_project)
        agrees()
    for _ in range(5):
        review.redo(made_project)
        agrees()


def test_several_decisions_are_replayed_in_one_go_and_an_undone_one_leaves_nothing(
    made_project: Project,
) -> None:
    kept = Membership(made_project)
    node = review.confirm(made_project, 1)
    review.grow(made_project, node, [23])
    review.undo(made_project)
    review.undo(made_project)
    kept.refresh()
    assert (kept.node == tree.FREE).all()
    assert (kept.origin == -1).all()


def test_decisions_that_move_nobody_only_raise_the_version(made_project: Project) -> None:
    node = review.confirm(made_project, 1)
    kept = Membership(made_project)
    before = kept.node.copy()
    review.name(made_project, node, "Calanus")
    review.discard(made_project, 2)
    kept.refresh()
    assert np.array_equal(kept.node, before)
    assert kept.version == 3


def test_a_state_that_somebody_holds_does_not_change(made_project: Project) -> None:
    kept = Membership(made_project)
    held = kept.state
    review.confirm(made_project, 1)
    kept.refresh()
    assert (held.node == tree.FREE).all()
    assert held.version == 0
    assert kept.state.version == 1


def test_node_and_version_of_a_state_belong_together_while_others_refresh(made_project: Project) -> None:
    kept = Membership(made_project)
    expected = {0: 0}
    for number, seed_id in enumerate((1, 2, 3, 4), start=1):
        review.confirm(made_project, seed_id)
        expected[number] = int((tree.membership(made_project)[0] >= 0).sum())
    for _ in range(4):
        review.undo(made_project)
    expected |= {4 + undone: expected[4 - undone] for undone in range(1, 5)}
    strange = []

    def look() -> None:
        for _ in range(50):
            kept.refresh()
            state = kept.state
            if int((state.node >= 0).sum()) != expected[state.version]:
                strange.append(state.version)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert strange == []
    assert kept.version == 8


def test_an_older_state_put_in_its_place_is_read_anew(made_project: Project, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    with sqlite3.connect(made_project.folder / "project.db") as conn:
        conn.execute("VACUUM INTO ?", (str(backup),))
    conn.close()
    membership = Membership(made_project)
    review.confirm(made_project, 1)
    membership.refresh()
    assert (membership.node >= 0).any()
    for path in made_project.folder.glob("project.db*"):
        path.unlink()
    shutil.copy(backup, made_project.folder / "project.db")
    membership.refresh()
    assert (membership.node < 0).all()
