"""
Convex hulls in the morphospace: how much of it a sample fills (FRic) and how far out its weight lies (FDiv).

Points in one place are merged first. Points that lie in fewer dimensions than they have coordinates have no hull here:
a volume of 0, or an area in a column of volumes, would say nothing.

References
----------
Barber, C. B., Dobkin, D. P. and Huhdanpaa, H. (1996). The Quickhull algorithm for convex hulls.
    ACM Trans. Math. Softw. 22, 469-483.
Villéger, S., Mason, N. W. H. and Mouillot, D. (2008). New multidimensional functional diversity indices for a
    multifaceted framework in functional ecology. Ecology 89, 2290-2301.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import ConvexHull, QhullError

from morphoexplore.errors import WrongNumbersError
from morphoexplore.methods.diversity.checking import (
    FloatArray,
    Names,
    Table,
    read_coordinates,
    read_table,
    shares_of,
)
from morphoexplore.methods.diversity.statuses import (
    EMPTY,
    LOW_N,
    OK,
    QHULL_FAILED,
    RANK_DEFICIENT,
    TOO_FEW_POINTS,
    TOO_MANY_DIMENSIONS,
    Result,
)

MOST_DIMENSIONS = 6
#: Thinner than this share of the widest range is flat.
FLAT = 1e-10
#: Tried in this order. Never QJ: joggled points have another volume.
QHULL_OPTIONS = (None, "Qs Qt Pp", "Qs Qt Pp Q12")


@dataclass(frozen=True)
class Hull:
    """A hull, or the reason why there is none."""

    volume: float
    vertices: NDArray[np.intp]
    status: str


class Vertices(NamedTuple):
    """The points that make a hull."""

    value: list[Any]
    status: str


@dataclass(frozen=True)
class Trim:
    """The middle of the pooled cloud: farther points by Mahalanobis distance are left out of hulls."""

    centre: FloatArray
    axes: FloatArray
    limit: float

    def keeps(self, points: FloatArray) -> NDArray[np.bool_]:
        """Say which points are in."""
        return np.asarray(_mahalanobis(points, self.centre, self.axes) <= self.limit)


def pooled_trim(weights: ArrayLike, coordinates: ArrayLike, trim: float = 0.01, *, ids: Names = None) -> Trim:
    """
    Find the middle of a whole study, without its farthest *trim* by weight.

    Parameters
    ----------
    weights : array, shape (n_points,)
        Of all objects or morphs of the study together.
    coordinates : array, shape (n_points, n_dimensions)
        In the morphospace.
    trim : float
        Share of the weight that is left out, 0 to below 1.
    ids : sequence, optional
        Names of points for messages.

    Returns
    -------
    trim : Trim
        For :func:`functional_richness` and :func:`hull_vertices`.
    """
    table = read_table(weights, ids=ids)
    points = read_coordinates(coordinates, table.values.shape[1], ids=ids)
    if not table.single or not table.values.any() or not 0 <= trim < 1:
        message = (
            "A trim needs weights of one pooled cloud, some of them above 0, and a share from 0 to below 1."
        )
        raise WrongNumbersError(message)
    share = table.shares()[0]
    centre = share @ points
    spread = (points - centre) * np.sqrt(share)[:, None]
    _, scale, turned = np.linalg.svd(spread, full_matrices=False)
    if len(scale) < points.shape[1] or scale[-1] <= FLAT * scale[0]:
        message = "The pooled cloud lies in fewer dimensions than it has coordinates: it cannot be trimmed."
        raise WrongNumbersError(message)
    axes = turned.T / scale
    distance = _mahalanobis(points, centre, axes)
    order = np.argsort(distance, kind="stable")
    kept = int(np.searchsorted(np.cumsum(share[order]), (1 - trim) * (1 - 1e-12)))
    return Trim(centre, axes, float(distance[order[min(kept, len(order) - 1)]]))


def functional_richness(
    weights: ArrayLike,
    coordinates: ArrayLike,
    *,
    pool: ArrayLike | float | None = None,
    trim: Trim | None = None,
    ids: Names = None,
    samples: Names = None,
) -> Result:
    """
    Volume of the convex hull of what is present, FRic (Villéger et al. 2008).

    It grows with the number of objects looked at; see ``standardised_functional_richness``.

    Parameters
    ----------
    weights : array, shape (n_points,) or (n_samples, n_points)
        What is above 0 is present.
    coordinates : array, shape (n_points, n_dimensions)
        In the morphospace, at most six dimensions.
    pool : array, shape (n_pool, n_dimensions), or float, optional
        Points whose hull (or that volume itself) is 1; otherwise a volume is returned.
    trim : Trim, optional
        Leaves out the farthest points (see :func:`pooled_trim`), of samples and pool.
    ids, samples : sequence, optional
        Names of points and samples for messages.

    Returns
    -------
    result : Result
        NaN with ``empty``, ``too_few_points``, ``rank_deficient``, ``too_many_dimensions`` or ``qhull_failed``;
        a value with ``low_n`` below 2^d different points.

    Examples
    --------
    >>> functional_richness([1, 1, 1, 1], [[0, 0], [0, 1], [1, 0], [1, 1]])
    Result(value=1.0, status='ok')
    """
    table = read_table(weights, ids=ids, samples=samples)
    points = read_coordinates(coordinates, table.values.shape[1], ids=ids)
    whole = pool_volume(pool, points.shape[1], trim)
    inside = None if trim is None else trim.keeps(points)
    table, points = (
        merged(table, points)
        if inside is None
        else merged(Table(table.values * inside, table.single), points)
    )
    hulls = Hulls(points)
    found = [hulls.of(row > 0) for row in table.values]
    return table.result([hull.volume / whole for hull in found], [hull.status for hull in found])


def functional_divergence(
    weights: ArrayLike, coordinates: ArrayLike, *, ids: Names = None, samples: Names = None
) -> Result:
    """
    How far out in the hull the weight lies, FDiv (Villéger et al. 2008).

    Parameters
    ----------
    weights : array, shape (n_points,) or (n_samples, n_points)
        Counts, concentrations or biovolumes of morphs, or weights of objects.
    coordinates : array, shape (n_points, n_dimensions)
        In the morphospace, at most six dimensions.
    ids, samples : sequence, optional
        Names of points and samples for messages.

    Returns
    -------
    result : Result
        0 to 1; statuses as :func:`functional_richness`.
    """
    table = read_table(weights, ids=ids, samples=samples)
    points = read_coordinates(coordinates, table.values.shape[1], ids=ids)
    table, points = merged(table, points)
    hulls = Hulls(points)
    value, status = np.full(len(table.values), np.nan), table.statuses()
    for i, row in enumerate(table.values):
        there = row > 0
        hull = hulls.of(there)
        status[i] = hull.status
        if hull.status in (OK, LOW_N):
            middle = points[hull.vertices].mean(axis=0)
            apart = np.sqrt(((points[there] - middle) ** 2).sum(axis=1))
            share, mean = shares_of(row[there]), apart.mean()
            out = share @ (apart - mean)
            value[i] = (out + mean) / (share @ np.abs(apart - mean) + mean)
    return table.result(value, status)


def hull_vertices(
    weights: ArrayLike, coordinates: ArrayLike, *, trim: Trim | None = None, ids: Names = None
) -> Vertices:
    """
    List the points that make the hull of one sample: look at their images, for debris makes hulls large.

    Parameters
    ----------
    weights : array, shape (n_points,)
        What is above 0 is present.
    coordinates : array, shape (n_points, n_dimensions)
        In the morphospace, at most six dimensions.
    trim : Trim, optional
        Leaves out the farthest points.
    ids : sequence, optional
        Names of points, returned instead of positions.

    Returns
    -------
    vertices : Vertices
        ``value``: names or positions, in order of position (all points in the place of a vertex); ``status``.
    """
    table = read_table(weights, ids=ids)
    points = read_coordinates(coordinates, table.values.shape[1], ids=ids)
    if not table.single:
        message = "Vertices are those of one sample: weights have one dimension."
        raise WrongNumbersError(message)
    there = table.values[0] > 0
    if trim is not None:
        there = there & trim.keeps(points)
    pooled, places = merged(Table(there[None].astype(np.float64), single=True), points)
    hull = Hulls(places).of(pooled.values[0] > 0)
    corners = {tuple(place) for place in places[hull.vertices]}
    at = [int(i) for i in np.flatnonzero(there) if tuple(points[i] + 0.0) in corners]
    return Vertices([i if ids is None else ids[i] for i in at], hull.status)


class Hulls:
    """Hulls of parts of a set of different points; the same part is done once."""

    def __init__(self, points: FloatArray) -> None:
        self.points = points
        self.known: dict[bytes, Hull] = {}

    def of(self, there: NDArray[np.bool_]) -> Hull:
        """Return the hull of the points that are there, its vertices as positions among all."""
        key = np.packbits(there).tobytes()
        if key not in self.known:
            rows = np.flatnonzero(there)
            hull = hull_of(self.points[rows])
            self.known[key] = Hull(hull.volume, rows[hull.vertices], hull.status)
        return self.known[key]


def hull_of(points: FloatArray) -> Hull:
    """Return the hull of different points."""
    count, dimensions = points.shape
    nothing = np.empty(0, dtype=np.intp)
    if count == 0:
        return Hull(np.nan, nothing, EMPTY)
    if dimensions > MOST_DIMENSIONS:
        return Hull(np.nan, nothing, TOO_MANY_DIMENSIONS)
    if count <= dimensions:
        return Hull(np.nan, nothing, TOO_FEW_POINTS)
    if is_flat(points):
        return Hull(np.nan, nothing, RANK_DEFICIENT)
    status = OK if count >= 2**dimensions else LOW_N
    if dimensions == 1:
        ends = np.array([points[:, 0].argmin(), points[:, 0].argmax()])
        return Hull(float(np.ptp(points[:, 0])), ends, status)
    for options in QHULL_OPTIONS:
        try:
            hull = ConvexHull(points, qhull_options=options)
        except QhullError:
            continue
        return Hull(float(hull.volume), np.sort(hull.vertices).astype(np.intp), status)
    return Hull(np.nan, nothing, QHULL_FAILED)


def is_flat(points: FloatArray) -> bool:
    """Say whether points lie in fewer dimensions than they have coordinates, to the last digits."""
    middle = points - points.mean(axis=0)
    squares = np.linalg.eigvalsh(middle.T @ middle)
    if squares[0] > FLAT * squares[-1] > 0:  # squares lose half of the digits, but this is far from flat
        return False
    thickness = np.linalg.svd(middle, compute_uv=False)
    return bool(thickness[-1] <= FLAT * float(np.ptp(points, axis=0).max()))


def merged(table: Table, points: FloatArray) -> tuple[Table, FloatArray]:
    """Put the weights of points in one place together; the places come in the order of their coordinates."""
    if len(points) == 0:
        return table, points
    points = points + 0.0  # -0 and 0 are one place
    order = np.argsort(points[:, 0], kind="stable")
    if (np.diff(points[order, 0]) == 0).any():  # seldom, and dearer
        order = np.lexsort(points.T[::-1])
    ordered = points[order]
    first = np.concatenate([[True], (ordered[1:] != ordered[:-1]).any(axis=1)])
    if first.all():
        return Table(table.values[:, order], table.single), ordered
    values = np.add.reduceat(table.values[:, order], np.flatnonzero(first), axis=1)
    return Table(values, table.single), ordered[first]


def pool_volume(pool: ArrayLike | float | None, dimensions: int, trim: Trim | None = None) -> float:
    """Volume of the hull of a pool, 1 where there is none."""
    if pool is None:
        return 1.0
    if np.ndim(pool) == 0:
        volume = float(pool)  # type: ignore[arg-type]
        if not (np.isfinite(volume) and volume > 0):
            message = f"The volume of a pool is above 0, not {volume}."
            raise WrongNumbersError(message)
        return volume
    points = read_coordinates(pool)
    if points.shape[1] != dimensions:
        message = f"The pool has {points.shape[1]} dimensions, the samples {dimensions}."
        raise WrongNumbersError(message)
    if trim is not None:
        points = points[trim.keeps(points)]
    hull = hull_of(np.unique(points + 0.0, axis=0))
    if hull.status not in (OK, LOW_N):
        message = f"The pool has no hull to compare with ({hull.status}): use fewer dimensions, or no pool."
        raise WrongNumbersError(message)
    return hull.volume


def _mahalanobis(points: FloatArray, centre: FloatArray, axes: FloatArray) -> FloatArray:
    return np.sqrt((((points - centre) @ axes) ** 2).sum(axis=1))
