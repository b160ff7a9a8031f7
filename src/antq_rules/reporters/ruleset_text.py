"""Rulesets for people: the table of those installed, one ruleset in full, and its plan as a tree."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from antq_rules.errors import message
from antq_rules.explain.catalogue import translator
from antq_rules.explain.wording import Wording, written
from antq_rules.model.expression import Compare, Days, Dimension, FieldValue, Includes, Label, Literal, OneOf, Ratio
from antq_rules.plan.periods import FIRST_DAY, LAST_DAY
from antq_rules.reporters.lines import STATUSES, print_indented, print_whole

if TYPE_CHECKING:
    from antq_rules.model.ruleset import Criterion, Parameter, Ruleset, Standard, Term
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
            table.add_column(self.say(title), overflow="fold")
        for ruleset in rulesets:
            table.add_row(
                ruleset.id,
                ruleset.version,
                self.say(STATUSES[ruleset.status]),
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
        for standard in ruleset.standards:
            criteria = [one for one in standard.criteria if criterion in (None, one.id)]
            if criteria:
                self.standard(ruleset, standard, criteria)
        if criterion is None:
            self.readings(ruleset)
            self.parameters(ruleset.parameters.values())
            self.not_encoded(ruleset)

    def standard(self, ruleset: Ruleset, standard: Standard, criteria: Iterable[Criterion]) -> None:
        self.console.print()
        self.line(f"{standard.id}: {standard.title[self.language]}", "bold")
        kinds = ", ".join(ruleset.kinds[kind].title[self.language] for kind in standard.kinds)
        self.line(self.say(KINDS, kinds=kinds), indent=2)
        wording = Wording(self.language, {}, ruleset.parameters, ruleset.children)
        for criterion in criteria:
            line = Text.assemble(
                (criterion.id, "bold"), f" ({wording.citation(criterion.citation)}): {criterion.title[self.language]}"
            )
            if criterion.reuse:
                line.append("; " + self.say(REUSES, ids=", ".join(criterion.reuse)))
            if criterion.term.first or criterion.term.last:
                line.append("; " + self.term(criterion.term))
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
            first, last = (written(day, Dimension("date")) for day in (standard.window.first, standard.window.last))
            branch.add(self.say(WINDOW, first=first, last=last))
            for kind, scope in standard.scopes.items():
                if scope is not None:
                    add_node(branch.add(self.say(SCOPE, kind=kind)), "", scope)
        for one in criteria:
            add_node(branch.add(Text(one.id, style="cyan")), "", one.truth)
        decision = standard.standard.decision
        if whole and decision.form != "all":
            add_value(branch, f"decide: {decision.form}", decision.options)


def add_node(tree: Tree, label: str, node: Any) -> None:
    """A node of the plan with everything below it."""
    branch = tree.add(Text(f"{label}{' ' if label else ''}{described(node)}"))
    for name, value in parts(node):
        if isinstance(value, tuple):
            for index, item in enumerate(value):
                if is_dataclass(item):
                    add_node(branch, f"{name}[{index}]", item)
                elif isinstance(item, tuple):
                    choice, inner = item
                    add_node(branch, f"{choice}:" if isinstance(choice, str) else f"{choice} ×", inner)
        else:
            add_node(branch, f"{name}:", value)


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
        if spec.name not in inner and not isinstance(getattr(node, spec.name), Dimension | Label | None)
    ]
    return " ".join([name, *plain])


def add_value(tree: Tree, label: str, value: Any) -> None:
    """Plain data of a decision, as it nests."""
    if isinstance(value, BaseModel):
        value = value.model_dump(by_alias=True, exclude_defaults=True)
    if is_dataclass(value) and not isinstance(value, type):
        add_node(tree, f"{label}:", value)
    elif isinstance(value, Mapping):
        branch = tree.add(Text(label))
        for key, item in value.items():
            add_value(branch, str(key), item)
    elif isinstance(value, list | tuple) and any(
        isinstance(item, Mapping | list | tuple) or is_dataclass(item) for item in value
    ):
        branch = tree.add(Text(label))
        for index, item in enumerate(value):
            add_value(branch, f"[{index}]", item)
    elif value is not None:
        tree.add(Text(f"{label}: {value}"))
