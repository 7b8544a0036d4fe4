"""Turnover between samples, on amounts and on shares, and the tables that it is computed from."""

from __future__ import annotations

import doctest
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.errors import WrongValueError
from morphoexplore.steps import turnover as module
from morphoexplore.steps.morph_tables import morph_table, water
from morphoexplore.steps.turnover import TURNOVER_COLUMNS, turnover, turnover_matrix
from tests.made_volumes import add_rows, put, zooscan_rows


def made(rows: list[list[float]], days: list[str | None]) -> tuple[pd.DataFrame, pd.Series]:
    names = [f"s{number}" for number in range(len(rows))]
    return pd.DataFrame(rows, index=names), pd.Series(pd.to_datetime(days, format="ISO8601"), index=names)


def test_each_sample_is_compared_with_the_one_before_it_in_time() -> None:
    table, times = made([[0, 4], [2, 0], [1, 0]], ["2020-03-01", "2020-01-01", "2020-02-01T12:00"])
    found = turnover(table, times)
    assert list(found) == list(TURNOVER_COLUMNS)
    assert found["sample_id"].tolist() == ["s2", "s0"]
    assert found["previous_id"].tolist() == ["s1", "s2"]
    assert found["days"].tolist() == [31.5, 28.5]
    assert found["bray_curtis"].tolist() == pytest.approx([1 / 3, 1])
    assert found["bray_curtis_relative"].tolist() == pytest.approx([0, 1])
    assert found["losses"].tolist() == pytest.approx([1 / 3, 1 / 5])
    assert found["gains"].tolist() == pytest.approx([0, 4 / 5])
    assert (found["losses"] + found["gains"]).to_numpy() == pytest.approx(found["bray_curtis"].to_numpy())


def test_what_is_not_known_or_empty_has_a_status_and_no_number() -> None:
    table, times = made(
        [[1, 1], [np.nan, np.nan], [0, 0], [0, 0], [3, 1], [9, 9]],
        ["2020-01-01", "2020-01-02", "2020-01-03", "2020-01-04", "2020-01-05", None],
    )
    found = turnover(table, times)
    assert found["status"].tolist() == ["unknown_weight", "unknown_weight", "empty", "ok"]
    assert found["bray_curtis"].isna().tolist() == [True, True, True, False]
    assert found["gains"].tolist()[-1] == 1, "all of it is new"
    assert turnover(table.iloc[:1], times).empty
    assert turnover(table, times.where(times.isna())).empty


def test_stations_are_followed_one_by_one() -> None:
    table, times = made([[1, 0], [0, 1], [1, 0], [0, 1]], [f"2020-01-0{day}" for day in (1, 2, 3, 4)])
    group = pd.Series(["B", "C", "B", None], index=table.index)
    found = turnover(table, times, group=group)
    assert found[["group", "sample_id", "previous_id", "bray_curtis"]].to_numpy().tolist() == [
        ["B", "s2", "s0", 0.0]
    ]


def test_the_matrix_holds_what_is_between_successive_samples_beside_its_diagonal() -> None:
    random = np.random.default_rng(0)
    table, times = made(
        random.poisson(2, (6, 4)).tolist(), [f"2020-0{month}-01" for month in (3, 1, 2, 6, 5, 4)]
    )
    table.loc["s3"] = np.nan
    for relative, column in ((False, "bray_curtis"), (True, "bray_curtis_relative")):
        matrix = turnover_matrix(table, times, relative=relative)
        assert matrix.index.tolist() == times.sort_values().index.tolist()
        np.testing.assert_array_equal(matrix, matrix.T)
        known = matrix.drop("s3").drop(columns="s3").to_numpy()
        assert (np.diag(known) == 0).all()
        assert matrix.loc["s3"].isna().all()
        np.testing.assert_allclose(np.diag(matrix, 1), turnover(table, times)[column])


@pytest.mark.parametrize("relative", [False, True])
def test_an_empty_sample_shares_nothing_with_others_and_two_cannot_be_compared(relative: bool) -> None:
    table, times = made([[0, 0], [3, 1], [0, 0]], ["2020-01-01", "2020-01-02", "2020-01-03"])
    matrix = turnover_matrix(table, times, relative=relative).to_numpy()
    np.testing.assert_array_equal(matrix, [[np.nan, 1, np.nan], [1, 0, 1], [np.nan, 1, np.nan]])


def test_a_sample_twice_is_refused() -> None:
    table, times = made([[1], [2]], ["2020-01-01", "2020-01-02"])
    with pytest.raises(WrongValueError, match="'s0' is in the table twice"):
        turnover(table.iloc[[0, 0]], times)


def test_negative_amounts_are_refused_by_name() -> None:
    table, times = made([[1, 2], [3, -1], [np.nan, 1]], ["2020-01-01", "2020-01-02", "2020-01-03"])
    for compare in (turnover, turnover_matrix):
        with pytest.raises(WrongValueError, match=r"not negative.*s1"):
            compare(table, times)


def test_the_example_holds() -> None:
    assert doctest.testmod(module, extraglobs={"pd": pd}).failed == 0


# ----------------------------------------------------------------------------------- tables


@pytest.fixture
def nets(tmp_path: Path) -> tuple[mx.Project, dict[str, int]]:
    project = add_rows(tmp_path, zooscan_rows())
    mx.set_formulas(project, preset="zooscan")
    morphs = put(project, {"copepod": [0, 1, 5], "egg": [2], "fibre": [3]})
    review.kind(project, morphs["fibre"], "detritus")
    return project, morphs


def test_the_table_of_morphs_adds_up_to_the_amounts(nets: tuple[mx.Project, dict[str, int]]) -> None:
    project, morphs = nets
    for weight in ("count", "concentration", "biovolume"):
        table = morph_table(project, weight=weight)
        assert set(table) == {morphs["copepod"], morphs["egg"]}
        amounts = mx.amounts(project)
        np.testing.assert_allclose(table.sum(axis=1), amounts[weight])
    assert morph_table(project, weight="count", kinds=["detritus"]).loc["net_2"].tolist() == [0]
    assert morph_table(project, samples=["net_2"]).index.tolist() == ["net_2"]
    assert water(project).to_dict() == {"net_1": 250, "net_2": 100}


def test_a_sample_without_a_volume_has_no_amounts(tmp_path: Path) -> None:
    rows = [row | ({"sample_tot_vol": 0} if row["sample_id"] == "net_1" else {}) for row in zooscan_rows()]
    project = add_rows(tmp_path, rows)
    put(project, {"copepod": [0, 1, 5], "egg": [2, 6]})
    with pytest.raises(WrongValueError, match="formulas"):
        morph_table(project)
    mx.set_formulas(project, preset="zooscan")
    table = morph_table(project)
    assert table.isna().all(axis=1).tolist() == [True, False]
    assert morph_table(project, weight="count").notna().all(axis=None)
    assert water(project).isna().tolist() == [True, False]


def test_acquisitions_of_unlike_volumes_have_none_in_common(tmp_path: Path) -> None:
    rows = zooscan_rows()
    column = "acq_celltotalvol"
    project = add_rows(tmp_path, [row | {column: 1.0 + (row["acq_id"] == "net_1_d2")} for row in rows])
    mx.set_formulas(project, subsample_coef="1", total_water_volume="ssm.celltotalvol")
    assert water(project).isna().tolist() == [True, False]
