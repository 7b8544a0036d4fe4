"""The page Diversity: months, modes, views and trends."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd
import pytest

from morphoexplore.steps import series as steps_series
from morphoexplore_app import (
    create_app,
    diversity_choice,
    diversity_drawn,
    diversity_results,
    diversity_tables,
)
from morphoexplore_app.diversity_choice import Choice, from_query
from morphoexplore_app.pages import (
    diversity_parts,
    diversity_places,
    diversity_said,
    diversity_trends,
)
from morphoexplore_app.session import Session
from tests.app.of_diversity import point_of, text_of
from tests.made import change_by_force

# ----------------------------------------------------------------------------------------- trends


@pytest.fixture
def dated(session: Session) -> Session:
    """The two samples in two months."""
    change_by_force(
        session.project, "UPDATE object SET datetime = '2020-07-01T12:00:00' WHERE object % 2 = 1"
    )
    return session


@pytest.mark.parametrize(
    ("mode", "titles", "unit"),
    [
        ("pooled", ["Shannon entropy", "Hill number of order"], "effective morphs"),
        ("beta", ["Beta of order"], "effective samples"),
    ],
)
def test_samples_of_a_month_come_together_in_named_modes(
    session: Session, mode: str, titles: list[str], unit: str
) -> None:
    choice = Choice(period="month", mode=mode)
    figure = diversity_drawn.drawn(session, choice)["diversity"]
    shown = [note.text for note in figure.layout.annotations]
    assert all(any(text.startswith(title) for text in shown) for title in titles)
    assert unit in [axis.title.text for axis in figure.select_yaxes()]
    table = diversity_tables.indices(session, choice)
    series = diversity_tables.steps_of(session, choice, table)
    assert series is not None
    assert set(series["mode"]) == {mode}
    methods = diversity_parts.methods(choice, diversity_results.results(session, choice))
    assert {"pooled": "(gamma)", "beta": "(beta)"}[mode] in methods
    assert diversity_said.clicked(
        session, choice, "diversity-over-time", {"points": [{"id": point_of(figure)}]}
    )


def test_as_many_samples_of_each_month_come_together(session: Session) -> None:
    choice = Choice(indices=("shannon",), period="month", mode="pooled", per_step=1)
    assert from_query(dict(parse_qsl(choice.to_query()))) == choice
    table = diversity_tables.indices(session, choice)
    both = diversity_tables.steps_of(session, replace(choice, per_step=2), table)
    whole, single = (
        diversity_tables.steps_of(session, replace(choice, per_step=number), table) for number in (None, 1)
    )
    assert whole is not None
    assert both is not None
    assert single is not None
    assert both["value"].tolist() == pytest.approx(whole["value"].tolist()), "there are two"
    alone = table.frame.set_index("index").loc["shannon", "estimate"].mean()
    assert single.set_index("index").loc["shannon", "value"] == pytest.approx(alone)
    assert "all ways to choose 1 of its samples" in diversity_parts.methods(
        choice, diversity_results.results(session, choice)
    )
    many = replace(choice, per_step=3)
    assert "3 or more" in diversity_drawn.drawn(session, many)["diversity"].layout.annotations[0].text
    assert replace(choice, mode="beta").samples_per_step == 2
    assert replace(choice, mode="mean_of_indices").samples_per_step is None


def test_beta_of_single_samples_is_said_to_be_none(dated: Session) -> None:
    figure = diversity_drawn.drawn(dated, Choice(period="month", mode="beta"))["diversity"]
    assert "2 or more" in figure.layout.annotations[0].text


@pytest.mark.parametrize("view", list(diversity_choice.VIEWS))
def test_every_view_is_drawn_light_and_dark(dated: Session, view: str) -> None:
    choice = Choice(view=view, viewed="pielou")
    figure = diversity_drawn.viewed(dated, choice)
    assert figure.layout.height
    assert diversity_drawn.viewed(dated, choice, is_dark=True).layout.paper_bgcolor
    assert diversity_drawn.drawn(dated, choice) is diversity_drawn.drawn(dated, Choice())
    file = diversity_places.TABLES[view]
    assert file in str(diversity_places.files("view", choice))
    client = create_app(dated.project).server.test_client()
    answer = client.get(f"/download/diversity/{file}?{choice.to_query()}")
    assert answer.status_code == 200
    assert len(answer.data.splitlines()) > 1
    page = client.get(f"/download/diversity/view.html?{choice.to_query()}")
    assert page.headers["Content-Type"].startswith("text/html")


def test_turnover_tells_gains_from_losses(dated: Session) -> None:
    found = diversity_tables.turnover_of(dated, Choice())
    assert found[["sample_id", "previous_id"]].to_numpy().tolist() == [["s1", "s0"]]
    assert found["bray_curtis"].iloc[0] == pytest.approx(found["losses"].iloc[0] + found["gains"].iloc[0])


def monthly(months: int, slope: float) -> pd.DataFrame:
    times = pd.date_range("2001-01-15", periods=months, freq="MS")
    noise = np.random.default_rng(3).normal(0, 0.1, months)
    values = 2 + np.sin(times.month) + slope * np.arange(months) / 120 + noise
    return pd.DataFrame(
        {"sample_id": times.astype(str), "datetime": times, "index": "shannon", "estimate": values}
    )


def test_a_trend_is_said_with_slope_tests_and_caution() -> None:
    trends = diversity_tables.trends_of(steps_series.series(monthly(96, 1.0)))
    said = text_of(diversity_trends.says(trends, step="month", mode="mean_of_indices"))
    assert "Trends: 1 of 1 stand out" in said
    for words in (
        "Shannon entropy H\u2032: +",
        "nats per decade (Theil\u2013Sen, 95 %",
        "Mann\u2013Kendall after pre-whitening p < .001",
        "GLSAR +",
        "n = 96 months over 7.9 years, of anomalies",
        "takes months for independent",
    ):
        assert words in said
    slope = float(trends["slope_per_decade"].iloc[0])
    assert slope == pytest.approx(1.0, abs=0.15)


def test_a_trend_of_a_short_series_is_of_its_values_and_says_so() -> None:
    trends = diversity_tables.trends_of(steps_series.series(monthly(14, 0.0)))
    assert trends["of"].tolist() == ["value"]
    said = text_of(diversity_trends.says(trends, step="month", mode="mean_of_indices"))
    assert "no trend stands out" in said
    assert "nats per year" in said
    assert "of values, seasons included" in said
    assert "Season and trend are both in these values" in said
    few = diversity_tables.trends_of(steps_series.series(monthly(5, 0.0)))
    assert "too few months for a trend (5; 8 or more are needed)" in text_of(
        diversity_trends.says(few, step="month", mode="mean_of_indices")
    )
