"""Questions to colleagues: a seed waits with its question, its morph is flagged with it, and all of them are found."""

from __future__ import annotations

import pytest

import morphoexplore as mx
from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.review import SeedAnswer
from morphoexplore.steps import overview
from morphoexplore.store import checks, history, tree
from morphoexplore.store.project import Project


def rows(project: Project) -> list[int]:
    return [row.seed_id for row in review.strip_page(project).rows]


def test_a_seed_waits_with_its_question_and_not_among_the_rows(made_project: Project) -> None:
    first, *others = rows(made_project)
    review.ask(made_project, first, " Is this a nauplius? ")
    page = review.strip_page(made_project)
    assert [row.seed_id for row in page.rows] == others
    assert (page.pending, page.asked) == (len(others), 1)
    assert mx.seeds(made_project).loc[first, "state"] == "pending"
    (question,) = review.questions(made_project)
    assert (question.text, question.seed_id, question.user) == ("Is this a nauplius?", first, "ana")
    review.undo(made_project)
    assert rows(made_project) == [first, *others]
    review.redo(made_project)
    review.ask(made_project, first, None)
    assert rows(made_project) == [first, *others]
    assert review.questions(made_project) == []
    assert checks.check(made_project) == []


@pytest.mark.parametrize("how", ["confirm", "page", "parts"])
def test_the_morph_is_flagged_with_it(made_project: Project, how: str) -> None:
    review.ask(made_project, 1, "Is this a nauplius?")
    if how == "confirm":
        node = review.confirm(made_project, 1)
    elif how == "parts":
        node, other = review.confirm_parts(made_project, 1, [[0, 1], [2]])
        assert tree.nodes(made_project)[other].flag is None
    else:
        node = review.judge_page(made_project, [SeedAnswer(1, [0, 1, 2], 2)]).morphs[1]
    assert tree.nodes(made_project)[node].flag == "Is this a nauplius?"
    (question,) = review.questions(made_project)
    assert (question.node_id, question.seed_id, question.user) == (node, None, "ana")
    review.flag(made_project, node, None)
    assert review.questions(made_project) == []
    review.undo(made_project)
    review.undo(made_project)
    assert [one.seed_id for one in review.questions(made_project)] == [1]


def test_another_question_or_none_is_given_when_it_is_confirmed(made_project: Project) -> None:
    review.ask(made_project, 1, "Is this a nauplius?")
    review.ask(made_project, 2, "Eggs?")
    other = review.confirm(made_project, 1, flag="Of which species?")
    none = review.confirm(made_project, 2, flag="")
    nodes = tree.nodes(made_project)
    assert (nodes[other].flag, nodes[none].flag) == ("Of which species?", None)


def test_morphs_that_are_flagged_are_found_too_the_oldest_first(made_project: Project) -> None:
    node = review.confirm(made_project, 1, name="Calanus")
    review.flag(made_project, node, "finmarchicus?")
    made_project.user = "ben"
    review.ask(made_project, 2, "Eggs?")
    found = review.questions(made_project)
    assert [(one.title, one.user) for one in found] == [("Calanus", "ana"), ("seed 2", "ben")]


def test_who_grows_a_flagged_morph_or_takes_a_question_back_did_not_ask(made_project: Project) -> None:
    node = review.confirm(made_project, 1)
    review.flag(made_project, node, "finmarchicus?")
    made_project.user = "ben"
    review.confirm(made_project, 2, into=node)
    review.flag(made_project, node, "glacialis?")
    assert [(one.text, one.user) for one in review.questions(made_project)] == [("glacialis?", "ben")]
    review.undo(made_project)
    assert [(one.text, one.user) for one in review.questions(made_project)] == [("finmarchicus?", "ana")]


def test_what_cannot_be_asked_is_refused(made_project: Project) -> None:
    review.confirm(made_project, 1)
    review.ask(made_project, 2, "Eggs?")
    version = history.version(made_project)
    for seed_id, text, words in (
        (1, "Why?", "confirmed already"),
        (2, "Eggs?", "already"),
        (3, "  ", "Write the question"),
        (99, "Why?", "99"),
    ):
        with pytest.raises(DecisionError, match=words):
            review.ask(made_project, seed_id, text)
    assert history.version(made_project) == version


