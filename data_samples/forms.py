"""The catalogue of drawn forms: how each looks, how large and how frequent it is, and when in the year it comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import copepods
import crustaceans
import gelatinous
import numpy as np
import particles
import protists
import worms_molluscs_fish
from sheet import Random, Sheet

Draw = Callable[[Sheet, Random], None]


@dataclass(frozen=True)
class Season:
    """A yearly curve: a peak (month, 1 to 12), its width (months) and the level out of season, peak = 1."""

    peak: float
    width: float
    floor: float

    def level(self, month: float) -> float:
        """Return the abundance in *month* relative to the peak."""
        distance = abs((month - self.peak + 6) % 12 - 6)
        return self.floor + (1 - self.floor) * float(np.exp(-0.5 * (distance / self.width) ** 2))


@dataclass(frozen=True)
class Form:
    """
    One drawn form.

    Attributes
    ----------
    name, group : str
        As in truth.csv.
    draw : function
        Draws one object on a sheet.
    length, spread : float
        Median length in pixels and the standard deviation of its logarithm.
    girth : float
        Typical width over length, for the sieve.
    expected : float
        Number of imaged objects expected in the whole collection.
    season : Season
        Yearly curve of the concentration.
    abundance_trend, length_trend : float
        Factor reached in the last month, 1 in the first; in between it grows or shrinks exponentially.
    categories : tuple of str
        Names that an earlier annotator gave to it.
    out_of_focus : bool
        Whether the objects are strongly blurred.
    """

    name: str
    group: str
    draw: Draw
    length: float
    spread: float
    girth: float
    expected: float
    season: Season
    categories: tuple[str, ...]
    abundance_trend: float = 1.0
    length_trend: float = 1.0
    out_of_focus: bool = False


def touching_pair(sheet: Sheet, random: Random) -> None:
    """Draw two objects that touch or overlap, of the same or of different forms."""
    size = random.uniform(0.4, 0.6)
    first, second = random.choice(len(PAIRED), 2)
    other = sheet.blank()
    PAIRED[first](sheet.placed([0, 0], size, random.uniform(0, 2 * np.pi)), random)
    PAIRED[second](
        other.placed([0, 0], size * random.uniform(0.55, 1.05), random.uniform(0, 2 * np.pi)), random
    )
    sheet.push_together(other, random.uniform(0, 2 * np.pi))


def anything(sheet: Sheet, random: Random) -> None:
    """Draw any of the frequent forms; used where the focus is lost anyway."""
    FREQUENT[random.integers(len(FREQUENT))](sheet, random)


PAIRED: tuple[Draw, ...] = (
    copepods.small_calanoid,
    copepods.small_calanoid,
    copepods.cyclopoid,
    copepods.large_calanoid,
    gelatinous.appendicularian,
    particles.aggregate,
    particles.fibre,
    protists.radiolarian,
)
FREQUENT: tuple[Draw, ...] = (
    copepods.small_calanoid,
    copepods.large_calanoid,
    copepods.cyclopoid,
    crustaceans.cladoceran,
    gelatinous.medusa,
    gelatinous.appendicularian,
    gelatinous.doliolid,
    particles.aggregate,
    particles.faecal_pellet,
)

ALL_YEAR = Season(peak=6, width=4, floor=0.7)
SPRING_BLOOM = Season(peak=4, width=1.1, floor=0.05)

FORMS: tuple[Form, ...] = (
    Form("large_calanoid", "copepods", copepods.large_calanoid, 108, 0.26, 0.5, 330, Season(4, 1.8, 0.2),
         ("Calanoida", "Copepoda"), abundance_trend=0.35),
    Form("small_calanoid", "copepods", copepods.small_calanoid, 56, 0.2, 0.5, 900, Season(6, 2.5, 0.35),
         ("Calanoida", "Copepoda"), length_trend=0.75),
    Form("cyclopoid", "copepods", copepods.cyclopoid, 42, 0.2, 0.55, 480, Season(9, 2.5, 0.3),
         ("Oncaeidae", "Oithonidae", "Copepoda")),
    Form("nauplius", "copepods", copepods.nauplius, 33, 0.18, 0.8, 250, Season(4, 1.6, 0.15),
         ("nauplii<Crustacea",)),
    Form("cladoceran", "other crustaceans", crustaceans.cladoceran, 45, 0.2, 0.7, 170, Season(7, 1.0, 0.01),
         ("Cladocera", "Evadne")),
    Form("ostracod", "other crustaceans", crustaceans.ostracod, 54, 0.22, 0.65, 85, Season(11, 2.5, 0.3),
         ("Ostracoda",)),
    Form("shrimp", "other crustaceans", crustaceans.shrimp, 115, 0.22, 0.4, 70, Season(5, 2.0, 0.2),
         ("Euphausiacea", "Decapoda")),
    Form("appendicularian", "gelatinous", gelatinous.appendicularian, 68, 0.25, 0.4, 260, Season(5, 1.8, 0.2),
         ("Appendicularia",), abundance_trend=4.0),
    Form("chaetognath", "gelatinous", gelatinous.chaetognath, 135, 0.25, 0.15, 130, Season(9, 2.2, 0.25),
         ("Chaetognatha",)),
    Form("medusa", "gelatinous", gelatinous.medusa, 62, 0.3, 0.8, 80, Season(6, 1.4, 0.05),
         ("Hydrozoa",), abundance_trend=4.0),
    Form("siphonophore_bell", "gelatinous", gelatinous.siphonophore_bell, 90, 0.25, 0.5, 90, Season(6, 2.0, 0.15),
         ("Siphonophorae", "nectophore<Diphyidae")),
    Form("ctenophore", "gelatinous", gelatinous.ctenophore, 85, 0.25, 0.7, 14, Season(8, 1.2, 0.05),
         ("Ctenophora",)),
    Form("doliolid", "gelatinous", gelatinous.doliolid, 75, 0.25, 0.65, 95, Season(8, 1.3, 0.03),
         ("Doliolida", "Thaliacea"), abundance_trend=4.0),
    Form("diatom_chain", "protists", protists.diatom_chain, 85, 0.3, 0.35, 170, SPRING_BLOOM,
         ("Chaetocerotaceae", "Bacillariophyta")),
    Form("ceratium", "protists", protists.ceratium, 48, 0.2, 0.8, 120, Season(8, 1.5, 0.08),
         ("Neoceratium",)),
    Form("radiolarian", "protists", protists.radiolarian, 42, 0.25, 1.0, 100, Season(12, 2.0, 0.2),
         ("Rhizaria", "Acantharea")),
    Form("foraminifer", "protists", protists.foraminifer, 46, 0.22, 1.0, 65, Season(1, 2.2, 0.3),
         ("Foraminifera",)),
    Form("pteropod", "molluscs, worms and fish", worms_molluscs_fish.pteropod, 44, 0.25, 0.85, 75, Season(3, 1.5, 0.1),
         ("Limacinidae", "Mollusca")),
    Form("polychaete", "molluscs, worms and fish", worms_molluscs_fish.polychaete, 105, 0.3, 0.3, 22, Season(4, 1.5, 0.2),
         ("Polychaeta",)),
    Form("fish_egg", "molluscs, worms and fish", worms_molluscs_fish.fish_egg, 46, 0.14, 1.0, 80, Season(5, 1.2, 0.05),
         ("egg<Actinopterygii",)),
    Form("fish_larva", "molluscs, worms and fish", worms_molluscs_fish.fish_larva, 130, 0.18, 0.2, 19, Season(6, 1.2, 0.05),
         ("Actinopterygii",)),
    Form("aggregate", "detritus and artefacts", particles.aggregate, 60, 0.45, 0.6, 850, Season(5, 2.5, 0.5),
         ("detritus",)),
    Form("faecal_pellet", "detritus and artefacts", particles.faecal_pellet, 46, 0.28, 0.35, 260, Season(5, 2.0, 0.3),
         ("detritus", "feces")),
    Form("fibre", "detritus and artefacts", particles.fibre, 95, 0.35, 0.15, 180, ALL_YEAR,
         ("fiber<detritus",)),
    Form("bubble", "detritus and artefacts", particles.bubble, 38, 0.32, 1.0, 130, ALL_YEAR,
         ("bubble",)),
    Form("multiple", "multiples", touching_pair, 95, 0.25, 0.6, 110, ALL_YEAR,
         ("multiple<other",)),
    Form("out_of_focus", "unsortable", anything, 62, 0.3, 0.6, 115, ALL_YEAR,
         ("badfocus<artefact",), out_of_focus=True),
    Form("fragment", "unsortable", particles.fragment, 55, 0.4, 0.5, 110, ALL_YEAR,
         ("part<Crustacea", "othertocheck")),
)  # fmt: skip
