"""Figures of the morphospace, of morphs and of sizes: hulls that name their objects, and cells that stand where they should."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from morphoexplore.figures import (
    COUNTED,
    accumulation,
    axis_density,
    axis_over_time,
    centroid_trajectory,
    dark,
    hill_profiles,
    morphospace,
    morphs_over_time,
    rank_abundance,
    read_id,
    samples_at,
    size_spectrum,
    target_of,
)
from morphoexplore.methods.diversity.curves import accumulation_curves
from morphoexplore.methods.diversity.curves import hill_profiles as profiles_of
from morphoexplore.methods.sizespectra import fit_slope
from morphoexplore.methods.sizespectra import size_spectrum as spectrum_of

TRAP = "<b>x</b><script>alert(1)</script>"


def cloud_of(dates, n=40, *, seed=0):
    """Objects of one bell per sample, the first four of which are its outermost corners."""
    random = np.random.default_rng(seed)
    parts = []
    for place, date in enumerate(dates):
        positions = random.normal(size=(n, 2)).clip(-3, 3)
        positions[:4] = [[-5, -5], [-5, 5], [5, 5], [5, -5]]
        parts.append(
            pd.DataFrame(
                {
                    "object_id": [f"object {place} {row}" for row in range(n)],
                    "sample_id": f"cast {place}",
                    "datetime": date,
                    "weight": 2.0,
                    "pc_1": positions[:, 0],
                    "pc_2": positions[:, 1],
                    "esd": np.exp(positions[:, 0]),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def counts_of(dates, n_morphs=5):
    rows = [
        {
            "sample": f"cast {place}",
            "datetime": date,
            "node_id": morph,
            "title": f"morph {morph}",
            "count": 2 ** (n_morphs - morph),
        }
        for place, date in enumerate(dates)
        for morph in range(n_morphs)
    ]
    unsorted = [
        {"sample": f"cast {place}", "datetime": date, "node_id": None, "title": None, "count": 7}
        for place, date in enumerate(dates)
    ]
    return pd.DataFrame(rows + unsorted)


def named(figure, name):
    return [trace for trace in figure.data if trace.name == name]


DAYS = ["2019-04-01", "2019-04-02", "2019-06-03", "2020-06-04"]


# -------------------------------------------------------------------------------------- morphospace


def test_a_panel_per_month_of_all_years():
    figure = morphospace(cloud_of(DAYS))
    titles = [note.text for note in figure.layout.annotations]
    assert titles == ["Apr \u2013 80 objects", "Jun \u2013 80 objects"]
    assert sum(trace.type == "contour" for trace in figure.data) == 2
    assert figure.layout.xaxis.title.text == "PC 1"


def test_corners_of_the_hull_name_their_objects():
    figure = morphospace(cloud_of(DAYS[:1]), by="sample")
    (corners,) = named(figure, "objects at its corners")
    assert {target_of(one) for one in corners.ids} == {("object", f"object 0 {row}") for row in range(4)}
    (hull,) = named(figure, "hull")
    assert (len(hull.x), hull.x[0]) == (5, hull.x[-1])


def test_corners_in_all_dimensions_can_be_given():
    chosen = pd.DataFrame({"object_id": ["object 0 7", "object 1 9"]})
    figure = morphospace(cloud_of(DAYS), by="sample", vertices=chosen)
    marks = named(figure, "objects that define the richness")
    assert [list(trace.ids) for trace in marks] == [["object:object 0 7"], ["object:object 1 9"]]


def test_the_centroid_is_weighted():
    cloud = cloud_of(DAYS[:1])
    cloud.loc[2, "weight"] = 1e9
    (centre,) = named(morphospace(cloud), "centroid")
    assert (centre.x[0], centre.y[0]) == pytest.approx((5, 5), abs=1e-4)


def test_contours_hold_half_and_nine_tenths_of_the_weight():
    figure = morphospace(cloud_of(DAYS[:1], n=4000))
    (contour,) = (trace for trace in figure.data if trace.type == "contour")
    assert (contour.contours.start, contour.contours.end) == (50, 90)
    cloud = cloud_of(DAYS[:1], n=4000)
    inside = np.array(contour.z)
    column = np.abs(np.subtract.outer(cloud["pc_1"].to_numpy(), np.array(contour.x))).argmin(axis=1)
    row = np.abs(np.subtract.outer(cloud["pc_2"].to_numpy(), np.array(contour.y))).argmin(axis=1)
    assert (inside[row, column] <= 50).mean() == pytest.approx(0.5, abs=0.05)
    assert (inside[row, column] <= 90).mean() == pytest.approx(0.9, abs=0.05)


def test_few_objects_are_points_and_objects_on_a_line_have_no_hull():
    few = morphospace(cloud_of(DAYS[:1], n=6))
    assert not any(trace.type == "contour" for trace in few.data)
    assert len(named(few, "objects")[0].x) == 6
    flat = morphospace(cloud_of(DAYS[:1]).assign(pc_2=1.0))
    assert not named(flat, "hull")
    assert not named(morphospace(cloud_of(DAYS[:1]).iloc[:1]), "hull")


def test_of_many_samples_some_are_shown_and_it_is_said():
    dates = pd.date_range("2019-01-01", periods=60).strftime("%Y-%m-%d")
    figure = morphospace(cloud_of(dates, n=5), by="sample")
    assert figure.layout.annotations[-1].text == "24 of 60 samples are shown."
    assert figure.layout.annotations[0].text.startswith("cast 0 ")
    assert figure.layout.annotations[23].text.startswith("cast 59 ")


def test_the_path_of_centroids_is_coloured_by_month():
    table = pd.concat(
        [
            pd.DataFrame(
                {
                    "sample_id": [f"cast {place}" for place in range(24)],
                    "datetime": pd.date_range("2019-01-15", periods=24, freq="MS"),
                    "index": name,
                    "q": np.nan,
                    "estimate": np.cos(np.arange(24) * np.pi / 6 - shift),
                }
            )
            for name, shift in (("cwm_1", 0), ("cwm_2", np.pi / 2))
        ]
    )
    figure = centroid_trajectory(table)
    assert len(named(figure, "Mar")[0].x) == 2
    assert len({trace.marker.color for trace in figure.data if trace.ids is not None}) == 12
    (ring,) = named(figure, "usual year")
    assert (len(ring.x), ring.x[0]) == (13, ring.x[-1])
    assert named(figure, "path of the samples")
    with pytest.raises(ValueError, match="no rows of the index cwm_3"):
        centroid_trajectory(table, axes=(1, 3))


# --------------------------------------------------------------------------------------- Hovmoeller


def test_densities_of_a_date_add_up_to_one():
    density = axis_density(cloud_of(DAYS), "pc_1", n_bins=10)
    width = density["high"] - density["low"]
    assert (density["density"] * width).groupby(density["place"]).sum().tolist() == pytest.approx([1.0] * 4)
    assert density.groupby("place")["weight"].sum().tolist() == [80.0] * 4


def test_steps_add_dates_up_and_sizes_have_bins_of_equal_ratio():
    density = axis_density(cloud_of(DAYS), "esd", step="month", n_bins=6, is_log=True)
    assert density["place"].nunique() == 3
    assert (density["high"] / density["low"]).std() == pytest.approx(0, abs=1e-9)
    figure = axis_over_time(density, axis_title="ESD (mm)", is_log=True)
    assert (figure.layout.yaxis.type, figure.layout.yaxis.title.text) == ("log", "ESD (mm)")


def test_cells_of_a_hovmoeller_lead_to_their_date():
    cloud = cloud_of(["2019-04-01", "2019-04-02", "2019-04-03", "2019-04-20"])
    cells = axis_over_time(axis_density(cloud, "pc_1", n_bins=5)).data[1]
    cell = next(row for row in cells.customdata if row[1] is not None)[1]
    _, place, key = read_id(cell[0])
    assert (key, samples_at(cloud.rename(columns={"sample_id": "sample"}), place)) == (COUNTED, ["cast 1"])


def test_morphs_over_time_have_their_largest_at_the_top_and_zeros_blank():
    counts = counts_of(DAYS)
    counts.loc[(counts["sample"] == "cast 1") & (counts["node_id"] == 0), "count"] = 0
    figure = morphs_over_time(counts, n_morphs=3)
    cells = figure.data[1]
    assert figure.layout.yaxis.ticktext == ("morph 0", "morph 1", "morph 2")
    assert figure.layout.yaxis.title.text == "3 largest of 5 morphs"
    assert np.array(cells.z)[0, 0] == pytest.approx(np.log10(32), abs=1e-5)
    assert np.isnan(np.array(cells.z)[0, 1])
    assert read_id(cells.customdata[1][0][0])[2] == "1"


def test_names_that_look_alike_when_short_are_told_apart():
    counts = counts_of(DAYS).assign(title="Crustacea Copepoda Calanoida, antennae spread, gut dark")
    labels = morphs_over_time(counts).layout.yaxis.ticktext
    assert len(set(labels)) == 5
    long = cloud_of(DAYS).assign(sample_id=lambda table: "WP2 net Point B Villefranche " + table["sample_id"])
    titles = [note.text for note in morphospace(long, by="sample").layout.annotations]
    assert titles[0] == "2019-04-01 \u2013 40 objects"


def test_samples_without_dates_stand_side_by_side_in_heat_maps():
    assert np.array(morphs_over_time(counts_of([None, None])).data[1].z).shape == (5, 2)
    figure = axis_over_time(axis_density(cloud_of([None, None]), "pc_1"))
    assert figure.layout.xaxis.title.text == "Sample"


# -------------------------------------------------------------------------------------------- ranks


def test_ranks_go_down_and_seasons_have_their_own_curve():
    figure = rank_abundance(counts_of(DAYS))
    assert [trace.name for trace in figure.data] == ["Mar\u2013May (5)", "Jun\u2013Aug (5)"]
    shares = list(figure.data[0].y)
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)  # the unsorted are no morph
    assert target_of(figure.data[0].ids[0]) == ("morph", "0")
    assert figure.layout.yaxis.type == "log"


def test_years_have_curves_and_many_of_them_a_colour_bar():
    assert [trace.name for trace in rank_abundance(counts_of(DAYS), by="year").data] == [
        "2019 (5)",
        "2020 (5)",
    ]
    many = rank_abundance(counts_of([f"{year}-05-01" for year in range(1990, 2010)]), by="year")
    assert len(many.data) == 21
    assert many.data[-1].marker.colorbar.title.text == "Year"
    assert not any(trace.showlegend for trace in many.data)
    assert len(rank_abundance(counts_of([None]), by="all").data) == 1


@pytest.fixture(scope="module")
def groups():
    counts = np.array([[50, 20, 10, 5, 2, 1, 1], [9, 8, 7, 6, 5, 4, 0]])
    return pd.DataFrame(counts, index=["May", TRAP], columns=list("abcdefg"))


def test_a_profile_has_an_interval_and_never_rises(groups):
    table = profiles_of(groups, replicates=20)
    figure = hill_profiles(table)
    lines = [trace for trace in figure.data if trace.fill is None]
    assert len(lines) == 2
    assert all(np.all(np.diff(trace.y) <= 1e-9) for trace in lines)
    assert sum(trace.fill == "toself" for trace in figure.data) == 2
    assert "<script" not in str(figure.to_plotly_json())


def test_curves_are_solid_below_what_was_observed_and_dashed_above(groups):
    table = accumulation_curves(groups, replicates=5, n_sizes=5, orders=(0, 2))
    figure = accumulation(table)
    assert [note.text for note in figure.layout.annotations] == [
        "richness, <i>q</i> = 0",
        "Simpson, <i>q</i> = 2",
    ]
    solid = [trace for trace in figure.data if trace.line.dash == "solid"]
    dashed = [trace for trace in figure.data if trace.line.dash == "dash"]
    assert len(solid) == len(dashed) == 4
    assert solid[0].x[-1] == dashed[0].x[0]  # they meet in the point that was observed
    points = [trace for trace in figure.data if trace.mode == "markers"]
    assert points[0].y == (7.0,)
    assert accumulation(table, against="m").layout.xaxis.title.text == "Objects"


def test_of_many_groups_all_are_drawn_faintly():
    counts = pd.DataFrame(np.tile([5, 3, 1], (40, 1)), index=[f"cast {n}" for n in range(40)])
    figure = hill_profiles(profiles_of(counts, replicates=0))
    assert len(figure.data) == 40
    assert not any(trace.showlegend for trace in figure.data)


# -------------------------------------------------------------------------------------------- sizes


def test_a_size_spectrum_has_its_line_and_open_points_where_objects_are_few():
    volumes = np.repeat([1.5, 3.0, 6.0, 12.0], [64, 16, 4, 1])
    spectrum = spectrum_of(volumes)
    slope = pd.DataFrame([vars(fit_slope(spectrum))])
    figure = size_spectrum(spectrum, slope)
    (above,) = [trace for trace in figure.data if trace.xaxis == "x2"]
    # Without a place the axis of diameters had no range when it was drawn: MNaN in the browser.
    assert np.log10(above.x) == pytest.approx(figure.layout.xaxis.range)
    points, line = figure.data[:2]
    assert list(points.marker.color)[2:] == ["white", "white"]
    rise = np.diff(np.log10(line.y)) / np.diff(np.log10(line.x))
    assert rise[0] == pytest.approx(-2)
    assert line.name.startswith("slope \u22122.00")
    assert figure.layout.xaxis2.title.text == "Equivalent spherical diameter (mm)"
    assert "No size spectrum" in size_spectrum(spectrum_of([])).layout.annotations[0].text


def test_spectra_of_samples_are_told_apart():
    one = spectrum_of([1.5, 3.0, 3.5]).assign(sample_id="a")
    figure = size_spectrum(pd.concat([one, one.assign(sample_id=TRAP)]))
    assert figure.data[0].name == "a"
    assert "&lt;b&gt;" in figure.data[1].name


# ------------------------------------------------------------------------------------------- of all

DRAWN = {
    "morphospace": (morphospace, cloud_of(DAYS)),
    "ranks": (rank_abundance, counts_of(DAYS)),
    "morphs": (morphs_over_time, counts_of(DAYS)),
    "axis": (axis_over_time, axis_density(cloud_of(DAYS), "pc_1")),
    "profiles": (
        hill_profiles,
        pd.DataFrame({"group": "a", "q": [0.0, 1.0], "estimate": 2.0, "ci_lo": 1.0, "ci_hi": 3.0}),
    ),
}


@pytest.mark.parametrize("name", list(DRAWN))
def test_empty_tables_say_so_and_missing_columns_are_named(name):
    draw, table = DRAWN[name]
    assert draw(table.iloc[:0]).layout.annotations[0].text.endswith(".")
    with pytest.raises(ValueError, match="The table lacks "):
        draw(table.drop(columns=[table.columns[-1], table.columns[1]]))
    before = draw(table)
    assert dark(before).layout.paper_bgcolor != before.layout.paper_bgcolor


def test_names_of_objects_samples_and_morphs_are_text():
    cloud = cloud_of(DAYS[:2]).assign(object_id=lambda table: TRAP + table["object_id"], sample_id=TRAP)
    counts = counts_of(DAYS).assign(title=TRAP)
    for figure in (
        morphospace(cloud, by="sample", title=TRAP),
        morphs_over_time(counts, title=TRAP, unit=TRAP),
        rank_abundance(counts, title=TRAP, unit=TRAP),
    ):
        for trace in figure.data:
            trace.ids = None
        assert "<script" not in str(figure.to_plotly_json())
