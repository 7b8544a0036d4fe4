"""
Bytes of an image file into pixels.

What file formats say about depth, palette, transparency and orientation is resolved here, once, so that
nobody else meets it.
"""

from __future__ import annotations

import io
import warnings
from functools import lru_cache

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from morphoexplore.errors import ImageError

#: More pixels than any vignette has; a small file that claims more is a decompression bomb.
MOST_PIXELS = 100_000_000
_FORMATS = ("PNG", "JPEG", "TIFF", "GIF", "BMP")
_SIGNATURES = (b"\x89PNG", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"GIF8")
_DEEP_MODES = ("I;16", "I;16L", "I;16B", "I;16N", "I")


def decode(data: bytes, *, white_level: int = 65535) -> np.ndarray:
    """
    Decode an image file: PNG, JPEG, TIFF, GIF (first frame) or BMP.

    Transparent parts get the colour of the image's border, or white where the border is transparent. EXIF
    orientation is applied. Images whose three channels are equal come back as grey.

    Parameters
    ----------
    data : bytes
        Content of the file.
    white_level : int
        What white is in images of 16 bits per channel; see :func:`measure_white_level`. The same for all
        images of a collection, because a level per image would destroy the grey levels. Integers of 32
        bits are scaled by it too. Floats are taken as 0 to 1 where none exceeds 1, as 0 to 255 where none
        exceeds 255, and else as 0 to *white_level*.

    Returns
    -------
    image : array of uint8, shape (height, width) or (height, width, 3)

    Raises
    ------
    ImageError
        Empty, truncated, more than 100 megapixels, or no image at all.
    """
    pixels = _decode_plainly(data)
    if pixels is None:
        pixels = _to_uint8(_decode_carefully(data), white_level)
    return _drop_equal_channels(_drop_alpha(pixels))


def highest_level(data: bytes) -> int | None:
    """
    Return the highest value in an image of more than 8 bits per channel; None for all other images.

    Parameters
    ----------
    data : bytes
        Content of the file.

    Raises
    ------
    ImageError
        It cannot be decoded.
    """
    if is_plain(data):
        return None
    pixels = _decode_carefully(data)
    if pixels.dtype not in (np.uint16, np.int32):
        return None
    return int(pixels[..., :3].max() if pixels.ndim == 3 else pixels.max())  # alpha is not light


def is_plain(data: bytes) -> bool:
    """Tell a PNG or JPEG of 8 bits that every program shows as it is: grey or RGB, no transparency, not turned."""
    return _is_plain_png(data) or _is_plain_jpeg(data)


def border_mask(height: int, width: int) -> np.ndarray:
    """Return where the border pixels of an image are: array of bool, shape (height, width)."""
    mask = np.ones((height, width), dtype=bool)
    mask[1:-1, 1:-1] = False
    return mask


def _decode_plainly(data: bytes) -> np.ndarray | None:
    """Decode what OpenCV reads exactly as Pillow does, only faster; None for everything else."""
    if not is_plain(data):
        return None
    import cv2

    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if image is None or image.dtype != np.uint8 or (image.ndim == 3 and image.shape[2] != 3):
        return None
    return image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def _is_plain_png(data: bytes) -> bool:
    """Tell a complete PNG of 8 bits, grey or RGB, without transparent colour and orientation."""
    if len(data) < 33 or not data.startswith(b"\x89PNG\r\n\x1a\n") or not data.endswith(b"IEND\xaeB`\x82"):
        return False
    pixels = int.from_bytes(data[16:20]) * int.from_bytes(data[20:24])
    is_plain = data[24] == 8 and data[25] in (0, 2) and 0 < pixels <= MOST_PIXELS
    return is_plain and b"tRNS" not in data and b"eXIf" not in data


def _is_plain_jpeg(data: bytes) -> bool:
    """Tell a complete JPEG, grey or YCbCr, without EXIF and Adobe marker (RGB or CMYK inside)."""
    if not (data.startswith(b"\xff\xd8\xff") and data.endswith(b"\xff\xd9")):
        return False
    place = 2
    while place + 10 <= len(data) and data[place] == 0xFF:
        marker, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4])
        if marker in (0xE1, 0xEE):
            return False
        if marker in (0xC0, 0xC1, 0xC2):
            pixels = int.from_bytes(data[place + 5 : place + 7]) * int.from_bytes(data[place + 7 : place + 9])
            return data[place + 4] == 8 and data[place + 9] in (1, 3) and 0 < pixels <= MOST_PIXELS
        place += 2 + length
    return False


