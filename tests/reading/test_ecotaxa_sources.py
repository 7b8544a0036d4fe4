"""A source of EcoTaxa: images, zips, and what several tables say together."""

from __future__ import annotations

import gzip
import tracemalloc
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from morphoexplore.errors import SourceError
from morphoexplore.reading import delimited, ecotaxa, open_source
from morphoexplore.reading.batches import acquisition_index, empty_batch
from morphoexplore.reading.ecotaxa_parents import Said
from morphoexplore.records import ROW_COLUMNS
from tests.reading.ecotaxa_made import GOOD, HEADER, TYPES, read, read_one, reasons, write_image, write_table


def test_a_missing_image_costs_only_itself(folder):
    batch = read_one(folder, HEADER, TYPES, ["A.png", "a", *GOOD[2:]], ["", "b", *GOOD[2:]])
    assert batch.rows["image"].tolist() == [None, None]
    assert reasons(batch) == [(3, "The image 'A.png' does not exist; the object was taken without it.")]


def test_several_images_of_an_object_are_several_rows(folder):
    header, types = [*HEADER, "img_rank"], [*TYPES, "[f]"]
    batch = read_one(folder, header, types, [*GOOD, "0"], ["b.png", *GOOD[1:], "100"])
    assert batch.rows["image"].tolist() == ["a.png", "b.png"]
    assert batch.rows["rank"].tolist() == [0, 100]


def test_images_are_found_relative_to_their_table(tmp_path):
    write_image(tmp_path / "haul 1" / "images" / "a.png")
    write_image(tmp_path / "shared" / "b.png")
    rows = [["images\\a.png", *GOOD[1:]], ["../shared/b.png", "b", *GOOD[2:]]]
    write_table(tmp_path / "haul 1" / "ecotaxa_1.tsv", HEADER, TYPES, *rows)
    (batch,) = read(tmp_path)
    assert batch.rows["image"].tolist() == ["haul 1/images/a.png", "shared/b.png"]
    assert batch.rows["file"].tolist() == ["haul 1/ecotaxa_1.tsv"] * 2


def test_images_of_a_table_of_one_sample_may_lie_in_a_folder_of_its_name(tmp_path):
    write_image(tmp_path / "haul_1" / "a.png")
    write_table(tmp_path / "ecotaxa_haul_1.tsv", HEADER, TYPES, GOOD, ["gone.png", "b", *GOOD[2:]])
    (batch,) = read(tmp_path)
    assert batch.rows["image"].tolist() == ["haul_1/a.png", None]
    assert batch.missing == 1


def test_a_zip_reads_as_its_folder(folder):
    write_table(folder / "cast" / "ecotaxa_1.tsv", HEADER, TYPES, ["../a.png", *GOOD[1:]])
    packed = folder.parent / f"{folder.name}.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(folder.rglob("*.*")):
            archive.write(path, path.relative_to(folder))
    source = open_source(packed)
    assert source.image_root == packed
    (zipped,), (loose,) = source.batches(), read(folder)
    pd.testing.assert_frame_equal(zipped.rows, loose.rows)
    pd.testing.assert_frame_equal(zipped.metadata, loose.metadata)
    assert zipped.rows["image"].tolist() == ["a.png"]


def test_no_image_is_taken_from_outside_a_zip(tmp_path):
    write_image(tmp_path / "a.png")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(
            "ecotaxa.tsv", "\n".join("\t".join(row) for row in (HEADER, TYPES, ["../a.png", *GOOD[1:]]))
        )
    (batch,) = read(tmp_path / "x.zip")
    assert batch.rows["image"].tolist() == [None]


def test_a_single_packed_table_is_read(folder):
    text = "\n".join("\t".join(row) for row in (HEADER, TYPES, GOOD))
    (folder / "export.tsv.gz").write_bytes(gzip.compress(text.encode()))
    source = open_source(folder / "export.tsv.gz")
    assert (source.format, source.image_root) == ("ecotaxa", folder)
    (batch,) = source.batches()
    assert batch.rows["image"].tolist() == ["a.png"]


