"""Overlays read and laid over their ruleset: they add, fill and tighten, and can do nothing else.

Each is read against the ruleset alone, never against another overlay, and all are put together in the order of their
ids; so whatever order they are named in, they come to the same ruleset.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, product
from pathlib import Path as FilePath
from typing import Any

from antq_rules.errors import Fault, message
from antq_rules.language.checking import read_document
from antq_rules.language.direction import HELPS, HURTS, moves_in
from antq_rules.language.loader import fail_on
from antq_rules.language.overlay_reading import FILE, OverlayReading, Part
from antq_rules.located import Path
from antq_rules.model.expression import ChildShare, Compare, SlotValue, Test, fields_read, rebuild, walk
from antq_rules.model.measure import MeasureFunction
from antq_rules.model.ruleset import Change, Criterion, Filling, Parameter, Ruleset, Term
from antq_rules.operators.base import gapless


def load_overlay(folder: FilePath, base: Ruleset, name: str | None = None) -> Ruleset:
    """The ruleset with the overlay of a folder laid over it; see :func:`lay_overlays`."""
    return lay_overlays(base, [(folder, name or folder.as_posix())])


def lay_overlays(
    base: Ruleset,
    folders: Sequence[tuple[FilePath, str]],
    *,
    measures: Mapping[str, MeasureFunction] | None = None,
) -> Ruleset:
    """The ruleset with overlays laid over it; the same one in whatever order they are named.

    Args:
        base: The ruleset that the overlays name. If it carries overlays, these are laid anew with the others.
        folders: Each holds ``overlay.yaml``; with the name by which messages call it.
        measures: Functions of plugins that numbers may call, by name.
    Raises:
        RulesetError: An overlay has faults, loosens, removes or redefines something, or conflicts with another.
    """
    national = base.national or base
    before = [(FilePath(overlay.folder), overlay.folder) for overlay in base.overlays]
    readings = [OverlayReading(folder, national, name, measures or {}) for folder, name in (*before, *folders)]
    parts = [part for reading in readings if (part := reading.part()) is not None]
    fail_on(fault for reading in readings for fault in reading.faults)
    if not parts:
        return base
    parts.sort(key=lambda part: (part.overlay.id, part.overlay.folder))
    fail_on(_conflicts(parts))
    laid = _laid(national, parts)
    fail_on([*_fillings_out_of_place(laid), *_helped(laid, parts)])
    return laid


def base_of(folder: FilePath) -> str | None:
    """The id of the ruleset that an overlay folder names; None where there is no overlay."""
    if not (folder / FILE).is_file():
        return None
    data = read_document(folder / FILE, FILE).data
    return data.get("base") if isinstance(data, dict) and isinstance(data.get("base"), str) else None


def _conflicts(parts: Sequence[Part]) -> Iterator[Fault]:
    """A fault for each pair of overlays that cannot both be laid."""
    for one, other in combinations(parts, 2):
        if one.overlay.id == other.overlay.id:
            yield _conflict(other, ("overlay",), one, message("the overlay '{name}' is laid twice"), one.overlay.id)
            continue
        if one.overlay.prefix == other.overlay.prefix:
            what = message("the prefix '{name}' is that of another overlay too")
            yield _conflict(other, ("prefix",), one, what, one.overlay.prefix)
        for name in sorted(one.fields.keys() & other.fields.keys()):
            what = message("another overlay adds the field '{name}' too")
            yield _conflict(other, ("fields", name), one, what, name)
        for name in sorted(one.fillings.keys() & other.fillings.keys()):
            if one.fillings[name].term.meets(other.fillings[name].term) is not None:
                what = message("another overlay fills the slot '{name}' on the same days")
                yield _conflict(other, ("slots", name), one, what, name)


def _conflict(part: Part, path: Path, other: Part, what: str, name: str) -> Fault:
    """A fault in one overlay that names its counterpart in another."""
    return part.document.fault(
        "conflict", what, message("leave one of the two out; the other is at {other}"), path, key=len(path) > 1,
        name=name, other=other.document.place(path, key=len(path) > 1),
    )  # fmt: skip


def _laid(base: Ruleset, parts: Sequence[Part]) -> Ruleset:
    """The ruleset with what overlays bring, in the order of their ids."""
    fields = dict(base.fields)
    changes: dict[str, list[Change]] = {}
    fillings: dict[str, list[Filling]] = {}
    criteria: dict[str, list[Criterion]] = {}
    for part in parts:
        fields |= part.fields
        for name, change in part.changes.items():
            changes.setdefault(name, []).append(change)
        for name, filling in part.fillings.items():
            fillings.setdefault(name, []).append(filling)
        for name, added in part.criteria.items():
            criteria.setdefault(name, []).extend(added)
    return replace(
        base,
        fields=fields,
        parameters={
            name: replace(parameter, changes=tuple(changes.get(name, ())))
            for name, parameter in base.parameters.items()
        },
        fillings={name: tuple(fillings[name]) for name in base.slots if name in fillings},
        standards=tuple(
            replace(standard, criteria=(*standard.criteria, *criteria.get(standard.id, ())))
            for standard in base.standards
        ),
        overlays=tuple(part.overlay for part in parts),
        national=base,
    )


def _fillings_out_of_place(laid: Ruleset) -> Iterator[Fault]:
    """A fault for each filling with which a test could no longer be decided exactly."""
    for standard in laid.standards:
        truths = [*(truth for one in standard.criteria for truth in one.expressions())]
        truths += [*(scope.require for scope in standard.scopes)]
        for test in (node for truth in truths for node in walk(truth) if isinstance(node, Test)):
            slots = dict.fromkeys(node.name for node in walk(test) if isinstance(node, SlotValue))
            # Each slot as it stands open, too: what shares no day with another filling is put in alone.
            for way in product(*([None, *laid.fillings.get(name, ())] for name in slots)):
                put = {name: filling for name, filling in zip(slots, way, strict=True) if filling is not None}
                terms = [filling.term for filling in put.values()]
                if put and all(one.meets(other) is not None for one, other in combinations(terms, 2)):
                    yield from _unsound(test, put)


def _unsound(test: Any, put: Mapping[str, Filling]) -> Iterator[Fault]:
    """A fault if the fillings make an unknown stand twice in a test, or an equality inexact."""
    filled = rebuild(
        test, lambda node: put[node.name].measure if isinstance(node, SlotValue) and node.name in put else node
    )
    names = list(fields_read(filled))
    twice = sorted({name for name in names if names.count(name) > 1})
    name, filling = list(put.items())[-1]
    if twice:
        yield Fault(
            "unknown_twice", message("'{name}' stands in the test already in which the slot '{slot}' is"),
            message("fill the slot with a number that reads other fields"), f"slots.{name}", filling.place,
            {"name": twice[0], "slot": name},
        )  # fmt: skip
    if isinstance(filled, Compare) and filled.relation == "==" and not (gapless(filled.left) and gapless(filled.right)):
        yield Fault(
            "wrong_operand", message("the slot '{slot}' is compared for equality, which needs every value in between"),
            message("fill the slot with a number, a field or a sum of them"), f"slots.{name}", filling.place,
            {"slot": name},
        )  # fmt: skip


def _helped(laid: Ruleset, parts: Sequence[Part]) -> Iterator[Fault]:
    """A fault wherever a tighter parameter, or a stricter verdict of units below, could help a unit.

    What an overlay adds itself is not held against it: without it there was nothing to gain.
    """
    for standard in laid.standards:
        for leaf, way, id, origin in moves_in(standard):
            others = [part for part in parts if part.overlay.id != origin]
            if isinstance(leaf, ChildShare):
                if way != HELPS and leaf.of == "recognised":
                    yield from _below(laid, leaf, id, others)
                continue
            parameter = laid.parameters[leaf.name]
            if way == (HURTS if parameter.tighten == "up" else HELPS):
                continue
            for part in others:
                change = part.changes.get(parameter.name)
                if change is not None and (len(parameter.changes) > 1 or _is_set(parameter, change.term)):
                    yield Fault(
                        "cannot_tighten", message("a tighter '{name}' could help a unit in '{id}'"),
                        message("leave it as it is"), f"tighten.{parameter.name}", change.place,
                        {"name": parameter.name, "id": id},
                    )  # fmt: skip


def _below(laid: Ruleset, leaf: ChildShare, id: str, parts: Iterable[Part]) -> Iterator[Fault]:
    """A fault for each criterion added, and each parameter tightened, for units whose failing could help another."""
    kinds = set(laid.children[leaf.children].kinds)
    for standard in laid.standards:
        if not kinds & set(standard.kinds):
            continue
        read = {one.name for one, *_ in moves_in(standard) if not isinstance(one, ChildShare)}
        for part in parts:
            paths: list[Path] = [("criteria", standard.id)] if part.criteria.get(standard.id) else []
            paths += [("tighten", name) for name in part.changes if name in read]
            for path in paths:
                yield part.document.fault(
                    "loosened", message("'{id}' gains where fewer of the units below pass"),
                    message("units of {kinds} cannot be judged more strictly here"), path, key=True,
                    id=id, kinds=", ".join(sorted(kinds)),
                )  # fmt: skip


def _is_set(parameter: Parameter, days: Term) -> bool:
    """Whether the ruleset itself has a value on some of the days."""
    return any(value is not None and national.meets(days) is not None for national, value in parameter.values)
