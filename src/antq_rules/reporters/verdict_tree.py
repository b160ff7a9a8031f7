"""One verdict as a tree: criterion, reasons, documents, readings, units below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.text import Text
from rich.tree import Tree

from antq_rules.errors import message
from antq_rules.model.outcome import Outcome
from antq_rules.model.verdict import Finding, Reason, Verdict
from antq_rules.reporters.lines import (
    OUTCOMES,
    STATUSES,
    STYLES,
    criterion_line,
    decision_lines,
    lacking_lines,
    proof_lines,
    verdict_line,
)
from antq_rules.reporters.phrasing import Phrasing

if TYPE_CHECKING:
    from antq_rules.assessment.result import Assessment

STATUS = message("Status of the ruleset: {status}")
READINGS = message("Readings used")
READING = message("{name} ({ambiguity}), {title}: {choice}")
WOULD_CHANGE = message("with “{choice}” the verdict would be: {outcome}")
NO_CHANGE = message("no other choice would change the verdict")
NOTES = message("Notes")
BELOW = message("Units below")

OtherOutcomes = Mapping[str, Mapping[str, str]]
"""For each reading the choices under which the verdict would be another, with its outcome."""


def verdict_tree(assessment: Assessment, verdict: Verdict, others: OtherOutcomes) -> Tree:
    """The verdict with everything that led to it.

    Args:
        assessment: To which the verdict belongs.
        verdict: Of one unit.
        others: What other readings would make of it.
    """
    phrasing = Phrasing(assessment.plan, verdict.kind, assessment.language)
    tree = Tree(verdict_line(verdict, phrasing), guide_style="dim")
    if verdict.status != "official":
        tree.add(Text(phrasing.say(STATUS, status=phrasing.say(STATUSES[verdict.status])), style="yellow"))
    for told, lacking in decision_lines(verdict, phrasing, passes=True):
        leaf = tree.add(told)
        for line in lacking:
            leaf.add(line)
    for finding in verdict.telling.findings(passes=True):
        _add_finding(tree, finding, phrasing)
    _add_readings(tree, assessment, verdict, others, phrasing)
    _add_below(tree, assessment, verdict, phrasing)
    if verdict.notes:
        notes = tree.add(Text(phrasing.say(NOTES), style="bold"))
        for note in verdict.notes:
            notes.add(Text(note.text))
    return tree


def _add_finding(tree: Tree, finding: Finding, phrasing: Phrasing) -> None:
    branch = tree.add(criterion_line(finding, phrasing))
    for reason in finding.reasons:
        _add_reason(branch, reason, phrasing)
    for line in proof_lines(finding, phrasing):
        branch.add(line)


def _add_reason(branch: Tree, reason: Reason, phrasing: Phrasing) -> None:
    leaf = branch.add(Text(reason.text))
    for line in lacking_lines(reason, phrasing):
        leaf.add(line)


def _add_readings(
    tree: Tree, assessment: Assessment, verdict: Verdict, others: OtherOutcomes, phrasing: Phrasing
) -> None:
    if not verdict.readings:
        return
    language = assessment.language
    branch = tree.add(Text(phrasing.say(READINGS), style="bold"))
    for name, choice in verdict.readings.items():
        reading = assessment.plan.ruleset.all_readings()[name]
        told = phrasing.say(
            READING,
            name=name,
            ambiguity=reading.ambiguity,
            title=reading.title[language],
            choice=reading.choices[choice][language],
        )
        leaf = branch.add(Text(told))
        for other, word in others.get(name, {}).items():
            outcome = Outcome[word.upper()]
            told = phrasing.say(
                WOULD_CHANGE, choice=reading.choices[other][language], outcome=phrasing.say(OUTCOMES[outcome])
            )
            leaf.add(Text(told, style=STYLES[outcome]))
    if not any(name in verdict.readings for name in others):
        branch.add(Text(phrasing.say(NO_CHANGE), style="dim"))


def _add_below(tree: Tree, assessment: Assessment, verdict: Verdict, phrasing: Phrasing) -> None:
    below = [child for child in assessment.verdicts if child.parent == verdict.unit]
    if not below:
        return
    branch = tree.add(Text(phrasing.say(BELOW), style="bold"))
    for child in below:
        name = f" {child.name}" if child.name else ""
        branch.add(
            Text.assemble(f"{child.unit}{name}: ", (phrasing.say(OUTCOMES[child.outcome]), STYLES[child.outcome]))
        )
