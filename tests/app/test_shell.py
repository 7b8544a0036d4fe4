"""What surrounds every page, in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

import morphoexplore as mx
from morphoexplore.errors import WrongValueError
from morphoexplore.store import runs
from morphoexplore.store.project import Project
from morphoexplore.store.tree import nodes
from morphoexplore_app import ids, jobs
from morphoexplore_app.pages import PAGES
from morphoexplore_app.session import Session
from tests.app.browsing import Served, Visitor, settled
from tests.made import state_of

IN_NAVIGATION = [page for page in PAGES if page.LABEL is not None]

FAILING = """
import sys
from dash import Input, Output, dcc, html
from morphoexplore.store.project import open_project
from morphoexplore_app.pages import overview
from morphoexplore_app.serving import serve

plain = overview.layout
def layout(session, *, query):
    if "broken" in query:
        raise RuntimeError("secret of the layout")
    return html.Div([html.Button("fail", id="fail"), html.Output(id="failed"), plain(session, query=query)])
def register(app, session, plain=overview.register):
    @app.callback(Output("failed", "children"), Input("fail", "n_clicks"), prevent_initial_call=True)
    def fail(_):
        raise RuntimeError("secret of the callback")
    plain(app, session)
overview.layout, overview.register = layout, register
serve(open_project(sys.argv[1]), opens=False, tell=lambda sentence: print(sentence, flush=True))
"""


def navigation(page: Page):
    return page.get_by_role("navigation", name="Pages")


def test_the_link_opens_the_app_and_is_gone_from_the_address(
    visit: Callable[..., Visitor], served_study: Served
) -> None:
    page = visit().open(served_study)
    assert page.url == f"{served_study.base}/", "the token does not stay where it is seen or copied"
    expect(page).to_have_title("study · morphoexplore")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert served_study.token not in page.content()
    assert served_study.token not in str(page.context.storage_state()["origins"])


def test_without_the_link_a_browser_is_told_what_to_do(
    visit: Callable[..., Visitor], served_study: Served
) -> None:
    visitor = visit()
    page = visitor.context.new_page()
    answer = page.goto(served_study.base)
    assert answer is not None
    assert answer.status == 401
    expect(page.locator("body")).to_contain_text("Open the link that morphoexplore serve printed")
    assert all("401" in complaint for complaint in visitor.complaints), "of the page and its icon"
    visitor.complaints.clear()


def test_every_page_can_be_reached_by_mouse_and_by_keys(page: Page) -> None:
    for one in IN_NAVIGATION:
        navigation(page).get_by_role("link", name=one.LABEL, exact=True).click()
        expect(page).to_have_url(re.compile(f"{re.escape(one.PATH)}($|[?#])"))
        expect(navigation(page).locator("[aria-current=page]")).to_have_text(one.LABEL)
    for one in IN_NAVIGATION:
        for key in one.KEY.split():
            page.keyboard.press(key)
        expect(page).to_have_url(re.compile(f"{re.escape(one.PATH)}($|[?#])"))
        expect(navigation(page).locator("[aria-current=page]")).to_have_text(one.LABEL)


def test_back_and_forward_and_reload_keep_the_page(page: Page) -> None:
    first, second = IN_NAVIGATION[0], IN_NAVIGATION[-1]
    current = navigation(page).locator("[aria-current=page]")
    navigation(page).get_by_role("link", name=second.LABEL, exact=True).click()
    expect(current).to_have_text(second.LABEL)
    page.go_back()
    expect(current).to_have_text(first.LABEL)
    page.go_forward()
    expect(current).to_have_text(second.LABEL)
    page.reload()
    expect(current).to_have_text(second.LABEL)


@pytest.mark.parametrize("path", ["/nothing", "/seed/abc", "/seed/999999999999999999999", "/%3Cscript%3E"])
def test_an_address_of_no_page_says_so(
    visit: Callable[..., Visitor], served_study: Served, path: str
) -> None:
    page = visit().open(served_study, path)
    expect(page.get_by_role("main")).to_contain_text("There is no such page.")


@pytest.mark.parametrize("width", [480, 700, 800, 860])
def test_the_header_fits_into_a_narrow_window(
    visit: Callable[..., Visitor], served_study: Served, width: int
) -> None:
    page = visit(width=width).open(served_study)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.get_by_role("button", name="light or dark")).to_be_in_viewport(ratio=1)


def test_long_names_leave_room_in_a_narrow_window_and_are_read_on_hover(
    visit: Callable[..., Visitor], served_sorted: Served
) -> None:
    long = mx.open_project(served_sorted.folder)
    node, name = next((number, one.name) for number, one in nodes(long).items() if len(one.name or "") > 80)
    page = visit(width=800).open(served_sorted, "/names?show=morphs")
    field = page.locator(f"[data-row='{node}'][data-field='name']")
    expect(field).to_have_attribute("title", name or "")
    assert (field.bounding_box() or {})["width"] > 80
    assert page.evaluate("document.documentElement.scrollWidth") <= 800
    page.goto(f"{served_sorted.base}/tree?node={node}")
    title, said = page.locator("h1 .tree-name"), page.locator("h1 .tree-said")
    expect(title).to_have_attribute("title", name or "")
    assert (title.bounding_box() or {})["width"] > 150
    right = (said.bounding_box() or {})["x"] + (said.bounding_box() or {})["width"]
    assert right <= (page.get_by_role("link", name="Cut in 2").bounding_box() or {})["x"]


def test_the_last_word_takes_the_place_of_the_one_before_it(
    visit: Callable[..., Visitor], serve: Callable[..., Served], sorted_study: mx.Project
) -> None:
    seed = int(mx.seeds(sorted_study, "pending").index[0])
    page = visit().open(serve(sorted_study.folder), f"/seed/{seed}")
    alerts = page.get_by_role("alert")
    expect(page.locator(f"#{ids.SEED_GALLERY}[data-painted=true]")).to_be_visible()
    page.keyboard.press("s")
    expect(alerts).to_have_text(["A morph needs at least one object. Choose some first."])
    page.keyboard.press("k")
    expect(alerts).to_have_text(["Write the question first."])
    page.keyboard.press("d")
    expect(alerts).to_have_text([f"Seed {seed} is refused."])
    page.keyboard.press("Control+z")
    expect(alerts).to_have_text([re.compile(f"Undone: discard seed {seed}")])
    page.keyboard.press("Control+y")
    expect(alerts).to_have_text([re.compile(f"Made again: discard seed {seed}")])


def test_question_mark_lists_the_keys_of_the_page(page: Page) -> None:
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys of this page")
    expect(dialog).to_be_visible()
    for one in IN_NAVIGATION:
        expect(dialog).to_contain_text(f"go to {one.LABEL}")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="?").click()
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_there_is_nothing_to_undo_at_first(page: Page) -> None:
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    expect(page.get_by_role("button", name="Redo")).to_be_disabled()
    page.keyboard.press("Control+z")
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()


def test_undo_and_redo_say_what_they_would_do_and_do_it(
    visit: Callable[..., Visitor], serve: Callable[..., Served], sorted_study: mx.Project
) -> None:
    mx.review.name(sorted_study, 3, "round diatom")
    named = state_of(sorted_study)
    page = visit().open(serve(sorted_study.folder))
    undo, redo = page.get_by_role("button", name="Undo"), page.get_by_role("button", name="Redo")
    expect(undo).to_contain_text("round diatom")
    undo.click()
    expect(page.get_by_text("Undone:")).to_be_visible()
    expect(redo).to_be_enabled()
    assert mx.morphs(sorted_study).loc[3, "name"] != "round diatom"
    page.keyboard.press("Control+y")
    expect(page.get_by_text("Made again:")).to_be_visible()
    expect(redo).to_be_disabled()
    assert state_of(sorted_study) == named
    page.keyboard.press("Control+z")
    expect(redo).to_be_enabled()
    page.keyboard.press("Control+Shift+z")
    expect(redo).to_be_disabled()
    assert state_of(sorted_study) == named


def test_light_and_dark_are_kept(page: Page) -> None:
    scheme = page.locator("html")
    expect(scheme).to_have_attribute("data-mantine-color-scheme", "light")
    page.get_by_role("button", name="light or dark").click()
    expect(scheme).to_have_attribute("data-mantine-color-scheme", "dark")
    page.reload()
    expect(scheme).to_have_attribute("data-mantine-color-scheme", "dark")


def test_the_machine_says_whether_it_is_dark(visit: Callable[..., Visitor], served_study: Served) -> None:
    page = visit(is_dark=True).open(served_study)
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")


def test_the_first_tab_stop_skips_to_the_page(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    inside = page.evaluate("document.querySelector('#content').contains(document.activeElement)")
    assert inside or page.get_by_role("main").locator("a, button, input").count() == 0


def test_what_fails_is_a_sentence_on_the_screen(
    visit: Callable[..., Visitor], serve: Callable[..., Served], study: mx.Project
) -> None:
    served = serve(study.folder, program=FAILING)
    page = visit().open(served)
    page.get_by_role("button", name="fail").click()
    notice = page.get_by_role("alert").filter(has_text="error in the program (RuntimeError)")
    expect(notice).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(f"{served.base}/?broken=1")
    settled(page)
    expect(page.get_by_role("main")).to_contain_text("error in the program (RuntimeError)")
    assert "secret" not in page.content()
    assert "secret of the callback" in served.log
    assert "secret of the layout" in served.log


def test_what_is_being_computed_is_said_on_every_page(made_project: Project) -> None:
    session = Session(made_project)
    assert jobs.sign(session, is_watched=False) == (None, True)
    with runs.run(made_project, "seed", {}) as run:
        for _ in run.progress(range(4), label="finding seeds", total=4):
            said, is_idle = jobs.sign(session, is_watched=False)
            assert not is_idle
            assert said.children.startswith("seed")
            assert said.href == "/"
    assert jobs.sign(session, is_watched=True)[0].children == "seed: done"
    assert jobs.sign(session, is_watched=False) == (None, True)
    with pytest.raises(WrongValueError), runs.run(made_project, "embed", {}):
        raise WrongValueError("no")
    assert jobs.sign(session, is_watched=True)[0].children == "embed: failed"
