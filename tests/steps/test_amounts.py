"""How much of a group is in each sample: the sums of the summary, zeros and unknowns told apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.errors import WrongValueError
from morphoexplore.steps.amounts import amounts
from tests.made_volumes import add_rows, put, zooscan_rows


@pytest.fixture
def nets(tmp_path: Path) -> mx.Project:
    project = add_rows(tmp_path, zooscan_rows())
    mx.set_formulas(project, preset="zooscan")
    morphs = put(project, {"copepod": [0, 1, 5], "egg": [2], "fibre": [3]})
    review.kind(project, morphs["fibre"], "detritus")
    return project


def test_amounts_are_the_sums_of_the_group(nets: mx.Project) -> None:
    living = amounts(nets)
    assert living["count"].tolist() == [3, 1]
    assert living["concentration"].tolist() == pytest.approx([2 * 4 / 250 + 16 / 250, 8 / 100])
    assert amounts(nets, "detritus")["concentration"].tolist() == pytest.approx([16 / 250, 0])
    assert amounts(nets, "1")["count"].tolist() == [2, 1]
    whole = [amounts(nets, group)["concentration"] for group in ("everything", "sorted", "unsorted")]
    pd.testing.assert_series_equal(whole[0], whole[1] + whole[2])
    assert living["share_unsorted"].tolist() == [0.2, 0.75]


def test_a_group_without_morphs_is_nowhere(nets: mx.Project) -> None:
    found = amounts(nets, "artefact")
    assert found["count"].tolist() == [0, 0]
    assert found["concentration"].tolist() == [0, 0]


def test_of_samples_without_a_volume_only_the_count_is_known(tmp_path: Path) -> None:
    rows = [row | ({"sample_tot_vol": 0} if row["sample_id"] == "net_1" else {}) for row in zooscan_rows()]
    project = add_rows(tmp_path, rows)
    mx.set_formulas(project, preset="zooscan")
    found = amounts(project, "everything")
    assert found["count"].tolist() == [5, 4]
    assert np.isnan(found.loc["net_1", "concentration"])
    assert "total_water_volume is 0" in found.loc["net_1", "problem"]
    assert amounts(project, "living")["concentration"].isna().tolist() == [True, False]


def test_a_branch_is_what_is_below_it(nets: mx.Project) -> None:
    branch = review.make_branch(nets, name="Crustacea", owns=[1, 2])
    pd.testing.assert_frame_equal(amounts(nets, str(branch)), amounts(nets, "living"))


@pytest.mark.parametrize("group", ["alive", "99", "-1", ""])
def test_a_group_that_does_not_exist_is_refused(nets: mx.Project, group: str) -> None:
    with pytest.raises(WrongValueError, match="There is no group"):
        amounts(nets, group)
