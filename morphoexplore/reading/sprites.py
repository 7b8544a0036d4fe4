"""
Sprite sheets: many small pictures in one JPEG, so that a page of a gallery is one request.

A sheet has 16 columns of square cells, filled row by row. Objects keep their relative size: an image of at most
64 px is shown at the scale of its tile, whatever the side of the cells is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from morphoexplore.errors import ImageError

COLUMNS = 16
TILE_SIDE = 64
_QUALITY = 82
_PAPER, _INK = 232, 172  # grey levels of a cell without image, and of the cross in it


def sheet_of_tiles(tiles: np.ndarray) -> bytes:
    """
    Make a sheet of raw tiles.

    Parameters
    ----------
    tiles : array of uint8, shape (n, side, side)
        Those of zeros throughout have no image.

    Returns
    -------
    sheet : bytes
        JPEG, min(n, 16) cells wide.
    """
    n, side = tiles.shape[:2]
    columns, rows = _grid(n)
    sheet = np.full((rows, side, columns, side), 255, np.uint8)  # what is left of the last row stays white
    blank = blank_cell(side)
    for place, tile in enumerate(tiles):
        sheet[place // columns, :, place % columns] = tile if tile.any() else blank
    return encode(sheet.reshape(rows * side, columns * side))


def sheet_of_pictures(pictures: Sequence[bytes], side: int) -> bytes:
    """
    Make a sheet of pictures, each fitted into its cell on the grey of its own border.

    Parameters
    ----------
    pictures : sequence of bytes
        JPEGs; empty, or not to be decoded: no image.
    side : int
        Of a cell, in pixels.

    Returns
    -------
    sheet : bytes
        JPEG, min(n, 16) cells wide; grey where all pictures are.
    """
    images = [_decode(picture, side) for picture in pictures]
    is_coloured = any(image is not None and image.ndim == 3 for image in images)
    columns, rows = _grid(len(images))
    sheet = np.full((rows * side, columns * side, 3)[: 2 + is_coloured], 255, np.uint8)
    for place, image in enumerate(images):
        top, left = place // columns * side, place % columns * side
        _fit(image, sheet[top : top + side, left : left + side])
    return encode(sheet)


def _fit(image: np.ndarray | None, cell: np.ndarray) -> None:
    """Centre an image in a square cell, reduced to it or enlarged as its tile would be."""
    import cv2

    side = len(cell)
    if image is None:
        image = blank_cell(side)
    if image.ndim < cell.ndim:
        image = np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR))
    scale = min(side / max(image.shape[:2]), side / TILE_SIDE)
    height, width = (max(1, round(length * scale)) for length in image.shape[:2])
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    ground = np.partition(border, len(border) // 2, axis=0)[len(border) // 2]  # median, five times as fast
    if (height, width) != image.shape[:2]:
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        image = np.asarray(cv2.resize(image, (width, height), interpolation=how))
    if (height, width) != (side, side):
        cell[:] = np.broadcast_to(
            ground, cell.shape[1:]
        ).copy()  # row by row: pixel by pixel takes 20 times as long
    top, left = (side - height) // 2, (side - width) // 2
    cell[top : top + height, left : left + width] = image


def blank_cell(side: int) -> np.ndarray:
    """Return the cell of an object without image: light grey with a cross."""
    import cv2

    cell = np.full((side, side), _PAPER, np.uint8)
    low, high = round(0.38 * side), round(0.62 * side)
    for begin, end in (((low, low), (high, high)), ((low, high), (high, low))):
        cv2.line(cell, begin, end, _INK, max(1, side // 48), cv2.LINE_AA)
    return cell


def encode(image: np.ndarray) -> bytes:
    """Encode a sheet as JPEG."""
    import cv2

    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        message = f"A sheet of {image.shape[1]} x {image.shape[0]} pixels cannot be written as JPEG."
        raise ImageError(message)
    return data.tobytes()


def _grid(n: int) -> tuple[int, int]:
    """Return the columns and rows of a sheet."""
    columns = min(n, COLUMNS)
    return columns, -(-n // columns)


def _decode(picture: bytes, side: int) -> np.ndarray | None:
    """Decode a JPEG (BGR where it is coloured), at half its size where that is large enough for the cell."""
    import cv2

    size = _size(picture)
    if size is None:
        return None
    longest, channels = size
    if longest >= 2 * side:
        flag = cv2.IMREAD_REDUCED_GRAYSCALE_2 if channels == 1 else cv2.IMREAD_REDUCED_COLOR_2
    else:
        flag = cv2.IMREAD_GRAYSCALE if channels == 1 else cv2.IMREAD_COLOR
    image = cv2.imdecode(np.frombuffer(picture, np.uint8), flag)
    return None if image is None else np.asarray(image)


def _size(picture: bytes) -> tuple[int, int] | None:
    """Return the longest side and the number of channels that a JPEG says it has; None where it is none."""
    place = 2
    while place + 9 < len(picture) and picture[place] == 0xFF:
        if picture[place + 1] in (0xC0, 0xC1, 0xC2):
            height, width = (int.from_bytes(picture[place + at : place + at + 2]) for at in (5, 7))
            return max(height, width), picture[place + 9]
        place += 2 + int.from_bytes(picture[place + 2 : place + 4])
    return None
