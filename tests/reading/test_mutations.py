"""Tables as they should not be: each is read as far as it goes, or refused with a sentence; never anything else."""

from __future__ import annotations

import csv
import io
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import morphoexplore as mx
from morphoexplore.errors import MorphoExploreError, SourceError
from morphoexplore.reading import cells, delimited, open_source
from morphoexplore.reading.files import FolderFiles

HEADER = [
    "object_id",
    "img_file_name",
    "object_lat",
    "object_date",
    "object_area",
    "object_note",
    "sample_id",
]
TYPES = ["[t]", "[t]", "[f]", "[t]", "[f]", "[t]", "[t]"]
TIDY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=80)
CELL = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=9),
    st.sampled_from(
        [
            "999999",
            "12345678901234567890",
            "1e999",
            "\u0661",
            "1_0",
            "0x1f",
            "True",
            "FALSE",
            "-nan",
            "+NaN",
            "None",
            "1e-400",
            "#",
            "\x01",
            "\0",
        ]
    ),
    st.sampled_from(
        [
            "",
            "a",
            "1",
            "1.5",
            "-3e7",
            " 2 ",
            "0042",
            "1,5",
            "nan",
            "NA",
            "inf",
            "-inf",
            "20200101",
            '"',
            'x"y',
            "a\tb",
        ]
    ),
)
ROWS = st.lists(st.lists(CELL, min_size=7, max_size=7), min_size=1, max_size=6)


def written(rows: list[list[str]], quoting: int, end: str = "\n") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter="\t", quoting=quoting, lineterminator=end).writerows(rows)  # type: ignore[arg-type]
    return text.getvalue()


@TIDY
@given(ROWS, st.sampled_from([0, 1, 2]), st.booleans(), st.integers(0, 8))
def test_the_fast_way_reads_what_the_careful_way_reads(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], quoting: int, typed: bool, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("in")
    text = written([HEADER, *([TYPES] if typed else []), *rows], quoting)
    text = text[: len(text) - cut] if cut < 5 else text
    (folder / "ecotaxa_a.tsv").write_bytes(text.encode("utf-8-sig"))
    with pytest.MonkeyPatch.context() as patch:
        fast = list(open_source(folder).batches())
        patch.setattr(delimited, "read_fast", lambda *_, **__: None)
        careful = list(open_source(folder).batches())
    for one, other in zip(fast, careful, strict=True):
        pd.testing.assert_frame_equal(one.rows, other.rows)
        pd.testing.assert_frame_equal(one.metadata, other.metadata, check_exact=True)
        pd.testing.assert_frame_equal(one.samples, other.samples)
        assert one.problems == other.problems


@TIDY
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_numbers_are_read_exactly(values: list[float]) -> None:
    lines = [(number, f"{value!r}\tx\n") for number, value in enumerate(values)]
    found = cells.read_fast(lines, ["n", "t"], "\t", {"n", "t"}, {"n"})
    assert found is not None
    assert found["n"].tolist() == values


MUTATIONS = st.sampled_from(
    [
        "encoding",
        "ends",
        "drop column",
        "double column",
        "shuffle cells",
        "repeat lines",
        "cut lines",
        "odd bytes",
        "open quote",
        "cut file",
    ]
)


def mutated(lines: list[list[str]], mutation: str, draw: st.DataObject) -> bytes:
    end, encoding = "\n", "utf-8-sig"
    if mutation == "encoding":
        encoding = draw.draw(st.sampled_from(["utf-8", "latin-1", "utf-16", "utf-16-le", "cp037"]))
    elif mutation == "ends":
        end = draw.draw(st.sampled_from(["\r\n", "\r", "\n\n", "\n#\n", "", "\0"]))
    elif mutation in ("drop column", "double column"):
        place = draw.draw(st.integers(0, len(lines[0]) - 1))
        for line in lines:
            line[place : place + 1] = [] if mutation.startswith("drop") else [line[place]] * 2
    elif mutation == "shuffle cells":
        lines[2:] = [draw.draw(st.permutations(line)) for line in lines[2:]]
    elif mutation == "repeat lines":
        lines += [list(line) for line in lines[1:]]
    elif mutation == "cut lines":
        lines[1:] = [line[: draw.draw(st.integers(0, 7))] for line in lines[1:]]
    elif mutation == "open quote":
        line = draw.draw(st.integers(0, len(lines) - 1))
        lines[line][0] = '"' + lines[line][0]
    text = "".join("\t".join(line) + end for line in lines)
    data = bytearray(text.encode(encoding, errors="replace"))
    if mutation == "odd bytes":
        for _ in range(3):
            data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    return bytes(data[: draw.draw(st.integers(0, len(data)))] if mutation == "cut file" else data)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> mx.Project:
    """Return a project with one object, which no mutation may change."""
    folder = tmp_path_factory.mktemp("standing")
    (folder / "ecotaxa_a.tsv").write_text("object_id\tobject_area\nold\t7\n", encoding="utf-8")
    project = mx.create_project(folder / "project", user="ana")
    mx.add(project, folder / "ecotaxa_a.tsv")
    return project


