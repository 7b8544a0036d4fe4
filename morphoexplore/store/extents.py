"""When and how deep the objects of every sample lie."""

from __future__ import annotations

import pandas as pd

from morphoexplore.store.project import Project


def extents(project: Project) -> pd.DataFrame:
    """
    Return the earliest and latest time and the smallest and largest depth of the objects of every sample.

    Returns
    -------
    extents : DataFrame
        Index ``sample``; ``first, last`` (text as stored: ISO, a date alone where no time of day is known; None without);
        ``latitude, longitude`` (means, degrees), ``depth_min, depth_max`` (m), NaN where unknown.
    """
    with project.read() as conn:
        rows = conn.execute(
            "SELECT s.name, min(datetime), max(datetime), avg(latitude), avg(longitude), min(depth_min), max(depth_max) "
            "FROM sample s LEFT JOIN acquisition USING (sample_id) LEFT JOIN object USING (acquisition_id) "
            "GROUP BY sample_id"
        ).fetchall()
    numbers = ["latitude", "longitude", "depth_min", "depth_max"]
    table = pd.DataFrame([tuple(row) for row in rows], columns=["sample", "first", "last", *numbers])
    return table.astype(dict.fromkeys(numbers, float)).set_index("sample")
