"""One server per project, which says where it is and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

import morphoexplore as mx
from morphoexplore.errors import ProjectError
from morphoexplore_app.serving import SIGN, signed
from tests.app.browsing import PATIENCE, Served, environment

ADDRESS = "http://127.0.0.1:1234/?token=abc"


def write_sign(folder: Path, **changes: object) -> None:
    """Leave the sign that another program would leave."""
    us = {"pid": os.getpid(), "started": psutil.Process().create_time(), "address": ADDRESS}
    (folder / SIGN).write_text(json.dumps(us | changes), encoding="utf-8")


def dead_process() -> int:
    """Return the number of a process that was and is no more."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_sign_stands_while_the_project_is_served(tmp_path: Path) -> None:
    with signed(tmp_path, ADDRESS):
        sign = json.loads((tmp_path / SIGN).read_text(encoding="utf-8"))
        assert sign["address"] == ADDRESS
        assert sign["pid"] == os.getpid()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_the_sign_is_for_its_owner_only(tmp_path: Path) -> None:
    former = os.umask(0)
    try:
        with signed(tmp_path, ADDRESS):
            assert stat.S_IMODE((tmp_path / SIGN).stat().st_mode) == 0o600
    finally:
        os.umask(former)


def test_a_second_one_is_sent_to_the_first(tmp_path: Path) -> None:
    with signed(tmp_path, ADDRESS):
        with (
            pytest.raises(ProjectError, match="shown already") as caught,
            signed(tmp_path, "http://127.0.0.1:9/"),
        ):
            pass
        assert ADDRESS in str(caught.value)
        assert json.loads((tmp_path / SIGN).read_text(encoding="utf-8"))["address"] == ADDRESS
    assert not (tmp_path / SIGN).exists()


@pytest.mark.parametrize(
    "how", ["dead", "another process of that number", "cut off", "empty", "a list", "no pid"]
)
def test_a_sign_of_nobody_is_replaced(tmp_path: Path, how: str) -> None:
    if how == "dead":
        write_sign(tmp_path, pid=dead_process())
    elif how == "another process of that number":
        write_sign(tmp_path, started=psutil.Process().create_time() - 60)
    else:
        text = {"cut off": '{"pid": 1', "empty": "", "a list": "[1]", "no pid": "{}"}[how]
        (tmp_path / SIGN).write_text(text, encoding="utf-8")
    with signed(tmp_path, "http://127.0.0.1:2/"):
        assert json.loads((tmp_path / SIGN).read_text(encoding="utf-8"))["address"] == "http://127.0.0.1:2/"
    assert list(tmp_path.iterdir()) == []


def test_the_sign_goes_when_the_program_fails(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), signed(tmp_path, ADDRESS):
        raise RuntimeError
    assert not (tmp_path / SIGN).exists()


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="cannot be written"), signed(tmp_path / "gone", ADDRESS):
        pass


# ------------------------------------------------------------------------------------------ whole programs


def refused(folder: Path, *options: str) -> str:
    """Run ``morphoexplore serve`` that must be refused; return the sentence."""
    done = subprocess.run(
        [sys.executable, "-m", "morphoexplore", "serve", str(folder), "--no-browser", *options],
        check=False,
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def test_a_second_program_is_refused_with_the_address(
    serve: Callable[..., Served], made_project: mx.Project
) -> None:
    served = serve(made_project.folder)
    assert served.link in refused(made_project.folder)
    assert served.process.poll() is None, "the first goes on"
    assert (made_project.folder / SIGN).exists()


def test_a_port_that_is_taken_is_a_sentence(made_project: mx.Project) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"Port {port} cannot be used" in refused(made_project.folder, "--port", str(port))
    assert not (made_project.folder / SIGN).exists()


def test_what_is_no_project_is_a_sentence(tmp_path: Path) -> None:
    assert str(tmp_path) in refused(tmp_path)


def test_the_port_can_be_chosen(serve: Callable[..., Served], made_project: mx.Project) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert serve(made_project.folder, port=port).port == port


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot tell a process to end")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["told to end", "Ctrl+C"])
def test_a_program_that_ends_removes_its_sign(
    serve: Callable[..., Served], made_project: mx.Project, how: signal.Signals
) -> None:
    served = serve(made_project.folder)
    assert (made_project.folder / SIGN).exists()
    served.stop(how)
    assert served.process.returncode == 0
    assert not (made_project.folder / SIGN).exists()
    assert served.log == ""


def test_a_killed_program_is_in_nobodys_way(serve: Callable[..., Served], made_project: mx.Project) -> None:
    served = serve(made_project.folder)
    former = served.link
    served.kill()
    assert (made_project.folder / SIGN).exists()
    served.start()
    assert served.link != former
    assert json.loads((made_project.folder / SIGN).read_text(encoding="utf-8"))["address"] == served.link
