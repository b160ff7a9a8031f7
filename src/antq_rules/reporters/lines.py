"""Lines that several reports for people share, and the console that they are printed on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from rich.console import Console, RenderableType
from rich.text import Text

from antq_rules.errors import message
from antq_rules.explain.reasons import SPAN
from antq_rules.model.outcome import Outcome
from antq_rules.model.verdict import Finding, Reason, Verdict
from antq_rules.reporters.phrasing import Phrasing

if TYPE_CHECKING:
    from collections.abc import Mapping

PLAIN_WIDTH = 100
"""Columns of a report that does not go to a terminal and for which COLUMNS says nothing."""

OUTCOMES = {
    Outcome.PASS: message("pass"),
    Outcome.FAIL: message("fail"),
    Outcome.UNDETERMINED: message("undetermined"),
    Outcome.NOT_APPLICABLE: message("not applicable"),
}
STYLES: Mapping[Outcome, str] = {
    Outcome.PASS: "green",
    Outcome.FAIL: "bold red",
    Outcome.UNDETERMINED: "yellow",
    Outcome.NOT_APPLICABLE: "dim",
}
MARKS = {Outcome.PASS: "✓", Outcome.FAIL: "✗", Outcome.UNDETERMINED: "?", Outcome.NOT_APPLICABLE: "–"}
STATUSES = {
    "official": message("official"),
    "partial": message("partial: some clauses are not encoded"),
    "reconstructed": message("reconstructed: the text itself was not seen"),
    "local": message("local"),
}
SHORT_STATUSES = {
    "official": message("official"),
    "partial": message("partial"),
    "reconstructed": message("reconstructed"),
    "local": message("local"),
}
BORROWED = message("borrowed from {citation}")
PROGRESS = message("{met} of {applicable} criteria met")
JUDGED_BY_PEOPLE = message("a judgement")
PROOF = message("Document: {document}")
SCORE = message("Points: {observed} of {out_of}")
CLASS = message("Class: {title}")
CLASSES = message("Class not known yet: {titles}")
BASES = {
    "inferred": message("inferred"),
    "reconstructed": message("reconstructed"),
    "attested": message("attested by a decision"),
}


def console_for(stream: TextIO) -> Console:
    """A console on a stream: in colour and as wide as the terminal, or plain."""
    wide = None if stream.isatty() or "COLUMNS" in os.environ else PLAIN_WIDTH
    return Console(file=stream, width=wide, highlight=False, markup=False, emoji=False)


def print_indented(console: Console, text: Text, indent: int) -> None:
    """Print a text with all its lines behind the same margin, and no blanks at their ends."""
    margin = " " * indent
    lines = text.wrap(console, max(20, console.width - indent))
    for line in lines:
        line.rstrip()
    if console.is_terminal:
        console.print(Text("\n").join(Text(margin).append_text(line) for line in lines), soft_wrap=True)
    else:
        # A console takes its time over each line, and has nothing to add to plain text.
        console.file.write("".join(f"{margin}{line.plain}\n" for line in lines))


def print_whole(console: Console, renderable: RenderableType) -> None:
    """Print a table or tree; outside a terminal without the blanks that fill its lines."""
    if console.is_terminal:
        console.print(renderable)
        return
    with console.capture() as capture:
        console.print(renderable)
    console.file.write("".join(f"{line.rstrip()}\n" for line in capture.get().splitlines()))


def verdict_line(verdict: Verdict, phrasing: Phrasing) -> Text:
    """The unit with its outcome and how many criteria it meets."""
    name = f" {verdict.name}" if verdict.name else ""
    line = Text.assemble(
        (f"{verdict.unit}{name}", "bold"),
        f" ({phrasing.kind_title}): ",
        (phrasing.say(OUTCOMES[verdict.outcome]), STYLES[verdict.outcome]),
    )
    if verdict.applicable:
        line.append("; " + phrasing.say(PROGRESS, met=verdict.met, applicable=verdict.applicable))
    return line


def decision_lines(verdict: Verdict, phrasing: Phrasing, *, passes: bool) -> Iterator[tuple[Text, list[Text]]]:
    """What a score sheet or a number of criteria says of the unit, each with what is lacking."""
    reasons = verdict.telling.decision(passes=passes)
    score = verdict.score
    if score is not None and not any(reason.code == "score" for reason in reasons):
        observed = phrasing.number(score.least)
        if score.least != score.most:
            observed = phrasing.say(SPAN, low=observed, high=phrasing.number(score.most))
        out_of = "?" if score.out_of is None else phrasing.number(score.out_of)
        yield Text(phrasing.say(SCORE, observed=observed, out_of=out_of)), []
    for reason in reasons:
        yield Text(reason.text), list(lacking_lines(reason, phrasing))
    titles = phrasing.classes
    if verdict.score_class is not None:
        yield Text(phrasing.say(CLASS, title=titles[verdict.score_class])), []
    elif verdict.possible_classes:
        yield Text(phrasing.say(CLASSES, titles=", ".join(titles[one] for one in verdict.possible_classes))), []


def criterion_line(finding: Finding, phrasing: Phrasing) -> Text:
    """The criterion with its mark, its place in the law and its title."""
    place = phrasing.citation(finding.citation)
    if finding.via is not None:
        place += f" ({phrasing.say(BORROWED, citation=phrasing.citation(finding.via))})"
    line = Text.assemble(
        (MARKS[finding.outcome], STYLES[finding.outcome]),
        " ",
        (place, "bold"),
        f": {finding.title[phrasing.wording.language]} ",
        (f"[{finding.criterion}]", "dim"),
    )
    if finding.basis in BASES:
        line.append(f" ({phrasing.say(BASES[finding.basis])})", "dim")
    if finding.discretion:
        line.append(f" ({phrasing.say(JUDGED_BY_PEOPLE)})", "dim")
    return line


def lacking_lines(reason: Reason, phrasing: Phrasing) -> Iterator[Text]:
    """What would make a test pass."""
    if reason.shortfall is not None:
        for line in phrasing.lacking(reason.shortfall):
            yield Text(line, style="cyan")


def proof_lines(finding: Finding, phrasing: Phrasing) -> Iterator[Text]:
    """The documents that prove the values read."""
    for document in finding.documents:
        yield Text(phrasing.say(PROOF, document=phrasing.document(document)), style="dim")
