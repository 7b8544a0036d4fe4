"""What was begun and left: growths, bulk offers and audits that somebody can go on with."""

from __future__ import annotations

import numpy as np

from morphoexplore.methods import certifying
from morphoexplore.review.beginning import open_surveys
from morphoexplore.review.course import FINDING
from morphoexplore.review.rounds import unseen_of_round
from morphoexplore.review.stepping import LOOKED, SurveyStep, survey_step
from morphoexplore.store import history
from morphoexplore.store.membership import Membership
from morphoexplore.store.project import Project
from morphoexplore.store.schema import SURVEYS
from morphoexplore.store.seeds import SeedIndex
from morphoexplore.store.surveys import Survey


def unfinished(project: Project, *, membership: Membership | None = None) -> list[SurveyStep]:
    """
    Return what each survey shows that was begun and left, the one first that was answered last.

    An audit never comes to an end while anything is unseen. It counts as unfinished as long as another of the pages that
    its members are worth may still show that the precision is reached.

    Parameters
    ----------
    membership : Membership, optional
        What a server keeps in memory; read from the project unless given.
    """
    membership = membership or Membership(project)
    membership.refresh()
    found = []
    for kind in SURVEYS:
        for survey in open_surveys(project, kind):
            with project.read() as conn:
                answers = history.of_survey(conn, survey.survey_id)
            if not answers or is_outgrown(project, survey, membership=membership):
                continue
            step = survey_step(project, survey.survey_id, membership=membership)
            if step.phase != "done" and not _is_enough(step):
                found.append((answers[-1].decision_id, step))
    return [step for _, step in sorted(found, key=lambda one: -one[0])]


def is_outgrown(
    project: Project, survey: Survey, *, membership: Membership, index: SeedIndex | None = None
) -> bool:
    """
    Tell whether members came in unseen since an audit was begun, of its morph or with its round: it would not speak of them.

    Parameters
    ----------
    membership, index
        What a server keeps in memory; the index is read from the project unless given.
    """
    if survey.kind == "round":
        of_seeds = unseen_of_round(project, survey.round or 0, membership=membership, index=index).to_list()
        unseen = np.concatenate([np.empty(0, np.int64), *of_seeds])
    elif survey.kind == "audit":
        state = membership.state
        unseen = np.flatnonzero((state.node == survey.node_id) & (state.origin != LOOKED))
    else:
        return False
    return len(np.setdiff1d(unseen, survey.objects)) > 0


def _is_enough(step: SurveyStep) -> bool:
    if step.survey.kind in FINDING:
        return False
    is_reached = step.bound is not None and step.bound >= step.survey.target
    return is_reached or step.tally.pages >= certifying.pages_at_most(step.tally.total)
