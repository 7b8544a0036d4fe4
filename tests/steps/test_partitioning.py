"""``partition``: cells are stored, frozen, versioned and read back."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.cli import cli
from morphoexplore.errors import DecisionError, StepMissingError, WrongValueError
from morphoexplore.steps import colouring, exporting, tallying
from morphoexplore.store import arrays, morphospace, partitions, runs, tree
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from tests import made


@pytest.fixture
def cut_project(made_project: Project) -> Project:
    mx.partition(made_project, cells=4, dims=3)
    return made_project


def add_placed(project: Project, positions: np.ndarray) -> None:
    """Add objects, and project them into the morphospace there is."""
    n = project.count_objects()
    made.add_objects(project, len(positions), samples=2)
    space = morphospace.embedding(project, morphospace.PCA)
    assert space is not None
    with project.write() as conn:
        arrays.enter(conn, [arrays.write_shard(project, space.array_id, n, positions.astype(np.float32))])


def cells_of(project: Project) -> np.ndarray:
    return np.asarray(partitions.read(project, partitions.require(project)))


def test_every_object_has_the_cell_whose_middle_is_nearest(cut_project: Project) -> None:
    cell, table = cells_of(cut_project), mx.cells(cut_project)
    positions = np.asarray(morphospace.read_pca(cut_project))[:, :3]
    middles = table[["pc1", "pc2", "pc3"]].to_numpy()
    distances = np.linalg.norm(positions[:, None] - middles, axis=2)
    np.testing.assert_array_equal(cell, distances.argmin(axis=1) + 1)
    assert table["objects"].sum() == 30
    assert table.index.tolist() == [1, 2, 3, 4]
    assert (np.diff(table["objects"]) <= 0).all(), "the largest first"
    for number, example in table["example"].items():
        own = np.flatnonzero(cell == number)
        assert example == f"obj_{own[distances[own, number - 1].argmin()]}"


def test_asked_for_again_it_is_there_already(cut_project: Project) -> None:
    n = len(runs.listing(cut_project))
    result = mx.partition(cut_project, cells=4, dims=3)
    assert (result["is_new"], result["objects"], result["there"], result["version"]) == (False, 0, 30, 1)
    assert len(runs.listing(cut_project)) == n


@pytest.mark.parametrize(
    "options",
    [{"cells": 5}, {"dims": 2}, {"random_state": 1}, {"refit": True}],
    ids=lambda one: next(iter(one)),
)
def test_other_options_make_a_new_version_and_the_old_one_stays(
    cut_project: Project, options: dict[str, int]
) -> None:
    result = mx.partition(cut_project, **({"cells": 4, "dims": 3} | options))  # type: ignore[arg-type]
    assert (result["is_new"], result["version"]) == (True, 2)
    versions = arrays.listing(cut_project, partitions.PARTITION)
    assert [one.version for one in versions] == [1, 2]
    assert partitions.centroids(cut_project, versions[0]).shape == (4, 3)
    assert mx.check(cut_project) == []


def test_refitting_without_changes_gives_the_same_cells(cut_project: Project) -> None:
    before = cells_of(cut_project)
    mx.partition(cut_project, cells=4, dims=3, refit=True)
    np.testing.assert_array_equal(cells_of(cut_project), before)


def test_new_objects_get_the_nearest_cell_and_move_none(cut_project: Project) -> None:
    before, table = cells_of(cut_project), mx.cells(cut_project)
    far = np.zeros((2, 4))
    far[:, :3] = table.loc[[3, 1], ["pc1", "pc2", "pc3"]].to_numpy()
    add_placed(cut_project, np.vstack([far, np.full((1, 4), np.nan)]))
    with pytest.raises(StepMissingError, match="partition of 3 of its 33 objects"):
        mx.cells(cut_project)
    result = mx.partition(cut_project, cells=4, dims=3)
    assert (result["is_new"], result["objects"], result["there"], result["without"]) == (False, 3, 30, 1)
    cell = cells_of(cut_project)
    np.testing.assert_array_equal(cell[:30], before)
    assert cell[30:].tolist() == [3, 1, -1]


def test_cells_are_fitted_to_what_lives(made_project: Project) -> None:
    mx.review.confirm(made_project, 1)
    (morph,) = mx.morphs(made_project).index
    review.kind(made_project, int(morph), "detritus")
    result = mx.partition(made_project, cells=3)
    assert result["fitted"] == 22
    members = mx.cell_members(made_project)
    assert len(members) == 22
    assert "obj_0" not in set(members["object_id"])
    assert mx.cells(made_project)["objects"].sum() == 22
    assert (cells_of(made_project) > 0).all(), "all the same, they have a cell"
    review.kind(made_project, int(morph), "living")
    assert mx.cells(made_project)["objects"].sum() == 30
    assert mx.cells(made_project)["free"].sum() == 22
    table = mx.cell_members(made_project).set_index("object_id")
    assert table.loc["obj_0", "node_id"] == morph
    assert table["node_id"].isna().sum() == 22


def test_objects_weigh_by_what_they_stand_for_where_that_is_known(made_project: Project) -> None:
    mx.set_formulas(made_project, subsample_coef="1/4", total_water_volume="250")
    assert mx.partition(made_project, cells=3)["weight"] == "concentration"
    assert mx.partition(made_project, cells=3, weight="count")["weight"] == "count"


def test_a_new_morphospace_needs_a_new_partition(cut_project: Project) -> None:
    rng = np.random.default_rng(9)
    made.add_array(
        cut_project,
        morphospace.EMBEDDING,
        morphospace.PCA,
        rng.normal(size=(30, 4)),
        new_version=True,
    )
    assert len(mx.cells(cut_project)) == 4, "the old one can be read until then"
    assert mx.partition(cut_project, cells=4, dims=3)["version"] == 2


def test_few_objects_in_many_cells_are_remarked_on(made_project: Project) -> None:
    (note,) = mx.partition(made_project, cells=10)["notes"]
    assert note.startswith("30 objects in 10 cells are about 3 each")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"cells": 31}, "30 different positions cannot be cut into 31"),
        ({"cells": 1}, "2 cells or more"),
        ({"dims": 0}, "1 dimension or more"),
        ({"weight": "biovolume"}, "count or concentration"),
        ({"weight": "concentration"}, "Set them first: morphoexplore volumes"),
    ],
)
def test_options_that_cannot_be_used_are_said(
    made_project: Project, options: dict[str, object], words: str
) -> None:
    with pytest.raises(WrongValueError, match=words):
        mx.partition(made_project, **options)  # type: ignore[arg-type]
    assert partitions.newest(made_project) is None


def test_nothing_is_cut_before_there_is_a_space(empty_project: Project) -> None:
    with pytest.raises(StepMissingError, match="no embedding yet"):
        mx.partition(empty_project)


def test_what_must_be_there_before_is_said(made_project: Project) -> None:
    with pytest.raises(StepMissingError, match="no partition yet"):
        mx.cells(made_project)
    made.add_objects(made_project, 1)
    with pytest.raises(StepMissingError, match="embedding of 1 of its 31 objects"):
        mx.partition(made_project)


def test_the_verb_cuts_and_writes_tables(made_project: Project, tmp_path: Path) -> None:
    words = ["partition", str(made_project.folder), "--cells", "3", "--out", str(tmp_path / "cells")]
    first = CliRunner().invoke(cli, words)
    assert first.exit_code == 0, first.output
    assert "Version 1: 3 cells of 4 dimensions, by count, fitted to 30 living objects." in first.stdout
    report = json.loads(CliRunner().invoke(cli, [*words, "--json"]).stdout)
    assert (report["is_new"], len(report["files"])) == (False, 2)
    assert "This is there already" in CliRunner().invoke(cli, words[:4]).stdout
    assert len(pd.read_csv(tmp_path / "cells" / "partition.csv")) == 30
    assert pd.read_csv(tmp_path / "cells" / "cells.csv")["title"].tolist() == ["cell 1", "cell 2", "cell 3"]
    assert tree.membership(made_project)[0].max() == tree.FREE, "nothing was decided"


# ------------------------------------------------------------------------------- counting by cell


def test_cells_are_counted_as_morphs_are(cut_project: Project) -> None:
    counted = tallying.tally(cut_project, morph_set="partition", kinds=["living"])
    assert counted.morph_set == "partition (4 cells, version 1)"
    table = counted.counts(counted.choose_samples(None), counted.choose_morphs(kinds=["living"]))
    cell = cells_of(cut_project)
    by_hand = pd.Series(cell).groupby([np.arange(30) % 2, cell]).size()
    for sample, number in ((0, 1), (1, 3)):
        row = table[(table["sample"] == f"s{sample}") & (table["node_id"] == number)].iloc[0]
        assert (row["count"], row["title"]) == (by_hand.loc[(sample, number)], f"cell {number}")
    rest = table[table["node_id"].isna()]
    assert rest["title"].tolist() == ["in no cell"] * 2
    assert rest["count"].sum() == 0
    assert table["count"].sum() == 30
    found = counted.objects_of(counted.samples.index[:1], [2])
    np.testing.assert_array_equal(found, np.flatnonzero((cell == 2) & (np.arange(30) % 2 == 0)))


def test_what_does_not_live_is_in_no_cell_and_the_unsorted_are_told_all_the_same(
    cut_project: Project,
) -> None:
    mx.review.confirm(cut_project, 1)
    (morph,) = mx.morphs(cut_project).index
    review.kind(cut_project, int(morph), "detritus")
    counted = tallying.tally(cut_project, morph_set="partition", kinds=["living"])
    samples, cells = counted.samples.index, counted.choose_morphs(kinds=["living"])
    coverage = counted.coverage(samples, cells)
    assert (coverage.counted, coverage.unsorted, coverage.elsewhere, coverage.morphs) == (22, 22, 8, 4)
    table = mx.indices(cut_project, morph_set="partition")
    assert set(table["share_unsorted"]) == {11 / 15}
    every = tallying.tally(cut_project, morph_set="partition")
    assert every.coverage(samples, cells).counted == 30


def test_only_a_branch_can_be_counted_by_cell(cut_project: Project) -> None:
    for seed_id in (1, 2):
        mx.review.confirm(cut_project, seed_id)
    large, small = mx.morphs(cut_project).index
    branch = review.make_branch(cut_project, name="Copepoda", owns=[int(large)])
    counted = tallying.tally(cut_project, morph_set="partition", kinds=["living"], branch=branch)
    assert int(counted.grid.drop(columns=tree.FREE).to_numpy().sum()) == 8
    table = mx.indices(cut_project, morph_set="partition", branch=branch)
    assert set(table["morph_set"]) == {"partition (4 cells, version 1): Copepoda"}
    with pytest.raises(DecisionError, match="Choose a branch"):
        tallying.tally(cut_project, morph_set="partition", branch=int(small))


def test_a_morph_set_that_there_is_not_is_said(made_project: Project) -> None:
    with pytest.raises(WrongValueError, match="Morph sets: tree, partition"):
        tallying.tally(made_project, morph_set="taxa")
    with pytest.raises(StepMissingError, match="no partition yet"):
        tallying.tally(made_project, morph_set="partition")


def test_indices_and_counts_are_of_the_morph_set_that_was_asked_for(cut_project: Project) -> None:
    table = mx.indices(cut_project, morph_set="partition")
    assert set(table["morph_set"]) == {"partition (4 cells, version 1)"}
    richness = table[table["index"] == "richness"]
    counts = mx.counts(cut_project, morph_set="partition")
    present = counts.dropna(subset="node_id").query("count > 0").groupby("sample").size()
    assert richness["estimate"].tolist() == present.tolist()
    assert richness["n_objects"].tolist() == [15, 15]
    assert richness["share_unsorted"].tolist() == [1, 1]
    assert mx.counts(cut_project)["title"].tolist() == ["unsorted"] * 2


def test_the_verb_diversity_takes_a_partition_before_anything_is_sorted(
    cut_project: Project, tmp_path: Path
) -> None:
    words = [
        "diversity",
        str(cut_project.folder),
        str(tmp_path),
        "--morph-set",
        "partition",
        "--figures",
        "html",
    ]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0, result.output
    assert "2 samples, 4 cells, 30 objects counted; 100% of all objects are unsorted." in result.stdout
    assert (tmp_path / "composition.html").is_file()
    table = pd.read_csv(tmp_path / "diversity.csv")
    assert set(table["morph_set"]) == {"partition (4 cells, version 1)"}
    last = json.loads(runs.listing(cut_project).iloc[-1]["parameters"])
    assert last["morph_set"] == "partition (4 cells, version 1)"


@pytest.mark.parametrize(("format", "rows"), [("partition", 30), ("cells", 4)])
def test_cells_are_exported_before_anything_is_sorted(
    cut_project: Project, tmp_path: Path, format: str, rows: int
) -> None:
    report = mx.export(cut_project, tmp_path, format=format)
    assert report["rows"] == exporting.preview(cut_project, format=format)["rows"] == rows
    assert len(pd.read_csv(tmp_path / f"{format}.csv")) == rows


# ------------------------------------------------------------------------------------------ on the map


def test_the_map_is_coloured_by_cell(cut_project: Project) -> None:
    assert ("Sorting", "cell", "Cell") in colouring.choices(cut_project)
    drawn = np.random.default_rng(1).permutation(30)
    found = colouring.column(cut_project, "cell", Membership(cut_project).state, drawn)
    assert found.codes.tolist() == (cells_of(cut_project)[drawn] - 1).tolist()
    assert [one["label"] for one in found.legend["groups"]] == ["cell 1", "cell 2", "cell 3", "cell 4"]
    assert [one["count"] for one in found.legend["groups"]] == mx.cells(cut_project)["objects"].tolist()


def test_the_map_leaves_out_of_the_cells_what_does_not_count_and_what_came_since(
    cut_project: Project,
) -> None:
    before = colouring.version(cut_project, "cell", Membership(cut_project).state)
    morph = review.gather(cut_project, np.arange(5), kind="detritus")
    made.add_objects(cut_project, 2)
    assert morph
    state = Membership(cut_project).state
    found = colouring.column(cut_project, "cell", state, np.arange(32))
    assert np.flatnonzero(found.codes == colouring.NONE).tolist() == [0, 1, 2, 3, 4, 30, 31]
    assert found.legend["none"] == {"label": "in no cell", "count": 7}
    assert colouring.version(cut_project, "cell", state) != before


def test_without_a_partition_there_are_no_cells_on_the_map(made_project: Project) -> None:
    assert "cell" not in [name for _, name, _ in colouring.choices(made_project)]
    with pytest.raises(DecisionError, match="morphoexplore partition"):
        colouring.column(made_project, "cell", Membership(made_project).state, np.arange(30))
