"""Drawn crustaceans other than copepods: water fleas, ostracods and shrimps."""

from __future__ import annotations

import numpy as np
from sheet import Axis, Random, Sheet, bent_axis, limb, lump, oval, widths


def cladoceran(sheet: Sheet, random: Random) -> None:
    """Draw a water flea: brood pouch with embryos, large dark eye, branched second antennae."""
    pouch = random.uniform(0.24, 0.33)
    pointed = random.uniform(0.3, 0.5)
    density = random.uniform(0.35, 0.7)
    head = np.array([0.33, random.uniform(-0.08, 0.02)])
    for tilt in (random.uniform(-1.9, -1.2), random.uniform(-1.1, -0.5)):
        stem = limb(head + np.array([-0.1, -0.02]), tilt, random.uniform(0.2, 0.28), 0.2)
        sheet.stroke(stem, 0.06, 0.6, tip=0.04)
        for fork in (-0.35, 0.35):
            branch = limb(stem[-1], tilt + fork, random.uniform(0.2, 0.28), random.normal(0, 0.3))
            sheet.stroke(branch, 0.035, 0.55, tip=0.01)
            for index in (8, 13, 19):
                sheet.stroke(
                    limb(branch[index], tilt + fork + random.normal(0, 0.5), 0.16), 0.009, 0.4, tip=0.004
                )
    axis = bent_axis(0.85, bend=random.uniform(0.1, 0.8))
    shell = axis.outline(
        widths([0, 0.1, 0.35, 0.6, 0.8, 1], [0, pointed * 0.18, pouch, pouch * 0.9, 0.16, 0]),
        widths([0, 0.1, 0.35, 0.6, 0.8, 1], [0, 0.03, pouch * 0.5, pouch * 0.6, 0.15, 0]),
    )
    sheet.fill(shell, density, roundness=0.4)
    sheet.rim(shell, 0.016, 0.4)
    sheet.fill(oval(head, 0.15, 0.125, -0.3), density, roundness=0.4)
    sheet.fill(oval(head + np.array([0.07, -0.02]), random.uniform(0.055, 0.075)), 1.6, soft=0.01)
    for _ in range(random.integers(0, 6)):
        embryo = oval(
            axis.at(random.uniform(0.25, 0.6), random.uniform(0.0, 0.7 * pouch)),
            0.065,
            0.05,
            random.uniform(0, 3),
        )
        sheet.fill(embryo, random.uniform(0.3, 0.7), roundness=0.4)
    for position in (0.45, 0.55, 0.65, 0.72):
        leg = limb(
            axis.at(position, -0.1),
            axis.heading(position) - random.uniform(0.9, 1.7),
            random.uniform(0.15, 0.25),
            -0.6,
        )
        sheet.stroke(leg, 0.035, 0.5, tip=0.01)
    sheet.fill(axis.part(0.2, 0.85).outline(widths([0, 0.5, 1], [0, 0.035, 0.02])), 0.5, soft=0.01)
    sheet.mottle(random, 0.2, 0.08)


def ostracod(sheet: Sheet, random: Random) -> None:
    """Draw an ostracod: a dark bean of two valves with a notch in front."""
    high = random.uniform(0.29, 0.36)
    density = random.uniform(0.8, 1.5)
    axis = bent_axis(bend=random.uniform(-0.8, -0.15))
    upper = widths([0, 0.15, 0.5, 0.85, 1], [0, 0.75 * high, high, 0.75 * high, 0.1 * high])
    lower = widths(
        [0, 0.15, 0.5, 0.8, 0.9, 0.93, 1],
        [0, 0.65 * high, 0.78 * high, 0.72 * high, 0.5 * high, 0.08 * high, 0.14 * high],
    )
    for spread in random.uniform(-0.7, 0.5, random.integers(2, 7)):
        seta = limb(
            axis.at(0.9, -0.2 * high),
            axis.heading(0.95) - 0.4 + spread,
            random.uniform(0.12, 0.32),
            random.normal(0, 0.5),
        )
        sheet.stroke(seta, 0.018, 0.5, tip=0.006)
    if random.random() < 0.4:
        sheet.stroke(limb(axis.at(0.12, -0.7 * high), axis.heading(0) - 2.2, 0.16, -0.4), 0.04, 0.7, tip=0.01)
    shell = axis.outline(upper, lower)
    sheet.fill(shell, density, roundness=0.45)
    sheet.rim(shell, 0.03, 0.35)
    sheet.lighten(lump(random, axis.at(0.5, 0.05), 0.16, 0.2), random.uniform(0.5, 0.9), soft=0.05)
    sheet.fill(oval(axis.at(0.78, 0.25 * high), 0.05), 0.6, soft=0.015)
    sheet.mottle(random, 0.14, 0.06)


