"""Parts that several pages share."""

from __future__ import annotations

import pytest

from morphoexplore import review
from morphoexplore.errors import DecisionError
from morphoexplore.store.project import Project
from morphoexplore_app import parts
from morphoexplore_app.deciding import decide
from morphoexplore_app.session import Session


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("morph 12 is complete.", "Morph 12 is complete."),
        ("branch 3: 4 objects accepted.", "Branch 3: 4 objects accepted."),
        ("round diatom is complete.", "round diatom is complete."),  # a name is left as it was given
        ("Seed 3 is part of morph 12 now.", "Seed 3 is part of morph 12 now."),
        ("", ""),
    ],
)
def test_a_sentence_on_what_has_no_name_begins_with_a_capital(text: str, said: str) -> None:
    assert parts.sentence(text) == said


def test_notices_and_refusals_begin_with_a_capital(made_project: Project) -> None:
    session, node = Session(made_project), review.confirm(made_project, 1)
    assert (
        decide(session, None, lambda: f"morph {node} is complete.")["message"] == f"Morph {node} is complete."
    )

    def refused() -> str:
        message = f"morph {node} has 8 members."
        raise DecisionError(message)

    assert decide(session, None, refused)["message"] == f"Morph {node} has 8 members."
