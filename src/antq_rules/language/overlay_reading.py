"""One overlay read against the ruleset alone: what it adds, fills and tightens, each a fault where it would do more."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path as FilePath
from typing import Any

from antq_rules.errors import Fault, message
from antq_rules.frozen import frozen
from antq_rules.language import documents as shapes
from antq_rules.language.checking import piece, read_document, violations
from antq_rules.language.loader import Dictionary, content_hash, instrument, label, term
from antq_rules.located import Document, Path
from antq_rules.model.expression import Measure, SlotValue, bounds, walk
from antq_rules.model.measure import MeasureFunction
from antq_rules.model.ruleset import (
    Change,
    Criterion,
    Field,
    Filling,
    Instrument,
    Overlay,
    Parameter,
    Ruleset,
    Standard,
    Term,
)
from antq_rules.operators.base import RATIO_LIMIT, TAGS, Reader, closest, exact_fraction, shown

FILE = "overlay.yaml"
REDEFINING = {
    *shapes.RulesetShape.keys(),
    *shapes.EvidenceShape.keys(),
    *shapes.StandardShape.keys(),
    *("drop", "override", "remove", "replace", "without"),
} - set(shapes.OverlayShape.keys())
"""Keys by which an overlay would change the ruleset itself."""


@frozen
class Part:
    """What one overlay brings."""

    overlay: Overlay
    document: Document
    fields: dict[str, tuple[Field, ...]]
    changes: dict[str, Change]
    fillings: dict[str, Filling]
    criteria: dict[str, list[Criterion]]


class OverlayReading:
    """One overlay read against the ruleset alone."""

    def __init__(self, folder: FilePath, base: Ruleset, name: str, measures: Mapping[str, MeasureFunction]) -> None:
        self.folder = folder
        self.base = base
        self.document: Document = read_document(folder / FILE, f"{name}/{FILE}")
        self.faults: list[Fault] = list(self.document.faults)
        self.added: set[str] = set()
        if self.document.data is not None:
            self.faults += [self.explained(fault) for fault in violations(shapes.OverlayShape, self.document)]
        elif not self.faults:
            self.faults.append(self.document.fault("wrong_value", message("the file is empty"), message("fill it")))
        self.data: Mapping[str, Any] = self.document.data if isinstance(self.document.data, dict) else {}
        own = piece(shapes.InstrumentShape, self.data.get("instrument"), self.document)
        days = piece(shapes.TermShape, self.data.get("in_force", {}), self.document)
        self.id = str(self.data.get("overlay"))
        self.instrument = instrument(own) if own else Instrument("", "")
        self.term = term(days) if days else Term()
        self.dictionary = Dictionary(
            faults=self.faults,
            instrument=self.instrument.number,
            kinds=dict(base.kinds),
            fields=dict(base.fields),
            parameters=dict(base.parameters),
            readings=dict(base.readings),
            periods=dict(base.periods),
            children=dict(base.children),
            slots=dict(base.slots),
            tags=base.tags,
            levels=base.managing_levels,
            measures=measures,
            used=base.used,
        )

    def fault(self, code: str, path: Path, what: str, mending: str, *, key: bool = False, **values: Any) -> None:
        self.faults.append(self.document.fault(code, what, mending, path, key=key, **values))

    def explained(self, fault: Fault) -> Fault:
        """A violation of the shape; where a key would change the ruleset itself, it says so."""
        name = fault.values.get("name")
        if fault.code != "unknown_key" or fault.path != name or name not in REDEFINING:
            return fault
        return self.document.fault(
            "redefined", message("'{name}' would change the ruleset itself"),
            message("leave it out; an overlay adds fields and criteria, tightens parameters and fills slots"),
            (name,), key=True, name=name,
        )  # fmt: skip

    def part(self) -> Part | None:
        """What the overlay brings; None where it has faults."""
        if self.data and self.data.get("base") != self.base.id:
            self.fault(
                "wrong_base", ("base",), message("the overlay belongs to '{base}', not to '{ruleset}'"),
                message("lay it over its own ruleset"), base=self.data.get("base"), ruleset=self.base.id,
            )  # fmt: skip
        prefix = str(self.data.get("prefix"))
        if prefix in {id.partition(".")[0] for one in self.base.standards for id in (one.id, *_ids(one))}:
            self.fault(
                "wrong_prefix", ("prefix",), message("the prefix '{prefix}' is that of the ruleset itself"),
                message("take one of your own"), prefix=prefix,
            )  # fmt: skip
        # The fields come first, since criteria and fillings may read them.
        fields = self.fields(self.data.get("fields"))
        changes = dict(self.changes(_rows(self.data.get("tighten"))))
        fillings = dict(self.fillings(_rows(self.data.get("slots"))))
        criteria = {name: list(self.criteria(name, rows)) for name, rows in _rows(self.data.get("criteria"))}
        head = piece(shapes.OverlayShape, self.data, self.document)
        if head is None or self.faults:
            return None
        overlay = Overlay(
            id=head.overlay,
            version=head.version,
            base=head.base,
            title=label(head.title),
            instrument=self.instrument,
            term=self.term,
            prefix=head.prefix,
            sha256=content_hash(self.folder, [self.folder / FILE]),
            folder=self.folder.as_posix(),
        )
        return Part(overlay, self.document, fields, changes, fillings, criteria)

    def days(self, own: Term, path: Path) -> Term | None:
        """The days of a change that are days of the overlay too."""
        days = own.common(self.term)
        if days is None:
            self.fault(
                "bad_term", path, message("none of these days lies in the overlay's own 'in_force'"),
                message("correct one of the two"),
            )  # fmt: skip
        return days

    # Fields

    def fields(self, rows: Any) -> dict[str, tuple[Field, ...]]:
        """The fields that the overlay adds."""
        rows = rows if isinstance(rows, dict) else {}
        national = {TAGS, *self.base.fields, *(name for one in self.base.used for name in _all_fields(one))}
        for name in rows:
            if name in national:
                self.fault(
                    "duplicate_id", ("fields", name, "kinds"), message("'{name}' is a field of the ruleset already"),
                    message("an overlay adds fields of its own; take another name"), name=name,
                )  # fmt: skip
        new = {name: row for name, row in rows.items() if name not in national}
        self.dictionary.add_fields(self.document, new, ("fields",))
        self.dictionary.note_broken("field", new, self.dictionary.fields)
        return {
            name: tuple(replace(one, origin=self.id) for one in self.dictionary.fields.get(name, ())) for name in new
        }

    # Parameters

    def changes(self, rows: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Change]]:
        """The values that the overlay gives to parameters."""
        for name, row in rows:
            path: Path = ("tighten", name)
            parameter = self.base.parameters.get(name)
            shape = piece(shapes.TightenShape, row, self.document)
            if parameter is None:
                self.fault(
                    "unknown_parameter", path, message("there is no {thing} {name}"), "{hint}", key=True,
                    thing="parameter", name=f"'{name}'", hint=closest(name, self.base.parameters),
                )  # fmt: skip
            elif parameter.tighten is None:
                self.fault(
                    "cannot_tighten", path, message("the parameter '{name}' is not open to provinces"),
                    message("leave it as it is"), key=True, name=name,
                )  # fmt: skip
            elif parameter.dimension.kind == "choice" and not parameter.dimension.ordered:
                self.fault(
                    "cannot_tighten", path, message("the choices of '{name}' have no order, so that none is tighter"),
                    message("leave it as it is"), key=True, name=name,
                )  # fmt: skip
            elif shape is not None:
                value = self.value(parameter, shape.value, (*path, "value"))
                days = self.days(term(shape.in_force), (*path, "in_force"))
                if value is not None and days is not None and self.is_tighter(parameter, value, days, path):
                    source = instrument(shape.instrument) if shape.instrument else self.instrument
                    yield name, Change(days, value, self.id, source, self.document.place((*path, "value")))

    def value(self, parameter: Parameter, written: Any, path: Path) -> Fraction | None:
        """A value of the parameter's type and within its range."""
        if parameter.dimension.kind == "choice":
            if written in parameter.dimension.choices:
                return Fraction(parameter.dimension.choices.index(written))
            self.fault(
                "unknown_choice", path, message("{name} is not one of the choices"), "{hint}",
                name=shown(written), hint=closest(written, parameter.dimension.choices),
            )  # fmt: skip
            return None
        value = exact_fraction(written)
        scaled = None if value is None else value * (1 if parameter.ratio else 10**parameter.dimension.places)
        fits = scaled is not None and parameter.low <= scaled <= parameter.high
        whole = scaled is not None and scaled.denominator < (RATIO_LIMIT if parameter.ratio else 2)
        if not fits or not whole:
            self.fault(
                "wrong_value", path, message("{value} is not {needed}"), message("correct it or the range"),
                value=shown(written), needed=f"within the range of '{parameter.name}'",
            )  # fmt: skip
            return None
        return value

    def is_tighter(self, parameter: Parameter, value: Fraction, days: Term, path: Path) -> bool:
        """Whether the value lies in the declared direction of every national value of these days."""
        for national, old in parameter.values:
            looser = old is not None and (value < old if parameter.tighten == "up" else value > old)
            if looser and national.meets(days) is not None:
                choices = parameter.dimension.choices if parameter.dimension.kind == "choice" else ()
                self.fault(
                    "loosened", (*path, "value"), message("{value} is looser than the national {old}"),
                    message("an overlay may only tighten; '{name}' goes {direction}"),
                    value=choices[int(value)] if choices else value,
                    old=choices[int(old)] if choices and old is not None else old,
                    name=parameter.name, direction=parameter.tighten,
                )  # fmt: skip
                return False
        return True

    # Slots

    def fillings(self, rows: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Filling]]:
        """What the overlay puts into slots."""
        for name, row in rows:
            path: Path = ("slots", name)
            whole = isinstance(row, dict) and "value" in row
            shape = piece(shapes.FillingShape, row if whole else {"value": row}, self.document)
            slot = self.dictionary.reader(self.document, {}, "").named("slot", name, self.base.slots, path)
            if slot is None or shape is None:
                continue
            where: Path = (*path, "value") if whole else path
            measure = self.reader_for(slot).number(shape.value, where)
            days = self.days(term(shape.in_force), (*path, "in_force"))
            if measure is None or days is None or not self.fits(slot, measure, where):
                continue
            source = instrument(shape.instrument) if shape.instrument else self.instrument
            yield name, Filling(days, measure, self.id, source, self.document.place(where))

    def reader_for(self, slot: SlotValue) -> Reader:
        """A reader over what every unit has in whose judgement the slot stands; it knows no slots, lest they circle."""
        if slot.records is not None:
            reader = self.dictionary.reader(self.document, {}, "").over(self.base.fields[slot.records][0])
        else:
            judged = [standard for standard in self.base.standards if _has_slot(self.base, standard, slot.name)]
            kinds = dict.fromkeys(kind for standard in judged or self.base.standards for kind in standard.kinds)
            reader = self.dictionary.reader_for(self.document, kinds)
        return replace(reader, slots={})

    def fits(self, slot: SlotValue, measure: Measure, path: Path) -> bool:
        """Whether a measure is a whole number within the range of the slot."""
        if measure.dimension.kind != "count" or measure.dimension.places:
            self.fault(
                "wrong_operand", path, message("a whole number is needed in the slot '{name}'"),
                message("write a number, or a field of type integer"), name=slot.name,
            )  # fmt: skip
            return False
        low, high = bounds(measure)
        if low < slot.low or high > slot.high:
            self.fault(
                "wrong_value", path,
                message("this runs from {low} to {high}, the slot from {least} to {most}"),
                message("keep within the range of the slot"), low=low, high=high, least=slot.low, most=slot.high,
            )  # fmt: skip
            return False
        return True

    # Criteria

    def criteria(self, name: str, rows: Any) -> Iterator[Criterion]:
        """The criteria that the overlay adds to a standard."""
        standard = next((one for one in self.base.standards if one.id == name), None)
        if standard is None:
            known = [one.id for one in self.base.standards]
            self.fault(
                "unknown_standard", ("criteria", name), message("there is no {thing} {name}"), "{hint}",
                key=True, thing="standard", name=f"'{name}'", hint=closest(name, known),
            )  # fmt: skip
            return
        reader = self.dictionary.reader_for(self.document, standard.kinds)
        for index, item in enumerate(rows if isinstance(rows, list) else ()):
            path: Path = ("criteria", name, index)
            if not isinstance(item, dict) or not isinstance(item.get("id"), str):
                continue
            if "reuse" in item:
                self.fault(
                    "redefined", (*path, "reuse"), message("'{name}' would judge anew what the ruleset judges"),
                    message("write out under 'require' what the province asks"), key=True, name="reuse",
                )  # fmt: skip
            for place in _readings_in(item, path):
                self.fault(
                    "redefined", place, message("a reading belongs to the text of the ruleset, not to an overlay"),
                    message("write out under 'require' what the province asks"), key=True,
                )  # fmt: skip
            criterion = self.dictionary.criterion(reader, item, path)
            if criterion is None:
                continue
            days = self.days(criterion.term, (*path, "in_force"))
            if self.is_new(criterion.id, (*path, "id")) and days is not None:
                yield replace(criterion, origin=self.id, term=days)

    def is_new(self, id: str, path: Path) -> bool:
        """Whether a criterion has an id of its own under the prefix, out of reach of what the ruleset borrows."""
        prefix = f"{self.data.get('prefix')}."
        taken = {criterion.id for standard in self.base.standards for criterion in standard.criteria}
        doubled = id in taken or id in self.added
        self.added.add(id)
        if doubled or not id.startswith(prefix):
            self.fault(
                "duplicate_id" if doubled else "wrong_prefix", path,
                message("'{id}' is not a new id under the overlay's prefix '{prefix}'"),
                message("give the criterion an id of its own that begins with the prefix"), id=id, prefix=prefix,
            )  # fmt: skip
            return False
        for standard in self.base.standards:
            for criterion in standard.criteria:
                if any(fnmatch.fnmatchcase(id, pattern) for pattern in criterion.reuse):
                    self.fault(
                        "redefined", path, message("'{criterion}' would borrow '{id}' as if the ruleset had it"),
                        message("give the criterion another id"), criterion=criterion.id, id=id,
                    )  # fmt: skip
                    return False
        return True


