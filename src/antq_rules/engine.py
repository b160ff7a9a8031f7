"""The engine: a ruleset made ready to judge."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from antq_rules.assessment.assessing import admit_all, assess, verdicts_asked, with_previous
from antq_rules.assessment.improving import improved
from antq_rules.assessment.judging import Judging, prepared
from antq_rules.assessment.result import Assessment, Progress, Rejected, TakenPart
from antq_rules.assessment.session import Session
from antq_rules.engines.choosing import executor_for
from antq_rules.errors import EvidenceError, Fault, message
from antq_rules.evidence.intake import Facts, Intake, Note
from antq_rules.explain.catalogue import add_catalogues
from antq_rules.extensions.plugins import Plugins, installed_plugins
from antq_rules.extensions.rulesets import Name, find_ruleset, with_overlays
from antq_rules.model.dossier import Dossier, Unit, entry_of
from antq_rules.model.ruleset import Ruleset
from antq_rules.model.verdict import Shortfall, Verdict
from antq_rules.plan.compiling import Plan, choose_readings, compile_ruleset

if TYPE_CHECKING:
    from antq_rules.assessment.tables.result import ResultTables
    from antq_rules.assessment.tables.running import TableRun

DossierLike = Dossier | Mapping[str, Any]
UnitLike = Unit | Mapping[str, Any]
TablesLike = Mapping[str, Any] | str | Path | Sequence[str | Path]


class Engine:
    """Judges units and dossiers by one ruleset.

    An engine compiles each year once, may be used from several threads and can be pickled.

    Args:
        ruleset: The id of an installed ruleset, the path of a folder with one, or a loaded one.
        overlays: Ids of overlays that tighten it, or paths of folders with them; in any order.
        readings: Choices of readings that differ from the defaults.
        engine: ``auto`` (durable where it can be imported, else scalar), ``scalar`` or ``durable``.
        language: Of reasons and notes, ``vi`` or ``en``.
        plugins: From which rulesets and overlays come; by default the installed ones.
    Raises:
        RulesetError: The ruleset, an overlay, a reading or the engine is not known, or has faults.
        PluginError: A plugin cannot be used.
    """

    def __init__(
        self,
        ruleset: Name | Ruleset,
        *,
        overlays: Iterable[Name] = (),
        readings: Mapping[str, str] | None = None,
        engine: str = "auto",
        language: str = "vi",
        plugins: Plugins | None = None,
    ) -> None:
        found = plugins or installed_plugins()
        if isinstance(ruleset, Ruleset):
            self.ruleset = with_overlays(ruleset, overlays, plugins=found)
        else:
            self.ruleset = find_ruleset(ruleset, overlays, plugins=found)
        # Plugins themselves are not kept: an engine can be pickled, whatever they are made of.
        self.taken_part = TakenPart(found.uses_of(self.ruleset), found.uses_left_out())
        self._sentences = found.sentences()
        add_catalogues(self._sentences)
        self.readings = choose_readings(self.ruleset, readings or {})
        self.engine = engine
        self.language = language
        self._ready: dict[int, tuple[Judging, Intake]] = {}
        self._lock = threading.Lock()
        executor_for(engine)

    @classmethod
    def from_path(cls, folder: str | Path, **options: Any) -> Engine:
        """An engine for the ruleset in a folder; options as for the class."""
        return cls(Path(folder), **options)

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key not in ("_ready", "_lock")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._ready = {}
        self._lock = threading.Lock()
        # Another process may know no sentences of plugins.
        add_catalogues(self._sentences)

    def plan(self, period: int) -> Plan:
        """The plan of a year."""
        return self._for(period)[0].plan

    def _for(self, period: int) -> tuple[Judging, Intake]:
        with self._lock:
            ready = self._ready.get(period)
            if ready is None:
                plan = compile_ruleset(self.ruleset, period, self.readings)
                judging = prepared(plan, executor_for(self.engine), self.language)
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
        if not judging.used:
            return judging.verdict(facts, {}, notes)
        before = None if previous is None else Dossier.of([previous])
        asked = verdicts_asked(Dossier.of([unit]), judging, self.language, before)
        return judging.verdict(facts, {}, notes, asked.get(facts.unit.id))

    def _facts(self, intake: Intake, unit: UnitLike) -> Facts:
        entry = entry_of(unit)
        facts = intake.admit(entry)
        if isinstance(facts, list):
            (refused,) = admit_all(Dossier(None, (entry,)), intake)
            assert isinstance(refused, Rejected)
            raise EvidenceError(refused.faults)
        if intake.kinds[facts.unit.kind].standard is None:
            raise EvidenceError(
                Fault(
                    "no_standard", message("units of kind '{kind}' have no verdict"),
                    message("they only gather other units"), "kind", values={"kind": facts.unit.kind},
                )
            )  # fmt: skip
        return facts

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
        judged = assess(found, judging, intake, self.language, before, progress)
        return replace(judged, taken_part=self.taken_part)

    def assess_table(
        self,
        tables: TablesLike,
        *,
        period: int,
        previous: TablesLike | None = None,
        progress: Progress | None = None,
    ) -> ResultTables:
        """Judge the units of tables by columns, and roll them up; for any number of units.

        Args:
            tables: Data frames by name (Polars, pyarrow, pandas or others with Arrow's C interface), or a folder or
                files of Parquet and CSV, which are read piece by piece; see docs/tables.md for what they hold.
            period: The year judged.
            previous: Last year's tables.
            progress: Called with the units judged and their number.
        Returns: The same outcomes, reasons and hashes as :meth:`assess` gives for the same units in a dossier.
        Raises:
            EvidenceError: A table cannot be read or is unknown, or rows are of no unit.
            RulesetError: Polars is not installed.
        """
        run = self.table_run(tables, period=period, previous=previous)
        from antq_rules.assessment.tables.result import ResultTables

        return ResultTables.of(run, progress)

    def table_run(self, tables: TablesLike, *, period: int, previous: TablesLike | None = None) -> TableRun:
        """The same piece by piece, for who writes each piece as it is judged; see :class:`TableRun`.

        Raises:
            EvidenceError, RulesetError: As :meth:`assess_table`.
        """
        executor_for("columnar")
        from antq_rules.assessment.tables.opening import OpenedTables
        from antq_rules.assessment.tables.running import TableRun
        from antq_rules.readers.frames import named_tables, sort_tables

        judging, intake = self._for(period)
        opened = [
            None if one is None else OpenedTables(sort_tables(named_tables(one), self.ruleset), self.ruleset)
            for one in (tables, previous)
        ]
        assert opened[0] is not None
        return TableRun(opened[0], judging, intake, previous=opened[1], taken_part=self.taken_part)

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
            for choice in self.ruleset.all_readings()[name].choices:
                if choice == self.readings[name]:
                    continue
                other = self.variant({name: choice}).assess(dossier, period=period, previous=previous)
                for old, new in zip(first.verdicts, other.verdicts, strict=True):
                    if old.outcome is not new.outcome:
                        changed.setdefault(old.unit, {}).setdefault(name, {})[choice] = new.outcome.value
        return changed

    def variant(self, readings: Mapping[str, str] | None = None, *, engine: str | None = None) -> Engine:
        """An engine like this one but for some readings, or for its executor.

        Raises:
            RulesetError: A reading or the executor is not known.
        """
        other = copy(self)
        other.readings = choose_readings(self.ruleset, {**self.readings, **(readings or {})})
        other.engine = engine or self.engine
        executor_for(other.engine)
        return other

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
