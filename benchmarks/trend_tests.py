"""
How often tests find trends in autocorrelated series, without and with one: the table in methods/trends.py.

    .venv/bin/python benchmarks/trend_tests.py

Minutes: 5. Series are of AR(1) noise; the trend rises by six standard deviations in all.
"""

from __future__ import annotations

import numpy as np

from morphoexplore.methods.trends import find_trend

TESTS = ("mk_p", "p", "joint_p", "gls_p")
CASES = (
    (624, 0.6, 200),
    (144, 0.7, 600),
    (33, 0.3, 1500),
    (33, 0.6, 1500),
)  # values, autocorrelation, series
RISE = 6.0
BURN_IN = 100


def noise(rng: np.random.Generator, n: int, phi: float) -> np.ndarray:
    values = rng.normal(size=n + BURN_IN)
    for place in range(1, len(values)):
        values[place] += phi * values[place - 1]
    return values[BURN_IN:]


def main() -> None:
    rng = np.random.default_rng(0)
    print("n phi rise", *TESTS)
    for n, phi, series in CASES:
        sd = 1 / np.sqrt(1 - phi**2)
        for rise in (0.0, RISE):
            trend = rise * sd * np.arange(n) / n
            found = [find_trend(noise(rng, n, phi) + trend) for _ in range(series)]
            shares = (np.mean([getattr(one, test) < 0.05 for one in found]) for test in TESTS)
            print(n, phi, rise, *(f"{share:.3f}" for share in shares), flush=True)


if __name__ == "__main__":
    main()
