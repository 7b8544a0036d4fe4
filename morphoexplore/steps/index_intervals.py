"""
The intervals of indices: had other objects been caught, and were members wrong as often as audits leave possible.

The second stands beside the first and is none of sampling. Of indices of objects it takes what is wrong for nothing that counts: a
copepod among eggs would still be a copepod, so that the truth lies between this interval and none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from morphoexplore.methods import diversity as methods
from morphoexplore.methods.diversity.statuses import Result
from morphoexplore.steps.communities import Communities
from morphoexplore.steps.index_registry import RAW, STANDARDISED, Key, index_of
from morphoexplore.steps.index_study import Function, Options, Study

LEVEL = 0.95
LIKE_ITS_FELLOWS = 10.0  # looks that the audits of all morphs together count for, in the belief on one
Functions = dict[Key, Function]
Intervals = dict[Key, methods.Interval]


@dataclass(frozen=True)
class Sorted:
    """
    What is known of the errors of sorting.

    Attributes
    ----------
    right, wrong : array, shape (n_morphs,)
        Random looks at unseen members of every morph.
    is_looked : array of bool, shape (m,)
        Which counted objects a person looked at: they are right by decision.
    """

    right: np.ndarray
    wrong: np.ndarray
    is_looked: np.ndarray


def precisions(of: Communities, sorting: Sorted, options: Options) -> np.ndarray | None:
    """Draw precisions of morphs that looks leave possible; None where nobody ever looked at unseen members."""
    right, wrong = float(sorting.right.sum()), float(sorting.wrong.sum())
    if right + wrong == 0:
        return None
    fellows = (
        LIKE_ITS_FELLOWS * (right + 0.5) / (right + wrong + 1),
        LIKE_ITS_FELLOWS * (wrong + 0.5) / (right + wrong + 1),
    )
    return methods.draw_precisions(
        sorting.right,
        sorting.wrong,
        prior=fellows,
        replicates=options.replicates,
        random_state=options.random_state,
        ids=of.morphs.to_numpy(),
    )


# ---------------------------------------------------------------------------------------- other objects


def of_counting(study: Study, row: int) -> Intervals:
    """Return the intervals of the indices of one sample, of those that have one."""
    of = study.of
    counts, per_object = of.by_fraction(row)
    found: Intervals = {}
    if of.weight == "biovolume":  # of every object its own, so that they are drawn one by one
        found |= _of_weighed_morphs(study, row)
    else:
        found |= _draw(methods.bootstrap_assemblage, study, row, counts, study.of_amounts(), per_object)
    found |= _draw(methods.bootstrap_assemblage, study, row, counts.sum(axis=0), study.of_integers())
    if study.needs_positions:
        found |= _of_places(study, row, counts, per_object)
    if "chao1_bias_corrected" in study.keys:
        value, low, high, status = methods.chao1_interval(counts.sum(axis=0), level=LEVEL)
        found["chao1_bias_corrected"] = methods.Interval(value, np.nan, low, high, str(status), np.empty(0))
    return found


def _of_weighed_morphs(study: Study, row: int) -> Intervals:
    of, options = study.of, study.options
    functions = _affordable(study, study.of_amounts())
    if not functions:
        return {}
    part = of.of(row)
    return methods.bootstrap_assemblage_of_objects(
        of.morph[part],
        functions,
        weights=of.each[part],
        fractions=of.fraction[part],
        replicates=options.replicates,
        level=LEVEL,
        random_state=options.random_state,
        sample=str(of.samples[row]),
    )


def _draw(
    bootstrap: Callable[..., Intervals],
    study: Study,
    row: int,
    counts: np.ndarray,
    functions: Functions,
    weights: np.ndarray | float = 1.0,
) -> Intervals:
    """Return the intervals of functions by one of the bootstraps."""
    functions = _affordable(study, functions)
    if not functions:
        return {}
    return bootstrap(
        counts,
        functions,
        weights=weights,
        replicates=study.options.replicates,
        level=LEVEL,
        random_state=study.options.random_state,
        sample=str(study.of.samples[row]),
    )


def _of_places(study: Study, row: int, counts: np.ndarray, per_object: np.ndarray) -> Intervals:
    of, options = study.of, study.options
    found: Intervals = {}
    of_morphs = study.of_placed_morphs()
    if of.weight == "biovolume":
        part = of.of(row)
        rows = methods.by_fraction(of.fraction[part])
        weights = np.broadcast_to(of.each[part], rows.shape)
        functions = _of_bodies(study, row, of_morphs, study.is_placed_morph)
        found |= _draw(methods.bootstrap_objects, study, row, rows, functions, weights)
    else:
        placed = counts[:, study.is_placed_morph]
        found |= _draw(methods.bootstrap_objects, study, row, placed, of_morphs, per_object)
    each, points = study.cloud(row)
    if not len(each):
        return found
    fraction = of.fraction[study.placed(row)]
    of_fractions = methods.by_fraction(fraction)
    weights = np.broadcast_to(each, of_fractions.shape)
    found |= _draw(methods.bootstrap_objects, study, row, of_fractions, study.of_cloud(points), weights)
    if options.is_slow and STANDARDISED in study.keys:
        found[STANDARDISED] = methods.bootstrap_standardised_richness(
            study.hull_weights(each, points),
            points,
            max(study.m, 1),
            fractions=fraction,
            pool=study.pool,
            replicates=options.replicates,
            level=LEVEL,
            random_state=options.random_state,
            sample=str(of.samples[row]),
        )
    return found


def _of_bodies(study: Study, row: int, functions: Functions, morphs: np.ndarray) -> Functions:
    """Return functions of some morphs as functions of what the objects of a sample weigh, shape (n_replicates, n_objects)."""
    column = study.of.morph[study.of.of(row)]
    ones = np.ones(len(column)), (np.arange(len(column)), column)
    belongs = csr_array(ones, shape=(len(column), len(morphs)))[:, morphs]

    def of_weights(function: Function, weights: np.ndarray) -> Result:
        return function(weights @ belongs)

    return {key: partial(of_weights, function) for key, function in functions.items()}


def _affordable(study: Study, functions: Functions) -> Functions:
    """Return the functions of which intervals are made: slow ones only where that is asked for."""
    return {
        key: function
        for key, function in functions.items()
        if study.options.is_slow or not index_of(key).is_slow
    }


# -------------------------------------------------------------------------------------- errors of sorting


def of_sorting(study: Study, row: int, drawn: np.ndarray, is_looked: np.ndarray) -> Intervals:
    """Return the intervals of the indices of one sample, were members wrong as often as audits leave possible."""
    found = _of_wrong_members(study, row, drawn, is_looked)
    if study.needs_positions:
        found |= _of_wrong_objects(study, row, drawn, is_looked)
    return found


def _of_wrong_members(study: Study, row: int, drawn: np.ndarray, is_looked: np.ndarray) -> Intervals:
    of, part = study.of, study.of.of(row)
    counts, per_object = of.by_fraction(row)
    certain = _certain(of, row, is_looked, counts.shape)
    parts = [(np.ones(len(of.morphs), dtype=bool), study.of_amounts())]
    if study.needs_positions:
        parts.append((study.is_placed_morph, study.of_placed_morphs()))
    found: Intervals = {}
    for morphs, functions in parts:
        if of.weight == "biovolume":
            own = _of_bodies(study, row, functions, morphs)
            looked, each = is_looked[part].astype(np.float64), of.each[part]
            ones = np.ones(len(each))
            found |= _propagate(study, row, ones, drawn, own, looked, each, morphs=of.morph[part])
        else:
            some = counts[:, morphs], drawn[:, morphs], functions, certain[:, morphs]
            found |= _propagate(study, row, *some, per_object)
    whole, known = counts.sum(axis=0), certain.sum(axis=0)
    return found | _propagate(study, row, whole, drawn, study.of_integers(), known, 1.0)


def _propagate(
    study: Study,
    row: int,
    counts: np.ndarray,
    drawn: np.ndarray,
    functions: Functions,
    certain: np.ndarray,
    weights: np.ndarray | float,
    *,
    morphs: np.ndarray | None = None,
) -> Intervals:
    functions = _affordable(study, functions)
    if not functions:
        return {}
    return methods.propagate_sorting(
        counts,
        drawn,
        functions,
        certain=certain,
        weights=weights,
        morphs=morphs,
        level=LEVEL,
        random_state=study.options.random_state,
        sample=str(study.of.samples[row]),
    )


def _of_wrong_objects(study: Study, row: int, drawn: np.ndarray, is_looked: np.ndarray) -> Intervals:
    each, points = study.cloud(row)
    if not len(each):
        return {}
    rows, options = study.placed(row), study.options
    errors: dict[str, Any] = {
        "certain": is_looked[rows].astype(np.float64),
        "morphs": study.of.morph[rows],
        "level": LEVEL,
        "random_state": options.random_state,
        "sample": str(study.of.samples[row]),
    }
    functions = _affordable(study, study.of_cloud(points))
    if options.is_slow and RAW in study.keys:
        functions[RAW] = partial(
            methods.functional_richness, coordinates=points, pool=study.pool, trim=study.trim
        )
    found: Intervals = {}
    if functions:
        found |= methods.propagate_sorting(np.ones(len(rows)), drawn, functions, weights=each, **errors)
    if options.is_slow and STANDARDISED in study.keys:
        found[STANDARDISED] = methods.propagate_sorting_richness(
            study.hull_weights(each, points), points, max(study.m, 1), drawn, pool=study.pool, **errors
        )
    return found


def _certain(of: Communities, row: int, is_looked: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    part = of.of(row)
    _, place = np.unique(of.fraction[part], return_inverse=True)
    cell = (place * shape[1] + of.morph[part])[is_looked[part]]
    return np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)
