"""Drawn polychaetes, pteropods, fish eggs and fish larvae."""

from __future__ import annotations

import numpy as np
from sheet import Axis, Floats, Random, Sheet, bent_axis, limb, lump, oval, widths


def polychaete(sheet: Sheet, random: Random) -> None:
    """Draw a polychaete: a bent body of many segments with bristled feet on both sides."""
    axis = bent_axis(bend=random.normal(0, 1.1), wave=random.normal(0, 0.5), phase=random.uniform(0, 6))
    n_segments = int(random.integers(12, 26))
    broad = random.uniform(0.04, 0.065)
    density = random.uniform(0.5, 0.9)
    shape = widths([0, 0.2, 0.7, 0.94, 1], [0.25 * broad, 0.75 * broad, broad, 0.8 * broad, 0])
    foot_length, bristle = random.uniform(0.03, 0.07), random.uniform(0.03, 0.12)
    for place in np.linspace(0.04, 0.92, n_segments):
        size = shape[round(place * 47)] / broad
        for side in (-1, 1):
            heading = axis.heading(place) + side * random.normal(1.75, 0.15)
            foot = limb(axis.at(place, side * 0.8 * size * broad), heading, foot_length * size)
            sheet.stroke(foot, 0.6 / n_segments, density * 0.9, tip=0.012)
            for spread in (-0.3, 0.0, 0.3):
                sheet.stroke(limb(foot[-1], heading + spread, bristle * size), 0.006, 0.4, tip=0.003)
    sheet.fill(
        axis.outline(shape * (1 + 0.07 * np.cos(np.linspace(0, 2 * np.pi * n_segments, 48)))),
        density,
        roundness=0.5,
    )
    for place in np.linspace(0.06, 0.9, n_segments):
        half = shape[round(place * 47)]
        sheet.stroke(np.array([axis.at(place, half), axis.at(place, -half)]), 0.008, 0.3)
    sheet.stroke(axis.part(0.05, 0.85).line, broad * 0.6, random.uniform(0.1, 0.5), soft=0.006)
    for lean in (-0.6, -0.2, 0.2, 0.6):
        sheet.stroke(
            limb(axis.at(0.97, lean * 0.03), axis.heading(1.0) + lean, random.uniform(0.05, 0.1), lean),
            0.016,
            0.5,
            tip=0.006,
        )
    for side in (-1, 1):
        sheet.fill(oval(axis.at(0.95, side * 0.4 * broad), 0.011), 1.0)
    sheet.mottle(random, 0.2, 0.04)


def pteropod(sheet: Sheet, random: Random) -> None:
    """Draw a pteropod: a dark coiled shell, sometimes with its two wings out."""
    density = random.uniform(0.7, 1.3)
    turns = random.uniform(2.3, 3.2)
    if random.random() < 0.35:
        for side in (-1, 1):
            wing = bent_axis(0.5, bend=side * 0.5)
            blade = wing.outline(widths([0, 0.3, 0.8, 1], [0.03, 0.07, 0.11, 0])) @ _turn(
                side * random.uniform(0.5, 1.1)
            )
            sheet.fill(blade + np.array([0.33, side * 0.2]), random.uniform(0.3, 0.5), roundness=0.3)
    angle = np.linspace(0, 2 * np.pi * turns, 140)
    outer = 0.36 * np.exp(-0.22 * angle * random.uniform(0.8, 1.0))
    line = np.stack([outer * np.cos(angle), outer * np.sin(angle)], axis=1)
    last = int(np.searchsorted(angle, random.uniform(5.0, 5.6)))
    along = np.linspace(0, 1, 16)[:, None]
    lip = np.array([random.uniform(0.36, 0.46), random.uniform(-0.4, -0.25)])
    aperture = (1 - along) ** 2 * line[last] + 2 * along * (1 - along) * lip + along**2 * line[0]
    shell = np.concatenate([line[:last], aperture])
    sheet.fill(shell, density, roundness=0.5)
    sheet.fill(lump(random, [0.3, -0.14], 0.09, 0.15), random.uniform(0.1, 0.5), soft=0.015)
    sheet.stroke(line, 0.03, random.uniform(0.35, 0.7), tip=0.012)
    sheet.stroke(line * 0.86, 0.03, -0.25, tip=0.01, soft=0.01)
    sheet.rim(shell, 0.02, 0.3)
    sheet.mottle(random, 0.15, 0.05)


def _turn(angle: float) -> Floats:
    return np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])


