"""A project on disk: made whole or not at all, refused with a sentence, written in whole transactions."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from morphoexplore import review
from morphoexplore.errors import ProjectError
from morphoexplore.store import arrays, checks, runs, schema, tree
from morphoexplore.store.project import create_project, open_project
from tests.made import make_project, state_of


def test_a_project_that_was_made_can_be_opened(tmp_path):
    create_project(tmp_path / "deep" / "project")
    project = open_project(str(tmp_path / "deep" / "project"), user="ben")
    assert (project.name, project.user, project.count_objects()) == ("project", "ben", 0)
    assert checks.check(project) == []


def _other_database(folder: Path) -> None:
    sqlite3.connect(folder / "project.db").execute("CREATE TABLE t (x)").connection.close()


def _newer(folder: Path) -> None:
    create_project(folder)
    conn = sqlite3.connect(folder / "project.db")
    conn.execute("PRAGMA user_version = 999")
    conn.close()


def _truncated(folder: Path) -> None:
    make_project(folder)
    path = folder / "project.db"
    path.write_bytes(path.read_bytes()[:5000])


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda folder: folder.rmdir(), r"does not exist. Make one with: morphoexplore init"),
        (lambda folder: None, r"is not a morphoexplore project \(it has no project.db\)"),
        (_other_database, "is a database, but not one of morphoexplore"),
        (lambda folder: (folder / "project.db").write_text("no database" * 99), "is damaged .* Restore it"),
        (_truncated, "is damaged .* Restore it"),
        (_newer, r"made by a newer morphoexplore \(its schema is number 999, .* Update the program"),
    ],
    ids=["missing", "no project", "other database", "garbage", "truncated", "newer"],
)
def test_what_is_no_project_is_refused_with_a_sentence(tmp_path, spoil, message):
    folder = tmp_path / "folder"
    folder.mkdir()
    spoil(folder)
    with pytest.raises(ProjectError, match=message):
        open_project(folder).count_objects()


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (create_project, "is a project already. Open it"),
        (lambda folder: folder.write_text(""), "is a file. A project is a folder"),
        (lambda folder: (folder.mkdir(), (folder / "x.txt").touch()), "is not empty"),
    ],
    ids=["project", "file", "full folder"],
)
def test_a_project_is_made_only_in_a_folder_of_its_own(tmp_path, prepare, message):
    prepare(tmp_path / "folder")
    with pytest.raises(ProjectError, match=message):
        create_project(tmp_path / "folder")


def test_what_a_killed_init_left_does_not_stand_in_the_way(tmp_path):
    (tmp_path / "project.db.new").write_text("half")
    (tmp_path / "project.db.new-wal").write_text("half")
    create_project(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["project.db"]


def test_reading_cannot_write(made_project):
    with pytest.raises(ProjectError, match="cannot be written"), made_project.read() as conn:
        conn.execute("DELETE FROM seed")


def test_a_reading_sees_one_state_though_others_write(made_project):
    with made_project.read() as conn:
        assert conn.execute("SELECT count(*) FROM node").fetchone()[0] == 0
        review.make_morph(made_project)
        assert conn.execute("SELECT count(*) FROM node").fetchone()[0] == 0
    assert len(tree.nodes(made_project)) == 1


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_writing_that_fails_leaves_nothing(made_project, error):
    before = state_of(made_project)

    def fail() -> None:
        with made_project.write() as conn:
            conn.execute("UPDATE seed SET state = 'replaced'")
            raise error

    with pytest.raises(error):
        fail()
    assert state_of(made_project) == before


def test_kept_connections_read_what_others_wrote_since_and_still_cannot_write(made_project):
    def decisions():
        with made_project.read() as conn:
            return conn.execute("SELECT count(*) FROM setting").fetchone()[0]

    with made_project.keeping_connections():
        before = decisions()
        with made_project.read() as outer, made_project.read() as inner:
            assert outer is not inner
        open_project(made_project.folder).change_setting("colour", "blue")
        assert decisions() == before + 1
        with pytest.raises(ProjectError, match="cannot be written"), made_project.read() as conn:
            conn.execute("DELETE FROM setting")
        assert decisions() == before + 1


def test_kept_connections_do_not_hide_that_the_project_went_away(made_project):
    with made_project.keeping_connections():
        with made_project.read():
            pass
        shutil.rmtree(made_project.folder)
        with pytest.raises(ProjectError, match="is gone"), made_project.read():
            pass


def test_settings_are_kept(empty_project):
    assert empty_project.setting("language", "en") == "en"
    empty_project.change_setting("language", ["fr", 1])
    empty_project.change_setting("language", ["de", 2])
    assert open_project(empty_project.folder).setting("language") == ["de", 2]


def test_an_error_about_a_file_elsewhere_is_not_told_of_the_project(made_project, tmp_path):
    with pytest.raises(PermissionError), made_project.read():
        raise PermissionError(13, "denied", str(tmp_path / "image.png"))
    with pytest.raises(ProjectError, match="cannot be written"), made_project.read():
        raise PermissionError(13, "denied", str(made_project.folder / "arrays"))


def test_a_project_that_went_away_is_told(made_project):
    shutil.rmtree(made_project.folder)
    with pytest.raises(ProjectError, match=r"project.db is gone. If the project was moved"):
        made_project.count_objects()


def test_a_project_that_is_being_written_is_told_after_a_while(made_project, monkeypatch):
    connect = sqlite3.connect
    monkeypatch.setattr(
        sqlite3, "connect", lambda *args, **options: connect(*args, **options | {"timeout": 0.01})
    )
    with (
        made_project.write(),
        pytest.raises(ProjectError, match="Another program has been writing"),
        made_project.write(),
    ):
        pass


# ------------------------------------------------------------------------------------------ migrations


def test_a_failing_migration_leaves_nothing_and_is_still_pending(made_project, monkeypatch):
    one = "CREATE TABLE first (x); INSERT INTO first VALUES (';'); -- a comment; with a semicolon\n"
    two = """CREATE TABLE second (x);
        CREATE TRIGGER watch AFTER INSERT ON second BEGIN SELECT 1; SELECT 2; END;
        INSERT INTO nowhere VALUES (1);"""
    known = len(schema.MIGRATIONS)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, one, two))
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        open_project(made_project.folder)
    with made_project.read() as conn:
        assert schema.schema_version(conn) == known + 1
        assert conn.execute("SELECT x FROM first").fetchone()[0] == ";"
        assert conn.execute("SELECT count(*) FROM sqlite_master WHERE name = 'second'").fetchone()[0] == 0
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS[:-1], two.replace("nowhere", "second")))
    open_project(made_project.folder)
    with made_project.read() as conn:
        assert schema.schema_version(conn) == known + 2
        assert conn.execute("SELECT count(*) FROM second").fetchone()[0] == 1


def test_a_migration_that_another_program_has_made_meanwhile_is_not_made_twice(made_project, monkeypatch):
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "CREATE TABLE late (x);"))
    look = schema.schema_version
    versions = iter([len(schema.MIGRATIONS) - 1])
    open_project(made_project.folder)
    monkeypatch.setattr(schema, "schema_version", lambda conn: next(versions, None) or look(conn))
    with made_project.write() as conn:
        conn.execute("COMMIT")
        schema.migrate(conn)
        conn.execute("BEGIN")


# ------------------------------------------------------------------------------------------ disks


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system needs root on Linux")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_project_in_a_folder_that_cannot_be_written_can_be_read_and_says_so(mounted):
    project = make_project(mounted / "project")
    review.confirm(project, 1)
    subprocess.run(["mount", "-o", "remount,ro", str(mounted)], check=True)
    found = open_project(mounted / "project")
    assert len(tree.morphs(found)) == 1
    assert checks.check(found) == []
    for act in (
        lambda: review.confirm(found, 2),
        lambda: create_project(mounted / "new"),
        lambda: arrays.write_shard(found, 1, 0, np.zeros(3)),
        lambda: arrays.write_blob(found, "space", {}),
    ):
        with pytest.raises(ProjectError, match=r"cannot be written. Check its permissions"):
            act()


@pytest.mark.skipif(os.name == "nt" or os.getuid() == 0, reason="permissions do not bind root")
def test_permissions_that_forbid_writing_are_told(made_project):
    made_project.folder.chmod(0o500)
    with pytest.raises(ProjectError, match="cannot be written"):
        review.confirm(made_project, 1)
    made_project.folder.chmod(0o700)


def test_a_full_disk_is_told_and_what_was_finished_before_is_intact(mounted):
    project = make_project(mounted / "project")
    review.confirm(project, 1)
    before = state_of(project)

    def fill_with_columns() -> None:
        with runs.run(project, "add", {}) as run:
            for number in range(2000):
                with project.write() as conn:
                    array_id = arrays.declare(
                        conn, "metadata", f"m{number}", dtype="f8", width=0, run_id=run.run_id
                    )
                    arrays.enter(conn, [arrays.write_shard(project, array_id, 0, np.zeros(30))])

    def fill_with_decisions() -> None:
        for number in range(2, 5000):
            review.name(project, 1, f"{number} " * 1000)

    for fill in (fill_with_columns, fill_with_decisions):
        with contextlib.suppress(OSError):
            (mounted / f"ballast {fill.__name__}").write_bytes(bytes(1_000_000))
        with pytest.raises(
            ProjectError, match=r"disk that holds .* is full. What was finished before is kept"
        ):
            fill()
    for path in mounted.glob("ballast*"):
        path.unlink()
    assert [finding for finding in checks.check(project) if not finding.is_harmless] == []
    assert runs.listing(project).iloc[-1]["state"] in ("failed", "interrupted")
    while len(before.tables["node"]) and tree.nodes(project)[1].name is not None:
        review.undo(project)
    assert before.is_restored_by(state_of(project))
    with runs.run(project, "add", {}):
        assert checks.check(project) == []
