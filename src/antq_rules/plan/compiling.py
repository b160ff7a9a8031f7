"""From a ruleset to the plan of one year: names become values, readings become what they choose."""

from __future__ import annotations

import datetime
import fnmatch
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from antq_rules.errors import Fault, RulesetError, message
from antq_rules.frozen import frozen
from antq_rules.model.expression import (
    BOOLEAN,
    IN_WINDOW,
    AllOf,
    ByReading,
    ChildGroup,
    ChildrenAny,
    ChildShare,
    Compare,
    Count,
    Days,
    FieldValue,
    Linear,
    Literal,
    Measure,
    ParameterValue,
    Period,
    PeriodName,
    Preferred,
    Ratio,
    RatioParameter,
    SeriesValue,
    SlotValue,
    Total,
    Truth,
    VerdictOf,
    When,
    bounds,
    fields_read,
    rebuild,
    series_of,
    verdict_key,
    walk,
    year_of,
)
from antq_rules.model.ruleset import Citation, Constraint, Criterion, Field, Kind, Quota, Ruleset, Standard
from antq_rules.plan.deciding import PlannedDecision, plan_decision
from antq_rules.plan.graph import order_of_kinds
from antq_rules.plan.periods import FIRST_DAY, LAST_DAY, days

FIRST_YEAR, LAST_YEAR = 1900, 2200

WITHIN = Compare("in_window", "==", FieldValue(IN_WINDOW, 0, 1, BOOLEAN), Literal(1, BOOLEAN))
"""That a row's day lies in the window."""


@frozen
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
    conditional: bool = False
    """Whether there are units to which it does not apply."""


@frozen
class PlannedQuota:
    """A quota for one year."""

    quota: Quota
    of: Truth | None
    among: Truth | None
    at_most: Ratio | RatioParameter


@frozen
class PlannedStandard:
    """A standard for one year. ``scopes`` gives for each kind who is judged, None where all are.

    Where its window comes from two fields of the unit, ``window_fields`` names them, and ``window`` is not used.
    ``decision`` is None where all criteria decide. ``verdicts`` are the standards of other rulesets that it asks.
    """

    id: str
    standard: Standard
    window: Days
    scopes: Mapping[str, Truth | None]
    criteria: tuple[PlannedCriterion, ...]
    readings: tuple[str, ...]
    fields: frozenset[str]
    groups: tuple[ChildGroup, ...]
    window_fields: tuple[str, str] | None = None
    decision: PlannedDecision | None = None
    quotas: tuple[PlannedQuota, ...] = ()
    verdicts: tuple[VerdictOf, ...] = ()


@frozen
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
    """For each kind of unit that a dossier may hold its fields; those of the rulesets used are among both."""
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    managing_levels: frozenset[str] = frozenset()
    constraints: tuple[Constraint, ...] = ()

    def standard_of(self, kind: str) -> PlannedStandard | None:
        """The standard that judges units of this kind."""
        standard = self.ruleset.standard_of(kind)
        return None if standard is None else self.standards[standard.id]


def choose_readings(ruleset: Ruleset, chosen: Mapping[str, str]) -> dict[str, str]:
    """The choice of every reading, the default where none is made; those of the rulesets used are among them.

    Raises:
        RulesetError: A reading or choice is not declared.
    """
    faults = []
    readings = ruleset.all_readings()
    for name, choice in chosen.items():
        reading = readings.get(name)
        if reading is None or choice not in reading.choices:
            known = sorted(readings) if reading is None else sorted(reading.choices)
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
    return {name: chosen.get(name, reading.default) for name, reading in readings.items()}