def _decode_carefully(data: bytes) -> np.ndarray:
    """Decode with Pillow; uint8, uint16, int32 or float32 with 1 to 4 channels."""
    if not data:
        message = "The image file is empty."
        raise ImageError(message)
    # Pillow warns of odd metadata and of large images; the first do no harm, the second are refused below.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _open_with_pillow(data)
        except ImageError:
            raise
        except UnidentifiedImageError:
            message = (
                "The file is no image of a known kind (PNG, JPEG, TIFF, GIF, BMP), whatever its name says."
            )
            if data.startswith(_SIGNATURES):
                message = "The image is damaged or cut off: its first bytes are all that can be recognised."
            raise ImageError(message) from None
        except Image.DecompressionBombError:
            raise ImageError(_too_large()) from None
        except MemoryError:
            message = "The image does not fit into memory."
            raise ImageError(message) from None
        except Exception as error:  # damaged files make Pillow raise nearly anything
            message = f"The image is damaged or cut off: {error or type(error).__name__}."
            raise ImageError(message) from error


def _open_with_pillow(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise ImageError(_too_large())
        if opened.width == 0 or opened.height == 0:
            message = "The image has no pixels."
            raise ImageError(message)
        if opened.mode in ("RGB", "RGBA") and _has_deep_colour(opened, data):
            return _read_deep_colour(data)
        opened.load()
        return np.asarray(_simplify_mode(_turn_upright(opened)))


def _too_large() -> str:
    return f"The image claims more than {MOST_PIXELS // 1_000_000} megapixels; it was not opened."


def _turn_upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # broken EXIF says nothing about the orientation
        return image


def _simplify_mode(image: Image.Image) -> Image.Image:
    if image.mode in _DEEP_MODES or image.mode == "F":
        return image
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        return image.convert("RGBA")
    if image.mode in ("1", "L"):
        return image.convert("L")
    return image.convert("RGB")


def _has_deep_colour(image: Image.Image, data: bytes) -> bool:
    # Pillow keeps only the upper half of 16-bit colour, which is black for a 10-bit camera.
    if image.format == "PNG":
        return data[24] == 16
    bits = getattr(image, "tag_v2", {}).get(258, (8,)) if image.format == "TIFF" else (8,)
    return max(bits) == 16


def _read_deep_colour(data: bytes) -> np.ndarray:
    import cv2

    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if image is None or image.dtype != np.uint16:
        message = "The image of 16 bits per colour is damaged or of a rare kind."
        raise ImageError(message)
    return image if image.ndim == 2 else image[:, :, [2, 1, 0, 3][: image.shape[2]]]


def _to_uint8(pixels: np.ndarray, white_level: int) -> np.ndarray:
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.uint16:
        return _levels(white_level)[pixels]
    if pixels.dtype.kind == "f":
        pixels = np.nan_to_num(pixels, nan=0.0, posinf=white_level, neginf=0.0)
        highest = pixels.max()
        white = 1.0 if highest <= 1 else 255.0 if highest <= 255 else float(white_level)
        return np.rint(np.clip(pixels / white, 0, 1) * 255).astype(np.uint8)
    return _levels(white_level)[np.clip(pixels, 0, 65535).astype(np.uint16)]


@lru_cache(maxsize=8)
def _levels(white_level: int) -> np.ndarray:
    return np.rint(np.clip(np.arange(65536) / white_level, 0, 1) * 255).astype(np.uint8)


def _drop_alpha(pixels: np.ndarray) -> np.ndarray:
    if pixels.ndim == 2 or pixels.shape[2] == 3:
        return pixels
    colour, alpha = pixels[:, :, :3].astype(np.float32), pixels[:, :, 3:].astype(np.float32) / 255
    border = border_mask(*alpha.shape[:2])
    opaque = border & (pixels[:, :, 3] >= 128)
    is_seen = 2 * opaque.sum() >= border.sum()
    background = np.median(colour[opaque], axis=0) if is_seen else np.full(3, 255.0)
    return np.rint(colour * alpha + background * (1 - alpha)).astype(np.uint8)


def _drop_equal_channels(pixels: np.ndarray) -> np.ndarray:
    if pixels.ndim == 2:
        return pixels
    for part in (pixels[:: max(1, len(pixels) // 4)], pixels):  # colour mostly shows in a few rows
        if not (np.array_equal(part[..., 0], part[..., 1]) and np.array_equal(part[..., 0], part[..., 2])):
            return pixels
    return np.ascontiguousarray(pixels[:, :, 0])
