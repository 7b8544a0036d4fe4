"""
EcoTaxa's own Python package as an oracle: it reads the real files as we do, and it reads what we write.

pyecotaxa (GPL-3) is used by tests only. What it does not read as it should is said where it is met.
"""

from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyecotaxa.archive import Archive, read_tsv, write_tsv

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.store.project import Project
from tests import drawn

FORMATS = Path(__file__).resolve().parents[3] / "shared" / "formats"
needs_real_files = pytest.mark.skipif(not FORMATS.is_dir(), reason="the real files lie beside the repository")
BOM = b"\xef\xbb\xbf"
#: Fields of objects that have a column of their own, and what they are called in EcoTaxa.
FIELDS = {"latitude": "lat", "longitude": "lon", "depth_min": "depth_min", "depth_max": "depth_max"}
WHEN = {"object_date", "object_time"}
#: It wants a whole number in every cell of this column, which EcoTaxa does not: real bundles leave it empty.
RANKS = {"img_rank": "Int64"}


def read(path: Path) -> pd.DataFrame:
    """Read the tables of a path with pyecotaxa; it has to be told where a table is latin-1."""
    found = []
    for table in [path] if path.is_file() else sorted(path.rglob("*.tsv")):
        data = table.read_bytes()
        data = gzip.decompress(data) if table.suffix == ".gz" else data
        plain = Path(str(table).removesuffix(".gz"))
        if plain != table:
            with gzip.open(table) as stream:
                found.append(read_tsv(stream, encoding="utf-8-sig", dtype=RANKS))
        else:
            encoding = "utf-8-sig" if data.startswith(BOM) else "latin-1"
            found.append(read_tsv(table, encoding=encoding, dtype=RANKS))
    table = pd.concat(found, ignore_index=True)
    for name in table.columns[[is_text(table[name]) for name in table]]:
        table[name] = table[name].str.strip()  # as EcoTaxa does, and it does not: a real id ends with a tab
    return table


def is_text(column: pd.Series) -> bool:
    return not pd.api.types.is_numeric_dtype(column)


def filled(value: Any) -> Any:
    return None if pd.isna(value) or value == "" else value


def check_objects(project: Project, table: pd.DataFrame) -> None:
    """Compare objects, fields, columns with their types, and the names of samples."""
    first = table.drop_duplicates("object_id").set_index("object_id")
    objects = mx.objects(project).set_index("object_id")
    assert set(objects.index) == set(first.index)
    first = first.loc[objects.index]
    assert objects["sample"].tolist() == first["sample_id"].astype(str).tolist()
    for ours, theirs in FIELDS.items():
        np.testing.assert_array_equal(objects[ours], first[f"object_{theirs}"].astype(float))
    clock = first["object_time"].str.replace(":", "")
    clock = clock.where(clock.str.len() > 4, clock.str.zfill(4) + "00").str.zfill(6)
    when = pd.to_datetime(first["object_date"].str.replace("-", "") + clock, format="%Y%m%d%H%M%S")
    assert pd.to_datetime(objects["datetime"]).tolist() == when.tolist()
    own = {f"object_{name}" for name in FIELDS.values()} | WHEN
    for column in [one for one in first if one.startswith("object_") and one not in own]:
        ours, theirs = mx.metadata(project, column.removeprefix("object_")), first[column]
        if theirs.map(filled).isna().all():
            assert pd.isna(ours).all(), column  # of an empty column nobody can tell the type
        elif is_text(theirs):
            assert ours.dtype == object, column
            assert [filled(one) for one in ours] == [filled(one) for one in theirs], column
        else:
            assert ours.dtype == np.float64, column
            np.testing.assert_array_equal(ours, theirs.astype("Float64").to_numpy(float, np.nan), column)


def check_parents(project: Project, table: pd.DataFrame) -> None:
    """Compare the columns of samples, acquisitions and processes."""
    with project.read() as conn:
        samples = {row["name"]: json.loads(row["metadata"]) for row in conn.execute("SELECT * FROM sample")}
        rows = conn.execute(
            "SELECT s.name, a.name, a.metadata FROM acquisition a JOIN sample s USING (sample_id)"
        )
        acquisitions = {(row[0], row[1]): json.loads(row[2]) for row in rows}
    for row in table.drop_duplicates(["sample_id", "acq_id"]).to_dict("records"):
        key = (str(row["sample_id"]), filled(row["acq_id"]) or "unknown")
        for column, theirs in row.items():
            prefix, _, short = str(column).partition("_")
            if prefix not in ("sample", "acq", "process") or column in ("sample_id", "acq_id"):
                continue
            ours = samples[key[0]] if prefix == "sample" else acquisitions[key]
            value = ours[str(column) if prefix == "process" else short]
            theirs = filled(theirs)
            if isinstance(value, float):  # above columns of samples EcoTaxa writes [t] whatever they hold
                theirs = float(theirs)
            assert value == theirs, column


