"""
Images: their files, decoding, grey, scale bars off, pictures and tiles for galleries.

An image is uint8, shape (height, width) for grey or (height, width, 3) for RGB.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np

from morphoexplore.errors import ImageError
from morphoexplore.reading.decoding import border_mask, decode, highest_level
from morphoexplore.reading.files import READ_ERRORS, is_image
from morphoexplore.reading.nested import open_files

__all__ = [
    "HIGHEST_WHITE",
    "ImageFiles",
    "border_level",
    "crop_footer",
    "decode",
    "encode_picture",
    "encode_png",
    "find_footer",
    "make_tile",
    "measure_white_level",
    "to_grey",
]

HIGHEST_WHITE = 65535
_WHITE_LEVELS = (1023, 4095, 16383, HIGHEST_WHITE)
_FOOTER_ROWS = 31


class ImageFiles:
    """
    Images below a folder or inside a zip, by relative name.

    May be pickled and used in several processes: each opens the zip for itself when it first reads.

    Parameters
    ----------
    root : Path
        Folder or zip.

    Examples
    --------
    >>> with ImageFiles(Path("vignettes.zip")) as files:  # doctest: +SKIP
    ...     image = decode(files.read("haul_1/copepod_7.png"))
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root)
        self._files = open_files(self.root)

    def read(self, relative: str) -> bytes:
        """
        Return the content of an image file.

        Parameters
        ----------
        relative : str
            Name below the root with forward slashes; in a folder also an absolute path.

        Raises
        ------
        ImageError
            The image is gone or cannot be read.
        """
        try:
            return self._files.read(relative)
        except (FileNotFoundError, NotADirectoryError):
            message = (
                f"Image {relative} is not in {self.root} any more; "
                "if the images moved: morphoexplore relocate PROJECT OLD NEW"
            )
            raise ImageError(message) from None
        except READ_ERRORS as error:
            message = f"Image {relative} in {self.root} cannot be read: {error or type(error).__name__}."
            raise ImageError(message) from error

    def exists(self, relative: str) -> bool:
        """Tell whether there is such a file, as its folder was when first asked about."""
        return self._files.exists(relative)

    def is_compressed_twice(self, relative: str) -> bool:
        """Tell whether an image lies in a compressed zip inside a zip, so that reading one means unpacking all."""
        return self._files.is_compressed_twice(relative)

    def names(self) -> list[str]:
        """Return the names of all images in natural order."""
        return [name for name in self._files.names() if is_image(name)]

    def close(self) -> None:
        """Close the zip."""
        self._files.close()

    def __enter__(self) -> ImageFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __getstate__(self) -> Path:
        return self.root

    def __setstate__(self, root: Path) -> None:
        self.__init__(root)  # type: ignore[misc]  # opened anew where it is unpickled


def to_grey(image: np.ndarray) -> np.ndarray:
    """
    Return the luma (Rec. 601) of an image.

    Parameters
    ----------
    image : array of uint8, shape (height, width) or (height, width, 3)

    Returns
    -------
    grey : array of uint8, shape (height, width)
    """
    if image.ndim == 2:
        return image
    import cv2

    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY))


def measure_white_level(files: ImageFiles, names: Sequence[str]) -> int:
    """
    Tell what white is in a collection of images of 16 bits per channel, from up to 200 of them.

    Parameters
    ----------
    files : ImageFiles
        Where the images lie.
    names : sequence of str
        All of their names; 200 spread evenly are looked at. Images that cannot be read are passed over.

    Returns
    -------
    white_level : int
        1023, 4095, 16383 or 65535, the smallest that no value exceeds; 65535 where no image has 16 bits.
    """
    places = np.unique(np.linspace(0, len(names) - 1, num=min(200, len(names))).round().astype(int))
    highest = [_highest_level(files, names[place]) for place in places.tolist()]
    deep = [level for level in highest if level is not None]
    if not deep:
        return HIGHEST_WHITE
    return next((white for white in _WHITE_LEVELS if white >= max(deep)), HIGHEST_WHITE)


