"""Compile the gettext catalogues beside their sources, whenever a wheel is built.

hatchling runs the hook for standard and for editable wheels. After a change to a .po file in a checkout,
``python hatch_build.py`` does the same by hand.
"""

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

CATALOGUES = "src/antq_rules/locales/*/LC_MESSAGES/*.po"

# Babel writes the hour of compiling where a .po file tells none; the same source must give the same bytes.
NO_DATE = datetime(1970, 1, 1, tzinfo=UTC)


def compile_catalogue(source: Path) -> Path:
    """Write the .mo file beside ``source`` unless it stands there already, and return its path."""
    with source.open("rb") as po:
        catalogue = read_po(po, abort_invalid=True)
    catalogue.creation_date = catalogue.revision_date = NO_DATE
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    target = source.with_suffix(".mo")
    if not target.exists() or target.read_bytes() != compiled.getvalue():
        target.write_bytes(compiled.getvalue())
    return target


def compile_catalogues(root: Path) -> list[Path]:
    """Compile every catalogue of the tree at ``root`` and return the .mo files, sorted."""
    return [compile_catalogue(source) for source in sorted(root.glob(CATALOGUES))]


class CatalogueHook(BuildHookInterface[Any]):
    """Compiled catalogues are ignored by git, yet belong in the wheel: these and no stale ones."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and name the results as build artifacts."""
        for path in compile_catalogues(Path(self.root)):
            build_data["artifacts"].append(f"/{path.relative_to(self.root).as_posix()}")


if __name__ == "__main__":
    for path in compile_catalogues(Path(__file__).resolve().parent):
        print(path)
