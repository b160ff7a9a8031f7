"""Cases of a ruleset: facts and the outcome they must give, read from YAML and run. Needs no test framework.

A folder ``cases/`` beside ``standards/`` holds files of the shape ``cases`` (``antq schema cases``). A case starts from
a base, less what it drops, overridden key by key by its own evidence. ``criterion`` is the id of a finding, or
``verdict`` for the unit as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as FilePath
from typing import Any

from antq_rules.assessment.assessing import verdicts_asked
from antq_rules.assessment.judging import Judging, prepared
from antq_rules.engines.choosing import executor_for
from antq_rules.errors import EvidenceError, Fault, Place, RulesetError, message
from antq_rules.evidence.intake import Facts, Intake
from antq_rules.evidence.measuring import ChildState
from antq_rules.frozen import frozen
from antq_rules.language.checking import piece, read_document, violations
from antq_rules.language.documents import BaseShape, CaseChildShape, CaseShape, CasesShape
from antq_rules.language.loader import fail_on
from antq_rules.located import Document, Path
from antq_rules.model.dossier import Dossier, Entry
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED, Outcome
from antq_rules.model.ruleset import Ruleset
from antq_rules.model.verdict import Reason
from antq_rules.operators.base import closest
from antq_rules.plan.compiling import Plan, choose_readings, compile_ruleset

VERDICT = "verdict"
"""In place of a criterion's id: the verdict of the unit."""

DIFFERS = message("{criterion}, {name}: expected {expected}, got {got}")


@frozen
class ChildrenOf:
    """So many units of a kind below the unit of a case, by what is known of them."""

    kind: str
    count: int
    state: ChildState


@frozen
class Case:
    """Facts and the outcome that one criterion must have on them.

    ``unit`` has the keys of a unit of a dossier. ``reason`` is the code of a reason that must be given, if any is
    named. ``place`` is where the case stands.
    """

    standard: str
    criterion: str
    name: str
    period: int
    unit: Mapping[str, Any]
    children: tuple[ChildrenOf, ...]
    readings: Mapping[str, str]
    expect: Outcome
    reason: str | None
    place: Place


