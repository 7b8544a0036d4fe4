"""Tables of samples and acquisitions without objects: beside tables of objects, and for what is in the project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import morphoexplore as mx
from morphoexplore.cli import cli
from morphoexplore.errors import SourceError

OBJECTS = [
    # object, sample, acquisition, process
    ("a", "s1", "q", "p1"),
    ("b", "s1", "r", "p2"),
    ("c", "s2", "q", "p3"),
]


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.parent.mkdir(exist_ok=True)
    pd.DataFrame(rows).to_csv(path, sep="," if path.suffix == ".csv" else "\t", index=False)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [
        {"object_id": a, "sample_id": s, "sample_ship": "Tara", "acq_id": q, "process_id": p}
        for a, s, q, p in OBJECTS
    ]
    write(tmp_path / "in" / "ecotaxa_objects.tsv", *rows)
    return tmp_path / "in"


@pytest.fixture
def known(folder: Path, project: mx.Project) -> mx.Project:
    mx.add(project, folder)
    return project


def levels(project: mx.Project) -> tuple[dict[str, Any], dict[tuple[str, str], Any]]:
    with project.read() as conn:
        samples = {row[0]: json.loads(row[1]) for row in conn.execute("SELECT name, metadata FROM sample")}
        rows = conn.execute(
            "SELECT s.name, a.name, a.metadata FROM acquisition a JOIN sample s USING (sample_id)"
        )
        return samples, {(row[0], row[1]): json.loads(row[2]) for row in rows}


def reasons(project: mx.Project) -> list[tuple[str, int, str]]:
    table = mx.problems(project)
    return list(zip(table["file"], table["line"].astype(int), table["reason"], strict=True))


def changes(project: mx.Project) -> list[tuple[object, ...]]:
    with project.read() as conn:
        rows = conn.execute("SELECT level, row_id, column_name, old, new FROM change ORDER BY change_id")
        return [tuple(row) for row in rows]


def test_beside_objects_they_fill_columns(folder: Path, project: mx.Project) -> None:
    write(folder / "ecotaxa_1.tsv", {"sample_id": "s1", "sample_tot_vol": 250}, {"sample_id": "s2"})
    write(
        folder / "ecotaxa_2.tsv",
        {"sample_id": "s1", "acq_id": "r", "acq_sub_part": 4, "process_pixel": 10.6},
        {"sample_id": "s2", "acq_id": "q", "acq_sub_part": 8, "process_pixel": ""},
    )
    assert mx.preview(folder)["layout"] == (
        "import bundle for EcoTaxa, one table and 2 tables of samples and acquisitions"
    )
    result = mx.add(project, folder)
    assert (result["objects"], result["samples"], result["acquisitions"], result["problems"]) == (3, 2, 3, 0)
    samples, acquisitions = levels(project)
    assert samples == {"s1": {"ship": "Tara", "tot_vol": 250.0}, "s2": {"ship": "Tara", "tot_vol": None}}
    assert acquisitions["s1", "r"] == {"process_id": "p2", "sub_part": 4.0, "process_pixel": 10.6}
    assert acquisitions["s2", "q"]["sub_part"] == 8.0
    assert acquisitions["s1", "q"]["sub_part"] is None


def test_an_acquisition_may_be_named_alone_or_by_its_process(folder: Path, project: mx.Project) -> None:
    write(folder / "ecotaxa_1.tsv", {"acq_id": "r", "acq_sub_part": 4}, {"acq_id": "q", "acq_sub_part": 2})
    write(folder / "ecotaxa_2.tsv", {"process_id": "p3", "process_pixel": 10.6})
    mx.add(project, folder)
    _, acquisitions = levels(project)
    assert acquisitions["s1", "r"]["sub_part"] == 4.0
    assert acquisitions["s2", "q"]["process_pixel"] == 10.6
    assert acquisitions["s1", "q"]["sub_part"] is None
    assert reasons(project) == [
        (
            "ecotaxa_1.tsv",
            3,
            "2 samples have an acquisition 'q' (s1, s2), so what the line says of it was left out. Name the sample in a "
            "column sample_id.",
        )
    ]


def test_what_contradicts_or_is_unknown_is_told(folder: Path, project: mx.Project) -> None:
    write(
        folder / "ecotaxa_1.tsv",
        {"sample_id": "s1", "sample_ship": "Meteor", "sample_net": "WP2"},
        {"sample_id": "s9", "sample_ship": "Meteor", "sample_net": "WP2"},
        {"sample_id": "", "sample_ship": "Meteor", "sample_net": "WP2"},
    )
    write(folder / "ecotaxa_2.tsv", {"sample_id": "s1", "acq_id": "x", "acq_sub_part": 4})
    found = mx.preview(folder)
    assert (found["lost"], found["samples"], found["acquisitions"]) == (3, 2, 3)
    mx.add(project, folder)
    assert levels(project)[0]["s1"] == {"ship": "Tara", "net": "WP2"}
    told = reasons(project)
    assert told[0] == (
        "ecotaxa_1.tsv",
        4,
        "The line names no sample and no acquisition; it was left out.",
    )
    assert told[1] == (
        "ecotaxa_1.tsv",
        2,
        "sample_ship is 'Meteor' here and 'Tara' in ecotaxa_objects.tsv, of one and the same sample; the first was kept.",
    )
    assert [(file, line) for file, line, _ in told[2:]] == [("ecotaxa_1.tsv", 3), ("ecotaxa_2.tsv", 2)]
    assert "No new object is in sample 's9'" in told[2][2]
    assert "No new object is in acquisition 'x' of sample 's1'" in told[3][2]
    assert len(found["examples"]) == 4


@pytest.mark.parametrize("name", ["ecotaxa_samples.tsv", "samples.tsv", "samples.csv"])
def test_later_they_update_what_is_there(known: mx.Project, tmp_path: Path, name: str) -> None:
    rows = [
        {"sample_id": "s1", "sample_ship": "Meteor", "sample_tot_vol": 250},
        {"sample_id": "s2", "sample_ship": "", "sample_tot_vol": 100},
        {"sample_id": "s9", "sample_ship": "x", "sample_tot_vol": 1},
    ]
    path = write(tmp_path / name, *rows)
    found = mx.preview(path, project=known)
    assert found["layout"] == "table of samples, without objects"
    assert (found["objects"], found["samples"], found["lost"]) == (0, 3, 1)
    result = mx.add(known, path, update=True)
    assert result["changed"] == {"sample tot_vol": 2, "sample ship": 1}
    assert (result["there"], result["samples"], result["acquisitions"], result["problems"]) == (0, 2, 0, 1)
    assert changes(known) == [
        ("sample", 1, "ship", "Tara", "Meteor"),
        ("sample", 1, "tot_vol", None, "250"),
        ("sample", 2, "tot_vol", None, "100"),
    ]
    assert "The project has no sample 's9'" in reasons(known)[0][2]
    assert mx.add(known, path, update=True)["updated"] == 0
    assert not mx.check(known)


def test_volumes_of_a_sheet_become_concentrations(known: mx.Project, tmp_path: Path) -> None:
    rows = [
        {"sample_id": s, "sample_tot_vol": 250, "acq_id": q, "acq_sub_part": 4, "acq_pixel_size_um": 10.6}
        for _, s, q, _ in OBJECTS
    ]
    result = mx.add(known, write(tmp_path / "acquisitions.tsv", *rows), update=True)
    assert (result["samples"], result["acquisitions"], result["problems"]) == (2, 3, 0)
    mx.set_formulas(known, subsample_coef="1/ssm.sub_part", total_water_volume="sam.tot_vol")
    np.testing.assert_allclose(mx.volumes(known)["concentration"], 4 / 250)
    assert mx.objects(known)["pixel_size"].tolist() == [0.0106] * 3


def test_without_update_the_way_is_told(known: mx.Project, folder: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "samples.tsv", {"sample_id": "s1", "sample_tot_vol": 250})
    with pytest.raises(
        SourceError, match=r"holds no objects, only what samples or acquisitions have.*--update"
    ):
        mx.add(known, path)
    write(folder / "ecotaxa_samples.tsv", {"sample_id": "s1", "sample_tot_vol": 250})
    assert "add --update" in mx.add(known, folder)["notes"][0]
    assert mx.add(known, folder, update=True)["changed"] == {"sample tot_vol": 1}


def test_lines_of_objects_that_name_no_acquisition_still_tell_of_their_sample(
    known: mx.Project, tmp_path: Path
) -> None:
    path = write(
        tmp_path / "ecotaxa_sparse.tsv", {"object_id": "a", "sample_id": "s1", "sample_tot_vol": 250}
    )
    assert mx.add(known, path, update=True)["changed"] == {"sample tot_vol": 1}
    path = write(tmp_path / "ecotaxa_bare.tsv", {"object_id": "c", "acq_id": "q", "acq_sub_part": 2})
    assert mx.add(known, path, update=True)["changed"] == {"acquisition sub_part": 1}
    assert levels(known)[1]["s2", "q"]["sub_part"] == 2.0


def test_a_table_of_neither_objects_nor_samples_is_told(tmp_path: Path) -> None:
    path = write(tmp_path / "in" / "ecotaxa_x.tsv", {"sample_tot_vol": 250})
    with pytest.raises(SourceError, match=r"not only columns of samples \(sample_id, sample_...\)"):
        mx.preview(path)


def test_the_verb_says_what_changed_of_whom(known: mx.Project, tmp_path: Path) -> None:
    path = write(tmp_path / "samples.tsv", {"sample_id": "s1", "sample_tot_vol": 250})
    seen = CliRunner().invoke(cli, ["add", str(known.folder), str(path), "--preview"])
    assert "table of samples, without objects" in seen.stdout
    assert "To change what is in a project by it: add --update." in seen.stdout
    result = CliRunner().invoke(cli, ["add", str(known.folder), str(path), "--update"])
    assert "1 value of 1 sample changed (sample tot_vol 1)." in result.stdout
