"""What was begun and left: growths, bulk offers and audits that somebody can go on with."""

from __future__ import annotations

import numpy as np

from morphoexplore.methods import certifying
from morphoexplore.review.beginning import open_surveys
from morphoexplore.review.course import FINDING
from morphoexplore.review.stepping import LOOKED, SurveyStep, survey_step
from morphoexplore.store import history
from morphoexplore.store.membership import Membership, MembershipState
from morphoexplore.store.project import Project
from morphoexplore.store.schema import SURVEYS
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
            if not answers or is_outgrown(survey, membership.state):
                continue
            step = survey_step(project, survey.survey_id, membership=membership)
            if step.phase != "done" and not _is_enough(step):
                found.append((answers[-1].decision_id, step))
    return [step for _, step in sorted(found, key=lambda one: -one[0])]


def is_outgrown(survey: Survey, state: MembershipState) -> bool:
    """Tell whether members came in unseen since an audit of a morph was begun: its sample would not speak of them."""
    if survey.kind != "audit":
        return False
    unseen = np.flatnonzero((state.node == survey.node_id) & (state.origin != LOOKED))
    return len(np.setdiff1d(unseen, survey.objects)) > 0


def _is_enough(step: SurveyStep) -> bool:
    if step.survey.kind in FINDING:
        return False
    is_reached = step.bound is not None and step.bound >= step.survey.target
    return is_reached or step.tally.pages >= certifying.pages_at_most(step.tally.total)
