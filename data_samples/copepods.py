"""Drawn copepods and their nauplii."""

from __future__ import annotations

import numpy as np
from sheet import Axis, Floats, Random, Sheet, bent_axis, limb, oval, widths


def large_calanoid(sheet: Sheet, random: Random) -> None:
    """Draw a large calanoid: long body, antennae as long as the body, often an oil sac."""
    _calanoid(
        sheet, random, slender=random.uniform(0.125, 0.165), antenna=random.uniform(0.75, 1.05), oil=0.6
    )


def small_calanoid(sheet: Sheet, random: Random) -> None:
    """Draw a small calanoid: stouter, shorter antennae; the largest look like small large ones."""
    _calanoid(sheet, random, slender=random.uniform(0.15, 0.2), antenna=random.uniform(0.5, 0.85), oil=0.2)


def _calanoid(sheet: Sheet, random: Random, *, slender: float, antenna: float, oil: float) -> None:
    axis = bent_axis(bend=random.normal(0, 0.12))
    joint = random.uniform(0.27, 0.34)
    lateral = random.random() < 0.55
    density = random.uniform(0.55, 0.9)
    if random.random() < 0.12:
        antenna *= random.uniform(0.0, 0.4)  # broken off in the net
    if lateral:
        _swimming_legs(sheet, random, axis, joint, slender)
        _lateral_antennae(sheet, random, axis, antenna, slender)
    else:
        _spread_antennae(sheet, random, axis, antenna, slender)
    _abdomen(sheet, random, axis.part(0.0, joint + 0.04), density, slender)
    back = widths(
        [0, 0.06, 0.3, 0.65, 0.88, 1],
        [0.3 * slender, 0.6 * slender, 0.95 * slender, slender, 0.7 * slender, 0],
    )
    belly = back * (random.uniform(0.7, 0.95) if lateral else 1.0)
    trunk = axis.part(joint, 1.0)
    sheet.fill(trunk.outline(back, belly), density, roundness=0.55)
    sheet.rim(trunk.outline(back, belly), 0.012, 0.3)
    _segments(sheet, random, trunk, back, belly)
    _gut(sheet, random, trunk, slender)
    if random.random() < oil:
        _oil_sac(sheet, random, trunk, slender)
    sheet.fill(oval(trunk.at(0.93, -0.2 * slender), 0.018), 0.9)
    sheet.mottle(random, 0.16, 0.05)


def _segments(sheet: Sheet, random: Random, trunk: Axis, back: Floats, belly: Floats) -> None:
    for position in (0.08, 0.17, 0.27, 0.38, 0.55):
        shift = position + random.normal(0, 0.01)
        row = round(shift * (len(back) - 1))
        across = [trunk.at(shift - 0.03, back[row]), trunk.at(shift, 0), trunk.at(shift - 0.03, -belly[row])]
        sheet.stroke(np.array(across), 0.008, random.uniform(0.05, 0.3))


def _gut(sheet: Sheet, random: Random, trunk: Axis, slender: float) -> None:
    start, stop = random.uniform(0.05, 0.35), random.uniform(0.6, 0.9)
    half = widths([0, 0.5, 0.8, 1], [0.1 * slender, 0.2 * slender, random.uniform(0.25, 0.5) * slender, 0])
    sheet.fill(trunk.part(start, stop).outline(half), random.uniform(0.1, 0.8), soft=0.012)


def _oil_sac(sheet: Sheet, random: Random, trunk: Axis, slender: float) -> None:
    stretch = trunk.part(random.uniform(0.12, 0.25), random.uniform(0.45, 0.7))
    sac = stretch.outline(widths([0, 0.5, 1], [0, random.uniform(0.3, 0.55) * slender, 0]))
    sheet.lighten(sac, random.uniform(0.35, 0.6), soft=0.006)
    sheet.rim(sac, 0.01, 0.3)


