"""Curves of Hill numbers are those of the functions that they are made of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from morphoexplore.methods.diversity import coverage, hill, rarefy
from morphoexplore.methods.diversity.curves import accumulation_curves, hill_profiles

COUNTS = pd.DataFrame([[30, 12, 5, 2, 1, 1], [0] * 6, [4, 4, 3, 3, 2, 1]], index=["May", "June", "July"])


@pytest.fixture(scope="module")
def curves() -> pd.DataFrame:
    return accumulation_curves(COUNTS, n_sizes=5, replicates=30)


def test_a_profile_is_that_of_hill_and_empty_groups_have_none() -> None:
    profiles = hill_profiles(COUNTS, orders=(0, 1, 2), replicates=30)
    assert profiles["group"].unique().tolist() == ["May", "July"]
    assert profiles["estimate"][:3].tolist() == [hill(COUNTS.loc["May"], q).value for q in (0, 1, 2)]
    assert (profiles["ci_lo"] <= profiles["estimate"]).all()
    assert (profiles["ci_hi"] >= profiles["estimate"]).all()


def test_a_curve_goes_from_one_object_to_twice_the_sample(curves: pd.DataFrame) -> None:
    may = curves[(curves["group"] == "May") & (curves["q"] == 1)]
    assert (may["m"].iloc[0], may["m"].iloc[-1]) == (1, 102)
    assert may["m"].is_monotonic_increasing
    assert may["coverage"].is_monotonic_increasing
    assert may.loc[may["method"] == "observed", "m"].tolist() == [51]
    for row in may.itertuples():
        assert row.estimate == rarefy(COUNTS.loc["May"], row.m, 1).value
        assert row.coverage == coverage(COUNTS.loc["May"], m=row.m).value


def test_curves_are_the_same_again_and_without_replicates_but_for_intervals(curves: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(curves, accumulation_curves(COUNTS, n_sizes=5, replicates=30))
    bare = accumulation_curves(COUNTS, n_sizes=5, replicates=0)
    assert np.isnan(bare["ci_lo"]).all()
    pd.testing.assert_series_equal(bare["estimate"], curves["estimate"])


def test_tables_of_nothing_have_their_columns() -> None:
    nothing = COUNTS.iloc[1:2]
    assert list(hill_profiles(nothing)) == ["group", "q", "estimate", "ci_lo", "ci_hi"]
    assert len(accumulation_curves(nothing)) == 0
