"""A small study of drawn objects: made once, copied per test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import morphoexplore as mx
from tests import drawn


@pytest.fixture(scope="session")
def drawn_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV with the images of 300 objects of five forms."""
    return drawn.csv_source(tmp_path_factory.mktemp("drawn"))


@pytest.fixture(scope="session")
def seeded_folder(drawn_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeded") / "study"
    project = mx.create_project(folder, user="ana")
    mx.add(project, drawn_csv)
    mx.extract(project)
    mx.embed(project)
    mx.seed(project)
    return folder


@pytest.fixture
def seeded(seeded_folder: Path, tmp_path: Path) -> mx.Project:
    """A project with 300 objects, features, morphospace and a first round of pending seeds."""
    shutil.copytree(seeded_folder, tmp_path / "study")
    return mx.open_project(tmp_path / "study", user="ana")


@pytest.fixture
def project(tmp_path: Path) -> mx.Project:
    """An empty project."""
    return mx.create_project(tmp_path / "study", user="ana")


@pytest.fixture
def sorted_project(seeded: mx.Project) -> mx.Project:
    """A project of which every seed of the first round was confirmed unseen."""
    for seed_id in mx.seeds(seeded, "pending").index:
        mx.review.confirm(seeded, int(seed_id))
    return seeded
