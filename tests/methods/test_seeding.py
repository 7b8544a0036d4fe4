import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from morphoexplore.methods import seeding
from morphoexplore.methods.mixtures import in_parts
from morphoexplore.methods.neighbours import nearest_neighbours
from morphoexplore.methods.seeding import (
    PAGE_OF_SEEDS,
    default_min_size,
    fill_page,
    find_seeds,
    neighbourhoods,
    null_ratio,
    preview,
)
from tests.made_groups import components, mixture


@pytest.fixture(scope="module")
def mixed():
    return mixture()


@pytest.fixture(scope="module")
def seeds(mixed):
    return find_seeds(mixed[0])


# seeds


def test_seeds_are_the_groups(mixed, seeds):
    truth = mixed[1]
    assert len(seeds) == 12
    for seed in range(12):
        groups, counts = np.unique(truth[seeds.labels == seed], return_counts=True)
        assert counts.max() / counts.sum() > 0.85
        assert groups[counts.argmax()] >= 0
    assert seeds.notes == []


def test_seeds_are_described_consistently(mixed, seeds):
    assert seeds.labels.dtype == np.int32
    np.testing.assert_array_equal(np.bincount(seeds.labels[seeds.labels >= 0]), seeds.sizes)
    assert (seeds.sizes >= 5).all()
    assert (np.diff(seeds.density) >= 0).all()
    np.testing.assert_array_equal(np.isnan(seeds.strangeness), seeds.labels < 0)
    assert not seeds.revisits.any()
    members = seeds.members(3)
    assert (seeds.labels[members] == 3).all()
    assert (np.diff(seeds.strangeness[members]) >= 0).all()


def test_strangeness_is_own_distance_over_distance_to_others():
    seeds = find_seeds(components(0))
    vectors = components(0).astype(np.float64)
    rows = np.flatnonzero(seeds.labels >= 0)[::40]
    assert len(rows) > 10
    for row in rows:
        distances = np.linalg.norm(vectors - vectors[row], axis=1)
        distances[row] = np.inf
        own = np.sort(distances[seeds.labels == seeds.labels[row]])[:5].mean()
        others = np.sort(distances[seeds.labels != seeds.labels[row]])[:5].mean()
        assert seeds.strangeness[row] == pytest.approx(own / others, rel=1e-5)


def test_the_middle_of_a_seed_is_more_typical_than_its_rim(mixed, seeds):
    vectors, _ = mixed
    for seed in range(len(seeds)):
        members = seeds.members(seed)
        reach = np.linalg.norm(vectors[members] - vectors[members].mean(axis=0), axis=1)
        half = len(members) // 2
        assert reach[:half].mean() < reach[half:].mean()


def test_the_same_input_gives_the_same_seeds(mixed, seeds):
    again = find_seeds(mixed[0])
    np.testing.assert_array_equal(again.labels, seeds.labels)
    np.testing.assert_array_equal(again.strangeness, seeds.strangeness)


def test_the_order_of_objects_only_reorders_the_seeds(mixed, seeds):
    order = np.random.default_rng(5).permutation(len(mixed[0]))
    shuffled = find_seeds(mixed[0][order])
    np.testing.assert_array_equal(shuffled.labels, seeds.labels[order])
    np.testing.assert_allclose(shuffled.strangeness, seeds.strangeness[order], rtol=1e-5)


def test_a_stored_graph_gives_the_same_seeds(mixed, seeds):
    vectors = mixed[0]
    indices, distances = nearest_neighbours(vectors, 30)
    stored = find_seeds(vectors, graph=(indices, distances), full_neighbours=indices)
    np.testing.assert_array_equal(stored.labels, seeds.labels)
    with pytest.raises(ValueError, match="The graph has 10 rows, the vectors 2000"):
        find_seeds(vectors, graph=(indices[:10], distances[:10]))


def test_columns_beyond_the_first_dims_do_not_shape_the_clusters(mixed):
    vectors = mixed[0]
    noise = np.random.default_rng(0).normal(size=vectors.shape).astype(np.float32) * 0.01
    longer = find_seeds(np.hstack([vectors, noise]))
    assert adjusted_rand_score(longer.labels, find_seeds(vectors).labels) > 0.99


def test_a_discarded_seed_does_not_come_back(mixed, seeds):
    refused = np.flatnonzero(seeds.labels == 2)
    again = find_seeds(mixed[0], refused=[refused, np.empty(0, int)])
    assert len(again) == len(seeds) - 1
    assert (again.labels[refused] == -1).all()
    assert again.notes == ["Left out 1 that was refused before."]


def test_a_part_of_a_discarded_seed_comes_last(mixed, seeds):
    refused = np.flatnonzero((seeds.labels == 0) | (seeds.labels == 4) | (seeds.labels == 9))
    again = find_seeds(mixed[0], refused=[refused])
    assert again.revisits.tolist() == [False] * 9 + [True] * 3
    assert (again.labels[seeds.labels == 0] == 9).all()
    assert (np.diff(again.density[:9]) >= 0).all()
    assert (np.diff(again.density[9:]) >= 0).all()


