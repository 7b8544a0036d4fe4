"""After a refusal that leaves a page as it is, the next key counts; a server that has ended is told."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

import morphoexplore as mx
from morphoexplore_app import ids
from tests.app.browsing import Served, Visitor


def test_after_a_refusal_the_next_key_counts(
    visit: Callable[..., Visitor], serve: Callable[..., Served], study: mx.Project
) -> None:
    first = int(mx.seeds(study, "pending").index[0])
    page = visit().open(serve(study.folder), f"/seed/{first}")
    page.locator(f"#{ids.SEED_GALLERY}[data-painted=true]").wait_for()
    page.keyboard.press("s")  # of what? nothing is selected
    page.get_by_role("alert").first.wait_for()
    page.keyboard.press("a")
    expect(page).not_to_have_url(re.compile(f"/seed/{first}$"), timeout=2500)
    assert mx.seeds(study).loc[first, "state"] == "confirmed"


def test_a_server_that_has_ended_is_told(
    visit: Callable[..., Visitor], serve: Callable[..., Served], study: mx.Project
) -> None:
    served = serve(study.folder)
    visitor = visit()
    page = visitor.open(served, "/grow")
    served.kill()
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page.get_by_text("morphoexplore does not answer.")).to_be_visible()
    served.start_again()
    page.keyboard.press("g")
    page.keyboard.press("r")
    expect(page.get_by_text("morphoexplore was started anew. Open the link that it printed")).to_be_visible()
    expect(page.get_by_text("morphoexplore does not answer.")).to_be_hidden()
    visitor.leave()  # first, because requests go on failing
    visitor.complaints.clear()  # that the server is gone
