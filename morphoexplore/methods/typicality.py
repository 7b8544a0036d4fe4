"""Which objects of a group are typical of it, and which are strange."""

from __future__ import annotations

import numpy as np


def order_by_typicality(vectors: np.ndarray) -> np.ndarray:
    """
    Order the objects of a group by their distance to its centre, the nearest first.

    Parameters
    ----------
    vectors : array, shape (n, n_dims)
        Positions; rows with NaN come last.

    Returns
    -------
    order : array of int, shape (n,)
        Row numbers. Ties keep their order.

    Examples
    --------
    >>> order_by_typicality(np.array([[4.0], [1.0], [np.nan], [0.0]]))
    array([1, 3, 0, 2])
    """
    values = np.asarray(vectors, dtype=np.float64)
    is_placed = np.isfinite(values).all(axis=1)
    distance = np.full(len(values), np.inf)
    if is_placed.any():
        centre = values[is_placed].mean(axis=0)
        distance[is_placed] = ((values[is_placed] - centre) ** 2).sum(axis=1)
    return np.argsort(distance, kind="stable")


def shared_out(sizes: list[int], most: int) -> list[int]:
    """
    Share places out among groups: one each to the largest, then more where there are fewer groups than places.

    Parameters
    ----------
    sizes : list of int
        Objects of each group, the largest first.
    most : int
        Places there are.

    Returns
    -------
    places : list of int
        Places of each group, never more than it has objects.

    Examples
    --------
    >>> shared_out([50, 20, 1], 8)
    [4, 3, 1]
    >>> shared_out([9, 8, 7], 2)
    [1, 1, 0]
    """
    places = [0] * len(sizes)
    left = min(most, sum(sizes))
    while left:
        for at, size in enumerate(sizes):
            if left and places[at] < size:
                places[at] += 1
                left -= 1
    return places