def test_a_table_that_breaks_off_is_read_up_to_there(tmp_path):
    rows = [["", f"object {number * 7919 % 5003}", *GOOD[2:]] for number in range(5000)]
    text = "\n".join("\t".join(row) for row in (HEADER, TYPES, *rows))
    (tmp_path / "export.tsv.gz").write_bytes(gzip.compress(text.encode())[:-2000])
    batches = read(tmp_path / "export.tsv.gz")
    assert 0 < sum(len(batch.rows) for batch in batches) < 5000
    assert "breaks off" in batches[-1].problems[-1].reason


def test_a_column_has_one_type_in_all_tables(tmp_path):
    header = ["object_id", "object_depth", "object_code", "sample_id", "sample_volume", "object_late"]
    types = ["[t]", "[f]", "[f]", "[t]", "[t]", "[f]"]
    write_table(tmp_path / "ecotaxa_1.tsv", header, types, ["a", "1", "2", "s", "3.5", "1"])
    write_table(tmp_path / "ecotaxa_2.tsv", header[:5], ["b", "", "x", "t", "4"])
    write_table(tmp_path / "ecotaxa_10.tsv", ["object_id"], ["c"])
    batches = read(tmp_path)
    assert [batch.rows["object_id"][0] for batch in batches] == ["a", "b", "c"]
    for batch in batches:
        assert list(batch.metadata.columns) == ["depth", "code", "late"]
        assert batch.metadata.dtypes.tolist() == [np.float64, object, np.float64]
        assert batch.samples["volume"].dtype == np.float64
    assert [batch.metadata["code"][0] for batch in batches] == ["2", "x", None]
    assert batches[2].rows["sample"].tolist() == ["unknown"]


def test_types_do_not_change_from_block_to_block(folder, monkeypatch):
    monkeypatch.setattr(delimited.read_blocks, "__defaults__", (2,))
    rows = [["", str(number), *GOOD[2:5], "1" if number < 4 else "x", "haul"] for number in range(5)]
    write_table(folder / "ecotaxa_x.tsv", HEADER, *rows)
    batches = read(folder)
    assert [len(batch.rows) for batch in batches] == [2, 2, 1]
    assert all(batch.metadata["area"].dtype == object for batch in batches)
    assert [line for batch in batches for line in batch.rows["line"]] == [2, 3, 4, 5, 6]


def test_duplicates_are_found_across_tables(tmp_path):
    for number in (1, 2):
        write_table(tmp_path / f"ecotaxa_{number}.tsv", ["object_id"], ["a"])
    first, second = read(tmp_path)
    assert len(first.rows) == 1
    assert len(second.rows) == 0
    assert "An earlier line has this object with no image" in second.problems[0].reason


def test_acquisition_and_process_are_twins(tmp_path):
    header = ["object_id", "sample_id", "acq_id", "acq_sub_part", "process_id", "process_pixel"]
    write_table(
        tmp_path / "ecotaxa.tsv", header, ["a", "s", "q", "2", "p", "10.6"], ["b", "s", "", "4", "p2", "5"]
    )
    (batch,) = read(tmp_path)
    assert batch.acquisitions.index.tolist() == [("s", "q"), ("s", "p2")]
    assert batch.acquisitions.to_dict("list") == {
        "sub_part": [2.0, 4.0],
        "process_id": ["p", "p2"],
        "process_pixel": [10.6, 5.0],
    }


def test_parents_keep_their_first_value_and_report_others(tmp_path):
    header = ["object_id", "sample_id", "sample_volume"]
    write_table(
        tmp_path / "ecotaxa.tsv", header, ["a", "s", ""], ["b", "s", "1"], ["c", "s", "2"], ["d", "s", "1"]
    )
    (batch,) = read(tmp_path)
    assert batch.samples["volume"].tolist() == [1.0]
    assert reasons(batch) == [
        (4, "sample_volume is '2' here and '1' on line 3, of one and the same sample; the first was kept.")
    ]


def test_annotations_and_unprefixed_columns_are_metadata(tmp_path):
    header = [
        "OBJECT_ID ",
        "object_annotation_category",
        "objid",
        "object_objid",
        "complement_info",
        "object_v",
    ]
    write_table(tmp_path / "ecotaxa.tsv", header, ["a", "Copepoda", "7", "8", "", "999999"])
    (batch,) = read(tmp_path)
    assert batch.metadata.iloc[0].to_dict() == {
        "annotation_category": "Copepoda",
        "objid": 7.0,
        "object_objid": 8.0,
        "complement_info": None,
        "v": 999999.0,
    }


