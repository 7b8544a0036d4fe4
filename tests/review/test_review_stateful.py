"""Random sequences of all decisions, with undo and redo between them: nothing is ever lost or broken."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pandas as pd
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.review import SeedAnswer
from morphoexplore.store import checks, history, seeds, surveys, tree
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from morphoexplore.store.schema import ORIGINS
from morphoexplore.store.surveys import Survey
from tests.made import SEED_SIZES, add_round, make_project, state_of

OBJECTS = sum(SEED_SIZES) + 7
UNSEEN = ORIGINS.index("seed")
some_objects = st.sets(st.integers(0, OBJECTS - 1), max_size=6)
texts = st.sampled_from(["Calanus", " Oithona ", "", None])


class Reviewing(RuleBasedStateMachine):
    """A person who decides at random."""

    template: Path

    @initialize()
    def open(self) -> None:
        self.home = Path(tempfile.mkdtemp())
        shutil.copytree(self.template, self.home / "project")
        self.project = Project(self.home / "project", user="ana")
        self.timeline = [state_of(self.project)]
        self.at = 0
        self.membership = Membership(self.project)
        self.surveys: list[int | Survey] = []

    def teardown(self) -> None:
        if not hasattr(self, "project"):
            return
        while self.at:
            self.undo()
        assert not self.timeline[0].tables["node"]
        shutil.rmtree(self.home)

    def decide(self, make: Callable[[], object]) -> None:
        before = state_of(self.project)
        try:
            make()
        except DecisionError:
            assert state_of(self.project) == before
            return
        self.timeline = [*self.timeline[: self.at + 1], state_of(self.project)]
        self.at += 1

    def node(self, data: st.DataObject, *, branch: bool | None = None) -> int:
        nodes = tree.nodes(self.project).values()
        known = [node.node_id for node in nodes if branch in (None, node.is_branch)]
        return data.draw(st.sampled_from([*known, 99]))

    def seed(self, data: st.DataObject, state: str = "pending") -> tuple[int, st.SearchStrategy[set[int]]]:
        with self.project.read() as conn:
            rows = conn.execute("SELECT seed_id, number FROM seed WHERE state = ?", (state,)).fetchall()
        if not rows:
            return 99, st.just(set())
        seed_id, number = data.draw(st.sampled_from([tuple(row) for row in rows]))
        start = sum(SEED_SIZES[:number])
        return seed_id, st.sets(st.integers(start, start + SEED_SIZES[number] - 1), max_size=3)

    @rule(data=st.data(), name=texts, again=st.booleans())
    def confirm(self, data: st.DataObject, name: str | None, again: bool) -> None:
        seed_id, within = self.seed(data)
        into = self.node(data, branch=False) if again else None
        wrong, shown, doubtful = data.draw(within), data.draw(within), data.draw(within)
        options = {"wrong": wrong, "shown": shown, "doubtful": doubtful - wrong, "into": into}
        self.decide(lambda: review.confirm(self.project, seed_id, name=None if again else name, **options))

    @rule(data=st.data(), state=st.sampled_from(["pending", "pending", "discarded"]))
    def discard(self, data: st.DataObject, state: str) -> None:
        seed_id, within = self.seed(data, state)
        shown = data.draw(within)
        self.decide(lambda: review.discard(self.project, seed_id, shown=shown))

    @rule(data=st.data(), n=st.integers(1, 3))
    def judge_page(self, data: st.DataObject, n: int) -> None:
        answers = []
        for _ in range(n):
            seed_id, within = self.seed(data)
            shown = sorted(data.draw(within))
            cut = data.draw(st.sampled_from([None, *range(len(shown) + 1)]))
            wrong = data.draw(st.lists(st.sampled_from(shown))) if shown else []
            into = data.draw(st.sampled_from([None, None, self.node(data, branch=False)]))
            answers.append(SeedAnswer(seed_id, shown, cut, wrong=wrong, into=into))
        self.decide(lambda: review.judge_page(self.project, answers, page=3))

    @rule(data=st.data(), chosen=some_objects, shown=some_objects, name=texts, moves=st.booleans())
    def gather(
        self, data: st.DataObject, chosen: set[int], shown: set[int], name: str | None, *, moves: bool
    ) -> None:
        into = data.draw(st.sampled_from([None, self.node(data)]))
        name = None if into else name
        options = {"name": name, "into": into, "shown": shown, "moves": moves}
        self.decide(lambda: review.gather(self.project, chosen, **options))

    @rule(data=st.data(), wrong=some_objects, shown=some_objects)
    def grow(self, data: st.DataObject, wrong: set[int], shown: set[int]) -> None:
        node = self.node(data)
        free = tree.free_objects(self.project).tolist()
        accept = data.draw(st.sets(st.sampled_from(free), max_size=6)) if free else set()
        self.decide(lambda: review.grow(self.project, node, accept, wrong=wrong - accept, shown=shown))

    @rule(data=st.data(), wrong=some_objects)
    def reject(self, data: st.DataObject, wrong: set[int]) -> None:
        node = self.node(data)
        self.decide(lambda: review.reject(self.project, node, wrong))

    @rule(data=st.data(), chosen=some_objects)
    def move(self, data: st.DataObject, chosen: set[int]) -> None:
        node = self.node(data)
        self.decide(lambda: review.move(self.project, chosen, node))

    @rule(data=st.data(), is_doubtful=st.booleans())
    def judge_members(self, data: st.DataObject, *, is_doubtful: bool) -> None:
        node = self.node(data, branch=False)
        members = tree.members(self.project, node).tolist()
        chosen = data.draw(st.lists(st.sampled_from(members), unique=True, max_size=3)) if members else []
        self.decide(lambda: review.judge_members(self.project, node, chosen, is_doubtful=is_doubtful))

    @rule(data=st.data(), shown=some_objects, moves=st.booleans())
    def look_again(self, data: st.DataObject, shown: set[int], *, moves: bool) -> None:
        wrong = data.draw(st.sets(st.sampled_from(sorted(shown)), max_size=2)) if shown else set()
        node = self.node(data)
        moved = [(one, node) for one in sorted(shown - wrong)[:1]] if moves else []
        self.decide(lambda: review.look_again(self.project, shown, wrong=wrong, moved=moved))

    @rule(data=st.data(), question=texts)
    def ask(self, data: st.DataObject, question: str | None) -> None:
        seed_id, _ = self.seed(data)
        self.decide(lambda: review.ask(self.project, seed_id, question))

    @rule(data=st.data(), names=st.lists(texts, min_size=2, max_size=2))
    def split(self, data: st.DataObject, names: list[str | None]) -> None:
        node = self.node(data, branch=False)
        members = tree.members(self.project, node).tolist()
        if members:
            chosen = data.draw(st.lists(st.sampled_from(members), unique=True, min_size=1))
            parts = [chosen[::2], chosen[1::2]][: len(chosen)]
            self.decide(lambda: review.split_in_parts(self.project, node, parts, names=names[: len(parts)]))

    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        nodes = [self.node(data, branch=False) for _ in range(2)]
        into = data.draw(st.sampled_from([None, *nodes]))
        self.decide(lambda: review.merge(self.project, nodes, into=into))

    @rule(data=st.data(), name=texts)
    def make_morph(self, data: st.DataObject, name: str | None) -> None:
        parent = self.node(data, branch=True) if data.draw(st.booleans()) else None
        self.decide(lambda: review.make_morph(self.project, name=name, parent=parent))

    @rule(data=st.data(), name=texts)
    def make_branch(self, data: st.DataObject, name: str | None) -> None:
        owns = [self.node(data) for _ in range(data.draw(st.integers(0, 2)))]
        self.decide(lambda: review.make_branch(self.project, name=name, owns=owns))

    @rule(data=st.data())
    def move_node(self, data: st.DataObject) -> None:
        node, parent = self.node(data), self.node(data, branch=True)
        self.decide(lambda: review.move_node(self.project, node, parent))

    @rule(data=st.data())
    def dissolve(self, data: st.DataObject) -> None:
        node = self.node(data)
        self.decide(lambda: review.dissolve(self.project, node))

    @rule(data=st.data())
    def arrange(self, data: st.DataObject) -> None:
        groups = [[self.node(data), self.node(data)]]
        self.decide(lambda: review.accept_arrangement(self.project, groups))

    @rule(data=st.data(), kind=st.sampled_from(["growth", "draft", "audit", "bulk", "round"]))
    def begin_survey(self, data: st.DataObject, kind: str) -> None:
        node = self.node(data, branch=False)
        begin = {
            "growth": lambda: review.begin_growth(
                self.project, node, mode=data.draw(st.sampled_from(["ruler", "gallop"]))
            ),
            "draft": lambda: review.draft_growth(self.project, node),
            "audit": lambda: review.begin_audit(self.project, node),
            "bulk": lambda: review.begin_bulk(self.project),
            "round": lambda: review.begin_round_audit(self.project, 1),
        }
        before = state_of(self.project)
        with suppress(DecisionError):
            self.surveys.append(begin[kind]())
        assert state_of(self.project) == before  # to begin decides nothing

    @precondition(lambda self: self.surveys)
    @rule(data=st.data(), how=st.sampled_from(["count", "wrong", "unsure", "stop"]), right=st.booleans())
    def answer_survey(self, data: st.DataObject, how: str, *, right: bool) -> None:
        survey = data.draw(st.sampled_from(self.surveys))
        try:
            step = review.survey_step(self.project, survey)
        except DecisionError:  # its morph is gone
            return
        offered = [*step.objects, *(one for row in step.rows for one in row.objects)]
        if step.survey.kind == "growth":
            assert not set(offered) & set(tree.rejections(self.project, step.survey.node_id).tolist())
        if step.survey.kind == "bulk":
            for one, offered_to in zip(step.objects, step.nodes or (), strict=True):
                assert one not in tree.rejections(self.project, offered_to)
        if step.survey.kind in ("growth", "bulk"):
            assert set(offered) <= set(tree.free_objects(self.project).tolist())
        wrong = data.draw(st.sets(st.sampled_from(offered), max_size=3)) if offered else set()
        row = data.draw(st.sampled_from([None, *range(len(step.rows))]))
        many = data.draw(st.sampled_from([review.MANY, 0, 1]))
        answers = {
            "unsure": lambda: review.accept_unsure(self.project, survey),
            "stop": lambda: review.stop_survey(self.project, survey),
        }
        if how not in answers:
            answers[how] = {
                "ruler": lambda: review.mark_row(self.project, survey, row, wrong=wrong),
                "jump": lambda: review.judge_jump(self.project, survey, is_right=right),
            }.get(
                step.phase,
                (lambda: review.judge_sample(self.project, survey, wrong=wrong))
                if how == "wrong"
                else (lambda: review.judge_sample(self.project, survey, count=many)),
            )
        self.decide(answers[how])

    @rule(data=st.data(), is_whole=st.booleans())
    def take_back(self, data: st.DataObject, *, is_whole: bool) -> None:
        confirmed = seeds.listing(self.project, "confirmed").index.tolist()
        seed_ids = None if is_whole else [data.draw(st.sampled_from([*confirmed, 99]))]
        (node, origin), before = tree.membership(self.project), self.at
        self.decide(lambda: review.take_back(self.project, 1, seed_ids=seed_ids))
        if self.at == before:
            return
        node_now, origin_now = tree.membership(self.project)
        freed = np.flatnonzero((node != tree.FREE) & (node_now == tree.FREE))
        assert set(origin[freed]) == {UNSEEN}
        assert not is_whole or UNSEEN not in origin_now
        with self.project.read() as conn:
            assert not any(np.isin(one.objects, freed).any() for one in surveys.bounds(conn))

    @rule(data=st.data(), text=texts, kind=st.sampled_from(["detritus", "living", None, "stone"]))
    def describe(self, data: st.DataObject, text: str | None, kind: str | None) -> None:
        node = self.node(data)
        make = data.draw(
            st.sampled_from(
                [
                    lambda: review.name(self.project, node, text),
                    lambda: review.describe(self.project, node, text),
                    lambda: review.flag(self.project, node, text),
                    lambda: review.kind(self.project, node, kind),
                    lambda: review.complete(self.project, node, is_complete=bool(text)),
                    lambda: review.identify(self.project, node, taxon=text, ecotaxa_id=np.int64(5)),
                    lambda: review.name_many(self.project, pd.DataFrame({"name": [text]}, index=[node])),
                ]
            )
        )
        self.decide(make)

    @rule()
    def undo(self) -> None:
        if not self.at:
            assert history.next_undo(self.project) is None
            return
        last = history.next_undo(self.project)
        undone = review.undo(self.project)
        assert last is not None
        assert undone.decision_id == last.decision_id
        self.at -= 1
        assert self.timeline[self.at].is_restored_by(state_of(self.project))

    @rule()
    def redo(self) -> None:
        if self.at == len(self.timeline) - 1:
            assert history.next_redo(self.project) is None
            return
        review.redo(self.project)
        self.at += 1
        assert self.timeline[self.at].is_restored_by(state_of(self.project))

    @precondition(lambda self: self.at)
    @rule()
    def undo_some(self) -> None:
        for _ in range(min(3, self.at)):
            self.undo()

    @invariant()
    def nothing_is_broken(self) -> None:
        if not hasattr(self, "project"):
            return
        assert checks.check(self.project) == []

    @invariant()
    def what_a_server_keeps_in_memory_is_what_the_database_says(self) -> None:
        if not hasattr(self, "membership"):
            return
        before = self.membership.state
        copies = before.node.copy(), before.origin.copy()
        self.membership.refresh()
        node, origin = tree.membership(self.project)
        assert self.membership.version == history.version(self.project)
        assert np.array_equal(self.membership.node, node)
        assert np.array_equal(self.membership.origin, origin)
        assert np.array_equal(before.node, copies[0])  # who holds a former state keeps it
        assert np.array_equal(before.origin, copies[1])

    @invariant()
    def free_and_members_are_all_objects(self) -> None:
        if not hasattr(self, "project"):
            return
        node, origin = tree.membership(self.project)
        assert ((node == tree.FREE) == (origin == -1)).all()
        assert (
            sum(tree.member_counts(self.project).values()) + len(tree.free_objects(self.project)) == OBJECTS
        )
        assert tree.morphs(self.project)["members"].sum() == (node != tree.FREE).sum()
        assert np.isin(tree.doubtful(self.project), np.flatnonzero(node != tree.FREE)).all()


def test_no_sequence_of_decisions_breaks_a_project(tmp_path: Path) -> None:
    make_project(tmp_path / "template")

    class There(Reviewing):
        template = tmp_path / "template"

    There.TestCase.settings = settings(
        max_examples=25,
        stateful_step_count=20,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    There.TestCase().runTest()


def test_a_new_round_between_decision_undo_and_redo_breaks_nothing(made_project: Project) -> None:
    before = state_of(made_project).tables["node"]
    review.confirm(made_project, 1)
    review.undo(made_project)
    add_round(made_project, np.repeat([0, -1], [6, OBJECTS - 6]))
    review.redo(made_project)
    assert checks.check(made_project) == []
    review.undo(made_project)
    assert checks.check(made_project) == []
    assert state_of(made_project).tables["node"] == before
