"""
What indices of diversity cost, and whether their intervals hold what they promise.

    python benchmarks/diversity.py [--samples 600] [--replicates 200] [--coverage [REPEATS]]

Costs are seconds by the clock and of the processor, of one core (set OMP_NUM_THREADS=1; others on the machine lengthen the
first, not the second), on made-up series: a community of twelve components in four dimensions
and 200 morphs. With --coverage the communities are known, so that it can be counted how often 95 % intervals hold the
truth; the standard error of such a share stands beside it. Two designs: all objects counted, and two fractions of which the
small one is counted 1 in 10. Where scikit-bio is installed, its time stands beside ours.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

import numpy as np
import psutil
from scipy.stats import binom

from morphoexplore import diversity as d

DIMENSIONS, COMPONENTS, MORPHS = 4, 12, 200


def main() -> None:
    """Print one row per measurement."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--samples", type=int, default=600, help="of the series that is bootstrapped")
    parser.add_argument("--replicates", type=int, default=200, help="of each bootstrap")
    parser.add_argument(
        "--coverage", type=int, nargs="?", const=200, metavar="REPEATS", help="count how often intervals hold"
    )
    options = parser.parse_args()
    if options.coverage:
        count_coverage(options.coverage)
        return
    a_million_objects()
    rarefying()
    trees()
    beside_scikit_bio()
    richness_intervals(options.replicates)
    a_series(options.samples, options.replicates)


