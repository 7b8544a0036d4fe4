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

# ---- review (strips and one seed in full)

# ---- grow

# ---- tree and names

# ---- map

# ---- diversity

# ---- export
