"""
A view of the morphospace in which the morphs there are lie apart: for ranking candidates against one another.

What sets this morph apart from the others counts more in it than what all vary by. It costs a moment and is made
anew from the morphs as they are; nothing is stored, and the morphospace stays as it is. `refine` does more: it makes a view
for finding what nobody has named yet, of all features.
"""

from __future__ import annotations

import numpy as np

from morphoexplore.methods.discriminants import discriminant_axes, scatters
from morphoexplore.methods.embedding import one_blas_thread

WEIGHT = 0.7
"""Share of the discriminant axes in the view: what is measured in `docs/methods.md` is as good from .6 to .8."""
FEWEST = 5  # members of a morph, and such morphs at least 2: of fewer the scatter within says nothing
ALIKE = 1e-9  # of the variance of all: members of one place are no scatter to go by
SPREAD_OF = 20_000  # objects that are enough to tell how all vary


def telling_axes(
    vectors: np.ndarray, morph: np.ndarray, members: np.ndarray, rng: np.random.Generator
) -> np.ndarray | None:
    """
    Return the axes of a view in which morphs lie apart, None where too few are known to tell.

    Parameters
    ----------
    vectors : array, shape (n_objects, n_dims)
        The morphospace: its principal components.
    morph : array of int, shape (n_objects,)
        Morph of every object, -1 where it is free.
    members : array of int
        The members that stand for the morphs, about as many of each; those without a place in the morphospace left out.
    rng : numpy.random.Generator
        Draws the objects that tell how all vary.

    Returns
    -------
    axes : array of float32, shape (n_dims, n_axes), or None
        Vectors times these are the view; it varies as much as the morphospace does.

    Notes
    -----
    ``[sqrt(1 - w) x / |x|, sqrt(w) z / |z|]``, x the vector, z its scores on the discriminant axes, ``|.|`` the square root
    of the total variance and w = .7, as in `methods.refining`. The scatter within morphs is shrunken to a sphere
    by d / (d + n), n members in d dimensions: the fewer there are, the less is their own scatter trusted.
    """
    groups = morph[members]
    _, which, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    is_used = (sizes >= FEWEST)[which]
    if (sizes >= FEWEST).sum() < 2:
        return None
    members, groups = members[is_used], groups[is_used]
    some = (
        vectors if len(vectors) <= SPREAD_OF else vectors[rng.choice(len(vectors), SPREAD_OF, replace=False)]
    )
    variances = np.nanvar(some.astype(np.float64), axis=0)
    d, all_of_it = len(variances), float(variances.sum())
    known = vectors[members].astype(np.float64)
    with one_blas_thread():
        if np.trace(scatters(known, groups)[0]) <= ALIKE * all_of_it:
            return None
        axes = discriminant_axes(known, groups, variances, shrinkage=d / (d + len(members)), dims=d)
    told = float((axes**2 * variances[:, None]).sum())
    if told <= ALIKE * all_of_it:  # the morphs lie in one place: nothing tells them apart
        return None
    axes *= np.sqrt(WEIGHT * all_of_it / told)
    return np.hstack([np.sqrt(1 - WEIGHT) * np.eye(d), axes]).astype(np.float32)
