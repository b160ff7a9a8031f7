"""From a ruleset to the plan of one year: names become values, readings become what they choose."""

from __future__ import annotations

import datetime
import fnmatch
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from antq_rules.errors import Fault, NotYetError, RulesetError, message
from antq_rules.model.expression import (
    ByReading,
    ChildGroup,
    ChildrenAny,
    ChildShare,
    Days,
    Literal,
    ParameterValue,
    Period,
    PeriodName,
    Ratio,
    RatioParameter,
    SeriesValue,
    SlotValue,
    Steps,
    Truth,
    VerdictOf,
    When,
    fields_read,
    rebuild,
    walk,
)
from antq_rules.model.ruleset import Citation, Criterion, Field, Ruleset, Standard
from antq_rules.plan.graph import order_of_kinds
from antq_rules.plan.periods import days

FIRST_YEAR, LAST_YEAR = 1900, 2200


@dataclass(frozen=True, slots=True)
class PlannedCriterion:
    """A criterion as it is judged: ``truth`` holds its application and its requirement.

    ``via`` is the citation of the clause that a borrowed criterion comes from.
    """

    id: str
    criterion: Criterion
    truth: Truth
    citation: Citation
    via: Citation | None
    discretion: bool
    fields: frozenset[str]
    readings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlannedStandard:
    """A standard for one year. ``scopes`` gives for each kind who is judged, None where all are."""

    id: str
    standard: Standard
    window: Days
    scopes: Mapping[str, Truth | None]
    criteria: tuple[PlannedCriterion, ...]
    readings: tuple[str, ...]
    fields: frozenset[str]
    groups: tuple[ChildGroup, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """A ruleset for one year under chosen readings.

    ``order`` lists the judged kinds so that every kind stands behind those whose verdicts it reads.
    """

    ruleset: Ruleset
    period: int
    readings: Mapping[str, str]
    standards: Mapping[str, PlannedStandard]
    order: tuple[str, ...]
    fields: Mapping[str, Mapping[str, Field]] = field(default_factory=dict)

    def standard_of(self, kind: str) -> PlannedStandard | None:
        """The standard that judges units of this kind."""
        standard = self.ruleset.standard_of(kind)
        return None if standard is None else self.standards[standard.id]


def choose_readings(ruleset: Ruleset, chosen: Mapping[str, str]) -> dict[str, str]:
    """The choice of every reading, the default where none is made.

    Raises:
        RulesetError: A reading or choice is not declared.
    """
    faults = []
    for name, choice in chosen.items():
        reading = ruleset.readings.get(name)
        if reading is None or choice not in reading.choices:
            known = sorted(ruleset.readings) if reading is None else sorted(reading.choices)
            faults.append(
                Fault(
                    "unknown_reading" if reading is None else "unknown_choice",
                    message("'{name}={choice}' is not a reading of {ruleset}"),
                    message("known: {known}"),
                    values={
                        "name": name,
                        "choice": choice,
                        "ruleset": ruleset.id,
                        "known": ", ".join(known) or "-",
                    },
                )
            )
    if faults:
        raise RulesetError(faults)
    return {name: chosen.get(name, reading.default) for name, reading in ruleset.readings.items()}


def compile_ruleset(ruleset: Ruleset, period: int, readings: Mapping[str, str]) -> Plan:
    """The plan of a ruleset for a year.

    Args:
        ruleset: As loaded, overlays applied.
        period: The year judged, 1900 to 2200.
        readings: The choice of every reading, see :func:`choose_readings`.
    Raises:
        RulesetError: The year is out of range.
    """
    if not FIRST_YEAR <= period <= LAST_YEAR:
        raise RulesetError(
            Fault(
                "bad_period",
                message("{period} is no year that can be judged"),
                message("give a year from {first} to {last}"),
                values={"period": period, "first": FIRST_YEAR, "last": LAST_YEAR},
            )
        )
    compiling = _Compiling(ruleset, period, readings)
    standards = {standard.id: compiling.standard(standard) for standard in ruleset.standards}
    return Plan(
        ruleset=ruleset,
        period=period,
        readings=dict(readings),
        standards=standards,
        order=order_of_kinds(ruleset.standards, ruleset.children),
        fields={kind: ruleset.fields_of(kind) for kind in ruleset.kinds},
    )


@dataclass
class _Compiling:
    ruleset: Ruleset
    period: int
    readings: Mapping[str, str]
    used: dict[str, None] = field(default_factory=dict)

    def standard(self, standard: Standard) -> PlannedStandard:
        window = days(standard.window.period, self.period) if standard.window.period else Days(1, 1)
        day = datetime.date.fromordinal(window.last) if standard.window.period else datetime.date(self.period, 12, 31)
        criteria = [
            planned
            for criterion in standard.criteria
            if criterion.term.holds(day)
            for planned in self.criteria(criterion, day, ())
        ]
        self.used = {}
        scopes: dict[str, Truth | None] = dict.fromkeys(standard.kinds)
        for scope in standard.scopes:
            for kind in scope.kinds:
                scopes[kind] = self.resolved(scope.require, day)
        names = {
            node.children
            for planned in criteria
            for node in walk(planned.truth)
            if isinstance(node, ChildShare | ChildrenAny)
        }
        read = {name for planned in criteria for name in planned.fields}
        read |= {name for truth in scopes.values() if truth is not None for name in fields_read(truth)}
        readings = dict.fromkeys([*self.used, *(name for planned in criteria for name in planned.readings)])
        return PlannedStandard(
            id=standard.id,
            standard=standard,
            window=window,
            scopes=scopes,
            criteria=tuple(criteria),
            readings=tuple(readings),
            fields=frozenset(read),
            groups=tuple(self.ruleset.children[name] for name in sorted(names)),
        )

    def criteria(
        self, criterion: Criterion, day: datetime.date, borrowers: tuple[Criterion, ...]
    ) -> Iterator[PlannedCriterion]:
        """The criterion as it is judged, or those that it borrows; ``borrowers`` begin with the first of them."""
        if criterion.reuse:
            for borrowed in self.borrowed(criterion):
                if borrowed.term.holds(day):
                    yield from self.criteria(borrowed, day, (*borrowers, criterion))
            return
        assert criterion.require is not None
        self.used = {}
        truth = self.resolved(criterion.require, day)
        for one in (criterion, *reversed(borrowers)):
            if one.applies_when is not None:
                truth = When(self.resolved(one.applies_when, day), truth)
        first = borrowers[0] if borrowers else criterion
        yield PlannedCriterion(
            id=f"{first.id}/{criterion.id}" if borrowers else criterion.id,
            criterion=criterion,
            truth=truth,
            citation=first.citation,
            via=criterion.citation if borrowers else None,
            discretion=any(one.discretion for one in (criterion, *borrowers)),
            fields=frozenset(fields_read(truth)),
            readings=tuple(self.used),
        )

    def borrowed(self, criterion: Criterion) -> Iterator[Criterion]:
        seen: set[str] = set()
        for pattern in criterion.reuse:
            for standard in self.ruleset.standards:
                for other in standard.criteria:
                    if fnmatch.fnmatchcase(other.id, pattern) and other.id not in seen:
                        seen.add(other.id)
                        yield other

    def resolved(self, node: Truth, day: datetime.date) -> Truth:
        def change(node: Any) -> Any:
            if isinstance(node, ByReading):
                self.used[node.reading] = None
                return dict(node.choices)[self.readings[node.reading]]
            if isinstance(node, PeriodName):
                return days(self.ruleset.periods[node.name], self.period)
            if isinstance(node, Period):
                return days(node, self.period)
            if isinstance(node, ParameterValue):
                value = self.ruleset.parameters[node.name].at(day)
                scaled = None if value is None else value * 10**node.dimension.places
                return node if scaled is None else Literal(int(scaled), node.dimension)
            if isinstance(node, SlotValue):
                return self.ruleset.fillings.get(node.name, node)
            if isinstance(node, RatioParameter):
                ratio = self.ruleset.parameters[node.name].at(day)
                return node if ratio is None else Ratio(ratio)
            return node

        result: Truth = rebuild(node, change)
        return result


_NOT_YET: Mapping[type, str] = {SeriesValue: "series", Steps: "steps", VerdictOf: "verdict_of"}


def require_executable(plan: Plan) -> None:
    """Refuse a plan with parts that no executor runs yet.

    Raises:
        NotYetError: One fault for each standard and sort of part.
    """
    faults = [
        Fault(
            "not_yet",
            message("{standard} uses '{part}', which is not yet executed"),
            message("look at it with 'antq rulesets show --plan' meanwhile"),
            values={"standard": plan.ruleset.id, "part": f"overlay {overlay.id}"},
        )
        for overlay in plan.ruleset.overlays
    ]
    for planned in plan.standards.values():
        standard = planned.standard
        parts = dict.fromkeys(
            _NOT_YET[type(node)]
            for criterion in planned.criteria
            for node in walk(criterion.truth)
            if type(node) in _NOT_YET
        )
        if standard.decision.form != "all":
            parts[f"decide: {standard.decision.form}"] = None
        if standard.window.period is None:
            parts["window from fields"] = None
        if standard.classes:
            parts["classes"] = None
        if standard.quotas:
            parts["quotas"] = None
        faults += [
            Fault(
                "not_yet",
                message("{standard} uses '{part}', which is not yet executed"),
                message("look at it with 'antq rulesets show --plan' meanwhile"),
                place=standard.place,
                values={"standard": standard.id, "part": part},
            )
            for part in parts
        ]
    if faults:
        raise NotYetError(faults)
