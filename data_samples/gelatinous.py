"""Drawn gelatinous animals: appendicularians, arrow worms, medusae, siphonophores, comb jellies, doliolids."""

from __future__ import annotations

import numpy as np
from sheet import Floats, Random, Sheet, bent_axis, limb, lump, oval, widths


def appendicularian(sheet: Sheet, random: Random) -> None:
    """Draw an appendicularian: small dark trunk, long curved tail with its muscle band."""
    trunk_length = random.uniform(0.2, 0.3)
    trunk_at = np.array([0.36, 0.0])
    density = random.uniform(0.5, 0.95)
    tail = limb(
        trunk_at - np.array([0.02, 0.04]),
        random.uniform(2.6, 4.6),
        random.uniform(0.75, 1.05),
        random.normal(0, 0.9),
        n=48,
    )
    sway = np.sin(np.linspace(0, random.uniform(2, 6), 48))[:, None] * random.normal(0, 0.05, 2)
    tail = tail + sway - sway[0]
    steps = np.gradient(tail, axis=0)
    normals = np.stack([-steps[:, 1], steps[:, 0]], axis=1) / np.hypot(*steps.T)[:, None]
    half = widths([0, 0.12, 0.5, 0.85, 1], [0.025, 0.055, 0.06, 0.04, 0.0])[:, None] * random.uniform(
        0.6, 1.1
    )
    fin = np.concatenate([tail + normals * half, (tail - normals * half)[::-1]])
    sheet.fill(fin, density * random.uniform(0.35, 0.6))
    sheet.stroke(tail, 0.045, density * 0.5, tip=0.015)
    sheet.stroke(tail, 0.012, 0.35, tip=0.006)
    trunk = bent_axis(trunk_length, bend=random.normal(0, 0.4))
    shape = (
        trunk.outline(
            widths([0, 0.2, 0.6, 0.9, 1], [0.05, 0.085, 0.075, 0.05, 0.02]) * random.uniform(0.8, 1.15)
        )
        + trunk_at
    )
    sheet.fill(shape, density, roundness=0.5)
    sheet.rim(shape, 0.012, 0.2)
    for position in (0.2, random.uniform(0.3, 0.45)):
        sheet.fill(
            lump(random, trunk.at(position) + trunk_at, random.uniform(0.03, 0.055), 0.2),
            random.uniform(0.4, 1.0),
            soft=0.008,
        )
    if random.random() < 0.15:
        house = lump(random, trunk_at - np.array([0.1, 0]), random.uniform(0.3, 0.4), 0.15)
        sheet.fill(house, random.uniform(0.06, 0.13), soft=0.01)
        sheet.rim(house, 0.012, 0.12)
    sheet.mottle(random, 0.2, 0.05)


