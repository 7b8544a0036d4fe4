"""A shortlist that is ranked anew after each page is the ranking that one would get from the beginning."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from morphoexplore import review
from morphoexplore.review import shortlists
from morphoexplore.review.offers import rank
from morphoexplore.review.shortlists import Shortlist
from morphoexplore.store import morphospace, seeds
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from tests.made import make_project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = make_project(tmp_path / "p", sizes=(300, 200, 60), free=90, dims=8)
    for seed_id in (1, 2):
        few = seeds.objects_of(project, seed_id)[:40]
        review.gather(project, few, shown=few)
    review.discard(project, 3)
    return project


class Grower:
    """Somebody who grows morph 1 page by page."""

    def __init__(self, project: Project) -> None:
        self.project, self.membership = project, Membership(project)
        self.known = {"vectors": morphospace.read_pca(project), "index": seeds.SeedIndex(project)}
        self.begin()

    def begin(self) -> None:
        self.list = Shortlist(self.project, 1, membership=self.membership.state, **self.known)

    def follow(self):
        self.membership.refresh()
        return self.list.follow(membership=self.membership.state, index=self.known["index"])

    def assert_is_as_from_the_beginning(self) -> None:
        found = self.follow()
        full = rank(self.project, 1, axes=self.list.axes, trust=self.list.trust)
        assert found is not None
        assert found.objects.tolist() == full.objects.tolist()
        np.testing.assert_allclose(found.evidence, full.evidence, rtol=1e-5)
        np.testing.assert_allclose(found.own, full.own, rtol=1e-5)
        np.testing.assert_allclose(found.others, full.others, rtol=1e-5)


@pytest.fixture
def grower(project: Project, monkeypatch: pytest.MonkeyPatch) -> Grower:
    monkeypatch.setattr(shortlists, "MOST", 10_000)
    return Grower(project)


def test_pages_change_it_as_a_whole_ranking_would_and_so_does_undo(grower: Grower, project: Project) -> None:
    for _ in range(3):
        page = grower.follow().objects[:20]
        review.grow(project, 1, page[:14], wrong=page[14:], shown=page)
        grower.assert_is_as_from_the_beginning()
    review.undo(project)
    grower.assert_is_as_from_the_beginning()
    review.redo(project)
    grower.assert_is_as_from_the_beginning()


def test_what_others_decide_meanwhile_counts_too(grower: Grower, project: Project) -> None:
    review.gather(project, seeds.objects_of(project, 2)[60:90])
    grower.assert_is_as_from_the_beginning()
    review.reject(project, 1, seeds.objects_of(project, 1)[:3])
    grower.assert_is_as_from_the_beginning()


def test_after_a_page_nothing_is_ranked_in_full(
    grower: Grower, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = grower.follow().objects[:20]
    review.grow(project, 1, page[:14], wrong=page[14:], shown=page)
    monkeypatch.setattr(shortlists, "rank", None)
    assert grower.follow() is not None


def test_when_it_is_used_up_or_the_morph_is_another_one_all_is_ranked_again(
    grower: Grower, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    review.merge(project, [1, 2], into=1)
    assert grower.follow() is not None
    review.grow(project, 1, seeds.objects_of(project, 1)[40:200])
    assert grower.follow() is not None, "of a short list of all, nothing is missing"
    monkeypatch.setattr(shortlists, "MOST", 50)
    grower.begin()
    page = grower.follow().objects[:30]
    review.grow(project, 1, page[:5], wrong=page[5:], shown=page)
    assert grower.follow() is None, "more than half of it is gone"
    grower.begin()
    review.undo(project)
    assert grower.follow() is None, "others are free again"
