"""Each broken invariant is found: a sound project, one thing broken by force, a finding with words."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from morphoexplore import review
from morphoexplore.store import arrays, checks, images, runs
from morphoexplore.store.project import Project
from tests.made import add_array, change_by_force


@pytest.fixture
def project(made_project: Project) -> Project:
    """Morphs 1 and 2, branch 3, a discarded seed, a rejection, a number column, an embedding with its space."""
    review.confirm(made_project, 1, wrong=[7], shown=[0])
    review.confirm(made_project, 2)
    review.make_branch(made_project, owns=[1])
    review.discard(made_project, 3)
    add_array(made_project, "metadata", "area", np.arange(30.0))
    add_array(made_project, "embedding", "map", np.zeros((30, 2)), parameters={"blob": "space-1"})
    arrays.write_blob(made_project, "space-1", {"mean": np.zeros(4)})
    return made_project


def found_in(project: Project) -> str:
    return "\n".join(f"{finding.where}: {finding.what}" for finding in checks.check(project))


def test_a_sound_project_has_no_findings(project):
    assert checks.check(project) == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("DELETE FROM object WHERE object = 5", "29 objects, but"),
        ("UPDATE sample SET metadata = '{' WHERE sample_id = 1", "sample s0: has metadata that cannot be read"),
        ("INSERT INTO term SELECT array_id, 3, 'x' FROM array LIMIT 1", "has lost some of its texts"),
        ("UPDATE object SET object = 50 WHERE object = 29", "30 objects, but the highest number is 50"),
        ("UPDATE member SET node_id = 3 WHERE object = 0", "member of object 0: is owned by branch 3"),
        ("UPDATE node SET parent_id = 2 WHERE node_id = 1", "node 1: lies below node 2, which is a morph"),
        ("UPDATE node SET parent_id = 3 WHERE node_id = 3", "node 3: lies below itself"),
        ("INSERT INTO rejection VALUES (0, 1, 1)", "rejection of object 0: is of morph 1"),
        ("UPDATE seed SET node_id = 1 WHERE seed_id = 4", "seed 4: is pending, yet has a morph"),
        ("UPDATE seed SET node_id = 3 WHERE seed_id = 1", "seed 1: was confirmed as node 3, which is a branch"),
        ("UPDATE seed SET state = 'confirmed' WHERE seed_id = 4", "judged seeds: 1 differ from what the decisions"),
        ("UPDATE seed SET state = 'pending' WHERE seed_id = 3", "judged seeds: 1 differ"),
        ("UPDATE seed SET size = 3 WHERE seed_id = 4", "seed 4: has size 3, but 4 objects"),
        ("UPDATE node SET is_complete = 1 WHERE node_id = 3", "node 3: is a branch, and yet complete"),
        ("UPDATE node SET name = 'x' WHERE node_id = 2", "nodes: 1 differ from what the decisions made"),
        ("DELETE FROM member WHERE object = 0", "members: 1 differ from what the decisions made, first number 0"),
        ("UPDATE member SET origin = 'grown' WHERE object = 0", "members: 1 differ"),
        ("UPDATE member SET origin = 'guess' WHERE object = 0", "members: 1 differ"),
        ("DELETE FROM rejection", "rejections: 1 differ from what the decisions made, first number 7"),
        ("UPDATE decision SET changes = x'00' WHERE decision_id = 2", "decision 2: The changes of decision 2 cannot be"),
        ("UPDATE decision SET changes = NULL WHERE decision_id = 2", "decision 2: has lost its changes"),
        ("DELETE FROM decision WHERE decision_id = 1", "refers to a row of decision that does not exist"),
        (
            "INSERT INTO decision (verb, user, time, detail, target_id) VALUES ('undo', '', '', '{}', NULL)",
            "undoes or redoes decision None",
        ),
        ("UPDATE member SET node_id = 77 WHERE object = 0", "refers to a row of node that does not exist"),
        ("INSERT INTO rejection VALUES (0, 77, 1)", "rejection: refers to a row of node that does not exist"),
        ("UPDATE shard SET start = 2 WHERE file LIKE '%00004%'", "has a gap or an overlap at object 2"),
        ("DELETE FROM shard WHERE file LIKE '%00004%'", "column area: does not cover all objects"),
        ("UPDATE shard SET stop = 99 WHERE file LIKE '%00004%'", "metadata area: covers 99 objects, but there are 30"),
        ("UPDATE array SET dtype = '<f8' WHERE name = 'pca'", "(30, 4) float32, but (30, 4) <f8 is entered"),
        ("UPDATE array SET width = 5 WHERE name = 'pca'", "(30, 4) float32, but (30, 5) <f4 is entered"),
        ("UPDATE shard SET checksum = 0 WHERE array_id = 1", "was changed or damaged since it was written"),
    ],
)  # fmt: skip
def test_a_database_broken_by_force_is_found(project, statement, words):
    change_by_force(project, statement)
    assert words in found_in(project)


@pytest.mark.parametrize(
    ("kind", "damage", "words"),
    [
        ("embedding", lambda path: path.unlink(), "the file is gone"),
        (
            "embedding",
            lambda path: path.write_bytes(path.read_bytes()[:-9]),
            "the file was changed or damaged",
        ),
        (
            "seed",
            lambda path: path.write_bytes(b"x" + path.read_bytes()[1:]),
            "the file was changed or damaged",
        ),
    ],
)
def test_a_damaged_file_is_found(project, kind, damage, words):
    with project.read() as conn:
        row = conn.execute(
            "SELECT file FROM shard JOIN array USING (array_id) WHERE kind = ?", (kind,)
        ).fetchone()
    damage(project.folder / row["file"])
    assert f"{row['file']}: {words}" in found_in(project)


@pytest.mark.parametrize(("kind", "verb"), [("embedding", "embed"), ("features", "extract"), ("seed", None)])
def test_what_is_damaged_can_be_made_again_by_a_verb(project, kind, verb):
    with project.write() as conn:
        row = conn.execute("SELECT array_id, file FROM shard JOIN array USING (array_id) LIMIT 1").fetchone()
        conn.execute("UPDATE array SET kind = ? WHERE array_id = ?", (kind, row["array_id"]))
    (project.folder / row["file"]).unlink()
    advice = next(one.advice for one in checks.check(project) if one.where == row["file"])
    assert (f"morphoexplore {verb} {project.folder}" if verb else "Run the step") in advice


def test_what_a_run_is_writing_is_not_said_to_be_left_over(project):
    with runs.run(project, "embed", {}):
        arrays.write_blob(project, "space-99", {})
        assert [one.advice for one in checks.check(project)] == [checks._BEING_WRITTEN]
    assert [one.advice for one in checks.check(project)] == [checks._SWEPT]
    arrays.sweep(project)


def test_a_damaged_space_is_found(project):
    path = project.folder / "arrays" / "space-1.npz"
    path.write_bytes(path.read_bytes()[:-30])
    assert "arrays/space-1.npz" in found_in(project)
    path.unlink()
    assert "arrays/space-1.npz" in found_in(project)


def test_a_file_that_nobody_names_is_harmless(project):
    arrays.write_blob(project, "space-2", {})
    findings = checks.check(project)
    assert [(finding.where, finding.is_harmless) for finding in findings] == [("arrays/space-2.npz", True)]


def test_images_that_are_gone_are_found_with_the_way_out(project, tmp_path: Path):
    (tmp_path / "images").mkdir()
    with project.write() as conn:
        images.put_source(
            conn,
            project,
            run_id=1,
            path=tmp_path,
            format="folder",
            root=tmp_path / "images",
            crop_bottom=0,
            white_level=255,
        )
    assert checks.check(project) == []
    (tmp_path / "images").rmdir()
    assert "morphoexplore relocate" in checks.check(project)[0].advice


def test_a_text_column_without_its_texts_is_found(project):
    add_array(project, "metadata", "folder", np.zeros(30, np.int32))
    assert "has the code 0, but its column has 0 texts" in found_in(project)
