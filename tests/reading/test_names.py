"""The CSV of names: what spreadsheets write is read, what cannot be meant is told with its line."""

from __future__ import annotations

from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from morphoexplore.errors import SourceError
from morphoexplore.reading.names import read_names

KINDS = ("living", "detritus")
KNOWN = {1, 2, 3}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "names.csv"


@pytest.mark.parametrize(
    "data",
    [
        b"node_id,name,ecotaxa_id\n1,Calanus,12\n2,Oithona,\n",
        b"\xef\xbb\xbfnode_id,name,ecotaxa_id\r\n1,Calanus,12\r\n2,Oithona,\r\n",
        b"node_id;name;ecotaxa_id\n1;Calanus;12.0\n\n;;\n2;Oithona;\n",
        b' Node_ID , NAME,note,ecotaxa_id,,\n1, "Calanus",?,12.,,\n2,Oithona,,,,\n'.replace(b' "', b'"'),
        b"name,ecotaxa_id,node_id\nCalanus,0012,1.0\nOithona,,2",
        b"node_id,name,ecotaxa_id\r1,Calanus,12\r2,Oithona\r",
    ],
    ids=["plain", "byte order mark", "semicolons", "sloppy", "other order", "old Macintosh"],
)
def test_what_spreadsheets_write_is_read(path, data):
    path.write_bytes(data)
    names = read_names(path, known=KNOWN, kinds=KINDS)
    assert names.index.tolist() == [1, 2]
    assert names["name"].tolist() == ["Calanus", "Oithona"]
    assert names["ecotaxa_id"].tolist() == [12, None]


def test_text_may_hold_separators_line_breaks_and_accents(path):
    path.write_text('node_id,name,description\n1,"a, b","two\nlines ""so"""\n2,é\u2028x,\n', encoding="utf-8")
    names = read_names(path, known=KNOWN, kinds=KINDS)
    assert names.loc[1].tolist() == ["a, b", 'two\nlines "so"']
    assert names.loc[2].tolist() == ["é\u2028x", None]


def test_windows_encoding_is_read(path):
    path.write_bytes("node_id;name\n1;Müller…\n".encode("cp1252"))
    assert read_names(path, known=KNOWN, kinds=KINDS)["name"].tolist() == ["Müller…"]


def test_a_file_without_lines_names_nothing(path):
    path.write_text("node_id,name\n")
    assert read_names(path, known=KNOWN, kinds=KINDS).empty


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected the columns node_id,name,.*; found nothing"),
        ("id,name\n1,a\n", "line 1: expected the columns .*; found id, name"),
        ("node_id,colour\n1,red\n", "line 1: expected the columns .* one more at least"),
        ("node_id,name,Name\n1,a,b\n", "line 1: the column name is there 2 times"),
        ("node_id,name\n1,a\n9,b\n", "line 3: there is no node 9 in this project"),
        ("node_id,name\n,b\n", r"line 2: there is no node \(empty\)"),
        ('node_id,name\n1,"a\nb"\n\nx,b\n', "line 5: node_id must be a whole number, not 'x'"),
        ("node_id,name\n1.5,b\n", "line 2: node_id must be a whole number, not '1.5'"),
        ("node_id,ecotaxa_id\n1,inf\n", "line 2: ecotaxa_id must be a whole number, not 'inf'"),
        ("node_id,aphia_id\n1,-3\n", "line 2: aphia_id must be a whole number, not '-3'"),
        ("node_id,aphia_id\n1,99999999999999999999\n", "aphia_id must be a whole number"),
        ("node_id,name\n1,a\n2,b\n1,c\n", "line 4: node 1 was named in an earlier line already"),
        ("node_id,kind\n1,living\n2,dead\n", "line 3: there is no kind 'dead'. Kinds: living, detritus"),
        ("node_id,name\n1,a,b\n", "line 2: 3 cells, but 2 columns. Put text with commas in quotes"),
        ('node_id,name\n1,a\n2,"b\n3,c\n', "line 3: the quotes cannot be understood"),
    ],
)
def test_a_line_that_cannot_be_used_is_told(path, text, message):
    path.write_text(text)
    with pytest.raises(SourceError, match=f"names.csv, {message}" if message.startswith("line") else message):
        read_names(path, known=KNOWN, kinds=KINDS)


def test_a_file_that_cannot_be_read_is_told(path):
    with pytest.raises(SourceError, match="cannot be read: No such file"):
        read_names(path, known=KNOWN, kinds=KINDS)


@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=60))
def test_any_file_is_read_or_told(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("any") / "names.csv"
    path.write_bytes(b"node_id,name\n" + data)
    told = None
    try:
        found = set(read_names(path, known=KNOWN, kinds=KINDS).index)
    except SourceError as error:
        told = str(error)
    assert found <= KNOWN if told is None else told.startswith(f"{path}, line ")
