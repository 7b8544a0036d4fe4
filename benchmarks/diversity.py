"""
What indices of diversity cost, and whether their intervals hold what they promise.

    python benchmarks/diversity.py [--samples 600] [--replicates 200] [--coverage [REPEATS]] [--beside]

Costs are seconds by the clock and of the processor, of one core (set OMP_NUM_THREADS=1; others on the machine lengthen the
first, not the second), on made-up series: a community of twelve components in four dimensions
and 200 morphs. With --coverage the communities are known, so that it can be counted how often 95 % intervals hold the
truth; the standard error of such a share stands beside it. Two designs: all objects counted, and two fractions of which the
small one is counted 1 in 10. Where scikit-bio is installed (pip install scikit-bio; nothing here needs it), its values and times
stand beside ours; --beside does only that.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    parser.add_argument("--beside", action="store_true", help="only what scikit-bio has too")
    options = parser.parse_args()
    if options.coverage:
        count_coverage(options.coverage)
        return
    if options.beside:
        beside_scikit_bio()
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
    """Print how far values of scikit-bio are from ours, and what both cost."""
    try:
        import skbio
        from skbio.diversity import alpha, beta_diversity
    except ImportError:
        print("scikit-bio is not installed (pip install scikit-bio): nothing to compare with")
        return
    random = np.random.default_rng(0)
    counts = random.poisson(random.gamma(0.3, 6.0, size=(600, MORPHS)))
    pairs: list[tuple[str, Callable, Callable]] = [
        ("richness", d.richness, alpha.sobs),
        ("Shannon", d.shannon, partial(alpha.shannon, base=np.e)),
        ("Gini-Simpson", d.simpson, alpha.simpson),
        ("inverse Simpson", partial(d.simpson, kind="inverse"), alpha.inv_simpson),
        ("Hill number, q = 1.5", partial(d.hill, q=1.5), partial(alpha.hill, order=1.5)),
        ("Rényi entropy, q = 2", partial(d.renyi, q=2), partial(alpha.renyi, order=2, base=np.e)),
        ("Tsallis entropy, q = 2", partial(d.tsallis, q=2), partial(alpha.tsallis, order=2)),
        ("Pielou", d.pielou, partial(alpha.pielou_e, base=np.e)),
        ("Heip", partial(d.hill_evenness, q=1), alpha.heip_e),
        ("Berger-Parker", d.berger_parker, alpha.berger_parker_d),
        ("Margalef", d.margalef, alpha.margalef),
        ("Menhinick", d.menhinick, alpha.menhinick),
        ("Chao1, bias-corrected", partial(d.chao1, form="bias_corrected"), alpha.chao1),
        ("ACE", d.ace, alpha.ace),
        ("Good's coverage", d.goods_coverage, alpha.goods_coverage),
        ("Fisher's alpha", d.fisher_alpha, alpha.fisher_alpha),
    ]
    head = f"scikit-bio {skbio.__version__}, 600 samples x {MORPHS} morphs, seconds of the processor"
    print(f"{head:<62}{'ours':>10}{'theirs':>10}{'ratio':>8}   largest relative difference")
    for name, ours, theirs in pairs:
        mine, seconds = timed(lambda ours=ours: np.asarray(ours(counts).value, dtype=float))
        others, longer = timed(lambda theirs=theirs: np.array([theirs(row) for row in counts], dtype=float))
        compare(name, mine, others, seconds, longer)
    mine, seconds = timed(
        lambda: np.concatenate([d.bray_curtis(counts[:-lag], counts[lag:]).value for lag in range(1, 600)])
    )
    matrix, longer = timed(lambda: beta_diversity("braycurtis", counts).data)
    others = np.concatenate([np.diagonal(matrix, lag) for lag in range(1, 600)])
    compare("Bray-Curtis of all with all", mine, others, seconds, longer)


def timed(call: Callable[[], np.ndarray]) -> tuple[np.ndarray, float]:
    """Return what a call gives, and the least seconds of the processor that it took of three."""
    least = np.inf
    for _ in range(3):
        begin = time.process_time()
        found = call()
        least = min(least, time.process_time() - begin)
    return found, least


def compare(name: str, ours: np.ndarray, theirs: np.ndarray, seconds: float, longer: float) -> None:
    apart = np.abs(theirs / ours - 1).max()
    ratio = longer / max(seconds, 1e-9)
    print(f"{name:<62}{seconds:>10.4f}{longer:>10.4f}{ratio:>8.1f}   {apart:.1e}", flush=True)


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
    of_divergence(repeats)
    of_hill(repeats)
    of_biovolume(repeats)
    of_richness(repeats)
    of_samples_together(repeats)


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


def of_divergence(repeats: int) -> None:
    """Count for the mean over samples of that size, which hulls do not leave where it was."""
    community = Community(0)

    def sample(design: str, i: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        if design == "two fractions":
            return community.draw_fractions(i)
        return community.draw(800, np.random.default_rng(i)), np.ones(800), np.zeros(800)

    for design in ("all counted", "two fractions"):
        drawn = (sample(design, 10_000 + i) for i in range(1000))
        truth = float(
            np.mean([d.functional_divergence(weights, points).value for points, weights, _ in drawn])
        )
        held, widths = [], []
        for i in range(repeats):
            points, weights, fractions = sample(design, 100 + i)
            index = {"FDiv": partial(d.functional_divergence, coordinates=points)}
            rows = d.by_fraction(fractions)
            interval = d.bootstrap_objects(rows, index, weights=weights, sample=i)["FDiv"]
            held.append(interval.low <= truth <= interval.high)
            widths.append((interval.high - interval.low) / 2 / truth)
        report(f"FDiv, {design}: bootstrap of objects, percentile", held, widths)


def of_samples_together(repeats: int) -> None:
    """Count for the mean over months of as many samples, which differ by more than counting."""
    random = np.random.default_rng(0)
    share = random.dirichlet(np.full(100, 0.4))

    def month(n: int) -> np.ndarray:
        return np.stack([random.multinomial(300, random.dirichlet(30 * share + 1e-12)) for _ in range(n)])

    def gamma(tables: np.ndarray, q: float) -> np.ndarray:
        return np.asarray(d.hill(tables.sum(axis=1), q).value)

    def beta(tables: np.ndarray, q: float) -> np.ndarray:
        return np.array([d.hill_beta(table / table.sum(axis=1, keepdims=True), q).value for table in tables])

    for n in (3, 6):
        for name, index in (("pooled", gamma), ("beta", beta)):
            for q in (0, 1, 2):
                of_order = partial(index, q=q)
                truth = float(np.mean([of_order(month(n)[None])[0] for _ in range(2000)]))
                found = [d.jackknife(month(n), of_order) for _ in range(repeats)]
                held = [one.low <= truth <= one.high for one in found]
                widths = [(one.high - one.low) / 2 / truth for one in found]
                report(f"Hill {q} of {n} samples, {name}: jackknife, t", held, widths)


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


def of_biovolume(repeats: int) -> None:
    """Count for the mean over samples of that size; morphs differ in body volume 20-fold, objects of a morph 3-fold (one sigma)."""
    random = np.random.default_rng(0)
    share = random.dirichlet(np.full(MORPHS, 0.4))
    size = 1.5 * random.standard_normal(MORPHS)
    large = size > np.quantile(size, 0.75)

    def sample(design: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        morphs = random.choice(MORPHS, size=800, p=share)
        fractions, each = np.zeros(800), np.ones(800)
        if design == "two fractions":
            chance = np.where(large, 1.0, 0.1) * share
            morphs = random.choice(MORPHS, size=800, p=chance / chance.sum())
            fractions = (~large[morphs]).astype(float)
            each = np.where(large[morphs], 1.0, 10.0)
        return morphs, each * np.exp(size[morphs] + 0.5 * random.standard_normal(800)), fractions

    for design in ("all counted", "two fractions"):
        indices = {f"Hill {q}": partial(d.hill, q=q) for q in (0, 1, 2)}
        drawn = [
            np.bincount(morphs, each, MORPHS) for morphs, each, _ in (sample(design) for _ in range(3000))
        ]
        truth = {name: float(np.mean(index(np.stack(drawn)).value)) for name, index in indices.items()}
        held: dict[str, list[bool]] = {name: [] for name in indices}
        widths: dict[str, list[float]] = {name: [] for name in indices}
        for i in range(repeats):
            morphs, each, fractions = sample(design)
            found = d.bootstrap_assemblage_of_objects(
                morphs, indices, weights=each, fractions=fractions, sample=i
            )
            for name, interval in found.items():
                held[name].append(interval.low <= truth[name] <= interval.high)
                widths[name].append((interval.high - interval.low) / 2 / truth[name])
        for name in indices:
            report(f"{name} of biovolume, {design}: assemblage of objects, 1.96 SE", held[name], widths[name])


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
