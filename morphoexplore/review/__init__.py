"""
Short verbs: one person, one decision, one transaction.

Every function here is one decision: it changes seeds, members and the tree, and enters what was looked at,
all or nothing. :func:`undo` takes the last one back.
"""

from __future__ import annotations

from morphoexplore.review.asking import Question, ask, questions
from morphoexplore.review.beginning import (
    begin_audit,
    begin_bulk,
    begin_growth,
    begin_round_audit,
    draft_audit,
    draft_bulk,
    draft_growth,
    draft_round_audit,
    open_surveys,
)
from morphoexplore.review.cutting import confirm_parts, propose_parts
from morphoexplore.review.doubting import doubts, look_again
from morphoexplore.review.duplicates import LikelySame, keep_apart, kept_apart, likely_same
from morphoexplore.review.efforts import correct_effort, correct_efforts
from morphoexplore.review.judging import JudgedPage, SeedAnswer, confirm, discard, judge_page
from morphoexplore.review.likeness import Centres, LikeMorph, nearest_morphs
from morphoexplore.review.members import (
    gather,
    grow,
    judge_members,
    merge,
    move,
    reject,
    split,
    split_in_parts,
)
from morphoexplore.review.nodes import (
    accept_arrangement,
    complete,
    describe,
    dissolve,
    flag,
    identify,
    kind,
    make_branch,
    make_morph,
    move_node,
    name,
    name_many,
)
from morphoexplore.review.offers import best_morphs, candidates, expected_yields, propose_split
from morphoexplore.review.rounds import round_seeds, take_back
from morphoexplore.review.stepping import RulerRow, SurveyStep, survey_step
from morphoexplore.review.strips import StripPage, StripRow, strip_page
from morphoexplore.review.surveying import (
    MANY,
    accept_unsure,
    judge_jump,
    judge_sample,
    mark_row,
    stop_survey,
)
from morphoexplore.review.taking import take
from morphoexplore.review.unfinished import unfinished
from morphoexplore.store.history import redo, undo

__all__ = [
    "MANY",
    "Centres",
    "JudgedPage",
    "LikeMorph",
    "LikelySame",
    "Question",
    "RulerRow",
    "SeedAnswer",
    "StripPage",
    "StripRow",
    "SurveyStep",
    "accept_arrangement",
    "accept_unsure",
    "ask",
    "begin_audit",
    "begin_bulk",
    "begin_growth",
    "begin_round_audit",
    "best_morphs",
    "candidates",
    "complete",
    "confirm",
    "confirm_parts",
    "correct_effort",
    "correct_efforts",
    "describe",
    "discard",
    "dissolve",
    "doubts",
    "draft_audit",
    "draft_bulk",
    "draft_growth",
    "draft_round_audit",
    "expected_yields",
    "flag",
    "gather",
    "grow",
    "identify",
    "judge_jump",
    "judge_members",
    "judge_page",
    "judge_sample",
    "keep_apart",
    "kept_apart",
    "kind",
    "likely_same",
    "look_again",
    "make_branch",
    "make_morph",
    "mark_row",
    "merge",
    "move",
    "move_node",
    "name",
    "name_many",
    "nearest_morphs",
    "open_surveys",
    "propose_parts",
    "propose_split",
    "questions",
    "redo",
    "reject",
    "round_seeds",
    "split",
    "split_in_parts",
    "stop_survey",
    "strip_page",
    "survey_step",
    "take",
    "take_back",
    "undo",
    "unfinished",
]
