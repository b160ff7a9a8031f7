"""What plugins contribute: every hook is called by itself, and everything it gives is checked before it is used."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pluggy

from antq_rules.errors import AntqError, Phrase, PluginError, message
from antq_rules.extensions import hooks
from antq_rules.extensions.catalogues import languages_in
from antq_rules.extensions.discovery import Offer, check_folder, load_code, told
from antq_rules.extensions.formats import Reader, Reporter
from antq_rules.frozen import frozen
from antq_rules.language.checking import read_document, read_head
from antq_rules.located import Document
from antq_rules.model.dossier import Dossier
from antq_rules.model.measure import MeasureFunction
from antq_rules.operators.base import closest

PREFIX = "antq_"
HOOKS = tuple(name for name, thing in vars(hooks).items() if inspect.isfunction(thing) and name.startswith(PREFIX))


@frozen
class Contribution:
    """A thing that a plugin contributes: a measure, a format or a catalogue."""

    id: str
    offer: Offer
    value: Any


@frozen
class Folder:
    """A ruleset or an overlay that a plugin contributes.

    ``name`` is how messages call the folder, ``head`` what stands first in its first file.
    """

    id: str
    offer: Offer
    path: Path
    name: str
    head: Mapping[str, Any]


@frozen
class Resources:
    """A package of data as an implementation of the hooks."""

    rulesets: Path
    overlays: Path | None = None
    locales: Path | None = None

    @hooks.hookimpl
    def antq_rulesets(self) -> Iterable[Path]:
        """The folders under ``rulesets/``."""
        return folders_in(self.rulesets)

    @hooks.hookimpl
    def antq_overlays(self) -> Iterable[Path]:
        """The folders under ``overlays/``."""
        return folders_in(self.overlays)

    @hooks.hookimpl
    def antq_catalogues(self) -> Iterable[Path]:
        """The folder ``locales/``."""
        return [self.locales] if self.locales is not None and self.locales.is_dir() else []


def folders_in(parent: Path | None) -> list[Path]:
    """The folders in a folder, sorted; none where it is not there. Hidden ones are passed over."""
    if parent is None or not parent.is_dir():
        return []
    return sorted(path for path in parent.iterdir() if path.is_dir() and path.name[0] not in "._")


# --- plugins into the manager ----------------------------------------------------------------------------------


def register(manager: pluggy.PluginManager, offer: Offer) -> None:
    """Load a plugin and let the manager know it.

    Raises:
        PluginError: It cannot be imported, leads out of its package, or has other hooks than those that there are.
    """
    plugin = _loaded(offer)
    try:
        _check_names(offer, plugin)
        manager.register(plugin, name=offer.name)
        callers = manager.get_hookcallers(plugin) or []
        impls = [impl for caller in callers for impl in caller.get_hookimpls() if impl.plugin is plugin]
        wraps = any(impl.hookwrapper or impl.wrapper for impl in impls)
        unknown = sorted(caller.name for caller in callers if not caller.has_spec())
    except PluginError:
        raise
    except Exception as error:
        # pluggy's own complaints, and whatever the plugin's attributes do when they are looked at.
        raise offer.error(
            "bad_hook", message("the hooks of the plugin {plugin} cannot be used: {why}"), why=told(error)
        ) from error
    if unknown:
        raise _unknown_hook(offer, unknown[0])
    if wraps:
        raise offer.error(
            "wrapper", message("the plugin {plugin} wraps the hooks of others; a plugin may only add")
        )  # fmt: skip
    if not impls:
        what = message("the plugin {plugin} has none of the hooks {known}")
        raise offer.error("no_hook", what, known=", ".join(HOOKS))


def _loaded(offer: Offer) -> object:
    if offer.folder is not None:
        folders = [offer.folder / name for name in ("rulesets", "overlays", "locales")]
        for folder in folders:
            if folder.exists() or folder.is_symlink():
                check_folder(offer, folder, offer.folder)
        return Resources(*folders)
    plugin = load_code(offer) if isinstance(offer.thing, EntryPoint) else offer.thing
    if inspect.isclass(plugin):
        raise offer.error("wrong_type", message("the plugin {plugin} is a class; name a module or an object"))
    return plugin


def _check_names(offer: Offer, plugin: object) -> None:
    """Refuse names that look like hooks: a typing error, or a hook that nobody marked, would else do nothing."""
    for name in dir(plugin):
        if not name.startswith(PREFIX) or not inspect.isroutine(thing := getattr(plugin, name)):
            continue
        if name not in HOOKS:
            raise _unknown_hook(offer, name)
        if not hasattr(thing, "antq_rules_impl"):
            raise offer.error(
                "unmarked_hook",
                message("the hook {hook} of the plugin {plugin} is not marked with @hookimpl"),
                message("mark it; until then leave the plugin out with --no-plugin {name}"),
                hook=name,
            )


def _unknown_hook(offer: Offer, hook: str) -> PluginError:
    return offer.error(
        "unknown_hook",
        message("the plugin {plugin} has a hook {hook} that does not exist; {hint}"),
        hook=hook,
        hint=closest(hook, HOOKS),
    )


# --- what the hooks give ---------------------------------------------------------------------------------------


def given(manager: pluggy.PluginManager, offers: Iterable[Offer], hook: str) -> Iterator[tuple[Offer, object]]:
    """The things that a hook gives, with the plugin, in the order of the plugins; of a mapping its pairs.

    Raises:
        PluginError: It raises, or gives no list.
    """
    implementations = {impl.plugin_name: impl.function for impl in getattr(manager.hook, hook).get_hookimpls()}
    for offer in offers:
        if offer.name not in implementations:
            continue
        things: list[object] | None = None
        try:
            found = implementations[offer.name]()
            if isinstance(found, Mapping):
                things = list(found.items())
            elif isinstance(found, Iterable) and not isinstance(found, str | bytes):
                things = list(found)
        except (Exception, SystemExit) as error:
            raise offer.error(
                "hook_raised", message("the hook {hook} of the plugin {plugin} fails: {why}"),
                hook=hook, why=told(error),
            ) from error  # fmt: skip
        if things is None:
            raise wrong_type(offer, hook, found, Phrase(message("a list")))
        yield from ((offer, thing) for thing in things)


def wrong_type(offer: Offer, hook: str, found: object, needed: str) -> PluginError:
    """The error of a hook that gives something else than it must."""
    return offer.error(
        "wrong_type",
        message("the hook {hook} of the plugin {plugin} gives {found}, not {needed}"),
        hook=hook,
        found=sort_of(found),
        needed=needed,
    )


def sort_of(found: object) -> str:
    """A value of a plain type as it is written, any other by its type; foreign objects need not show themselves."""
    if found is None or type(found) in (bool, int, float):
        return repr(found)
    if type(found) is str:
        return repr(found if len(found) < 60 else found[:57] + "...")
    return type(found).__name__


def folders_given(manager: pluggy.PluginManager, offers: Iterable[Offer], hook: str, sort: str) -> Iterator[Folder]:
    """The rulesets or overlays that a hook gives; ``sort`` is ``ruleset`` or ``overlay``, as their first files say."""
    for offer, path in given(manager, offers, hook):
        if not isinstance(path, Path):
            raise wrong_type(offer, hook, path, Phrase(message("folders as pathlib.Path")))
        yield _folder(offer, path, sort)


def _folder(offer: Offer, path: Path, sort: str) -> Folder:
    name = f"{sort}s/{path.name}"
    read = read_head
    if offer.distribution != "antq-rules":
        # What a stranger brings is looked through before anything is done with it.
        name, read = f"{offer.distribution}/{name}", read_document
    document = read(path / f"{sort}.yaml", f"{name}/{sort}.yaml")
    head = document.data if isinstance(document.data, dict) else {}
    id = head.get(sort)
    if document.faults or not isinstance(id, str):
        needed = document.fault(
            "missing_key", message("the key '{name}' is missing"), message("add it"), name=sort
        )  # fmt: skip
        raise PluginError(
            [
                offer.fault("bad_folder", message("{path} of the plugin {plugin} cannot be used"), path=path),
                *(document.faults or [needed]),
            ]
        )
    check_unfolded(offer, document)
    return Folder(id, offer, path, name, head)


MOST_VALUES = 200_000
"""Values to which a file of a plugin may unfold; our largest ruleset has some 10,000 in all its files."""


def check_unfolded(offer: Offer, document: Document) -> None:
    """Refuse a small file whose aliases unfold to so much that reading it would take minutes.

    Raises:
        PluginError: It unfolds to more than ``MOST_VALUES``.
    """
    if _unfolded(document.data, {}) > MOST_VALUES:
        raise offer.error(
            "too_many_nodes",
            message("{file} of the plugin {plugin} unfolds to more than {limit} values"),
            message("use fewer aliases; until then leave the plugin out with --no-plugin {name}"),
            file=document.file,
            limit=MOST_VALUES,
        )


def _unfolded(value: object, known: dict[int, int]) -> int:
    # What an alias stands for is there once, however often it is named.
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in known:
        inner = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_unfolded(one, known) for one in inner)
    return known[id(value)]


def measures_given(manager: pluggy.PluginManager, offers: Iterable[Offer]) -> Iterator[Contribution]:
    """The functions for measures, each bound to keep its contract."""
    for offer, measure in given(manager, offers, "antq_measures"):
        if not isinstance(measure, MeasureFunction):
            raise wrong_type(offer, "antq_measures", measure, "MeasureFunction")
        guarded = Guarded(measure.function, measure.name, measure.low, measure.high, offer)
        yield Contribution(measure.name, offer, replace(measure, function=guarded))


def readers_given(manager: pluggy.PluginManager, offers: Iterable[Offer]) -> Iterator[Contribution]:
    """The formats of dossiers by name."""
    shared: dict[object, GuardedFormat] = {}
    for offer, reader in given(manager, offers, "antq_readers"):
        if not isinstance(reader, Reader) or not _is_sound(reader):
            needed = Phrase(message("a Reader with a name, a tuple of suffixes such as '.csv', functions and a rank"))
            raise wrong_type(offer, "antq_readers", reader, needed)
        together = reader.read_together
        if together is not None:
            # Readers that share a function share what guards it, too.
            together = shared.setdefault(together, GuardedFormat(together, reader.name, offer, Dossier))
        guarded = replace(
            reader,
            read=GuardedFormat(reader.read, reader.name, offer, Dossier),
            claims=GuardedFormat(reader.claims, reader.name, offer, bool),
            read_together=together,
        )
        yield Contribution(reader.name, offer, guarded)


def _is_sound(reader: Reader) -> bool:
    suffixes: object = reader.suffixes
    return (
        isinstance(reader.name, str)
        and isinstance(suffixes, tuple)
        and all(isinstance(suffix, str) and suffix[:1] == "." and suffix == suffix.lower() for suffix in suffixes)
        and callable(reader.read)
        and callable(reader.claims)
        and isinstance(reader.rank, int)
        and (reader.read_together is None or callable(reader.read_together))
    )


def reporters_given(manager: pluggy.PluginManager, offers: Iterable[Offer]) -> Iterator[Contribution]:
    """The formats of reports by name."""
    for offer, pair in given(manager, offers, "antq_reporters"):
        name, reporter = pair if isinstance(pair, tuple) and len(pair) == 2 else (pair, None)
        if not isinstance(name, str) or not isinstance(reporter, Reporter) or not callable(reporter.write):
            raise wrong_type(offer, "antq_reporters", reporter or pair, Phrase(message("names with a Reporter each")))
        compare = None if reporter.compare is None else GuardedFormat(reporter.compare, name, offer)
        parts = reporter.parts
        if parts is not None:
            write, join = (GuardedFormat(function, name, offer) for function in (parts.write, parts.join))
            parts = replace(parts, write=write, join=join)
        check = None if reporter.check is None else GuardedFormat(reporter.check, name, offer)
        written = GuardedFormat(reporter.write, name, offer)
        guarded = replace(reporter, write=written, compare=compare, parts=parts, check=check)
        yield Contribution(name, offer, guarded)


def catalogues_given(manager: pluggy.PluginManager, offers: Iterable[Offer]) -> Iterator[Contribution]:
    """For each folder of catalogues its languages, as contributions whose value is the folder."""
    for offer, path in given(manager, offers, "antq_catalogues"):
        if not isinstance(path, Path):
            raise wrong_type(offer, "antq_catalogues", path, Phrase(message("folders as pathlib.Path")))
        for language in languages_in(path, offer):
            yield Contribution(language, offer, path)


@frozen
class GuardedFormat:
    """A function of a plugin's format that gives what it must, or stops the run in the plugin's name.

    Errors of the input or of the output stay what they are.
    """

    function: Callable[..., Any]
    format: str
    offer: Offer
    gives: type | None = None

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """What the function gives.

        Raises:
            PluginError: It fails, or gives something else than it must.
        """
        # What cannot be written for want of room or rights is no fault of the plugin.
        others = (AntqError, OSError) if self.gives is None else (AntqError,)
        try:
            found = self.function(*arguments, **options)
        except others:
            raise
        except Exception as error:
            raise self.offer.error(
                "format_raised", message("the format '{format}' of the plugin {plugin} fails: {why}"),
                format=self.format, why=told(error),
            ) from error  # fmt: skip
        if self.gives is not None and not isinstance(found, self.gives):
            raise self.offer.error(
                "wrong_type",
                message("the format '{format}' of the plugin {plugin} gives {found}, not {needed}"),
                format=self.format,
                found=sort_of(found),
                needed=self.gives.__name__,
            )
        return found


@frozen
class Guarded:
    """A plugin's function that keeps to its declaration, or stops the run in the plugin's name."""

    function: Callable[..., object]
    measure: str
    low: int
    high: int
    offer: Offer

    def __call__(self, *arguments: object) -> int | None:
        """What the function gives: a whole number in its range, or None.

        Raises:
            PluginError: It raises, or gives anything else.
        """
        try:
            found = self.function(*arguments)
        except Exception as error:
            raise self.offer.error(
                "measure_raised", message("the measure '{measure}' of the plugin {plugin} fails: {why}"),
                measure=self.measure, why=told(error),
            ) from error  # fmt: skip
        if found is None:
            return None
        if type(found) is int and self.low <= found <= self.high:
            return found
        raise self.offer.error(
            "wrong_measure",
            message("the measure '{measure}' of the plugin {plugin} gives {found}, not a whole number in its range"),
            measure=self.measure,
            found=sort_of(found),
        )

    def __reduce__(self) -> tuple[Any, ...]:
        # What the plugin was loaded from is not needed to call its function, and need not be picklable.
        return Guarded, (self.function, self.measure, self.low, self.high, replace(self.offer, thing=None))