def objects_of(project: mx.Project) -> list[tuple[object, ...]]:
    with project.read() as conn:
        return [tuple(row) for row in conn.execute("SELECT * FROM object ORDER BY object")]


def names_around(project: mx.Project) -> list[Path]:
    return sorted(path for path in project.folder.parent.iterdir())


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(MUTATIONS, st.data())
def test_a_mutated_table_is_added_as_far_as_it_goes_or_refused(
    standing: mx.Project, tmp_path_factory: pytest.TempPathFactory, mutation: str, draw: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("in")
    n = standing.count_objects()
    # As wide for every n: what hypothesis may cut is as long each time.
    rows = [[f"o{n:06d}_{k}", "", "43.5", "20200131", f"{k}.5", "é", "s"] for k in range(4)]
    (folder / "ecotaxa_m.tsv").write_bytes(mutated([list(HEADER), list(TYPES), *rows], mutation, draw))
    before, around = objects_of(standing), names_around(standing)
    try:
        seen = mx.preview(folder, project=standing)
    except MorphoExploreError:
        with pytest.raises(MorphoExploreError, match=r"\w+ \w+ .*\."):  # a sentence
            mx.add(standing, folder)
        assert standing.count_objects() == n
        return
    if not seen["objects"]:
        with pytest.raises(MorphoExploreError, match="holds no object that could be used"):
            mx.add(standing, folder)
        assert standing.count_objects() == n
    else:
        result = mx.add(standing, folder)
        assert seen["objects"] == result["objects"] + result["there"]
        assert seen["there"] == result["there"]
        assert seen["problems"] == result["problems"]
        assert standing.count_objects() == n + result["objects"]
    assert objects_of(standing)[:n] == before
    assert names_around(standing) == around
    assert float(mx.metadata(standing, "area")[0]) == 7  # as text, once a mutation put text into the column


def test_the_project_is_sound_after_all_of_that(standing: mx.Project) -> None:
    assert not mx.check(standing)


# ------------------------------------------------------------------------------------- beyond measure


class Endless(io.RawIOBase):
    """A line of a gigabyte that is made while it is read, and tells how much of it was."""

    def __init__(self, start: bytes, size: int) -> None:
        self._start, self._left = start, size
        self.read_so_far = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._start[: len(buffer)] or b"9" * min(len(buffer), self._left)
        self._start = self._start[len(data) :]
        buffer[: len(data)] = data
        self._left -= len(data)
        self.read_so_far += len(data)
        return len(data)


@pytest.mark.parametrize(
    "start", [b"object_id\na\n", b"object_id\t", b"\xff\xfeo\0", b"object_id\n\xe9\n\x01"]
)
def test_a_line_of_a_gigabyte_is_refused_without_reading_all_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: bytes
) -> None:
    raw = Endless(start, 1 << 30)
    (tmp_path / "ecotaxa_long.tsv").write_bytes(b"object_id\n")
    monkeypatch.setattr(FolderFiles, "open", lambda *_: io.BufferedReader(raw))
    tracemalloc.start()
    with pytest.raises(SourceError, match="line of more than 4 million letters"):
        open_source(tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert raw.read_so_far < 8 << 20
    assert peak < 16 << 20


def test_a_long_line_in_one_table_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "ecotaxa_a.tsv").write_bytes(b"object_id\n" + b"x" * (5 << 20) + b"\n")
    (tmp_path / "ecotaxa_b.tsv").write_bytes(b"object_id\nb\n")
    (batch,) = open_source(tmp_path).batches()
    assert batch.rows["object_id"].tolist() == ["b"]
    assert "line of more than" in batch.problems[0].reason


@pytest.mark.parametrize(("count", "is_read"), [(3000, True), (10_000, False)])
def test_thousands_of_columns(tmp_path: Path, count: int, is_read: bool) -> None:
    names = ["object_id", *(f"object_c{number}" for number in range(count - 1))]
    lines = ["\t".join(names), "\t".join(["a", *["1.5"] * (count - 1)])]
    (tmp_path / "ecotaxa_wide.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    begin = time.process_time()
    if is_read:
        (batch,) = open_source(tmp_path).batches()
        assert batch.metadata.shape == (1, count - 1)
        assert np.all(batch.metadata.to_numpy() == 1.5)
    else:
        with pytest.raises(SourceError, match="has 10000 columns; more than 5000 are not read"):
            open_source(tmp_path)
    assert time.process_time() - begin < 10  # CPU seconds: with the square of the columns it would be minutes