@frozen
class CaseResult:
    """What came out for a case; the reasons are those of its finding, or of all findings for a verdict."""

    case: Case
    got: Outcome
    reasons: tuple[Reason, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the reasons, each once."""
        return tuple(dict.fromkeys(reason.code for reason in self.reasons))

    @property
    def agrees(self) -> bool:
        """Whether the outcome is the one expected, and the reason that the case names is given."""
        return self.got is self.case.expect and (self.case.reason is None or self.case.reason in self.codes)

    def line(self, translate: Callable[[str], str] = str) -> str:
        """``file:line:column: criterion, name: expected fail (equal), got pass (-)``."""
        case = self.case
        expected = f"{case.expect.value} ({case.reason})" if case.reason else case.expect.value
        got = f"{self.got.value} ({', '.join(self.codes) or '-'})"
        told = translate(DIFFERS).format(criterion=case.criterion, name=case.name, expected=expected, got=got)
        return f"{case.place}: {told}"


def load_cases(ruleset: Ruleset, folder: str | FilePath | None = None) -> tuple[Case, ...]:
    """The cases of a ruleset, in the order of files and lines.

    Args:
        ruleset: As loaded, overlays applied.
        folder: Holds ``cases/*.yaml``; that of the ruleset by default.
    Raises:
        RulesetError: All faults of all files, each with its place: broken YAML, unknown keys, names or readings,
            evidence that no dossier could hold.
    """
    root = FilePath(ruleset.folder if folder is None else folder)
    plans = Plans(ruleset)
    faults: list[Fault] = []
    cases: list[Case] = []
    for file in sorted((root / "cases").glob("*.yaml")):
        document = read_document(file, file.as_posix())
        faults += document.faults
        if document.data is None and not document.faults:
            faults.append(document.fault("wrong_value", message("the file is empty"), message("fill it")))
        elif not document.faults:
            faults += violations(CasesShape, document)
            shape = piece(CasesShape, document.data)
            if shape is not None:
                cases += _Reading(plans, document, shape, faults).cases()
    fail_on(faults)
    return tuple(cases)


def run_cases(
    ruleset: Ruleset, cases: Iterable[Case], *, engine: str = "auto", language: str = "vi"
) -> Iterator[CaseResult]:
    """The results of cases, one by one.

    Args:
        ruleset: For which the cases were loaded.
        cases: From :func:`load_cases`.
        engine: ``auto``, ``scalar`` or ``durable``.
        language: Of the reasons, ``vi`` or ``en``.
    Raises:
        RulesetError: The engine is not known or cannot run here.
    """
    plans = Plans(ruleset)
    executors = executor_for(engine)
    judgings: dict[int, Judging] = {}
    for case in cases:
        ready = plans.of(case.period, case.readings)
        judging = judgings.get(id(ready))
        if judging is None:
            judging = judgings[id(ready)] = prepared(ready.plan, executors, language)
        yield _run(case, ready, judging)


def _run(case: Case, ready: Ready, judging: Judging) -> CaseResult:
    facts = ready.intake.admit(Entry(case.unit))
    if not isinstance(facts, Facts):
        raise EvidenceError(facts)
    children = {
        name: [child.state for child in case.children if child.kind in group.kinds for _ in range(child.count)]
        for name, group in ready.plan.ruleset.children.items()
    }
    asked = verdicts_asked(Dossier.of([facts.unit]), judging, judging.language)
    verdict = judging.verdict(facts, children, asked=asked.get(facts.unit.id))
    if case.criterion == VERDICT:
        return CaseResult(case, verdict.outcome, tuple(reason for one in verdict.findings for reason in one.reasons))
    finding = verdict.finding(case.criterion)
    return CaseResult(case, finding.outcome, finding.reasons)


@dataclass(frozen=True)
class Ready:
    """The plan of a year under some readings, and what checks evidence for it."""

    plan: Plan

    @cached_property
    def intake(self) -> Intake:
        """Checks units for the plan."""
        return Intake(self.plan)

    @cached_property
    def ids(self) -> Mapping[str, frozenset[str]]:
        """For each standard the ids of its findings."""
        return {id: frozenset(one.id for one in planned.criteria) for id, planned in self.plan.standards.items()}


@dataclass
class Plans:
    """The plans of a ruleset, each compiled once."""

    ruleset: Ruleset
    _ready: dict[tuple[int, tuple[tuple[str, str], ...]], Ready] = field(default_factory=dict)

    def of(self, period: int, readings: Mapping[str, str]) -> Ready:
        """The plan of a year under readings.

        Raises:
            RulesetError: A reading, choice or year is not known.
        """
        chosen = choose_readings(self.ruleset, readings)
        key = period, tuple(sorted(chosen.items()))
        if key not in self._ready:
            self._ready[key] = Ready(compile_ruleset(self.ruleset, period, chosen))
        return self._ready[key]


@frozen
class _CaseEntry(Entry):
    """The unit of a case: what stands in its own evidence is placed there, the rest in its base."""

    base: Path = ()

    def place(self, inner: Path = (), *, key: bool = False) -> Place | None:
        assert self.document is not None
        own: Path = (*self.path, *inner)
        value = self.document.data
        for step in own[: len(self.path) + 2]:
            if step not in value if isinstance(value, dict) else not isinstance(value, list):
                return self.document.place((*self.base, *inner), key=key)
            value = value[step]
        return self.document.place(own, key=key)


@dataclass
class _Reading:
    """The cases of one file, their names looked up."""

    plans: Plans
    document: Document
    shape: CasesShape
    faults: list[Fault]

    def fault(self, code: str, path: Path, what: str, mending: str, *, key: bool = False, **values: Any) -> None:
        self.faults.append(self.document.fault(code, what, mending, path, key=key, **values))

    def unknown(self, thing: str, name: str, known: Iterable[str], path: Path) -> None:
        self.fault(
            f"unknown_{thing}",
            path,
            message("there is no {thing} '{name}' here"),
            "{hint}",
            thing=thing,
            name=name,
            hint=closest(name, known),
        )

    def cases(self) -> Iterator[Case]:
        standards = {standard.id: standard for standard in self.plans.ruleset.standards}
        if self.shape.standard not in standards:
            self.unknown("standard", self.shape.standard, standards, ("standard",))
            return
        kinds = standards[self.shape.standard].kinds
        bases: dict[Path, BaseShape] = {("bases", name): base for name, base in self.shape.bases.items()}
        if self.shape.base is not None:
            bases["base",] = self.shape.base
        for path, base in bases.items():
            if base.kind not in kinds:
                self.unknown("kind", base.kind, kinds, (*path, "kind"))
                return
        for index, shape in enumerate(self.shape.cases):
            case = self.case(shape, ("cases", index), kinds)
            if case is not None:
                yield case

    def case(self, shape: CaseShape, path: Path, kinds: tuple[str, ...]) -> Case | None:
        base, where = self.base(shape, path)
        if base is None:
            return None
        kind = shape.kind or base.kind
        if kind not in kinds:
            self.unknown("kind", kind, kinds, (*path, "kind"))
            return None
        for index, name in enumerate(shape.drop):
            if name not in base.evidence:
                self.fault(
                    "unknown_field",
                    (*path, "drop", index),
                    message("the base has no '{name}' to drop"),
                    "{hint}",
                    name=name,
                    hint=closest(name, base.evidence),
                )
        period = shape.period or self.shape.period
        try:
            ready = self.plans.of(period, shape.readings)
        except RulesetError as error:
            key = "period" if error.faults[0].code == "bad_period" else "readings"
            at: Path = (*path, key) if key == "readings" or shape.period else ("period",)
            self.faults += [
                self.document.fault(one.code, one.what, one.mending, at, **one.values) for one in error.faults
            ]
            return None
        if shape.criterion != VERDICT and shape.criterion not in ready.ids[self.shape.standard]:
            known = [VERDICT, *ready.ids[self.shape.standard]]
            self.unknown("criterion", shape.criterion, known, (*path, "criterion"))
            return None
        evidence = {name: value for name, value in base.evidence.items() if name not in shape.drop}
        tags = base.tags if shape.tags is None else shape.tags
        unit = {
            "id": "case",
            "kind": kind,
            "tags": tags,
            "managing_level": base.managing_level,
            "evidence": {**evidence, **shape.evidence},
        }
        admitted = ready.intake.admit(_CaseEntry(unit, self.document, path, where))
        if isinstance(admitted, list):
            self.faults += [one for one in admitted if one not in self.faults]
            return None
        children = shape.children if shape.children is not None else base.children
        return Case(
            standard=self.shape.standard,
            criterion=shape.criterion,
            name=shape.name,
            period=period,
            unit={key: value for key, value in unit.items() if value is not None},
            children=tuple(_children(child) for child in children),
            readings=shape.readings,
            expect=Outcome(shape.expect),
            reason=shape.reason,
            place=self.document.place(path),
        )

    def base(self, shape: CaseShape, path: Path) -> tuple[BaseShape | None, Path]:
        """The base of a case and where it stands."""
        if shape.base is None:
            if self.shape.base is not None:
                return self.shape.base, ("base",)
            if shape.kind is not None:
                return BaseShape(kind=shape.kind, evidence={}), path
            self.fault("missing_key", path, message("the key '{name}' is missing"), message("add it"), name="kind")
            return None, path
        if shape.base not in self.shape.bases:
            self.unknown("base", shape.base, self.shape.bases, (*path, "base"))
            return None, path
        return self.shape.bases[shape.base], ("bases", shape.base)


def _children(shape: CaseChildShape) -> ChildrenOf:
    def known(value: Any) -> Outcome:
        return UNDETERMINED if value == "unknown" else PASS if value else FAIL

    verdict = Outcome(shape.verdict)
    recognised = FAIL if verdict is NOT_APPLICABLE else verdict
    return ChildrenOf(shape.kind, shape.count, ChildState(known(shape.in_scope), known(shape.registered), recognised))