@pytest.mark.parametrize("types", [[], [["[t]", "[t]", "[f]", "[f]"]]])
def test_the_type_of_a_column_of_ecotaxa_is_known_whatever_the_table_says(tmp_path, types):
    header = [
        "object_id",
        "object_annotation_category_id",
        "object_annotation_date",
        "object_annotation_time",
    ]
    rows = [["a", "45072", "20140420", "0420"], ["b", "many", "", ""]]
    batch = read_one(tmp_path, header, *types, *rows)
    assert batch.metadata["annotation_category_id"].tolist()[:1] == [45072.0]
    assert np.isnan(batch.metadata["annotation_category_id"][1])
    assert [words for _, words in reasons(batch)] == [
        "object_annotation_category_id: 'many' is no number; the value was left out."
    ]
    assert batch.metadata["annotation_date"].tolist() == ["20140420", None]
    assert batch.metadata["annotation_time"].tolist() == ["0420", None]


def test_columns_without_or_with_the_same_name_are_reported(tmp_path):
    write_table(tmp_path / "ecotaxa.tsv", ["object_id", "", "object_x", "object_X"], ["a", "1", "2", "3"])
    (batch,) = read(tmp_path)
    assert batch.metadata.to_dict("list") == {"x": [2.0]}
    assert [problem.reason for problem in batch.problems] == [
        "Column 2 has no name; it was left out.",
        "Column 4 has the name 'object_x' of an earlier column; it was left out.",
    ]


def test_a_table_without_object_id_does_not_stop_the_others(tmp_path):
    write_table(tmp_path / "ecotaxa_1.tsv", ["img_file_name", "object_lat"], ["a", "1"])
    write_table(tmp_path / "ecotaxa_2.tsv", ["object_id"], ["a"])
    (tmp_path / "ecotaxa_3.tsv").write_bytes(b"")
    (batch,) = read(tmp_path)
    assert len(batch.rows) == 1
    assert "no column object_id" in batch.problems[0].reason
    assert "is empty" in batch.problems[1].reason


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"img_file_name\tobject_lat\na.png\t1\n", "no column object_id.*img_file_name, object_lat"),
    ],
)
def test_no_usable_table_is_an_error(tmp_path, content, words):
    (tmp_path / "ecotaxa.tsv").write_bytes(content)
    with pytest.raises(SourceError, match=words):
        open_source(tmp_path)


def test_a_table_of_headers_only_is_an_empty_source(tmp_path):
    write_table(tmp_path / "ecotaxa.tsv", HEADER, TYPES)
    (batch,) = read(tmp_path)
    assert len(batch.rows) == 0
    assert tuple(batch.rows.columns) == ROW_COLUMNS


def test_a_source_reads_from_its_beginning_each_time(folder):
    write_table(folder / "ecotaxa.tsv", HEADER, TYPES, GOOD)
    source = open_source(folder)
    first, second = list(source.batches()), list(source.batches())
    pd.testing.assert_frame_equal(first[0].rows, second[0].rows)
    assert second[0].problems == []


@pytest.mark.parametrize(
    ("folder_name", "listed", "expected"),
    [
        ("", "a.png", "a.png"),
        ("x", "./y/a.png", "x/y/a.png"),
        ("x", "/data/a.png", "/data/a.png"),
        ("x", "C:\\data\\a.png", "C:/data/a.png"),
    ],
)
def test_image_names_are_resolved(folder_name, listed, expected):
    assert ecotaxa.resolve_image(folder_name, listed) == expected


def test_what_was_said_of_very_many_acquisitions_takes_little_memory() -> None:
    index = acquisition_index([("haul", f"a{number}") for number in range(5000)])
    table = pd.DataFrame({f"c{number}": np.arange(5000) * 0.5 for number in range(10)}, index=index)
    tracemalloc.start()
    said = Said(is_asked=False)
    said.note(replace(empty_batch([]), acquisitions=table), "ecotaxa_x.tsv")
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert size < 60 * table.size  # bytes: a number, and where it stands
    other = replace(empty_batch([]), acquisitions=table.iloc[:2].assign(c1=1.0))
    found, _ = said.contradicted(other)
    assert found == (("haul", "a0"), "c1", 1.0, 0.0, "ecotaxa_x.tsv")
