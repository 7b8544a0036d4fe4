"""Annotations of a source become morphs, in one decision."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.errors import WrongValueError
from morphoexplore.store import tree
from tests.made import state_of

COPEPODA = "Biota>Animalia>Arthropoda>Copepoda"
ROWS = [
    # id, state, category, number, lineage
    ("a", "validated", "Copepoda", "25828", COPEPODA),
    ("b", "validated", "Oithona", "26", f"{COPEPODA}>Oithona"),
    ("c", "V", "Oithona", "26", f"{COPEPODA}>Oithona"),
    ("d", "predicted", "Oithona", "26", f"{COPEPODA}>Oithona"),
    ("e", "dubious", "fiber<detritus", "7", "not-living>detritus>fiber"),
    ("f", "validated", "fiber<plastic", "8", "not-living>plastic>fiber"),
    ("g", "validated", "t001", "9", "temporary>t001"),
    ("h", "", "", "", ""),
    ("i", "validated", "Oithona", "26", f"{COPEPODA}>Oithona"),
]
HEADER = ["object_id"] + [
    f"object_annotation_{name}" for name in ("status", "category", "category_id", "hierarchy")
]


def table(folder: Path, rows: list[tuple[str, ...]], *, columns: int = 5, name: str = "a") -> Path:
    folder.mkdir(exist_ok=True)
    lines = ["\t".join(row[:columns]) for row in [tuple(HEADER), *rows]]
    (folder / f"ecotaxa_{name}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return table(tmp_path / "in", ROWS)


@pytest.fixture
def project(tmp_path: Path) -> mx.Project:
    return mx.create_project(tmp_path / "project", user="ana")


def paths(project: mx.Project) -> dict[str, list[str]]:
    """Return the ids of the members of every morph by its path."""
    nodes = tree.nodes(project)
    ids = mx.objects(project)["object_id"]
    return {
        tree.path_of(nodes, number): sorted(ids[tree.members(project, number)])
        for number, node in nodes.items()
        if not node.is_branch
    }


def test_validated_annotations_become_morphs_below_their_lineage(project: mx.Project, source: Path) -> None:
    taken = mx.add(project, source, take="validated")["taken"]
    assert (taken["objects"], taken["morphs"], taken["new_morphs"]) == (6, 4, 4)
    assert taken["states"] == {"validated": 5, "(no state)": 1, "V": 1, "predicted": 1, "dubious": 1}
    assert paths(project) == {
        f"{COPEPODA}>Copepoda": ["a"],
        f"{COPEPODA}>Oithona": ["b", "c", "i"],
        "not-living>plastic>fiber<plastic": ["f"],
        "temporary>t001": ["g"],
    }
    morphs = mx.morphs(project).set_index("name")
    assert (morphs["imported"] == morphs["members"]).all()
    assert morphs["kind"].to_dict() == {
        "Oithona": "living",
        "Copepoda": "living",
        "fiber<plastic": "artefact",
        "t001": "unknown",
    }
    leaves = [node for node in tree.nodes(project).values() if not node.is_branch]
    assert {node.taxon: node.ecotaxa_id for node in leaves} == {
        "Copepoda": 25828,
        "Oithona": 26,
        "fiber<plastic": 8,
        "t001": 9,
    }
    assert sorted(mx.objects(project)["object_id"][mx.free_objects(project)]) == ["d", "e", "h"]
    assert not mx.check(project)


def test_it_is_one_decision_that_can_be_taken_back_and_made_again(project: mx.Project, source: Path) -> None:
    mx.add(project, source)
    before = state_of(project)
    review.take(project)
    after = state_of(project)
    assert mx.history(project)["verb"].tolist() == ["take"]
    review.undo(project)
    assert before.is_restored_by(state_of(project))
    review.redo(project)
    assert after.is_restored_by(state_of(project))
    assert not mx.check(project)


def test_doing_it_again_changes_nothing(project: mx.Project, source: Path) -> None:
    mx.add(project, source, take=["validated"])
    before = state_of(project)
    taken = mx.add(project, source, take="validated")["taken"]
    assert (taken["objects"], taken["in_morphs"]) == (0, 6)
    assert state_of(project) == before
    assert len(mx.history(project)) == 1


def test_more_states_join_the_morphs_there_are(project: mx.Project, source: Path) -> None:
    mx.add(project, source, take="validated")
    taken = review.take(project, states=["predicted", "dubious"])
    assert (taken["objects"], taken["new_morphs"]) == (2, 1)
    assert paths(project)[f"{COPEPODA}>Oithona"] == ["b", "c", "d", "i"]
    assert paths(project)["not-living>detritus>fiber<detritus"] == ["e"]


def test_what_people_did_meanwhile_outweighs(project: mx.Project, source: Path) -> None:
    mx.add(project, source, take="validated")
    (oithona,) = (node.node_id for node in tree.nodes(project).values() if node.name == "Oithona")
    review.reject(project, oithona, [1])
    review.name(project, oithona, "Oithona similis")
    new = review.make_morph(project, name="other")
    review.move(project, [8], new)
    taken = review.take(project, states=["validated", "predicted"])
    assert taken["objects"] == 1
    assert paths(project)[f"{COPEPODA}>Oithona similis"] == ["c", "d"]
    assert paths(project)["other"] == ["i"]
    assert 1 in mx.free_objects(project)


def test_a_morph_that_turns_out_to_have_taxa_below_it_goes_into_their_branch(
    project: mx.Project, tmp_path: Path
) -> None:
    mx.add(project, table(tmp_path / "one", ROWS[:1]), take="validated")
    assert list(paths(project)) == [f"{COPEPODA}>Copepoda"[: -len(">Copepoda")]]
    mx.add(project, table(tmp_path / "two", ROWS[1:3], name="b"), take="validated")
    assert paths(project) == {f"{COPEPODA}>Copepoda": ["a"], f"{COPEPODA}>Oithona": ["b", "c"]}


def test_without_lineage_the_morphs_lie_at_the_top(project: mx.Project, tmp_path: Path) -> None:
    taken = mx.add(project, table(tmp_path / "in", ROWS, columns=3), take="validated")["taken"]
    assert taken["new_branches"] == 0
    assert set(paths(project)) == {"Copepoda", "Oithona", "fiber<plastic", "t001"}
    assert {node.ecotaxa_id for node in tree.nodes(project).values()} == {None}


def test_numbers_of_exports_with_internal_ids_are_taken_too(project: mx.Project, tmp_path: Path) -> None:
    lines = [
        "object_id\tobject_annotation_status\tobject_annotation_category\tclassif_id",
        "a\tvalidated\tCopepoda\t25828",
    ]
    (tmp_path / "ecotaxa_a.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    mx.add(project, tmp_path / "ecotaxa_a.tsv", take="validated")
    assert [node.ecotaxa_id for node in tree.nodes(project).values()] == [25828]


def test_only_objects_of_the_source_are_taken(project: mx.Project, tmp_path: Path) -> None:
    mx.add(project, table(tmp_path / "one", ROWS[:3]))
    taken = mx.add(project, table(tmp_path / "two", ROWS[5:6], name="b"), take="validated")["taken"]
    assert taken["objects"] == 1
    assert len(mx.free_objects(project)) == 3


def test_a_source_without_annotations_gives_nothing(project: mx.Project, tmp_path: Path) -> None:
    taken = mx.add(project, table(tmp_path / "in", ROWS, columns=1), take="validated")["taken"]
    assert taken["objects"] == 0
    assert len(mx.history(project)) == 0


def test_a_state_that_there_is_not_is_refused_before_anything_is_added(
    project: mx.Project, source: Path
) -> None:
    with pytest.raises(WrongValueError, match=r"no state 'checked'.* States: validated"):
        mx.add(project, source, take="validated,checked")
    assert project.count_objects() == 0


def test_it_says_what_it_did(project: mx.Project, source: Path) -> None:
    from morphoexplore.review.telling import told
    from morphoexplore.store import history

    mx.add(project, source, take="validated")
    decision = history.next_undo(project)
    assert decision is not None
    assert told(project, [decision]) == ["Took over 6 validated objects of the source into 4 morphs."]


def test_ten_thousand_objects_are_taken_at_once(project: mx.Project, tmp_path: Path) -> None:
    rows = [
        (f"o{n}", "validated", f"t{n % 30}", str(n % 30 + 1), f"living>A>t{n % 30}") for n in range(10_000)
    ]
    taken = mx.add(project, table(tmp_path / "in", rows), take="validated")["taken"]
    assert (taken["objects"], taken["new_morphs"], taken["new_branches"]) == (10_000, 30, 2)
    assert np.array_equal(np.unique(mx.morphs(project)["members"]), [333, 334])


def test_the_command_says_what_was_taken_and_what_was_not(source: Path, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from morphoexplore.cli import cli

    words = ["add", str(tmp_path / "p"), str(source), "--take"]
    first = CliRunner().invoke(cli, [*words, "validated", "--user", "eva"])
    assert "6 annotated objects taken over into 4 morphs, 4 of them new, with 7 new branches." in first.stdout
    again = CliRunner().invoke(cli, [*words, "validated"])
    assert "no annotation was taken over, 6 were in morphs before (states: validated 5, " in again.stdout
    assert CliRunner().invoke(cli, [*words, "checked"]).exit_code == 1
    update = CliRunner().invoke(cli, ["add", str(tmp_path / "p"), str(source), "--update"])
    assert "0 values of 9 objects changed." in update.stdout
    assert mx.history(mx.open_project(tmp_path / "p"))["user"].tolist() == ["eva"]


@pytest.mark.parametrize("number", ["inf", "1e30", "nan", "-5", "0", "2.5"])
@pytest.mark.parametrize("column", ["object_annotation_category_id", "classif_id"])
def test_a_number_that_no_category_can_have_counts_for_nothing(
    project: mx.Project, tmp_path: Path, number: str, column: str
) -> None:
    header = ["object_id", "object_annotation_status", "object_annotation_category", column]
    rows = [("a", "validated", "Copepoda", number), ("b", "validated", "Oithona", "26")]
    rows += [("c", "", "", "text")] if column == "classif_id" else []  # then it is a column of text
    text = "\n".join("\t".join(row) for row in [tuple(header), *rows])
    (tmp_path / "ecotaxa_a.tsv").write_text(text, encoding="utf-8")
    assert mx.add(project, tmp_path / "ecotaxa_a.tsv", take="validated")["taken"]["morphs"] == 2
    assert {node.name: node.ecotaxa_id for node in tree.nodes(project).values()} == {
        "Copepoda": None,
        "Oithona": 26,
    }
    assert mx.learn_taxa(project)["read"] == 2
    assert mx.taxa(project).set_index("display_name")["ecotaxa_id"].dropna().to_dict() == {"Oithona": 26}
