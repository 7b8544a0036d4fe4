"""
The formulas of common instruments, in EcoTaxa's syntax, with the unit of every column that they read.

A preset is a beginning: columns and their units differ between projects. What a project uses is written with it, and can be
changed formula by formula.
"""

from __future__ import annotations

from dataclasses import dataclass

SAMPLED_VOLUME = "sampled_volume"
"""Of samples: not a column of EcoTaxa, but litres from the table of profiles, of the whole profile or of a depth bin."""


@dataclass(frozen=True)
class Preset:
    """
    The three formulas of an instrument.

    Attributes
    ----------
    title : str
        For people.
    subsample_coef, total_water_volume, individual_volume : str
        See :mod:`morphoexplore.methods.formulas`; of unit 1, m3 and mm3.
    columns : dict of str to str
        What every variable is, with its unit.
    """

    title: str
    subsample_coef: str
    total_water_volume: str
    individual_volume: str
    columns: dict[str, str]


def _sphere(pixel: str) -> str:
    """Return the volume of a sphere of the same area as the object; *pixel* gives the side of a pixel in mm."""
    return f"4.0/3.0*math.pi*(math.sqrt(obj.area/math.pi)*{pixel})**3"


_AREA = {"obj.area": "area of the object, px"}
_UVP = {
    f"sam.{SAMPLED_VOLUME}": "water imaged, L, from the table of profiles (EcoPart: Sampled volume [L])",
} | _AREA

PRESETS = {
    "zooscan": Preset(
        title="ZooScan with ZooProcess",
        subsample_coef="1/ssm.sub_part",
        total_water_volume="sam.tot_vol",
        individual_volume=_sphere("ssm.particle_pixel_size_mm"),
        columns={
            "ssm.sub_part": "denominator of the fraction scanned (Motoda), 1 or more",
            "sam.tot_vol": "water filtered by the net, m3",
            "ssm.particle_pixel_size_mm": "side of a pixel, mm",
        }
        | _AREA,
    ),
    "flowcam": Preset(
        title="FlowCam with ZooProcess",
        # (a + b - |a - b|) / 2 is the smaller one of a and b, because EcoTaxa knows no min
        subsample_coef=(
            "ssm.fluid_volume_imaged/ssm.raw_image_total"
            "*(ssm.raw_image_total+ssm.nb_images-math.fabs(ssm.raw_image_total-ssm.nb_images))/2"
            "/sam.volconc"
        ),
        total_water_volume="sam.comment_or_volume/1000000",
        individual_volume=_sphere("ssm.pixel/1000"),
        columns={
            "ssm.fluid_volume_imaged": "fluid imaged in all images, mL",
            "ssm.raw_image_total": "images taken",
            "ssm.nb_images": "images processed",
            "sam.volconc": "concentrated sample, mL",
            "sam.comment_or_volume": "water that was concentrated, mL",
            "ssm.pixel": "side of a pixel, µm",
        }
        | _AREA,
    ),
    "ifcb": Preset(
        title="Imaging FlowCytobot (IFCB)",
        subsample_coef="1",
        total_water_volume="ssm.ml_analyzed/1000000",
        individual_volume="obj.summedbiovolume/(ssm.pixel_to_micron*1000)**3",
        columns={
            "ssm.ml_analyzed": "water analysed, mL: 0.25 mL/min times (run time - inhibit time)",
            "ssm.pixel_to_micron": "pixels per µm (3.4, say)",
            "obj.summedbiovolume": "biovolume by ifcb-analysis, px3",
        },
    ),
    "planktoscope": Preset(
        title="PlanktoScope",
        subsample_coef="ssm.imaged_volume*sam.dilution_factor/sam.concentrated_sample_volume",
        total_water_volume="sam.total_volume/1000",
        individual_volume=_sphere("ssm.pixel/1000"),
        columns={
            "ssm.imaged_volume": "fluid imaged, mL",
            "sam.dilution_factor": "what the concentrated sample was multiplied by, 1 where it was not diluted",
            "sam.concentrated_sample_volume": "concentrated sample, mL",
            "sam.total_volume": "water filtered, L",
            "ssm.pixel": "side of a pixel, µm",
        }
        | _AREA,
    ),
    "uvp5": Preset(
        title="UVP5 with EcoPart's sampled volumes",
        subsample_coef="1",
        total_water_volume=f"sam.{SAMPLED_VOLUME}/1000",
        individual_volume=_sphere("ssm.pixel"),
        columns={"ssm.pixel": "side of a pixel, mm"} | _UVP,
    ),
    "uvp6": Preset(
        title="UVP6 with EcoPart's sampled volumes",
        subsample_coef="1",
        total_water_volume=f"sam.{SAMPLED_VOLUME}/1000",
        individual_volume=_sphere("ssm.pixel/1000"),
        columns={"ssm.pixel": "side of a pixel, µm"} | _UVP,
    ),
}
"""By the name that the verb takes."""
