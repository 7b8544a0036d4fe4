"""What EcoTaxa and the PlanktoScope really wrote, in every packing, against an independent reading with pandas."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import morphoexplore as mx
from morphoexplore.reading.images import ImageFiles, decode
from morphoexplore.store import images as image_store

FORMATS = Path(__file__).resolve().parents[3] / "shared" / "formats"
pytestmark = pytest.mark.skipif(not FORMATS.is_dir(), reason="the real files are not here")

SOURCES = {
    "ecotaxa_import/import_test": "import bundle for EcoTaxa, 2 tables",
    "ecotaxa_import/import_update": "import bundle for EcoTaxa, 2 tables",
    "ecotaxa_export/tsv_all_entities_no_img_no_ids": "general export of EcoTaxa, 3 tables",
    "ecotaxa_export/bak_all_images": "backup of EcoTaxa, 3 tables",
    "ecotaxa_export/doi": "D.O.I. export of EcoTaxa, one table",
    "planktoscope/planktoscope_export.tsv.gz": "general export of EcoTaxa, one table",
}
FIXED = [
    "object_id",
    "object_lat",
    "object_lon",
    "object_date",
    "object_time",
    "object_depth_min",
    "object_depth_max",
]


def with_pandas(path: Path) -> pd.DataFrame:
    """Return all lines of all tables as text, each with the folder of its table."""
    tables = [path] if path.is_file() else sorted(path.rglob("*.tsv"))
    found = []
    for table in tables:
        raw = pd.read_csv(table, sep="\t", dtype=str, keep_default_na=False, encoding=encoding_of(table))
        if set(raw.iloc[0]) <= {"[t]", "[f]"}:
            raw = raw.iloc[1:]
        found.append(
            raw.map(str.strip).assign(folder=table.parent.relative_to(path) if path.is_dir() else Path())
        )
    return pd.concat(found).reset_index(drop=True).fillna("")


def encoding_of(table: Path) -> str:
    if table.suffix == ".gz":
        return "utf-8-sig"
    return "utf-8-sig" if table.read_bytes().startswith(b"\xef\xbb\xbf") else "latin-1"


def pack(folder: Path, target: Path, *, inner: bool) -> Path:
    """Zip a folder; *inner* zips each of its folders first, as UVP6 comes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        if inner:
            for part in sorted(one for one in folder.iterdir() if one.is_dir()):
                small = pack(part, target.with_name(f"{part.name}_Images.zip"), inner=False)
                archive.write(small, small.name)
                small.unlink()
        else:
            for path in sorted(one for one in folder.rglob("*") if one.is_file()):
                archive.write(path, path.relative_to(folder).as_posix())
    return target


def cases() -> list[tuple[str, str]]:
    return [
        *((name, "as it is") for name in SOURCES),
        *((name, "zip") for name in SOURCES if not name.endswith(".gz")),
        *((name, "zip of zips") for name in ("ecotaxa_import/import_test", "ecotaxa_export/bak_all_images")),
    ]


@pytest.mark.parametrize(("name", "packing"), cases())
def test_a_project_holds_what_the_tables_say(tmp_path: Path, name: str, packing: str) -> None:
    real = FORMATS / name
    source = (
        real if packing == "as it is" else pack(real, tmp_path / "in.zip", inner=packing == "zip of zips")
    )
    lines = with_pandas(real)
    first = lines.drop_duplicates("object_id").set_index("object_id")
    assert mx.preview(source)["layout"].startswith(SOURCES[name])

    project = mx.create_project(tmp_path / "project")
    result = mx.add(project, source)
    assert result["objects"] == len(first)
    objects = mx.objects(project).set_index("object_id")
    assert set(objects.index) == set(first.index)
    first = first.loc[objects.index]
    assert objects["sample"].tolist() == first["sample_id"].tolist()
    for ours, theirs in [
        ("latitude", "lat"),
        ("longitude", "lon"),
        ("depth_min", "depth_min"),
        ("depth_max", "depth_max"),
    ]:
        assert objects[ours].tolist() == first[f"object_{theirs}"].astype(float).tolist()
    clock = first["object_time"].str.replace(":", "")
    clock = clock.where(clock.str.len() > 4, clock.str.zfill(4) + "00").str.zfill(6)
    when = pd.to_datetime(first["object_date"].str.replace("-", "") + clock, format="%Y%m%d%H%M%S")
    assert pd.to_datetime(objects["datetime"]).tolist() == when.tolist()

    for column in [one for one in first if one.startswith("object_") and one not in FIXED]:
        ours = mx.metadata(project, column.removeprefix("object_"))
        if ours.dtype == object:
            assert [text or "" for text in ours] == first[column].tolist(), column
        else:
            np.testing.assert_array_equal(ours, pd.to_numeric(first[column]).to_numpy(float), err_msg=column)
    check_parents(project, lines)
    check_images(project, lines, real)
    assert not mx.check(project)


