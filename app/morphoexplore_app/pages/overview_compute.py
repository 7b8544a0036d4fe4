"""The part of the overview in which long verbs are started: what each does, its options, and why it cannot run yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from morphoexplore.steps.joining import REFINED
from morphoexplore.steps.overview import next_verb
from morphoexplore.steps.refining import FEWEST
from morphoexplore.steps.seeding import suggested_size
from morphoexplore.steps.training import LEARNED, MINUTES, WORTH_IT
from morphoexplore_app import ids, parts
from morphoexplore_app.pages.overview_preview import preview_table
from morphoexplore_app.pages.overview_training import Trained, Training, read_training
from morphoexplore_app.session import Session

CLASSIC = "classic"
COMMANDS = {
    ids.OVERVIEW_TRAIN: "train",
    ids.OVERVIEW_GO_ON: "train",
    ids.OVERVIEW_EXTRACT: "extract",
    ids.OVERVIEW_EMBED: "embed",
    ids.OVERVIEW_REFINE: "refine",
    ids.OVERVIEW_SEED: "seed",
}
"""The verb that each button starts."""

OPTIONS = {
    "minutes": (ids.OVERVIEW_MINUTES, "value"),
    "model": (ids.OVERVIEW_MODEL, "value"),
    "weights": (ids.OVERVIEW_WEIGHTS, "value"),
    "anew": (ids.OVERVIEW_ANEW, "checked"),
    "features": (ids.OVERVIEW_FEATURES, "value"),
    "size": (ids.OVERVIEW_SIZE, "value"),
    "only_new": (ids.OVERVIEW_ONLY_NEW, "checked"),
}
"""The controls that the options of the verbs are read from: id and property."""


def command(session: Session, button: str, chosen: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the verb that a button starts, and its options on the command line."""
    verb = COMMANDS[button]
    match button:
        case ids.OVERVIEW_GO_ON:
            training = read_training(session)
            return verb, list(training.stopped.options) if training.stopped else []
        case ids.OVERVIEW_TRAIN:
            training = read_training(session)
            again = ["--again"] if training.trained or training.stopped else []
            return verb, ["--minutes", f"{float(chosen['minutes'] or MINUTES):g}", *again]
        case ids.OVERVIEW_EXTRACT:
            return verb, _extract_options(chosen)
        case ids.OVERVIEW_EMBED:
            return verb, ["--features", ",".join(chosen["features"])] if chosen["features"] else []
        case ids.OVERVIEW_REFINE:
            return verb, []
        case _:
            size = ["--min-size", str(int(chosen["size"]))] if chosen["size"] else []
            return verb, [*size, *(["--only-new"] if chosen["only_new"] else [])]


def _extract_options(chosen: Mapping[str, Any]) -> list[str]:
    name, weights = (chosen["model"] or CLASSIC).strip(), (chosen["weights"] or "").strip()
    return [
        *("--model", name),
        *(["--weights", weights] if weights and name != CLASSIC else []),
        *(["--again"] if chosen["anew"] else []),
    ]


def layout(session: Session, counts: dict[str, Any], *, busy: bool) -> Component:
    """Return the verbs, the one that is due in blue."""
    what = next_verb(counts)

    def variant(*when: str) -> str:
        """Show what is to be done next as the main button; what was done, or can wait, not."""
        return "filled" if what in when else "default"

    training = read_training(session)
    return html.Section(
        [
            html.H2("Compute"),
            _train(counts, training, busy=busy),
            _extract(counts, training, busy=busy, variant=variant("extract")),
            _embed(counts, busy=busy, variant=variant("embed")),
            _refine(counts, busy=busy),
            _seed(session, counts, busy=busy, variant=variant("seed", "name", "diversity")),
            html.Div(preview_table(session), id=ids.OVERVIEW_COUNTS, **{"aria-live": "polite"}),
        ],
        id="compute",
    )


