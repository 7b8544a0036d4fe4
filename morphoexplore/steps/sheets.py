"""Contact sheets: pictures of objects side by side, to look at in a notebook or a file."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from morphoexplore.store import images
from morphoexplore.store.project import Project

if TYPE_CHECKING:
    from PIL.Image import Image

LABEL = 14  # px below each picture, for the object's number
GAP = 4
PAPER, INK = (255, 255, 255), (70, 70, 70)


def sheet(project: Project, objects: Iterable[int], *, columns: int = 12, side: int = 96) -> Image:
    """
    Lay pictures of objects out in rows, in the order given, each with its object's number.

    A notebook shows the result; ``sheet(...).save("seed.png")`` keeps it.

    Parameters
    ----------
    objects : iterable of int
        Object numbers.
    columns : int
        Pictures in a row.
    side : int
        Largest width and height of a picture (px); pictures are never enlarged.

    Returns
    -------
    sheet : PIL.Image.Image
        RGB; an object without a readable image leaves its place empty.
    """
    from PIL import Image, ImageDraw

    numbers = [int(number) for number in objects]
    rows = max(1, -(-len(numbers) // columns))
    width, height = side + GAP, side + LABEL + GAP
    paper = Image.new("RGB", (columns * width + GAP, rows * height + GAP), PAPER)
    pen = ImageDraw.Draw(paper)
    for place, number in enumerate(numbers):
        left, top = GAP + place % columns * width, GAP + place // columns * height
        picture = images.picture(project, number)
        if picture:
            with Image.open(io.BytesIO(picture)) as image:
                image.thumbnail((side, side))
                paper.paste(image, (left + (side - image.width) // 2, top + (side - image.height) // 2))
        pen.text((left + side / 2, top + side + LABEL / 2), str(number), fill=INK, anchor="mm")
    return paper
