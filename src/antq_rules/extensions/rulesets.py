"""Installed rulesets by their id; the national ones come through the same hook as a province's."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import pluggy

from antq_rules.errors import Fault, PluginError, RulesetError, message
from antq_rules.extensions import hooks
from antq_rules.language.checking import read_document
from antq_rules.language.loader import load_folder
from antq_rules.language.overlay import base_of, load_overlay
from antq_rules.model.ruleset import Ruleset
from antq_rules.operators.base import closest
from antq_rules.resources import rulesets_folder


class NationalRulesets:
    """The rulesets that ship with the package."""

    @hooks.hookimpl
    def antq_rulesets(self) -> Iterable[Path]:
        """Every folder beside the package that holds a ruleset."""
        return sorted(file.parent for file in rulesets_folder().glob("*/ruleset.yaml"))


def build_plugin_manager(plugins: Iterable[object] = ()) -> pluggy.PluginManager:
    """A new plugin manager with the national rulesets and the plugins given."""
    manager = pluggy.PluginManager("antq_rules")
    manager.add_hookspecs(hooks)
    manager.register(NationalRulesets(), name="national")
    for plugin in plugins:
        manager.register(plugin)
    manager.check_pending()
    return manager


def ruleset_folders(manager: pluggy.PluginManager | None = None) -> Mapping[str, Path]:
    """The folders of all installed rulesets by id, sorted.

    Raises:
        PluginError: Two folders claim one id.
    """
    found: dict[str, Path] = {}
    for folders in (manager or build_plugin_manager()).hook.antq_rulesets():
        for folder in folders:
            document = read_document(folder / "ruleset.yaml", f"{folder.name}/ruleset.yaml")
            data = document.data if isinstance(document.data, dict) else {}
            id = str(data.get("ruleset", folder.name))
            if id in found:
                raise PluginError(
                    Fault(
                        "duplicate_id",
                        message("the ruleset '{id}' is offered twice: {first} and {second}"),
                        message("leave one of the two out"),
                        values={"id": id, "first": found[id], "second": folder},
                    )
                )
            found[id] = folder
    return dict(sorted(found.items()))


def find_ruleset(name: str) -> Ruleset:
    """The installed ruleset of this id, or the one in a folder where the name is a path.

    Raises:
        RulesetError: There is no such ruleset, or it has faults.
    """
    folders = ruleset_folders()
    if name in folders:
        return loaded(folders[name], name)
    if ("/" in name or "\\" in name or name.startswith(".")) or Path(name).is_dir():
        base = base_of(Path(name))
        return load_folder(Path(name)) if base is None else load_overlay(Path(name), find_ruleset(base))
    raise RulesetError(
        Fault(
            "unknown_ruleset",
            message("there is no ruleset '{name}'"),
            "{hint}",
            values={"name": name, "hint": closest(name, folders)},
        )
    )


@lru_cache(maxsize=16)
def loaded(folder: Path, name: str) -> Ruleset:
    """The ruleset of an installed package; read once in a process."""
    return load_folder(folder, f"rulesets/{name}")


def ruleset_in_force(period: int) -> str:
    """The id of the installed ruleset in force at the end of a year's windows.

    Raises:
        RulesetError: None was, or several were.
    """
    matching = []
    for id, folder in ruleset_folders().items():
        ruleset = loaded(folder, id)
        if all(ruleset.term.holds(day) for day in window_ends(ruleset, period)):
            matching.append(id)
    if len(matching) == 1:
        return matching[0]
    raise RulesetError(
        Fault(
            "no_ruleset",
            message("no ruleset was in force for {period}") if not matching else
            message("several rulesets were in force for {period}"),
            message("name one with --ruleset; installed: {known}"),
            values={"period": period, "known": ", ".join(matching or ruleset_folders())},
        )
    )  # fmt: skip


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
