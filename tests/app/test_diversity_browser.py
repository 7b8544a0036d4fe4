"""The page Diversity in a browser: what only layout can show."""

from __future__ import annotations

from collections.abc import Callable

from tests.app.browsing import Served, Visitor

WIDTH = "document.querySelector('#diversity-over-time .main-svg').getBoundingClientRect().width"


def test_a_figure_takes_the_room_that_is_left_to_it(
    visit: Callable[..., Visitor], served_sorted: Served
) -> None:
    page = visit(width=1400).open(served_sorted, "/diversity?index=shannon")
    page.wait_for_selector("#diversity-over-time .main-svg")
    whole = page.evaluate(WIDTH)
    page.evaluate(
        "document.querySelector('#diversity-over-time').closest('.diversity-graph').style.width = '500px'"
    )
    page.wait_for_function(f"() => {WIDTH} <= 500")
    assert whole > 1000