def chaetognath(sheet: Sheet, random: Random) -> None:
    """Draw an arrow worm: long transparent body, hooked head, faint fins."""
    axis = bent_axis(
        bend=random.normal(0, 0.45) * random.choice([1, 3], p=[0.85, 0.15]), wave=random.normal(0, 0.15)
    )
    slender = random.uniform(0.015, 0.026)
    density = random.uniform(0.25, 0.65)
    for start, stop in ((0.13, 0.34), (0.4, 0.56)):
        fin = axis.part(start, stop).outline(
            widths([0, 0.35, 1], [0.7 * slender, slender * 2.0, slender * 0.8])
        )
        sheet.fill(fin, random.uniform(0.2, 0.32), soft=0.004)
    fan = axis.part(0.0, 0.1).outline(widths([0, 0.12, 1], [slender * 0.9, slender * 1.8, slender * 0.3]))
    sheet.fill(fan, 0.25, soft=0.003)
    body = axis.part(0.02, 0.95).outline(
        widths(
            [0, 0.3, 0.6, 0.93, 1], [0.25 * slender, 0.85 * slender, slender, 0.75 * slender, 0.6 * slender]
        )
    )
    sheet.fill(body, density, roundness=0.4)
    sheet.rim(body, 0.005, 0.35)
    head = oval(axis.at(0.965), 0.03, slender * random.uniform(0.85, 1.2), axis.heading(0.96))
    sheet.fill(head, density * 1.5, roundness=0.3)
    for side in (-1, 1):
        for spread in (0.3, 0.6, 0.9):
            hook = limb(
                axis.at(0.98, side * 0.6 * slender), axis.heading(0.97) + side * spread, 0.03, -side * 1.4
            )
            sheet.stroke(hook, 0.007, 0.6, tip=0.003)
    sheet.stroke(axis.part(0.3, 0.94).line, 0.010, random.uniform(0.15, 0.5))
    if random.random() < 0.5:
        sheet.fill(
            axis.part(0.32, random.uniform(0.42, 0.55)).outline(np.full(48, slender * 0.5)),
            random.uniform(0.3, 0.7),
            soft=0.004,
        )
    if random.random() < 0.3:
        sheet.fill(
            oval(axis.at(random.uniform(0.45, 0.8)), 0.04, slender * 0.8, axis.heading(0.6)),
            random.uniform(0.5, 1.1),
            soft=0.006,
        )
    sheet.mottle(random, 0.13, 0.03)


def medusa(sheet: Sheet, random: Random) -> None:
    """Draw a small medusa, from the side with trailing tentacles or from above with its four canals."""
    if random.random() < 0.62:
        _medusa_from_the_side(sheet, random)
    else:
        _medusa_from_above(sheet, random)
    sheet.mottle(random, 0.2, 0.06)


def _medusa_from_the_side(sheet: Sheet, random: Random) -> None:
    high, broad = random.uniform(0.42, 0.7), random.uniform(0.3, 0.4)
    jelly = random.uniform(0.12, 0.32)
    turn = np.linspace(-1, 1, 40)
    dome = np.stack(
        [0.45 - high * np.abs(turn) ** random.uniform(2.0, 3.2), broad * np.sin(turn * np.pi / 2)], axis=1
    )
    margin = np.stack([dome[-1, 0] + 0.03 * np.cos(turn * np.pi), -broad * turn], axis=1)
    bell = np.concatenate([dome, margin])
    sheet.fill(bell, jelly, roundness=0.2)
    sheet.stroke(dome, 0.03, jelly * 1.6)
    cavity = dome * np.array([0.78, 0.76]) + np.array([0.02, 0])
    sheet.stroke(cavity, 0.014, 0.35)
    sheet.stroke(margin, 0.03, 0.55)
    stomach = limb([0.45 - 0.22 * high, 0], np.pi, high * random.uniform(0.4, 0.9), random.normal(0, 0.2))
    sheet.stroke(stomach, 0.10, random.uniform(0.4, 0.9), tip=0.05)
    for side in (-0.5, 0.5):
        canal = limb([0.45 - 0.2 * high, 0], np.pi - 2.6 * side * broad / high, high * 0.8, side * 0.9)
        sheet.stroke(canal, 0.016, 0.3)
    for place in np.linspace(-0.95, 0.95, random.integers(4, 14)):
        start = [dome[-1, 0] + 0.02, broad * place]
        sheet.fill(oval(start, 0.02), 0.6)
        tentacle = limb(
            start, np.pi + random.normal(0, 0.35), random.uniform(0.1, 0.55), random.normal(0, 1.3)
        )
        sheet.stroke(tentacle, 0.022, 0.5, tip=0.008)


