"""Projects that many tests start from."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from morphoexplore.store.project import Project, create_project
from tests.made import make_project

# The suite draws the same examples each time, so that a failure is of the change that was made. make fuzz draws others.
# Nothing is timed: a busy machine is no failure.
_UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", _UNTIMED, derandomize=True)
settings.register_profile("fuzz", _UNTIMED, derandomize=False, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture
def empty_project(tmp_path: Path) -> Project:
    return create_project(tmp_path / "project", user="ana")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder to copy: making it once is faster."""
    folder = tmp_path_factory.mktemp("template") / "project"
    make_project(folder)
    return folder


@pytest.fixture
def made_project(template: Path, tmp_path: Path) -> Project:
    """A project of 30 objects, a morphospace and four pending seeds; see :mod:`tests.made`."""
    shutil.copytree(template, tmp_path / "project")
    return Project(tmp_path / "project", user="ana")