def _abdomen(sheet: Sheet, random: Random, tail: Axis, density: float, slender: float) -> None:
    n_segments = random.integers(3, 6)
    knots = np.linspace(0, 1, 2 * n_segments + 1)
    half = slender * np.where(np.arange(len(knots)) % 2, 0.29, 0.2) * np.linspace(0.8, 1.1, len(knots))
    half[0] = 0.12 * slender
    stretch = tail.part(0.25, 1.0)
    sheet.fill(stretch.outline(widths(knots, half)), density * 0.9, roundness=0.3)
    for side in (-1, 1):
        root = stretch.at(0.02, side * 0.12 * slender)
        away = stretch.heading(0.0) + np.pi - side * random.uniform(0.05, 0.25)
        ramus = limb(root, away, 0.06)
        sheet.stroke(ramus, 0.03, density, tip=0.02)
        for spread in np.linspace(-0.25, 0.35, 4):
            seta = limb(ramus[-1], away - side * spread, random.uniform(0.07, 0.15), -side * spread)
            sheet.stroke(seta, 0.009, 0.5, tip=0.003)


def _antenna(sheet: Sheet, random: Random, start: Floats, heading: float, length: float, bend: float) -> None:
    line = limb(start, heading, length, bend)
    sheet.stroke(line, 0.024, random.uniform(0.55, 0.85), tip=0.008)
    turn = np.sign(bend) or 1.0
    for index in (-1, -2, -4):
        seta = limb(line[index], heading + bend + turn * random.uniform(0.1, 0.7), 0.07)
        sheet.stroke(seta, 0.006, 0.4, tip=0.003)


def _spread_antennae(sheet: Sheet, random: Random, axis: Axis, length: float, slender: float) -> None:
    folded = random.random() < 0.4
    for side in (-1, 1):
        start = axis.at(0.95, side * 0.45 * slender)
        away = random.uniform(2.3, 2.7) if folded else random.uniform(1.2, 1.75)
        heading = axis.heading(0.95) + side * away
        bend = side * (random.uniform(0.35, 0.75) if folded else random.normal(0.15, 0.35))
        _antenna(sheet, random, start, heading, length * random.uniform(0.85, 1.05), bend)
        for _ in range(2):
            mouthpart = limb(
                axis.at(0.9, side * slender * 0.6), axis.heading(0.9) + side * random.uniform(0.4, 1.1), 0.13
            )
            sheet.stroke(mouthpart, 0.016, 0.4, tip=0.005)


def _lateral_antennae(sheet: Sheet, random: Random, axis: Axis, length: float, slender: float) -> None:
    away = random.choice(
        [random.uniform(1.4, 2.0), random.uniform(2.3, 2.75), random.uniform(0.3, 1.0)], p=[0.4, 0.45, 0.15]
    )
    for _ in range(random.integers(1, 3)):
        heading = axis.heading(0.95) - away - random.normal(0, 0.15)
        bend = -random.uniform(0.1, 0.6) if away < 2.2 else random.uniform(-0.5, -0.1)
        _antenna(
            sheet, random, axis.at(0.95, -0.4 * slender), heading, length * random.uniform(0.9, 1.0), bend
        )


def _swimming_legs(sheet: Sheet, random: Random, axis: Axis, joint: float, slender: float) -> None:
    sweep = random.uniform(1.9, 2.9)
    for position in np.linspace(joint + 0.1, joint + 0.36, 5):
        start = axis.at(position, -0.6 * slender)
        leg = limb(
            start, axis.heading(position) - sweep + random.normal(0, 0.1), random.uniform(0.14, 0.2), -0.35
        )
        sheet.stroke(leg, 0.03, 0.45, tip=0.008)
    for position in (joint + 0.44, joint + 0.5, joint + 0.55):
        start = axis.at(position, -0.5 * slender)
        mouthpart = limb(
            start, axis.heading(position) - random.uniform(1.0, 2.0), random.uniform(0.1, 0.19), -0.6
        )
        sheet.stroke(mouthpart, 0.025, 0.4, tip=0.006)


