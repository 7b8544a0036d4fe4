"""The picture of an object with its scale bar, in the object panel and on the page of an object."""

from __future__ import annotations

import math

from dash import html
from dash.development.base_component import Component

from morphoexplore.errors import MorphoExploreError
from morphoexplore.steps.looking import ObjectView
from morphoexplore_app.routes.pictures import originals_of
from morphoexplore_app.session import Session


def figure(session: Session, shown: ObjectView, place: int = 0) -> list[Component]:
    """
    Return an image of an object as large as there is room, and what its bar stands for.

    Parameters
    ----------
    place : int
        Which of the object's images.
    """
    if not shown.images:
        return [_without("This object has no image.", shown.number)]
    image = shown.images[place if 0 <= place < len(shown.images) else 0]
    try:
        look = originals_of(session).look(shown.number, image.rank)
    except MorphoExploreError as error:
        return [_without(str(error), shown.number)]
    width, height = look.width, look.height
    share, label = scale_bar(width, height, shown.pixel_size)
    return [
        html.Div(
            className="object-frame",
            tabIndex=0,
            style={
                "backgroundColor": f"rgb{look.ground}",  # so that no seam shows
                "color": "#111" if sum(look.ground) > 3 * 110 else "#fff",
            },
            role="group",
            **{"aria-label": "Image"},
            children=html.Div(
                className="object-picture",
                style={"--w": width, "--h": height},
                children=[
                    html.Img(
                        src=f"/image/{shown.number}/{image.rank}",
                        alt=f"{shown.object_id}, {width} x {height} pixels",
                        className="object-image",
                        title="Click for its original size, and back",
                        **{"data-zoom": "1"},
                    ),
                    html.Div(
                        className="object-bar",
                        children=[
                            html.Div(className="object-bar-line", style={"width": f"{100 * share:.3f}%"}),
                            html.Span(label),
                        ],
                    ),
                ],
            ),
        ),
        html.Div(
            className="object-size",
            children=[
                html.Button("Original size", className="object-link", type="button", **{"data-zoom": "1"}),
                html.Span(f"{width} \N{MULTIPLICATION SIGN} {height} px"),
            ],
        ),
    ]


def scale_bar(width: int, height: int, pixel_size: float | None) -> tuple[float, str]:
    """
    Choose a scale bar: a round length of at most 40 % of the image.

    Parameters
    ----------
    pixel_size : float or None
        In mm; None makes the bar a number of pixels.

    Returns
    -------
    share : float
        Length of the bar as a share of the image's width; more than 1 where the image is much higher than wide.
    label : str
        What it stands for.
    """
    room = 0.4 * max(width, height / 2)
    if pixel_size is None:
        pixels = max(round_down(room), 1)
        return pixels / width, f"{pixels:g} px (pixel size unknown)"
    length = round_down(room * pixel_size)
    label = f"{length:g} mm" if length >= 1 else f"{1000 * length:.4g} µm"
    return length / pixel_size / width, label


def round_down(length: float) -> float:
    """Return the largest of 1, 2, 5, 10, 20, 50 ... and of 0.5, 0.2, 0.1 ... that is not larger than *length*."""
    power = 10.0 ** math.floor(math.log10(length))
    digit = max(digit for digit in (1, 2, 5) if digit * power <= length * (1 + 1e-9))
    return float(f"{digit * power:.6g}")


def _without(sentence: str, number: int) -> Component:
    return html.Div(
        className="object-frame object-without",
        children=[
            html.Img(src=f"/picture/{number}", alt="the small picture of this object, if there is one"),
            html.P(sentence),
        ],
    )