def fish_egg(sheet: Sheet, random: Random) -> None:
    """Draw a fish egg: a clear ball with a thin shell, yolk and sometimes an embryo; the empty ones look like bubbles."""
    emptiness = random.beta(0.8, 1.6)
    shell = oval([0, 0], 0.5, 0.5 * random.uniform(0.93, 1.0), n=80)
    sheet.fill(shell, random.uniform(0.1, 0.25) * (1 - 0.5 * emptiness))
    sheet.rim(shell * 0.975, 0.03 + 0.045 * emptiness, random.uniform(0.4, 0.7) + 0.5 * emptiness)
    if emptiness < 0.75:
        yolk_at = random.normal(0, 0.03, 2)
        yolk = random.uniform(0.34, 0.44) * (1 - 0.3 * emptiness)
        sheet.fill(lump(random, yolk_at, yolk, 0.03), random.uniform(0.15, 0.5), roundness=0.35)
        sheet.rim(oval(yolk_at, yolk), 0.012, 0.2)
        for _ in range(random.integers(0, 3)):
            drop = yolk_at + random.uniform(-0.2, 0.2, 2)
            sheet.rim(oval(drop, random.uniform(0.05, 0.08)), 0.022, 0.55)
        if random.random() < 0.55:
            _embryo(sheet, random, yolk_at, yolk)
    sheet.lighten(oval([0.12, 0.14], 0.07), 0.4, soft=0.05)
    sheet.mottle(random, 0.15, 0.08)


def _embryo(sheet: Sheet, random: Random, yolk_at: Floats, yolk: float) -> None:
    angle = np.linspace(0, random.uniform(2.2, 5.0), 40) + random.uniform(0, 6)
    line = yolk_at + 0.92 * yolk * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    sheet.stroke(line, random.uniform(0.09, 0.13), random.uniform(0.5, 0.9), tip=0.03)
    sheet.fill(oval(line[3], 0.07), 0.4)
    sheet.fill(oval(line[2], 0.035), random.uniform(0.3, 1.2))


def fish_larva(sheet: Sheet, random: Random) -> None:
    """Draw a fish larva: large head and eye, gut or yolk sac, tapering tail in a faint fin fold."""
    axis = bent_axis(bend=random.normal(0, 0.5), wave=random.normal(0, 0.2))
    density = random.uniform(0.35, 0.65)
    deep = random.uniform(0.055, 0.085)
    fold = axis.part(0.0, 0.72).outline(widths([0, 0.1, 0.6, 1], [0, 0.85 * deep, 0.85 * deep, 0.6 * deep]))
    sheet.fill(fold, random.uniform(0.15, 0.25), soft=0.006)
    shape = widths(
        [0, 0.3, 0.65, 0.85, 0.95, 1], [0.08 * deep, 0.35 * deep, 0.65 * deep, deep, 0.75 * deep, 0]
    )
    body = axis.part(0.04, 1.0)
    sheet.fill(body.outline(shape, shape * 0.85), density, roundness=0.35)
    sheet.rim(body.outline(shape, shape * 0.85), 0.008, 0.3)
    _belly(sheet, random, axis, deep)
    for place in np.linspace(0.1, 0.68, 24):
        half = 0.45 * deep * (0.35 + place)
        chevron = np.array([axis.at(place - 0.02, half), axis.at(place, 0), axis.at(place - 0.02, -half)])
        sheet.stroke(chevron, 0.005, 0.22)
    eye = axis.at(0.915, 0.15 * deep)
    sheet.fill(oval(eye, random.uniform(0.034, 0.046), 0.034, axis.heading(0.9)), 1.8)
    sheet.lighten(oval(eye, 0.012), 0.6)
    sheet.stroke(np.array([axis.at(0.985, -0.3 * deep), axis.at(0.93, -0.6 * deep)]), 0.012, 0.4)
    sheet.fill(oval(axis.at(0.8, -0.2 * deep), 0.05, 0.02, axis.heading(0.8) + 0.6), 0.2)
    for place in random.uniform(0.1, 0.8, random.integers(0, 14)):
        sheet.fill(
            lump(random, axis.at(place, random.choice([-0.5, 0.4]) * deep * (0.3 + place)), 0.008, 0.3), 0.9
        )
    sheet.mottle(random, 0.2, 0.04)


def _belly(sheet: Sheet, random: Random, axis: Axis, deep: float) -> None:
    if random.random() < 0.4:
        yolk = oval(
            axis.at(0.76, -1.0 * deep),
            random.uniform(0.08, 0.12),
            random.uniform(0.045, 0.065),
            axis.heading(0.75),
        )
        sheet.fill(yolk, random.uniform(0.25, 0.5), roundness=0.4)
        sheet.rim(yolk, 0.008, 0.3)
    else:
        gut = axis.part(random.uniform(0.35, 0.5), 0.84)
        shifted = gut.line - gut.normals * deep * np.linspace(0.35, 0.75, 48)[:, None]
        sheet.stroke(shifted, 0.03, random.uniform(0.3, 0.8), tip=0.06, soft=0.005)
