"""A ruleset folder into the model: every fault of every file in one pass."""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path as FilePath
from typing import Any

from antq_rules.errors import Fault, RulesetError, RulesetSchemaError, RulesetSyntaxError, message
from antq_rules.language import documents as shapes
from antq_rules.language.checking import ShapeT, piece, read_document, violations
from antq_rules.language.deciding import Deciding, criterion_ids, graded_items
from antq_rules.located import Document, Path
from antq_rules.model.expression import (
    BOOLEAN,
    LEVELS,
    MARGIN_LIMIT,
    ChildGroup,
    Dimension,
    FieldValue,
    Label,
    Literal,
    Period,
    SlotValue,
    fields_read,
    series_of,
)
from antq_rules.model.measure import MeasureFunction
from antq_rules.model.ruleset import (
    Choice,
    Citation,
    Constraint,
    Criterion,
    Field,
    Instrument,
    Kind,
    Parameter,
    Quota,
    Reading,
    Ruleset,
    Scope,
    ScoreClass,
    Sort,
    Standard,
    Term,
    Window,
)
from antq_rules.operators import operators
from antq_rules.operators.base import RATIO_LIMIT, TAGS, Reader, closest, exact_fraction, shown
from antq_rules.plan.graph import order_of_kinds

COUNT_LIMIT = 10**12
ROW_LIMIT = 10**6
LAST_DAY = 3_652_059
SYNTAX_CODES = frozenset(
    {"not_yaml", "duplicate_key", "too_deep", "too_many_nodes", "too_large", "not_utf8", "several_documents", "alias"}
)


def load_folder(
    folder: FilePath,
    name: str | None = None,
    *,
    installed: Callable[[str], Ruleset] | None = None,
    measures: Mapping[str, MeasureFunction] | None = None,
) -> Ruleset:
    """The ruleset in a folder.

    Args:
        folder: Holds ``ruleset.yaml``, ``evidence.yaml`` and ``standards/*.yaml``.
        name: How messages call the folder; its own path by default.
        installed: Finds a ruleset that this one uses by its id; without it none can be used.
        measures: Functions of plugins that numbers may call, by name.
    Raises:
        RulesetSyntaxError: A file is not YAML, has duplicate keys or exceeds the bounds.
        RulesetSchemaError: Anything else is wrong; all faults of all files are in ``faults``.
    """
    return _Loading(folder, name or folder.as_posix(), installed, measures or {}).ruleset()


def ruleset_files(folder: FilePath) -> list[FilePath]:
    """The files that decide what a ruleset means, in the order of their names."""
    return [folder / "ruleset.yaml", folder / "evidence.yaml", *sorted((folder / "standards").glob("*.yaml"))]


def content_hash(folder: FilePath, files: Iterable[FilePath]) -> str:
    """SHA-256 over the names and texts of files, independent of line ends and byte order marks."""
    digest = hashlib.sha256()
    for file in files:
        text = file.read_bytes().removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
        digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + text + b"\0")
    return digest.hexdigest()


def fail_on(faults: Iterable[Fault]) -> None:
    """Raise all faults together, each once, if there are any."""
    faults = distinct(faults)
    if faults:
        syntax = all(fault.code in SYNTAX_CODES for fault in faults)
        raise (RulesetSyntaxError if syntax else RulesetSchemaError)(faults)


def distinct(faults: Iterable[Fault]) -> list[Fault]:
    """Faults without those that only repeat another: the same thing at the same place, or what no number led to."""
    found: dict[Any, Fault] = {}
    for fault in faults:
        found.setdefault((fault.code, fault.place, fault.path, str(fault.values.get("name"))), fault)
    no_numbers = {fault.place for fault in found.values() if fault.code == "number"}
    return [fault for fault in found.values() if fault.code == "number" or fault.place not in no_numbers]