def cyclopoid(sheet: Sheet, random: Random) -> None:
    """Draw a small round copepod with short antennae, two in three with paired egg sacs."""
    axis = bent_axis(bend=random.normal(0, 0.2))
    broad = random.uniform(0.17, 0.25)
    density = random.uniform(0.6, 1.1)
    joint = random.uniform(0.4, 0.5)
    trunk = axis.part(joint, 1.0)
    for side in (-1, 1):
        heading = axis.heading(0.95) + side * random.uniform(0.6, 1.5)
        _antenna(
            sheet,
            random,
            axis.at(0.94, side * 0.4 * broad),
            heading,
            random.uniform(0.25, 0.42),
            side * random.uniform(0.3, 1.3),
        )
    _abdomen(sheet, random, axis.part(0.0, joint + 0.05), density, broad * 0.9)
    body = trunk.outline(
        widths([0, 0.1, 0.35, 0.6, 0.85, 1], [0.4 * broad, 0.6 * broad, 0.85 * broad, broad, 0.75 * broad, 0])
    )
    sheet.fill(body, density, roundness=0.6)
    sheet.rim(body, 0.015, 0.3)
    for position in (0.12, 0.26, 0.42):
        sheet.stroke(
            np.array([trunk.at(position, 0.75 * broad), trunk.at(position, -0.75 * broad)]), 0.01, 0.25
        )
    sheet.fill(oval(trunk.at(0.9), 0.025), 0.8)
    if random.random() < 0.65:
        _egg_sacs(sheet, random, axis, joint, broad)
    sheet.mottle(random, 0.2, 0.06)


def _egg_sacs(sheet: Sheet, random: Random, axis: Axis, joint: float, broad: float) -> None:
    long, short = random.uniform(0.14, 0.2), random.uniform(0.06, 0.085)
    for side in (-1, 1):
        spread = random.uniform(0.05, 0.5)
        heading = axis.heading(joint) + np.pi - side * spread
        centre = axis.at(joint - 0.05, side * 0.5 * broad) + long * np.array(
            [np.cos(heading), np.sin(heading)]
        )
        sheet.fill(oval(centre, long, short, heading), random.uniform(0.5, 0.8), roundness=0.5)
        for _ in range(9):
            spot = centre + random.uniform(-0.7, 0.7, 2) @ _turned(long, short, heading)
            sheet.fill(oval(spot, 0.026), 0.35)


def _turned(long: float, short: float, heading: float) -> Floats:
    return np.array(
        [
            [long * np.cos(heading), long * np.sin(heading)],
            [-short * np.sin(heading), short * np.cos(heading)],
        ]
    )


def nauplius(sheet: Sheet, random: Random) -> None:
    """Draw a nauplius: pear-shaped, three pairs of limbs, one eye."""
    axis = bent_axis(0.9, bend=random.normal(0, 0.15))
    broad = random.uniform(0.26, 0.36)
    density = random.uniform(0.5, 0.9)
    for position, length, sweep in ((0.85, 0.34, 0.7), (0.7, 0.42, 1.3), (0.56, 0.32, 1.9)):
        for side in (-1, 1):
            start = axis.at(position, side * 0.7 * broad)
            heading = axis.heading(position) + side * (sweep + random.normal(0, 0.35))
            line = limb(start, heading, length * random.uniform(0.7, 1.1), side * random.uniform(0, 1.6))
            sheet.stroke(line, 0.065, 0.6, tip=0.022)
            for spread in (-0.4, 0.1, 0.5):
                sheet.stroke(
                    limb(line[-2], heading + spread + side * 0.5, random.uniform(0.1, 0.24)),
                    0.012,
                    0.4,
                    tip=0.005,
                )
    body = axis.outline(
        widths([0, 0.12, 0.4, 0.7, 0.9, 1], [0.05 * broad, 0.45 * broad, 0.85 * broad, broad, 0.7 * broad, 0])
    )
    sheet.fill(body, density, roundness=0.6)
    sheet.rim(body, 0.02, 0.3)
    for side in (-1, 1):
        sheet.stroke(
            limb(axis.at(0.03, side * 0.03), axis.heading(0) + np.pi - side * 0.2, 0.16), 0.02, 0.5, tip=0.006
        )
    sheet.fill(oval(axis.at(0.88), 0.045), 0.9)
    sheet.fill(oval(axis.at(0.42), 0.2, 0.45 * broad, axis.heading(0.4)), random.uniform(0.1, 0.6), soft=0.04)
    sheet.mottle(random, 0.2, 0.1)
