"""Indices of diversity by what they take, and samples to compute them from, for the tests of laws."""

import math
from functools import partial

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import pdist, squareform

from morphoexplore.methods import diversity as d

relaxed = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])

matrices = arrays(np.int64, st.tuples(st.integers(1, 4), st.integers(1, 12)), elements=st.integers(0, 10_000))
samples = arrays(np.int64, st.integers(1, 12), elements=st.integers(0, 40))
orders = st.one_of(st.floats(0, 50), st.floats(0.9, 1.1), st.just(math.inf))
some_orders = st.sampled_from([0, 0.5, 0.97, 1, 1.5, 2, 3])

OF_WEIGHTS = {
    "richness": d.richness,
    "shannon": d.shannon,
    "simpson": d.simpson,
    "inverse": partial(d.simpson, kind="inverse"),
    "hill": partial(d.hill, q=1.5),
    "profile": d.hill_profile,
    "renyi": partial(d.renyi, q=2),
    "tsallis": partial(d.tsallis, q=0.5),
    "pielou": d.pielou,
    "evenness": d.hill_evenness,
    "berger_parker": d.berger_parker,
    "effective_size": d.effective_size,
}
OF_INTEGERS = {
    "unbiased": partial(d.simpson, kind="unbiased"),
    "chao1": d.chao1,
    "bias_corrected": partial(d.chao1, form="bias_corrected"),
    "classic": partial(d.chao1, form="classic"),
    "variance": d.chao1_variance,
    "chao1_interval": d.chao1_interval,
    "ace": d.ace,
    "ace_variance": d.ace_variance,
    "fisher": d.fisher_alpha,
    "good": d.goods_coverage,
    "coverage": d.coverage,
    "coverage_of_3": partial(d.coverage, m=3),
    "entropy": d.asymptotic_shannon,
    "asymptotic": partial(d.asymptotic_hill, q=0.5),
    "asymptotic_3": partial(d.asymptotic_hill, q=3),
    "asymptotic_2.5": partial(d.asymptotic_hill, q=2.5),
    "margalef": d.margalef,
    "menhinick": d.menhinick,
    "rarefy_0": partial(d.rarefy, m=4, q=0),
    "rarefy_1": partial(d.rarefy, m=4.5, q=1),
    "rarefy_2": partial(d.rarefy, m=400, q=2),
    "rarefy_half": partial(d.rarefy, m=30, q=0.5),
    "rarefy_error": partial(d.rarefied_richness_error, m=3),
    "standardised": partial(d.coverage_standardise, c=0.9, q=1),
    "size": partial(d.size_at_coverage, c=0.8),
}
OF_COORDINATES = {
    "cwm": d.community_weighted_mean,
    "deviation": d.community_weighted_deviation,
    "quantiles": d.community_weighted_quantiles,
    "fdis": d.functional_dispersion,
    "rao_d": partial(d.rao, convention="d"),
    "rao_d2": partial(d.rao, convention="d2"),
    "fspe": d.functional_specialisation,
    "fori": d.functional_originality,
    "fmpd": d.functional_mean_pairwise_distance,
    "fnnd": d.functional_nearest_neighbour_distance,
    "fric": d.functional_richness,
    "fdiv": d.functional_divergence,
    "feve": d.functional_evenness,
    "fric_m": partial(d.standardised_functional_richness, m=5, draws=3),
    "kernel": partial(d.kernel_volume, bandwidth=0.5, draws=50),
}
DRAWN = ("fric_m", "kernel")
OF_DISTANCES = {
    "similarity": lambda weights, distances: d.similarity_hill(weights, 1.5, distances),
    "linear": lambda weights, distances: d.similarity_hill(weights, 0, distances, kernel="linear"),
    "attribute": lambda weights, distances: d.attribute_hill(weights, 2, distances),
    "functional": lambda weights, distances: d.functional_hill(weights, 1, distances),
    "rao": lambda weights, distances: d.rao(weights, distances=distances),
}
KNOWN = {value for name, value in vars(d).items() if name.isupper() and isinstance(value, str)}


def apart(points):
    return squareform(pdist(np.asarray(points, dtype=float))) if len(points) else np.empty((0, 0))


@st.composite
def clouds(draw, most=10, dimensions=2):
    """Weights and places of a few morphs: small whole numbers, so that places and lengths often tie."""
    count = draw(st.integers(1, most))
    points = draw(arrays(np.int64, (count, dimensions), elements=st.integers(-3, 3)))
    weights = draw(arrays(np.int64, count, elements=st.integers(0, 9)))
    return weights.astype(float), points.astype(float)


def generic(seed, count=25, dimensions=3):
    random = np.random.default_rng(seed)
    return random.gamma(0.7, size=count) + 0.01, random.standard_normal((count, dimensions))
