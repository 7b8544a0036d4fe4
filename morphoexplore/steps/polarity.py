"""
On which side of the background the objects of a source lie: found once, by a vote of its images, and kept.

One image may mislead (a pale animal with a dark gut before a grey background); a collection does not. What was found is
kept, so that objects added later to the same source are described alike.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from morphoexplore.errors import ImageError
from morphoexplore.steps.drawing import ImageTask, opened_images, read_image, tasks
from morphoexplore.store.project import Project

SETTING = "polarity"
VOTERS = 200
AGREED = 0.9
"""Share of the votes below which a source has no polarity, and each of its images decides for itself."""

Polarities = dict[int, "int | None"]
"""By the number of a source: 1 where objects are brighter than their background, -1 where darker, None where mixed."""


def settle_polarities(project: Project) -> Polarities:
    """
    Return the polarity of every source of images, and find that of new ones.

    Two hundred images of a source, spread evenly, vote; those without contrast, or that cannot be read, do not. A source
    none of whose images votes stays open.
    """
    known: dict[str, Any] = project.setting(SETTING, {})
    with project.read() as conn:
        sources = [row[0] for row in conn.execute("SELECT source_id FROM source ORDER BY source_id")]
    new = [source for source in sources if str(source) not in known]
    for source in new:
        votes = _votes(project, source)
        if len(votes):
            bright = int(np.count_nonzero(np.asarray(votes) > 0))
            known[str(source)] = {"bright": bright, "dark": len(votes) - bright}
    if new:
        project.change_setting(SETTING, known)
    return {source: _decide(**known[str(source)]) for source in sources if str(source) in known}


def polarity_of(task: ImageTask, place: int, polarities: Polarities) -> int | None:
    """Return the polarity of the source of an image of a task."""
    image = task.images[place]
    return None if image is None else polarities.get(image[0])


def _decide(bright: int, dark: int) -> int | None:
    most = max(bright, dark)
    if most < AGREED * (bright + dark):
        return None
    return 1 if bright > dark else -1


def _votes(project: Project, source: int) -> list[int]:
    """Return the polarities that images of a source show."""
    from morphoexplore.methods.segmenting import segment
    from morphoexplore.reading.images import to_grey

    with project.read() as conn:
        rows = conn.execute("SELECT DISTINCT object FROM image WHERE source_id = ?", (source,)).fetchall()
    numbers = np.array([row[0] for row in rows])
    places = np.unique(np.linspace(0, len(numbers) - 1, min(len(numbers), VOTERS)).round().astype(int))
    votes = []
    with opened_images():
        for number in numbers[places].tolist():
            (task,) = tasks(project, number, number + 1, 1)
            try:
                image = read_image(task, 0)
            except ImageError:
                continue
            if image is None:
                continue
            found = segment(to_grey(image))
            if not found.problem:
                votes.append(found.polarity)
    return votes
