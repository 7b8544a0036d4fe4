import csv
import io
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from morphoexplore.errors import ProjectError
from morphoexplore.writing.ecotaxa_update import write_morph_update

relaxed = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@pytest.fixture
def members():
    return pd.DataFrame(
        {
            "object_id": ["o1", "o2", "o3"],
            "node_id": [12, 7, np.nan],
            "name": [None, 'Cop\u00e9pode "long"', None],
            "path": ["living > unnamed morph 12", "living > Cop\u00e9pode", None],
            "origin": ["looked", "grown", None],
        }
    )


def parse(content):
    """Read as EcoTaxa does: latin-1 unless there is a BOM, DictReader, stripped cells, types in row two."""
    encoding = "utf-8-sig" if content.startswith(b"\xef\xbb\xbf") else "latin-1"
    reader = csv.DictReader(io.StringIO(content.decode(encoding), newline=""), delimiter="\t", quotechar='"')
    types, *rows = ({key: value.strip() for key, value in row.items()} for row in reader)
    return types, rows


def test_members_come_back_as_ecotaxa_reads_them(tmp_path, members):
    report = write_morph_update(members, tmp_path / "out" / "ecotaxa_update.tsv")
    types, rows = parse(report.path.read_bytes())
    assert types == {
        "object_id": "[t]",
        "object_morph_id": "[f]",
        "object_morph_name": "[t]",
        "object_morph_path": "[t]",
        "object_morph_origin": "[t]",
    }
    assert [list(row.values()) for row in rows] == [
        ["o1", "12", "unnamed morph 12", "living > unnamed morph 12", "looked"],
        ["o2", "7", 'Cop\u00e9pode "long"', "living > Cop\u00e9pode", "grown"],
    ]
    assert (report.n_objects, report.columns, report.problems) == (2, tuple(types), [])


@relaxed
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5))
def test_no_cell_is_empty_or_too_long_or_on_two_lines(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("update")
    members = pd.DataFrame(rows, columns=["name", "path"])
    members = members.assign(object_id=[f"o{n}" for n in members.index], node_id=5, origin="seed")
    report = write_morph_update(members, folder / "ecotaxa.tsv")
    content = report.path.read_bytes()
    _, cells = parse(content)
    # newline="": nothing but the line ends of the format may end a line, not even inside quotes
    assert len(io.StringIO(content.decode("utf-8-sig")).read().splitlines()) == len(rows) + 2
    for row, (name, path) in zip(cells, rows, strict=True):
        assert all(0 < len(cell) <= 250 for cell in row.values())
        plain = name.strip()
        if plain.isprintable() and 0 < len(plain) <= 250:
            assert row["object_morph_name"] == plain
        if not path.strip():
            assert row["object_morph_path"] == row["object_morph_name"]


def test_long_texts_are_cut_and_reported_once(tmp_path, members):
    members["name"] = "x" * 251
    report = write_morph_update(members, tmp_path / "ecotaxa.tsv")
    _, rows = parse(report.path.read_bytes())
    assert rows[0]["object_morph_name"] == "x" * 249 + "\u2026"
    assert [problem.reason[:48] for problem in report.problems] == [
        "object_morph_name of 2 objects was cut to 250 ch"
    ]


def test_a_column_with_an_empty_cell_is_left_out(tmp_path, members):
    members.loc[0, "origin"] = " "
    report = write_morph_update(members, tmp_path / "ecotaxa.tsv")
    assert "object_morph_origin" not in report.columns
    assert "object_morph_origin was left out: 1 of its cells" in report.problems[0].reason
    without = write_morph_update(members[["object_id", "node_id"]], tmp_path / "ecotaxa.tsv")
    assert parse(without.path.read_bytes())[1][1] == {
        "object_id": "o2",
        "object_morph_id": "7",
        "object_morph_name": "unnamed morph 7",
        "object_morph_path": "unnamed morph 7",
    }


@pytest.mark.parametrize("wrong", ["", " o1", "o\t1", "o\n1", "x" * 256])
def test_objects_that_ecotaxa_cannot_know_are_left_out(tmp_path, members, wrong):
    members.loc[0, "object_id"] = wrong
    report = write_morph_update(members, tmp_path / "ecotaxa.tsv")
    assert report.n_objects == 1
    assert report.problems[0].object_id == wrong


def test_zip_holds_a_file_that_ecotaxa_finds(tmp_path, members):
    report = write_morph_update(members, tmp_path / "morphs.ZIP")
    with zipfile.ZipFile(report.path) as archive:
        (name,) = archive.namelist()
        content = archive.read(name)
    assert name.startswith("ecotaxa")
    assert name.endswith(".tsv")
    assert len(parse(content)[1]) == 2
    again = write_morph_update(members, tmp_path / "again.zip")
    assert again.path.read_bytes() == report.path.read_bytes()


def test_tsv_gets_a_name_that_ecotaxa_finds(tmp_path, members):
    report = write_morph_update(members, tmp_path / "morphs.tsv")
    assert report.path == tmp_path / "ecotaxa_morphs.tsv"
    assert report.path.exists()


def test_nothing_to_send(tmp_path, members):
    with pytest.raises(ProjectError, match="nothing to send"):
        write_morph_update(members.assign(node_id=np.nan), tmp_path / "ecotaxa.tsv")
    with pytest.raises(ValueError, match="first 'o1'"):
        write_morph_update(members.assign(object_id="o1"), tmp_path / "ecotaxa.tsv")
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path, members):
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectError, match="cannot be written"):
        write_morph_update(members, tmp_path / "file" / "ecotaxa.zip")