def test_a_question_on_what_cannot_be_judged_any_more_waits_to_be_taken_off(made_project: Project) -> None:
    review.ask(made_project, 1, "Is this a nauplius?")
    with made_project.write() as conn:  # as rounds did until questions were kept
        conn.execute("UPDATE seed SET state = 'replaced' WHERE seed_id = 1")
    assert [one.seed_id for one in review.questions(made_project)] == [1]
    with pytest.raises(DecisionError, match="is replaced already"):
        review.ask(made_project, 1, "Or an egg?")
    review.ask(made_project, 1, None)
    assert review.questions(made_project) == []


def test_seeds_that_review_does_not_show_are_not_to_review(made_project: Project) -> None:
    described = {"feature_sets": [{"objects": 30}], "embeddings": [{"objects": 30}]}
    counts = mx.status(made_project) | described
    assert (counts["to_review"], counts["questions"], overview.next_verb(counts)) == (4, 0, "review")
    review.ask(made_project, 1, "Is this a nauplius?")
    morph = review.make_morph(made_project)
    for seed_id in (2, 3, 4):
        review.move(made_project, mx.seed_objects(made_project, seed_id), morph)
    counts = mx.status(made_project) | described
    assert counts["seeds"]["pending"] == 4
    assert (counts["to_review"], counts["questions"]) == (0, 1)
    assert overview.next_verb(counts) != "review"


def test_a_question_outlives_the_merge_of_its_morph(made_project: Project) -> None:
    first, second, third = (review.confirm(made_project, seed_id) for seed_id in (1, 2, 3))
    review.flag(made_project, second, "finmarchicus?")
    review.flag(made_project, third, "glacialis?")
    made_project.user = "ben"
    assert review.merge(made_project, [first, second], into=first) == first
    (_, found) = sorted(review.questions(made_project), key=lambda one: one.text == "finmarchicus?")
    assert (found.text, found.node_id, found.user) == ("finmarchicus?", first, "ana"), "ben did not ask"
    review.merge(made_project, [third, first], into=third)
    assert [one.text for one in review.questions(made_project)] == ["glacialis?\nfinmarchicus?"]
    review.undo(made_project)
    review.undo(made_project)
    assert {one.node_id: one.text for one in review.questions(made_project)} == {
        second: "finmarchicus?",
        third: "glacialis?",
    }
    assert checks.check(made_project) == []


def test_the_same_question_on_two_morphs_is_one_question_when_they_are_merged(made_project: Project) -> None:
    both = [review.confirm(made_project, seed_id) for seed_id in (1, 2)]
    for node in both:
        review.flag(made_project, node, "finmarchicus?")
    keep = review.merge(made_project, both)
    assert tree.nodes(made_project)[keep].flag == "finmarchicus?"


@pytest.mark.parametrize(
    "flag", [None, "Is this a nauplius?"]
)  # the page of a seed sends what its field holds
def test_who_confirms_a_seed_with_a_question_did_not_ask_it(made_project: Project, flag: str | None) -> None:
    review.ask(made_project, 1, "Is this a nauplius?")
    (asked,) = review.questions(made_project)
    made_project.user = "ben"
    review.confirm(made_project, 1, flag=flag)
    (question,) = review.questions(made_project)
    assert (question.text, question.user, question.time) == (asked.text, "ana", asked.time)


def test_who_asks_when_a_question_was_taken_off_is_the_one_who_asked(made_project: Project) -> None:
    review.ask(made_project, 1, "Is this a nauplius?")
    node = review.confirm(made_project, 2)
    review.flag(made_project, node, "finmarchicus?")
    made_project.user = "ben"
    review.flag(made_project, node, None)
    review.confirm(made_project, 1, into=node)
    assert [(one.text, one.user) for one in review.questions(made_project)] == [
        ("Is this a nauplius?", "ana")
    ]
