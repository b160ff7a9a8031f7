"""Rulesets for people: the table of those installed, one ruleset in full, and its plan as a tree."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from antq_rules.errors import message
from antq_rules.explain.catalogue import translator
from antq_rules.explain.wording import Wording, written
from antq_rules.model.expression import (
    Compare,
    Days,
    Dimension,
    FieldValue,
    Includes,
    Label,
    Literal,
    OneOf,
    ParameterValue,
    Ratio,
)
from antq_rules.plan.periods import FIRST_DAY, LAST_DAY
from antq_rules.reporters.lines import SHORT_STATUSES, STATUSES, print_indented, print_whole

if TYPE_CHECKING:
    from antq_rules.model.ruleset import Change, Criterion, Filling, Parameter, Ruleset, Standard, Term
    from antq_rules.plan.compiling import Plan, PlannedCriterion, PlannedStandard

ID = message("Id")
VERSION = message("Version")
STATUS = message("Status")
INSTRUMENT = message("Instrument")
IN_FORCE = message("In force")
TITLE = message("Title")
ALWAYS = message("always")
FROM = message("from {first}")
TO = message("until {last}")
BETWEEN = message("from {first} to {last}")
KINDS = message("Kinds: {kinds}")
READINGS = message("Readings")
READING = message("{name} ({ambiguity}): {title}")
CHOICE = message("{choice}: {title}")
DEFAULT = message("default")
PARAMETERS = message("Parameters")
UNSET = message("not set")
OVERLAYS = message("Overlays")
ADDED = message("added by {overlay}")
CHANGED = message("by {overlay}, under {instrument}")
FIELDS = message("Fields that overlays add")
SLOTS = message("Slots")
SLOT = message("{name}: from {low} to {high}")
SLOT_OF_ROWS = message("{name}: from {low} to {high}, for each row of '{records}'")
OPEN = message("open")
NOT_ENCODED = message("Clauses not encoded")
REUSES = message("borrows {ids}")
PLAN = message("Plan of {ruleset} for {period}")
WINDOW = message("window {first} to {last}")
SCOPE = message("scope of {kind}")


class RulesetText:
    """Prints rulesets in one language."""

    def __init__(self, console: Console, language: str) -> None:
        self.console = console
        self.language = language
        self.translate = translator(language)

    def say(self, template: str, **values: object) -> str:
        return self.translate(template).format(**values)

    def table(self, rulesets: Iterable[Ruleset]) -> None:
        """The rulesets, a row each."""
        table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
        for title in (ID, VERSION, STATUS, INSTRUMENT, IN_FORCE, TITLE):
            # Ids and numbers are there to be copied.
            table.add_column(
                self.say(title),
                overflow="fold",
                no_wrap=title in (ID, INSTRUMENT),
                min_width=15 if title == IN_FORCE else None,
            )
        for ruleset in rulesets:
            table.add_row(
                ruleset.id,
                ruleset.version,
                self.say(SHORT_STATUSES[ruleset.status]),
                ruleset.instrument.number,
                self.term(ruleset.term),
                ruleset.title[self.language],
            )
        print_whole(self.console, table)

    def term(self, term: Term) -> str:
        """The days of a term in words."""
        first, last = self.day(term.first), self.day(term.last)
        if first and last:
            return self.say(BETWEEN, first=first, last=last)
        if first or last:
            return self.say(FROM, first=first) if first else self.say(TO, last=last)
        return self.say(ALWAYS)

    def day(self, date: datetime.date | None) -> str:
        if date is None:
            return ""
        return date.strftime("%d/%m/%Y") if self.language == "vi" else date.isoformat()

    # One ruleset

    def overview(self, ruleset: Ruleset, criterion: str | None = None) -> None:
        """What a ruleset holds, or one of its criteria."""
        self.line(f"{ruleset.id} {ruleset.version}", "bold")
        self.line(ruleset.title[self.language])
        instrument = f"{ruleset.instrument.number}, {ruleset.instrument.issuer}; {self.term(ruleset.term)}"
        self.line(f"{instrument}; {self.say(STATUSES[ruleset.status])}")
        self.overlays(ruleset)
        for standard in ruleset.standards:
            criteria = [one for one in standard.criteria if criterion in (None, one.id)]
            if criteria:
                self.standard(ruleset, standard, criteria)
        if criterion is None:
            self.readings(ruleset)
            self.parameters(ruleset.parameters.values())
            self.slots(ruleset)
            self.fields(ruleset)
            self.not_encoded(ruleset)

    def overlays(self, ruleset: Ruleset) -> None:
        """The overlays laid over it, which the marks further on name."""
        self.heading(OVERLAYS, bool(ruleset.overlays))
        for one in ruleset.overlays:
            self.line(f"{one.id} {one.version} ({one.prefix}.*): {one.title[self.language]}", indent=2)
            self.line(f"{one.instrument.number}, {one.instrument.issuer}; {self.term(one.term)}", indent=6)

    def standard(self, ruleset: Ruleset, standard: Standard, criteria: Iterable[Criterion]) -> None:
        self.console.print()
        self.line(f"{standard.id}: {standard.title[self.language]}", "bold")
        kinds = ", ".join(ruleset.kinds[kind].title[self.language] for kind in standard.kinds)
        self.line(self.say(KINDS, kinds=kinds), indent=2)
        wording = Wording(self.language, {}, ruleset.parameters, ruleset.children)
        for criterion in criteria:
            cited = wording.citation(criterion.citation)
            if criterion.origin and criterion.citation.article is not None:
                cited = f"{criterion.citation.instrument}, {cited}"
            line = Text.assemble((criterion.id, "bold"), f" ({cited}): {criterion.title[self.language]}")
            if criterion.reuse:
                line.append("; " + self.say(REUSES, ids=", ".join(criterion.reuse)))
            if criterion.term.first or criterion.term.last:
                line.append("; " + self.term(criterion.term))
            if criterion.origin:
                line.append("; " + self.say(ADDED, overlay=criterion.origin))
            print_indented(self.console, line, 2)

    def readings(self, ruleset: Ruleset) -> None:
        self.heading(READINGS, bool(ruleset.readings))
        for reading in ruleset.readings.values():
            title = reading.title[self.language]
            self.line(self.say(READING, name=reading.name, ambiguity=reading.ambiguity, title=title), indent=2)
            for choice, label in reading.choices.items():
                mark = f" ({self.say(DEFAULT)})" if choice == reading.default else ""
                self.line(self.say(CHOICE, choice=choice, title=label[self.language]) + mark, indent=6)

    def parameters(self, parameters: Iterable[Parameter]) -> None:
        parameters = list(parameters)
        self.heading(PARAMETERS, bool(parameters))
        for parameter in parameters:
            self.line(f"{parameter.name}: {parameter.title[self.language]}", indent=2)
            for term, value in parameter.values:
                shown = self.say(UNSET) if value is None else self.amount(value, parameter)
                self.line(f"{shown}; {self.term(term)}", indent=6)
            for change in parameter.changes:
                self.line(
                    f"{self.amount(change.value, parameter)}; {self.term(change.term)}; {self.changed(change)}",
                    indent=6,
                )

    def changed(self, change: Change | Filling) -> str:
        """Which overlay changes something, and by which instrument."""
        number = change.instrument.number if change.instrument else "-"
        return self.say(CHANGED, overlay=change.origin, instrument=number)

    def slots(self, ruleset: Ruleset) -> None:
        self.heading(SLOTS, bool(ruleset.slots))
        fields = {name: definitions[0] for name, definitions in ruleset.fields.items()}
        for name, slot in ruleset.slots.items():
            known = fields if slot.records is None else fields[slot.records].columns
            wording = Wording(self.language, known, ruleset.parameters, ruleset.children)
            template = SLOT if slot.records is None else SLOT_OF_ROWS
            self.line(self.say(template, name=name, low=slot.low, high=slot.high, records=slot.records), indent=2)
            for filling in ruleset.fillings.get(name, ()):
                simple = isinstance(filling.measure, Literal | FieldValue | ParameterValue)
                shown = wording.subject(filling.measure) if simple else described(filling.measure)
                self.line(f"{shown}; {self.term(filling.term)}; {self.changed(filling)}", indent=6)
                if not simple:
                    self.below(filling.measure, 8)
            if name not in ruleset.fillings:
                self.line(self.say(OPEN), indent=6)

    def below(self, node: Any, indent: int) -> None:
        """The nodes of a measure, each on a line under the one that holds it."""
        for _, value in parts(node):
            for one in flat(value):
                self.line(described(one), indent=indent)
                self.below(one, indent + 2)

    def fields(self, ruleset: Ruleset) -> None:
        added = [one for definitions in ruleset.fields.values() for one in definitions if one.origin]
        self.heading(FIELDS, bool(added))
        for field in added:
            kinds = ", ".join(ruleset.kinds[kind].title[self.language] for kind in sorted(field.kinds))
            mark = self.say(ADDED, overlay=field.origin)
            self.line(f"{field.name} ({kinds}): {field.title[self.language]}; {mark}", indent=2)

    def amount(self, value: Any, parameter: Parameter) -> str:
        dimension = parameter.dimension
        if dimension.kind == "choice" and isinstance(value, Fraction | int):
            return dimension.choices[int(value)]
        return str(value)

    def not_encoded(self, ruleset: Ruleset) -> None:
        self.heading(NOT_ENCODED, bool(ruleset.not_encoded))
        for row in ruleset.not_encoded:
            citation = row["citation"]
            place = ".".join(str(citation[key]) for key in ("article", "clause", "point") if citation.get(key))
            self.line(f"{place}: {row['why'][self.language]}", indent=2)

    def heading(self, title: str, wanted: bool) -> None:
        if wanted:
            self.console.print()
            self.line(self.say(title), "bold")

    def line(self, text: str, style: str = "", indent: int = 0) -> None:
        print_indented(self.console, Text(text, style=style), indent)

    # The plan

    def plan(self, plan: Plan, criterion: str | None = None) -> None:
        """The nodes of a plan, or those of one criterion."""
        tree = Tree(Text(self.say(PLAN, ruleset=plan.ruleset.id, period=plan.period), style="bold"), guide_style="dim")
        for standard in plan.standards.values():
            criteria = [
                one for one in standard.criteria if criterion is None or criterion in (one.id, one.criterion.id)
            ]
            if criteria:
                self.planned(tree, standard, criteria, whole=criterion is None)
        print_whole(self.console, tree)

    def planned(
        self, tree: Tree, standard: PlannedStandard, criteria: Iterable[PlannedCriterion], *, whole: bool
    ) -> None:
        branch = tree.add(Text(standard.id, style="bold"))
        if whole:
            days = standard.window.first, standard.window.last
            first, last = standard.window_fields or (written(day, Dimension("date")) for day in days)
            branch.add(self.say(WINDOW, first=first, last=last))
            for kind, scope in standard.scopes.items():
                if scope is not None:
                    add_node(branch.add(self.say(SCOPE, kind=kind)), "", scope)
        for one in criteria:
            add_node(branch.add(Text(one.id, style="cyan")), "", one.truth)
        if whole:
            self.decided(branch, standard)

    def decided(self, branch: Tree, standard: PlannedStandard) -> None:
        """What a standard decides by, where that is not all of its criteria, and its quotas."""
        decision = standard.decision
        if decision is not None:
            below = branch.add(Text(f"decide: {standard.standard.decision.form}"))
            for gate in decision.gates:
                add_node(below, f"{gate.code}:", gate.truth)
            if decision.points is not None:
                add_node(below, "points:", decision.points)
            for one in decision.classes:
                add_node(below, f"class {one.id}:", one.reached)
        for planned in standard.quotas:
            below = branch.add(Text(f"quota {planned.quota.id} over {planned.quota.over}"))
            for name, sort, truth in (
                ("of", planned.quota.of, planned.of),
                ("among", planned.quota.among, planned.among),
            ):
                if truth is not None:
                    add_node(below, f"{name}:", truth)
                else:
                    below.add(Text(f"{name}: {sort.score_class or sort.outcome}"))
            add_node(below, "at_most:", planned.at_most)


def add_node(tree: Tree, label: str, node: Any) -> None:
    """A node of the plan with everything below it."""
    branch = tree.add(Text(f"{label}{' ' if label else ''}{described(node)}"))
    for name, value in parts(node):
        if isinstance(value, tuple):
            for index, item in enumerate(value):
                if is_dataclass(item):
                    add_node(branch, f"{name}[{index}]", item)
                elif isinstance(item, tuple):
                    first, inner = item
                    if is_dataclass(first):
                        add_node(branch, f"when[{index}]:", first)
                        add_node(branch, f"value[{index}]:", inner)
                    else:
                        add_node(branch, f"{first}:" if isinstance(first, str) else f"{first} ×", inner)
        else:
            add_node(branch, f"{name}:", value)


def flat(value: Any) -> Iterator[Any]:
    """The nodes in a value that may be a list of them, or of factors or conditions with them."""
    if is_dataclass(value):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from flat(item)


def parts(node: Any) -> Iterator[tuple[str, Any]]:
    """The fields of a node that hold further nodes."""
    for spec in fields(node):
        value = getattr(node, spec.name)
        if isinstance(value, Label | Dimension):
            continue
        if is_dataclass(value) or (
            isinstance(value, tuple) and any(is_dataclass(item) or isinstance(item, tuple) for item in value)
        ):
            yield spec.name, value


def described(node: Any) -> str:
    """A node by its sort and its plain values."""
    name = type(node).__name__
    if isinstance(node, Literal):
        return f"{name} {written(node.value, node.dimension)}"
    if isinstance(node, FieldValue):
        return f"{name} {node.name} {node.dimension.kind} {node.low}..{node.high}"
    if isinstance(node, Days):
        first = "" if node.first <= FIRST_DAY else written(node.first, Dimension("date"))
        last = "" if node.last >= LAST_DAY else written(node.last, Dimension("date"))
        return f"{name} {first}..{last}"
    if isinstance(node, OneOf):
        return f"{name} {', '.join(str(written(rank, node.value.dimension)) for rank in sorted(node.values))}"
    if isinstance(node, Includes):
        return f"{name} {node.field} {node.mode} {', '.join(node.dimension.choices[rank] for rank in node.members)}"
    if isinstance(node, Ratio):
        return f"{name} {node.value}"
    if isinstance(node, Compare):
        return f"{name} {node.operator} {node.relation}"
    inner = {key for key, _ in parts(node)}
    plain = [
        f"{spec.name}={getattr(node, spec.name)}"
        for spec in fields(node)
        if spec.name not in inner
        and not isinstance(getattr(node, spec.name), Dimension | Label | None)
        and not callable(getattr(node, spec.name))
    ]
    return " ".join([name, *plain])