def shrimp(sheet: Sheet, random: Random) -> None:
    """Draw a shrimp-like larva, lateral: carapace, stalked eye, jointed abdomen, tail fan, many legs."""
    axis = bent_axis(
        bend=-random.choice([random.normal(0.5, 0.25), random.normal(1.5, 0.35)], p=[0.65, 0.35])
    )
    density = random.uniform(0.35, 0.7)
    deep = random.uniform(0.06, 0.085)
    for position in np.linspace(0.62, 0.86, random.integers(5, 9)):
        heading = axis.heading(position) - random.uniform(0.9, 1.9)
        upper = limb(axis.at(position, -deep * 0.7), heading, random.uniform(0.08, 0.15), 0.3)
        sheet.stroke(upper, 0.016, 0.5, tip=0.01)
        sheet.stroke(
            limb(upper[-1], heading - random.uniform(0.2, 1.1), random.uniform(0.06, 0.14), -0.3),
            0.01,
            0.45,
            tip=0.004,
        )
    for position in np.linspace(0.2, 0.52, 5):
        sheet.stroke(
            limb(
                axis.at(position, -deep * 0.5), axis.heading(position) - random.uniform(1.5, 2.2), 0.08, -0.3
            ),
            0.016,
            0.5,
            tip=0.006,
        )
    _shrimp_tail(sheet, random, axis, density)
    _shrimp_body(sheet, random, axis, deep, density)
    for _ in range(2):
        antenna = limb(
            axis.at(0.95, -0.01),
            axis.heading(1.0) + random.normal(-0.1, 0.4),
            random.uniform(0.2, 0.5),
            random.normal(-0.5, 0.6),
        )
        sheet.stroke(antenna, 0.012, 0.5, tip=0.004)
    sheet.mottle(random, 0.2, 0.04)


def _shrimp_body(sheet: Sheet, random: Random, axis: Axis, deep: float, density: float) -> None:
    abdomen = axis.part(0.1, 0.62)
    waves = 1 + 0.12 * np.cos(np.linspace(0, 12 * np.pi, 48))
    sheet.fill(
        abdomen.outline(widths([0, 0.5, 1], [0.35 * deep, 0.65 * deep, 0.75 * deep]) * waves),
        density,
        roundness=0.4,
    )
    for position in np.linspace(0.08, 0.92, 6):
        sheet.stroke(
            np.array([abdomen.at(position, 0.6 * deep), abdomen.at(position - 0.03, -0.6 * deep)]), 0.01, 0.35
        )
    carapace = axis.part(0.58, 0.97)
    shape = carapace.outline(
        widths([0, 0.2, 0.6, 0.9, 1], [0.7 * deep, deep, 0.95 * deep, 0.4 * deep, 0]),
        widths([0, 0.3, 0.7, 0.95, 1], [0.7 * deep, 0.95 * deep, 0.8 * deep, 0.3 * deep, 0]),
    )
    sheet.fill(shape, density * 1.15, roundness=0.4)
    sheet.rim(shape, 0.009, 0.35)
    sheet.stroke(limb(axis.at(0.93, 0.4 * deep), axis.heading(0.97) + 0.05, 0.12), 0.022, 0.6, tip=0.004)
    sheet.fill(
        carapace.part(0.1, 0.6).outline(widths([0, 0.5, 1], [0.1 * deep, 0.45 * deep, 0.2 * deep])),
        random.uniform(0.2, 0.8),
        soft=0.01,
    )
    eye = axis.at(0.965, -0.15 * deep)
    sheet.fill(oval(eye, random.uniform(0.026, 0.038), 0.024, axis.heading(0.95)), 1.8)
    sheet.fill(axis.part(0.12, 0.6).outline(np.full(48, 0.008)), 0.35, soft=0.004)


def _shrimp_tail(sheet: Sheet, random: Random, axis: Axis, density: float) -> None:
    root, back = axis.at(0.11), axis.heading(0.0) + np.pi
    spread = random.uniform(0.15, 0.45)
    for turn in (-2 * spread, -spread, 0, spread, 2 * spread):
        blade = limb(root, back + turn, random.uniform(0.11, 0.14), turn * 0.2)
        middle = blade[11]
        sheet.fill(oval(middle, 0.06, 0.016, back + turn), density * 0.6)
        sheet.stroke(blade, 0.01, 0.35, tip=0.004)