def check_parents(project: mx.Project, lines: pd.DataFrame) -> None:
    with project.read() as conn:
        samples = {row["name"]: json.loads(row["metadata"]) for row in conn.execute("SELECT * FROM sample")}
        rows = conn.execute(
            "SELECT s.name, a.name, a.metadata FROM acquisition a JOIN sample s USING (sample_id)"
        )
        acquisitions = {(row[0], row[1]): json.loads(row[2]) for row in rows}
    lines = lines.assign(acq_id=lines["acq_id"].where(lines["acq_id"] != "", "unknown"))
    assert set(samples) == set(lines["sample_id"])
    assert set(acquisitions) == set(zip(lines["sample_id"], lines["acq_id"], strict=True))
    for row in lines.drop_duplicates(["sample_id", "acq_id"]).to_dict("records"):
        key = (row["sample_id"], row["acq_id"])
        for column, text in row.items():
            prefix, _, short = str(column).partition("_")
            if column in ("sample_id", "acq_id") or prefix not in ("sample", "acq", "process"):
                continue
            level = samples[key[0]] if prefix == "sample" else acquisitions[key]
            value = level[column if prefix == "process" else short]
            assert (float(text) if isinstance(value, float) else text) == (
                value if value is not None else ""
            ), column


def check_images(project: mx.Project, lines: pd.DataFrame, real: Path) -> None:
    """Compare every image with the file itself, byte by byte, in the order of ranks."""
    if "img_file_name" not in lines:
        assert mx.status(project)["objects"] == len(lines)
        return
    lines = lines.assign(rank=pd.to_numeric(lines["img_rank"]).fillna(-1)).sort_values("rank", kind="stable")
    ids = mx.objects(project)["object_id"]
    (source,) = image_store.sources(project).values()
    with ImageFiles(source.root) as files:
        for number, object_id in enumerate(ids):
            own = lines[lines["object_id"] == object_id]
            paths = [
                real / folder / name for folder, name in zip(own["folder"], own["img_file_name"], strict=True)
            ]
            expected = [path.read_bytes() for path in paths if path.is_file()]
            ours = [files.read(row["path"]) for row in image_store.images_of(project, number)]
            assert ours == expected
            tile = image_store.tiles(project)[number]
            assert tile.any() == bool(expected)
            assert all(decode(content).size for content in ours)


def test_validated_planktoscope_objects_become_36_morphs(tmp_path: Path) -> None:
    source = FORMATS / "planktoscope" / "planktoscope_export.tsv.gz"
    project = mx.create_project(tmp_path / "project")
    taken = mx.add(project, source, take="validated")["taken"]
    lines = with_pandas(source)
    counts = lines["object_annotation_category"].value_counts()
    assert (taken["objects"], taken["new_morphs"]) == (7631, 36)
    morphs = mx.morphs(project)
    assert morphs.set_index("taxon")["members"].to_dict() == counts.to_dict()
    roots = (
        lines.groupby("object_annotation_category")["object_annotation_hierarchy"]
        .first()
        .str.split(">")
        .str[0]
    )
    kinds = {"living": {"living"}, "not-living": {"detritus", "artefact"}, "temporary": {"unknown"}}
    for morph in morphs.itertuples():
        assert morph.kind in kinds[roots[morph.taxon]]
    assert not mx.check(project)


def test_an_update_of_ecotaxa_says_what_changed_and_whom_it_does_not_know(tmp_path: Path) -> None:
    project = mx.create_project(tmp_path / "project")
    mx.add(project, FORMATS / "ecotaxa_import" / "import_test")
    before = mx.objects(project).set_index("object_id")
    update = FORMATS / "ecotaxa_import" / "import_update"
    result = mx.add(project, update, update=True)
    later = with_pandas(update).set_index("object_id")
    known = later[later.index.isin(before.index)]
    assert result["unknown"] == later.index[~later.index.isin(before.index)].nunique()
    for field, column in [("longitude", "lon"), ("latitude", "lat"), ("depth_max", "depth_max")]:
        differs = known[f"object_{column}"].astype(float) != before.loc[known.index, field]
        assert result["changed"].get(f"object {field}", 0) == differs.sum()
    assert sum(result["changed"].values()) == result["updated"]
    with project.read() as conn:
        rows = conn.execute(
            "SELECT level, column_name, count(*) FROM change GROUP BY level, column_name"
        ).fetchall()
    assert {f"{row[0]} {row[1]}": row[2] for row in rows} == result["changed"]
    listed = mx.problems(project)
    assert set(listed["object_id"].dropna()) >= set(later.index) - set(before.index)
    assert mx.add(project, update, update=True)["updated"] == 0