def test_a_discarded_seed_must_be_among_the_rows(mixed):
    with pytest.raises(ValueError, match="has row 2000, but there are 2000 objects"):
        find_seeds(mixed[0], refused=[[1, 2000]])


def one_heap(n=3000):
    """Make a heap in which nearly everything is one cluster beside a small distant one, d = 8."""
    rng = np.random.default_rng(0)
    heap = rng.normal(size=(n, 8))
    heap[-60:] = rng.normal(size=(60, 8)) * 0.3 + 12
    return heap.astype(np.float32)


def test_the_guard_halves_the_minimum_size_and_says_so():
    found = find_seeds(one_heap(), min_size=40)
    assert found.min_size < 40
    assert "With a minimum size of 40 one seed held" in found.notes[0]
    assert (found.sizes <= 300).all()


def test_the_guard_gives_up_eom_for_leaves():
    found = find_seeds(one_heap(), min_size=12, selection="eom")
    assert any("collapsed at every size; used pca leaf instead" in note for note in found.notes)
    assert (found.sizes <= 300).all()


def test_seeds_in_umap_space_are_the_groups_too():
    vectors, truth = mixture(n_groups=5, n_each=80, n_between=100)
    found, again = (find_seeds(vectors, space="umap", min_samples=5, random_state=1) for _ in range(2))
    assert len(found) >= 5
    assert (found.sizes >= 5).all()
    inside = (found.labels >= 0) & (truth >= 0)
    assert all(len(np.unique(truth[inside & (found.labels == seed)])) <= 1 for seed in range(len(found)))
    np.testing.assert_array_equal(found.labels, again.labels)


@pytest.mark.parametrize("n", [0, 1, 2, 15, 49])
def test_few_objects_have_no_seeds_but_a_note(n):
    found = find_seeds(mixture()[0][:n])
    assert len(found) == 0
    assert found.labels.tolist() == [-1] * n
    assert found.notes == [f"{n} objects are too few to look for seeds (at least 50)."]


@pytest.mark.parametrize("columns", [1, 40])
@pytest.mark.parametrize("space", ["pca", "umap"])
def test_identical_objects_have_no_seeds_but_a_note(columns, space):
    found = find_seeds(np.ones((120, columns), np.float32), space=space)
    assert np.isfinite(found.strangeness[found.labels >= 0]).all()
    assert len(found) or "No dense groups were found" in found.notes[-1]


def test_many_copies_of_a_few_objects_are_seeds():
    vectors = np.repeat(np.random.default_rng(0).normal(size=(6, 40)), 30, axis=0).astype(np.float32)
    found = find_seeds(vectors)
    assert len(found) == 6
    assert (found.density == 0).all()
    assert (found.strangeness[found.labels >= 0] == 0).all()


def test_unknown_options_are_refused(mixed):
    with pytest.raises(ValueError, match="no selection 'best'"):
        find_seeds(mixed[0], selection="best")
    with pytest.raises(ValueError, match="no space 'tsne'"):
        find_seeds(mixed[0], space="tsne")


@pytest.mark.parametrize(
    ("n", "ladder"),
    [
        (100, [16, 8, 5, 5]),
        (2000, [40, 20, 10, 5]),
        (7461, [128, 64, 32, 16]),
        (10**6, [2500, 1250, 625, 312]),
    ],
)
def test_the_minimum_size_halves_every_round_down_to_five(n, ladder):
    assert [default_min_size(n, number) for number in (1, 2, 3, 4)] == ladder


# judging features and settings


def two_large_and_many_small():
    """Make two groups of 300 and ten of 40, well apart."""
    rng = np.random.default_rng(3)
    sizes = [300, 300] + [40] * 10
    centres = rng.normal(size=(len(sizes), 32)) * 3
    vectors = np.repeat(centres, sizes, axis=0) + rng.normal(size=(sum(sizes), 32)) * 0.3
    return vectors.astype(np.float32), np.repeat(np.arange(len(sizes)), sizes)


def test_few_large_seeds_are_joined_by_smaller_ones_of_the_rest():
    vectors, groups = two_large_and_many_small()
    graph, full = neighbourhoods(vectors)
    page = fill_page(vectors, [128, 64, 32], min_samples=1, graph=graph, full_neighbours=full)
    assert len(page) >= PAGE_OF_SEEDS
    assert page.min_size == 128
    assert page.sizes[:2].tolist() == [300, 300]
    assert page.sizes[2:].max() <= 40
    for seed in range(len(page)):
        assert len(np.unique(groups[page.members(seed)])) == 1
    assert "2 seeds have 128 objects or more" in page.notes[-1]