def _train(counts: dict[str, Any], training: Training, *, busy: bool) -> Component:
    n = counts["objects"]
    why_not = (
        "There are no images to train on yet."
        if not n
        else f"With {parts.count(n, 'object')} a training is not worth its time: below {WORTH_IT} the classic descriptors are as "
        "good."
        if n < WORTH_IT
        else None
    )
    go_on = parts.action(
        "Go on",
        ids.OVERVIEW_GO_ON,
        key="w",
        help="go on with the training that was stopped",
        disabled=busy,
        style={} if training.stopped else {"display": "none"},  # always there: a callback listens to it
    )
    return _verb(
        "Train a small network on the images of this project, without labels. It gives the feature set "
        f"{LEARNED}: with the classic descriptors it separates forms better than these alone.",
        dmc.NumberInput(
            id=ids.OVERVIEW_MINUTES,
            label="Minutes",
            description="how long it takes on this machine",
            size="xs",
            w=220,
            min=1,
            value=MINUTES,
        ),
        go_on,
        parts.action(
            "Train anew" if training.trained or training.stopped else "Train",
            ids.OVERVIEW_TRAIN,
            key="t",
            help="train a network on the images",
            variant="default",
            disabled=busy or why_not is not None,
        ),
        notes=[why_not, *_about_training(counts, training)],
    )


def _about_training(counts: dict[str, Any], training: Training) -> list[Any]:
    """Return what was trained, its loss, and what follows."""
    said: list[Any] = []
    if training.stopped:
        said.append(
            f"A training of {training.stopped.budget} was stopped before its end{training.stopped.reached}."
        )
    if training.trained:
        said += [_trained(training.trained), _follow(counts, training)]
    return said


def _trained(trained: Trained) -> Any:
    if trained.curve is None:
        return "There is a trained model."
    first, last = trained.curve[0], trained.curve[-1]
    words = (
        f"Trained {trained.when}: {trained.images_seen:,} images seen ({trained.epochs:g} times each); "
        f"loss {first:.2f} at first, {last:.2f} at the end."
    )
    chart = dmc.Sparkline(
        data=trained.curve,
        w=220,
        h=36,
        curveType="linear",
        color="blue",
        fillOpacity=0.2,
        withGradient=False,
        strokeWidth=1.5,
    )
    label = f"Loss over the training, from {first:.2f} to {last:.2f}"
    return html.Div(
        [html.Span(words), html.Div(chart, role="img", **{"aria-label": label})], className="overview-loss"
    )


def _follow(counts: dict[str, Any], training: Training) -> str | None:
    names = [one["name"] for one in counts["feature_sets"]]
    if LEARNED not in names:
        return f"Describe the images by it: Extract, with the model {LEARNED}."
    if training.is_newer_than_features:
        return f"The features {LEARNED} are of the network before it: Extract, with the model {LEARNED}, all anew."
    return None


def _extract(counts: dict[str, Any], training: Training, *, busy: bool, variant: str) -> Component:
    names = [one["name"] for one in counts["feature_sets"]]
    from morphoexplore.methods.networks import SHORT_NAMES

    is_waiting = training.trained is not None and (LEARNED not in names or training.is_newer_than_features)
    offered = [CLASSIC, *([LEARNED] if training.trained else []), *SHORT_NAMES]
    return _verb(
        "Describe every image by numbers: a feature set.",
        dmc.Autocomplete(
            id=ids.OVERVIEW_MODEL,
            label="Model",
            value=LEARNED if is_waiting else CLASSIC,
            data=[*offered, *[name for name in names if name not in offered]],
            description="classic, learned, or any timm model",
            size="xs",
            w=220,
        ),
        dmc.TextInput(
            id=ids.OVERVIEW_WEIGHTS,
            label="Weights",
            description="a file: timm offline, or a colleague's",
            size="xs",
            w=220,
            value="",
        ),
        dmc.Checkbox(
            id=ids.OVERVIEW_ANEW,
            label="all anew",
            checked=LEARNED in names and is_waiting,
            size="xs",
            className="overview-check",
        ),
        parts.action(
            "Extract",
            ids.OVERVIEW_EXTRACT,
            key="e",
            help="extract features",
            variant=variant,
            disabled=busy or not counts["objects"],
        ),
        notes=[None if counts["objects"] else "There are no images to describe yet."],
    )


