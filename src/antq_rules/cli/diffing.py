"""``antq diff``: two results side by side, or one dossier judged twice."""

from __future__ import annotations

import sys
from codecs import BOM_UTF8
from dataclasses import replace
from pathlib import Path

from antq_rules.assessment.assessing import input_hash
from antq_rules.assessment.comparing import Comparison, JudgedYear
from antq_rules.assessment.result import Assessment
from antq_rules.assessment.result_reading import judged_year, result_document
from antq_rules.assessment.two_rulesets import known_to
from antq_rules.cli.choosing import Choice, Chosen
from antq_rules.cli.evaluating import JUDGING
from antq_rules.cli.output import Output
from antq_rules.cli.progress import watched
from antq_rules.engine import Engine
from antq_rules.errors import EvidenceError, Fault, Place, ReportError, message
from antq_rules.explain.catalogue import translator
from antq_rules.extensions.plugins import Plugins
from antq_rules.extensions.rulesets import base_of_overlays
from antq_rules.frozen import frozen
from antq_rules.located import MAX_BYTES, Document
from antq_rules.model.dossier import Dossier
from antq_rules.readers.reading import STDIN, Source, readers, year_faults
from antq_rules.reporters.reporting import formats, reporter_of, reporters_of


@frozen
class Diff:
    """What to compare, by what each is judged, and how to report it.

    ``old`` and ``new`` are results or dossiers; without ``new`` the dossier ``old`` is judged twice. ``old_choice``
    holds what is named for the old one alone.
    """

    old: str
    new: str | None
    old_choice: Choice
    choice: Choice
    format: str
    output: str | None

    def __call__(self) -> int:
        """Compare and report; 1 if some unit lost the title or is no longer judged, else 0."""
        chosen = Chosen(self.choice)
        reporter = reporter_of(self.format, chosen.plugins)
        compare = reporter.compare
        if compare is None:
            raise ReportError(no_comparison(self.format, chosen.plugins))
        with Output(self.output, exact=reporter.exact, binary=reporter.binary) as output:
            before, after = self._one(chosen) if self.new is None else self._two(self.new, chosen)
            comparison = Comparison(before, after, self.choice.language)
            output.write(lambda stream: compare(comparison, stream))
        return int(comparison.is_loss)

    def _two(self, new: str, chosen: Chosen) -> tuple[JudgedYear, JudgedYear]:
        """Both sides; what is wrong with either is told at once."""
        sides: list[JudgedYear] = []
        faults: list[Fault] = []
        choosing = Chosen(serving_both(self.old_choice, self.choice))
        for name, given, by in ((self.old, self.old_choice, choosing), (new, self.choice, chosen)):
            try:
                sides.append(self._side(name, given, by))
            except EvidenceError as error:
                faults += error.faults
        if faults:
            raise EvidenceError(faults)
        before, after = sides
        return before, after

    def _side(self, name: str, given: Choice, chosen: Chosen) -> JudgedYear:
        source = source_of(name)
        document = None if source is None else result_in(source)
        if document is not None:
            if is_named(given) or given.period is not None:
                raise EvidenceError(judged_already(document.file))
            return judged_year(document, self.choice.language, chosen.plugins)
        dossier = chosen.dossier(name) if source is None or source.path is not None else from_stdin(source, chosen)
        engine, period = chosen.engine(dossier.period)
        return JudgedYear.of(self._judged(engine, dossier, period))

    def _one(self, chosen: Chosen) -> tuple[JudgedYear, JudgedYear]:
        """The one dossier under both rulesets, each of which gets what it knows."""
        source = source_of(self.old)
        if source is not None and result_in(source) is not None:
            raise EvidenceError(
                Fault(
                    "nothing_to_compare",
                    message("a result cannot be judged again"),
                    message("hand in the dossier, or a second result"),
                    place=Place(source.name),
                )
            )
        if not (is_named(self.choice) or is_named(self.old_choice)):
            raise EvidenceError(
                Fault(
                    "nothing_to_compare",
                    message("one dossier, judged in one way, cannot be compared"),
                    message("name a second one, or another ruleset, overlay or reading to judge it by"),
                )
            )
        choosing = Chosen(once_more(self.old_choice, self.choice, chosen.plugins))
        dossier = chosen.dossier(self.old) if source is None or source.path is not None else from_stdin(source, chosen)
        (old, old_year), (new, new_year) = choosing.engine(dossier.period), chosen.engine(dossier.period)
        old_plan, new_plan = old.plan(old_year), new.plan(new_year)
        sha256 = input_hash(dossier)
        sides = []
        for engine, year, plan, other in ((old, old_year, old_plan, new_plan), (new, new_year, new_plan, old_plan)):
            known = known_to(dossier, plan, other)
            assessment = self._judged(engine, known.dossier, year)
            sides.append(JudgedYear.of(assessment, known.kept_back, known.notes(self.choice.language), sha256))
        before, after = sides
        return before, after

    def _judged(self, engine: Engine, dossier: Dossier, period: int) -> Assessment:
        with watched(len(dossier.entries), translator(self.choice.language)(JUDGING)) as progress:
            return engine.assess(dossier, period=period, progress=progress)


