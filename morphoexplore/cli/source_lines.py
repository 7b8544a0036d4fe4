"""What ``add --preview`` prints of a source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from morphoexplore.cli.printing import counted, number, printable, table

MOST_CATEGORIES = 20


def source_lines(found: Mapping[str, Any]) -> list[str]:
    """Say what was recognised in a source."""
    there = f", {number(found['there'])} of them in the project already" if found["there"] else ""
    lines = [
        f"{printable(found['path'])}: {found['layout']}",
        f"{counted(found['objects'], 'object')}{there}; {counted(found['samples'], 'sample')}, "
        f"{counted(found['acquisitions'], 'acquisition')}.",
    ]
    lines += [printable(remark) for remark in found["remarks"]]
    if found["objects"]:
        lines += [*_when_and_where(found), _images(found["images"]), _pixel_sizes(found["pixel_sizes"])]
    if found["states"]:
        lines.append(
            "States: " + ", ".join(f"{printable(name)} {number(n)}" for name, n in found["states"].items())
        )
    if found["categories"]:
        lines += ["", f"{counted(len(found['categories']), 'category').replace('categorys', 'categories')}:"]
        shown = list(found["categories"].items())[:MOST_CATEGORIES]
        lines += [f"  {number(n):>9}  {printable(name)}" for name, n in shown]
        more = len(found["categories"]) - len(shown)
        lines += [f"             and {number(more)} more"] if more else []
    lines += ["", *_columns(found["columns"])]
    lines += ["", *_problems(found)]
    if found["objects"] or not found["samples"] + found["acquisitions"]:
        return [*lines, "", "Nothing was written. To add it, leave --preview out."]
    return [*lines, "", "Nothing was written. To change what is in a project by it: add --update."]


def _when_and_where(found: Mapping[str, Any]) -> Iterator[str]:
    if found["dates"]:
        first, last = (text.replace("T", " ") for text in found["dates"])
        span = first if first == last else f"{first} to {last}"
        without = f"; {counted(found['undated'], 'object')} without a date" if found["undated"] else ""
        yield f"Dates (UTC): {span}{without}."
    else:
        yield "Dates: none."
    if found["latitude"] and found["longitude"]:
        without = (
            f"; {counted(found['without_position'], 'object')} without" if found["without_position"] else ""
        )
        yield f"Positions: latitude {_span(found['latitude'])}, longitude {_span(found['longitude'])} degrees{without}."
    else:
        yield "Positions: none."
    yield f"Depths: {_span(found['depth'])} m." if found["depth"] else "Depths: none."


def _span(ends: list[float]) -> str:
    low, high = (f"{value:.6g}" for value in ends)
    return low if low == high else f"{low} to {high}"


def _images(images: Mapping[str, Any]) -> str:
    parts = [f"Images: {number(images['found'])} found"]
    if images["missing"]:
        parts.append(f"{number(images['missing'])} missing")
    if images["without"]:
        parts.append(
            f"{counted(images['without'], 'object')} without an image, which count but cannot be sorted"
        )
    if images["unreadable"]:
        parts.append(f"{images['unreadable']} of {images['looked_at']} that were looked at cannot be read")
    if images["with_scale_bar"]:
        parts.append(
            f"{images['with_scale_bar']} of {images['looked_at']} that were looked at have a scale bar (--crop-bottom auto)"
        )
    if images["compressed_twice"]:
        parts.append("in zips that are compressed once more inside a zip, which is slow (--copy)")
    return "; ".join(parts) + "."


def _pixel_sizes(sizes: Mapping[str, int]) -> str:
    stated = [f"{size} mm ({counted(count, 'acquisition')})" for size, count in sizes.items() if size]
    unknown = sizes.get("", 0)
    if unknown:
        stated.append(f"not stated by {counted(unknown, 'acquisition')} (--pixel-size)")
    return f"Pixel size: {', '.join(stated)}."


def _columns(columns: list[dict[str, Any]]) -> list[str]:
    import pandas as pd

    filled = [column for column in columns if column["filled"]]
    empty = [printable(column["name"]) for column in columns if not column["filled"]]
    rows = [
        {
            "level": column["level"],
            "column": column["name"],
            "type": column["type"],
            "filled": f"{column['filled'] / column['of']:.0%}",
            "example": f"{column['example']:.6g}"
            if isinstance(column["example"], float)
            else column["example"],
        }
        for column in filled
    ]
    lines = table(pd.DataFrame(rows), whole=["column"]) if rows else ["No columns of metadata."]
    return [*lines, f"Empty: {', '.join(empty)}."] if empty else lines


def _problems(found: Mapping[str, Any]) -> Iterator[str]:
    if not found["problems"]:
        yield "Every row can be used."
        return
    lost = found["lost"]
    yield f"{counted(lost, 'row')} will not be used; {counted(found['problems'], 'problem')} in all:"
    for problem in found["examples"]:
        place = problem["file"] if problem["line"] is None else f"{problem['file']}, line {problem['line']}"
        whose = f" ({printable(problem['object_id'])})" if problem["object_id"] else ""
        yield f"  {printable(place)}{whose}: {printable(problem['reason'])}"
