"""Sources of objects: EcoTaxa tables, CSV with images, folders of images; and the images themselves."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from morphoexplore.errors import SourceError
from morphoexplore.reading.encodings import LOOKED_AT, is_workbook, refuse_binary
from morphoexplore.reading.files import IMAGE_SUFFIXES, FolderFiles, is_image
from morphoexplore.records import Source

if TYPE_CHECKING:
    from morphoexplore.reading.nested import NestedFiles

FORMATS = ("ecotaxa", "table", "folder")
_TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz")


def open_source(path: Path, *, format: str | None = None) -> Source:
    """
    Find out what a path holds and open it; nothing but headers and lists of files is read yet.

    Parameters
    ----------
    path : Path
        A folder or zip with EcoTaxa tables or images, one EcoTaxa table, or a CSV with paths of images.
    format : str, optional
        ``ecotaxa``, ``table`` or ``folder``; by default what it looks like.

    Returns
    -------
    source : Source
        Its ``batches()`` reads it from the beginning.

    Raises
    ------
    SourceError
        The path does not exist, is broken, holds nothing that can be read, or the format is unknown.
    """
    # Here and not above, so that --help does not wait for pandas.
    from morphoexplore.reading.ecotaxa import open_ecotaxa
    from morphoexplore.reading.folder import open_folder
    from morphoexplore.reading.table import open_csv

    path = Path(path)
    if format is not None and format not in FORMATS:
        message = f"There is no format '{format}'. Formats: {', '.join(FORMATS)}."
        raise SourceError(message)
    if not path.exists():
        message = f"{path} does not exist. Check the path for a typing error or an unmounted disk."
        raise SourceError(message)
    if path.is_file():
        _refuse_workbook(path)
    is_single = path.is_file() and not _is_zip(path)
    if is_single and format is None:
        format = _format_of_file(path)
    if format == "table":
        _need_file(path, is_single=is_single)
        return open_csv(path)
    if format == "folder":
        if is_single:
            message = f"{path} is one file. Name the folder or zip that holds the images."
            raise SourceError(message)
        return open_folder(path)
    tables = [path.name] if is_single else _ecotaxa_tables(path)
    if tables:
        return open_ecotaxa(path, tables)
    if format == "ecotaxa":
        message = f"{path} holds no EcoTaxa table. Their names start with ecotaxa and end with .tsv or .txt."
        raise SourceError(message)
    return open_folder(path)


def _refuse_workbook(path: Path) -> None:
    try:
        with path.open("rb") as stream:
            start = stream.read(LOOKED_AT)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}."
        raise SourceError(message) from error
    if is_workbook(start):
        refuse_binary(start, str(path))


def _is_zip(path: Path) -> bool:
    if zipfile.is_zipfile(path):
        return True
    if path.suffix.lower() == ".zip":
        message = f"{path} is not a zip that can be read; it may be cut off. Copy or download it again."
        raise SourceError(message)
    return False


def _need_file(path: Path, *, is_single: bool) -> None:
    if not is_single:
        message = f"{path} is no CSV. Name the CSV file itself; its images are found relative to it."
        raise SourceError(message)


def _format_of_file(path: Path) -> str:
    from morphoexplore.reading.delimited import open_table
    from morphoexplore.reading.ecotaxa import is_ecotaxa_name
    from morphoexplore.reading.ecotaxa_parents import tells_of_parents
    from morphoexplore.reading.table import find_columns

    name = path.name.lower()
    if name.endswith(IMAGE_SUFFIXES):
        message = f"{path} is one image. Name the folder that holds it."
        raise SourceError(message)
    if not name.endswith(_TABLE_SUFFIXES):
        message = f"{path} is no table (.tsv, .csv, .txt, or these with .gz), no zip and no folder."
        raise SourceError(message)
    if is_ecotaxa_name(name):
        return "ecotaxa"
    table = open_table(FolderFiles(path.parent), path.name)
    columns = {column.lower() for column in table.columns}
    image = find_columns(table).get("image", "img_file_name").lower()
    if tells_of_parents([column.lower() for column in table.columns]):
        return "ecotaxa"
    is_ecotaxa = "object_id" in columns and table.separator == "\t" and image == "img_file_name"
    return "ecotaxa" if is_ecotaxa else "table"


def _ecotaxa_tables(path: Path) -> list[str]:
    """
    Return the EcoTaxa tables of a folder or zip, and of the zips inside that belong to it.

    Those are named ``*_Images.zip``, as UVP6 comes. Other zips are looked into only where there is nothing else: they
    may be what was unpacked beside them.
    """
    from morphoexplore.reading.ecotaxa import is_ecotaxa_name
    from morphoexplore.reading.nested import open_files

    files = open_files(path)
    names = files.names()
    tables = [name for name in names if is_ecotaxa_name(name)]
    is_all_packed = not tables and not any(map(is_image, names))
    for name in names:
        if name.lower().endswith("_images.zip" if not is_all_packed else ".zip"):
            tables += _tables_of_inner(files, name)
    files.close()
    return tables


def _tables_of_inner(files: NestedFiles, packed: str) -> list[str]:
    from morphoexplore.reading.ecotaxa import is_ecotaxa_name

    try:
        return [name for name in files.names_in(packed) if is_ecotaxa_name(name)]
    except SourceError:
        return [packed]  # opened as a table it says what is wrong with it
