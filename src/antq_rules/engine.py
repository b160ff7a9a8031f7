"""The engine: a ruleset made ready to judge."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from antq_rules.assessment.assessing import Progress, admit_all, assess, with_previous
from antq_rules.assessment.improving import improved
from antq_rules.assessment.judging import Judging
from antq_rules.assessment.result import Assessment, Rejected
from antq_rules.assessment.session import Session
from antq_rules.engines.choosing import executor_for
from antq_rules.errors import EvidenceError, Fault, RulesetError, message
from antq_rules.evidence.intake import Facts, Intake, Note
from antq_rules.extensions.rulesets import find_ruleset
from antq_rules.language.loader import load_folder
from antq_rules.model.dossier import Dossier, Unit
from antq_rules.model.ruleset import Ruleset
from antq_rules.model.verdict import Shortfall, Verdict
from antq_rules.plan.compiling import Plan, choose_readings, compile_ruleset, require_executable

DossierLike = Dossier | Mapping[str, Any]
UnitLike = Unit | Mapping[str, Any]


class Engine:
    """Judges units and dossiers by one ruleset.

    An engine compiles each year once, may be used from several threads and can be pickled.

    Args:
        ruleset: The id of an installed ruleset, or a loaded one.
        overlays: Ids of overlays that tighten it.
        readings: Choices of readings that differ from the defaults.
        engine: ``auto`` (durable where it can be imported, else scalar), ``scalar`` or ``durable``.
        language: Of reasons and notes, ``vi`` or ``en``.
    Raises:
        RulesetError: The ruleset, an overlay, a reading or the engine is not known, or has faults.
    """

    def __init__(
        self,
        ruleset: str | Ruleset,
        *,
        overlays: Iterable[str] = (),
        readings: Mapping[str, str] | None = None,
        engine: str = "auto",
        language: str = "vi",
    ) -> None:
        if list(overlays):
            raise RulesetError(
                Fault("not_yet", message("overlays are not yet applied"), message("leave them out for now"))
            )
        self.ruleset = find_ruleset(ruleset) if isinstance(ruleset, str) else ruleset
        self.readings = choose_readings(self.ruleset, readings or {})
        self.engine = engine
        self.language = language
        self._ready: dict[int, tuple[Judging, Intake]] = {}
        self._lock = threading.Lock()
        executor_for(engine)

    @classmethod
    def from_path(cls, folder: str | Path, **options: Any) -> Engine:
        """An engine for the ruleset in a folder; options as for the class."""
        return cls(load_folder(Path(folder)), **options)

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key not in ("_ready", "_lock")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._ready = {}
        self._lock = threading.Lock()

    def plan(self, period: int) -> Plan:
        """The plan of a year.

        Raises:
            NotYetError: The ruleset uses a part of the language that no executor runs yet.
        """
        return self._for(period)[0].plan

    def _for(self, period: int) -> tuple[Judging, Intake]:
        with self._lock:
            ready = self._ready.get(period)
            if ready is None:
                plan = compile_ruleset(self.ruleset, period, self.readings)
                require_executable(plan)
                judging = Judging(plan, executor_for(self.engine)(plan), self.language)
                ready = self._ready[period] = (judging, Intake(plan))
            return ready

    def evaluate(self, unit: UnitLike, *, period: int, previous: UnitLike | None = None) -> Verdict:
        """Judge one unit; a commune by the counts that it reports.

        Args:
            unit: A unit, or a mapping with the keys of one.
            period: The year judged.
            previous: The same unit in last year's dossier.
        Raises:
            EvidenceError: The evidence is undeclared, of the wrong type or out of range, or the kind has no verdict.
        """
        judging, intake = self._for(period)
        facts = self._facts(intake, unit)
        notes: list[Note] = []
        if previous is not None:
            facts, notes = with_previous(facts, self._facts(intake, previous), judging.plan)
        return judging.verdict(facts, {}, notes)

    def _facts(self, intake: Intake, unit: UnitLike) -> Facts:
        (item,) = admit_all(Dossier.of([unit]), intake)
        if isinstance(item, Rejected):
            raise EvidenceError(item.faults)
        if intake.plan.standard_of(item.unit.kind) is None:
            raise EvidenceError(
                Fault(
                    "no_standard", message("units of kind '{kind}' have no verdict"),
                    message("they only gather other units"), "kind", values={"kind": item.unit.kind},
                )
            )  # fmt: skip
        return item

    def assess(
        self,
        dossier: DossierLike,
        *,
        period: int | None = None,
        previous: DossierLike | None = None,
        progress: Progress | None = None,
    ) -> Assessment:
        """Judge the units of a dossier and roll them up.

        Args:
            dossier: A dossier, or a mapping in the shape of ``antq.dossier/1``.
            period: The year judged; by default the one that the dossier states.
            previous: Last year's dossier.
            progress: Called with the units judged and their number.
        Returns: Verdicts in the order of the input. Units with errors are listed as rejected; the rest go on.
        Raises:
            EvidenceError: The dossier states no period or another one, or is no dossier.
        """
        found = as_dossier(dossier)
        year = period if period is not None else found.period
        if year is None:
            raise EvidenceError(
                Fault("no_period", message("the dossier states no period"), message("add 'period: 2025' or give one"))
            )
        judging, intake = self._for(year)
        before = None if previous is None else as_dossier(previous)
        return assess(found, judging, intake, self.language, before, progress)

    def open(self, unit: UnitLike, *, period: int) -> Session:
        """A live session on one unit, as evidence arrives.

        Raises:
            EvidenceError: As :meth:`evaluate`.
        """
        judging, intake = self._for(period)
        return Session(judging, intake, self._facts(intake, unit))

    def sensitivity(
        self, dossier: DossierLike, *, period: int | None = None, previous: DossierLike | None = None
    ) -> dict[str, dict[str, dict[str, str]]]:
        """Which verdicts another choice of a reading would change.

        Returns: For each such unit the readings, their other choices and the outcomes under them.
        """
        first = self.assess(dossier, period=period, previous=previous)
        changed: dict[str, dict[str, dict[str, str]]] = {}
        used = {name for verdict in first.verdicts for name in verdict.readings}
        for name in sorted(used):
            for choice in self.ruleset.readings[name].choices:
                if choice == self.readings[name]:
                    continue
                other = Engine(
                    self.ruleset, readings={**self.readings, name: choice}, engine=self.engine, language=self.language
                ).assess(dossier, period=period, previous=previous)
                for old, new in zip(first.verdicts, other.verdicts, strict=True):
                    if old.outcome is not new.outcome:
                        changed.setdefault(old.unit, {}).setdefault(name, {})[choice] = new.outcome.value
        return changed

    def apply(self, dossier: DossierLike, unit: str, shortfall: Shortfall, *, period: int | None = None) -> Dossier:
        """A copy of a dossier in which a shortfall of a unit is made up.

        Args:
            dossier: From which the shortfall was told.
            unit: The id of the unit.
            shortfall: Of any kind but impossible; of a choose the first option is taken.
            period: The year judged; by default the one that the dossier states.
        Raises:
            ValueError: The shortfall is impossible.
            KeyError: The dossier has no such unit.
        """
        found = as_dossier(dossier)
        assessment = self.assess(found, period=period)
        judging, intake = self._for(assessment.plan.period)
        return improved(found, unit, shortfall, assessment, judging, intake)


def as_dossier(dossier: DossierLike) -> Dossier:
    """A dossier, or a mapping in the shape of one, as a dossier."""
    if isinstance(dossier, Dossier):
        return dossier
    from antq_rules.readers.structure import dossier_from_mapping

    return dossier_from_mapping(dossier)
