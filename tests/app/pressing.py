"""A browser without a window: a page's layout, and what its callbacks answer to an action."""

from __future__ import annotations

import json
from typing import Any

from dash.development.base_component import Component

from morphoexplore.store.project import Project
from morphoexplore_app import create_app
from morphoexplore_app.session import Session


class Open:
    """
    A page that somebody has open: it holds what the server sent last.

    Parameters
    ----------
    page : module
        A page.
    """

    def __init__(self, project: Project, page: Any, **where: Any) -> None:
        self.project = project
        self.client = create_app(project).server.test_client()
        self.session = Session(project)
        self.page, self.where = page, where
        self.draw()

    def draw(self) -> None:
        """Draw the page anew, as the shell does after undo."""
        layout = self.page.layout(self.session, **({"query": {}} | self.where))
        self.values: dict[tuple[str, str], Any] = {}
        self.text = json.dumps(layout.to_plotly_json(), default=lambda part: part.to_plotly_json())
        for part in layout._traverse():
            if isinstance(part, Component) and getattr(part, "id", None) is not None:
                plain = part.to_plotly_json()["props"]
                self.values |= {(_name(part.id), prop): value for prop, value in plain.items()}

    def __getitem__(self, place: tuple[Any, str]) -> Any:
        return self.values.get((_name(place[0]), place[1]))

    def has(self, what: Any) -> bool:
        """Tell whether something of an id is on the page."""
        return any(name == _name(what) for name, _ in self.values)

    def press(self, what: Any, prop: str, value: Any) -> dict[tuple[str, str], Any]:
        """Change a property as a person does; return what the server changed, by id and property."""
        described = next(
            one
            for one in json.loads(self.client.get("/_dash-dependencies").data)
            if [_name(what), prop] in [[part["id"], part["property"]] for part in one["inputs"]]
        )
        self.values[_name(what), prop] = value
        inputs = [[] if '["ALL"]' in part["id"] else self._part(part) for part in described["inputs"]]
        return self._send(described, inputs, f"{_name(what)}.{prop}")

    def _send(
        self, described: dict[str, Any], inputs: list[Any], changed_by: str
    ) -> dict[tuple[str, str], Any]:
        names = described["output"].strip(".").split("...")
        outputs = [
            {"id": json.loads(name) if name.startswith("{") else name, "property": end}
            for name, _, end in (text.rpartition(".") for text in names)
        ]
        sent = {
            "output": described["output"],
            "outputs": outputs if len(outputs) > 1 else outputs[0],
            "inputs": inputs,
            "state": [self._part(part) for part in described["state"]],
            "changedPropIds": [changed_by],
        }
        answer = self.client.post("/_dash-update-component", json=sent)
        if answer.status_code == 204:
            return {}
        assert answer.status_code == 200, answer.data
        changed = {
            (name, end): new
            for name, ends in json.loads(answer.data)["response"].items()
            for end, new in ends.items()
        }
        self.values |= changed
        return changed

    def click(self, what: dict[str, Any]) -> dict[tuple[str, str], Any]:
        """Click one of the buttons that a callback knows by a pattern."""
        pattern = _name({key: ["ALL"] for key in what} | {"type": what["type"]})
        described = next(
            one
            for one in json.loads(self.client.get("/_dash-dependencies").data)
            if any(part["id"] == pattern for part in one["inputs"])
        )
        inputs = [
            [{"id": what, "property": "n_clicks", "value": 1}] if part["id"] == pattern else self._part(part)
            for part in described["inputs"]
        ]
        return self._send(described, inputs, f"{_name(what)}.n_clicks")

    def _part(self, part: dict[str, str]) -> dict[str, Any]:
        value = self.values.get((part["id"], part["property"]))
        return {"id": part["id"], "property": part["property"], "value": value}


def _name(what: Any) -> str:
    return what if isinstance(what, str) else json.dumps(what, sort_keys=True, separators=(",", ":"))
