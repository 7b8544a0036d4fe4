"""``python -m morphoexplore``."""

from __future__ import annotations

from morphoexplore.cli import cli

if __name__ == "__main__":
    cli()
