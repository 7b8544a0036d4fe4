"""Small projects with volumes: EcoTaxa tables written by hand, and members put where a test wants them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

import morphoexplore as mx
from morphoexplore import review


def write_table(folder: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write rows as an EcoTaxa table without images; return its file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "ecotaxa_table.tsv"
    pd.DataFrame(rows).to_csv(path, sep="\t", index=False, encoding="utf-8-sig")
    return path


def add_rows(folder: Path, rows: Sequence[Mapping[str, Any]]) -> mx.Project:
    """Make a project of rows of an EcoTaxa table."""
    project = mx.create_project(folder / "study", user="ana")
    mx.add(project, write_table(folder / "source", rows))
    return project


def zooscan_rows() -> list[dict[str, Any]]:
    """Return two ZooScan samples: one in two size fractions, one in one; 2 + 3 + 4 objects of area 100, 110, ..."""
    nets = [
        # sample, fraction, objects, sub_part, tot_vol (m3)
        ("net_1", "net_1_d1", 2, 4, 250.0),
        ("net_1", "net_1_d2", 3, 16, 250.0),
        ("net_2", "net_2_tot", 4, 8, 100.0),
    ]
    rows: list[dict[str, Any]] = []
    for sample, acquisition, count, sub_part, tot_vol in nets:
        for _ in range(count):
            rows.append(
                {
                    "object_id": f"o{len(rows)}",
                    "object_date": "20200501" if sample == "net_1" else "20200601",
                    "object_depth_min": 0,
                    "object_depth_max": 75,
                    "object_area": 100 + 10 * len(rows),
                    "sample_id": sample,
                    "sample_tot_vol": tot_vol,
                    "acq_id": acquisition,
                    "acq_sub_part": sub_part,
                    "process_id": f"process_{acquisition}",
                    "process_particle_pixel_size_mm": 0.0106,
                }
            )
    return rows


def put(project: mx.Project, members: Mapping[str, Sequence[int]]) -> dict[str, int]:
    """Make morphs by name of objects by number, all of them seen and right; return the number of each morph."""
    made = {}
    for name, numbers in members.items():
        node_id = review.make_morph(project, name=name)
        review.grow(project, node_id, numbers, shown=list(numbers))
        made[name] = node_id
    return made