def find_footer(grey: np.ndarray) -> int:
    """
    Find the scale bar that ZooProcess, FlowCam and UVP software burn in below the object.

    A footer is a background strip with, at its left, a text and below it a horizontal bar of one grey, two
    or more pixels thick, whose rows are empty otherwise.

    Parameters
    ----------
    grey : array of uint8, shape (height, width)

    Returns
    -------
    rows : int
        Rows to cut at the bottom: 31 where the 31 rows of the format are free of the object, less where
        the object reaches into them, 0 where there is no scale bar or nothing would be left.
    """
    if grey.shape[0] <= _FOOTER_ROWS + 1 or grey.shape[1] < 20:
        return 0
    level = border_level(grey)
    if 5 < level < 250:
        return 0
    strip = np.abs(grey[-_FOOTER_ROWS:].astype(np.int16) - level) > 40
    bar = _find_bar(grey[-_FOOTER_ROWS:], strip)
    if bar is None:
        return 0
    marked = strip[:, 5:].any(axis=1)
    above = np.flatnonzero(marked[:bar])
    if len(above) == 0 or bar - above[-1] > 6:
        return 0  # no text
    top = int(above[-1])
    while top > 0 and marked[top - 1]:
        top -= 1
    return _FOOTER_ROWS - (int(np.flatnonzero(marked[:top])[-1]) + 1 if marked[:top].any() else 0)


def crop_footer(image: np.ndarray, rows: int) -> np.ndarray:
    """
    Cut rows off the bottom; images not taller than *rows* + 1 are left as they are.

    Parameters
    ----------
    image : array, shape (height, width) or (height, width, 3)
    rows : int
        Rows to cut.
    """
    return image[:-rows] if 0 < rows < image.shape[0] - 1 else image


def border_level(grey: np.ndarray) -> float:
    """
    Return the median grey level of the border pixels, which is the background of a vignette.

    Parameters
    ----------
    grey : array of uint8, shape (height, width)
    """
    return float(np.median(grey[border_mask(*grey.shape)]))


def encode_picture(image: np.ndarray, longest: int = 256) -> bytes:
    """
    Encode an image as JPEG for galleries.

    Parameters
    ----------
    image : array of uint8, shape (height, width) or (height, width, 3)
    longest : int
        Pixels of the longest side; larger images are reduced by area, smaller ones stay as they are.

    Returns
    -------
    picture : bytes
        JPEG of quality 90.
    """
    import cv2

    image = _reduce(image, longest)
    if image.ndim == 3:
        image = image[:, :, ::-1]
    done, picture = cv2.imencode(".jpg", np.ascontiguousarray(image), [cv2.IMWRITE_JPEG_QUALITY, 90])
    if not done:
        message = f"An image of {image.shape[1]} x {image.shape[0]} pixels cannot be written as JPEG."
        raise ImageError(message)
    return picture.tobytes()


def encode_png(image: np.ndarray) -> bytes:
    """
    Encode an image as PNG, all of its pixels as they are.

    Parameters
    ----------
    image : array of uint8, shape (height, width) or (height, width, 3)
    """
    import cv2

    pixels = np.ascontiguousarray(image[:, :, ::-1] if image.ndim == 3 else image)
    done, data = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 3])
    if not done:
        message = f"An image of {image.shape[1]} x {image.shape[0]} pixels cannot be written as PNG."
        raise ImageError(message)
    return data.tobytes()


def make_tile(image: np.ndarray, side: int = 64) -> np.ndarray:
    """
    Make the small square grey picture of an object.

    Parameters
    ----------
    image : array of uint8, shape (height, width) or (height, width, 3)
    side : int
        Pixels; larger images are reduced by area, smaller ones are centred and not blown up.

    Returns
    -------
    tile : array of uint8, shape (side, side)
        Aspect kept; the rest is filled with the border's grey level.
    """
    grey = to_grey(image)
    small = _reduce(grey, side)
    height, width = small.shape
    tile = np.full((side, side), round(border_level(grey)), dtype=np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    tile[top : top + height, left : left + width] = small
    return tile


def _highest_level(files: ImageFiles, name: str) -> int | None:
    try:
        return highest_level(files.read(name))
    except ImageError:
        return None


def _reduce(image: np.ndarray, longest: int) -> np.ndarray:
    scale = longest / max(image.shape[:2])
    if scale >= 1:
        return image
    import cv2

    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    return np.asarray(cv2.resize(np.ascontiguousarray(image), (width, height), interpolation=cv2.INTER_AREA))


def _find_bar(grey: np.ndarray, marked: np.ndarray) -> int | None:
    """Return the first row of the lowest two rows that hold nothing but one and the same bar."""
    for row in range(len(marked) - 2, len(marked) - 10, -1):
        upper, lower = (np.flatnonzero(marked[place, 5:]) + 5 for place in (row, row + 1))
        if (
            10 <= len(upper) <= marked.shape[1]
            and np.array_equal(upper, lower)
            and upper[0] <= 14
            and upper[-1] - upper[0] + 1 == len(upper)
            and int(np.ptp(grey[row : row + 2, upper[2:-2]])) <= 48  # JPEG blurs the ends and shades the rest
        ):
            return row
        if marked[row + 1, 5:].any() and len(lower) > 4:
            return None  # something else lies below
    return None
