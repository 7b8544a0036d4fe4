"""A table of EcoTaxa: its cells, its lines and what is wrong with them."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morphoexplore.reading import delimited
from morphoexplore.records import ROW_COLUMNS
from tests.reading.ecotaxa_made import GOOD, HEADER, TYPES, read, read_one, reasons

CELLS = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\t"), max_size=12)


def test_a_batch_keeps_the_contract(folder):
    batch = read_one(folder, HEADER, TYPES, GOOD)
    assert tuple(batch.rows.columns) == ROW_COLUMNS
    row = batch.rows.iloc[0]
    assert row[["object_id", "file", "line", "image", "rank"]].tolist() == [
        "a",
        "ecotaxa_x.tsv",
        3,
        "a.png",
        -1,
    ]
    assert row[["sample", "acquisition", "datetime"]].tolist() == ["haul", "unknown", "2014-04-20T04:20:00"]
    assert row["latitude"] == 18.5
    assert np.isnan(row["depth_min"])
    assert batch.rows[["image", "sample"]].dtypes.tolist() == [object, object]
    assert batch.metadata["area"].dtype == np.float64
    assert batch.samples.index.tolist() == ["haul"]
    assert batch.acquisitions.index.tolist() == [("haul", "unknown")]
    assert batch.problems == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "latin-1", "utf-16"])
def test_accents_survive_in_every_encoding(folder, encoding):
    batch = read_one(
        folder, [*HEADER, "object_name"], [*TYPES, "[t]"], [*GOOD, "Copépode"], encoding=encoding
    )
    assert batch.metadata["name"].tolist() == ["Copépode"]


def test_quoted_cells_may_hold_tabs_quotes_and_line_breaks(folder):
    quoted = ['"a.png"', '"a\t"', '"20140420"', '""', "18.5", "1", '"net ""A""\nand B"']
    batch = read_one(folder, HEADER, TYPES, quoted, [*GOOD[:1], "b", *GOOD[2:]])
    assert batch.rows["object_id"].tolist() == ["a", "b"]
    assert batch.rows["sample"].tolist() == ['net "A"\nand B', "haul"]
    assert batch.rows["line"].tolist() == [3, 5]
    assert batch.problems == []


def test_a_stray_quotation_mark_costs_only_its_line(folder):
    broken = ["a.png", '"a', *GOOD[2:]]
    batch = read_one(
        folder, HEADER, TYPES, broken, ["b.png", "b", *GOOD[2:]], ["c.png", 'c 5" net', *GOOD[2:]]
    )
    assert batch.rows["object_id"].tolist() == ["b", 'c 5" net']
    assert batch.rows["line"].tolist() == [4, 5]
    assert reasons(batch)[0][0] == 3
    assert "never closed" in reasons(batch)[0][1]


@settings(deadline=None)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8), st.sampled_from([0, 1, 2]))
def test_what_csv_writes_is_read_back(tmp_path_factory, rows, quoting):
    path = tmp_path_factory.mktemp("written") / "ecotaxa.tsv"
    header = ["object_id", "object_x", "object_y", "object_z"]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter="\t", quoting=quoting)
        writer.writerows([header, ["[t]"] * 4, *([str(number), *row] for number, row in enumerate(rows))])
    (batch,) = read(path)
    assert batch.problems == []
    assert batch.rows["line"].tolist() == list(range(3, 3 + len(rows)))
    expected = [[cell.strip() or None for cell in row] for row in rows]
    assert batch.metadata.to_numpy().tolist() == expected


def test_comments_and_empty_lines_are_skipped_but_counted(folder):
    batch = read_one(folder, ["# made by hand"], HEADER, TYPES, ["#", "note"], [""], [""] * 7, GOOD)
    assert batch.rows["line"].tolist() == [7]
    assert batch.problems == []


def test_a_table_without_type_row_loses_no_line(folder):
    batch = read_one(folder, HEADER, GOOD)
    assert batch.rows["line"].tolist() == [2]
    assert batch.metadata["area"].tolist() == [12.5]


def test_ragged_lines_are_reported_and_the_rest_is_read(folder):
    batch = read_one(folder, HEADER, TYPES, GOOD[:-1], [*GOOD, "more"], [*GOOD, "", ""])
    assert batch.rows["line"].tolist() == [5]
    assert reasons(batch) == [
        (3, "The line has 6 fields instead of 7; it was left out."),
        (4, "The line has 8 fields instead of 7; it was left out."),
    ]


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("object_date", "2014/04/20", "object_date: '2014/04/20' is no date"),
        ("object_time", "04:20", "object_time: '04:20' is no time"),
        ("object_lat", "91", "object_lat: '91' is outside -90 to 90"),
        ("object_area", "12,5", "object_area: '12,5' is no number; write a decimal point"),
        ("object_lon", "west", "object_lon: 'west' is no position"),
        ("object_depth_min", "deep", "object_depth_min: 'deep' is no number"),
        ("img_rank", "first", "img_rank: 'first' is no number"),
    ],
)
def test_a_bad_cell_is_reported_and_its_object_kept(folder, column, cell, words):
    cells = dict(zip(HEADER, GOOD, strict=True)) | {column: cell}
    types = dict(zip(HEADER, TYPES, strict=True)) | {column: "[f]"}
    batch = read_one(folder, list(cells), [types[name] for name in cells], list(cells.values()))
    assert batch.rows["object_id"].tolist() == ["a"]
    assert [(problem.file, problem.line, problem.object_id) for problem in batch.problems] == [
        ("ecotaxa_x.tsv", 3, "a")
    ]
    assert words in batch.problems[0].reason
    short = {"object_area": "area"}.get(column)
    if short:
        assert batch.metadata[short].isna().all()
    if column == "object_date":
        assert batch.rows["datetime"].tolist() == [None]
    if column == "object_time":
        assert batch.rows["datetime"].tolist() == ["2014-04-20"]


def test_many_bad_cells_alike_are_summed_up(folder):
    rows = [["", str(number), *GOOD[2:5], "x", "haul"] for number in range(250)]
    batch = read_one(folder, HEADER, TYPES, *rows)
    assert len(batch.rows) == 250
    assert len(batch.problems) == delimited.MOST_PROBLEMS + 1
    assert "150 more values up to line 252" in batch.problems[-1].reason


def test_a_time_without_date_is_reported(folder):
    batch = read_one(folder, HEADER, TYPES, ["a.png", "a", "", *GOOD[3:]])
    assert batch.rows["datetime"].tolist() == [None]
    assert "has no date" in batch.problems[0].reason


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (["b.png", "", *GOOD[2:]], "has no object_id"),
        (GOOD, "An earlier line has this object with image 'a.png'"),
    ],
)
def test_unusable_lines_are_left_out_with_a_reason(folder, row, words):
    batch = read_one(folder, HEADER, TYPES, GOOD, row)
    assert batch.rows["line"].tolist() == [3]
    assert batch.problems[0].line == 4
    assert words in batch.problems[0].reason


def test_columns_that_would_have_one_name_keep_their_own(folder):
    header = [
        "object_id",
        "object_sunpos",
        "sunpos",
        "object_object_sunpos",
        "acq_process_x",
        "process_x",
        "acq_id",
    ]
    batch = read_one(folder, header, ["a", "1", "2", "3", "4", "5", "q"])
    assert batch.metadata.iloc[0].to_dict() == {"sunpos": 1, "sunpos_2": 2, "object_sunpos": 3}
    assert batch.acquisitions.iloc[0].to_dict() == {"acq_process_x": 4, "process_x": 5}


@pytest.mark.parametrize("nothing", ["nan", "NaN", "NA", "na", ""])
def test_what_statistics_programs_write_for_no_number_is_no_problem(folder, nothing):
    """pandas writes nan, R writes NA; EcoTaxa takes both for empty in columns of numbers."""
    header = ["object_id", "object_lat", "object_lon", "object_depth_min", "object_depth_max", "object_area"]
    batch = read_one(folder, header, ["a", *[nothing] * 5], ["b", "43.5", "7", "0", "10", "3"])
    assert batch.problems == []
    assert batch.rows["latitude"].tolist()[1:] == [43.5]
    assert batch.rows[["latitude", "longitude", "depth_min", "depth_max"]].iloc[0].isna().all()
