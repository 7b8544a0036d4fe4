"""Lines of a source that contradict each other, or the project: the first counts, and each is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from click.testing import CliRunner

import morphoexplore as mx
from morphoexplore.cli import cli
from morphoexplore.errors import SourceError
from morphoexplore.reading import delimited

ROW = {
    "object_id": "a",
    "object_area": 1,
    "sample_id": "s",
    "sample_tot_vol": 100,
    "acq_id": "q",
    "acq_sub_part": 2,
}


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.parent.mkdir(exist_ok=True)
    pd.DataFrame(rows).to_csv(path, sep="\t", index=False)
    return path


def reasons(project: mx.Project) -> list[str]:
    table = mx.problems(project)
    where = [
        f"{file}" if pd.isna(line) else f"{file}:{line:.0f}"
        for file, line in zip(table["file"], table["line"], strict=True)
    ]
    return [f"{place} {reason}" for place, reason in zip(where, table["reason"], strict=True)]


def told(project: mx.Project, level: str) -> Any:
    with project.read() as conn:
        return json.loads(conn.execute(f"SELECT metadata FROM {level}").fetchone()[0])


def test_tables_that_say_different_volumes_of_a_sample_are_told(project: mx.Project, tmp_path: Path) -> None:
    write(tmp_path / "in" / "ecotaxa_1.tsv", ROW)
    write(
        tmp_path / "in" / "ecotaxa_2.tsv", ROW | {"object_id": "b", "sample_tot_vol": 250, "acq_sub_part": 4}
    )
    assert mx.preview(tmp_path / "in")["problems"] == 2
    assert mx.add(project, tmp_path / "in")["problems"] == 2
    assert reasons(project) == [
        "ecotaxa_2.tsv:2 sample_tot_vol is '250' here and '100' in ecotaxa_1.tsv, of one and the same sample; the first was kept.",
        "ecotaxa_2.tsv:2 acq_sub_part is '4' here and '2' in ecotaxa_1.tsv, of one and the same acquisition; the first was kept.",
    ]
    assert told(project, "sample") == {"tot_vol": 100.0}


def test_stretches_of_one_table_that_contradict_each_other_are_told_once(
    project: mx.Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delimited, "BLOCK_CELLS", 1)  # stretches of 20 lines
    rows = [ROW | {"object_id": f"o{n}", "sample_tot_vol": 100 if n < 40 else 250} for n in range(100)]
    mx.add(project, write(tmp_path / "ecotaxa_1.tsv", *rows))
    assert reasons(project) == [
        "ecotaxa_1.tsv:42 sample_tot_vol is '250' here and '100' on an earlier line, of one and the same sample; the first was kept."
    ]


def test_an_update_takes_the_first_of_two_values_whatever_stretch_they_stand_in(
    project: mx.Project, tmp_path: Path
) -> None:
    mx.add(project, write(tmp_path / "ecotaxa_1.tsv", ROW, ROW | {"object_id": "b"}))
    write(tmp_path / "in" / "ecotaxa_1.tsv", ROW | {"sample_tot_vol": 300})
    write(tmp_path / "in" / "ecotaxa_2.tsv", ROW | {"object_id": "b", "sample_tot_vol": 400})
    assert mx.add(project, tmp_path / "in", update=True)["problems"] == 1
    assert told(project, "sample") == {"tot_vol": 300.0}


def test_what_new_objects_say_of_a_sample_of_the_project_is_told(project: mx.Project, tmp_path: Path) -> None:
    mx.add(project, write(tmp_path / "ecotaxa_1.tsv", ROW))
    later = ROW | {"object_id": "b", "sample_tot_vol": 250, "sample_net": "WP2", "acq_sub_part": 4}
    source = write(tmp_path / "ecotaxa_2.tsv", later)
    assert mx.preview(source, project=project)["problems"] == 2
    assert mx.add(project, source)["problems"] == 2
    assert reasons(project) == [
        "ecotaxa_2.tsv Sample 's' is in the project already: tot_vol is '100' there and '250' here, net is empty there and 'WP2' "
        "here. It stays as it is; to change it: add --update.",
        "ecotaxa_2.tsv Acquisition 'q' of sample 's' is in the project already: sub_part is '2' there and '4' here. It stays as it "
        "is; to change it: add --update.",
    ]
    assert mx.add(project, source, update=True)["problems"] == 0
    assert told(project, "sample") == {"tot_vol": 250.0, "net": "WP2"}
    assert mx.add(project, source)["problems"] == mx.preview(source, project=project)["problems"] == 0


def test_lines_of_one_object_that_contradict_each_other_are_told(project: mx.Project, tmp_path: Path) -> None:
    one = ROW | {"img_file_name": "1.png", "object_lat": 43.5, "object_date": 20200101, "object_note": None}
    other = one | {
        "img_file_name": "2.png",
        "object_area": 2,
        "object_lat": 44,
        "object_date": 20200102,
        "sample_id": "t",
    }
    third = one | {"img_file_name": "3.png", "object_note": "torn"}
    source = write(
        tmp_path / "ecotaxa_1.tsv",
        one,
        other,
        third,
        third | {"img_file_name": "4.png", "object_note": "bent"},
    )
    assert mx.add(project, source)["objects"] == 1
    found = [reason for reason in reasons(project) if "does not exist" not in reason]
    assert found == [
        "ecotaxa_1.tsv:3 The line says sample t, acquisition q; an earlier line of this object says sample s, acquisition q, "
        "which was kept.",
        "ecotaxa_1.tsv:3 the time is '2020-01-02' here and '2020-01-01' on an earlier line of this object; the first was kept.",
        "ecotaxa_1.tsv:3 latitude is '44' here and '43.5' on an earlier line of this object; the first was kept.",
        "ecotaxa_1.tsv:3 area is '2' here and '1' on an earlier line of this object; the first was kept.",
        "ecotaxa_1.tsv:5 note is 'bent' here and 'torn' on an earlier line of this object; the first was kept.",
    ]


def test_many_contradictions_are_summed_up(project: mx.Project, tmp_path: Path) -> None:
    rows = [
        ROW | {"object_id": f"o{n}", "img_file_name": f"{rank}.png", "object_area": rank}
        for n in range(30)
        for rank in (1, 2)
    ]
    mx.add(project, write(tmp_path / "ecotaxa_1.tsv", *rows))
    found = [reason for reason in reasons(project) if "area" in reason]
    assert len(found) == 11
    assert (
        found[-1]
        == "ecotaxa_1.tsv 20 more lines up to line 61 say another area than earlier lines of their objects."
    )
    assert set(mx.metadata(project, "area")) == {1}


@pytest.mark.parametrize("update", [False, True])
def test_a_column_of_numbers_that_becomes_text_is_told(
    project: mx.Project, tmp_path: Path, update: bool
) -> None:
    mx.add(project, write(tmp_path / "ecotaxa_1.tsv", ROW))
    later = ROW | {"object_id": "a" if update else "b", "object_area": "1,5"}
    assert mx.add(project, write(tmp_path / "ecotaxa_2.tsv", later), update=update)["notes"] == [
        "The column area was one of numbers and is text now, because '1,5' is no number."
    ]


def test_a_table_without_lines_says_so_and_an_empty_path_is_none(project: mx.Project, tmp_path: Path) -> None:
    (tmp_path / "ecotaxa_1.tsv").write_text("object_id\tobject_area\n[t]\t[f]\n", encoding="utf-8")
    with pytest.raises(SourceError, match="it has no line below the names of the columns"):
        mx.add(project, tmp_path / "ecotaxa_1.tsv")
    result = CliRunner().invoke(cli, ["add", str(project.folder), ""])
    assert result.exit_code == 2
    assert "is a variable of the shell empty?" in result.stderr
