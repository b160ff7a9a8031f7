"""The plugins that distributions offer: found through entry points, told apart as data and code, chosen by name."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.metadata
import importlib.util
import os
import re
import traceback
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pluggy

from antq_rules.errors import Fault, Place, PluginError, message
from antq_rules.extensions.choice import PluginChoice
from antq_rules.frozen import frozen
from antq_rules.operators.base import closest

GROUP = "antq_rules"
"""The group of entry points."""

OF_PYTHON = (*importlib.machinery.all_suffixes(), ".pyw", ".pyx", ".so", ".pyd", ".dll", ".dylib")
"""How the names of files end that Python can import, on any system."""

WITHOUT_IT = message("mend or update it, or leave it out with --no-plugin {name}")


@frozen
class Offer:
    """A plugin that is offered, not yet loaded.

    ``thing`` is the entry point, or the plugin itself where it was handed in. ``folder`` is the package of a plugin
    that is data only: it holds no Python file, and nothing of it is ever imported.
    """

    name: str
    distribution: str
    version: str
    thing: Any
    folder: Path | None = None

    def __str__(self) -> str:
        of = f"{self.distribution} {self.version}".strip()
        return of if self.name == self.distribution else f"{of} ({self.name})"

    @property
    def data_only(self) -> bool:
        """Whether it holds no code."""
        return self.folder is not None

    def answers(self, name: str) -> bool:
        """Whether it is called so."""
        return normalised(name) in (normalised(self.name), normalised(self.distribution))

    def fault(
        self, code: str, what: str, mending: str = WITHOUT_IT, *, place: Place | None = None, **values: Any
    ) -> Fault:
        """Something wrong with it; the sentences may use ``{plugin}`` and ``{name}``."""
        return Fault(code, what, mending, "", place, {"plugin": str(self), "name": self.distribution, **values})

    def error(self, code: str, what: str, mending: str = WITHOUT_IT, **values: Any) -> PluginError:
        """The error of one fault."""
        return PluginError(self.fault(code, what, mending, **values))


def normalised(name: str) -> str:
    """A name of a distribution as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def discover(choice: PluginChoice) -> tuple[tuple[Offer, ...], tuple[Offer, ...]]:
    """The plugins that take part and those left out, both by distribution and name. No code of theirs is run.

    Raises:
        PluginError: A name of the choice belongs to no plugin, two plugins have one name, a package stands in several
            places, or code is offered where only data may take part.
    """
    found = sorted((_offer(point) for point in _points()), key=lambda offer: (offer.distribution, offer.name))
    _check_names(choice, found)
    taken = [offer for offer in found if _takes_part(offer, choice)]
    left_out = tuple(offer for offer in found if offer not in taken)
    check_unique(taken)
    ready = tuple(
        Offer(offer.name, offer.distribution, offer.version, offer.thing, data_folder(offer)) for offer in taken
    )
    if choice.data_only:
        refuse_code(ready)
    return ready, left_out


def _points() -> Iterable[importlib.metadata.EntryPoint]:
    """The entry points of the group. Nobody else's damaged ones are our concern."""
    try:
        return importlib.metadata.entry_points(group=GROUP)
    except Exception:
        return [point for distribution in importlib.metadata.distributions() for point in _points_of(distribution)]


def _points_of(distribution: importlib.metadata.Distribution) -> Iterable[importlib.metadata.EntryPoint]:
    try:
        return distribution.entry_points.select(group=GROUP)
    except Exception as error:
        if f"[{GROUP}]" not in (distribution.read_text("entry_points.txt") or ""):
            return ()
        name, version = (str(distribution.metadata[key]) for key in ("Name", "Version"))
        offer = Offer(name, name, version, None)
        raise offer.error(
            "bad_entry_points",
            message("the entry points of the plugin {plugin} cannot be read: {why}"),
            message("mend the plugin, or remove it with pip uninstall {name}"),
            why=told(error),
        ) from error


def _offer(point: importlib.metadata.EntryPoint) -> Offer:
    # A distribution whose metadata are damaged has neither name nor version.
    metadata = None if point.dist is None else point.dist.metadata
    known = {key: str(metadata[key]) for key in ("Name", "Version") if metadata is not None and key in metadata}
    return Offer(point.name, known.get("Name", point.name), known.get("Version", "?"), point)


