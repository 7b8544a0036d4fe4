"""What the map draws: positions, and columns that colour them."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from morphoexplore import review
from morphoexplore.errors import DecisionError, StepMissingError
from morphoexplore.steps import colouring, mapping
from morphoexplore.store import arrays, morphospace, objects, runs, seeds
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from tests.made import add_array, add_objects, add_round, change_by_force

GRID = np.array([[number % 6, number // 6] for number in range(30)], dtype=np.float64)


@pytest.fixture
def mapped_project(made_project: Project) -> Project:
    """A project whose objects stand on a grid, object 7 nowhere."""
    positions = GRID.copy()
    positions[7] = np.nan
    add_array(made_project, morphospace.EMBEDDING, morphospace.MAP, positions)
    return made_project


def add_column(project: Project, name: str, values: list[float | str | None]) -> None:
    if all(value is None or isinstance(value, str) for value in values):
        terms: dict[str, int] = {}
        codes = objects.encode(values, terms)  # type: ignore[arg-type]
        array_id = add_array(project, "metadata", name, codes)
        with project.write() as conn:
            objects.put_terms(conn, array_id, terms)
        return
    with runs.run(project, "compute", {}) as run, project.write() as conn:
        number = arrays.declare(conn, "metadata", name, dtype="<f8", width=0, run_id=run.run_id)
        arrays.enter(conn, [arrays.write_shard(project, number, 0, np.array(values, dtype=np.float64))])


def coloured(project: Project, name: str) -> tuple[dict[int, int], dict]:
    """Return the code of every drawn object, and the legend."""
    drawn = mapping.points(project, "map").objects
    column = colouring.column(project, name, Membership(project).state, drawn)
    assert column.codes.dtype == np.uint16
    assert len(column.codes) == len(drawn)
    return dict(zip(drawn.tolist(), column.codes.tolist(), strict=True)), column.legend


def counts(legend: dict) -> dict[str, int]:
    return {group["label"]: group["count"] for group in legend["groups"]}


# ------------------------------------------------------------------------------------------ positions


def test_points_keep_aspect_and_leave_out_what_has_no_position(mapped_project: Project) -> None:
    points = mapping.points(mapped_project, "map")
    assert sorted(points.objects.tolist()) == [n for n in range(30) if n != 7]
    x = dict(zip(points.objects.tolist(), points.x.tolist(), strict=True))
    y = dict(zip(points.objects.tolist(), points.y.tolist(), strict=True))
    assert (x[0], x[5]) == (0, 65535)
    assert y[24] - y[0] == pytest.approx(65535 * 4 / 5, abs=1)
    assert y[0] == pytest.approx(65535 / 10, abs=1)  # the shorter axis is in the middle


def test_points_come_in_an_order_that_is_random_and_always_the_same(mapped_project: Project) -> None:
    first, again = (mapping.points(mapped_project, "map").objects.tolist() for _ in range(2))
    assert first == again != sorted(first)


def test_points_are_packed_planar(mapped_project: Project) -> None:
    points = mapping.points(mapped_project, "map")
    data, n = points.packed(), len(points.objects)
    assert len(data) == 8 * n
    assert np.frombuffer(data, "<u2", n).tolist() == points.x.tolist()
    assert np.frombuffer(data, "<u4", n, 4 * n).tolist() == points.objects.tolist()


def test_principal_components_are_a_space_too(made_project: Project) -> None:
    assert mapping.spaces(made_project) == {"pc12": "PC1 and PC2"}
    assert len(mapping.points(made_project, "pc12").objects) == 30
    with pytest.raises(StepMissingError, match="no map yet"):
        mapping.points(made_project, "map")
    assert mapping.version(made_project, "nowhere") is None


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_points_are_drawn(empty_project: Project, n: int) -> None:
    add_objects(empty_project, 3)
    positions = np.full((3, 2), np.nan)
    positions[:n] = 5.0
    add_array(empty_project, morphospace.EMBEDDING, morphospace.MAP, positions)
    points = mapping.points(empty_project, "map")
    assert len(points.objects) == n
    assert set(points.x.tolist()) <= {32768}


def test_version_changes_with_the_array_only(mapped_project: Project) -> None:
    before = mapping.version(mapped_project, "map")
    review.make_morph(mapped_project)
    assert mapping.version(mapped_project, "map") == before
    change_by_force(mapped_project, "UPDATE shard SET checksum = checksum + 1")
    assert mapping.version(mapped_project, "map") != before


# ------------------------------------------------------------------------------------------ what is decided


def test_morphs_are_coloured_by_their_number_and_free_objects_by_none(mapped_project: Project) -> None:
    node_id = review.confirm(mapped_project, 1, name="Copepod")
    codes, legend = coloured(mapped_project, "morph")
    assert counts(legend) == {"Copepod": 7}  # of eight, one has no position
    assert legend["none"] == {"label": "free", "count": 22}
    assert legend["groups"][0]["hue"] == node_id
    assert codes[0] == legend["groups"][0]["code"]
    assert codes[29] == colouring.NONE


def test_codes_and_hues_of_others_stay_when_a_morph_is_made(mapped_project: Project) -> None:
    review.confirm(mapped_project, 2)
    before, legend = coloured(mapped_project, "morph")
    review.confirm(mapped_project, 1)
    after, later = coloured(mapped_project, "morph")
    assert before[8] == after[8]
    hues = [{group["code"]: group["hue"] for group in one["groups"]} for one in (legend, later)]
    assert hues[0].items() <= hues[1].items()


def test_branches_are_those_at_the_top(mapped_project: Project) -> None:
    first, second, third = (review.confirm(mapped_project, seed) for seed in (1, 2, 3))
    below = review.make_branch(mapped_project, name="Calanoida", owns=[first])
    review.make_branch(mapped_project, name="Copepoda", owns=[below, second])
    codes, legend = coloured(mapped_project, "branch")
    assert counts(legend) == {"Copepoda": 13, "in no branch": 5}
    assert codes[0] == codes[8] != codes[14]
    assert third


def test_seeds_are_pending_ones_and_their_free_objects(mapped_project: Project) -> None:
    review.discard(mapped_project, 4)
    morph = review.make_morph(mapped_project)
    review.move(mapped_project, [0], morph)
    codes, legend = coloured(mapped_project, "seed")
    assert counts(legend) == {"seed 1": 6, "seed 2": 6, "seed 3": 5}
    assert codes[0] == codes[19] == codes[29] == colouring.NONE


def test_a_new_round_is_another_state_of_the_seeds(mapped_project: Project) -> None:
    state = Membership(mapped_project).state
    before = colouring.version(mapped_project, "seed", state)
    add_round(mapped_project, np.repeat([-1, 0, -1], [23, 5, 2]))  # no decision
    assert colouring.version(mapped_project, "seed", state) != before
    assert counts(coloured(mapped_project, "seed")[1]) == {"seed 5": 5}


def test_origin_tells_how_objects_came_in(mapped_project: Project) -> None:
    review.confirm(mapped_project, 1, shown=[0, 1])
    _, legend = coloured(mapped_project, "origin")
    found = counts(legend)
    assert (found["looked at, right"], found["with its seed, unseen"], found["imported"]) == (2, 5, 0)
    assert legend["none"]["count"] == 22


def test_a_state_that_is_older_than_the_tree_is_coloured(mapped_project: Project) -> None:
    node_id = review.confirm(mapped_project, 1)
    state = Membership(mapped_project).state
    review.undo(mapped_project)
    codes = colouring.column(mapped_project, "morph", state, np.arange(30)).codes
    assert set(codes.tolist()) == {colouring.NONE}
    assert node_id


# ------------------------------------------------------------------------------------------ what is given


def test_samples_are_coloured_in_order_of_name(mapped_project: Project) -> None:
    codes, legend = coloured(mapped_project, "sample")
    assert counts(legend) == {"s0": 15, "s1": 14}
    assert codes[0] == codes[2] != codes[1]


def test_texts_are_coloured_by_frequency_and_the_rest_is_together(
    mapped_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(colouring, "MOST_TEXTS", 2)
    texts = ["b"] * 12 + ["a"] * 10 + ["c", "d", "", *[None] * 5]
    add_column(mapped_project, "taxon", texts)
    codes, legend = coloured(mapped_project, "metadata:taxon")
    assert counts(legend) == {"b": 11, "a": 10, "3 other texts": 3}
    assert legend["none"] == {"label": "empty", "count": 5}
    assert (codes[0], codes[12], codes[22], codes[29]) == (0, 1, 2, colouring.NONE)


def test_a_column_that_is_shorter_than_the_objects_is_empty_beyond(mapped_project: Project) -> None:
    add_column(mapped_project, "taxon", ["a"] * 10)
    codes, legend = coloured(mapped_project, "metadata:taxon")
    assert (legend["none"]["count"], codes[10]) == (20, colouring.NONE)


def test_numbers_are_put_on_a_robust_scale(mapped_project: Project) -> None:
    values = [float(number) for number in range(29)] + [np.nan]
    values[28] = 1e9
    add_column(mapped_project, "depth", values)
    codes, legend = coloured(mapped_project, "metadata:depth")
    scale = legend["scale"]
    assert (scale["least"], scale["most"], scale["is_log"]) == (0.0, 1e9, False)
    assert codes[28] == colouring.TOP
    assert codes[0] == 0
    assert codes[29] == colouring.NONE


def test_skewed_sizes_are_on_a_logarithmic_scale(mapped_project: Project) -> None:
    add_column(mapped_project, "area", [float(2**number) for number in range(30)])
    codes, legend = coloured(mapped_project, "metadata:area")
    assert legend["scale"]["is_log"]
    assert codes[15] - codes[14] == pytest.approx(codes[25] - codes[24], abs=2)


@pytest.mark.parametrize("value", [3.0, np.nan])
def test_a_column_of_one_value_or_none_is_coloured(mapped_project: Project, value: float) -> None:
    add_column(mapped_project, "mean", [value] * 30)
    codes, legend = coloured(mapped_project, "metadata:mean")
    assert len(set(codes.values())) == 1
    assert (legend["scale"] is None) == np.isnan(value)


def test_choices_leave_out_identifiers(mapped_project: Project) -> None:
    add_column(mapped_project, "link", [f"https://example.org/{number}" for number in range(30)])
    add_column(mapped_project, "status", ["new", "old"] * 15)
    add_column(mapped_project, "area", [1.0] * 30)
    names = [name for _, name, _ in colouring.choices(mapped_project)]
    assert names == ["morph", "branch", "seed", "origin", "sample", "metadata:status", "metadata:area"]


@pytest.mark.parametrize("name", ["nothing", "metadata:", "metadata:nothing", ""])
def test_an_unknown_column_is_a_sentence(mapped_project: Project, name: str) -> None:
    with pytest.raises(DecisionError, match="cannot be coloured"):
        coloured(mapped_project, name)


def test_versions_follow_decisions_where_they_matter(mapped_project: Project) -> None:
    add_column(mapped_project, "area", [1.0] * 30)
    names = ["morph", "sample", "metadata:area"]

    def versions() -> list[str]:
        state = Membership(mapped_project).state
        return [colouring.version(mapped_project, name, state) for name in names]

    before = versions()
    review.confirm(mapped_project, 1)
    after = versions()
    assert [a == b for a, b in zip(before, after, strict=True)] == [False, True, True]
    assert seeds.counts(mapped_project)["confirmed"] == 1
    shutil.rmtree(mapped_project.folder / "arrays")  # nothing of it is needed for a version
    assert versions() == after
