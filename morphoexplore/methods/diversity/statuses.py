"""Why there is a value, or none: what every index returns beside its number."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

OK: Final = "ok"
#: Nothing was counted, or all weights are zero.
EMPTY: Final = "empty"
#: One morph only: evenness is not defined.
ONE_MORPH: Final = "one_morph"
#: Fewer objects than the formula divides by.
TOO_FEW_OBJECTS: Final = "too_few_objects"
#: Fewer different points than the index needs.
TOO_FEW_POINTS: Final = "too_few_points"
#: There is a value, of fewer points than 2 to the power of the dimensions: hardly a hull.
LOW_N: Final = "low_n"
#: The points lie in fewer dimensions than they have coordinates: a volume of 0 would say nothing.
RANK_DEFICIENT: Final = "rank_deficient"
#: Hulls are made in six dimensions at most.
TOO_MANY_DIMENSIONS: Final = "too_many_dimensions"
#: Qhull gave up, also with its other options.
QHULL_FAILED: Final = "qhull_failed"
#: All points lie in one place, so that distances cannot be compared with their mean.
NO_SPREAD: Final = "no_spread"
#: Fewer effective objects than the common size asks for.
BELOW_M: Final = "below_m"
#: There is a value that nobody should lean on: only singletons, or extrapolated beyond twice the sample.
UNRELIABLE: Final = "unreliable"
#: The value is an estimate from random pairs, because there are too many for all.
SAMPLED_PAIRS: Final = "sampled_pairs"


class Result(NamedTuple):
    """
    An index and its status.

    Attributes
    ----------
    value : float or array
        A number for one sample; for many, an array whose first axis is samples. NaN where there is none.
    status : str or array of str
        ``ok``, or why there is no value or a doubtful one.
    """

    value: Any
    status: Any