def _rows(value: Any) -> Iterable[tuple[str, Any]]:
    return value.items() if isinstance(value, dict) else ()


def _ids(standard: Standard) -> list[str]:
    return [criterion.id for criterion in standard.criteria]


def _all_fields(ruleset: Ruleset) -> set[str]:
    """The names of a ruleset's fields and of those that it uses."""
    return {*ruleset.fields, *(name for one in ruleset.used for name in _all_fields(one))}


def _readings_in(item: Any, path: Path) -> Iterator[Path]:
    """Where a condition chooses by a reading; ``steps`` have a key of that name too, without choices."""
    if isinstance(item, dict) and "reading" in item and "choices" in item:
        yield (*path, "reading")
    steps = item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ()
    for step, below in steps:
        yield from _readings_in(below, (*path, step))


def _has_slot(base: Ruleset, standard: Standard, slot: str) -> bool:
    """Whether a slot stands in what decides in a standard, also where that is borrowed."""
    return any(node.name == slot for node in _everything(base, standard) if isinstance(node, SlotValue))


def _everything(base: Ruleset, standard: Standard) -> Iterator[Any]:
    """Every node by which units of a standard are judged."""
    for criterion in _with_borrowed(base, standard.criteria):
        for truth in criterion.expressions():
            yield from walk(truth)
    for part in (*standard.scopes, standard.decision, *standard.classes, *standard.quotas):
        yield from walk(part)


def _with_borrowed(base: Ruleset, criteria: Iterable[Criterion]) -> Iterator[Criterion]:
    for criterion in criteria:
        yield criterion
        for pattern in criterion.reuse:
            lent = [one for other in base.standards for one in other.criteria if fnmatch.fnmatchcase(one.id, pattern)]
            yield from _with_borrowed(base, lent)
