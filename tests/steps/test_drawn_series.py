"""The seasons and trends that were drawn into the sample data are found, from the project to the table of trends."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pandas as pd
import pytest

import morphoexplore as mx
from morphoexplore.methods import timeseries
from tests import drawn
from tests.made_volumes import add_rows, put

#: Forms of which there are many, and the month that they were drawn to peak in.
PEAKS = {
    "large_calanoid": 4,
    "small_calanoid": 6,
    "cyclopoid": 9,
    "nauplius": 4,
    "cladoceran": 7,
    "ostracod": 11,
    "appendicularian": 5,
    "chaetognath": 9,
    "medusa": 6,
    "doliolid": 8,
    "diatom_chain": 4,
    "ceratium": 8,
    "radiolarian": 12,
    "foraminifer": 1,
}
GELATINOUS = ("appendicularian", "medusa", "doliolid")
NO_FORM = ("aggregate", "faecal_pellet", "fibre", "bubble", "multiple", "out_of_focus", "fragment")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[mx.Project, dict[str, int]]:
    """All drawn objects without their images, every one in the morph of its form."""
    with zipfile.ZipFile(drawn.ARCHIVE) as archive:
        tables = [
            pd.read_csv(
                io.BytesIO(archive.read(name)),
                sep="\t",
                encoding="utf-8-sig",
                skiprows=[1],
                dtype={"object_date": str, "object_time": str},
            )
            for name in archive.namelist()
            if name.endswith(".tsv")
        ]
    rows = pd.concat(tables).drop_duplicates("object_id")
    kept = [name for name in rows if not name.startswith(("img_", "object_annotation"))]
    project = add_rows(tmp_path_factory.mktemp("drawn"), rows[kept].to_dict("records"))
    mx.set_formulas(project, preset="zooscan")
    form = mx.objects(project)["object_id"].map(drawn.truth())
    morphs = put(project, {name: np.flatnonzero(form == name).tolist() for name in sorted(form.unique())})
    for name in NO_FORM:
        mx.review.kind(project, morphs[name], "detritus")
    return project, morphs


@pytest.fixture(scope="module")
def series(study: tuple[mx.Project, dict[str, int]]) -> pd.DataFrame:
    """Series of log concentrations of forms, and of three of them together."""
    project, morphs = study
    table, times = mx.morph_table(project), mx.samples(project)["datetime"]
    amounts = {name: table[morphs[name]] for name in PEAKS}
    amounts["gelatinous"] = table[[morphs[name] for name in GELATINOUS]].sum(axis=1)
    parts = [
        pd.DataFrame({"datetime": times, "index": name, "estimate": timeseries.log_concentration(values)})
        for name, values in amounts.items()
    ]
    return mx.series(pd.concat(parts))


def test_forms_peak_in_the_month_that_they_were_drawn_to(series: pd.DataFrame) -> None:
    found = mx.seasons(series).set_index("index")
    for name, month in PEAKS.items():
        away = abs(found.loc[name, "middle"] - month)
        assert min(away, 12 - away) < 1, name
        assert found.loc[name, "share"] > 0.3, name


def test_trends_are_those_that_were_drawn(series: pd.DataFrame) -> None:
    found = mx.trends(series).set_index("index")
    built_in = {"large_calanoid": np.log10(0.35), "gelatinous": np.log10(4.0)}
    for name, change in built_in.items():
        row = found.loc[name]
        per_decade = change / (35 / 12) * 10
        assert row["p"] < 0.05, name
        assert row["gls_lo"] < per_decade < row["gls_hi"], name
    for name in ("small_calanoid", "cladoceran", "diatom_chain", "radiolarian"):
        assert found.loc[name, "p"] > 0.05, "nothing was drawn into their numbers"


def test_the_table_of_indices_becomes_series_with_trends(study: tuple[mx.Project, dict[str, int]]) -> None:
    project, _ = study
    table = mx.indices(project)
    found = mx.series(table)
    keys = table.groupby(["level", "weight", "index", "q"], dropna=False).ngroups
    assert len(mx.trends(found)) == keys
    assert (found.groupby(["level", "weight", "index", "q"], dropna=False).size() == 36).all()
    richness = found[found["index"] == "richness"]
    assert richness["is_n_dependent"].all()
    usual = richness.groupby("phase")["value"].mean()
    assert usual.loc[[5, 6, 7]].mean() > usual.loc[[12, 1, 2]].mean(), "more forms in summer"


def test_turnover_follows_the_seasons(study: tuple[mx.Project, dict[str, int]]) -> None:
    project, _ = study
    table, times = mx.morph_table(project), mx.samples(project)["datetime"]
    assert len(mx.turnover(table, times)) == 35
    matrix = mx.turnover_matrix(table, times, relative=True).to_numpy()
    rows, columns = np.indices(matrix.shape)
    apart = abs(rows - columns)
    year, half = matrix[apart == 12].mean(), matrix[apart == 6].mean()
    assert year < half, "a year later it is like now, half a year later it is not"
    pooled = mx.series(table, mode="pooled", times=times, volumes=mx.water(project))
    assert len(pooled) == 4 * 36
    assert (pooled["note"] == "").all()
    assert set(mx.groups(project, "mesh")) == {"200"}
