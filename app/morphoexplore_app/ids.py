"""Every id of the app; a typing error is an ImportError."""

from __future__ import annotations

import json
from typing import Any

# ---- shell
URL = "url"
CONTENT = "content"
NAVIGATION = "navigation"
NOTICES = "notices"
REDRAW = "redraw"  # a store: written to draw the page anew from the database
HISTORY = "history"  # a store: which decision undo and redo would be about
JOB = "job"  # what is being computed, in the header
JOB_TICK = "job-tick"
UNDO = "undo"
REDO = "redo"
HELP = "help"
SHELL = "shell"  # the shell's name as a source of outcomes


def outcome(page: str) -> dict[str, str]:
    """Return the id of the store in which a page says how a decision went."""
    return {"type": "outcome", "page": page}


# ---- object panel
OBJECT = "object"  # a store: the object to show; browsers write it through showObject(number)
OBJECT_PANEL = "object-panel"
OBJECT_BODY = "object-body"
OBJECT_TRAIL = "object-trail"  # a store: the objects shown one after the other


def of_object(place: str, part: str) -> str:
    """Return the id of a part of what is shown of an object, in the panel or on the page of its own."""
    return f"object-{place}-{part}"


# ---- overview
OVERVIEW_TICK = "overview-tick"
OVERVIEW_RUNS = "overview-runs"
OVERVIEW_STATE = "overview-state"  # a store: which runs were drawn as under way
OVERVIEW_TRAIN = "overview-train"
OVERVIEW_GO_ON = "overview-go-on"
OVERVIEW_MINUTES = "overview-minutes"
OVERVIEW_EXTRACT = "overview-extract"
OVERVIEW_ANEW = "overview-anew"
OVERVIEW_MODEL = "overview-model"
OVERVIEW_WEIGHTS = "overview-weights"
OVERVIEW_EMBED = "overview-embed"
OVERVIEW_FEATURES = "overview-features"
OVERVIEW_REFINE = "overview-refine"
OVERVIEW_SEED = "overview-seed"
OVERVIEW_SIZE = "overview-size"
OVERVIEW_ONLY_NEW = "overview-only-new"
OVERVIEW_PREVIEW = "overview-preview"
OVERVIEW_COUNTS = "overview-counts"
OVERVIEW_NEXT = "overview-next"
LIKES = "likes"  # the nearest neighbours of ten objects in each feature set
LIKES_SETS = "likes-sets"
LIKES_OTHERS = "likes-others"
LIKES_STATE = "likes-state"  # a store: which ten objects
LIKES_QUERY = "likes-query"  # a store: what is shown, as it stands in the address


def likes_asked(place: int) -> dict[str, int | str]:
    """Return the id of the store that holds the feature set and the objects of a panel of neighbours."""
    return {"type": "likes-asked", "place": place}


def likes_of(place: int) -> dict[str, int | str]:
    """Return the id of the neighbours in a panel."""
    return {"type": "likes-of", "place": place}


def use_size(size: int) -> dict[str, int | str]:
    """Return the id of the button that takes a size over from the preview."""
    return {"type": "use-size", "size": size}


def cancel_run(run_id: int) -> dict[str, int | str]:
    """Return the id of the button that cancels a run."""
    return {"type": "cancel-run", "run": run_id}


# ---- review (strips and one seed in full)
REVIEW_STRIPS = "review-strips"
REVIEW_STATE = "review-state"  # a store: the decision that the rows were drawn from
REVIEW_PROGRESS = "review-progress"
REVIEW_TOLD = "review-told"  # what the last page came to
SEED_GALLERY = "seed-gallery"
SEED_STATE = (
    "seed-state"  # a store: the seed, the decision it was drawn from, what was clicked out on other pages
)
SEED_NAME = "seed-name"
SEED_FLAG = "seed-flag"
SEED_ANSWERED = "seed-answered"
SEED_GO = "seed-go"  # a location: where a judged seed leads to
SEED_PAGES = "seed-pages"
SEED_PARTS_STATE = (
    "seed-parts-state"  # a store: the seed, the sizes of the parts that are shown, where to go on
)
SEED_PARTS_CONFIRM = "seed-parts-confirm"
SEED_PARTS_GO = "seed-parts-go"  # a location: where a judged seed leads to


def seed_part(field: str, part: Any) -> dict[str, Any]:
    """Return the id of a field of a part of a seed: ``taken``, ``name``."""
    return {"type": f"seed-part-{field}", "part": part}


def as_text(id: dict[str, Any]) -> str:
    """Return the id of an element of the page as the browser has it."""
    return json.dumps(id, sort_keys=True, separators=(",", ":"))


# ---- grow
GROW_GALLERY = "grow-gallery"
GROW_STATE = "grow-state"  # a store: the morph, the candidates shown, the decision they were ranked from
GROW_ASIDE = "grow-aside"
GROW_COMPLETE = "grow-complete"
GROW_GO = "grow-go"  # a location: the next morph

