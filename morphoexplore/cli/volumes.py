"""Verbs that turn counts into concentrations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from morphoexplore.cli.group import AS_JSON, PATH, PROJECT, USER, open_there
from morphoexplore.cli.printing import counted, number, say, show, warn

SAID = 20  # problems that are printed


@click.command()
@click.argument("project", metavar="PROJECT", type=PATH, required=False)
@click.option("--preset", help="Take the formulas of an instrument; see --presets.")
@click.option(
    "--presets",
    "list_presets",
    is_flag=True,
    help="List the presets with the units of their columns; needs no PROJECT.",
)
@click.option("--subsample-coef", metavar="FORMULA", help="The fraction of the sample that was imaged.")
@click.option("--total-water-volume", metavar="FORMULA", help="The water that the sample was taken from, m3.")
@click.option("--individual-volume", metavar="FORMULA", help="The body volume of an object, mm3.")
@click.option(
    "--profiles",
    multiple=True,
    type=PATH,
    help="A table of sampled volumes by depth, as EcoPart exports it; may be given several times.",
)
@click.option("--depth-bin", default=5.0, show_default=True, help="Width of its depth bins, m.")
@USER
@AS_JSON
def volumes(
    *,
    project: Path | None,
    preset: str | None,
    list_presets: bool,
    subsample_coef: str | None,
    total_water_volume: str | None,
    individual_volume: str | None,
    profiles: tuple[Path, ...],
    depth_bin: float,
    user: str | None,
    as_json: bool,
) -> None:
    """
    Set and show by which formulas counts become concentrations.

    Formulas are those of EcoTaxa's projects, in its syntax: sam. is a column of samples, ssm. of acquisitions or
    processes, obj. of objects. One object stands for 1 / subsample_coef / total_water_volume individuals per m3. Values
    that are missing or impossible are listed per acquisition; nothing is put in their place.

    Example: morphoexplore volumes my-study --preset zooscan
    """
    from morphoexplore.steps import volumes as step
    from morphoexplore.steps.profiles import set_profiles

    if list_presets:
        show(_presets(), as_json=as_json, text=_preset_lines())
        return
    if project is None:
        raise click.MissingParameter(
            ctx=click.get_current_context(), param_hint="'PROJECT'", param_type="argument"
        )
    there = open_there(project, user)
    if profiles:
        read = set_profiles(there, profiles, width=depth_bin)
        if not as_json:
            say(f"Read {counted(read['bins'], 'depth bin')} of {counted(read['profiles'], 'profile')}.")
        _warn_all(read["problems"])
        if read["unknown"]:
            warn(
                f"No sample has the name of {counted(len(read['unknown']), 'profile')}: {_few(read['unknown'])}."
            )
    own = {
        "subsample_coef": subsample_coef,
        "total_water_volume": total_water_volume,
        "individual_volume": individual_volume,
    }
    if preset is not None or any(text is not None for text in own.values()):
        step.set_formulas(there, preset=preset, **own)
    known, table = step.formulas(there), step.volumes(there)
    columns = (table[name].tolist() for name in ("sample_id", "acq_id", "problem"))
    problems = [
        f"{sample}, {acquisition}: {why}" for sample, acquisition, why in zip(*columns, strict=True) if why
    ]
    report = {"formulas": known, "acquisitions": table.to_dict("records")}
    show(report, as_json=as_json, text=_volume_lines(known, table, len(problems)))
    _warn_all(problems)


@click.command()
@PROJECT
@click.argument("out", type=PATH)
@click.option(
    "--by",
    multiple=True,
    default=["sample"],
    show_default=True,
    type=click.Choice(["sample", "acquisition", "depth", "size", "branch"]),
    help="What is counted in; may be given several times.",
)
@click.option("--level", default=1, show_default=True, help="Of the tree, by branch; 1 is the top.")
@click.option(
    "--depth-bin",
    default=5.0,
    show_default=True,
    help="Width of depth bins, m, where no sampled volumes by depth are known.",
)
@AS_JSON
def summary(
    *, project: Path, out: Path, by: tuple[str, ...], level: int, depth_bin: float, as_json: bool
) -> None:
    """
    Write counts, concentrations (m-3) and biovolumes (mm3 m-3) of every morph in every sample, zeros included.

    OUT is a folder, or a file that ends with .csv. Set the formulas first with: morphoexplore volumes. What has no
    possible volume or fraction is listed, and has counts only. The share that is still unsorted stands in every row.

    Example: morphoexplore summary my-study tables/ --by acquisition
    """
    from morphoexplore.cli.printing import bar
    from morphoexplore.steps.summarising import write_summary

    report = write_summary(open_there(project), out, by=by, level=level, depth_bin=depth_bin, progress=bar)
    _warn_all(report["problems"])
    show(report, as_json=as_json, text=_summary_lines(report))


def _summary_lines(report: dict[str, Any]) -> list[str]:
    lines = [
        f"{counted(report['rows'], 'row')} of {counted(report['samples'], 'sample')} and "
        f"{counted(report['objects'], 'object')}.",
        *report["notes"],
    ]
    if report["without_concentration"]:
        lines.append(
            f"Left out of concentrations: {counted(report['without_concentration'], 'object')} of "
            f"{counted(report['samples_without_concentration'], 'sample')}."
        )
    if report["without_biovolume"]:
        lines.append(f"Left out of biovolumes: {counted(report['without_biovolume'], 'object')}.")
    return [*lines, *(f"Wrote {path}" for path in report["files"])]


def _presets() -> dict[str, Any]:
    from dataclasses import asdict

    from morphoexplore.methods.presets import PRESETS

    return {name: asdict(preset) for name, preset in PRESETS.items()}


def _preset_lines() -> list[str]:
    from morphoexplore.methods.formulas import UNITS

    lines = []
    for name, preset in _presets().items():
        lines += [f"{name}  {preset['title']}"]
        lines += [f"    {formula} = {preset[formula]}  [{unit}]" for formula, unit in UNITS.items()]
        lines += [f"      {variable}: {meaning}" for variable, meaning in preset["columns"].items()]
    return lines


def _volume_lines(known: dict[str, Any], table: Any, problems: int) -> list[str]:
    from morphoexplore.methods.formulas import UNITS

    lines = [f"{name} = {known[name] or 'not set'}  [{unit}]" for name, unit in UNITS.items()]
    if known["time"] is None:
        return [*lines, "Set them with --preset, or one by one; --presets lists what there is."]
    set_by = f"preset {known['preset']}" if known["preset"] else "own formulas"
    without = int(table["without_volume"].sum())
    return [
        *lines,
        f"({set_by}, set by {known['user']}, {known['time'][:10]})",
        f"{counted(int(table['concentration'].notna().sum()), 'acquisition')} of {number(len(table))} with a concentration; "
        f"{counted(problems, 'acquisition')} with a problem.",
        f"{counted(int(table['objects'].sum()) - without, 'object')} of {number(int(table['objects'].sum()))} with a body volume.",
    ]


def _warn_all(sentences: list[str]) -> None:
    for sentence in sentences[:SAID]:
        warn(sentence)
    if len(sentences) > SAID:
        warn(f"... and {len(sentences) - SAID} more like these; --json lists all of them.")


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + (", ..." if len(names) > 5 else "")