@contextmanager
def measured(what: str, note: str = "") -> Iterator[None]:
    """Print the time, the time of the processor and the largest memory of a block."""
    process, peak, done = psutil.Process(), [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            peak[0] = max(peak[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    begin, busy = time.perf_counter(), time.process_time()
    yield
    seconds, busy = time.perf_counter() - begin, time.process_time() - busy
    done.set()
    watcher.join()
    peak[0] = max(peak[0], process.memory_info().rss)
    print(f"{what:<62}{seconds:>9.3f} s{busy:>9.3f} s{peak[0] / 2**20:>8.0f} MiB  {note}", flush=True)


# ------------------------------------------------------------------------------------------------ costs


def a_million_objects() -> None:
    random = np.random.default_rng(0)
    points = random.standard_normal((10**6, DIMENSIONS))
    weights = random.choice([1.0, 4.0, 20.0], size=10**6)
    with measured("10^6 objects: FDis, Rao (d2), CWM", "to reach: 2 s, 1024 MiB"):
        d.functional_dispersion(weights, points)
        d.rao(weights, points, convention="d2")
        d.community_weighted_mean(weights, points)
    with measured("10^6 objects: Rao (d) from 10^6 random pairs"):
        d.rao(weights, points, convention="d")
    with measured("10^6 objects: FRic and FDiv"):
        d.functional_richness(weights, points)
        d.functional_divergence(weights, points)


def rarefying() -> None:
    random = np.random.default_rng(0)
    counts = random.multinomial(10**6, random.dirichlet(np.full(MORPHS, 0.5)))
    for q in (0, 1, 2):
        with measured(f"n = 10^6, {MORPHS} morphs: rarefied to half, q = {q}"):
            d.rarefy(counts, 500_000, q)
    with measured(f"n = 10^6, {MORPHS} morphs: q = 1 at coverage 0.99"):
        d.coverage_standardise(counts, 0.99, 1)


def trees() -> None:
    random = np.random.default_rng(0)
    for count, note in ((MORPHS, ""), (10**4, "to reach: 1 s"), (10**5, "to reach: 15 s")):
        points, weights = random.standard_normal((count, DIMENSIONS)), random.random(count)
        with measured(f"FEve of {count} centroids", note):
            d.functional_evenness(weights, points)


def beside_scikit_bio() -> None:
    try:
        from skbio.diversity import alpha
    except ImportError:
        print("scikit-bio is not installed: nothing to compare with")
        return
    counts = np.random.default_rng(0).poisson(5.0, size=(600, MORPHS))
    pairs: list[tuple[str, Callable, Callable]] = [
        ("shannon", d.shannon, alpha.shannon),
        ("simpson", d.simpson, alpha.simpson),
        ("pielou", d.pielou, alpha.pielou_e),
        ("chao1", partial(d.chao1, form="bias_corrected"), alpha.chao1),
    ]
    for name, ours, theirs in pairs:
        with measured(f"600 x {MORPHS}: {name}"):
            ours(counts)
        with measured(f"600 x {MORPHS}: {name} of scikit-bio"), suppress(ValueError):
            for row in counts:
                theirs(row)


def richness_intervals(replicates: int) -> None:
    points, weights = Community(0).draw_fractions(1)[:2]
    with measured(f"FRic of {len(points)} objects at m = 200, 100 draws"):
        d.standardised_functional_richness(weights, points, 200)
    begin = time.process_time()
    with measured(f"the same with an interval of {replicates} replicates"):
        d.bootstrap_standardised_richness(weights, points, 200, replicates=replicates)
    print(f"    so 600 samples take {600 * (time.process_time() - begin) / 60:.0f} min")


def a_series(samples: int, replicates: int) -> None:
    """Bootstrap Hill numbers, Shannon, FDis, Rao, CWM and FDiv of morphs, counted in two fractions."""
    random = np.random.default_rng(0)
    places = random.standard_normal((MORPHS, DIMENSIONS))
    share = random.dirichlet(np.full(MORPHS, 0.5))
    series = random.poisson(share * random.integers(200, 2000, size=(samples, 2, 1)))
    hill = {f"hill {q}": partial(d.hill, q=q) for q in (0, 1, 2)} | {"shannon": d.shannon}
    quick = {
        "FDis": partial(d.functional_dispersion, coordinates=places),
        "Rao": partial(d.rao, coordinates=places, convention="d2"),
        "CWM": partial(d.community_weighted_mean, coordinates=places),
    }
    hulls = {"FDiv": partial(d.functional_divergence, coordinates=places)}
    name, begin = f"{samples} samples x {MORPHS} morphs x {replicates}", time.process_time()
    with measured(f"{name}: Hill 0, 1, 2, Shannon (assemblage)"):
        for i, counts in enumerate(series):
            d.bootstrap_assemblage(counts, hill, weights=[1.0, 10.0], replicates=replicates, sample=i)
    for indices in (quick, hulls):
        with measured(f"{name}: {', '.join(indices)} (objects)"):
            for i, counts in enumerate(series):
                d.bootstrap_objects(counts, indices, weights=[1.0, 10.0], replicates=replicates, sample=i)
    seconds = time.process_time() - begin
    print(f"    all of them: {seconds:.0f} s (to reach, for 600 x 200 x 200: 300 s)")


# --------------------------------------------------------------------------------------------- coverage


class Community:
    """A mixture of normal components; some of them are large objects, which are counted without subsampling."""

    def __init__(self, random_state: int) -> None:
        random = np.random.default_rng(random_state)
        self.centres = 3 * random.standard_normal((COMPONENTS, DIMENSIONS))
        self.share = random.dirichlet(np.ones(COMPONENTS))
        self.large = np.arange(COMPONENTS) % 4 == 0
        self.share[self.large] /= 8
        self.share /= self.share.sum()

    def draw(self, count: int, random: np.random.Generator, share: np.ndarray | None = None) -> np.ndarray:
        """Draw objects of the water."""
        kind = random.choice(COMPONENTS, size=count, p=self.share if share is None else share)
        return self.centres[kind] + random.standard_normal((count, DIMENSIONS))

    def draw_fractions(self, random_state: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Count all large objects and every tenth small one: points, weights, fractions."""
        random = np.random.default_rng(random_state)
        parts, scale = [], 800 / (self.share[self.large].sum() + self.share[~self.large].sum() / 10)
        for fraction, (some, coefficient) in enumerate(((self.large, 1), (~self.large, 10))):
            count = random.poisson(scale * self.share[some].sum() / coefficient)
            share = np.where(some, self.share, 0)
            points = self.draw(count, random, share / share.sum())
            parts.append((points, np.full(count, float(coefficient)), np.full(count, fraction)))
        points, weights, fractions = (np.concatenate(part) for part in zip(*parts, strict=True))
        return points, weights, fractions


def count_coverage(repeats: int) -> None:
    print(
        f"share of 95 % intervals that hold the truth, {repeats} samples of about 800 objects; to reach: 0.88"
    )
    of_dispersion(repeats)
    of_hill(repeats)
    of_richness(repeats)


def report(what: str, held: list[bool], widths: list[float]) -> None:
    share = float(np.mean(held))
    error = np.sqrt(share * (1 - share) / len(held))
    print(f"{what:<62}{share:>7.3f} ± {error:.3f}   relative half width {np.mean(widths):.3f}", flush=True)


def of_dispersion(repeats: int) -> None:
    community = Community(0)
    cloud = community.draw(400_000, np.random.default_rng(1))
    even = np.ones(len(cloud))
    truth = {"FDis": d.functional_dispersion(even, cloud).value, "Rao": d.rao(even, cloud).value}
    for design in ("all counted", "two fractions"):
        held: dict[str, list[bool]] = {name: [] for name in truth}
        widths: dict[str, list[float]] = {name: [] for name in truth}
        for i in range(repeats):
            if design == "all counted":
                points = community.draw(800, np.random.default_rng(100 + i))
                weights, fractions = np.ones(800), np.zeros(800)
            else:
                points, weights, fractions = community.draw_fractions(100 + i)
            indices = {
                "FDis": partial(d.functional_dispersion, coordinates=points),
                "Rao": partial(d.rao, coordinates=points, convention="d2"),
            }
            found = d.bootstrap_objects(d.by_fraction(fractions), indices, weights=weights, sample=i)
            for name, interval in found.items():
                held[name].append(interval.low <= truth[name] <= interval.high)
                widths[name].append((interval.high - interval.low) / 2 / truth[name])
        for name in truth:
            report(f"{name}, {design}: bootstrap of objects, percentile", held[name], widths[name])


def of_hill(repeats: int) -> None:
    random = np.random.default_rng(0)
    share = random.dirichlet(np.full(MORPHS, 0.4))
    size, covered = 400, 0.97
    true_size = size_of(share, covered)
    indices, truth = {}, {}
    for q in (0, 1, 2):
        indices[f"Hill {q} of {size}"] = partial(d.rarefy, m=size, q=q)
        truth[f"Hill {q} of {size}"] = expected_hill(share, size, q)
        indices[f"Hill {q} at coverage {covered}"] = partial(d.coverage_standardise, c=covered, q=q)
        truth[f"Hill {q} at coverage {covered}"] = expected_hill(share, true_size, q)
        indices[f"Hill {q} of all 800"] = partial(d.hill, q=q)
        truth[f"Hill {q} of all 800"] = expected_hill(share, 800, q)
    held: dict[str, list[bool]] = {name: [] for name in indices}
    widths: dict[str, list[float]] = {name: [] for name in indices}
    for i in range(repeats):
        counts = random.multinomial(800, share)
        for name, interval in d.bootstrap_assemblage(counts, indices, sample=i, replicates=100).items():
            held[name].append(interval.low <= truth[name] <= interval.high)
            widths[name].append((interval.high - interval.low) / 2 / truth[name])
    for name in indices:
        report(f"{name}: bootstrap of the assemblage, 1.96 SE", held[name], widths[name])


def expected_hill(share: np.ndarray, m: int, q: float) -> float:
    """Hill number of the frequencies expected among m objects of a known community."""
    k = np.arange(1, m + 1)
    frequency = binom.pmf(k[None], m, share[:, None]).sum(axis=0)
    if q == 1:
        return float(np.exp(-(k / m * np.log(k / m) * frequency).sum()))
    return float(((k / m) ** q * frequency).sum() ** (1 / (1 - q)))


def size_of(share: np.ndarray, covered: float) -> int:
    """Objects that cover so much of a known community."""
    m = 1
    while 1 - (share * (1 - share) ** m).sum() < covered:
        m += 1
    return m


def of_richness(repeats: int) -> None:
    community, m = Community(0), 200
    random = np.random.default_rng(2)
    even = np.ones(m)
    volumes = [d.functional_richness(even, community.draw(m, random)).value for _ in range(3000)]
    truth = float(np.mean(volumes))
    for design in ("all counted", "two fractions"):
        held, widths = [], []
        for i in range(repeats):
            if design == "all counted":
                points = community.draw(800, np.random.default_rng(100 + i))
                weights, fractions = np.ones(800), np.zeros(800)
            else:
                points, weights, fractions = community.draw_fractions(100 + i)
            interval = d.bootstrap_standardised_richness(
                weights, points, m, fractions=fractions, replicates=60, sample=i
            )
            held.append(interval.low <= truth <= interval.high)
            widths.append((interval.high - interval.low) / 2 / truth)
        report(f"FRic of {m}, {design}: bootstrap of objects, 1.96 SE", held, widths)


if __name__ == "__main__":
    main()