def _medusa_from_above(sheet: Sheet, random: Random) -> None:
    squash = random.uniform(0.75, 1.0)
    jelly = random.uniform(0.15, 0.35)
    disc = oval([0, 0], 0.4, 0.4 * squash)
    for turn in np.linspace(0, 2 * np.pi, random.integers(8, 30), endpoint=False):
        start = np.array([0.4 * np.cos(turn), 0.4 * squash * np.sin(turn)])
        tentacle = limb(
            start, turn + random.normal(0, 0.4), random.uniform(0.04, 0.22), random.normal(0, 1.2)
        )
        sheet.stroke(tentacle, 0.022, 0.5, tip=0.01)
    sheet.fill(disc, jelly)
    sheet.rim(disc, 0.03, 0.55)
    sheet.rim(disc * 0.9, 0.012, 0.2)
    first = random.uniform(0, np.pi / 2)
    for turn in first + np.arange(4) * np.pi / 2:
        tip = np.array([0.38 * np.cos(turn), 0.38 * squash * np.sin(turn)])
        sheet.stroke(np.array([[0, 0], tip]), 0.022, 0.4)
        sheet.fill(oval(tip * 0.62, 0.075, 0.035, turn), random.uniform(0.2, 0.8), roundness=0.4)
    sheet.fill(lump(random, [0, 0], 0.085, 0.15), 0.6, roundness=0.4)


def siphonophore_bell(sheet: Sheet, random: Random) -> None:
    """Draw a swimming bell of a siphonophore: a transparent pointed prism with cavity and oil body."""
    broad = random.uniform(0.2, 0.28)
    jelly = random.uniform(0.12, 0.28)
    axis = bent_axis(bend=random.normal(0, 0.15))
    left = widths([0, 0.04, 0.3, 0.7, 1], [0.75 * broad, 0.95 * broad, broad, 0.62 * broad, 0])
    right = widths([0, 0.05, 0.3, 0.7, 1], [0.85 * broad, broad, broad * 1.05, 0.6 * broad, 0])
    bell = axis.outline(left, right)
    sheet.fill(bell, jelly, roundness=0.25)
    sheet.rim(bell, 0.016, 0.5)
    for lean in (-0.35, random.uniform(-0.1, 0.5)):
        ridge = np.array(
            [axis.at(s, lean * broad * min(1.0, 2.2 * (1 - s))) for s in np.linspace(0.0, 0.98, 20)]
        )
        sheet.stroke(ridge, 0.012, 0.3)
    side = random.uniform(0.05, 0.3) * broad
    cavity = axis.part(0.03, random.uniform(0.6, 0.8)).outline(
        widths([0, 0.1, 0.6, 1], [0.45 * broad, 0.55 * broad, 0.42 * broad, 0])
    )
    cavity = cavity + np.array([0, side])
    sheet.fill(cavity, 0.10)
    sheet.rim(cavity, 0.014, 0.38)
    oil = axis.part(random.uniform(0.3, 0.45), random.uniform(0.65, 0.9))
    oil_body = oil.outline(widths([0, 0.5, 0.9, 1], [0.01, 0.025, 0.05, 0])) - np.array([0, 0.55 * broad])
    sheet.fill(oil_body, random.uniform(0.4, 1.0), roundness=0.4)
    for tooth in (-0.8, 0.0, 0.8):
        sheet.stroke(
            limb(axis.at(0.01, tooth * broad), axis.heading(0) + np.pi, random.uniform(0.03, 0.09)),
            0.035,
            0.35,
            tip=0.005,
        )
    if random.random() < 0.4:
        stem = limb(
            axis.at(0.05, -0.3 * broad),
            np.pi + random.normal(0, 0.3),
            random.uniform(0.15, 0.5),
            random.normal(0, 1.0),
        )
        sheet.stroke(stem, 0.025, 0.5, tip=0.015)
        for index in range(4, 20, 4):
            sheet.fill(lump(random, stem[index], random.uniform(0.02, 0.045), 0.25), 0.6, roundness=0.4)
    sheet.mottle(random, 0.22, 0.06)


