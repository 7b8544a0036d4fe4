"""What goes to EcoTaxa: it takes it, it loses nothing there, and a backup comes back as it was."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from PIL import Image

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.cli import cli
from morphoexplore.errors import ProjectError, WrongValueError
from morphoexplore.reading.ecotaxa_check import check_ecotaxa
from morphoexplore.reading.images import ImageFiles
from morphoexplore.steps.taxa import learn_taxa
from morphoexplore.store import images, objects
from morphoexplore.store.project import Project
from tests import drawn, made

FORMATS = Path(__file__).resolve().parents[3] / "shared" / "formats"
needs_real_files = pytest.mark.skipif(not FORMATS.is_dir(), reason="the real files lie beside the repository")


def content(project: Project) -> dict[str, Any]:
    """Return everything that a project holds of its objects, by their ids."""
    table = objects.frame(project)
    kinds = objects.metadata_columns(project)
    for name in kinds:
        table[f"metadata {name}"] = objects.metadata(project, name)
    sources = images.sources(project)
    files: dict[str, list[tuple[int, bytes]]] = {}
    opened = {number: ImageFiles(source.root) for number, source in sources.items()}
    for number, object_id in enumerate(table["object_id"]):
        for row in images.images_of(project, number):
            data = opened[row["source_id"]].read(row["path"])
            files.setdefault(object_id, []).append((row["rank"], data))
    for one in opened.values():
        one.close()
    with project.read() as conn:
        samples = {row[0]: json.loads(row[1]) for row in conn.execute("SELECT name, metadata FROM sample")}
        acquisitions = {
            (row[0], row[1]): json.loads(row[2])
            for row in conn.execute(
                "SELECT s.name, a.name, a.metadata FROM acquisition a JOIN sample s USING (sample_id)"
            )
        }
    rows = table.sort_values("object_id").set_index("object_id")
    cells = rows.astype(object).where(rows.notna(), None).sort_index(axis=1).to_dict("index")
    return {"kinds": kinds, "cells": cells, "files": files, "samples": samples, "acquisitions": acquisitions}


def there_and_back(project: Project, folder: Path, out: str) -> Project:
    report = mx.export(project, folder / out, format="ecotaxa-backup")
    assert report["left_out"] is None, report["notes"]
    assert check_ecotaxa(folder / out).errors == []
    again = mx.create_project(folder / "again")
    mx.add(again, folder / out)
    return again


def tables(path: Path) -> dict[str, list[dict[str, str]]]:
    """Read the tables of a zip as EcoTaxa does."""
    found = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith(".tsv"):
                data = archive.read(name)
                assert data.startswith(b"\xef\xbb\xbf")
                text = io.StringIO(data.decode("utf-8-sig"), newline="")
                types, *found[name] = csv.DictReader(text, delimiter="\t")
                assert set(types.values()) <= {"[f]", "[t]"}
    return found


# ------------------------------------------------------------------------------------- backup


@needs_real_files
@pytest.mark.parametrize("out", ["backup", "backup.zip"])
@pytest.mark.parametrize("bundle", ["ecotaxa_import/import_test", "ecotaxa_export/bak_all_images"])
def test_a_real_bundle_comes_back_as_it_was(tmp_path: Path, bundle: str, out: str) -> None:
    project = mx.create_project(tmp_path / "project")
    mx.add(project, FORMATS / bundle)
    assert content(there_and_back(project, tmp_path, out)) == content(project)


@needs_real_files
def test_an_export_comes_back_but_for_the_column_that_ecotaxa_fails_on(tmp_path: Path) -> None:
    project = mx.create_project(tmp_path / "project")
    mx.add(project, FORMATS / "ecotaxa_export" / "doi")
    former, later = content(project), content(there_and_back(project, tmp_path, "backup.zip"))
    assert former["files"] == later["files"]
    assert former["samples"] == later["samples"]
    for object_id, cells in later["cells"].items():
        assert cells.items() <= former["cells"][object_id].items()
    assert set(former["kinds"]) - set(later["kinds"]) == {"annotation_hierarchy"}


def test_the_drawn_samples_come_back_as_they_were(tmp_path: Path) -> None:
    source = drawn.zip_source(tmp_path / "drawn.zip", every=100)
    project = mx.create_project(tmp_path / "project")
    mx.add(project, source)
    assert content(there_and_back(project, tmp_path, "backup.zip")) == content(project)


@pytest.fixture
def odd(tmp_path: Path) -> Project:
    """A project whose objects have everything that EcoTaxa does not take as it is."""
    folder = tmp_path / "odd"
    (folder / "a").mkdir(parents=True)
    (folder / "b").mkdir()
    Image.new("L", (9, 7), 200).save(folder / "a" / "x.png")
    Image.new("L", (9, 8), 100).save(folder / "b" / "x.png")
    Image.fromarray(np.full((6, 6), 30000, np.uint16)).save(folder / "deep.tif")
    Image.new("RGB", (5, 5), (9, 8, 7)).save(folder / "y.bmp")
    (folder / "broken.png").write_bytes(b"no image")
    rows = [
        {"object_id": "o1", "img_file_name": "a/x.png", "object_annotation_status": "V", "object_annotation_category": "Copépode", "object_annotation_category_id": "12", "sample_id": "s/1", "acq_id": "acq"},
        {"object_id": "o2", "img_file_name": "b/x.png", "object_annotation_status": "predicted", "object_annotation_category_id": "12", "sample_id": "s/1", "acq_id": "acq"},
        {"object_id": "o3", "img_file_name": "deep.tif", "object_annotation_status": "predicted", "sample_id": "s/1", "acq_id": "acq"},
        {"object_id": "o4", "img_file_name": "y.bmp", "object_annotation_category": "egg", "sample_id": "s:1", "acq_id": "acq"},
        {"object_id": "o5", "img_file_name": "broken.png", "sample_id": "s:1", "acq_id": "acq"},
        {"object_id": "o6", "img_file_name": "", "sample_id": "s:1", "acq_id": "acq"},
        {"object_id": "o" * 300, "img_file_name": "a/x.png", "sample_id": "s:1", "acq_id": "acq"},
    ]  # fmt: skip
    for number, row in enumerate(rows):
        row |= {"object_note": "x" * 300, "object_lat": "43.5", "object_number": str(number)}
        row |= {f"object_text_{one}": f"t{number}" for one in range(25)}
    table = pd.DataFrame(rows).fillna("")
    kinds = ["[f]" if name in ("object_lat", "object_number") else "[t]" for name in table]
    lines = ["\t".join(line) for line in [list(table), kinds, *table.to_numpy().tolist()]]
    (folder / "ecotaxa_odd.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    project = mx.create_project(tmp_path / "project")
    mx.add(project, folder)
    return project


def test_what_ecotaxa_cannot_take_is_listed_and_the_rest_passes(odd: Project, tmp_path: Path) -> None:
    report = mx.export(odd, tmp_path / "out.zip", format="ecotaxa-backup")
    check = check_ecotaxa(tmp_path / "out.zip")
    assert check.errors == []
    assert (check.rows, report["rows"], report["objects"]) == (4, 4, 4)
    listed = pd.read_csv(report["left_out"])
    reasons = listed.groupby(["object_id", "left_out"])["reason"].first().to_dict()
    assert "no image that can be read" in reasons["o5", "object"]
    assert "no image that can be read" in reasons["o6", "object"]
    assert "over 255 characters" in reasons["o" * 300, "object"]
    assert ("o5", "image") in reasons
    assert "has a number, but no name" in reasons["o2", "annotation"]
    assert "a state without a category" in reasons["o3", "annotation"]
    assert "a category without a state" in reasons["o4", "annotation"]
    said = " ".join(report["notes"])
    for words in (
        "room for 20 columns of text",
        "cut to 250 characters",
        "converted to PNG",
        "another sample's",
    ):
        assert words in said
    (first, second) = tables(tmp_path / "out.zip").values()
    rows = {row["object_id"]: row for row in [*first, *second]}
    assert rows["o1"]["object_annotation_status"] == "validated"
    assert rows["o1"]["object_annotation_category"] == "Copépode"
    assert rows["o1"]["img_file_name"] != rows["o2"]["img_file_name"]
    assert rows["o4"]["acq_id"] == "s:1_acq"


def test_line_ends_within_a_cell_become_spaces_and_that_is_told(tmp_path: Path) -> None:
    Image.new("L", (9, 7), 200).save(tmp_path / "x.png")
    text = 'object_id\timg_file_name\tobject_note\tsample_id\na\tx.png\t"one\ttwo\nthree"\ts\n'
    (tmp_path / "ecotaxa_a.tsv").write_text(text, encoding="utf-8")
    project = mx.create_project(tmp_path / "project")
    mx.add(project, tmp_path / "ecotaxa_a.tsv")
    report = mx.export(project, tmp_path / "out.zip", format="ecotaxa-backup")
    assert report["notes"] == ["1 texts of object_note hold tabs or line ends; these are spaces."]
    ((row,),) = tables(tmp_path / "out.zip").values()
    assert row["object_note"] == "one two three"


def test_names_of_categories_come_from_the_lists_of_taxa(odd: Project, tmp_path: Path) -> None:
    learn_taxa(odd)
    report = mx.export(odd, tmp_path / "out.zip", format="ecotaxa-backup")
    assert "o2" not in set(pd.read_csv(report["left_out"])["object_id"])
    rows = [row for table in tables(tmp_path / "out.zip").values() for row in table]
    assert next(row for row in rows if row["object_id"] == "o2")["object_annotation_category"] == "Copépode"


def test_a_backup_tells_the_morphs_of_members(odd: Project, tmp_path: Path) -> None:
    morph = review.make_morph(odd, name="round ones")
    review.gather(odd, [0, 1], into=morph)
    mx.export(odd, tmp_path / "out.zip", format="ecotaxa-backup")
    assert check_ecotaxa(tmp_path / "out.zip").errors == []
    rows = [row for table in tables(tmp_path / "out.zip").values() for row in table]
    told = {row["object_id"]: (row["object_morph_id"], row["object_morph_name"]) for row in rows}
    assert told == {
        "o1": (str(morph), "round ones"),
        "o2": (str(morph), "round ones"),
        "o3": ("", ""),
        "o4": ("", ""),
    }


def test_a_backup_replaces_no_folder_and_leaves_nothing_where_it_fails(odd: Project, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectError, match="cannot be written"):
        mx.export(odd, tmp_path / "file" / "out", format="ecotaxa-backup")
    with pytest.raises(WrongValueError, match=r"Name a \.zip or a folder"):
        mx.export(odd, tmp_path / "out.tsv", format="ecotaxa-backup")
    (tmp_path / "there").mkdir()
    assert (
        Path(mx.export(odd, tmp_path / "there", format="ecotaxa-backup")["file"]).name == "ecotaxa_backup.zip"
    )
    mx.export(odd, tmp_path / "tables", format="ecotaxa-backup")
    with pytest.raises(WrongValueError, match="holds a backup, or other tables of EcoTaxa"):
        mx.export(odd, tmp_path / "tables", format="ecotaxa-backup")
    empty = mx.create_project(tmp_path / "empty")
    with pytest.raises(ProjectError, match="nothing that EcoTaxa could import"):
        mx.export(empty, tmp_path / "nothing", format="ecotaxa-backup")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith((".", "nothing"))]


# ------------------------------------------------------------------------------------- classification


@pytest.fixture
def judged(made_project: Project) -> Project:
    """Two morphs with a category and one without; members of every origin, one of them doubtful."""
    first, second, _ = (review.confirm(made_project, seed) for seed in (1, 2, 3))
    review.identify(made_project, first, taxon="Copepoda", ecotaxa_id=25828)
    review.identify(made_project, second, taxon="detritus", ecotaxa_id=84963)
    looked = mx.morph_members(made_project, first)[:3]
    made.change_by_force(
        made_project,
        f"UPDATE member SET origin = 'looked' WHERE object IN ({', '.join(str(one) for one in looked)})",
        "UPDATE member SET origin = 'grown' WHERE origin = 'seed' AND object % 2",
        "INSERT INTO look (object, node_id, answer, purpose, drawn, user, time) "
        f"VALUES ({looked[1]}, {first}, 'right', 'review', 'all', 'ada', '2026-01-02T03:04:05Z')",
        "INSERT INTO look (object, node_id, answer, purpose, drawn, user, time) "
        f"VALUES ({looked[2]}, {first}, 'doubtful', 'review', 'all', 'bob', '2026-02-03T04:05:06Z')",
    )
    return made_project


def test_looked_is_validated_doubtful_dubious_and_all_else_predicted(judged: Project, tmp_path: Path) -> None:
    report = mx.export(judged, tmp_path / "out.zip", format="ecotaxa-classification")
    found = tables(tmp_path / "out.zip")
    by_people, by_machine = (found[f"ecotaxa_classification_{name}.tsv"] for name in ("judged", "predicted"))
    members = mx.members(judged).set_index("object_id")
    for row in by_people:
        member = members.loc[row["object_id"]]
        assert row["object_annotation_status"] == ("dubious" if member["doubtful"] else "validated")
        assert row["object_annotation_category_id"] == str(member["ecotaxa_id"])
    assert report["states"] == {"predicted": len(by_machine), "validated": 2, "dubious": 1}
    assert {members.loc[row["object_id"], "origin"] for row in by_machine} == {"seed", "grown"}
    stamps = {
        (row["object_annotation_person_name"], row["object_annotation_date"], row["object_annotation_time"])
        for row in by_people
    }
    assert {("ada", "20260102", "030405"), ("bob", "20260203", "040506")} < stamps
    assert set(by_machine[0]) == {"object_id", "object_annotation_category_id", "object_annotation_status"}


def test_no_cell_empties_what_ecotaxa_has_and_it_takes_them(judged: Project, tmp_path: Path) -> None:
    for name in ("ecotaxa", "ecotaxa-classification"):
        mx.export(judged, tmp_path / f"{name}.zip", format=name)
        for rows in tables(tmp_path / f"{name}.zip").values():
            assert all(cell != "" for row in rows for cell in row.values())
            assert "object_annotation_hierarchy" not in rows[0]
        found = check_ecotaxa(tmp_path / f"{name}.zip")
        assert found.action == ("update" if name == "ecotaxa" else "classification")
        assert [one for one in found.remarks if "Annotators" not in one.text] == []


def test_morphs_without_a_category_are_listed(judged: Project, tmp_path: Path) -> None:
    report = mx.export(judged, tmp_path / "out.zip", format="ecotaxa-classification")
    listed = pd.read_csv(report["left_out"])
    assert len(listed) + report["rows"] == len(mx.members(judged))
    assert listed["reason"].unique().tolist() == ["morph 3 has no EcoTaxa category (ecotaxa_id)."]
    assert report["notes"] == [
        f"{len(listed)} objects left out: morph 3 has no EcoTaxa category (ecotaxa_id)."
    ]


def test_a_prediction_does_not_wipe_what_a_person_judged_in_ecotaxa(judged: Project, tmp_path: Path) -> None:
    dictionary: dict[str, int] = {}
    codes = objects.encode(["validated"] * judged.count_objects(), dictionary)
    array_id = made.add_array(judged, "metadata", "annotation_status", codes)
    with judged.write() as conn:
        objects.put_terms(conn, array_id, dictionary)
    report = mx.export(judged, tmp_path / "out.zip", format="ecotaxa-classification")
    assert report["states"] == {"predicted": 0, "validated": 2, "dubious": 1}
    assert list(tables(tmp_path / "out.zip")) == ["ecotaxa_classification_judged.tsv"]
    assert any("it is validated in EcoTaxa already" in note for note in report["notes"])


def test_annotators_who_are_emails_are_written_as_such(judged: Project, tmp_path: Path) -> None:
    made.change_by_force(
        judged, "UPDATE look SET user = user || '@sea.org'", "UPDATE decision SET user = 'c@sea.org'"
    )
    mx.export(judged, tmp_path / "out", format="ecotaxa-classification")
    rows = tables(tmp_path / "out" / "ecotaxa_classification.zip")["ecotaxa_classification_judged.tsv"]
    assert {row["object_annotation_person_email"] for row in rows} == {
        "ada@sea.org",
        "bob@sea.org",
        "c@sea.org",
    }


def test_without_categories_there_is_nothing_to_classify(made_project: Project, tmp_path: Path) -> None:
    review.confirm(made_project, 1)
    with pytest.raises(ProjectError, match="No morph with members has an ecotaxa_id yet"):
        mx.export(made_project, tmp_path / "out.zip", format="ecotaxa-classification")
    with pytest.raises(WrongValueError, match="two tables"):
        mx.export(made_project, tmp_path / "out.tsv", format="ecotaxa-classification")
    assert not (tmp_path / "out.zip").exists()


# ------------------------------------------------------------------------------------- the verb


def test_the_verb_checks_and_says_by_its_exit_whether_ecotaxa_refuses(tmp_path: Path) -> None:
    run = CliRunner().invoke
    good = tmp_path / "ecotaxa_good.tsv"
    good.write_text("object_id\tobject_morph_id\n[t]\t[f]\no1\t1\n", encoding="utf-8-sig")
    answer = run(cli, ["export", "--check", str(good)])
    assert (answer.exit_code, "EcoTaxa would take this." in answer.output) == (0, True)
    bad = tmp_path / "ecotaxa_bad.tsv"
    shutil.copy(good, bad)
    bad.write_text(bad.read_text(encoding="utf-8-sig").replace("[f]", "[x]"))
    answer = run(cli, ["export", "--check", str(bad), "--json"])
    assert answer.exit_code == 1
    assert json.loads(answer.output)["errors"] == [
        {"file": "ecotaxa_bad.tsv", "line": 2, "text": "Invalid Type '[x]' for field 'object_morph_id'."}
    ]
    assert "--as goes with" in run(cli, ["export", str(tmp_path), "out", "--as", "update"]).output
    assert run(cli, ["export", str(tmp_path), "--check", str(good)]).exit_code == 2
    assert "Missing argument 'OUT'" in run(cli, ["export", str(tmp_path)]).output
