"""The indices that the page Diversity offers: what they are called, what they mean, and where they stand in the list."""

from __future__ import annotations

from dataclasses import dataclass

from morphoexplore.steps import indexing
from morphoexplore.steps.communities import DIMS

OF_MORPHS, OF_CLOUD, STANDARDISED = "of morphs", "of the cloud", "standardised"


@dataclass(frozen=True)
class Offered:
    """
    One index as it can be chosen.

    Attributes
    ----------
    index : str
        As in the table of indices (``cwm_1``).
    q : float or None
        Its order.
    name : str
        As :data:`indexing.INDICES` has it (``cwm``).
    group : str
        Where it stands in the list.
    title, definition : str
        For people.
    """

    index: str
    q: float | None
    name: str
    group: str
    title: str
    definition: str

    @property
    def key(self) -> str | tuple[str, float]:
        """The index as the figures know it."""
        return self.index if self.q is None else (self.index, self.q)

    @property
    def is_slow(self) -> bool:
        """Whether it takes seconds, so that it is computed while the page is there already."""
        return indexing.INDICES[self.name].is_slow

    @property
    def has_positions(self) -> bool:
        """Whether it needs the morphospace."""
        return indexing.INDICES[self.name].has_positions


def _one(name: str, group: str, title: str, definition: str) -> Offered:
    return Offered(name, None, name, group, title, definition)


def _orders(name: str, group: str, title: str, definitions: tuple[str, str, str]) -> dict[str, Offered]:
    return {
        f"{name}{q:.0f}": Offered(name, q, name, group, f"{title}, q = {q:.0f}", definition)
        for q, definition in zip(indexing.ORDERS, definitions, strict=True)
    }


def _axes(name: str, title: str, definition: str) -> dict[str, Offered]:
    return {
        f"{name}_{axis}": Offered(
            f"{name}_{axis}", None, name, OF_CLOUD, f"{title} on PC {axis}", f"{definition} on axis {axis}"
        )
        for axis in range(1, DIMS + 1)
    }


#: By name as in the address.
INDICES: dict[str, Offered] = {
    "richness": _one("richness", OF_MORPHS, "Richness", "richness S: number of morphs"),
    "shannon": _one(
        "shannon", OF_MORPHS, "Shannon entropy", "Shannon H\u2032 = \u2212\u03a3 p ln p, in nats"
    ),
    "simpson": _one("simpson", OF_MORPHS, "Gini\u2013Simpson", "Gini\u2013Simpson: 1 \u2212 \u03a3 p\u00b2"),
    "inverse_simpson": _one(
        "inverse_simpson", OF_MORPHS, "Inverse Simpson", "inverse Simpson: 1 / \u03a3 p\u00b2"
    ),
    "pielou": _one("pielou", OF_MORPHS, "Pielou evenness", "Pielou J\u2032 = H\u2032 / ln S"),
    **_orders(
        "hill",
        OF_MORPHS,
        "Hill number",
        (
            "Hill number of order 0: S",
            "Hill number of order 1: exp(\u2212\u03a3 p ln p)",
            "Hill number of order 2: 1 / \u03a3 p\u00b2",
        ),
    ),
    "chao1": _one(
        "chao1_bias_corrected",
        OF_MORPHS,
        "Chao1 richness",
        "Chao1: richness with the morphs that were not met, bias-corrected",
    ),
    "coverage": _one(
        "coverage",
        OF_MORPHS,
        "Coverage",
        "coverage: share of the community that belongs to morphs that were met",
    ),
    **_orders(
        "similarity_hill",
        OF_MORPHS,
        "Distinct morphs",
        (
            "distinct morphs of order 0 (Leinster and Cobbold): morphs that lie close to each other count as one in part",
            "distinct morphs of order 1, weighted by share",
            "distinct morphs of order 2, common ones above all",
        ),
    ),
    "functional_evenness": _one(
        "functional_evenness",
        OF_MORPHS,
        "Functional evenness",
        "FEve: how evenly shares lie along the shortest tree through the middles of morphs",
    ),
    "functional_dispersion": _one(
        "functional_dispersion",
        OF_CLOUD,
        "Functional dispersion",
        "FDis: mean distance of objects from the middle of their sample",
    ),
    "rao_d2": _one(
        "rao_d2", OF_CLOUD, "Rao\u2019s Q", "Rao\u2019s Q: half the mean squared distance of two objects"
    ),
    "functional_divergence": _one(
        "functional_divergence",
        OF_CLOUD,
        "Functional divergence",
        "FDiv: how far out in the hull the weight lies",
    ),
    "functional_specialisation": _one(
        "functional_specialisation",
        OF_CLOUD,
        "Functional specialisation",
        "FSpe: mean distance of objects from the middle of the study",
    ),
    "functional_richness": _one(
        "functional_richness",
        OF_CLOUD,
        "Functional richness, raw",
        "FRic: the convex hull of a sample as a share of that of all",
    ),
    **_axes("cwm", "Mean position", "mean position"),
    **_axes("sd", "Spread", "standard deviation"),
    **_orders(
        "hill_at_coverage",
        STANDARDISED,
        "Hill number at equal coverage",
        (
            "Hill number of order 0 at the coverage that all samples of 50 objects or more reach",
            "Hill number of order 1 at the coverage that all samples of 50 objects or more reach",
            "Hill number of order 2 at the coverage that all samples of 50 objects or more reach",
        ),
    ),
    "standardised_functional_richness": _one(
        "standardised_functional_richness",
        STANDARDISED,
        "Functional richness at equal size",
        "functional richness at equal size: mean hull of 100 draws of as many objects of each sample",
    ),
}
