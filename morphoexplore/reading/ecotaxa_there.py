"""What EcoTaxa keeps over all tables of one import: columns, objects, samples, names to ask about."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from morphoexplore.reading.ecotaxa_remarks import Check, Remark
from morphoexplore.reading.ecotaxa_rules import FREE


class ProjectThere:
    """What EcoTaxa keeps over all tables of one import, into a project that was empty before."""

    def __init__(self) -> None:
        self.columns: dict[str, str] = {}  # free column -> type
        self.seen: set[str] = set()  # objects and images
        self.samples: dict[str, set[str]] = {}  # acquisition -> samples
        self.without_position = 0
        self.names: Counter[str] = Counter()
        self.people: Counter[str] = Counter()

    def has_room(self, column: str, prefix: str, kind: str) -> bool:
        """Tell whether a free column can be made, and make it."""
        if column in self.columns:
            return True
        taken = sum(
            1 for other, one in self.columns.items() if other.startswith(f"{prefix}_") and one == kind
        )
        if taken >= FREE[prefix].get(kind, 0):
            return False
        self.columns[column] = kind
        return True

    def report(self, check: Check) -> None:
        """Say what EcoTaxa says at the end."""

        def warn(text: str) -> None:
            check.remarks.append(Remark("", None, text, is_error=False))

        if self.without_position and check.action == "import":
            warn(f"{self.without_position} object(s) don't have GPS information.")
        if self.names:
            warn(
                f"Categories given by name only: {len(self.names)} ({_some(self.names)}). EcoTaxa stops and asks where it knows "
                "none, or several, of that name."
            )
        if self.people:
            warn(
                f"Annotators: {len(self.people)} ({_some(self.people)}). EcoTaxa stops and asks for those that it does not "
                "know by name or email."
            )


def _some(names: Counter[str]) -> str:
    first = ", ".join(repr(name) for name in islice(names, 3))
    return f"{first}, ..." if len(names) > 3 else first