@dataclass
class _Loading:
    """One pass over a folder; parts that are sound are built even where others are not."""

    folder: FilePath
    name: str
    installed: Callable[[str], Ruleset] | None
    measures: Mapping[str, MeasureFunction]
    faults: list[Fault] = field(default_factory=list)

    def document(self, relative: str, shape: type[shapes.Shape]) -> Document:
        document = read_document(self.folder / relative, f"{self.name}/{relative}")
        self.faults += document.faults
        if document.data is not None:
            self.faults += violations(shape, document)
        elif not document.faults:
            self.faults.append(document.fault("wrong_value", message("the file is empty"), message("fill it")))
        if not isinstance(document.data, dict):
            document.data = {}
        return document

    def ruleset(self) -> Ruleset:
        if not self.folder.is_dir():
            raise RulesetError(
                Fault(
                    "no_folder",
                    message("{folder} is no folder with a ruleset"),
                    message("name a folder that holds ruleset.yaml"),
                    values={"folder": self.name},
                )
            )
        main = self.document("ruleset.yaml", shapes.RulesetShape)
        evidence = self.document("evidence.yaml", shapes.EvidenceShape)
        standards = [
            self.document(f"standards/{file.name}", shapes.StandardShape)
            for file in sorted((self.folder / "standards").glob("*.yaml"))
        ]
        if not standards:
            self.faults.append(
                main.fault(
                    "missing_file",
                    message("there is no file under standards/"),
                    message("add one for each standard"),
                )
            )
        if not main.data or not isinstance(evidence.data.get("fields"), dict):
            # Without these two every name would be unknown.
            self.check_ids(standards)
            fail_on(self.faults)
        dictionary = Dictionary.of(main, evidence, self.faults)
        dictionary.measures = self.measures
        dictionary.used = self.used(main, dictionary)
        found = [dictionary.standard(document) for document in standards]
        head = piece(shapes.RulesetShape, main.data, main)
        constraints = dictionary.constraints(evidence)
        sound = tuple(standard for standard in found if standard is not None)
        self.check_ids(standards)
        if all(document.data for document in standards):
            self.check_reuse(dictionary, sound, standards)
            self.check_needed(sound, standards)
        if not self.faults:
            self.check_circle(sound, dictionary.children)
        fail_on(self.faults)
        assert head is not None
        plain = head.model_dump(by_alias=True, include={"amendments", "not_encoded"})
        return Ruleset(
            id=head.ruleset,
            version=head.version,
            title=label(head.title),
            status=head.status,
            instrument=instrument(head.instrument),
            term=term(head.in_force),
            kinds=dictionary.kinds,
            fields=dictionary.fields,
            constraints=constraints,
            parameters=dictionary.parameters,
            readings=dictionary.readings,
            periods=dictionary.periods,
            children=dictionary.children,
            slots=dictionary.slots,
            standards=sound,
            managing_levels=tuple(head.managing_levels),
            tags=tuple(head.tags),
            amendments=tuple(plain["amendments"]),
            procedure=head.procedure,
            not_encoded=tuple(plain["not_encoded"]),
            default=head.default,
            used=dictionary.used,
            sha256=content_hash(self.folder, ruleset_files(self.folder)),
            folder=self.folder.as_posix(),
        )

    def used(self, main: Document, dictionary: Dictionary) -> tuple[Ruleset, ...]:
        """The rulesets that this one uses; their fields and its own must not differ under one name."""
        found = []
        for index, id in enumerate(_texts(main.data.get("uses"))):
            path: Path = ("uses", index)
            try:
                if self.installed is None:
                    raise RulesetError(
                        Fault(
                            "unknown_ruleset",
                            message("there is no ruleset '{name}'"),
                            message("install it, or leave it out"),
                            values={"name": id},
                        )
                    )
                ruleset = self.installed(id)
            except RulesetError as error:
                fault = error.faults[0]
                self.faults.append(main.fault(fault.code, fault.what, fault.mending, path, **fault.values))
                continue
            found.append(ruleset)
            for kind in dictionary.kinds:
                own, other = dictionary.fields_of(kind), ruleset.all_fields_of(kind)
                for name in own.keys() & other.keys():
                    if meaning(own[name]) != meaning(other[name]):
                        self.faults.append(
                            main.fault(
                                "duplicate_id",
                                message("'{ruleset}' has the field '{name}' of {kind} otherwise"),
                                message("give the field another name, or declare it alike"),
                                path,
                                ruleset=id,
                                name=name,
                                kind=kind,
                            )
                        )
        return tuple(found)

    def check_ids(self, standards: list[Document]) -> None:
        seen: set[str] = set()
        judged: dict[str, str] = {}
        for document in standards:
            standard = document.data.get("standard")
            for path, id in [(("standard",), standard), *criterion_ids(document.data)]:
                if isinstance(id, str) and id in seen:
                    self.faults.append(
                        document.fault(
                            "duplicate_id",
                            message("the id '{id}' is taken already"),
                            message("give every standard and criterion an id of its own"),
                            path,
                            id=id,
                        )
                    )
                seen.add(str(id))
            kinds = document.data.get("kinds")
            for index, kind in enumerate(kinds if isinstance(kinds, list) else []):
                if not isinstance(kind, str):
                    continue
                if kind in judged:
                    self.faults.append(
                        document.fault(
                            "kind_judged_twice",
                            message("units of kind '{kind}' are judged by '{other}' already"),
                            message("a kind has one standard in a ruleset"),
                            ("kinds", index),
                            kind=kind,
                            other=judged[kind],
                        )
                    )
                judged.setdefault(kind, str(standard))

    def check_reuse(self, dictionary: Dictionary, sound: tuple[Standard, ...], standards: list[Document]) -> None:
        """A fault for each borrowed criterion that does not exist, borrows itself or reads what the unit has not."""
        known = [id for document in standards for _, id in criterion_ids(document.data) if isinstance(id, str)]
        lent = {criterion.id: (standard, criterion) for standard in sound for criterion in standard.criteria}
        borrows: dict[str, list[str]] = {}
        places: dict[str, tuple[Document, Path]] = {}
        asked: list[tuple[Document, Path, list[str]]] = []
        for document in standards:
            for path, id in criterion_ids(document.data):
                patterns = document.data["criteria"][path[1]].get("reuse")
                places.setdefault(str(id), (document, (*path[:-1], "reuse")))
                for index, pattern in enumerate(_list(patterns)):
                    matches = fnmatch.filter(known, str(pattern))
                    borrows.setdefault(str(id), []).extend(matches)
                    where: Path = (*path[:-1], "reuse", index)
                    asked.append((document, where, matches))
                    if not matches:
                        self.faults.append(
                            document.fault(
                                "unknown_reuse",
                                message("no criterion has the id '{id}'"),
                                "{hint}",
                                where,
                                id=pattern,
                                hint=closest(pattern, known),
                            )
                        )
        for document, where, matches in asked:
            kinds = _texts(document.data.get("kinds"))
            for name in dict.fromkeys([*matches, *(far for near in matches for far in _reached(near, borrows))]):
                if name in lent:
                    self.check_borrowed(dictionary, *lent[name], kinds, document, where)
        for id in borrows:
            if id in set(_reached(id, borrows)):
                document, where = places[id]
                self.faults.append(
                    document.fault(
                        "cycle",
                        message("'{id}' borrows itself"),
                        message("break the circle of 'reuse'"),
                        where,
                        id=id,
                    )
                )

    def check_borrowed(
        self,
        dictionary: Dictionary,
        lender: Standard,
        criterion: Criterion,
        kinds: list[str],
        document: Document,
        path: Path,
    ) -> None:
        """A fault for each field of a borrowed criterion that a unit of these kinds has not, or has otherwise."""
        meant = dictionary.fields_of(lender.kinds[0])
        for kind in kinds:
            known = dictionary.fields_of(kind)
            for name in dict.fromkeys(
                series_of(name) for node in criterion.expressions() for name in fields_read(node)
            ):
                if name != TAGS and (name not in known or meaning(known[name]) != meaning(meant[name])):
                    self.faults.append(
                        document.fault(
                            "unknown_field",
                            message("'{id}' reads '{name}', which is not such a field of {kind}"),
                            message("add '{kind}' to the kinds of the field"),
                            path,
                            id=criterion.id,
                            name=name,
                            kind=kind,
                        )
                    )

    def check_needed(self, sound: tuple[Standard, ...], standards: list[Document]) -> None:
        """A fault for each standard that asks for more criteria than it has."""
        known = [id for document in standards for _, id in criterion_ids(document.data) if isinstance(id, str)]
        documents = {str(document.data.get("standard")): document for document in standards}
        for standard in sound:
            needed = standard.decision.at_least_met and standard.decision.at_least_met.needed
            count = sum(
                len({id for pattern in criterion.reuse for id in fnmatch.filter(known, pattern)}) or 1
                for criterion in standard.criteria
            )
            if isinstance(needed, Literal) and not 1 <= needed.value <= count:
                self.faults.append(
                    documents[standard.id].fault(
                        "wrong_value",
                        message("{value} criteria are asked for, the standard has {count}"),
                        message("ask for 1 to {count}"),
                        ("decide", "at_least_met"),
                        value=needed.value,
                        count=count,
                    )
                )

    def check_circle(self, sound: tuple[Standard, ...], children: Mapping[str, ChildGroup]) -> None:
        """A fault if verdicts depend on themselves."""
        try:
            order_of_kinds(sound, children, {})
        except RulesetSchemaError as error:
            self.faults += error.faults