# ---- a new morph from one image
LIKE_GALLERY = "like-gallery"
LIKE_STATE = "like-state"  # a store: the object, its neighbours as they are shown, the decision they are of
LIKE_NAME = "like-name"
LIKE_GO = "like-go"  # a location: the growth of the new morph

# ---- what came last
NEW_GALLERY = "new-gallery"
NEW_STATE = "new-state"  # a store: the page, the decision it was drawn from
NEW_GATHER = "new-gather"  # the button of this action of the gallery
NEW_NAME = "new-name"
NEW_GO = "new-go"  # a location: the page again, with what was made
NEW_WAIT = "new-wait"  # a store: that the newcomers are to be compared first

# ---- surveys: growth with a stated precision, bulk, audits
SURVEY_BODY = "survey-body"
SURVEY_STATE = "survey-state"  # a store: the step that is shown, what was clicked so far
SURVEY_SAID = "survey-said"  # a store: the last action of the gallery
SURVEY_GALLERY = "survey-gallery"
SURVEY_GO = "survey-go"  # a location: where a survey that is done leads to


def survey_say(what: Any) -> dict[str, Any]:
    """Return the id of a button that answers a survey: ``row-2``, ``row-none``, ``unsure``, ``stop``, ``complete``."""
    return {"type": "survey-say", "what": what}


# ---- tree and names
TREE = "tree"
TREE_ACTIONS = "tree-actions"
TREE_OBJECT_ACTIONS = "tree-object-actions"
TREE_CARDS = "tree-cards"
TREE_FORM = "tree-form"
TREE_GALLERY = "tree-gallery"
TREE_HEADING = "tree-heading"
TREE_PROPOSAL = "tree-proposal"
TREE_CONTENT = "tree-content"
DOUBT_GALLERY = "doubt-gallery"
DOUBT_STATE = (
    "doubt-state"  # a store: the members that are shown, their morphs, and the decision that it is of
)
SAME_STATE = "same-state"  # a store: the pair that is shown, and the decision that it is of
SAME_MERGE = "same-merge"
SAME_APART = "same-apart"
NAMES = "names"
NAMES_NAMED = "names-named"  # how many morphs have a name

# ---- map
MAP = "map"
MAP_COLOUR = "map-colour"
MAP_SPACE = "map-space"
MAP_STATE = "map-state"  # a store: the decision that the colours are of
MAP_MADE = "map-made"  # where the morph that was just made is grown
MAP_CHOSEN = "map-chosen"  # a store: what is selected, by token
MAP_PANEL = "map-panel"
MAP_COUNT = "map-count"
MAP_COMPOSITION = "map-composition"
MAP_GALLERY = "map-gallery"
MAP_SHOWN = "map-shown"
MAP_NAME = "map-name"
MAP_MOVES = "map-moves"
MAP_GATHER = "map-gather"
MAP_INTO = "map-into"
MAP_MOVE = "map-move"
MAP_FROM = "map-from"
MAP_FROM_ROW = "map-from-row"
MAP_MEMBERS = "map-members"  # a store: how many objects are selected, and how many of those are free
MAP_REJECT = "map-reject"
MAP_LEAVE_OUT = "map-leave-out"
MAP_KEEP_ONLY = "map-keep-only"
MAP_MORE = "map-more"

