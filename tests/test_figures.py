import numpy as np
import pandas as pd
import pytest

from morphoexplore.figures import (
    COUNTED,
    DARK_GROUND,
    OTHER_MORPHS,
    PALETTE,
    UNSORTED_MORPH,
    composition_over_time,
    dark,
    diversity_over_time,
    other_morphs,
    read_id,
    samples_at,
)
from morphoexplore.methods.diversity import diversity_table

TRAP = '<b>x</b><script>alert(1)</script> & %{y} <a href="javascript:alert(1)">link</a>'
SHOWN = "&lt;b&gt;x&lt;/b&gt;&lt;script"


def study(dates, n_morphs=3, *, size=200, name="morph {}"):
    """Counts of a few morphs and 20 unsorted objects in each sample."""
    counts = pd.DataFrame(
        {
            "sample": np.repeat([f"cast {n}" for n in range(len(dates))], n_morphs + 1),
            "datetime": np.repeat(np.array(dates, dtype=object), n_morphs + 1),
            "node_id": [*range(1, n_morphs + 1), None] * len(dates),
            "title": [*[name.replace("{}", str(n)) for n in range(n_morphs)], None] * len(dates),
            "count": [*[size // (n + 1) for n in range(n_morphs)], 20] * len(dates),
        }
    )
    sorted_ones = counts.dropna(subset="node_id")
    matrix = sorted_ones.pivot_table(index="sample", columns="node_id", values="count", sort=False)
    when = counts.drop_duplicates("sample").set_index("sample")["datetime"]
    table = diversity_table(matrix)
    return counts, table.assign(datetime=table["sample"].map(when))


def monthly(n, *, without=()):
    return [
        f"{2016 + month // 12}-{month % 12 + 1:02}-04T03:27:00" for month in range(n) if month not in without
    ]


def texts_of(figure):
    """Everything in a figure that came from people, where plotly reads HTML."""
    for trace in figure.data:
        yield trace.name or ""
        for cells in trace.customdata if trace.customdata is not None else ():
            yield from (str(cell) for cell in cells)
    yield from (str(text) for text in figure.layout.xaxis.ticktext or ())
    yield figure.layout.title.text or ""


def points_of(figure, row=1):
    axis = "y" if row == 1 else f"y{row}"
    return [
        trace
        for trace in figure.data
        if trace.yaxis == axis and trace.type == "scatter" and trace.mode == "markers"
    ]


def line_of(figure):
    return next(trace for trace in figure.data if trace.mode == "lines")


def test_diversity_has_a_panel_per_index_and_one_of_objects():
    _, table = study(monthly(12))
    figure = diversity_over_time(table, indices=("shannon", ("hill", 2), "pielou"))
    titles = [note.text for note in figure.layout.annotations]
    assert titles == [
        "Shannon entropy <i>H\u2032</i>",
        "Hill number of order <i>q</i> = 2",
        "Pielou evenness <i>J\u2032</i>",
        "Objects counted",
    ]
    assert [figure.layout[f"yaxis{n}"].title.text for n in ("", 2, 4)] == [
        "nats",
        "effective morphs",
        "objects",
    ]
    expected = table.loc[table["index"] == "shannon", "estimate"]
    assert points_of(figure)[0].y == pytest.approx(tuple(expected))
    assert figure.layout.xaxis4.title.text == "Date (UTC)"
    assert points_of(figure)[0].customdata[0] == ["cast 0", "2016-01-04 03:27 UTC", "366"]


def test_missing_months_are_gaps_of_the_line():
    _, table = study(monthly(12, without=(5,)))
    line = line_of(diversity_over_time(table))
    assert [n for n, y in enumerate(line.y) if y is None] == [5]
    _, table = study(monthly(12))
    assert None not in line_of(diversity_over_time(table)).y


def test_a_missing_value_is_a_gap_and_no_zero():
    _, table = study(monthly(3), n_morphs=1)
    figure = diversity_over_time(table, indices=("pielou",))
    assert line_of(figure).y == (None, None, None)
    assert all(np.isnan(points_of(figure)[0].y))


def test_a_panel_without_values_says_why():
    _, table = study(monthly(3), n_morphs=1)
    figure = diversity_over_time(table, indices=("richness", "pielou"))
    said = [note for note in figure.layout.annotations if "no value" in note.text]
    assert [(note.text, note.yref) for note in said] == [("no value: one morph", "y2 domain")]


def test_samples_of_few_objects_have_open_points():
    table = pd.concat([study(monthly(3))[1], study(["2016-04-04"], size=10)[1].replace("cast 0", "small")])
    figure = diversity_over_time(table)
    many, few = points_of(figure)
    assert (len(many.x), len(few.x)) == (3, 1)
    assert few.marker.color == "white"
    assert few.name == "fewer than 50 objects"
    assert few.showlegend
    assert not any(trace.showlegend for trace in diversity_over_time(study(monthly(3))[1]).data)


def test_samples_of_one_day_share_a_point_of_the_line_only_in_a_long_study():
    twice = ["2016-04-04T03:00:00", "2016-04-04T05:00:00", "2016-05-04"]
    figure = diversity_over_time(study(twice)[1])
    assert line_of(figure).x == ("2016-04-04T04:00:00", "2016-05-04T00:00:00")
    assert len(points_of(figure)[0].x) == 3
    assert len(line_of(diversity_over_time(study(twice[:2])[1])).x) == 2


def test_samples_without_dates_stand_side_by_side():
    counts, table = study([None, None])
    for figure in (diversity_over_time(table), composition_over_time(counts)):
        assert figure.layout.xaxis.ticktext == ("cast 0", "cast 1")
    assert not any(
        trace.type == "scatter" and trace.mode == "lines" for trace in diversity_over_time(table).data
    )


def test_what_has_no_date_among_dates_is_said():
    counts, table = study(["2016-04-04", None, "2016-05-04", "bad"])
    words = "Date (UTC) \u2013 2 without a date not shown"
    assert composition_over_time(counts).layout.xaxis.title.text == words
    assert diversity_over_time(table).layout.xaxis5.title.text == words


@pytest.mark.parametrize("dates", [["2016-04-04"], ["2016-04-04T03:27:00"]])
def test_a_single_sample_is_shown_among_days_and_not_milliseconds(dates):
    counts, table = study(dates)
    for figure in (composition_over_time(counts), diversity_over_time(table)):
        start, end = map(pd.Timestamp, figure.layout.xaxis.range)
        assert end - start == pd.Timedelta(days=30)


def test_an_empty_project_says_so():
    nothing = diversity_table(pd.DataFrame()).assign(datetime=[])
    empty = diversity_table(pd.DataFrame({1: [0]}, index=["cast 0"])).assign(datetime="2016-04-04")
    for figure in (diversity_over_time(nothing), diversity_over_time(empty)):
        assert "No diversity yet" in figure.layout.annotations[0].text
    counts = pd.DataFrame(columns=["sample", "datetime", "node_id", "title", "count"])
    assert "No composition yet" in composition_over_time(counts).layout.annotations[0].text


def test_composition_shares_add_up_to_one_with_the_unsorted():
    counts, _ = study(monthly(3), n_morphs=20)
    figure = composition_over_time(counts)
    assert len(figure.data) == 14
    assert [trace.name for trace in figure.data[-2:]] == ["8 other morphs", "unsorted"]
    np.testing.assert_allclose(sum(np.array(trace.y) for trace in figure.data), 1)
    total = counts["count"].sum() / 3
    np.testing.assert_allclose(figure.data[-1].y, 20 / total)
    absolute = composition_over_time(counts, relative=False)
    np.testing.assert_allclose(sum(np.array(trace.y) for trace in absolute.data), total)
    assert len({trace.marker.color for trace in figure.data}) == 14


def test_the_unsorted_are_shown_even_where_there_are_none():
    counts, _ = study(monthly(2))
    figure = composition_over_time(counts.dropna(subset="node_id"))
    assert figure.data[-1].name == "unsorted"
    assert figure.data[-1].y == (0, 0)
    only = composition_over_time(counts[counts["node_id"].isna()])
    assert [trace.name for trace in only.data] == ["unsorted"]
    assert only.data[0].y == (1, 1)


def test_samples_of_one_day_are_one_bar_or_several():
    counts, _ = study(["2016-04-04T03:00:00", "2016-04-04T05:00:00", "2016-05-04"])
    figure = composition_over_time(counts, relative=False)
    assert figure.data[-1].y == (40, 20)
    assert figure.data[0].customdata[0][1] == "<b>cast 0<br>cast 1</b><br>2016-04-04"
    assert composition_over_time(counts, by="sample", relative=False).data[-1].y == (20, 20, 20)


def test_bars_never_touch_their_neighbours():
    counts, _ = study(["2016-04-04", "2016-04-05", "2016-05-04", "2016-06-04", "2016-07-04"])
    bars = composition_over_time(counts).data[0]
    middle = pd.DatetimeIndex(bars.x).as_unit("ms").asi8
    left, right = middle - np.array(bars.width) / 2, middle + np.array(bars.width) / 2
    assert (left[1:] > right[:-1]).all()
    assert bars.width[0] < 86_400_000


def test_colours_that_are_given_are_kept_and_others_are_not_believed():
    counts, _ = study(monthly(2))
    colours = {1: "#123456", 2: "url(javascript:alert(1))"}
    figure = composition_over_time(counts.assign(colour=counts["node_id"].map(colours)))
    assert [trace.marker.color for trace in figure.data[:3]] == ["#123456", PALETTE[1], PALETTE[2]]


def test_names_of_people_are_text():
    counts, table = study(monthly(2), name=TRAP + " {}")
    counts, table = (frame.assign(sample=TRAP + frame["sample"]) for frame in (counts, table))
    for figure in (
        composition_over_time(counts, title=TRAP),
        composition_over_time(counts.assign(datetime=None)),
        diversity_over_time(table, title=TRAP),
        diversity_over_time(table.assign(datetime=None)),
    ):
        texts = list(texts_of(figure))
        assert any(SHOWN in text for text in texts)
        assert not any("<script" in text or "<a" in text or "<b>x" in text for text in texts)
        assert not any("alert" in (trace.hovertemplate or "") for trace in figure.data)


def test_long_names_are_short_in_the_legend_whole_in_the_hover_and_never_alike():
    counts, _ = study(monthly(2), name="Crustacea Copepoda Calanoida, type {}, antennae spread, dark gut")
    figure = composition_over_time(counts)
    names = [trace.name for trace in figure.data]
    assert names[0] == "Crustacea Copepoda\u2026dark gut (1)"
    assert len(set(names)) == len(names)
    whole = figure.data[1].customdata[0][0].replace("<br>", " ")
    assert whole == "Crustacea Copepoda Calanoida, type 1, antennae spread, dark gut"


def test_names_without_spaces_and_with_line_ends_fit_too():
    counts, _ = study(monthly(1), n_morphs=2, name="a\nb\t{}" + "x" * 300)
    for trace in composition_over_time(counts).data:
        assert len(trace.name) < 40
        assert "\n" not in trace.name


def test_tables_that_lack_something_are_refused():
    counts, table = study(monthly(2))
    with pytest.raises(ValueError, match="lacks datetime"):
        diversity_over_time(table.drop(columns="datetime"))
    with pytest.raises(ValueError, match="lacks node_id, count"):
        composition_over_time(counts[["sample", "datetime", "title"]])
    with pytest.raises(ValueError, match=r"no rows of the index hill of order 0\.5"):
        diversity_over_time(table, indices=[("hill", 0.5)])


def test_ids_lead_from_points_and_bars_to_samples_and_morphs():
    counts, table = study(monthly(3), n_morphs=20)
    assert read_id(points_of(diversity_over_time(table))[0].ids[1]) == ("cast 1", "", COUNTED)
    keys = set()
    for bar in composition_over_time(counts).data:
        sample, place, key = read_id(bar.ids[2])
        keys.add(key)
        assert (sample, samples_at(counts, place)) == (None, ["cast 2"])
    others = other_morphs(counts)
    assert keys == {*(str(morph) for morph in range(1, 13)), OTHER_MORPHS, UNSORTED_MORPH}
    assert others == list(range(13, 21))
    _, place, _ = read_id(composition_over_time(counts, by="sample").data[0].ids[1])
    assert samples_at(counts, place, by_sample=True) == ["cast 1"]


def test_a_dark_figure_is_a_copy_without_the_colours_of_print():
    counts, table = study(monthly(3), n_morphs=20)
    for figure in (composition_over_time(counts), diversity_over_time(table), diversity_over_time(table[:0])):
        before = figure.to_json()
        drawn = dark(figure)
        assert figure.to_json() == before
        assert drawn.layout.paper_bgcolor == DARK_GROUND
        colours = {trace.marker.color for trace in drawn.data if trace.marker.color is not None}
        assert not colours & {PALETTE[0], PALETTE[2], PALETTE[11], "white"}
