"""Sizes, size classes, and the slope of size spectra."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morphoexplore.methods.sizespectra import (
    biovolumes,
    diameters,
    ellipsoid_volumes,
    fit_slope,
    size_classes,
    size_spectrum,
)

relaxed = settings(deadline=None, max_examples=40)
positive = st.floats(1e-6, 1e6)


def power_law(exponent: float, n: int, *, low: float = 1.0, high: float = 1024.0) -> np.ndarray:
    """Volumes whose density falls as volume to the power of -exponent, evenly through their distribution."""
    share = (np.arange(n) + 0.5) / n
    if exponent == 1:
        return low * (high / low) ** share
    power = 1 - exponent
    return (low**power + share * (high**power - low**power)) ** (1 / power)


def test_a_sphere_has_the_size_of_its_disc() -> None:
    radius = np.array([0.1, 1.0, 2.5])
    np.testing.assert_allclose(diameters(np.pi * radius**2), 2 * radius)
    np.testing.assert_allclose(biovolumes(np.pi * radius**2), 4 / 3 * np.pi * radius**3)
    np.testing.assert_allclose(ellipsoid_volumes(2 * radius, 2 * radius), 4 / 3 * np.pi * radius**3)


@pytest.mark.parametrize("per_octave", [1, 2, 3, 4])
def test_a_limit_belongs_to_the_class_above_it(per_octave: int) -> None:
    places = np.arange(-60, 60)
    np.testing.assert_array_equal(size_classes(2.0 ** (places / per_octave), per_octave=per_octave), places)


@relaxed
@given(st.lists(st.tuples(positive, positive), min_size=1, max_size=50), st.integers(1, 4))
def test_a_spectrum_holds_everything_once(pairs: list[tuple[float, float]], per_octave: int) -> None:
    volumes, each = np.array(pairs).T
    table = size_spectrum(volumes, each, per_octave=per_octave)
    assert table["objects"].sum() == len(volumes)
    assert table["abundance"].sum() == pytest.approx(each.sum())
    assert table["biovolume"].sum() == pytest.approx((each * volumes).sum())
    np.testing.assert_allclose(table["volume_max"][:-1], table["volume_min"][1:])
    np.testing.assert_allclose(table["volume_max"] / table["volume_min"], 2 ** (1 / per_octave))


@pytest.mark.parametrize("exponent", [1.0, 1.5, 2.0, 2.5])
@pytest.mark.parametrize("per_octave", [1, 2])
def test_a_power_law_that_was_put_in_is_found(exponent: float, per_octave: int) -> None:
    table = size_spectrum(power_law(exponent, 400_000), per_octave=per_octave)
    abundance, biovolume = (fit_slope(table, quantity=name) for name in ("abundance", "biovolume"))
    assert abundance.slope == pytest.approx(-exponent, abs=0.01)
    if exponent > 1:  # at 1 no class is the highest
        assert biovolume.slope == pytest.approx(1 - exponent, abs=0.01)
    assert abundance.low <= abundance.slope <= abundance.high
    assert (abundance.status, abundance.volume_min) == ("ok", 1.0)


def test_random_objects_have_the_slope_within_its_interval_mostly() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(60):
        volumes = (1 - rng.random(3000)) ** (-1 / 1.0)  # density falls with the square
        found = fit_slope(size_spectrum(volumes), quantity="abundance", min_objects=5)
        held += found.low <= -2 <= found.high
    assert held >= 50


def test_the_rising_part_below_the_mode_is_left_out() -> None:
    volumes = power_law(2.0, 200_000)
    lost = np.random.default_rng(0).random(len(volumes)) < np.where(volumes < 8, 1 - volumes / 64, 0)
    table = size_spectrum(volumes[~lost])
    found, all_of_it = fit_slope(table), fit_slope(table, from_mode=False)
    assert found.volume_min == 8
    assert found.slope == pytest.approx(-1, abs=0.02)
    assert all_of_it.slope > found.slope + 0.1


def test_more_water_moves_the_line_and_not_its_slope() -> None:
    volumes = power_law(2.0, 5000)
    once, tenfold = (fit_slope(size_spectrum(volumes, np.full(5000, each))) for each in (1.0, 10.0))
    assert tenfold.slope == pytest.approx(once.slope)
    assert tenfold.intercept == pytest.approx(once.intercept + 1)


def test_equal_biovolume_in_every_octave_is_a_slope_of_minus_one() -> None:
    volumes = 1.5 * 2.0 ** np.arange(8)
    found = fit_slope(size_spectrum(volumes, 1 / volumes))
    assert found.slope == pytest.approx(-1)
    assert found.r2 == pytest.approx(1)
    assert found.intercept == pytest.approx(np.log10(np.sqrt(2)))


def test_empty_classes_are_in_the_table_and_not_in_the_fit() -> None:
    table = size_spectrum([1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 16.0])
    assert table["objects"].tolist() == [4, 2, 0, 0, 1]
    assert fit_slope(table).n_classes == 3


@pytest.mark.parametrize(
    ("volumes", "status"), [([], "empty"), ([1.0], "too_few_classes"), ([1, 1, 2.0], "too_few_classes")]
)
def test_too_little_for_a_slope_says_so(volumes: list[float], status: str) -> None:
    found = fit_slope(size_spectrum(volumes))
    assert found.status == status
    assert np.isnan([found.slope, found.low, found.high]).all()


def test_what_has_no_size_is_named() -> None:
    with pytest.raises(ValueError, match="2 are not, of objects 1, 2"):
        size_spectrum([1.0, np.nan, -1.0])
    with pytest.raises(ValueError, match="Concentrations"):
        size_spectrum([1.0], [0.0])
    with pytest.raises(ValueError, match="2 volumes and 1"):
        size_spectrum([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="biovolume or abundance"):
        fit_slope(size_spectrum([1.0]), quantity="mass")
    with pytest.raises(ValueError, match="per octave"):
        size_spectrum([1.0], per_octave=0)
