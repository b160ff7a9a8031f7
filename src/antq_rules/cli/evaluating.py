"""``antq evaluate``: a year's dossiers to verdicts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from antq_rules.cli.choosing import Choice, Chosen
from antq_rules.cli.marking import Marking, marking_of
from antq_rules.cli.output import Output
from antq_rules.cli.progress import watched
from antq_rules.errors import EvidenceError, message
from antq_rules.explain.catalogue import translator
from antq_rules.model.dossier import Dossier
from antq_rules.reporters.reporting import Report, reporter_of

if TYPE_CHECKING:
    from antq_rules.assessment.comparing import Comparison
    from antq_rules.assessment.result import Assessment

JUDGING = message("Judging")
WRITING = message("Writing")


@dataclass(frozen=True, slots=True)
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

    def __call__(self) -> int:
        """Judge and report; the exit code tells what came out."""
        chosen = Chosen(self.choice)
        translate = translator(self.choice.language)
        marking = marking_of(self.inputs, self.mark_errors, self.choice.language, chosen.plugins)
        reporter = reporter_of(self.format, chosen.plugins)
        with Output(self.output, exact=reporter.exact, binary=reporter.binary) as output:
            dossier = self.dossier(chosen, marking)
            engine, period = chosen.engine(dossier.period)
            previous = chosen.previous(self.previous, period, self.mapping)
            with watched(len(dossier.entries), translate(JUDGING)) as progress:
                assessment = engine.assess(dossier, period=period, previous=previous, progress=progress)
            comparison = self.with_last_year(assessment) if reporter.last_year and previous is not None else None
            with watched(len(assessment.verdicts), translate(WRITING)) as progress:
                report = Report(assessment, self.passes, comparison, progress)
                output.write(lambda stream: reporter.write(report, stream))
        if marking is not None:
            marking.write(fault for rejected in assessment.rejected for fault in rejected.faults)
        return assessment.exit_code

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
