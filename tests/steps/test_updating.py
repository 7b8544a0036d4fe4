"""``add --update``: what differs is changed and remembered, nothing is added, emptied or moved."""

from __future__ import annotations

from pathlib import Path

import pytest

import morphoexplore as mx
from morphoexplore.store import objects
from tests.made_sources import changes, source

ECOTAXA = Path(__file__).resolve().parents[3] / "shared" / "formats" / "ecotaxa_import"
needs_ecotaxa = pytest.mark.skipif(
    not ECOTAXA.is_dir(), reason="EcoTaxa's own import test files are not here"
)


def test_update_changes_fills_and_remembers(project: mx.Project, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"path": "a.png", "n": 1, "t": "", "lat": 10},
        {"path": "b.png", "n": 2, "t": "", "lat": ""},
    ]
    mx.add(project, source(tmp_path / "in", rows))
    later: list[dict[str, object]] = [
        {"path": "a.png", "n": 5, "t": "", "lat": 11, "new": "z"},
        {"path": "b.png", "n": "", "t": "text", "lat": 12, "new": ""},
        {"path": "c.png", "n": 3, "t": "", "lat": 13, "new": ""},
    ]
    path = source(tmp_path / "in", later)
    result = mx.add(project, path, update=True)
    assert (result["updated"], result["there"], result["problems"]) == (5, 2, 1)
    assert objects.metadata(project, "n").tolist() == [5.0, 2.0]
    assert objects.metadata(project, "t").tolist() == [None, "text"]
    assert objects.metadata(project, "new").tolist() == ["z", None]
    assert mx.objects(project)["latitude"].tolist() == [11.0, 12.0]
    assert sorted(changes(project)) == sorted(
        [
            ("object", 0, "n", "1", "5"),
            ("object", 1, "t", None, "text"),
            ("object", 0, "new", None, "z"),
            ("object", 0, "latitude", "10", "11"),
            ("object", 1, "latitude", None, "12"),
        ]
    )
    assert mx.problems(project)["object_id"].tolist() == ["c"]
    assert project.count_objects() == 2
    assert mx.add(project, path, update=True)["updated"] == 0, "the second time nothing differs"
    assert not mx.check(project)


def test_update_of_a_text_column_that_begins_empty_changes_only_what_differs(
    project: mx.Project, tmp_path: Path
) -> None:
    rows: list[dict[str, object]] = [{"path": f"{n}.png", "t": ""} for n in range(3)] + [
        {"path": "3.png", "t": "word"}
    ]
    mx.add(project, source(tmp_path / "in", rows))
    rows[2]["t"], rows[3]["t"] = 5, 6
    mx.add(project, source(tmp_path / "in", rows), update=True)
    assert objects.metadata(project, "t").tolist() == [None, None, "5", "6"]
    assert len(changes(project)) == 2


def test_update_moves_no_object_to_another_sample(project: mx.Project, tmp_path: Path) -> None:
    mx.add(project, source(tmp_path / "in", [{"path": "a.png", "sample": "s1", "n": 1}]))
    path = source(tmp_path / "in", [{"path": "a.png", "sample": "s2", "n": 2}])
    assert mx.add(project, path, update=True)["updated"] == 1
    assert mx.objects(project)["sample"].tolist() == ["s1"]
    assert "stays in sample s1" in mx.problems(project)["reason"].item()


@needs_ecotaxa
def test_ecotaxas_own_import_and_update(project: mx.Project) -> None:
    result = mx.add(project, ECOTAXA / "import_test")
    assert (result["objects"], result["images"], result["problems"]) == (11, 8, 0)
    result = mx.add(project, ECOTAXA / "import_update", update=True)
    assert result["updated"] == len(changes(project)) > 0
    assert ("object", 3, "area_exc", "100", "256") in changes(project)
    assert ("sample", 1, "samplinggear", "net", "net2") in changes(project)
    unknown = mx.problems(project)
    assert {"extra_sample", "not_existing_obj", "m106_mn01_n2_sml_1333"} <= set(unknown["object_id"])
    assert not mx.check(project)