def test_a_full_page_gets_no_smaller_seeds(mixed):
    vectors, _ = mixed
    graph, full = neighbourhoods(vectors)
    page = fill_page(vectors, [64, 32, 16], min_samples=1, graph=graph, full_neighbours=full)
    alone = find_seeds(vectors, min_size=64, min_samples=1, graph=graph, full_neighbours=full)
    np.testing.assert_array_equal(page.labels, alone.labels)


def test_a_discarded_seed_does_not_come_back_among_the_smaller_ones():
    vectors, groups = two_large_and_many_small()
    graph, full = neighbourhoods(vectors)
    refused = [np.flatnonzero(groups == 0), np.flatnonzero(groups == 5)]
    page = fill_page(
        vectors, [128, 64, 32], min_samples=1, refused=refused, graph=graph, full_neighbours=full
    )
    assert (page.labels[refused[1]] < 0).all()
    assert page.sizes[0] == 300


def test_a_mixture_comes_back_in_parts_beside_the_other_seeds():
    vectors, groups = two_large_and_many_small()
    vectors[groups == 1] = vectors[groups == 0].mean(0) + (
        vectors[groups == 1] - vectors[groups == 1].mean(0)
    )
    vectors[groups == 1, 0] += 1  # two forms that density alone joins
    mixture = np.flatnonzero(groups <= 1)
    mixture = mixture[groups[mixture] >= 0]
    graph, full = neighbourhoods(vectors)
    page = fill_page(
        vectors,
        [128, 64, 32],
        min_samples=1,
        refused=[mixture],
        mixed=[mixture],
        graph=graph,
        full_neighbours=full,
    )
    parts = np.unique(page.labels[mixture])
    assert (len(parts), parts[0]) == (4, 0)  # of 600 objects, all in one of them
    assert len(page) > 4  # the small ones of the rest
    assert "4 seeds are parts" in page.notes[0]
    assert np.isfinite(page.strangeness[page.labels >= 0]).all()


def test_a_part_that_is_the_refused_group_again_is_left_out(mixed):
    vectors, _ = mixed
    group = np.arange(200)
    vectors = vectors.copy()
    vectors[group] = np.random.default_rng(0).normal(size=(200, 32)).astype(np.float32)
    vectors[:3] += 100
    graph, _ = neighbourhoods(vectors)
    parts = in_parts(vectors, [group], min_size=32, refused=[group], graph=graph)
    assert parts.sizes.tolist() == [3]
    assert not len(in_parts(vectors, [group[:150]], min_size=32, graph=graph))


def test_structure_stands_out_from_its_permutation(mixed):
    noise = np.random.default_rng(1).normal(size=(3, 2000, 32)).astype(np.float32)
    assert null_ratio(mixed[0]) > 2
    # Some ten objects of noise lie in groups at all, so that a single ratio says little.
    assert 0.5 < np.mean([null_ratio(one) for one in noise]) < 1.5
    assert null_ratio(mixed[0]) == null_ratio(mixed[0])


@pytest.mark.parametrize("vectors", [np.zeros((0, 4)), np.zeros((3, 4)), np.zeros((100, 4))])
def test_the_null_ratio_is_always_a_number(vectors):
    assert np.isfinite(null_ratio(vectors.astype(np.float32)))


def test_a_large_collection_is_judged_by_a_part(mixed, monkeypatch):
    monkeypatch.setattr(seeding, "NULL_ROWS", 1000)
    assert null_ratio(mixed[0], graph=nearest_neighbours(mixed[0], 15)) > 2


def test_a_preview_counts_what_would_be_found(mixed, monkeypatch):
    vectors = mixed[0]
    calls = []

    def counted(*args, **kwargs):
        calls.append(1)
        return nearest_neighbours(*args, **kwargs)

    monkeypatch.setattr(seeding, "nearest_neighbours", counted)
    table = preview(vectors, [64, 16, 5])
    assert len(calls) == 5  # the graph and its four permutations
    assert table.columns.tolist() == [
        "min_size",
        "seeds",
        "clustered",
        "biggest",
        "median_size",
        "null_ratio",
    ]
    for size, row in zip([64, 16, 5], table.itertuples(), strict=True):
        found = find_seeds(vectors, min_size=size)
        assert row.min_size == size
        assert row.seeds == len(found)
        assert row.clustered == pytest.approx((found.labels >= 0).mean())
        assert row.biggest == pytest.approx(found.sizes.max() / len(vectors))
        assert row.median_size == np.median(found.sizes)
    assert table.null_ratio.nunique() == 1


def test_a_preview_of_few_objects_counts_nothing():
    table = preview(np.zeros((10, 3), np.float32), [16, 8])
    assert table.seeds.tolist() == [0, 0]
    assert len(preview(np.zeros((100, 3), np.float32), [])) == 0
