"""``antq test``: the cases of rulesets, overlays and plugins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from antq_rules.authoring.cases import load_cases, run_cases
from antq_rules.authoring.projects import Subject, subjects
from antq_rules.cli.output import standard_output, tell
from antq_rules.errors import AntqError, Fault, Place, RulesetError, message
from antq_rules.explain.catalogue import Translate, translator
from antq_rules.extensions.choice import ALL, PluginChoice
from antq_rules.extensions.rulesets import find_ruleset
from antq_rules.frozen import frozen

OF_FOLDER = message("{folder}: {count} cases, {failed} failed")
OF_ALL = message("{count} cases, {failed} failed")


@frozen
class RunCases:
    """Which cases to run."""

    paths: tuple[str, ...]
    engine: str
    language: str
    plugins: PluginChoice = ALL

    def __call__(self) -> int:
        """List the cases that fail; 0 if none does, 1 if some do, 2 if some could not be run."""
        run = _Run(standard_output(), translator(self.language), self.engine, self.language)
        for path in self.paths:
            run.all_at(path, self.plugins)
        return run.end()


@dataclass
class _Run:
    stream: TextIO
    translate: Translate
    engine: str
    language: str
    counts: list[tuple[int, int]] = field(default_factory=list)
    broken: bool = False

    def all_at(self, path: str, choice: PluginChoice) -> None:
        """Run everything at a path; what cannot be run is told, and the rest goes on."""
        try:
            found: Iterable[Subject] = subjects(Path(path), choice)
        except AntqError as error:
            return self.note(error)
        for subject in found:
            try:
                self.one(subject)
            except AntqError as error:
                self.note(error)
        return None

    def one(self, subject: Subject) -> None:
        """Run the cases of one folder."""
        ruleset = find_ruleset(subject.folder, plugins=subject.plugins)
        cases = load_cases(ruleset, subject.folder)
        if not cases:
            raise RulesetError(
                Fault(
                    "no_cases", message("there are no cases"), message("write them into cases/*.yaml"),
                    place=Place(subject.folder.as_posix()),
                )
            )  # fmt: skip
        failed = 0
        for result in run_cases(ruleset, cases, engine=self.engine, language=self.language):
            if not result.agrees:
                failed += 1
                self.stream.write(result.line(self.translate) + "\n")
        self.counts.append((len(cases), failed))
        told = self.translate(OF_FOLDER).format(folder=subject.folder.as_posix(), count=len(cases), failed=failed)
        self.stream.write(told + "\n")

    def note(self, error: AntqError) -> None:
        """Say what could not be run."""
        self.broken = True
        for fault in error.faults:
            tell(fault.line(self.translate))

    def end(self) -> int:
        """Say how many there were, and give the exit code."""
        count, failed = (sum(numbers) for numbers in zip(*self.counts, strict=True)) if self.counts else (0, 0)
        if len(self.counts) > 1:
            self.stream.write(self.translate(OF_ALL).format(count=count, failed=failed) + "\n")
        return 2 if self.broken else int(failed > 0)
