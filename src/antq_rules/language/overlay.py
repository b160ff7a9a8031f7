"""An overlay read and laid over its ruleset: it adds, fills and tightens, and can do nothing else."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path as FilePath
from typing import Any

from antq_rules.errors import Fault, message
from antq_rules.language import documents as shapes
from antq_rules.language.checking import piece, read_document, violations
from antq_rules.language.loader import Dictionary, content_hash, fail_on, instrument, label, term
from antq_rules.located import Document, Path
from antq_rules.model.expression import Measure, bounds
from antq_rules.model.ruleset import Criterion, Overlay, Parameter, Ruleset, Standard, Term
from antq_rules.operators.base import closest, exact_fraction

FILE = "overlay.yaml"


def load_overlay(folder: FilePath, base: Ruleset, name: str | None = None) -> Ruleset:
    """The ruleset with the overlay of a folder laid over it.

    Args:
        folder: Holds ``overlay.yaml``.
        base: The ruleset that the overlay names.
        name: How messages call the folder; its own path by default.
    Raises:
        RulesetError: The overlay has faults, or loosens, removes or redefines something.
    """
    return _Laying(folder, base, name or folder.as_posix()).ruleset()


def base_of(folder: FilePath) -> str | None:
    """The id of the ruleset that an overlay folder names; None where there is no overlay."""
    if not (folder / FILE).is_file():
        return None
    data = read_document(folder / FILE, FILE).data
    return data.get("base") if isinstance(data, dict) and isinstance(data.get("base"), str) else None


class _Laying:
    def __init__(self, folder: FilePath, base: Ruleset, name: str) -> None:
        self.folder = folder
        self.base = base
        self.faults: list[Fault] = []
        self.document: Document = read_document(folder / FILE, f"{name}/{FILE}")
        self.faults += self.document.faults
        if self.document.data is not None:
            self.faults += violations(shapes.OverlayShape, self.document)
        elif not self.faults:
            self.faults.append(self.document.fault("wrong_value", message("the file is empty"), message("fill it")))
        if not isinstance(self.document.data, dict):
            fail_on(self.faults)
        own = piece(shapes.InstrumentShape, self.document.data.get("instrument"))
        self.dictionary = Dictionary(
            faults=self.faults,
            instrument=own.number if own else "",
            kinds=dict(base.kinds),
            fields=dict(base.fields),
            parameters=dict(base.parameters),
            readings=dict(base.readings),
            periods=dict(base.periods),
            children=dict(base.children),
            slots=dict(base.slots),
            tags=base.tags,
            levels=base.managing_levels,
        )

    def fault(self, code: str, path: Path, what: str, mending: str, *, key: bool = False, **values: Any) -> None:
        self.faults.append(self.document.fault(code, what, mending, path, key=key, **values))

    def ruleset(self) -> Ruleset:
        data = self.document.data
        if data.get("base") != self.base.id:
            self.fault(
                "wrong_base", ("base",), message("the overlay belongs to '{base}', not to '{ruleset}'"),
                message("lay it over its own ruleset"), base=data.get("base"), ruleset=self.base.id,
            )  # fmt: skip
        self.dictionary.add_fields(self.document, data.get("fields"), ("fields",))
        self.dictionary.note_broken("field", data.get("fields"), self.dictionary.fields)
        parameters = self.tightened()
        fillings = self.fillings(data.get("slots"))
        standards = self.standards(data.get("criteria"))
        head = piece(shapes.OverlayShape, data)
        fail_on(self.faults)
        assert head is not None
        overlay = Overlay(
            id=head.overlay,
            version=head.version,
            base=head.base,
            title=label(head.title),
            instrument=instrument(head.instrument),
            term=term(head.in_force),
            prefix=head.prefix,
            sha256=content_hash(self.folder, [self.folder / FILE]),
            folder=self.folder.as_posix(),
        )
        return replace(
            self.base,
            fields=self.dictionary.fields,
            parameters=parameters,
            fillings={**self.base.fillings, **fillings},
            standards=standards,
            overlays=(*self.base.overlays, overlay),
        )

    def tightened(self) -> dict[str, Parameter]:
        found = dict(self.base.parameters)
        rows = self.document.data.get("tighten")
        for name, row in rows.items() if isinstance(rows, dict) else ():
            path: Path = ("tighten", name)
            parameter = self.base.parameters.get(name)
            shape = piece(shapes.TightenShape, row)
            if parameter is None:
                self.fault(
                    "unknown_parameter", path, message("there is no {thing} {name}"), "{hint}", key=True,
                    thing="parameter", name=f"'{name}'", hint=closest(name, self.base.parameters),
                )  # fmt: skip
            elif shape is not None:
                value = exact_fraction(shape.value)
                if value is not None and self.is_tighter(parameter, value, term(shape.in_force), path):
                    values = ((term(shape.in_force), value), *parameter.values)
                    found[name] = replace(parameter, values=values)
        return found

    def is_tighter(self, parameter: Parameter, value: Fraction, days: Term, path: Path) -> bool:
        """Whether the value lies in the declared direction of every national value that it stands in for."""
        if parameter.tighten is None:
            self.fault(
                "cannot_tighten", path, message("the parameter '{name}' is not open to provinces"),
                message("leave it as it is"), key=True, name=parameter.name,
            )  # fmt: skip
            return False
        scale = 1 if parameter.ratio else 10**parameter.dimension.places
        if not parameter.low <= value * scale <= parameter.high:
            self.fault(
                "wrong_value", (*path, "value"), message("{value} is not {needed}"),
                message("correct it or the range"), value=value, needed=f"within the range of '{parameter.name}'",
            )  # fmt: skip
            return False
        for national, old in parameter.values:
            looser = old is not None and (value < old if parameter.tighten == "up" else value > old)
            if looser and _overlap(national, days):
                self.fault(
                    "loosened", (*path, "value"),
                    message("{value} is looser than the national {old}"),
                    message("an overlay may only tighten; '{name}' goes {direction}"),
                    value=value, old=old, name=parameter.name, direction=parameter.tighten,
                )  # fmt: skip
                return False
        return True

    def fillings(self, rows: Any) -> dict[str, Measure]:
        found: dict[str, Measure] = {}
        everything = {name: definitions[0] for name, definitions in self.dictionary.fields.items()}
        # A filling names no slots, lest they go round in a circle.
        reader = replace(self.dictionary.reader(self.document, everything, "the dictionary"), slots={})
        for name, row in rows.items() if isinstance(rows, dict) else ():
            slot = reader.named("slot", name, self.base.slots, ("slots", name))
            measure = reader.number(row, ("slots", name)) if slot is not None else None
            if measure is None:
                continue
            low, high = bounds(measure)
            if low < slot.low or high > slot.high:
                self.fault(
                    "wrong_value", ("slots", name),
                    message("this runs from {low} to {high}, the slot from {least} to {most}"),
                    message("keep within the range of the slot"), low=low, high=high, least=slot.low, most=slot.high,
                )  # fmt: skip
            found[name] = measure
        return found

    def standards(self, rows: Any) -> tuple[Standard, ...]:
        """The standards with the criteria added at their ends."""
        added: dict[str, list[Criterion]] = {}
        taken = {criterion.id for standard in self.base.standards for criterion in standard.criteria}
        prefix = f"{self.document.data.get('prefix')}."
        id = str(self.document.data.get("overlay"))
        for name, items in rows.items() if isinstance(rows, dict) else ():
            standard = next((one for one in self.base.standards if one.id == name), None)
            if standard is None:
                self.fault(
                    "unknown_standard", ("criteria", name), message("there is no {thing} {name}"), "{hint}",
                    key=True, thing="standard", name=f"'{name}'",
                    hint=closest(name, [one.id for one in self.base.standards]),
                )  # fmt: skip
                continue
            reader = self.dictionary.reader_for(self.document, standard.kinds)
            for index, item in enumerate(items if isinstance(items, list) else ()):
                path: Path = ("criteria", name, index)
                criterion = self.dictionary.criterion(reader, item, path)
                if criterion is None:
                    continue
                if criterion.id in taken or not criterion.id.startswith(prefix):
                    self.fault(
                        "duplicate_id" if criterion.id in taken else "wrong_prefix", (*path, "id"),
                        message("'{id}' is not a new id under the overlay's prefix '{prefix}'"),
                        message("give the criterion an id of its own that begins with the prefix"),
                        id=criterion.id, prefix=prefix,
                    )  # fmt: skip
                taken.add(criterion.id)
                added.setdefault(name, []).append(replace(criterion, origin=id))
        return tuple(
            replace(standard, criteria=(*standard.criteria, *added.get(standard.id, ())))
            for standard in self.base.standards
        )


def _overlap(one: Term, other: Term) -> bool:
    starts_late = one.first is not None and other.last is not None and one.first > other.last
    ends_early = one.last is not None and other.first is not None and one.last < other.first
    return not (starts_late or ends_early)