@needs_real_files
@pytest.mark.parametrize(
    "name",
    [
        "ecotaxa_import/import_test",
        "ecotaxa_import/import_update",
        "ecotaxa_export/tsv_all_entities_no_img_no_ids",
        "ecotaxa_export/bak_all_images",
        "ecotaxa_export/doi",
        "planktoscope/planktoscope_export.tsv.gz",
    ],
)
def test_the_real_files_say_the_same_to_pyecotaxa(tmp_path: Path, name: str) -> None:
    table = read(FORMATS / name)
    project = mx.create_project(tmp_path / "project")
    mx.add(project, FORMATS / name)
    check_objects(project, table)
    check_parents(project, table)
    first = table.drop_duplicates("object_id")
    seen = mx.preview(FORMATS / name)
    for ours, theirs, nothing in [
        ("categories", "object_annotation_category", "(no category)"),
        ("states", "object_annotation_status", "(no state)"),
    ]:
        counts = {text or nothing: count for text, count in first[theirs].value_counts().items()}
        assert seen[ours] == counts, ours


# ------------------------------------------------------------------------------------- what we write


@pytest.fixture(scope="module")
def sorted_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Drawn samples, of which two morphs with categories hold some."""
    folder = tmp_path_factory.mktemp("pyecotaxa")
    project = mx.create_project(folder / "project", user="ana@sea.org")
    mx.add(project, drawn.zip_source(folder / "drawn.zip", every=100))
    first, second = review.make_morph(project, name="Œuf, rond"), review.make_morph(project, name='a "b"')
    review.grow(project, first, [0, 1, 2], shown=[0, 1, 2])
    review.gather(project, [3, 4], into=second)
    review.identify(project, first, taxon="egg<Actinopterygii", ecotaxa_id=25874)
    review.identify(project, second, taxon="Copepoda", ecotaxa_id=25828)
    return project


def tables(path: Path) -> dict[str, pd.DataFrame]:
    """Read a zip with pyecotaxa, after it has checked it."""
    with Archive(path) as archive:
        archive.validate()
        found = {}
        for name in archive.find("*.tsv"):
            with archive.open(name) as stream:
                assert stream.read(3) == BOM
            with archive.open(name) as stream:
                found[name] = read_tsv(stream)
    return found


def test_pyecotaxa_reads_the_morphs(sorted_project: Project, tmp_path: Path) -> None:
    mx.export(sorted_project, tmp_path / "out.zip", format="ecotaxa")
    (table,) = tables(tmp_path / "out.zip").values()
    members = mx.members(sorted_project).set_index("object_id").loc[table["object_id"]]
    assert len(table) == 5
    assert table["object_morph_id"].dtype.kind in "if"
    assert table["object_morph_id"].tolist() == members["node_id"].tolist()
    assert set(table["object_morph_name"]) == {"Œuf, rond", 'a "b"'}
    assert table["object_morph_origin"].tolist() == members["origin"].tolist()


def test_pyecotaxa_reads_the_classification(sorted_project: Project, tmp_path: Path) -> None:
    mx.export(sorted_project, tmp_path / "out.zip", format="ecotaxa-classification")
    found = tables(tmp_path / "out.zip")
    table = pd.concat(found.values()).set_index("object_id")
    members = mx.members(sorted_project).set_index("object_id").loc[table.index]
    assert table["object_annotation_category_id"].tolist() == members["ecotaxa_id"].tolist()
    assert table["object_annotation_status"].value_counts().to_dict() == {"validated": 3, "predicted": 2}
    judged = found["ecotaxa_classification_judged.tsv"]
    assert set(judged["object_annotation_person_email"]) == {"ana@sea.org"}
    assert judged["object_annotation_date"].str.fullmatch(r"\d{8}").all()


def test_pyecotaxa_reads_the_backup(sorted_project: Project, tmp_path: Path) -> None:
    mx.export(sorted_project, tmp_path / "out.zip", format="ecotaxa-backup")
    found = tables(tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        names = set(archive.namelist())
    for name, table in found.items():
        folder = name.rpartition("/")[0]
        assert {f"{folder}/{image}" for image in table["img_file_name"]} <= names
    table = pd.concat(found.values(), ignore_index=True)
    check_objects_of_backup(sorted_project, table)
    check_parents(sorted_project, table)


def check_objects_of_backup(project: Project, table: pd.DataFrame) -> None:
    own = [column for column in table if column.startswith("object_morph_")]
    morphs = table.set_index("object_id")[own]
    members = mx.members(project).set_index("object_id")
    assert morphs.loc[members.index, "object_morph_id"].astype(int).tolist() == members["node_id"].tolist()
    check_objects(project, table.drop(columns=own))


def test_what_pyecotaxa_writes_is_read(tmp_path: Path) -> None:
    written = pd.DataFrame(
        {
            "object_id": ["a", "b", "c"],
            "object_date": ["20200501"] * 3,
            "object_time": ["0420", "104500", "23:59:59"],
            "object_lat": [43.5, 43.5, -12.25],
            "object_lon": [7.0, 7.0, 170.0],
            "object_depth_min": [0.0, 5.0, 10.0],
            "object_depth_max": [5.0, 10.0, 15.0],
            "object_area": [1.5, np.nan, 3e-7],
            "object_note": ["œuf", 'say "x"', ""],
            "sample_id": ["s", "s", "t"],
            "sample_tot_vol": [250.0, 250.0, 100.0],
            "acq_id": ["s_1", "s_1", "t_1"],
        }
    )
    path = tmp_path / "ecotaxa_written.tsv"
    write_tsv(written, path)
    project = mx.create_project(tmp_path / "project")
    assert mx.add(project, path)["problems"] == 0
    check_objects(project, written)
    check_parents(project, written)
