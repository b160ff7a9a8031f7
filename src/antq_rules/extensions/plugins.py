"""The plugins that take part, and what they contribute by id: each id is claimed once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache
from itertools import chain
from types import MappingProxyType
from typing import Any, TypeVar

import pluggy

from antq_rules.errors import Phrase, PluginError, message
from antq_rules.extensions import hooks
from antq_rules.extensions.catalogues import sentences_in
from antq_rules.extensions.choice import ALL, PluginChoice
from antq_rules.extensions.collecting import (
    Contribution,
    Folder,
    Resources,
    catalogues_given,
    folders_given,
    measures_given,
    readers_given,
    register,
    reporters_given,
)
from antq_rules.extensions.discovery import Offer, check_unique, discover
from antq_rules.frozen import frozen
from antq_rules.model.expression import Computed
from antq_rules.model.measure import MeasureFunction
from antq_rules.model.ruleset import Ruleset
from antq_rules.resources import rulesets_folder
from antq_rules.version import __version__

CORE = "antq-rules"
"""The distribution that ships the national rulesets."""

Thing = TypeVar("Thing", Contribution, Folder)


@frozen
class PluginUse:
    """A plugin and things that it contributes.

    ``sort`` is built-in, data-only or code; ``contributions`` has for each sort of thing (rulesets, overlays, measures,
    readers, reporters, catalogues) the ids, and no sort without any.
    """

    name: str
    distribution: str
    version: str
    sort: str
    contributions: Mapping[str, tuple[str, ...]]


class Plugins:
    """Everything that the plugins that take part contribute, the national rulesets among it.

    Made by :meth:`installed` or :meth:`of`.

    Raises:
        PluginError: A plugin cannot be imported, has an unknown hook, claims what another one has claimed, gives what
            it must not, or raises. The error names the distribution, its version and the mending.
    """

    def __init__(self, offers: Iterable[Offer], left_out: Iterable[Offer] = ()) -> None:
        core = Offer(CORE, CORE, __version__, Resources(rulesets_folder()))
        self.offers = (core, *offers)
        self.left_out = tuple(left_out)
        check_unique(self.offers)
        self.manager = manager = pluggy.PluginManager("antq_rules")
        manager.add_hookspecs(hooks)
        for offer in self.offers:
            register(manager, offer)
        self.rulesets = claimed(folders_given(manager, self.offers, "antq_rulesets", "ruleset"), "ruleset")
        self.overlays = claimed(folders_given(manager, self.offers, "antq_overlays", "overlay"), "overlay")
        self.readers = claimed(readers_given(manager, self.offers), "format")
        self.reporters = claimed(reporters_given(manager, self.offers), "format")
        self.catalogues = tuple(catalogues_given(manager, self.offers))
        self._measures = claimed(measures_given(manager, self.offers), "measure")
        self.loaded: dict[str, Ruleset] = {}
        """Rulesets already read, by id."""
        for use, offer in zip(self.uses(), self.offers, strict=True):
            if offer.data_only and not use.contributions:
                # Most likely the build left the files out that were meant.
                raise offer.error(
                    "no_contribution",
                    message("the plugin {plugin} offers nothing: {folder} holds no rulesets/, overlays/ or locales/"),
                    folder=offer.folder,
                )

    @classmethod
    def installed(cls, choice: PluginChoice = ALL) -> Plugins:
        """Those of the installed distributions that are chosen."""
        return cls(*discover(choice))

    @classmethod
    def of(cls, plugins: Iterable[object] = ()) -> Plugins:
        """Modules or objects handed in and no others: for programs that embed the library, and for tests."""
        return cls(_handed_in(plugin) for plugin in plugins)

    @property
    def measures(self) -> Mapping[str, MeasureFunction]:
        """The functions for measures by name."""
        return MappingProxyType({name: one.value for name, one in self._measures.items()})

    def uses(self) -> tuple[PluginUse, ...]:
        """Every plugin that takes part, with all that it contributes; the core first."""
        return tuple(self._use(offer, lambda sort, one: True) for offer in self.offers)

    def uses_of(self, ruleset: Ruleset) -> tuple[PluginUse, ...]:
        """The plugins that had a part in a ruleset with its overlays, and which; the core is left out."""
        parts = list(_with_used(ruleset))
        folders = {*(part.folder for part in parts), *(one.folder for part in parts for one in part.overlays)}
        measures = set(_measures_in(parts)) if self._measures else set()

        def had_part(sort: str, one: Contribution | Folder) -> bool:
            if isinstance(one, Folder):
                return one.path.as_posix() in folders
            return sort == "measures" and one.id in measures

        found = (self._use(offer, had_part) for offer in self.offers[1:])
        return tuple(use for use in found if use.contributions)

    def uses_left_out(self) -> tuple[PluginUse, ...]:
        """The plugins that were left out by name; what they contribute was not asked."""
        return tuple(PluginUse(one.name, one.distribution, one.version, "left-out", {}) for one in self.left_out)

    def sentences(self) -> dict[str, dict[str, str]]:
        """For each language the translations of plugins' own sentences; the first plugin that has one gives it."""
        found: dict[str, dict[str, str]] = {}
        for one in reversed(self.catalogues):
            found.setdefault(one.id, {}).update(sentences_in(one.value, one.id))
        return found

    def _use(self, offer: Offer, wanted: Callable[[str, Contribution | Folder], bool]) -> PluginUse:
        things: dict[str, Iterable[Contribution | Folder]] = {
            "rulesets": self.rulesets.values(),
            "overlays": self.overlays.values(),
            "measures": self._measures.values(),
            "readers": self.readers.values(),
            "reporters": self.reporters.values(),
            "catalogues": self.catalogues,
        }
        held = {
            sort: tuple(sorted({one.id for one in ones if one.offer is offer and wanted(sort, one)}))
            for sort, ones in things.items()
        }
        sort = "built-in" if offer is self.offers[0] else "data-only" if offer.data_only else "code"
        contributions = {sort: ids for sort, ids in held.items() if ids}
        return PluginUse(offer.name, offer.distribution, offer.version, sort, contributions)


