import csv
import errno
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from morphoexplore.errors import ProjectError
from morphoexplore.writing.atomic import replacing
from morphoexplore.writing.ecotaxa_bundle import bundling
from morphoexplore.writing.members_csv import MEMBER_COLUMNS, write_members
from morphoexplore.writing.tables import write_csv

relaxed = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@relaxed
@given(st.lists(st.tuples(texts, st.integers(), st.floats(allow_nan=False)), min_size=1, max_size=5))
def test_values_come_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "table.csv"
    write_csv(pd.DataFrame(rows, columns=["text", "whole", "real"]), path)
    header, *cells = read(path)
    assert header == ["text", "whole", "real"]
    assert [(text, int(whole), float(real)) for text, whole, real in cells] == rows


def test_missing_values_are_empty_cells(tmp_path):
    frame = pd.DataFrame({"a": [1.5, np.nan], "b": [None, "x"], "c": pd.array([1, None], dtype="Int64")})
    path = write_csv(frame, tmp_path / "new" / "folder" / "table.csv")
    assert path.read_bytes() == b"a,b,c\n1.5,,1\n,x,\n"


def test_broken_file_names_do_not_break_the_table(tmp_path):
    path = write_csv(pd.DataFrame({"object_id": ["image\udcff.png", "caf\u00e9"]}), tmp_path / "table.csv")
    assert path.read_text(encoding="utf-8").splitlines()[1:] == ["image\\udcff.png", "caf\u00e9"]


def test_members_keep_exactly_their_columns(tmp_path):
    frame = pd.DataFrame(
        [["o1", "s", "a", "2016-04-04", 7, None, "copepods > morph 7", "living", None, "looked"]]
    )
    frame.columns = list(MEMBER_COLUMNS)
    header, row = read(write_members(frame.assign(extra=1), tmp_path / "members.csv"))
    assert header == [*MEMBER_COLUMNS, "extra"]
    assert row == ["o1", "s", "a", "2016-04-04", "7", "", "copepods > morph 7", "living", "", "looked", "1"]


def test_an_object_is_member_of_one_morph(tmp_path):
    with pytest.raises(ValueError, match="first 'o1'"):
        write_members(pd.DataFrame({"object_id": ["o1", "o1"]}), tmp_path / "members.csv")
    with pytest.raises(ValueError, match="needs the column object_id"):
        write_members(pd.DataFrame({"id": ["o1"]}), tmp_path / "members.csv")
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path):
    frame = pd.DataFrame({"a": [1]})
    (tmp_path / "file").write_text("here")
    (tmp_path / "folder.csv").mkdir()
    for path in (tmp_path / "file" / "table.csv", tmp_path / "folder.csv"):
        with pytest.raises(ProjectError, match=f"{path.name} cannot be written: .*. Choose another place"):
            write_csv(frame, path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.csv"]


@pytest.mark.parametrize("failure", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_former_file_survives_a_failure(tmp_path, failure):
    path = tmp_path / "table.csv"
    path.write_text("former")
    kind = ProjectError if isinstance(failure, OSError) else KeyboardInterrupt

    def write_half():
        with replacing(path) as temporary:
            temporary.write_text("half")
            raise failure

    with pytest.raises(kind):
        write_half()
    assert [file.name for file in tmp_path.iterdir()] == ["table.csv"]
    assert path.read_text() == "former"


@pytest.mark.parametrize("name", ["out.zip", "out"])
def test_what_a_killed_writer_left_is_removed_by_the_next_one(tmp_path, name):
    path = tmp_path / name
    die = (
        "import os, pathlib, sys\n"
        "from morphoexplore.writing.ecotaxa_bundle import bundling\n"
        "with bundling(pathlib.Path(sys.argv[1])) as bundle:\n"
        "    bundle.file('a/x.png', bytes(9))\n"
        "    os._exit(1)\n"
    )
    subprocess.run([sys.executable, "-c", die, str(path)], check=False)
    assert [part.suffix for part in tmp_path.iterdir()] == [".part"]
    (tmp_path / f".other-{os.getpid()}-0.part").touch()  # of another file
    with bundling(path) as bundle:
        assert len(list(tmp_path.iterdir())) == 2
        bundle.file("a/x.png", b"new")
    assert sorted(left.name for left in tmp_path.iterdir()) == [f".other-{os.getpid()}-0.part", name]
