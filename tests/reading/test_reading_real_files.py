"""Real files of other software, each against a reading by hand with the csv module."""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morphoexplore.reading import open_source
from morphoexplore.reading.images import ImageFiles, decode, find_footer, to_grey

SHARED = Path(__file__).resolve().parents[2].parent / "shared"


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"{path} is not here")
    return path


def read_by_hand(table: Path) -> list[dict[str, str]]:
    data = gzip.decompress(table.read_bytes()) if table.suffix == ".gz" else table.read_bytes()
    text = data.decode("utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "latin-1")
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t"))
    if set(rows[0].values()) <= {"[t]", "[f]"}:
        del rows[0]
    return [{name: cell.strip() for name, cell in row.items()} for row in rows]


def iso(row: dict[str, str]) -> str:
    day = row["object_date"].replace("-", "")
    clock = row["object_time"].replace(":", "")
    clock = clock.zfill(4).ljust(6, "0") if len(clock) < 6 else clock
    return f"{day[:4]}-{day[4:6]}-{day[6:]}T{clock[:2]}:{clock[2:4]}:{clock[4:]}"


def acquisition(row: dict[str, str]) -> str:
    return row["acq_id"] or row["process_id"] or "unknown"


def read_all(path: Path, format: str) -> tuple[pd.DataFrame, pd.DataFrame, list, list]:
    source = open_source(path)
    assert source.format == format
    batches = list(source.batches())
    rows = pd.concat([batch.rows for batch in batches], ignore_index=True)
    metadata = pd.concat([batch.metadata for batch in batches], ignore_index=True)
    return rows, metadata, [problem for batch in batches for problem in batch.problems], batches


@pytest.mark.parametrize(
    ("name", "objects", "lines", "missing"),
    [
        ("formats/ecotaxa_import/import_test", 11, 11, 0),
        ("formats/ecotaxa_import/import_update", 11, 11, 1),
        ("formats/ecotaxa_export/bak_all_images", 11, 12, 0),
        ("formats/ecotaxa_export/doi", 11, 12, 0),
        ("formats/ecotaxa_export/tsv_all_entities_no_img_no_ids", 12, 12, 0),
        ("formats/planktoscope/planktoscope_export.tsv.gz", 7631, 7631, 0),
    ],
)
def test_ecotaxa_files_agree_with_a_reading_by_hand(name, objects, lines, missing):
    path = shared(name)
    tables = [path] if path.is_file() else sorted(path.rglob("*.tsv"))
    by_hand = [row | {"table": table} for table in tables for row in read_by_hand(table)]
    rows, metadata, problems, batches = read_all(path, "ecotaxa")

    assert len(rows) == len(by_hand) == lines
    assert rows["object_id"].nunique() == objects
    assert rows["object_id"].tolist() == [row["object_id"] for row in by_hand]
    assert rows["datetime"].tolist() == [iso(row) for row in by_hand]
    assert rows["sample"].tolist() == [row["sample_id"] for row in by_hand]
    assert rows["acquisition"].tolist() == [acquisition(row) for row in by_hand]
    for column, header in [("latitude", "lat"), ("longitude", "lon"), ("depth_min", "depth_min")]:
        assert rows[column].tolist() == [float(row[f"object_{header}"]) for row in by_hand]
    assert metadata["area"].tolist() == [float(row["object_area"]) for row in by_hand]
    assert metadata["annotation_category"].tolist() == [
        row["object_annotation_category"] or None for row in by_hand
    ]

    root = path.parent if path.is_file() else path
    for image, row in zip(rows["image"], by_hand, strict=True):
        expected = row["table"].parent / row["img_file_name"] if row.get("img_file_name") else None
        assert image is None if expected is None or not expected.exists() else root / image == expected
    assert sum("does not exist" in problem.reason for problem in problems) == missing
    assert len(problems) == missing
    assert {name for batch in batches for name in batch.samples.index} == {
        row["sample_id"] for row in by_hand
    }
    pairs = {(row["sample_id"], acquisition(row)) for row in by_hand}
    assert {pair for batch in batches for pair in batch.acquisitions.index} == pairs


def test_volumes_and_pixel_sizes_are_numbers_with_their_samples():
    _, _, _, (batch,) = read_all(shared("formats/planktoscope/planktoscope_export.tsv.gz"), "ecotaxa")
    assert batch.samples["total_volume"].dtype == np.float64
    assert batch.acquisitions["process_pixel"].dtype == np.float64
    assert batch.acquisitions["imaged_volume"].dtype == np.float64
    assert batch.metadata["annotation_category"].nunique() == 36


@pytest.mark.parametrize(
    "name", ["ecotaxa_import/import_test", "ecotaxa_export/bak_all_images", "ecotaxa_export/doi"]
)
def test_every_image_of_an_ecotaxa_file_decodes(name):
    path = shared(f"formats/{name}")
    rows, *_ = read_all(path, "ecotaxa")
    with ImageFiles(path) as files:
        for image in rows["image"]:
            grey = to_grey(decode(files.read(image)))
            assert (find_footer(grey) > 0) == image.endswith(
                ".jpg"
            )  # the PNGs of these files have no scale bar


@pytest.mark.parametrize(("name", "count"), [("pwssc", 7461), ("zooimage_bioman", 345)])
def test_labelled_collections_are_read_without_their_labels_becoming_more_than_metadata(name, count):
    index = shared(f"data/{name}/index.csv")
    with index.open(encoding="utf-8") as stream:
        by_hand = list(csv.DictReader(stream))
    rows, metadata, problems, _ = read_all(index, "table")
    assert len(rows) == len(by_hand) == count
    assert problems == []
    assert rows["image"].tolist() == [row["path"] for row in by_hand]
    assert rows["sample"].tolist() == [row["sample"] for row in by_hand]
    assert rows["datetime"].tolist() == [
        row["datetime"].removesuffix("+00:00") or row["date"] for row in by_hand
    ]
    assert Counter(metadata["label"]) == Counter(row["label"] for row in by_hand)
    assert metadata["width"].tolist() == [float(row["width"]) for row in by_hand]


def test_a_folder_of_real_images_has_no_footers():
    folder = shared("data/zooimage_bioman")
    rows, metadata, *_ = read_all(folder, "folder")
    assert len(rows) == 345
    assert metadata["folder"].str.startswith("images/").all()
    with ImageFiles(folder) as files:
        assert not any(find_footer(to_grey(decode(files.read(image)))) for image in rows["image"][::5])
