"""Figures of the tidy table, of series, trends and turnover: what is drawn, open, grey, or said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from morphoexplore.figures import (
    dark,
    decomposition,
    diversity_over_time,
    recurrence,
    seasonal_heat_map,
    successive_beta,
    target_of,
    trend_forest,
    usual_year,
)
from morphoexplore.figures.cells import GAP_CELL, cells_of
from morphoexplore.figures.look import BAND, NO_DATA, SORTING_BAND

TRAP = "<b>x</b><script>alert(1)</script>"


def tidy(dates, *, index="shannon", q=np.nan, weight="count", name="cast {}"):
    """The table of the contract between developers, of one index."""
    n = len(dates)
    estimate = 2 + np.sin(np.arange(n))
    return pd.DataFrame(
        {
            "sample_id": [name.replace("{}", str(place)) for place in range(n)],
            "datetime": pd.to_datetime(pd.Series(list(dates))),
            "weight": weight,
            "level": "morph",
            "index": index,
            "q": q,
            "estimate": estimate,
            "ci_lo": estimate - 0.3,
            "ci_hi": estimate + 0.2,
            "sorting_lo": estimate - 0.4,
            "sorting_hi": estimate + 0.1,
            "n_objects": 100,
            "status": "ok",
        }
    )


def months(n, *, without=()):
    times = pd.date_range("2010-01-01", periods=n, freq="MS")
    return [time for place, time in enumerate(times) if place not in without]


def regular(n=48, *, index="shannon", q=np.nan, missing=(), filled=(), freq="MS"):
    time = pd.date_range("2010-01-01", periods=n, freq=freq)
    phase = np.arange(n)
    value = 2 + 0.01 * phase + np.sin(phase * np.pi / 6)
    table = pd.DataFrame(
        {
            "index": index,
            "q": q,
            "weight": "count",
            "level": "morph",
            "time": time,
            "value": value,
            "is_interpolated": np.isin(phase, filled),
            "anomaly": 0.01 * (phase - n / 2),
            "anomaly_standardised": 0.1 * (phase - n / 2),
            "trend": 2 + 0.01 * phase,
            "seasonal": np.sin(phase * np.pi / 6),
            "remainder": np.where(phase % 2, 0.1, -0.1),
        }
    )
    parts = ["value", "anomaly", "anomaly_standardised", "trend", "seasonal", "remainder"]
    table.loc[np.isin(phase, missing), parts] = np.nan
    return table


def trends_of(*names):
    return pd.DataFrame(
        {
            "index": names,
            "q": [1.0 if name == "hill" else np.nan for name in names],
            "level": "morph",
            "n": 30,
            "slope_per_decade": np.linspace(-0.2, 0.4, len(names)).round(3),
            "slope_lo": np.linspace(-0.4, 0.1, len(names)),
            "slope_hi": np.linspace(0.1, 0.9, len(names)),
            "p": 0.01,
            "p_adjusted": [0.0005, *[0.2] * (len(names) - 1)],
            "status": "ok",
        }
    )


def turnover_of(dates):
    n = len(dates) - 1
    return pd.DataFrame(
        {
            "sample_id": [f"cast {place + 1}" for place in range(n)],
            "datetime": dates[1:],
            "previous_id": [f"cast {place}" for place in range(n)],
            "days": 30.0,
            "bray_curtis": 0.5,
            "bray_curtis_relative": 0.4,
            "losses": 0.2,
            "gains": 0.3,
        }
    )


def square(dates):
    n = len(dates)
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n))) / max(n, 1)
    names = [f"cast {place}" for place in range(n)]
    table = pd.DataFrame(apart, columns=names)
    return pd.concat([pd.DataFrame({"sample_id": names, "datetime": dates}), table], axis=1)


def named(figure, name):
    return [trace for trace in figure.data if trace.name == name]


def shapes_in(band):
    """Number of polygons or bars of a band."""
    return 1 + sum(y is None for y in band.y)


# ------------------------------------------------------------------------------------- over time


def test_intervals_of_sampling_and_of_sorting_are_two_bands():
    figure = diversity_over_time(tidy(months(12)), indices=["shannon"])
    sampling, sorting = (
        named(figure, "95 % interval of sampling"),
        named(figure, "95 % interval of errors of sorting alone"),
    )
    assert (sampling[0].fillcolor, sorting[0].fillcolor) == (BAND, SORTING_BAND)
    assert max(sampling[0].y) == pytest.approx(tidy(months(12))["ci_hi"].max())
    assert all(trace.showlegend for trace in (*sampling, *sorting))


def test_bands_break_in_gaps_and_a_month_alone_is_a_bar():
    figure = diversity_over_time(tidy(months(14, without=(5, 7))), indices=["shannon"])
    band, bar = named(figure, "95 % interval of sampling")
    assert shapes_in(band) == 2
    assert (band.fill, bar.fill, len(bar.y)) == ("toself", None, 2)
    assert bar.showlegend is False


def test_a_table_without_intervals_has_no_bands():
    table = tidy(months(4)).drop(columns=["ci_lo", "ci_hi", "sorting_lo", "sorting_hi", "status"])
    assert not any(
        "interval" in (trace.name or "") for trace in diversity_over_time(table, indices=["shannon"]).data
    )
    nothing = tidy(months(4)).assign(ci_lo=np.nan, ci_hi=np.nan, sorting_lo=None, sorting_hi=None)
    assert not any(
        "interval" in (trace.name or "") for trace in diversity_over_time(nothing, indices=["shannon"]).data
    )


def test_doubtful_values_are_open_and_say_why():
    table = tidy(months(5))
    table.loc[2, "status"] = "low_n"
    figure = diversity_over_time(table, indices=["shannon"])
    (few,) = named(figure, "fewer than 50 objects or doubtful")
    assert (few.marker.color, len(few.x)) == ("white", 1)
    assert few.customdata[0][1] == "2010-03-01<br>low n"


def test_trend_and_interpolated_steps_of_the_series_are_drawn():
    series = regular(24, filled=(3, 4))
    figure = diversity_over_time(tidy(months(24)), indices=["shannon"], series=series)
    (trend,), (filled,) = named(figure, "trend (STL)"), named(figure, "interpolated step")
    assert trend.y == pytest.approx(tuple(series["trend"]))
    assert (len(filled.x), filled.marker.color) == (2, "white")


def test_the_slope_of_a_series_is_a_line_through_its_middle():
    series = regular(24).assign(value=np.linspace(1, 3, 24))
    trends = pd.DataFrame({"index": ["shannon"], "q": [np.nan], "slope_per_decade": [10.0], "p": [0.01]})
    figure = diversity_over_time(tidy(months(24)), indices=["shannon"], series=series, trends=trends)
    (line,) = named(figure, "Theil\u2013Sen slope")
    years = (pd.Timestamp(line.x[1]) - pd.Timestamp(line.x[0])).days / 365.2425
    assert line.y[1] - line.y[0] == pytest.approx(years)
    assert sum(line.y) / 2 == pytest.approx(2, abs=0.05)
    assert line.line.dash == "dash"
    assert "+10 nats per decade" in line.hovertemplate
    without = trends.assign(slope_per_decade=np.nan)
    figure = diversity_over_time(tidy(months(24)), indices=["shannon"], series=series, trends=without)
    assert named(figure, "Theil\u2013Sen slope") == []


def test_wide_intervals_leave_room_for_the_estimates():
    table = tidy(months(5)).assign(ci_lo=1.0, ci_hi=3.0)
    table.loc[0, ["ci_lo", "ci_hi"]] = [-40.0, 60.0]
    figure = diversity_over_time(table, indices=["shannon"])
    low, high = figure.layout.yaxis.range
    assert low == 0
    assert high < 3 * table["estimate"].max()


def test_two_weights_in_a_table_are_not_mixed():
    table = pd.concat([tidy(months(3)), tidy(months(3), weight="concentration").assign(estimate=9.0)])
    with pytest.raises(ValueError, match=r"several values of weight \(concentration, count\)"):
        diversity_over_time(table, indices=["shannon"])
    figure = diversity_over_time(table, indices=["shannon"], weight="concentration")
    assert set(named(figure, "at least 50 objects")[0].y) == {9.0}
    with pytest.raises(ValueError, match="by biovolume"):
        diversity_over_time(table, indices=["shannon"], weight="biovolume")


def test_indices_of_the_morphospace_have_names_and_units():
    table = pd.concat([tidy(months(3), index=name) for name in ("functional_dispersion", "cwm_2")])
    figure = diversity_over_time(table, indices=["functional_dispersion", "cwm_2"])
    assert [note.text for note in figure.layout.annotations][:2] == [
        "Functional dispersion FDis",
        "Weighted mean on PC 2",
    ]
    assert figure.layout.yaxis2.title.text == "PC 2"


# ---------------------------------------------------------------------------------------- seasons


def test_the_heat_map_has_a_row_per_year_and_grey_where_nothing_is():
    figure = seasonal_heat_map(regular(30, missing=(5,), filled=(7,)), "shannon")
    grey, cells = figure.data[:2]
    assert np.array(cells.z).shape == (3, 12)
    assert np.array(grey.z)[0, 5] == 1
    assert np.array(grey.z).sum() == 7  # one gap, and the half year after the end
    assert NO_DATA in str(grey.colorscale)
    assert list(named(figure, "interpolated")[0].x) == [8]


def test_anomalies_diverge_around_zero():
    cells = seasonal_heat_map(regular(48), "shannon", column="anomaly").data[1]
    assert cells.zmin == -cells.zmax < 0
    empty = regular(24).assign(anomaly=np.nan)
    assert "three years" in seasonal_heat_map(empty, "shannon", column="anomaly").layout.annotations[0].text


def test_weeks_are_told_from_months():
    figure = seasonal_heat_map(regular(60, freq="7D"), "shannon")
    assert np.array(figure.data[1].z).shape == (2, 52)
    assert figure.layout.xaxis.title.text == "Week of the year"


def test_the_usual_year_has_a_thin_line_per_year_and_no_interpolated_steps():
    figure = usual_year(regular(36, filled=(13,)), "shannon")
    assert len(named(figure, "each year")) == 2
    (last,) = named(figure, "2012")
    assert last.showlegend
    (median,) = named(figure, "median")
    expected = regular(36)["value"].to_numpy().reshape(3, 12)
    assert median.y[0] == pytest.approx(np.median(expected[:, 0]))
    assert median.y[1] == pytest.approx(np.median(expected[[0, 2], 1]))
    assert not named(usual_year(regular(8), "shannon"), "median")


def test_four_panels_of_a_decomposition_have_bars_of_one_length():
    figure = decomposition(regular(48, missing=(7,), filled=(3,)), "shannon")
    assert [note.text for note in figure.layout.annotations][:4] == [
        "Observed",
        "Trend",
        "Season",
        "Remainder",
    ]
    lengths = [shape.y1 - shape.y0 for shape in figure.layout.shapes]
    assert lengths == pytest.approx([lengths[0]] * 4)
    for shape, axis in zip(figure.layout.shapes, ("yaxis", "yaxis2", "yaxis3", "yaxis4"), strict=True):
        low, high = figure.layout[axis].range
        assert low <= shape.y0 < shape.y1 <= high
    assert figure.data[0].y[7] is None
    assert len(named(figure, "interpolated step")[0].x) == 1


def test_a_series_too_short_to_take_apart_is_said():
    assert "two years" in decomposition(regular(8).assign(trend=np.nan), "shannon").layout.annotations[0].text


# ----------------------------------------------------------------------------------------- trends


def test_trends_in_one_unit_share_a_panel_and_stars_are_filled():
    figure = trend_forest(trends_of("shannon", "hill", "richness", "inverse_simpson"))
    titles = [figure.layout[f"xaxis{place}"].title.text for place in ("", 2, 3)]
    assert titles == ["nats per decade", "effective morphs per decade", "morphs per decade"]
    texts = [note.text for note in figure.layout.annotations]
    assert texts[0] == "\u22120.2 nats ***"
    assert texts[1] == "+0 effective morphs"
    points = [trace for trace in figure.data if trace.mode == "markers"]
    assert points[0].marker.color[0] != "white"
    assert set(points[1].marker.color) == {"white"}


def test_with_their_series_all_trends_stand_on_one_axis():
    series = pd.concat([regular(48), regular(48, index="pielou")]).assign(group=None, space=np.nan)
    table = trends_of("shannon", "pielou").assign(group=None, space=np.nan)
    figure = trend_forest(table, series=series)
    assert figure.layout.xaxis.title.text == "standard deviations per decade"
    points = next(trace for trace in figure.data if trace.mode == "markers")
    assert points.x[1] == pytest.approx(0.4 / series["anomaly"].iloc[:48].std())
    low, high = figure.layout.xaxis.range
    assert low < 0 < high


def test_indices_without_a_trend_are_counted():
    table = trends_of("shannon", "pielou", "simpson")
    table.loc[2, "slope_per_decade"] = np.nan
    assert "1 of 3 indices" in trend_forest(table).layout.annotations[-1].text
    assert "No trend" in trend_forest(table.assign(slope_per_decade=np.nan)).layout.annotations[0].text


# --------------------------------------------------------------------------------------- turnover


def test_gains_stand_above_and_losses_below():
    figure = successive_beta(turnover_of(months(6)))
    (gains,), (losses,) = named(figure, "gains"), named(figure, "losses")
    assert (gains.y[0], losses.y[0]) == (0.3, -0.2)
    assert target_of(gains.ids[0]) == ("sample", "cast 1")
    assert gains.customdata[0][2] == "cast 0"


def test_recurrence_leaves_gaps_grey_and_names_its_cells():
    dates = months(12, without=(4, 5, 6))
    figure = recurrence(square(dates))
    grey, cells = figure.data
    assert np.array(cells.z).shape == (10, 10)
    assert np.array(grey.z).sum() == 19
    assert target_of(cells.customdata[0][2][0]) == ("sample", "cast 2")
    with pytest.raises(ValueError, match="a column per row, but 8 for 9"):
        recurrence(square(dates).iloc[:, :-1])


def test_samples_of_one_moment_stand_side_by_side_in_a_recurrence():
    figure = recurrence(square([*months(3), months(3)[-1]]))
    assert figure.layout.xaxis.title.text == "Sample in the order of time"
    assert np.array(figure.data[1].z).shape == (4, 4)


def test_cells_stand_around_their_dates_and_leave_gaps_free():
    days = [pd.Timestamp("2020-01-01") + pd.Timedelta(days=day) for day in (0, 1, 2, 3, 4, 14, 15)]
    edges, shown = cells_of(days)
    assert shown == [0, 1, 2, 3, 4, GAP_CELL, 5, 6]
    assert edges[5:7] == ["2020-01-05T12:00:00", "2020-01-14T12:00:00"]
    assert cells_of(days[:1])[1] == [0]


# ----------------------------------------------------------------------------------------- of all


ALL = {
    "diversity": lambda table: diversity_over_time(table, indices=["shannon"]),
    "heat map": lambda table: seasonal_heat_map(table, "shannon"),
    "usual year": lambda table: usual_year(table, "shannon"),
    "decomposition": lambda table: decomposition(table, "shannon"),
    "forest": trend_forest,
    "turnover": successive_beta,
    "recurrence": recurrence,
}
TABLES = {
    "diversity": tidy(months(6)),
    "heat map": regular(),
    "usual year": regular(),
    "decomposition": regular(),
    "forest": trends_of("shannon", "pielou"),
    "turnover": turnover_of(months(6)),
    "recurrence": square(months(6)),
}


@pytest.mark.parametrize("name", list(ALL))
def test_an_empty_table_gives_a_sentence_and_a_missing_column_its_name(name):
    table = TABLES[name]
    sentence = ALL[name](table.iloc[:0] if name != "recurrence" else square([])).layout.annotations[0].text
    assert sentence.endswith(".")
    lacks = "datetime" if "datetime" in table.columns else "q"
    with pytest.raises(ValueError, match=f"lacks.* {lacks}"):
        ALL[name](table.drop(columns=lacks))


@pytest.mark.parametrize("name", list(ALL))
def test_a_dark_figure_has_no_colours_of_print(name):
    figure = ALL[name](TABLES[name])
    before = figure.to_json()
    text = dark(figure).to_json().lower()
    assert figure.to_json() == before
    for colour in ("#0b5d9b", BAND, SORTING_BAND, "#c2410c", NO_DATA.lower(), '"white"'):
        assert colour not in text


@pytest.mark.parametrize("n", [1, 600])
def test_one_sample_and_six_hundred_can_be_drawn(n):
    dates = pd.date_range("2000-01-03", periods=n, freq="7D")
    figure = diversity_over_time(tidy(dates), indices=["shannon"])
    assert sum(len(trace.x) for trace in named(figure, "at least 50 objects") or figure.data[-2:]) >= n
    if n > 1:
        assert np.array(recurrence(square(list(dates))).data[1].z).shape == (n, n)
        assert len(named(successive_beta(turnover_of(list(dates))), "gains")[0].x) == n - 1
    else:
        assert "two samples" in recurrence(square(list(dates))).layout.annotations[0].text


def test_names_of_people_are_text_here_too():
    table = tidy(months(4), name=TRAP + "{}")
    turned = turnover_of(months(4)).assign(sample_id=TRAP, previous_id=TRAP)
    named_series = regular().assign(index=TRAP)
    figures = [
        diversity_over_time(table, indices=["shannon"], title=TRAP),
        successive_beta(turned, title=TRAP),
        usual_year(named_series, TRAP, title=TRAP),
        seasonal_heat_map(named_series, TRAP, title=TRAP),
        decomposition(named_series, TRAP, title=TRAP),
        trend_forest(trends_of("shannon", TRAP), title=TRAP),
        recurrence(square(months(3)).assign(sample_id=TRAP), title=TRAP),
    ]
    for figure in figures:
        for trace in figure.data:
            trace.ids = None
            if trace.type == "heatmap":  # the first entry of a cell is an id, and no text
                trace.customdata = None
        assert "<script" not in str(figure.to_plotly_json())
        assert "&lt;script" in str(figure.to_plotly_json())