def ctenophore(sheet: Sheet, random: Random) -> None:
    """Draw a comb jelly: an egg-shaped body with beaded rows of combs, sometimes two tentacles."""
    broad = random.uniform(0.28, 0.4)
    jelly = random.uniform(0.15, 0.35)
    axis = bent_axis(0.9, bend=random.normal(0, 0.1))
    shape = widths([0, 0.12, 0.5, 0.85, 1], [0.25 * broad, 0.7 * broad, broad, 0.75 * broad, 0])
    if random.random() < 0.5:
        for side in (-1, 1):
            tentacle = limb(
                axis.at(0.55, side * broad * 0.5),
                np.pi - side * random.uniform(0.2, 1.2),
                random.uniform(0.6, 0.9),
                side * random.normal(0.3, 0.8),
            )
            sheet.stroke(tentacle, 0.02, 0.5, tip=0.01)
            for index in range(7, 19, 2):
                sheet.stroke(
                    limb(tentacle[index], random.uniform(0, 6.3), random.uniform(0.04, 0.11), 1.0), 0.01, 0.35
                )
    body = axis.outline(shape)
    sheet.fill(body, jelly, roundness=0.5)
    sheet.rim(body, 0.016, 0.3)
    first = random.uniform(0, 0.4)
    for row in np.sin(first + np.linspace(-1.45, 1.15, 6)):
        for place in np.linspace(random.uniform(0.12, 0.2), 0.9, 17):
            half = shape[round(place * 47)]
            sheet.fill(oval(axis.at(place, row * half * 0.94), 0.009, 0.024, axis.heading(place)), 0.65)
    sheet.stroke(
        axis.part(0.2, 0.9).line, random.uniform(0.06, 0.12), random.uniform(0.15, 0.4), tip=0.03, soft=0.01
    )
    for side in (-1, 1):
        sheet.fill(oval(axis.at(0.6, side * 0.35 * broad), 0.09, 0.03), random.uniform(0.1, 0.5), soft=0.01)
    sheet.fill(oval(axis.at(0.95), 0.025), 0.8)
    sheet.mottle(random, 0.22, 0.06)


def doliolid(sheet: Sheet, random: Random) -> None:
    """Draw a doliolid: a clear barrel with muscle hoops and a dark gut."""
    broad = random.uniform(0.26, 0.36)
    jelly = random.uniform(0.1, 0.28)
    axis = bent_axis(0.95, bend=random.normal(0, 0.12))
    shape = widths([0, 0.1, 0.5, 0.9, 1], [0.5 * broad, 0.72 * broad, broad, 0.75 * broad, 0.55 * broad])
    barrel = axis.outline(shape)
    sheet.fill(barrel, jelly, roundness=0.2)
    sheet.rim(barrel, 0.02, 0.4)
    bulge, strength = random.uniform(-0.06, 0.06), random.uniform(0.4, 1.0)
    for place in np.linspace(0.07, 0.93, random.integers(6, 10)):
        half = shape[round(place * 47)]
        hoop = [axis.at(place + bulge * (1 - lean**2), lean * half) for lean in np.linspace(-0.97, 0.97, 12)]
        sheet.stroke(
            np.array(hoop), strength * random.uniform(0.02, 0.034), strength * random.uniform(0.35, 0.6)
        )
    gills: Floats = np.array(
        [axis.at(0.62, 0.6 * broad), axis.at(0.42, 0.1 * broad), axis.at(0.3, -0.5 * broad)]
    )
    sheet.stroke(gills, 0.02, 0.3)
    gut_at = axis.at(random.uniform(0.22, 0.36), -random.uniform(0.2, 0.5) * broad)
    sheet.fill(
        lump(random, gut_at, random.uniform(0.06, 0.1), 0.25, stretch=1.5),
        random.uniform(0.7, 1.5),
        soft=0.008,
    )
    sheet.stroke(limb(gut_at, 0.2, 0.4, 0.3), 0.014, 0.35)
    if random.random() < 0.2:
        sheet.stroke(
            limb(axis.at(0.0, 0.4 * broad), np.pi - 0.3, random.uniform(0.1, 0.3), 0.4), 0.06, 0.4, tip=0.03
        )
    sheet.mottle(random, 0.2, 0.06)
