"""Objects offered to many morphs at once: in the order of their own morph, and comparable between dense and wide ones."""

from __future__ import annotations

import os

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from morphoexplore.methods import growing, pooling
from morphoexplore.methods.growing import rank_candidates
from morphoexplore.methods.pooling import pooled_evidence


@pytest.fixture
def forms():
    """300 objects: a dense form, one three times as wide, and what is neither and was refused, a hundred of each."""
    rng = np.random.default_rng(2)
    centres = np.array([[0.0] * 8, [30.0] * 8, [15.0] * 8])
    spread = np.array([1.0, 3.0, 2.0])
    form = np.repeat(np.arange(3), 100)
    vectors = centres[form] + rng.normal(size=(300, 8)) * spread[form, None]
    morph = np.full(300, -1)
    morph[:50], morph[100:150] = 7, 8
    return vectors.astype(np.float32), form, morph


def _evidence(vectors, morph, objects, offered, **options):
    return pooled_evidence(
        vectors,
        objects=np.asarray(objects),
        offered=np.asarray(offered),
        morph=morph,
        refused=options.pop("refused", np.arange(200, 250)),
        **options,
    )


def test_what_is_of_its_form_comes_before_what_is_of_none(forms):
    vectors, form, morph = forms
    objects = np.r_[50:100, 150:200, 250:300]
    offered = np.where(form[objects] == 0, 7, 8)
    evidence = _evidence(vectors, morph, objects, offered)
    assert evidence[form[objects] < 2].max() < 1 < evidence[form[objects] == 2].min()


def test_within_a_morph_the_order_is_that_of_its_own_candidates(forms):
    vectors, _, morph = forms
    free = np.r_[50:100, 250:300]
    evidence = _evidence(vectors, morph, free, np.full(len(free), 7))
    alone = rank_candidates(
        vectors,
        members=np.flatnonzero(morph == 7),
        negatives=np.r_[100:150, 200:250],
        refused=np.arange(200, 250),
        free=free,
    )
    assert free[np.argsort(evidence, kind="stable")].tolist() == alone.objects.tolist()


def test_where_negatives_are_not_trusted_a_wide_form_does_not_come_last(forms):
    vectors, form, morph = forms
    objects = np.r_[50:100, 150:200]
    # What was refused is of the very forms that are sorted.
    own_forms = np.r_[50:70, 150:170]
    evidence = _evidence(vectors, morph, objects, form[objects] + 7, refused=own_forms)
    dense, wide = evidence[:50], evidence[50:]
    assert 0.8 < np.median(wide) / np.median(dense) < 1.25
    free = objects[20:50]
    alone = rank_candidates(
        vectors,
        members=np.flatnonzero(morph == 7),
        negatives=np.r_[100:150, own_forms],
        refused=own_forms,
        free=free,
    )
    assert alone.trust == growing.LEAST_TRUST
    assert free[np.argsort(dense[20:], kind="stable")].tolist() == alone.objects.tolist()


def test_morphs_of_one_member_and_of_copies_have_evidence_as_well(forms):
    vectors, _, morph = forms
    morph[:] = -1
    morph[0], morph[100:104] = 7, 8
    vectors[100:104] = vectors[100]
    evidence = _evidence(vectors, morph, [60, 160, 260], [7, 8, 8])
    assert np.isfinite(evidence).all()
    assert evidence[0] < 1 < evidence[2]


def test_without_anything_to_compare_with_the_nearest_come_first(forms):
    vectors, form, morph = forms
    morph[100:] = -1
    objects = np.r_[50:100, 150:200]
    evidence = _evidence(vectors, morph, objects, np.full(100, 7), refused=np.empty(0, np.int64))
    assert np.median(evidence[form[objects] == 0]) == pytest.approx(1, abs=0.25)
    assert evidence[form[objects] == 0].max() < evidence[form[objects] == 1].min()
    assert not len(_evidence(vectors, morph, [], [], refused=np.empty(0, np.int64)))


def test_the_number_of_threads_does_not_matter(forms, monkeypatch):
    vectors, form, morph = forms
    objects = np.r_[50:100, 150:200, 250:300]
    offered = np.where(form[objects] == 0, 7, 8)
    axes = np.random.default_rng(0).normal(size=(8, 16)).astype(np.float32)
    with threadpool_limits(1):
        monkeypatch.setattr(os, "cpu_count", lambda: 1)
        one = _evidence(vectors, morph, objects, offered, axes=axes)
    with threadpool_limits(2):
        monkeypatch.setattr(os, "cpu_count", lambda: 4)
        assert (_evidence(vectors, morph, objects, offered, axes=axes) == one).all()


def test_what_is_like_the_rejected_of_its_morph_comes_later(forms):
    vectors, _, morph = forms
    like = np.r_[250:270]  # of the form that was refused, which nobody refused here
    objects, offered = np.r_[60:80, 160:180, like], np.repeat([7, 8, 8], 20)
    nothing = np.empty(0, np.int64)
    before = _evidence(vectors, morph, objects, offered, refused=nothing)
    after = _evidence(vectors, morph, objects, offered, refused=nothing, rejected={8: np.r_[280:300]})
    assert (after[40:] > before[40:]).all()
    assert (after[:20] == before[:20]).all()  # from another morph nothing was rejected
    assert after[20:40].max() < 1 < after[40:].min()


def test_of_very_many_objects_the_likeliest_are_weighed(forms, monkeypatch):
    vectors, _, morph = forms
    monkeypatch.setattr(pooling, "MOST_OBJECTS", 2)
    evidence = _evidence(vectors, morph, [60, 160, 61, 161], [7, 8, 7, 8])
    assert np.isnan(evidence).tolist() == [False, False, True, True]


def test_some_members_stand_for_very_many(forms, monkeypatch):
    vectors, form, morph = forms
    objects = np.r_[50:100, 150:200, 250:300]
    offered = np.where(form[objects] == 0, 7, 8)
    monkeypatch.setattr(pooling, "STANDING", 20)
    monkeypatch.setattr(pooling, "AGAINST", 20)
    evidence = _evidence(vectors, morph, objects, offered)
    assert evidence[form[objects] < 2].max() < 1 < evidence[form[objects] == 2].min()
