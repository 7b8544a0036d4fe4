"""What an audit of a round offers where it fell short: to take back what came in unseen with its seeds."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from morphoexplore import review
from morphoexplore.methods.mixtures import MIXED_FROM
from morphoexplore.review import SurveyStep
from morphoexplore.review.rounds import sample_of
from morphoexplore_app import ids, memory, parts
from morphoexplore_app.pages import growing
from morphoexplore_app.session import Session

MOST = 5  # seeds that are offered one by one


def offer(session: Session, step: SurveyStep) -> list[Component]:
    """Return the offer, nothing where the survey is no audit of a round, or did not fall short so far."""
    number, target = step.survey.round, step.survey.target
    looked, wrong = step.looked, step.wrong
    if not looked:  # what was taken back, the former sample told of; the others can follow
        with session.project.read() as conn:
            looked, wrong = sample_of(conn, step.survey.survey_id)
    if number is None or wrong <= (1 - target) * looked + 1e-9:
        return []
    seeds = review.round_seeds(
        session.project, number, membership=session.membership, index=memory.seed_index(session)
    )
    if seeds.empty:
        return []
    unseen = int(seeds["unseen"].sum())
    words = (
        f"Less than {target:.0%} of the sample are right. What came in unseen can be free again; what you looked at stays. A "
        f"seed of more than {MIXED_FROM} objects comes back in parts in the next round; the others can be grown again."
    )
    one_by_one = [
        html.Li(
            [
                _button(
                    f"back-{seed_id}",
                    f"Only {int(row['unseen']):,}",
                    None,
                    f"take back what came in unseen with seed {seed_id}",
                ),
                f" of {growing.title(session, int(row['node_id']))[0]}{_shown(int(row['wrong']), int(row['looked']))}",
            ]
        )
        for seed_id, row in seeds.head(MOST).iterrows()
    ]
    return [
        html.H2("It fell short"),
        html.P(words),
        html.P(
            _button(
                "back-all",
                f"Take back all {unseen:,}",
                "t",
                "free what came in unseen with the seeds of this round",
            )
        ),
        *([html.Ul(one_by_one, className="review-then")] if len(seeds) > 1 else []),
    ]


def _shown(wrong: int, looked: int) -> str:
    return f": {wrong:,} wrong of {looked:,}" if looked else ""


def _button(what: str, label: str, key: str | None, help: str) -> Component:
    return parts.action(label, ids.survey_say(what), key=key, help=help, variant="default")
