"""The imaginary survey: monthly samples, two sieve fractions each, and how many objects of each form they hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from forms import FORMS, Form
from numpy.typing import NDArray
from scipy.stats import norm
from sheet import Random
from vignettes import BAR_PX

FIRST_YEAR, N_MONTHS = 2019, 36
N_MONTHS_WITH_FOOTER = 12
SIEVE_PX = BAR_PX  # 1 mm: larger objects are in d1, smaller in d2
SUB_PARTS = {"d1": (1, 2, 4), "d2": (4, 8, 16, 32, 64)}
MESHES_UM = {"d1": (1000, 20000), "d2": (200, 1000)}
PATCHINESS = 0.2  # standard deviation of the log concentration between samples
LENGTH_LIMITS_PX = (24.0, 165.0)


@dataclass(frozen=True)
class Sample:
    """One haul. *elapsed* runs from 0 (first month) to 1 (last month)."""

    name: str
    day: date
    time: str
    volume_m3: float
    elapsed: float
    footer: bool


@dataclass(frozen=True)
class Acquisition:
    """One scanned sieve fraction of a sample; *sub_part* is the Motoda denominator."""

    sample: Sample
    fraction: str
    sub_part: int

    @property
    def name(self) -> str:
        """Name of the acquisition, unique in the collection."""
        return f"{self.sample.name}_{self.fraction}"


@dataclass(frozen=True)
class Individual:
    """One object to draw: its form and its body length in pixels."""

    acquisition: Acquisition
    form: Form
    length: float


def go_to_sea(random: Random) -> list[Sample]:
    """Return the samples, one a month."""
    samples = []
    for month in range(N_MONTHS):
        day = date(FIRST_YEAR + month // 12, month % 12 + 1, int(random.integers(3, 27)))
        samples.append(
            Sample(
                name=f"drawn_{day:%Y_%m}",
                day=day,
                time=f"{random.integers(7, 12):02d}{random.integers(0, 60):02d}00",
                volume_m3=round(float(random.uniform(16.5, 20.5)), 2),
                elapsed=month / (N_MONTHS - 1),
                footer=month < N_MONTHS_WITH_FOOTER,
            )
        )
    return samples


def split(samples: list[Sample], random: Random) -> list[Acquisition]:
    """Return two fractions per sample; the richer the season, the smaller the part that is scanned."""
    richness = np.array(
        [sum(_abundance(form, sample) * form.expected for form in FORMS) for sample in samples]
    )
    rank = richness.argsort().argsort() / len(samples)
    acquisitions = []
    for sample, rich in zip(samples, rank, strict=True):
        for fraction, choices in SUB_PARTS.items():
            index = np.clip(round(rich * (len(choices) - 1) + random.normal(0, 0.4)), 0, len(choices) - 1)
            acquisitions.append(Acquisition(sample, fraction, choices[int(index)]))
    return acquisitions


def scan_list(acquisitions: list[Acquisition], random: Random) -> list[Individual]:
    """Return all individuals to draw, shuffled within each acquisition."""
    counts = _counts(acquisitions, random)
    individuals = []
    for row, acquisition in enumerate(acquisitions):
        present = [
            Individual(acquisition, form, length)
            for column, form in enumerate(FORMS)
            for length in _lengths(form, acquisition, int(counts[row, column]), random)
        ]
        individuals += [present[index] for index in random.permutation(len(present))]
    return individuals


def by_sample(individuals: list[Individual]) -> Iterator[tuple[Sample, list[Individual]]]:
    """Yield each sample with its individuals, in order."""
    for sample in dict.fromkeys(individual.acquisition.sample for individual in individuals):
        yield sample, [individual for individual in individuals if individual.acquisition.sample is sample]


def _abundance(form: Form, sample: Sample) -> float:
    month = sample.day.month + (sample.day.day - 15) / 30
    trend = form.abundance_trend**sample.elapsed
    return form.season.level(month) * float(trend)


def _counts(acquisitions: list[Acquisition], random: Random) -> NDArray[np.int64]:
    """Return Poisson counts, shape (n_acquisitions, n_forms), that add up to about `Form.expected` per form."""
    seen = np.array(
        [
            [_abundance(form, a.sample) * _share(form, a) * a.sample.volume_m3 / a.sub_part for form in FORMS]
            for a in acquisitions
        ]
    )
    # Two fractions share the patchiness of their sample.
    patches = np.repeat(random.normal(0, PATCHINESS, (len(acquisitions) // 2, len(FORMS))), 2, axis=0)
    expected = np.array([form.expected for form in FORMS])
    concentrations = expected / seen.sum(axis=0)
    counts: NDArray[np.int64] = random.poisson(seen * concentrations * np.exp(patches - PATCHINESS**2 / 2))
    return counts


def _sieve_position(form: Form, sample: Sample) -> tuple[float, float]:
    """Return the log of the median length and, in spreads from it, the length that the sieve just holds back."""
    middle = np.log(form.length * form.length_trend**sample.elapsed)
    cut = np.log(SIEVE_PX / np.sqrt(form.girth))
    return float(middle), float((cut - middle) / form.spread)


def _share(form: Form, acquisition: Acquisition) -> float:
    _, cut = _sieve_position(form, acquisition.sample)
    return float(norm.sf(cut) if acquisition.fraction == "d1" else norm.cdf(cut))


def _lengths(form: Form, acquisition: Acquisition, n: int, random: Random) -> list[float]:
    """Return log-normal lengths cut off at the sieve."""
    middle, cut = _sieve_position(form, acquisition.sample)
    passing = norm.cdf(cut)
    low, high = (passing, 1.0) if acquisition.fraction == "d1" else (0.0, passing)
    spreads = norm.ppf(random.uniform(low, high, n).clip(1e-6, 1 - 1e-6))
    return [float(length) for length in np.exp(middle + form.spread * spreads).clip(*LENGTH_LIMITS_PX)]
