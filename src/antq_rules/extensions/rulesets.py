"""Rulesets by their id, with overlays laid over them; the national ones come through the same hook as a province's."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from antq_rules.errors import Fault, Phrase, RulesetError, message
from antq_rules.extensions.collecting import Folder, check_unfolded
from antq_rules.extensions.plugins import CORE, Plugins, installed_plugins
from antq_rules.language.checking import piece, read_document
from antq_rules.language.documents import TermShape
from antq_rules.language.loader import load_folder, ruleset_files, term
from antq_rules.language.overlay import base_of, lay_overlays
from antq_rules.model.ruleset import Ruleset, Term
from antq_rules.operators.base import closest

Name = str | os.PathLike[str]
"""The id of an installed ruleset or overlay, or the path of a folder with one."""


def find_ruleset(name: Name, overlays: Iterable[Name] = (), *, plugins: Plugins | None = None) -> Ruleset:
    """The ruleset of this name with overlays laid over it.

    Args:
        name: The id of a ruleset, or a folder with one; the folder of an overlay stands for its base with it.
        overlays: Ids of overlays, or folders with them, in any order.
        plugins: From which rulesets and overlays come; the installed ones by default.
    Raises:
        RulesetError: There is no such ruleset or overlay, one has faults, or an overlay belongs to another ruleset.
    """
    found = plugins or installed_plugins()
    folders = [_overlay(one, found) for one in _names(overlays)]
    if is_path(name, found.rulesets):
        path = Path(name)
        base = base_of(path)
        if base is None:
            ruleset = load_folder(path, installed=_Installed(found), measures=found.measures)
        else:
            ruleset = _installed(base, found)
            folders.append((path, path.as_posix()))
    else:
        ruleset = _installed(str(name), found)
    return lay(ruleset, folders, found)


def with_overlays(ruleset: Ruleset, overlays: Iterable[Name], *, plugins: Plugins | None = None) -> Ruleset:
    """A loaded ruleset with overlays laid over it, as :func:`find_ruleset` does."""
    names = _names(overlays)
    if not names:
        return ruleset
    found = plugins or installed_plugins()
    return lay(ruleset, [_overlay(one, found) for one in names], found)


def base_of_overlays(overlays: Iterable[Name], *, plugins: Plugins | None = None) -> str | None:
    """The id of the ruleset that the first of some overlays extends; None where none is named.

    Raises:
        RulesetError: There is no such overlay.
    """
    names = _names(overlays)
    return base_of(_overlay(names[0], plugins or installed_plugins())[0]) if names else None


def _names(overlays: Iterable[Name]) -> list[Name]:
    # One name alone is a sequence of letters, too.
    return [overlays] if isinstance(overlays, str) else list(overlays)


def lay(ruleset: Ruleset, folders: Iterable[tuple[Path, str]], plugins: Plugins) -> Ruleset:
    """A ruleset with the overlays of folders, each laid once however often it is named."""
    once = {os.path.realpath(path): (path, name) for path, name in folders}
    for overlay in ruleset.overlays:
        once.pop(os.path.realpath(overlay.folder), None)
    return lay_overlays(ruleset, list(once.values()), measures=plugins.measures) if once else ruleset


def is_path(name: Name, known: Mapping[str, Folder]) -> bool:
    """Whether a name is that of a folder; an id that is known goes before a folder of the same name."""
    if not isinstance(name, str):
        return True
    return name not in known and ("/" in name or "\\" in name or name.startswith(".") or Path(name).is_dir())


def _overlay(name: Name, plugins: Plugins) -> tuple[Path, str]:
    """The folder of an overlay and what messages call it."""
    if is_path(name, plugins.overlays):
        return Path(name), Path(name).as_posix()
    folder = plugins.overlays.get(str(name))
    if folder is None:
        raise _unknown(Phrase(message("overlay")), str(name), plugins.overlays)
    return folder.path, folder.name


def _unknown(sort: str, name: str, known: Iterable[str]) -> RulesetError:
    what = message("there is no ruleset '{name}'") if not sort else message("there is no {thing} '{name}' here")
    values = {"thing": sort, "name": name, "hint": closest(name, known)}
    return RulesetError(Fault("unknown_overlay" if sort else "unknown_ruleset", what, "{hint}", values=values))


class _Installed:
    """Finds the rulesets that one uses; remembers on whose behalf, since none may lead back to itself."""

    def __init__(self, plugins: Plugins, asking: tuple[str, ...] = ()) -> None:
        self.plugins = plugins
        self.asking = asking

    def __call__(self, name: str) -> Ruleset:
        return _installed(name, self.plugins, self.asking)


def _installed(name: str, plugins: Plugins, asking: tuple[str, ...] = ()) -> Ruleset:
    folder = plugins.rulesets.get(name)
    if folder is None:
        raise _unknown("", name, plugins.rulesets)
    if name in asking:
        raise RulesetError(
            Fault(
                "cycle",
                message("the ruleset '{name}' uses itself by way of {others}"),
                message("break the circle of 'uses'"),
                values={"name": name, "others": ", ".join(asking[asking.index(name) :])},
            )
        )
    if name not in plugins.loaded:
        if folder.offer.distribution != CORE:
            for file in ruleset_files(folder.path)[1:]:
                place = f"{folder.name}/{file.relative_to(folder.path).as_posix()}"
                check_unfolded(folder.offer, read_document(file, place))
        plugins.loaded[name] = load_folder(
            folder.path, folder.name, installed=_Installed(plugins, (*asking, name)), measures=plugins.measures
        )
    return plugins.loaded[name]


def ruleset_folders(plugins: Plugins | None = None) -> Mapping[str, Path]:
    """The folders of all installed rulesets by id, sorted."""
    return {id: folder.path for id, folder in (plugins or installed_plugins()).rulesets.items()}


def ruleset_in_force(period: int, *, plugins: Plugins | None = None) -> str:
    """The id of the ruleset that was in force at the end of a year's windows, among those that are defaults.

    Raises:
        RulesetError: None was, or several were.
    """
    found = plugins or installed_plugins()
    defaults = [id for id, folder in found.rulesets.items() if _may_be_chosen(folder, period)]
    matching = [id for id in defaults if was_in_force(_installed(id, found), period)]
    if len(matching) == 1:
        return matching[0]
    raise RulesetError(
        Fault(
            "no_ruleset",
            message("no ruleset was in force for {period}") if not matching else
            message("several rulesets were in force for {period}"),
            message("name one with --ruleset; installed: {known}"),
            values={"period": period, "known": ", ".join(matching or found.rulesets)},
        )
    )  # fmt: skip


def _may_be_chosen(folder: Folder, period: int) -> bool:
    """Whether a ruleset is a default and its term comes near the year; the others need not be read to know."""
    if folder.head.get("default") is not True:
        return False
    days = piece(TermShape, folder.head.get("in_force"))
    years = Term(datetime.date(max(period - 1, 1), 1, 1), datetime.date(min(period + 1, 9999), 12, 31))
    return days is None or term(days).meets(years) is not None


def was_in_force(ruleset: Ruleset, period: int) -> bool:
    """Whether a ruleset was in force at the end of every window of a year."""
    return all(ruleset.term.holds(day) for day in window_ends(ruleset, period))


def window_ends(ruleset: Ruleset, period: int) -> list[datetime.date]:
    """The last days of the windows of a year."""
    ends = []
    for standard in ruleset.standards:
        last = standard.window.period.last if standard.window.period else None
        if last is None:
            ends.append(datetime.date(period, 12, 31))
        else:
            ends.append(datetime.date(last.year if last.absolute else period + last.year, last.month, last.day))
    return ends
