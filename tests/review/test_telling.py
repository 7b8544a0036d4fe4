"""What decisions are called on buttons and in histories."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.records import Decision
from morphoexplore.review.judging import SeedAnswer
from morphoexplore.review.telling import MOST, tell, told
from morphoexplore.store import history
from morphoexplore.store.project import Project


def last(project: Project) -> str:
    decision = history.next_undo(project)
    assert decision is not None
    return tell(project, decision)


def test_every_verb_has_its_words(made_project: Project) -> None:
    said = []

    def after(_: object) -> None:
        said.append(last(made_project))

    copepod = review.confirm(made_project, 1, name="Copepod")
    after(copepod)
    other = review.confirm(made_project, 2)
    after(other)
    after(review.discard(made_project, 3))
    after(review.grow(made_project, copepod, [23, 24]))
    after(review.grow(made_project, copepod, [], wrong=[25]))
    after(review.reject(made_project, copepod, [23]))
    after(review.move(made_project, [25, 26, 27], other))
    after(review.split(made_project, copepod, [0, 1]))
    after(review.name(made_project, other, "Ostracod"))
    after(review.name(made_project, other, None))
    after(review.kind(made_project, other, "detritus"))
    after(review.kind(made_project, other, None))
    after(review.flag(made_project, other, "Really?"))
    after(review.flag(made_project, other, None))
    after(review.describe(made_project, copepod, "With a tail."))
    after(review.identify(made_project, copepod, taxon="Calanus"))
    after(review.identify(made_project, copepod, taxon=None, ecotaxa_id=25828))
    after(review.identify(made_project, copepod, taxon=None))
    after(review.complete(made_project, copepod))
    after(review.complete(made_project, copepod, is_complete=False))
    morph = review.make_morph(made_project, name="Rest")
    after(morph)
    branch = review.make_branch(made_project, name="Crustacea", owns=[copepod, other])
    after(branch)
    after(review.move_node(made_project, morph, branch))
    after(review.move_node(made_project, morph, None))
    after(review.accept_arrangement(made_project, [[copepod, other]]))
    after(review.merge(made_project, [copepod, other]))
    after(review.dissolve(made_project, morph))
    after(review.name_many(made_project, pd.DataFrame({"taxon": ["Copepoda"]}, index=[copepod])))
    after(review.gather(made_project, [28, 29], name="Eggs"))
    branches = [review.make_branch(made_project) for _ in range(2)]
    after(review.move_node(made_project, branches, branch))
    after(review.kind(made_project, branches, "artefact"))
    after(review.dissolve(made_project, branches))
    after(review.look_again(made_project, [28, 29], wrong=[29]))
    after(review.ask(made_project, 4, "Is this an egg?"))
    after(review.ask(made_project, 4, None))
    assert said == [
        "confirm seed 1 as Copepod (8 objects)",
        "confirm seed 2 as morph 2 (6 objects)",
        "discard seed 3 (5 objects)",
        "grow Copepod by 2 objects",
        "refuse 1 candidate of Copepod",
        "reject 1 object from Copepod",
        "move 3 objects to morph 2",
        "split Copepod into 2 and 7 objects",
        "name morph 2 Ostracod",
        "drop the name of morph 2",
        "set the kind of morph 2 to detritus",
        "drop the kind of morph 2",
        "flag morph 2",
        "unflag morph 2",
        "describe Copepod",
        "identify Copepod as Calanus",
        "set the number of the taxon of Copepod",
        "drop the taxon of Copepod",
        "complete Copepod",
        "reopen Copepod",
        "make morph Rest",
        "make branch Crustacea of 2 nodes",
        "move Rest into Crustacea",
        "move Rest to the top",
        "arrange the tree: 1 new branch",
        "merge morph 2 into Copepod",
        "dissolve Rest",
        "name 1 node",
        "gather 2 objects in Eggs",
        "move 2 nodes into Crustacea",
        "set the kind of 2 nodes to artefact",
        "dissolve 2 nodes",
        "look again at 2 members: 1 left their morph",
        "ask about seed 4: Is this an egg?",
        "take the question off seed 4",
    ]


def test_a_judged_page_is_counted(made_project: Project) -> None:
    answers = [
        SeedAnswer(1, shown=[0, 1, 2, 3, 4, 5, 6, 7], cut=7),
        SeedAnswer(2, shown=[8, 9, 10, 11, 12, 13], cut=None),
    ]
    review.judge_page(made_project, answers, page=3)
    assert last(made_project) == "judge 2 seeds on page 3: 1 accepted, 1 refused"


def test_a_history_tells_sentences_in_the_past(made_project: Project) -> None:
    review.confirm(made_project, 1, name="Copepod")
    first = history.next_undo(made_project)
    review.make_branch(made_project, name="Crustacea", owns=[1])
    second = history.next_undo(made_project)
    assert first is not None
    assert second is not None
    assert told(made_project, [first, second]) == [
        "Confirmed seed 1 as Copepod (8 objects).",
        "Made branch Crustacea of 1 node.",
    ]


def test_what_is_gone_keeps_its_name_in_words(made_project: Project) -> None:
    review.confirm(made_project, 1, name="Copepod")
    undone = review.undo(made_project)
    assert tell(made_project, undone) == "confirm seed 1 as Copepod (8 objects)"
    review.redo(made_project)
    review.confirm(made_project, 2, name="Ostracod")
    review.merge(made_project, [1, 2])
    assert last(made_project) == "merge Ostracod into Copepod"


def test_somebody_elses_decision_says_whose_it_is(made_project: Project) -> None:
    review.confirm(made_project, 1)
    made_project.user = "ben"
    assert last(made_project) == "confirm seed 1 as morph 1 (8 objects) by ana"


@pytest.mark.parametrize("user", ["ana", "a person with a name that goes on and on"])
def test_long_names_are_cut_and_the_button_stays_short(made_project: Project, user: str) -> None:
    name = "Calanus finmarchicus, copepodite V, seen from the side, antennae spread"
    review.confirm(made_project, 1, name=name)
    review.confirm(made_project, 2, name=name)
    made_project.user = user
    review.merge(made_project, [1, 2])
    for decision in (history.next_undo(made_project), review.undo(made_project)):
        assert decision is not None
        text = tell(made_project, decision)
        assert len(text) <= MOST
        assert "Calan" in text
        assert "…" in text


def test_verbs_of_other_versions_are_told_plainly(made_project: Project) -> None:
    review.confirm(made_project, 1, name="Copepod")
    made = history.next_undo(made_project)
    assert made is not None
    strange = replace(made, verb="admire", detail={})
    assert tell(made_project, strange) == "admire Copepod"
    assert told(made_project, [strange]) == ["Admire Copepod."]


def test_a_decision_without_its_detail_is_still_told(made_project: Project) -> None:
    with pytest.raises(DecisionError):
        review.undo(made_project)
    verbs = (
        "confirm",
        "discard",
        "judge page",
        "gather",
        "grow",
        "reject",
        "move",
        "split",
        "merge",
        "name",
        "name many",
    )
    verbs += (
        "kind",
        "flag",
        "describe",
        "identify",
        "make morph",
        "make branch",
        "move node",
        "arrange",
        "dissolve",
    )
    for verb in verbs:
        assert tell(made_project, Decision(1, verb, "ana", "2026-01-01T00:00:00.000Z", 3, 4, {}, False))
