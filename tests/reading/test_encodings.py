"""Text in any encoding that programs write, and workbooks that are called tables."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

import morphoexplore as mx
from morphoexplore.errors import MorphoExploreError, SourceError
from morphoexplore.reading import encodings, open_source
from morphoexplore.reading.names import read_names
from morphoexplore.reading.taxa import read_taxa

UNICODE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
TABLE = "object_id\tobject_area\tobject_note\n" + "".join(f"o{n}\t{n}\tCopépode n° {n}\n" for n in range(3))


def workbook(first: str = "[Content_Types].xml", content: str = "<x/>") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(first, content)
        archive.writestr("xl/workbook.xml", "<x/>")
    return packed.getvalue()


@pytest.mark.parametrize("encoding", [*UNICODE, "latin-1", "cp1252"])
def test_a_table_is_read_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "ecotaxa_a.tsv").write_bytes(TABLE.encode(encoding))
    (batch,) = open_source(tmp_path).batches()
    assert batch.rows["object_id"].tolist() == ["o0", "o1", "o2"]
    assert batch.metadata["note"].tolist() == [f"Copépode n° {n}" for n in range(3)]
    assert batch.metadata["area"].tolist() == [0, 1, 2]
    assert not batch.problems


def test_what_windows_has_and_latin_1_has_not_is_read(tmp_path: Path) -> None:
    (tmp_path / "ecotaxa_a.tsv").write_bytes("object_id\tobject_note\na\tœuf “gros” €\n".encode("cp1252"))
    (batch,) = open_source(tmp_path).batches()
    assert batch.metadata["note"].tolist() == ["œuf “gros” €"]


@pytest.mark.parametrize("encoding", [*UNICODE, "cp1252"])
def test_lists_of_taxa_names_and_profiles_are_read_in_every_encoding(
    nets: mx.Project, tmp_path: Path, encoding: str
) -> None:
    def put(name: str, text: str) -> Path:
        (tmp_path / name).write_bytes(text.encode(encoding))
        return tmp_path / name

    (taxon,) = read_taxa(put("taxa.txt", "display_name\tlineage\nÉga\tliving>Éga\n")).taxa
    assert (taxon.display_name, taxon.lineage) == ("Éga", "living>Éga")
    names = read_names(put("names.txt", "node_id\tname\n1\tÉga, jeune\n"), known=[1], kinds=["living"])
    assert names["name"].tolist() == ["Éga, jeune"]
    table = put("profiles.tsv", "Profile\tDepth [m]\tSampled volume [L]\tµm\ns\t2.5\t40\té\n")
    assert mx.set_profiles(nets, [table])["bins"] == 1


@pytest.fixture
def nets(tmp_path: Path) -> mx.Project:
    return mx.create_project(tmp_path / "project")


BOOKS = [
    workbook(),
    workbook("_rels/.rels"),
    workbook("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500),
]


@pytest.mark.parametrize("data", BOOKS, ids=["xlsx", "other xlsx", "ods", "xls"])
@pytest.mark.parametrize("name", ["ecotaxa_a.tsv", "table.csv", "ecotaxa.xlsx"])
def test_a_workbook_is_named_as_what_it_is(tmp_path: Path, data: bytes, name: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(SourceError, match=r"is a workbook .* Save the sheet as text with tabs"):
        open_source(tmp_path / name)
    if name.endswith("tsv"):
        with pytest.raises(SourceError, match="is a workbook"):
            open_source(tmp_path)


@pytest.mark.parametrize("data", BOOKS, ids=["xlsx", "other xlsx", "ods", "xls"])
def test_a_workbook_is_no_list_of_taxa_names_or_profiles(
    nets: mx.Project, tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "list.csv").write_bytes(data)
    with pytest.raises(MorphoExploreError, match="is a workbook"):
        read_taxa(tmp_path / "list.csv")
    with pytest.raises(MorphoExploreError, match="is a workbook"):
        read_names(tmp_path / "list.csv", known=[1], kinds=["living"])
    with pytest.raises(MorphoExploreError, match="is a workbook"):
        mx.set_profiles(nets, [tmp_path / "list.csv"])


def test_zero_bytes_are_no_text_but_one_of_them_in_a_cell_is_none_the_less(tmp_path: Path) -> None:
    (tmp_path / "ecotaxa_a.tsv").write_bytes(bytes(1000))
    with pytest.raises(SourceError, match="is no text: it holds zero bytes"):
        open_source(tmp_path)
    (tmp_path / "ecotaxa_a.tsv").write_bytes(b"object_id\tobject_note\na\t\0\n")
    (batch,) = open_source(tmp_path).batches()
    assert batch.rows["object_id"].tolist() == ["a"]


def test_one_bad_list_of_taxa_in_a_zip_costs_only_itself(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "lists.zip", "w") as archive:
        archive.writestr("a.csv", workbook())
        archive.writestr("b.csv", "display_name\nCopepoda\n")
    found = read_taxa(tmp_path / "lists.zip")
    assert [taxon.display_name for taxon in found.taxa] == ["Copepoda"]
    assert "a.csv is a workbook" in found.problems[0].reason


def test_short_text_is_taken_for_none_of_these() -> None:
    assert encodings.encoding_of(b"") is None
    assert encodings.encoding_of(b"a") is None
    assert encodings.decoded(b"", "x") == ""