def compile_ruleset(ruleset: Ruleset, period: int, readings: Mapping[str, str]) -> Plan:
    """The plan of a ruleset for a year.

    Args:
        ruleset: As loaded, overlays applied. Those that it uses have plans of their own.
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
    kinds = kinds_of(ruleset)
    standards = {standard.id: compiling.standard(standard) for standard in ruleset.standards}
    return Plan(
        ruleset=ruleset,
        period=period,
        readings=dict(readings),
        standards=standards,
        order=order_of_kinds(ruleset.standards, ruleset.children, ruleset.fillings),
        fields={kind: ruleset.all_fields_of(kind) for kind in kinds},
        kinds=kinds,
        managing_levels=frozenset(level for one in with_used(ruleset) for level in one.managing_levels),
        constraints=tuple(constraint for one in with_used(ruleset) for constraint in one.constraints),
    )


def kinds_of(ruleset: Ruleset) -> dict[str, Kind]:
    """The kinds of unit that a dossier may hold, those of the rulesets used among them."""
    found: dict[str, Kind] = {}
    for one in reversed(with_used(ruleset)):
        found |= one.kinds
    return found


def with_used(ruleset: Ruleset) -> list[Ruleset]:
    """The ruleset and all that it uses, each once."""
    found: dict[str, Ruleset] = {ruleset.id: ruleset}
    for used in ruleset.used:
        found |= {one.id: one for one in with_used(used) if one.id not in found}
    return list(found.values())


@dataclass
class _Compiling:
    ruleset: Ruleset
    period: int
    readings: Mapping[str, str]
    used: dict[str, None] = field(default_factory=dict)
    """The readings by which the nodes resolved so far were chosen."""
    asked: dict[VerdictOf, None] = field(default_factory=dict)
    """The standards of other rulesets that the nodes of one standard ask."""
    dated: frozenset[str] = frozenset()
    """Record lists of which only rows in the window count, where that comes from the unit's evidence."""

    def standard(self, standard: Standard) -> PlannedStandard:
        self.asked = {}
        self.dated = frozenset()
        if standard.window.period is None:
            fields = [one for kind in standard.kinds for one in self.ruleset.all_fields_of(kind).values()]
            self.dated = frozenset(one.name for one in fields if one.dated_by is not None)
        window = days(standard.window.period, self.period) if standard.window.period else Days(FIRST_DAY, LAST_DAY)
        day = datetime.date.fromordinal(window.last) if standard.window.period else datetime.date(self.period, 12, 31)
        criteria = [
            planned
            for criterion in standard.criteria
            if criterion.term.holds(day)
            for planned in self.criteria(criterion, day, ())
        ]
        self.used = {}
        decision = plan_decision(standard, criteria, self.readings, lambda node: self.resolved(node, day))
        policies = (standard.decision.score, standard.decision.at_least_met)
        self.used.update((one.not_applicable.reading, None) for one in policies if one and one.not_applicable.reading)
        scopes: dict[str, Truth | None] = dict.fromkeys(standard.kinds)
        for scope in standard.scopes:
            for kind in scope.kinds:
                scopes[kind] = self.resolved(scope.require, day)
        quotas = tuple(
            PlannedQuota(
                quota,
                None if quota.of.where is None else self.resolved(quota.of.where, day),
                None if quota.among.where is None else self.resolved(quota.among.where, day),
                self.ratio(quota.at_most, day),
            )
            for quota in standard.quotas
        )
        parts: list[Any] = [planned.truth for planned in criteria]
        parts += [truth for truth in scopes.values() if truth is not None]
        if decision is not None:
            parts += [one for one in (decision.truth, decision.points) if one is not None]
            parts += [one.reached for one in decision.classes]
        parts += [truth for one in quotas for truth in (one.of, one.among) if truth is not None]
        names = {node.children for part in parts for node in walk(part) if isinstance(node, ChildShare | ChildrenAny)}
        readings = dict.fromkeys([*self.used, *(name for planned in criteria for name in planned.readings)])
        return PlannedStandard(
            id=standard.id,
            standard=standard,
            window=window,
            scopes=scopes,
            criteria=tuple(criteria),
            readings=tuple(readings),
            fields=frozenset(series_of(name) for part in parts for name in fields_read(part)),
            groups=tuple(self.ruleset.children[name] for name in sorted(names)),
            window_fields=window_fields(standard),
            decision=decision,
            quotas=quotas,
            verdicts=tuple(self.asked),
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
            fields=frozenset(series_of(name) for name in fields_read(truth)),
            readings=tuple(self.used),
            conditional=any(isinstance(node, When) for node in walk(truth)),
        )

    def borrowed(self, criterion: Criterion) -> Iterator[Criterion]:
        seen: set[str] = set()
        for pattern in criterion.reuse:
            for standard in self.ruleset.standards:
                for other in standard.criteria:
                    if fnmatch.fnmatchcase(other.id, pattern) and other.id not in seen:
                        seen.add(other.id)
                        yield other

    def ratio(self, ratio: Ratio | RatioParameter, day: datetime.date) -> Ratio | RatioParameter:
        value = self.ruleset.parameters[ratio.name].at(day) if isinstance(ratio, RatioParameter) else None
        return ratio if value is None else Ratio(value)

    def resolved(self, node: Any, day: datetime.date) -> Any:
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
                return self.ruleset.filling(node.name, day) or node
            if isinstance(node, SeriesValue):
                return self.years(node, change(node.last) if node.last is not None else None)
            if isinstance(node, VerdictOf):
                self.asked[node] = None
                return asked(node)
            if isinstance(node, Count | Total) and node.records in self.dated:
                return in_window(node)
            if isinstance(node, RatioParameter):
                return self.ratio(node, day)
            return node

        return rebuild(node, change)

    def years(self, series: SeriesValue, last: Measure | None) -> Measure:
        """The years of a series, each a field of its own; an open number of them stays."""
        if last is None:
            assert series.year is not None
            year = series.year if series.year > 0 else self.period + series.year
            return FieldValue(year_of(series.name, year), series.low, series.high, series.dimension)
        if not isinstance(last, Literal):
            return series if series.latest == self.period else replace(series, latest=self.period)
        most = bounds(series.last)[1] if series.last is not None else 1
        low, high = series.low // most, series.high // most
        terms = tuple(
            (1, FieldValue(year_of(series.name, self.period - back), low, high, series.dimension))
            for back in range(last.value)
        )
        return Linear(terms, 0, series.dimension)


def in_window(node: Count | Total) -> Count | Total:
    """The same over the rows whose day lies in the window."""
    if node.where is not None and WITHIN in ([node.where] if node.where == WITHIN else walk(node.where)):
        return node
    return replace(node, where=WITHIN if node.where is None else AllOf((WITHIN, node.where)))


def asked(node: VerdictOf) -> Compare:
    """The test that a unit passes another standard, by its verdict where it was judged, else as it is reported."""
    judged = FieldValue(verdict_key(node.standard), 0, 1, BOOLEAN)
    known: Measure = judged
    if node.reported is not None:
        known = Preferred(judged, FieldValue(node.reported, 0, 1, BOOLEAN), 0, 1, BOOLEAN)
    return Compare(node.operator, "==", known, Literal(1, BOOLEAN))


def window_fields(standard: Standard) -> tuple[str, str] | None:
    """The fields from which a window comes, where it is not fixed."""
    first, last = standard.window.from_field, standard.window.to_field
    return None if first is None or last is None else (first, last)