SORTS = {
    "ruleset": Phrase(message("the ruleset")),
    "overlay": Phrase(message("the overlay")),
    "measure": Phrase(message("the measure")),
    "format": Phrase(message("the format")),
}


def claimed(things: Iterable[Thing], sort: str) -> Mapping[str, Thing]:
    """Contributions by id, sorted.

    Raises:
        PluginError: Two plugins claim one id, or one claims it twice.
    """
    found: dict[str, Thing] = {}
    for one in things:
        if one.id in found:
            raise one.offer.error(
                "duplicate_id",
                message("the plugin {plugin} claims {sort} '{id}', which {other} has claimed already"),
                message("give it an id of its own, or leave one of the two out with --no-plugin {name}"),
                sort=SORTS[sort],
                id=one.id,
                other=str(found[one.id].offer),
            )
        found[one.id] = one
    return MappingProxyType(dict(sorted(found.items())))


def claimed_already(one: Contribution, format: str) -> PluginError:
    """The error of a format whose name is that of one which ships with the package."""
    return one.offer.error(
        "duplicate_id",
        message("the plugin {plugin} claims {sort} '{id}', which {other} has claimed already"),
        message("give it an id of its own, or leave one of the two out with --no-plugin {name}"),
        sort=SORTS["format"],
        id=format,
        other=CORE,
    )


def _handed_in(plugin: object) -> Offer:
    name = str(getattr(plugin, "__name__", type(plugin).__name__))
    return Offer(name, name, "", plugin)


def _with_used(ruleset: Ruleset) -> Iterator[Ruleset]:
    yield ruleset
    yield from chain.from_iterable(_with_used(used) for used in ruleset.used)


def _measures_in(value: Any) -> Iterator[str]:
    """The names of the measures that are computed anywhere in a value of the model."""
    if isinstance(value, Computed):
        yield value.name
    if is_dataclass(value):
        parts: Iterable[Any] = (getattr(value, spec.name) for spec in fields(value))
    elif isinstance(value, Mapping):
        parts = value.values()
    else:
        parts = value if isinstance(value, list | tuple) else ()
    for part in parts:
        yield from _measures_in(part)


@lru_cache(maxsize=8)
def installed_plugins(choice: PluginChoice = ALL) -> Plugins:
    """The chosen ones of the installed plugins; looked for once in a process.

    Raises:
        PluginError: As :class:`Plugins`.
    """
    return Plugins.installed(choice)


def build_plugin_manager(plugins: Iterable[object] = (), *, entry_points: bool = True) -> pluggy.PluginManager:
    """A new plugin manager with the national rulesets and the plugins given.

    Args:
        plugins: Modules or objects.
        entry_points: Whether the installed ones take part as well.
    Raises:
        PluginError: As :class:`Plugins`.
    """
    found = discover(ALL)[0] if entry_points else ()
    return Plugins((*found, *(_handed_in(plugin) for plugin in plugins))).manager
