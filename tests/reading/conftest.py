"""What tests of reading share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reading.ecotaxa_made import write_image


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with three images."""
    for name in ("a.png", "b.png", "c.png"):
        write_image(tmp_path / name)
    return tmp_path
