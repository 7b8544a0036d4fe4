"""Contact sheets: pictures of objects side by side, to look at in a notebook or a file."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from morphoexplore.errors import DecisionError
from morphoexplore.store import images
from morphoexplore.store.project import Project

if TYPE_CHECKING:
    from PIL.Image import Image

LABEL = 14  # px below each picture, for the object's number
TITLE = 18  # px above a group, for its title
GAP = 4
PAPER, INK, TITLE_INK = (255, 255, 255), (70, 70, 70), (0, 0, 0)


def sheet(
    project: Project,
    objects: Iterable[int] | Mapping[str, Iterable[int]],
    *,
    columns: int = 12,
    side: int = 96,
) -> Image:
    """
    Lay pictures of objects out in rows, in the order given, each with its object's number.

    A notebook shows the result; ``sheet(...).save("seed.png")`` keeps it.

    Parameters
    ----------
    objects : iterable of int, or mapping of title to iterable of int
        Object numbers; with titles, each group begins a row of its own below its title.
    columns : int
        Pictures in a row.
    side : int
        Largest width and height of a picture (px); pictures are never enlarged.

    Returns
    -------
    sheet : PIL.Image.Image
        RGB; an object without a readable image leaves its place empty.

    Raises
    ------
    DecisionError
        If the project has no object of a number.
    """
    from PIL import Image, ImageDraw

    groups = objects.items() if isinstance(objects, Mapping) else [("", objects)]
    blocks = [(title, [int(number) for number in numbers]) for title, numbers in groups]
    _require_existing(project, [number for _, numbers in blocks for number in numbers])
    width, height = side + GAP, side + LABEL + GAP
    depths = [
        (TITLE if title else 0) + max(1, -(-len(numbers) // columns)) * height for title, numbers in blocks
    ]
    paper = Image.new("RGB", (columns * width + GAP, max(height, sum(depths)) + GAP), PAPER)
    pen = ImageDraw.Draw(paper)
    top = GAP
    for (title, numbers), depth in zip(blocks, depths, strict=True):
        if title:
            pen.text((GAP, top + TITLE / 2), title, fill=TITLE_INK, anchor="lm")
        first = top + (TITLE if title else 0)
        for place, number in enumerate(numbers):
            row, column = divmod(place, columns)
            x, y = GAP + column * width, first + row * height
            picture = images.picture(project, number)
            if picture:
                with Image.open(io.BytesIO(picture)) as image:
                    image.thumbnail((side, side))
                    paper.paste(image, (x + (side - image.width) // 2, y + (side - image.height) // 2))
            pen.text((x + side / 2, y + side + LABEL / 2), str(number), fill=INK, anchor="mm")
        top += depth
    return paper


def _require_existing(project: Project, numbers: list[int]) -> None:
    n = project.count_objects()
    strange = next((number for number in numbers if not 0 <= number < n), None)
    if strange is not None:
        message = f"There is no object number {strange}; this project has the numbers 0 to {n - 1}."
        raise DecisionError(message)