def _check_names(choice: PluginChoice, found: Sequence[Offer]) -> None:
    known = sorted({name for offer in found for name in (offer.distribution, offer.name)})
    faults = [
        Fault(
            "unknown_plugin", message("there is no plugin '{name}'"), "{hint}",
            values={"name": name, "hint": closest(name, known)},
        )
        for name in (*choice.without, *(choice.only or ()))
        if not any(offer.answers(name) for offer in found)
    ]  # fmt: skip
    if faults:
        raise PluginError(faults)


def _takes_part(offer: Offer, choice: PluginChoice) -> bool:
    if any(offer.answers(name) for name in choice.without):
        return False
    return choice.only is None or any(offer.answers(name) for name in choice.only)


def check_unique(offers: Iterable[Offer]) -> None:
    first: dict[str, Offer] = {}
    faults = [
        offer.fault(
            "duplicate_plugin",
            message("the plugin {plugin} has a name that {other} has already: '{entry}'"),
            message("rename one of the two, or leave one out with --no-plugin {name}"),
            entry=offer.name,
            other=str(first[offer.name]),
        )
        for offer in offers
        if first.setdefault(offer.name, offer) is not offer
    ]
    if faults:
        raise PluginError(faults)


def refuse_code(offers: Iterable[Offer]) -> None:
    faults = [
        offer.fault(
            "not_data_only",
            message("the plugin {plugin} holds code, and only data may take part"),
            message("leave it out with --no-plugin {name}, or run without --data-only"),
        )
        for offer in offers
        if not offer.data_only
    ]
    if faults:
        raise PluginError(faults)


def data_folder(offer: Offer) -> Path | None:
    """The package folder of a plugin that holds no Python file; None where it may hold code.

    Raises:
        PluginError: The package stands in several places, which would let one distribution add to another.
    """
    package = offer.thing.value.strip()
    if not package.isidentifier():
        return None
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError, AttributeError):
        return None
    places = () if spec is None else spec.submodule_search_locations or ()
    folders = sorted({Path(os.path.realpath(place)) for place in places if os.path.isdir(place)})
    if not folders or any(holds_code(folder) for folder in folders):
        return None
    if len(folders) > 1:
        raise offer.error(
            "several_folders",
            message("the package '{package}' of the plugin {plugin} stands in several places: {folders}"),
            message("keep one of them, or leave the plugin out with --no-plugin {name}"),
            package=package,
            folders=", ".join(str(folder) for folder in folders),
        )
    return folders[0]


def holds_code(folder: Path) -> bool:
    return any(file.lower().endswith(OF_PYTHON) for _, _, files in os.walk(folder) for file in files)


def load_code(offer: Offer) -> object:
    """The module or object that an entry point names.

    Raises:
        PluginError: It cannot be imported.
    """
    try:
        return offer.thing.load()
    except (Exception, SystemExit) as error:
        raise offer.error(
            "plugin_not_imported", message("the plugin {plugin} cannot be imported: {why}"), why=told(error)
        ) from error


def told(error: BaseException) -> str:
    """An error of foreign code in a line, with the place in that code where it arose."""
    text = " ".join(traceback.format_exception_only(error)[-1].split())
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(_OURS)]
    return f"{text} ({frames[-1].filename}:{frames[-1].lineno})" if frames else text


_OURS = ("<", *(os.path.dirname(module.__file__ or "") for module in (importlib, importlib.metadata, pluggy)),
         os.path.dirname(os.path.dirname(__file__)))  # fmt: skip
"""Where the frames lie that only lead to foreign code."""

LARGEST = 4 * 2**20
"""Bytes of the largest file that a package of data may hold."""


def check_folder(offer: Offer, folder: Path, root: Path) -> None:
    """Refuse a folder of data that leads out of its package, or that holds what is no plain file of a sound size.

    Raises:
        PluginError: The first such thing.
    """
    for path in (folder, *_below(folder)):
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(root):
            raise offer.error(
                "leaves_package", message("{path} of the plugin {plugin} leads out of its package"), path=path
            )
        if not real.is_dir() and not real.is_file():
            raise offer.error(
                "no_plain_file", message("{path} of the plugin {plugin} is neither a file nor a folder"), path=path
            )
        if real.is_file() and real.stat().st_size > LARGEST:
            raise offer.error(
                "too_large", message("{path} of the plugin {plugin} is larger than {limit} bytes"),
                path=path, limit=LARGEST,
            )  # fmt: skip


def _below(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            yield Path(parent, name)