def meaning(field: Field) -> tuple[Any, ...]:
    """What a condition on the field reads in it, whatever its title and whoever may have it."""
    columns = tuple((name, meaning(column)) for name, column in field.columns.items())
    dimension = replace(field.dimension, unit=None)
    return field.kind, field.low, field.high, dimension, field.judged, field.dated_by, columns


def _reached(start: str, borrows: Mapping[str, list[str]]) -> Iterator[str]:
    seen: set[str] = set()
    queue = list(borrows.get(start, ()))
    while queue:
        id = queue.pop()
        if id not in seen:
            seen.add(id)
            yield id
            queue.extend(borrows.get(id, ()))


@dataclass
class Dictionary:
    """The names that conditions may use."""

    faults: list[Fault]
    instrument: str
    kinds: dict[str, Kind]
    fields: dict[str, tuple[Field, ...]] = field(default_factory=dict)
    parameters: dict[str, Parameter] = field(default_factory=dict)
    readings: dict[str, Reading] = field(default_factory=dict)
    periods: dict[str, Period] = field(default_factory=dict)
    children: dict[str, ChildGroup] = field(default_factory=dict)
    slots: dict[str, SlotValue] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    broken: frozenset[tuple[str, str]] = frozenset()
    """What is declared and not sound, see :class:`~antq_rules.operators.base.Reader`."""
    measures: Mapping[str, MeasureFunction] = field(default_factory=dict)
    used: tuple[Ruleset, ...] = ()

    @classmethod
    def of(cls, main: Document, evidence: Document, faults: list[Fault]) -> Dictionary:
        """Everything that the two documents declare and that is sound."""
        data = main.data
        own = piece(shapes.InstrumentShape, data.get("instrument"), main)
        kinds = {
            name: Kind(name, label(shape.title), shape.groups)
            for name, shape in _pieces(shapes.KindShape, data.get("kinds"), main)
        }
        self = cls(faults, own.number if own else "", kinds)
        self.tags = tuple(_texts(data.get("tags")))
        self.check_members(self.tags, main, ("tags",), message("declare only those that conditions ask for"))
        self.levels = tuple(_texts(data.get("managing_levels")))
        for name, reading in _pieces(shapes.ReadingShape, data.get("readings"), main):
            choices = {choice: label(title) for choice, title in reading.choices.items()}
            if reading.default not in choices:
                faults.append(
                    main.fault(
                        "unknown_choice",
                        message("the default '{name}' is not among the choices"),
                        "{hint}",
                        ("readings", name, "default"),
                        name=reading.default,
                        hint=closest(reading.default, choices),
                    )
                )
            self.readings[name] = Reading(name, reading.ambiguity, label(reading.title), choices, reading.default)
        for name, slot in _pieces(shapes.SlotShape, data.get("slots"), main):
            low, high, _ = self.range(slot.range, 0, main, ("slots", name, "range"))
            self.slots[name] = SlotValue(name, low, high, records=slot.records, title=label(slot.title))
        days = self.reader(main, {}, "")
        periods = data.get("periods")
        for name, value in periods.items() if isinstance(periods, dict) else ():
            period = days.plain_period(value, ("periods", name))
            if period is not None:
                self.periods[name] = period
        fields = evidence.data.get("fields")
        self.add_fields(evidence, fields, ("fields",))
        self.note_broken("field", fields, self.fields)
        for name, parameter in _pieces(shapes.ParameterShape, data.get("parameters"), main):
            self.parameters[name] = self.parameter(name, parameter, main, ("parameters", name))
        for name, group in _pieces(shapes.ChildrenShape, data.get("children"), main):
            found = self.group(name, group, main)
            if found is not None:
                self.children[name] = found
        self.note_broken("parameter", data.get("parameters"), self.parameters)
        self.note_broken("reading", data.get("readings"), self.readings)
        self.note_broken("period", periods, self.periods)
        self.note_broken("slot", data.get("slots"), self.slots)
        self.check_slots(main)
        self.note_broken("children", data.get("children"), self.children)
        return self

    def check_slots(self, document: Document) -> None:
        """A fault for each slot whose records are not declared."""
        lists = {name for name, known in self.fields.items() if known[0].kind == "records"}
        for slot in self.slots.values():
            if slot.records is not None and slot.records not in lists:
                self.faults.append(
                    document.fault(
                        "unknown_field",
                        message("'{name}' is not a field of type records"),
                        "{hint}",
                        ("slots", slot.name, "records"),
                        name=slot.records,
                        hint=closest(slot.records, lists),
                    )
                )

    def note_broken(self, thing: str, declared: Any, sound: Mapping[str, Any]) -> None:
        """Remember what is declared, but not sound."""
        names = declared if isinstance(declared, dict) else {}
        self.broken |= {(thing, name) for name in names if name not in sound}

    def parameter(self, name: str, shape: shapes.ParameterShape, document: Document, path: Path) -> Parameter:
        """A parameter, its values checked against its type and range."""
        if shape.type == "choice":
            return self.choice_parameter(name, shape, document, path)
        ratio = shape.type == "ratio"
        places = shape.places if shape.type == "decimal" else 0
        low, high = 0, 1
        if not ratio:
            if shape.range is None:
                self.faults.append(
                    document.fault(
                        "missing_key", message("the key '{name}' is missing"), message("add it"), path, name="range"
                    )
                )
            else:
                low, high, _ = self.range(shape.range, places, document, (*path, "range"))
        values = []
        for index, row in enumerate(shape.values):
            value = None if row.value == "unset" else exact_fraction(row.value)
            if value is None and row.value != "unset":
                self.faults.append(
                    document.fault(
                        "wrong_value",
                        message("{value} is not {needed}"),
                        message("correct it or the range"),
                        (*path, "values", index, "value"),
                        value=shown(row.value),
                        needed="a number, nor 'unset'",
                    )
                )
            if value is not None and (ratio or shape.range is not None):
                scaled = value if ratio else value * 10**places
                whole = ratio or scaled.denominator == 1
                if not whole or not low <= scaled <= high or (ratio and value.denominator >= RATIO_LIMIT):
                    self.faults.append(
                        document.fault(
                            "wrong_value",
                            message("{value} is not {needed}"),
                            message("correct it or the range"),
                            (*path, "values", index, "value"),
                            value=row.value,
                            needed="a share from 0 to 1" if ratio else f"within the range of '{name}'",
                        )
                    )
            values.append((Term(row.first, row.last), value))
        self.check_days([days for days, _ in values], document, path)
        dimension = Dimension("decimal" if places else "count", places=places)
        cited = self.citation(shape.citation) if shape.citation else None
        return Parameter(name, label(shape.title), tuple(values), shape.tighten, cited, dimension, ratio, low, high)

    def choice_parameter(self, name: str, shape: shapes.ParameterShape, document: Document, path: Path) -> Parameter:
        """A parameter that names a choice of an enum; its value is the rank."""
        field = next((one for one in self.fields.get(shape.choices_of or "", ()) if one.kind == "enum"), None)
        if field is None:
            self.faults.append(
                document.fault(
                    "unknown_field",
                    message("'{name}' is not a field of type enum"),
                    "{hint}",
                    (*path, "choices_of"),
                    name=shape.choices_of,
                    hint=closest(shape.choices_of, self.fields),
                )
            )
        known = field.dimension.choices if field else ()
        values = []
        for index, row in enumerate(shape.values):
            rank = known.index(row.value) if row.value in known else None
            if rank is None and row.value != "unset" and field is not None:
                self.faults.append(
                    document.fault(
                        "unknown_choice",
                        message("{name} is not one of the choices"),
                        "{hint}",
                        (*path, "values", index, "value"),
                        name=shown(row.value),
                        hint=closest(row.value, known),
                    )
                )
            values.append((Term(row.first, row.last), None if rank is None else Fraction(rank)))
        self.check_days([days for days, _ in values], document, path)
        dimension = field.dimension if field else Dimension("choice")
        cited = self.citation(shape.citation) if shape.citation else None
        return Parameter(
            name, label(shape.title), tuple(values), shape.tighten, cited, dimension, False, 0, len(known) - 1
        )

    def check_days(self, terms: list[Term], document: Document, path: Path) -> None:
        """A fault for each value of a parameter whose days belong to an earlier one too."""
        for index, days in enumerate(terms):
            shared = next((day for term in terms[:index] if (day := days.meets(term)) is not None), None)
            if shared is not None:
                self.faults.append(
                    document.fault(
                        "bad_term",
                        message("{day} lies in the days of an earlier value too"),
                        message("give every day one value"),
                        (*path, "values", index),
                        day=shared,
                    )
                )

    def range(self, bounds: list[Any], places: int, document: Document, path: Path) -> tuple[int, int, bool]:
        """Both ends of a declared range, scaled to whole numbers."""
        ends = [(exact_fraction(bound) or Fraction(0)) * 10**places for bound in bounds]
        low, high = (int(end) for end in ends)
        if any(end.denominator != 1 for end in ends) or low > high:
            self.faults.append(
                document.fault(
                    "wrong_value",
                    message("this is no range"),
                    message("write [least, greatest] in the declared places"),
                    path,
                )
            )
            return 0, 0, False
        if max(abs(low), abs(high)) >= MARGIN_LIMIT:
            self.faults.append(
                document.fault(
                    "overflow",
                    message("this could reach {reach}, beyond 2^62"),
                    message("narrow the declared ranges"),
                    path,
                    reach=max(abs(low), abs(high)),
                )
            )
            return 0, 0, False
        return low, high, True

    # Fields

    def add_fields(self, document: Document, data: Any, path: Path) -> None:
        """The fields of an evidence dictionary."""
        for name, value in data.items() if isinstance(data, dict) else ():
            several = isinstance(value, list)
            found: list[Field] = list(self.fields.get(name, ()))
            for index, row in enumerate(value if several else [value]):
                where: Path = (*path, name, index) if several else (*path, name)
                shape = piece(shapes.FieldShape, row, document)
                if shape is None:
                    continue
                definition = self.field(name, shape, document, where)
                taken = definition.kinds & {kind for other in found for kind in other.kinds}
                if taken:
                    self.faults.append(
                        document.fault(
                            "duplicate_id",
                            message("'{name}' is declared twice for {kinds}"),
                            message("keep one of the two"),
                            (*where, "kinds"),
                            name=name,
                            kinds=", ".join(sorted(taken)),
                        )
                    )
                found.append(definition)
            if found:
                self.fields[name] = tuple(found)
        for name in data if isinstance(data, dict) else ():
            for definition in self.fields.get(name, ()):
                self.check_previous(definition, document, (*path, name, "previous_of"))

    def check_previous(self, definition: Field, document: Document, path: Path) -> None:
        if definition.previous_of is None:
            return
        if definition.previous_of == definition.name:
            self.faults.append(
                document.fault(
                    "wrong_value",
                    message("'{name}' is its own field of the year before"),
                    message("name the field of the year judged"),
                    path,
                    name=definition.name,
                )
            )
            return
        for kind in sorted(definition.kinds):
            current = self.fields_of(kind).get(definition.previous_of)
            if current is None or (current.kind, current.high) != (definition.kind, definition.high):
                self.faults.append(
                    document.fault(
                        "unknown_field",
                        message("'{name}' is not a field of {kind} with the same type and range"),
                        "{hint}",
                        path,
                        name=definition.previous_of,
                        kind=kind,
                        hint=closest(definition.previous_of, self.fields_of(kind)),
                    )
                )
                return

    def fields_of(self, kind: str) -> dict[str, Field]:
        """The fields that a unit of this kind may have."""
        return {
            name: definition
            for name, definitions in self.fields.items()
            for definition in definitions
            if kind in definition.kinds
        }

    def field(self, name: str, shape: shapes.FieldShape | shapes.ColumnShape, document: Document, path: Path) -> Field:
        """A field, its keys held against its type."""
        kind = shape.type
        self.check_keys(shape, document, path)
        choices = tuple(
            Choice(choice, label(value), term(value.in_force)) for choice, value in (shape.values or {}).items()
        )
        names = tuple(choice.name for choice in choices)
        if kind == "set":
            self.check_members(names, document, (*path, "values"), message("part them among several fields"))
        unit = label(shape.unit) if shape.unit else None
        low, high = 0, 0
        dimension = Dimension("count", unit=unit)
        if kind in ("integer", "decimal", "series"):
            places = shape.places if kind == "decimal" else 0
            bounds = shape.range or [0, COUNT_LIMIT]
            low, high, _ = self.range(bounds, places, document, (*path, "range"))
            dimension = Dimension("decimal" if places else "count", places=places, unit=unit)
        elif kind == "boolean":
            high, dimension = 1, BOOLEAN
        elif kind == "date":
            low = 0 if shape.may_be_absent else 1
            high, dimension = LAST_DAY, Dimension("date")
        elif kind == "enum":
            high, dimension = max(0, len(names) - 1), Dimension("choice", names, shape.ordered)
        elif kind == "set":
            dimension = Dimension("set", names)
        elif kind == "records":
            high, dimension = ROW_LIMIT, Dimension("records", unit=unit)
        common = Field(
            name, kind, label(shape.title), low=low, high=high, dimension=dimension, choices=choices,
            may_be_absent=shape.may_be_absent, judged=shape.judged,
        )  # fmt: skip
        if isinstance(shape, shapes.ColumnShape):
            return replace(common, required=shape.required)
        for index, unit_kind in enumerate(shape.kinds):
            self.check_kind(unit_kind, document, (*path, "kinds", index))
        columns = {
            column: self.field(column, value, document, (*path, "columns", column))
            for column, value in (shape.columns or {}).items()
        }
        if shape.dated_by is not None:
            dated = columns.get(shape.dated_by)
            if dated is None or dated.kind != "date" or dated.may_be_absent or not dated.required:
                self.faults.append(
                    document.fault(
                        "wrong_value",
                        message("'{name}' is not a required date among the columns"),
                        message("name a column of type date with required: true"),
                        (*path, "dated_by"),
                        name=shape.dated_by,
                    )
                )
        return replace(
            common,
            kinds=frozenset(shape.kinds),
            not_empty=shape.not_empty,
            attested=shape.attested,
            previous_of=shape.previous_of,
            columns=columns,
            dated_by=shape.dated_by,
            document=label(shape.document) if shape.document else None,
        )

    def check_keys(self, shape: Any, document: Document, path: Path) -> None:
        kind = shape.type
        allowed = {
            "values": kind in ("enum", "set"),
            "ordered": kind == "enum",
            "range": kind in ("integer", "decimal", "series"),
            "places": kind == "decimal",
            "may_be_absent": kind == "date",
            "not_empty": kind in ("set", "records"),
            "attested": kind == "boolean",
            "columns": kind == "records",
            "dated_by": kind == "records",
        }
        for key, fits in allowed.items():
            if key in shape.model_fields_set and not fits:
                self.faults.append(
                    document.fault(
                        "wrong_value",
                        message("'{name}' does not fit the type {kind}"),
                        message("leave it out"),
                        (*path, key),
                        key=True,
                        name=key,
                        kind=kind,
                    )
                )
        needed = {"enum": "values", "set": "values", "records": "columns"}.get(kind)
        if needed and not getattr(shape, needed, None):
            self.faults.append(
                document.fault(
                    "missing_key", message("the key '{name}' is missing"), message("add it"), path, name=needed
                )
            )

    def check_members(self, names: tuple[str, ...], document: Document, path: Path, mending: str) -> None:
        """A fault if a set of these choices, each of which is a bit, could pass the limit of the executors."""
        most = (MARGIN_LIMIT - 1).bit_length()
        if len(names) > most:
            self.faults.append(
                document.fault(
                    "overflow",
                    message("a set has at most {most} choices, not {count}"),
                    mending,
                    path,
                    most=most,
                    count=len(names),
                )
            )

    def check_kind(self, kind: str, document: Document, path: Path) -> None:
        """A fault if this is no kind of unit."""
        if kind not in self.kinds:
            self.faults.append(
                document.fault(
                    "unknown_kind",
                    message("there is no kind of unit '{name}'"),
                    "{hint}",
                    path,
                    name=kind,
                    hint=closest(kind, self.kinds),
                )
            )

    def group(self, name: str, shape: shapes.ChildrenShape, document: Document) -> ChildGroup | None:
        """A group of units below, the fields it names found in the dictionary."""
        path: Path = ("children", name)
        for index, kind in enumerate(shape.kinds):
            self.check_kind(kind, document, (*path, "kinds", index))
            registered = self.fields_of(kind).get(shape.registered_by or "")
            if shape.registered_by and kind in self.kinds and (registered is None or registered.kind != "date"):
                self.faults.append(
                    document.fault(
                        "unknown_field",
                        message("'{name}' is not a date of {kind}"),
                        "{hint}",
                        (*path, "registered_by"),
                        name=shape.registered_by,
                        kind=kind,
                        hint=closest(shape.registered_by, self.fields_of(kind)),
                    )
                )
        for index, level in enumerate(shape.managed_by):
            if level not in self.levels:
                self.faults.append(
                    document.fault(
                        "unknown_level",
                        message("there is no managing level '{name}'"),
                        "{hint}",
                        (*path, "managed_by", index),
                        name=level,
                        hint=closest(level, self.levels),
                    )
                )
        names = {level: getattr(shape.reported, level) for level in LEVELS}
        reported = {
            level: self.integer(field, document, (*path, "reported", level))
            for level, field in names.items()
            if field is not None
        }
        announced = shape.announced
        if announced is not None and self.integer(announced, document, (*path, "announced")) is None:
            return None
        first, third = reported["in_scope"], reported["recognised"]
        if first is None or third is None or None in reported.values():
            return None
        return ChildGroup(
            name, tuple(shape.kinds), tuple(shape.managed_by), shape.registered_by, announced,
            (first, reported.get("registered"), third), label(shape.title),
        )  # fmt: skip

    def integer(self, name: str, document: Document, path: Path) -> FieldValue | None:
        """A whole-number field by its name."""
        found = next((one for one in self.fields.get(name, ()) if one.kind == "integer"), None)
        if found is None:
            self.faults.append(
                document.fault(
                    "unknown_field",
                    message("'{name}' is not a field of type integer"),
                    "{hint}",
                    path,
                    name=name,
                    hint=closest(name, self.fields),
                )
            )
            return None
        return FieldValue(found.name, found.low, found.high, found.dimension)

    # Standards

    def reader(self, document: Document, fields: Mapping[str, Field], where: str) -> Reader:
        """A reader of conditions over these fields."""
        tags = {TAGS: tags_field(self.tags)} if self.tags else {}
        return Reader(
            document=document,
            operators=operators(),
            fields={**fields, **tags},
            parameters=self.parameters,
            readings=self.readings,
            periods=self.periods,
            children=self.children,
            slots=self.slots,
            measures=self.measures,
            standards={standard.id: standard.title for ruleset in self.used for standard in ruleset.standards},
            faults=self.faults,
            where=where,
            broken=self.broken,
        )

    def reader_for(self, document: Document, kinds: Iterable[str]) -> Reader:
        """A reader over the fields that all these kinds share."""
        names = list(kinds)
        shared: dict[str, Field] = dict(self.fields_of(names[0])) if names else {}
        for kind in names[1:]:
            other = self.fields_of(kind)
            shared = {
                name: one for name, one in shared.items() if name in other and meaning(other[name]) == meaning(one)
            }
        return self.reader(document, shared, " and ".join(names))

    def constraints(self, document: Document) -> tuple[Constraint, ...]:
        """The relations between fields."""
        found = []
        rows = document.data.get("constraints")
        everything = {name: definitions[0] for name, definitions in self.fields.items()}
        reader = self.reader(document, everything, "the dictionary")
        for index, row in enumerate(rows if isinstance(rows, list) else []):
            node = reader.condition(row, ("constraints", index))
            if node is not None:
                names = tuple(dict.fromkeys(series_of(name) for name in fields_read(node)))
                self.check_common_kind(names, document, ("constraints", index), row)
                found.append(Constraint(node, names))
        return tuple(found)

    def check_common_kind(self, names: tuple[str, ...], document: Document, path: Path, row: Any) -> None:
        """A fault if no unit can have all these fields."""
        common = frozenset(self.kinds)
        for position, name in enumerate(names):
            common &= {kind for definition in self.fields.get(name, ()) for kind in definition.kinds}
            if not common:
                self.faults.append(
                    document.fault(
                        "wrong_operand",
                        message("no kind of unit has '{name}' beside {others}"),
                        message("relate fields of one kind"),
                        (*path, *_where(row, name)),
                        name=name,
                        others=", ".join(f"'{other}'" for other in names[:position]),
                    )
                )
                return

    def citation(self, shape: shapes.CitationShape) -> Citation:
        """A citation, of the ruleset's own instrument unless another is named."""
        return Citation(shape.instrument or self.instrument, shape.article, shape.clause, shape.point)

    def standard(self, document: Document) -> Standard | None:
        """The standard in a document, or None where it is not sound."""
        data = document.data
        kinds = _texts(data.get("kinds"))
        for index, kind in enumerate(kinds):
            self.check_kind(kind, document, ("kinds", index))
            if kind in self.kinds and self.kinds[kind].groups:
                self.faults.append(
                    document.fault(
                        "wrong_value",
                        message("'{name}' is a grouping kind, which has no verdict"),
                        message("leave it out, or drop 'groups: true'"),
                        ("kinds", index),
                        name=kind,
                    )
                )
        reader = self.reader_for(document, kinds)
        rows = data.get("criteria")
        criteria = [
            self.criterion(reader, row, ("criteria", index))
            for index, row in enumerate(rows if isinstance(rows, list) else [])
        ]
        scopes = [
            self.scope(document, row, ("scope", index), kinds) for index, row in enumerate(_list(data.get("scope")))
        ]
        self.check_scopes(document, kinds)
        window = self.window(reader, data.get("window"))
        shape = piece(shapes.StandardShape, data, document)
        if shape is None or window is None:
            return None
        found = tuple(one for one in criteria if one is not None)
        classes = tuple(
            ScoreClass(row.id, label(row.title), measure)
            for index, row in enumerate(shape.classes)
            if (measure := reader.number(row.first, ("classes", index, "from"))) is not None
        )
        decision, found = Deciding(reader, found, classes).decision(shape)
        return Standard(
            id=shape.standard,
            title=label(shape.title),
            kinds=tuple(shape.kinds),
            window=window,
            criteria=found,
            scopes=tuple(one for one in scopes if one is not None),
            decision=decision,
            classes=classes,
            quotas=tuple(
                quota
                for index, row in enumerate(shape.quotas)
                if (quota := self.quota(reader, row, classes, ("quotas", index))) is not None
            ),
            place=document.place(("standard",)),
        )

    def criterion(self, reader: Reader, data: Any, path: Path) -> Criterion | None:
        """A criterion; its conditions are read even where the rest of it is not sound."""
        if not isinstance(data, dict):
            return None
        reader.uses_judged = reader.uses_attested = False
        require = reader.condition(data["require"], (*path, "require")) if "require" in data else None
        applies = reader.condition(data["applies_when"], (*path, "applies_when")) if "applies_when" in data else None
        weighed = isinstance(data.get("id"), str) and data["id"] in graded_items(reader.document.data)
        graded = weighed and "reuse" not in data
        if ("require" in data) == ("reuse" in data) and not graded:
            self.faults.append(
                reader.document.fault(
                    "no_requirement",
                    message("a criterion has either 'require' or 'reuse'"),
                    message("give one of the two"),
                    path,
                )
            )
        shape = piece(shapes.CriterionShape, data, reader.document)
        if shape is None:
            return None
        return Criterion(
            id=shape.id,
            title=label(shape.title),
            citation=self.citation(shape.citation),
            require=require,
            applies_when=applies,
            reuse=tuple(shape.reuse or ()),
            discretion=shape.discretion or reader.uses_judged,
            term=term(shape.in_force),
            note=label(shape.note) if shape.note else None,
            place=reader.document.place(path),
            group=shape.group,
            basis="attested" if reader.uses_attested else shape.basis,
        )

    def check_scopes(self, document: Document, judged: list[str]) -> None:
        """A fault for each kind in a scope that the standard does not judge, or that has a scope already."""
        seen: set[str] = set()
        for index, row in enumerate(_list(document.data.get("scope"))):
            named = row.get("kinds") if isinstance(row, dict) else None
            for position, kind in enumerate(_list(named)):
                path: Path = ("scope", index, "kinds", position)
                if not isinstance(kind, str):
                    continue
                if kind in self.kinds and kind not in judged:
                    what = message("'{name}' is not among the kinds of the standard")
                    self.faults.append(
                        document.fault("wrong_value", what, message("name kinds of the standard"), path, name=kind)
                    )
                elif kind in seen:
                    what = message("'{name}' has a scope already")
                    self.faults.append(
                        document.fault("wrong_value", what, message("join the two with 'all'"), path, name=kind)
                    )
                seen.add(kind)

    def scope(self, document: Document, data: Any, path: Path, judged: list[str]) -> Scope | None:
        """Who is judged at all."""
        if not isinstance(data, dict) or "require" not in data:
            return None
        kinds = _texts(data.get("kinds"))
        for index, kind in enumerate(kinds):
            self.check_kind(kind, document, (*path, "kinds", index))
        if not any(kind in judged for kind in kinds):
            return None
        require = self.reader_for(document, kinds).condition(data["require"], (*path, "require"))
        shape = piece(shapes.ScopeShape, data, document)
        if shape is None or require is None:
            return None
        return Scope(frozenset(shape.kinds), require, self.citation(shape.citation))

    def window(self, reader: Reader, data: Any) -> Window | None:
        """The window, fixed or from two date fields."""
        if not isinstance(data, dict):
            return None
        if "from_field" in data or "to_field" in data:
            found = reader.mapping(data, ("window",), ["from_field", "to_field"])
            if found is None:
                return None
            names = [reader.field(found[key], ("window", key), {"date"}) for key in ("from_field", "to_field")]
            if any(name is None for name in names):
                return None
            return Window(None, found["from_field"], found["to_field"])
        if reader.mapping(data, ("window",), ["from", "to"]) is None:
            return None
        period = reader.plain_period(data, ("window",))
        return None if period is None else Window(period)

    def quota(
        self, reader: Reader, shape: shapes.QuotaShape, classes: tuple[ScoreClass, ...], path: Path
    ) -> Quota | None:
        """A quota; its conditions are over the units that the standard judges."""
        ratio = reader.ratio(shape.at_most, (*path, "at_most"))
        sorts = []
        for key, row in (("of", shape.of), ("among", shape.among)):
            where = None if row.where is None else reader.condition(row.where, (*path, key, "where"))
            if row.score_class is not None:
                known = {one.id: one for one in classes}
                if reader.named("class", row.score_class, known, (*path, key, "class")) is None:
                    return None
            if row.where is not None and where is None:
                return None
            sorts.append(Sort(where, row.score_class, row.outcome))
        if ratio is None:
            return None
        of, among = sorts
        return Quota(shape.id, label(shape.title), self.citation(shape.citation), shape.over, of, among, ratio)


def tags_field(tags: tuple[str, ...]) -> Field:
    """The unit's tags as a field."""
    return Field(TAGS, "set", Label("đặc điểm địa bàn", "tags of territory"), dimension=Dimension("set", tags))


def label(shape: shapes.LabelShape) -> Label:
    """The text of a shape."""
    return Label(shape.vi, shape.en)


def term(shape: shapes.TermShape) -> Term:
    """The days of a shape."""
    return Term(shape.first, shape.last)


def instrument(shape: shapes.InstrumentShape) -> Instrument:
    """The instrument of a shape."""
    return Instrument(shape.number, shape.issuer, label(shape.title) if shape.title else None, shape.date)


def _where(value: Any, name: str) -> Path:
    """The way to the first place at which a name stands; the way to the whole where it stands nowhere."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        below = _where(item, name)
        if below or item == name:
            return (step, *below)
    return ()


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [item for item in _list(value) if isinstance(item, str)]


def _pieces(shape: type[ShapeT], data: Any, document: Document) -> Iterator[tuple[str, ShapeT]]:
    for name, value in data.items() if isinstance(data, dict) else ():
        found = piece(shape, value, document)
        if found is not None:
            yield name, found