def _embed(counts: dict[str, Any], *, busy: bool, variant: str) -> Component:
    names = [one["name"] for one in counts["feature_sets"]]
    joined: list[str] = next((one.get("features", []) for one in counts["embeddings"]), [])
    unrefined = [name for name in names if name != REFINED]
    note = None if names else "Needs a feature set: extract one first."
    left_out = [name for name in unrefined if name not in joined]
    if joined == [REFINED]:
        note = f"Placed by {REFINED}, which is made of the others."
    elif joined and left_out:
        note = f"Placed by {' + '.join(joined)} so far, without {' and '.join(left_out)}."
    elif REFINED in names:
        note = f"{REFINED} is made of the others: choose it alone to place the objects by it."
    return _verb(
        "Place the objects by their features, like beside like: morphospace, neighbours and map.",
        dmc.MultiSelect(
            id=ids.OVERVIEW_FEATURES,
            label="Feature sets",
            data=names,
            value=[REFINED] if joined == [REFINED] else unrefined,
            size="xs",
            w=448,
            placeholder="" if names else "none yet",
        ),
        parts.action(
            "Embed",
            ids.OVERVIEW_EMBED,
            key="b",
            help="place the objects in the morphospace",
            variant=variant,
            disabled=busy or not names,
        ),
        notes=[note],
    )


def _refine(counts: dict[str, Any], *, busy: bool) -> Component:
    if not counts["embeddings"]:
        why_not = "Needs the morphospace: embed first."
    elif counts["morphs"] < FEWEST or counts["members"] < FEWEST**2:
        why_not = f"Needs {FEWEST} morphs of {FEWEST} members or more: review seeds first."
    else:
        why_not = None
    return _verb(
        f"See the features through the morphs there are: the feature set {REFINED}, in which objects of one morph lie closer "
        "together. Again whenever there are more morphs.",
        parts.action(
            "Refine",
            ids.OVERVIEW_REFINE,
            key="r",
            help="refine the features by the morphs there are",
            variant="default",
            disabled=busy or why_not is not None,
        ),
        notes=[why_not],
    )


def _seed(session: Session, counts: dict[str, Any], *, busy: bool, variant: str) -> Component:
    has_space, pending, asked = bool(counts["embeddings"]), counts["to_review"], counts["questions"]
    replaced = (
        f" It replaces the {parts.count(pending, 'seed')} that you have not judged yet." if pending else ""
    )
    if asked:
        waits = "waits" if asked == 1 else "wait"
        replaced += f" {parts.count(asked, 'seed')} that {waits} with a question {'goes' if asked == 1 else 'go'} on waiting."
    return _verb(
        f"Find dense groups of free objects: the next round of seeds.{replaced}",
        dmc.NumberInput(
            id=ids.OVERVIEW_SIZE,
            label="Smallest seed",
            description="objects; empty: as suggested",
            placeholder=f"{suggested_size(session.project):,}, then smaller" if counts["free"] else "",
            size="xs",
            w=220,
            min=2,
            allowDecimal=False,
            value="",
        ),
        dmc.Checkbox(
            id=ids.OVERVIEW_ONLY_NEW,
            label="Only what is new",
            description="keep out what is like a morph already",
            persistence=True,  # the page is drawn anew when a run ends
            persistence_type="memory",
            size="xs",
            disabled=not counts["members"],
        ),
        parts.action(
            "Preview of sizes",
            ids.OVERVIEW_PREVIEW,
            key="v",
            variant="default",
            disabled=busy or not has_space,
        ),
        parts.action(
            "Find seeds",
            ids.OVERVIEW_SEED,
            key="s",
            help="find the next round of seeds",
            variant=variant,
            disabled=busy or not has_space,
        ),
        notes=[None if has_space else "Needs the morphospace: embed first."],
        id="seeds",
    )


def _verb(sentence: str, *controls: Component, notes: list[Any], **attributes: str) -> Component:
    said = [html.Div(note, className="overview-note") for note in notes if note is not None]
    return html.Div(
        [html.P(sentence), html.Div(controls, className="overview-controls"), *said],
        className="overview-verb",
        **attributes,
    )
