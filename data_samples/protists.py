"""Drawn protists: diatom chains, horned dinoflagellates, radiolarians, foraminifers."""

from __future__ import annotations

import numpy as np
from sheet import Random, Sheet, bent_axis, limb, lump, oval, widths


def diatom_chain(sheet: Sheet, random: Random) -> None:
    """Draw a chain of diatoms: square cells with gaps, four long bristles per cell or none."""
    axis = bent_axis(bend=random.normal(0, 0.8), wave=random.normal(0, 0.15))
    n_cells = int(random.integers(6, 17))
    broad = random.uniform(0.03, 0.055)
    bristles = random.uniform(0.15, 0.34) if random.random() < 0.75 else 0.0
    density = random.uniform(0.45, 0.95)
    edges = np.linspace(0, 1, n_cells + 1)
    gap = random.uniform(0.1, 0.3) / n_cells
    for start, stop in zip(edges[:-1], edges[1:] - gap, strict=True):
        cell = axis.part(start, stop)
        hollow = widths([0, 0.06, 0.5, 0.94, 1], [0.75 * broad, broad, broad * 0.93, broad, 0.75 * broad])
        sheet.fill(cell.outline(hollow), density * 0.6)
        sheet.rim(cell.outline(hollow), 0.008, 0.4)
        sheet.fill(
            lump(random, cell.at(0.5, random.normal(0, 0.1) * broad), 0.55 * broad, 0.3), density, soft=0.006
        )
        for side in (-1, 1) if bristles else ():
            for place, lean in ((0.02, 0.25), (0.98, -0.25)):
                heading = axis.heading(start) + side * (np.pi / 2 + lean + random.normal(0, 0.15))
                bristle = limb(
                    cell.at(place, side * broad),
                    heading,
                    bristles * random.uniform(0.6, 1.1),
                    random.normal(0, 0.5),
                )
                sheet.stroke(bristle, 0.008, 0.45, tip=0.004)
    sheet.mottle(random, 0.2, 0.04)


def ceratium(sheet: Sheet, random: Random) -> None:
    """Draw a horned dinoflagellate: one horn in front, two behind that curve forward like an anchor."""
    density = random.uniform(0.7, 1.2)
    body = random.uniform(0.085, 0.12)
    sheet.fill(lump(random, [0, 0], body, 0.08, stretch=1.1), density, roundness=0.5)
    front = limb([body * 0.4, 0], random.normal(0, 0.08), random.uniform(0.45, 0.7), random.normal(0, 0.2))
    sheet.stroke(front, body * 0.95, density * 0.85, tip=0.012)
    opening = random.uniform(1.7, 2.6)
    curl = random.uniform(0.2, 2.2)
    for side in (-1, 1):
        heading = side * (opening + random.normal(0, 0.12))
        horn = limb(
            [-0.3 * body, side * body * 0.5],
            heading,
            random.uniform(0.3, 0.62),
            -side * curl * random.uniform(0.7, 1.2),
        )
        sheet.stroke(horn, body * 0.65, density * 0.85, tip=0.012)
    sheet.stroke(np.array([[-0.1 * body, -body], [0.05 * body, 0], [-0.1 * body, body]]), 0.018, 0.3)
    sheet.mottle(random, 0.15, 0.05)


def radiolarian(sheet: Sheet, random: Random) -> None:
    """Draw a radiolarian: dark core, latticed shell, radial spines; or only core and spines."""
    shell = random.uniform(0.2, 0.34)
    n_spines = int(random.integers(8, 34))
    reach = random.uniform(0.42, 0.55)
    for turn in np.linspace(0, 2 * np.pi, n_spines, endpoint=False) + random.normal(0, 0.1, n_spines):
        tip = reach * random.uniform(0.75, 1.05) * np.array([np.cos(turn), np.sin(turn)])
        sheet.stroke(np.array([tip * 0.25, tip * 0.7, tip]), 0.022, 0.55, tip=0.006)
    sheet.fill(oval([0, 0], reach * 0.8), random.uniform(0.0, 0.14), soft=0.06)
    if random.random() < 0.7:
        sheet.fill(oval([0, 0], shell), random.uniform(0.2, 0.5), roundness=0.3)
        sheet.rim(oval([0, 0], shell), 0.03, 0.4)
        _pores(sheet, random, shell)
    core = shell * random.uniform(0.4, 0.75)
    sheet.fill(lump(random, [0, 0], core, 0.06), random.uniform(0.5, 1.3), roundness=0.5, soft=0.01)
    sheet.mottle(random, 0.18, 0.06)


def _pores(sheet: Sheet, random: Random, shell: float) -> None:
    spacing = random.uniform(0.06, 0.085)
    for row in np.arange(-shell, shell, spacing * 0.87):
        odd = round(row / (spacing * 0.87)) % 2
        for place in np.arange(-shell + odd * spacing / 2, shell, spacing):
            if np.hypot(row, place) < shell * 0.9:
                sheet.lighten(oval([place, row], spacing * 0.3, n=12), 0.45)


def foraminifer(sheet: Sheet, random: Random) -> None:
    """Draw a planktonic foraminifer: dark round chambers that grow along a spiral, often with a halo of spines."""
    n_chambers = int(random.integers(4, 8))
    turn = random.uniform(0, 2 * np.pi)
    radius = random.uniform(0.07, 0.1)
    growth = random.uniform(1.15, 1.3)
    density = random.uniform(0.8, 1.5)
    if random.random() < 0.6:
        for heading in random.uniform(0, 2 * np.pi, random.integers(20, 60)):
            root = 0.22 * np.array([np.cos(heading), np.sin(heading)])
            sheet.stroke(limb(root, heading, random.uniform(0.12, 0.34)), 0.008, 0.35, tip=0.004)
    for _ in range(n_chambers):
        centre = radius * 0.95 * np.array([np.cos(turn), np.sin(turn)])
        chamber = lump(random, centre, radius, 0.05)
        sheet.lighten(chamber, 0.45)
        sheet.fill(chamber, density, roundness=0.55)
        sheet.rim(chamber, 0.014, 0.3)
        turn += random.uniform(1.1, 1.5)
        radius *= growth
    sheet.mottle(random, 0.15, 0.04)
