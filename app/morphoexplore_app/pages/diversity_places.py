"""Where the figures of the page Diversity stand, each with its files."""

from __future__ import annotations

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from morphoexplore.writing.figure_files import FORMATS as FIGURE_FORMATS
from morphoexplore_app import ids
from morphoexplore_app.diversity_choice import OF_ONE, VIEWS, Choice
from morphoexplore_app.diversity_indices import INDICES

#: What the figures are drawn from.
TABLES = {
    "diversity": "diversity.csv",
    "composition": "counts.csv",
    **dict.fromkeys(OF_ONE, "months.csv"),
    "trends": "trends.csv",
    "turnover": "turnover.csv",
    "recurrence": "recurrence.csv",
}


def figures(project: str, choice: Choice) -> Component:
    """Return the places of the figures."""
    over_time = html.Div(
        [
            html.Div([html.H3(id=ids.DIVERSITY_OVER_TIME_TITLE), _graph(ids.DIVERSITY_OVER_TIME, project)]),
            html.Div(
                [html.H3(id=ids.DIVERSITY_BESIDE_TITLE), _graph(ids.DIVERSITY_BESIDE, project)],
                id=ids.DIVERSITY_BESIDE_BOX,
                hidden=True,
            ),
        ],
        className="diversity-pair",
    )
    hint = "Click a {} to see the objects behind it."
    return html.Div(
        id=ids.DIVERSITY_FIGURES,
        className="diversity-figures",
        children=[
            _section(
                "Indices over time",
                ids.DIVERSITY_OVER_TIME_FILES,
                html.Span(hint.format("point"), className="caption"),
                over_time,
                html.Div(id=ids.DIVERSITY_TRENDS),
            ),
            _section(
                "Composition",
                ids.DIVERSITY_COMPOSITION_FILES,
                html.Span(hint.format("bar"), className="caption"),
                _graph(ids.DIVERSITY_COMPOSITION, project),
            ),
            _section(
                "Seasons, trends, turnover",
                ids.DIVERSITY_VIEW_FILES,
                _views(choice),
                _graph(ids.DIVERSITY_VIEW_FIGURE, project),
            ),
        ],
    )


def _views(choice: Choice) -> Component:
    """Return the choice of what else is seen, and of which index."""
    return html.Div(
        className="diversity-views",
        children=[
            dmc.Select(
                id=ids.DIVERSITY_VIEW,
                data=[{"value": key, "label": text} for key, text in VIEWS.items()],
                value=choice.view,
                allowDeselect=False,
                size="xs",
                **{"aria-label": "What is seen"},
            ),
            dmc.Select(
                id=ids.DIVERSITY_VIEWED,
                data=viewable(choice),
                value=choice.viewed,
                placeholder="of the first index",
                clearable=True,
                disabled=not has_index(choice),
                size="xs",
                comboboxProps={"width": "max-content", "position": "bottom-start"},
                **{"aria-label": "Of which index"},
            ),
        ],
    )


def has_index(choice: Choice) -> bool:
    """Whether the view is of one of the indices chosen."""
    return choice.view in OF_ONE and choice.is_of_means


def viewable(choice: Choice) -> list[dict[str, str]]:
    """Return the indices of which a view can be."""
    return [{"value": name, "label": INDICES[name].title} for name in choice.indices]


def _section(title: str, files: str, beside: Component, *figure: Component) -> Component:
    return html.Section(
        className="diversity-figure",
        **{"aria-label": title},
        children=[
            html.Div(
                [html.H2(title), beside, html.Div(id=files, className="diversity-files")],
                className="diversity-head",
            ),
            *figure,
        ],
    )


def _graph(id: str, project: str) -> Component:
    name = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in project)
    nothing = {
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    }
    return html.Div(
        dcc.Graph(
            id=id,
            figure={"data": [], "layout": nothing},
            style={"height": 520},
            config={
                "displaylogo": False,
                "responsive": True,
                "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "sendChartToCloud"],
                "toImageButtonOptions": {
                    "format": "svg",
                    "filename": f"{name}_{id.removeprefix('diversity-').replace('-', '_')}",
                },
            },
        ),
        className="diversity-graph",
    )


def files(name: str, choice: Choice) -> list[Component]:
    """Return the links to the files of a figure: its tables, and the figure for print."""
    query = choice.to_query()
    tables = [("CSV", TABLES[choice.view if name == "view" else name])]
    if name == "diversity" and choice.period is not None:
        tables += [("Series CSV", "series.csv"), ("Trends CSV", "trends.csv")]
    prints = [(kind.upper(), f"{name}.{kind}") for kind in reversed(FIGURE_FORMATS)]
    if name == "diversity" and choice.other is not None:
        prints += [(f"{kind.upper()} beside", f"beside.{kind}") for kind in reversed(FIGURE_FORMATS)]
    return [
        html.A(
            text,
            href=f"/download/diversity/{file}" + (f"?{query}" if query else ""),
            title=f"download {file}",
            className="download-link",
            **{"data-download": file, "aria-label": f"{text}: download {file}"},
        )
        for text, file in tables + prints
    ]