def is_named(choice: Choice) -> bool:
    """Whether options say by what to judge."""
    return bool(choice.ruleset or choice.overlays or choice.settings)


def serving_both(old: Choice, new: Choice) -> Choice:
    """By what the old one of two is judged: what is named for it, else what is named for the new one.

    Overlays and readings belong to a ruleset, so those of the new one serve only where nothing is named for the old.
    """
    if old.ruleset or old.overlays:
        return old
    if old.settings:
        return replace(old, ruleset=new.ruleset, overlays=new.overlays)
    return replace(old, ruleset=new.ruleset, overlays=new.overlays, settings=new.settings)


def once_more(old: Choice, new: Choice, plugins: Plugins) -> Choice:
    """By what one dossier is judged before: without the overlays and readings that are named for afterwards.

    Where these make the difference, the ruleset is the same; else the one in force, unless another is named.
    """
    period = new.period if old.period is None else old.period
    if old.ruleset is not None or old.overlays:
        return replace(old, period=period)
    same = None
    if new.overlays or new.settings or old.settings:
        same = new.ruleset or base_of_overlays(new.overlays, plugins=plugins)
    return replace(old, ruleset=same, period=period)


# Inputs


def source_of(name: str) -> Source | None:
    """A file or the standard input; None of a folder.

    Raises:
        EvidenceError: There is no such file.
    """
    if name == STDIN:
        return Source("<stdin>", content=sys.stdin.buffer.read(MAX_BYTES + 1))
    path = Path(name)
    return None if path.is_dir() else Source(path.as_posix(), path)


def result_in(source: Source) -> Document | None:
    """The result that a file holds; None where it holds something else.

    Raises:
        EvidenceError: The file cannot be read, or holds a result that is not whole.
    """
    with source.open() as stream:
        head = stream.read(1024)
    if not head.removeprefix(BOM_UTF8).lstrip().startswith(b"{"):
        return None
    return result_document(source.read_bytes(), source.name)


def from_stdin(source: Source, chosen: Chosen) -> Dossier:
    """The dossier of the standard input, which was read already.

    Raises:
        EvidenceError: It is no dossier, or of another year.
    """
    known = sorted(readers(chosen.plugins).values(), key=lambda reader: reader.rank)
    source = replace(source, ruleset_of=chosen.ruleset)
    dossier = next(reader for reader in known if reader.claims(source.content)).read(source)
    faults = year_faults([(source.name, dossier)], chosen.choice.period)
    if faults:
        raise EvidenceError(faults)
    return dossier


# What cannot be done


def judged_already(name: str) -> Fault:
    """The fault of options that ask for a result to be judged by something else."""
    return Fault(
        "judged_already",
        message("a result is judged already; nothing can be named to judge it by"),
        message("hand in the dossier, or leave out the options on it"),
        place=Place(name),
    )


def no_comparison(format: str, plugins: Plugins) -> Fault:
    """The fault of a format that shows no comparison."""
    known = sorted({*formats(), *reporters_of(plugins)})
    return Fault(
        "no_comparison",
        message("the format '{format}' shows no comparison"),
        message("use one of {known}"),
        values={
            "format": format,
            "known": ", ".join(name for name in known if reporter_of(name, plugins).compare is not None),
        },
    )
