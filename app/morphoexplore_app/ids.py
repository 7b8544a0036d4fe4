"""Every id of the app; a typing error is an ImportError."""

from __future__ import annotations

# ---- shell
URL = "url"
CONTENT = "content"
NAVIGATION = "navigation"
NOTICES = "notices"
REDRAW = "redraw"  # a store: written to draw the page anew from the database
HISTORY = "history"  # a store: which decision undo and redo would be about
UNDO = "undo"
REDO = "redo"
HELP = "help"
SHELL = "shell"  # the shell's name as a source of outcomes


def outcome(page: str) -> dict[str, str]:
    """Return the id of the store in which a page says how a decision went."""
    return {"type": "outcome", "page": page}


# ---- object panel
OBJECT = "object"  # a store: the object to show; browsers write it through showObject(number)

# ---- overview
OVERVIEW_TICK = "overview-tick"
OVERVIEW_RUNS = "overview-runs"
OVERVIEW_STATE = "overview-state"  # a store: which runs were drawn as under way
OVERVIEW_EXTRACT = "overview-extract"
OVERVIEW_MODEL = "overview-model"
OVERVIEW_WEIGHTS = "overview-weights"
OVERVIEW_EMBED = "overview-embed"
OVERVIEW_FEATURES = "overview-features"
OVERVIEW_SEED = "overview-seed"
OVERVIEW_SIZE = "overview-size"
OVERVIEW_PREVIEW = "overview-preview"
OVERVIEW_COUNTS = "overview-counts"
OVERVIEW_NEXT = "overview-next"


def use_size(size: int) -> dict[str, int | str]:
    """Return the id of the button that takes a size over from the preview."""
    return {"type": "use-size", "size": size}


def cancel_run(run_id: int) -> dict[str, int | str]:
    """Return the id of the button that cancels a run."""
    return {"type": "cancel-run", "run": run_id}


# ---- review (strips and one seed in full)

# ---- grow

# ---- tree and names

# ---- map

# ---- diversity

# ---- export
