"""Scale bars burned in below objects: found in a few images of a source, and their cutting proposed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from morphoexplore.errors import ImageError
from morphoexplore.reading.images import ImageFiles, decode, find_footer, to_grey

LOOKED_AT = 100
WORTH_TELLING = 0.1  # share of the images looked at; a few bars may be objects that look like one


def propose_crop(root: Path, names: Sequence[str]) -> str | None:
    """
    Return a sentence that proposes to cut off scale bars, None where there are none.

    Parameters
    ----------
    root : Path
        Folder or zip of the images.
    names : sequence of str
        Images below it; 100 of them, spread evenly, are looked at. Those that cannot be read are passed over.
    """
    places = np.unique(np.linspace(0, len(names) - 1, min(len(names), LOOKED_AT)).round().astype(int))
    rows = []
    with ImageFiles(root) as files:
        for place in places.tolist():
            try:
                rows.append(find_footer(to_grey(decode(files.read(names[place])))))
            except ImageError:
                continue
    with_bar = np.count_nonzero(rows)
    if not with_bar or with_bar < WORTH_TELLING * len(rows):
        return None
    return (
        f"{with_bar} of {len(rows)} images that were looked at have a scale bar below the object ({max(rows)} rows), "
        "which now counts as a part of it. To cut it off, make a new project and add the images with "
        "--crop-bottom auto."
    )