# ---- diversity
DIVERSITY_PAGE = "diversity-page"
DIVERSITY_INDICES = "diversity-indices"
DIVERSITY_KINDS = "diversity-kinds"
DIVERSITY_BRANCH = "diversity-branch"
DIVERSITY_SINCE = "diversity-since"
DIVERSITY_UNTIL = "diversity-until"
DIVERSITY_CONTAINS = "diversity-contains"
DIVERSITY_SAMPLES = "diversity-samples"
DIVERSITY_WEIGHT = "diversity-weight"
DIVERSITY_SET = "diversity-set"
DIVERSITY_GROUPED = "diversity-grouped"
DIVERSITY_PERIOD = "diversity-period"
DIVERSITY_INTERVALS = "diversity-intervals"
DIVERSITY_COUNTING = "diversity-counting"  # asks whether all objects are counted
DIVERSITY_SLOW = "diversity-slow"  # whether intervals that take minutes are made
DIVERSITY_STOP = {"type": "diversity-stop", "of": "slow"}  # a pattern, because it comes and goes
DIVERSITY_MODE = "diversity-mode"
DIVERSITY_PER_STEP = "diversity-per-step"
DIVERSITY_VIEW = "diversity-view"  # what else is drawn
DIVERSITY_VIEWED = "diversity-viewed"  # of which index
DIVERSITY_VIEW_FIGURE = "diversity-view-figure"
DIVERSITY_VIEW_FILES = "diversity-view-files"
DIVERSITY_TRENDS = "diversity-trends"
DIVERSITY_COMPARED = "diversity-compared"
DIVERSITY_COMPOSED = "diversity-composed"
DIVERSITY_BY = "diversity-by"
DIVERSITY_THEME = "diversity-theme"  # a store: whether the page is dark
DIVERSITY_THEME_TICK = "diversity-theme-tick"
DIVERSITY_QUERY = "diversity-query"  # a store: the choice as it stands in the address
DIVERSITY_SAYS = "diversity-says"
DIVERSITY_METHODS = "diversity-methods"
DIVERSITY_FIGURES = "diversity-figures"
DIVERSITY_OVER_TIME = "diversity-over-time"
DIVERSITY_OVER_TIME_TITLE = "diversity-over-time-title"
DIVERSITY_BESIDE = "diversity-beside"  # the figure that it is compared with
DIVERSITY_BESIDE_BOX = "diversity-beside-box"
DIVERSITY_BESIDE_TITLE = "diversity-beside-title"
DIVERSITY_WAITING = "diversity-waiting"  # what is being computed
DIVERSITY_TICK = "diversity-tick"  # asks how far it is
DIVERSITY_DRAWN = "diversity-drawn"  # a store: what was there when the figures were drawn
DIVERSITY_CAME = "diversity-came"  # a store: when something came in that was waited for
DIVERSITY_DEBRIS = {"type": "diversity-debris", "of": "samples"}  # the morph that debris goes to
DIVERSITY_OVER_TIME_FILES = "diversity-over-time-files"
DIVERSITY_COMPOSITION = "diversity-composition"
DIVERSITY_COMPOSITION_FILES = "diversity-composition-files"
DIVERSITY_SORT = "diversity-sort"  # a store: the column that was clicked
DIVERSITY_TABLE = "diversity-table"
DIVERSITY_ROW = "diversity-row"  # a store: the sample that was clicked in the table
DIVERSITY_PLACE = "diversity-place"  # a store: the sample or date whose objects are shown
DIVERSITY_PANEL = "diversity-panel"
DIVERSITY_GALLERY = "diversity-gallery"
DIVERSITY_GROUP = {"type": "diversity-group", "of": "samples"}  # patterns, because the panel comes and goes


def diversity_go(to: str) -> dict[str, str]:
    """Return the id of a button of the panel: ``previous``, ``next``, ``close``."""
    return {"type": "diversity-go", "to": to}


# ---- add
ADD_SOURCE = "add-source"
ADD_LOOK = "add-look"
ADD_GO = "add-go"
ADD_FOUND = "add-found"
ADD_UPDATE = "add-update"
ADD_TAKE = "add-take"
ADD_COPY = "add-copy"
ADD_CROP = "add-crop"
ADD_TICK = "add-tick"
ADD_THERE = "add-there"  # a location: the overview, once an add has begun

# ---- samples
SAMPLES_PAGE = "samples-page"
SAMPLES_STATE = "samples-state"  # a store: group and quantity that are drawn, and the decision they are of
SAMPLES_THEME = "samples-theme"  # a store: whether the ground is dark
SAMPLES_THEME_TICK = "samples-theme-tick"  # a store: when the ground changed
SAMPLES_GO = "samples-go"  # a location: the page again, with another choice
SAMPLES_GROUP = "samples-group"
SAMPLES_OVER_TIME = "samples-over-time"
SAMPLES_POSITIONS = "samples-positions"
SAMPLES_PRESET = "samples-preset"
SAMPLES_PRESET_SAYS = "samples-preset-says"
SAMPLES_SET = "samples-set"
SAMPLES_CORRECT = "samples-correct"
SAMPLES_OF = {"type": "samples-of"}  # a sample that is open: which of its objects are shown
SAMPLES_IMAGES = {"type": "samples-images"}
SAMPLES_TURNED = {"type": "samples-turned"}  # a store: sample, group and page that are shown
SAMPLES_GALLERY = "samples-gallery"
SAMPLES_PROFILES = "samples-profiles"  # a table of sampled volumes by depth
SAMPLES_BIN = "samples-bin"
SAMPLES_READ = "samples-read"


def samples_turn(to: str) -> dict[str, str]:
    """Return the id of a button of the images of a sample: ``previous``, ``next``."""
    return {"type": "samples-turn", "to": to}


def samples_formula(name: Any) -> dict[str, Any]:
    """Return the id of the field of a formula."""
    return {"type": "samples-formula", "name": name}


def samples_effort(acquisition: Any, name: Any) -> dict[str, Any]:
    """Return the id of the field of what a person says of an acquisition."""
    return {"type": "samples-effort", "acquisition": acquisition, "name": name}


# ---- export
EXPORT_STATE = "export-state"  # a store: the decision that the page was drawn from
EXPORT_NOTES = "export-notes"
EXPORT_CLASSIFICATION_NOTES = "export-classification-notes"
