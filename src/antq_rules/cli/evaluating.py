"""``antq evaluate``: a year's dossiers to verdicts."""

from __future__ import annotations

from dataclasses import dataclass

from antq_rules.cli.choosing import Choice, chosen, taking_part
from antq_rules.cli.output import Output
from antq_rules.cli.progress import watched
from antq_rules.readers.reading import load_dossier
from antq_rules.reporters.reporting import reporter_of


@dataclass(frozen=True, slots=True)
class Evaluate:
    """What to judge, by what, and how to report it."""

    inputs: tuple[str, ...]
    choice: Choice
    previous: str | None
    format: str
    output: str | None
    passes: bool

    def __call__(self) -> int:
        """Judge and report; the exit code tells what came out."""
        plugins = taking_part(self.choice.plugins)
        reporter = reporter_of(self.format, plugins)
        with Output(self.output, exact=reporter.exact) as output:
            dossier = load_dossier(*self.inputs, period=self.choice.period, plugins=plugins)
            engine, period = chosen(self.choice, dossier.period)
            previous = None
            if self.previous is not None:
                previous = load_dossier(self.previous, period=period - 1, plugins=plugins)
            with watched(len(dossier.entries)) as progress:
                assessment = engine.assess(dossier, period=period, previous=previous, progress=progress)
            output.write(lambda stream: reporter.write(assessment, stream, passes=self.passes))
        return assessment.exit_code
