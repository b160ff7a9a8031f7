"""``antq evaluate``: a year's dossiers to verdicts."""

from __future__ import annotations

from dataclasses import dataclass

from antq_rules.cli.choosing import Choice, Chosen
from antq_rules.cli.output import Output
from antq_rules.cli.progress import watched
from antq_rules.errors import message
from antq_rules.explain.catalogue import translator
from antq_rules.reporters.reporting import Report, reporter_of

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

    def __call__(self) -> int:
        """Judge and report; the exit code tells what came out."""
        chosen = Chosen(self.choice)
        translate = translator(self.choice.language)
        reporter = reporter_of(self.format, chosen.plugins)
        with Output(self.output, exact=reporter.exact, binary=reporter.binary) as output:
            dossier = chosen.dossier(*self.inputs, mapping=self.mapping)
            engine, period = chosen.engine(dossier.period)
            previous = chosen.previous(self.previous, period, self.mapping)
            with watched(len(dossier.entries), translate(JUDGING)) as progress:
                assessment = engine.assess(dossier, period=period, previous=previous, progress=progress)
            with watched(len(assessment.verdicts), translate(WRITING)) as progress:
                report = Report(assessment, self.passes, progress=progress)
                output.write(lambda stream: reporter.write(report, stream))
        return assessment.exit_code
