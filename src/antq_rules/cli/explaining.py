"""``antq explain``: everything that led to the verdict of one unit."""

from __future__ import annotations

import unicodedata
from difflib import get_close_matches
from typing import TYPE_CHECKING

from antq_rules.cli.choosing import Choice, Chosen
from antq_rules.cli.output import standard_output
from antq_rules.errors import EvidenceError, Fault, message
from antq_rules.frozen import frozen
from antq_rules.model.outcome import FAIL, UNDETERMINED
from antq_rules.operators.base import closest
from antq_rules.reporters.lines import console_for, print_whole
from antq_rules.reporters.verdict_tree import verdict_tree

if TYPE_CHECKING:
    from antq_rules.assessment.result import Assessment
    from antq_rules.model.verdict import Verdict

MOST_NAMED = 20
"""Ids that a message names where none is like the one asked for."""


@frozen
class Explain:
    """Which unit of which dossiers to explain."""

    inputs: tuple[str, ...]
    unit: str
    choice: Choice
    previous: str | None
    mapping: str | None = None

    def __call__(self) -> int:
        """Print the tree; the exit code is that of the unit."""
        stream = standard_output()
        chosen = Chosen(self.choice)
        dossier = chosen.dossier(*self.inputs, mapping=self.mapping)
        engine, period = chosen.engine(dossier.period)
        previous = chosen.previous(self.previous, period, self.mapping)
        assessment = engine.assess(dossier, period=period, previous=previous)
        verdict = found(assessment, self.unit)
        # The executors agree; to compile durable rules for every other reading would only take longer.
        others = (
            engine.variant(engine="scalar").sensitivity(dossier, period=period, previous=previous).get(verdict.unit, {})
        )
        print_whole(console_for(stream), verdict_tree(assessment, verdict, others))
        return int(verdict.outcome in (FAIL, UNDETERMINED))


def found(assessment: Assessment, unit: str) -> Verdict:
    """The verdict of a unit.

    Raises:
        EvidenceError: The unit was refused, gathers others only, or is not there; all its faults are in it.
    """
    id = unicodedata.normalize("NFC", unit)
    for rejected in assessment.rejected:
        if rejected.unit == id:
            raise EvidenceError(rejected.faults)
    try:
        return assessment.verdict(id)
    except KeyError:
        pass
    if any(group.unit == id for group in assessment.groups):
        what, mending = message("the unit '{id}' has no verdict"), message("it only gathers other units")
        raise EvidenceError(Fault("no_standard", what, mending, values={"id": id}))
    known = [verdict.unit for verdict in assessment.verdicts]
    raise EvidenceError(
        Fault(
            "unknown_unit",
            message("there is no unit '{id}' in the input"),
            "{hint}",
            values={"id": id, "hint": closest(id, get_close_matches(id, known, n=1) or known[:MOST_NAMED])},
        )
    )
