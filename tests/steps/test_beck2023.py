"""The chain of Beck et al. (2023): its own figures on a made series, and what the whole chain says of a project."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import morphoexplore as mx
from morphoexplore.steps import beck2023 as step
from tests.made import make_project

VECTOR = Path(__file__).resolve().parents[1] / "vectors" / "diversity" / "synthetic_A.json"


def test_the_indices_are_those_that_their_program_gives() -> None:
    whole = json.loads(VECTOR.read_text(encoding="utf-8"))
    inputs, expected = whole["inputs"], whole["expected"]["beck2023"]
    counts = np.array(inputs["counts"], dtype=float)
    amounts = counts / (np.array(inputs["volume"]) * np.array(inputs["fraction"]))[:, None]
    days = pd.date_range("2020-01-01", periods=len(counts))
    table = step._indices(days, amounts, counts, np.array(inputs["coords"]))
    wide = table.pivot_table(index="datetime", columns="index", values="estimate")
    for index, name in (("richness", "Nb_sp"), ("mric", "FRic"), ("mdiv", "FDiv"), ("meve", "FEve")):
        np.testing.assert_allclose(wide[index], expected[name], rtol=1e-6)


@pytest.fixture
def cloud(tmp_path: Path) -> mx.Project:
    return make_project(tmp_path / "p", sizes=(60, 40), free=20, dims=5)


def test_the_chain_counts_free_objects_in_cells_by_date(cloud: mx.Project) -> None:
    found = mx.beck2023(cloud, cells=12, dims=3)
    assert set(found.indices["index"]) == set(step.INDICES)
    dated = mx.samples(cloud).dropna(subset="datetime")
    assert len(found.indices) == len(step.INDICES) * dated["datetime"].dt.normalize().nunique()
    richness = found.indices[found.indices["index"] == "richness"]
    assert richness["n_objects"].sum() == dated["objects"].sum()
    assert richness["estimate"].between(1, 12).all()
    assert found.trends["index"].tolist() == list(step.INDICES)
    again = mx.beck2023(cloud, cells=12, dims=3)
    pd.testing.assert_frame_equal(found.indices, again.indices)


def test_large_dates_are_drawn_from_and_weigh_as_before(cloud: mx.Project) -> None:
    whole, drawn = mx.beck2023(cloud, cells=6, dims=2), mx.beck2023(cloud, cells=6, dims=2, most_objects=10)
    assert drawn.indices["n_objects"].max() == 10
    assert "10 objects were drawn" in " ".join(drawn.notes)
    assert len(whole.indices) == len(drawn.indices)
