"""Drawn dead matter: aggregates, faecal pellets, fibres, bubbles, and fragments of nothing in particular."""

from __future__ import annotations

import numpy as np
from sheet import Floats, Random, Sheet, bent_axis, limb, lump, oval, widths


def aggregate(sheet: Sheet, random: Random) -> None:
    """Draw a fluffy aggregate; the compact end of the range looks like a ragged pellet."""
    compact = random.beta(1.3, 2.2)
    axis = bent_axis(0.8, bend=random.normal(0, 1.0), wave=random.normal(0, 0.5))
    density = random.uniform(0.12, 0.4) + 0.5 * compact
    width = random.uniform(0.08, 0.3) * (1 - 0.6 * compact)
    for _ in range(int(30 - 16 * compact)):
        centre = axis.at(random.uniform(0, 1), random.normal(0, width))
        flake = lump(
            random,
            centre,
            random.uniform(0.03, 0.16) * (1.1 - 0.5 * compact),
            0.45,
            stretch=random.uniform(1, 3),
        )
        sheet.fill(flake, density * random.uniform(0.4, 1.2), soft=0.012 * random.integers(0, 3))
    for _ in range(int(14 * (1 - compact))):
        start = axis.at(random.uniform(0, 1), random.normal(0, width))
        sheet.stroke(
            limb(start, random.uniform(0, 6.3), random.uniform(0.1, 0.35), random.normal(0, 1.5)),
            0.012,
            density,
            tip=0.006,
        )
    for _ in range(random.integers(0, 9)):
        grain = lump(
            random, axis.at(random.uniform(0, 1), random.normal(0, width)), random.uniform(0.01, 0.05), 0.3
        )
        sheet.fill(grain, random.uniform(0.4, 1.2))
    sheet.mottle(random, 0.4, 0.03)
    sheet.mottle(random, 0.35, 0.12)


def faecal_pellet(sheet: Sheet, random: Random) -> None:
    """Draw a faecal pellet: a dark rod with rounded or broken ends; loose ones look like aggregates."""
    loose = random.beta(1.0, 2.5)
    axis = bent_axis(bend=random.normal(0, 0.5), wave=random.normal(0, 0.15))
    broad = random.uniform(0.06, 0.16)
    density = random.uniform(0.8, 1.5) - 0.5 * loose
    ends = sorted(random.uniform(0.3, 0.9, 2))
    shape = widths(
        [0, 0.05, 0.5, 0.95, 1], [0.1 * broad, ends[0] * broad, broad, ends[1] * broad, 0.1 * broad]
    )
    ragged = (
        shape * np.exp(random.normal(0, 0.03 + 0.22 * loose, 48)),
        shape * np.exp(random.normal(0, 0.03 + 0.22 * loose, 48)),
    )
    sheet.fill(axis.outline(*ragged), density, roundness=0.45, soft=0.012 * loose)
    for _ in range(int(10 * loose)):
        crumb = lump(
            random, axis.at(random.uniform(0, 1), random.normal(0, broad)), random.uniform(0.02, 0.07), 0.4
        )
        sheet.fill(crumb, random.uniform(0.2, 0.6))
    sheet.mottle(random, 0.15 + 0.25 * loose, 0.04)


def fibre(sheet: Sheet, random: Random) -> None:
    """Draw a fibre: a thin line of constant width that bends at leisure, sometimes into a loop."""
    heading = np.cumsum(random.normal(0, 0.05, 90)) + random.normal(0, 3.0) * np.linspace(-0.5, 0.5, 90)
    heading += random.normal(0, 0.7) * np.sin(np.linspace(0, random.uniform(3, 9), 90))
    line = np.cumsum(np.stack([np.cos(heading), np.sin(heading)], axis=1), axis=0)
    line = line - line.mean(axis=0)
    line /= np.ptp(line @ _main_direction(line))
    width, density = random.uniform(0.009, 0.028), random.uniform(0.5, 1.3)
    for start in range(0, 89, 12):
        sheet.stroke(line[start : start + 13], width, density)
    for _ in range(random.integers(0, 3)):
        sheet.fill(
            lump(random, line[random.integers(0, 90)], random.uniform(0.015, 0.04), 0.4), density * 0.7
        )
    sheet.mottle(random, 0.2, 0.04)


def _main_direction(points: Floats) -> Floats:
    values, vectors = np.linalg.eigh(np.cov(points.T))
    direction: Floats = vectors[:, np.argmax(values)]
    return direction


def bubble(sheet: Sheet, random: Random) -> None:
    """Draw a bubble: a thick dark ring around a bright middle."""
    thick = random.uniform(0.07, 0.22)
    ring = oval([0, 0], 0.5, 0.5 * random.uniform(0.96, 1.0), n=80)
    sheet.fill(ring, random.uniform(0.9, 2.0), soft=0.008)
    sheet.lighten(ring * (1 - 1.6 * thick), random.uniform(0.02, 0.2), soft=0.03)
    sheet.rim(ring * random.uniform(0.4, 0.6), 0.02, random.uniform(0.0, 0.25), soft=0.01)
    sheet.lighten(oval(random.uniform(-0.34, 0.34, 2), 0.06), 0.15, soft=0.02)
    if random.random() < 0.15:
        other = oval(random.choice([-1, 1], 2) * random.uniform(0.36, 0.44, 2), random.uniform(0.1, 0.2))
        sheet.fill(other, 1.2)
        sheet.lighten((other - other.mean(axis=0)) * 0.6 + other.mean(axis=0), 0.1, soft=0.01)
    sheet.mottle(random, 0.06, 0.1)


def fragment(sheet: Sheet, random: Random) -> None:
    """Draw something of no form: shards, moults, bundles of limbs, smears."""
    kind = random.choice(["shard", "limbs", "moult", "smear"])
    if kind == "shard":
        corners = lump(random, [0, 0], 0.4, 0.6, stretch=random.uniform(1, 4), n=int(random.integers(5, 9)))
        sheet.fill(corners, random.uniform(0.3, 1.5), roundness=random.uniform(0, 0.4))
        sheet.rim(corners, 0.015, random.uniform(0, 0.5))
    elif kind == "limbs":
        for _ in range(random.integers(2, 7)):
            line = limb(
                random.normal(0, 0.08, 2),
                random.uniform(0, 6.3),
                random.uniform(0.3, 0.6),
                random.normal(0, 1),
            )
            sheet.stroke(line, random.uniform(0.02, 0.06), random.uniform(0.4, 0.9), tip=0.008)
        sheet.fill(lump(random, [0, 0], random.uniform(0.06, 0.14), 0.4), random.uniform(0.4, 0.9))
    elif kind == "moult":
        axis = bent_axis(bend=random.normal(0, 0.8))
        half = widths(
            [0, 0.3, 0.7, 1],
            [random.uniform(0.05, 0.2), *random.uniform(0.13, 0.22, 2), random.uniform(0, 0.2)],
        )
        sheet.fill(axis.outline(half, half * random.uniform(0.4, 1)), random.uniform(0.12, 0.3))
        for place in np.linspace(0.1, 0.9, random.integers(3, 8)):
            sheet.stroke(np.array([axis.at(place, 0.13), axis.at(place - 0.04, -0.1)]), 0.012, 0.35)
        sheet.rim(axis.outline(half, half * 0.8), 0.014, 0.35)
    else:
        sheet.fill(
            lump(random, [0, 0], 0.4, 0.4, stretch=random.uniform(1, 5)),
            random.uniform(0.25, 0.6),
            soft=random.uniform(0.02, 0.08),
        )
    sheet.mottle(random, random.uniform(0.1, 0.3), 0.035)
