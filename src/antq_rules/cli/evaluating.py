"""``antq evaluate``: a year's dossiers to verdicts."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

from antq_rules.cli.choosing import Choice, Chosen
from antq_rules.cli.marking import Marking, marking_of
from antq_rules.cli.output import Output
from antq_rules.cli.progress import watched
from antq_rules.errors import EvidenceError, message
from antq_rules.explain.catalogue import translator
from antq_rules.frozen import frozen
from antq_rules.model.dossier import Dossier
from antq_rules.reporters.reporting import Report, Reporter, ReportOptions, reporter_of, rows_wanted

if TYPE_CHECKING:
    from antq_rules.assessment.comparing import Comparison
    from antq_rules.assessment.result import Assessment
    from antq_rules.cli.batch import Batch

JUDGING = message("Judging")
WRITING = message("Writing")


@frozen
class Evaluate:
    """What to judge, by what, and how to report it."""

    inputs: tuple[str, ...]
    choice: Choice
    previous: str | None
    format: str
    output: str | None
    passes: bool
    mapping: str | None = None
    mark_errors: str | None = None
    rows: str | None = None
    resume: bool = False

    def __call__(self) -> int:
        """Judge and report; the exit code tells what came out."""
        chosen = Chosen(self.choice)
        translate = translator(self.choice.language)
        marking = marking_of(self.inputs, self.mark_errors, self.choice.language, chosen.plugins)
        reporter = reporter_of(self.format, chosen.plugins)
        rows = rows_wanted(self.rows, self.format, reporter)
        if reporter.check is not None:
            reporter.check()
        batch = self.batch(chosen, reporter, rows)
        if batch is not None:
            return batch()
        with Output(self.output, exact=reporter.exact, binary=reporter.binary) as output:
            dossier = self.dossier(chosen, marking)
            engine, period = chosen.engine(dossier.period)
            previous = chosen.previous(self.previous, period, self.mapping)
            with watched(len(dossier.entries), translate(JUDGING)) as progress:
                assessment = engine.assess(dossier, period=period, previous=previous, progress=progress)
            comparison = self.with_last_year(assessment) if reporter.last_year and previous is not None else None
            with watched(len(assessment.verdicts), translate(WRITING)) as progress:
                report = Report(assessment, self.passes, comparison, progress, rows)
                output.write(lambda stream: reporter.write(report, stream))
        if marking is not None:
            marking.write(fault for rejected in assessment.rejected for fault in rejected.faults)
        return assessment.exit_code

    def batch(self, chosen: Chosen, reporter: Reporter, rows: str) -> Batch | None:
        """The batch that these tables are, if they can be judged piece by piece.

        Raises:
            ReportError: They cannot, but are to be gone on with.
        """
        if reporter.parts is None and not self.resume:
            return None
        from antq_rules.cli.batch import ENGINES, Batch, not_resumable, tables_of

        whole = self.mapping is not None or self.mark_errors is not None or find_spec("polars") is None
        if reporter.parts is not None and self.choice.engine in ENGINES and not whole:
            before = () if self.previous is None else (self.previous,)
            tables, previous = (tables_of(inputs, chosen.plugins) for inputs in (self.inputs, before))
            if tables and bool(before) == bool(previous):
                options = ReportOptions(self.passes, rows)
                return Batch(tables, previous, chosen, self.format, reporter, options, self.output, self.resume)
        if self.resume:
            raise not_resumable()
        return None

    def dossier(self, chosen: Chosen, marking: Marking | None) -> Dossier:
        """What is to be judged; where it cannot be used, its faults are marked, too."""
        try:
            return chosen.dossier(*self.inputs, mapping=self.mapping)
        except EvidenceError as error:
            if marking is not None:
                marking.write(error.faults)
            raise

    def with_last_year(self, assessment: Assessment) -> Comparison:
        """Last year's result, by the law of that year, beside this year's."""
        from antq_rules.assessment.comparing import compared

        period = assessment.plan.period - 1
        chosen = Chosen(replace(self.choice, period=period))
        assert self.previous is not None
        dossier = chosen.dossier(self.previous, mapping=self.mapping)
        engine, _ = chosen.engine(period)
        before = engine.assess(dossier, period=period)
        return compared(before, assessment)
