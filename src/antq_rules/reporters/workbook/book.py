"""What the sheets of a result's workbook share: the workbook, the words for every kind of unit, names and families."""

from __future__ import annotations

from typing import TYPE_CHECKING

from antq_rules.errors import message
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED
from antq_rules.reporters.phrasing import Phrasing
from antq_rules.reporters.text_format import SUMMARY
from antq_rules.reporters.workbook.families import Families
from antq_rules.reporters.workbook.worksheets import Book

if TYPE_CHECKING:
    from antq_rules.assessment.result import Assessment

COUNTED = (PASS, FAIL, UNDETERMINED, NOT_APPLICABLE)

COMMUNE = message("Belongs to")
CRITERION_ID = message("Id of the criterion")
CRITERION = message("Criterion")
CLAUSE = message("Clause")
NOT_JUDGED = message("Not judged")
SHARE = message("Share reached")
STANDARD = message("Standard")
SEE_ROWS = message("see rows: {count}")


class ResultBook:
    """A workbook for one assessment; its first sheet is the summary."""

    def __init__(self, book: Book, assessment: Assessment) -> None:
        self.book = book
        self.assessment = assessment
        self.plan = assessment.plan
        self.language = assessment.language
        self.say = book.say
        self.families = Families(assessment)
        self.names = self.families.names()
        self.kinds = list(dict.fromkeys(tally.kind for tally in assessment.summary))
        self.standards = [self.plan.standards[one] for one in dict.fromkeys(one.standard for one in assessment.summary)]
        self.summary = book.sheet(self.say(SUMMARY))
        self._phrasings: dict[str, Phrasing] = {}

    def phrasing(self, kind: str) -> Phrasing:
        """Words for the units of a kind."""
        if kind not in self._phrasings:
            self._phrasings[kind] = Phrasing(self.plan, kind, self.language)
        return self._phrasings[kind]

    def kind(self, kind: str | None) -> str | None:
        """The title of a kind."""
        return None if kind is None else self.phrasing(kind).kind_title

    def name(self, unit: str | None) -> str | None:
        """The name of a unit, its id where it has none."""
        return None if unit is None else self.names.get(unit) or unit
