"""The sheets that tell which criteria fail most: a table, and charts."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from antq_rules.assessment.comparing import Count
from antq_rules.errors import message
from antq_rules.frozen import frozen
from antq_rules.model.outcome import FAIL, NOT_APPLICABLE, PASS, UNDETERMINED, Outcome
from antq_rules.model.verdict import Verdict
from antq_rules.plan.compiling import PlannedCriterion, PlannedStandard
from antq_rules.reporters.text_format import KIND, NOTHING
from antq_rules.reporters.workbook.book import (
    CLAUSE,
    COUNTED,
    CRITERION,
    CRITERION_ID,
    STANDARD,
    ResultBook,
)
from antq_rules.reporters.workbook.cells import Column
from antq_rules.reporters.workbook.worksheets import cell_text

CRITERIA = message("Criteria not met most")
ABOUT_CRITERIA = message("For each standard, the criteria that most units do not meet come first.")
NOT_MET = message("Share that fail")
CHARTS = message("Charts")
ABOUT_CHARTS = message("The outcomes of each kind of unit, and the criteria of each standard that are not met most.")
BY_KIND = message("Outcomes by kind of unit")
ALL_MET = message("{standard}: no unit fails, and none is undetermined.")
MOST = message("{standard}: the criteria not met most")

COLOURS = {PASS: "#4E8F3A", FAIL: "#B3261E", UNDETERMINED: "#E0A800", NOT_APPLICABLE: "#9E9E9E"}
CHARTED = 10
"""Criteria that a chart shows."""
LABEL = 56
"""Letters of a criterion's name in a chart."""
PIXELS, PIXELS_BESIDE, PIXELS_OF_BAR, PIXELS_OF_ROW = 760, 140, 34, 20
"""How wide a chart is, how high besides its bars and for each of them, and how high a row of a sheet."""


@frozen
class CriterionCount:
    """The outcomes of a criterion over all units."""

    planned: PlannedCriterion
    count: Count

    @property
    def open(self) -> int:
        """Units that do not meet it, or for which that is not known yet."""
        return self.count.outcomes[FAIL] + self.count.outcomes[UNDETERMINED]


class CriterionTables:
    """Counts the criteria of every unit, and writes what came of it."""

    def __init__(self, result: ResultBook) -> None:
        self.result = result
        self.say = result.say
        self.words = result.book.words
        self.tallies = {
            standard.id: [dict.fromkeys(Outcome, 0) for _ in standard.criteria] for standard in result.standards
        }
        column = result.book.column
        self.table = result.book.table(
            CRITERIA,
            ABOUT_CRITERIA,
            [
                column(CRITERION_ID, 20),
                column(CRITERION, 50),
                column(STANDARD, 30),
                column(CLAUSE, 18),
                *(Column(self.words[outcome], 12) for outcome in (FAIL, UNDETERMINED, PASS, NOT_APPLICABLE)),
                column(NOT_MET, 12),
            ],
        )
        self.charts = result.book.page(CHARTS, ABOUT_CHARTS)
        self.charts.widths(52, *[13] * len(COUNTED))

    def append(self, verdict: Verdict) -> None:
        """Count the criteria of a unit."""
        for tally, outcome in zip(self.tallies[verdict.standard], verdict.outcomes, strict=True):
            tally[outcome] += 1

    def finish(self) -> None:
        """Write the table and the charts."""
        found = [(standard, self.sorted(standard)) for standard in self.result.standards]
        for standard, counts in found:
            phrasing = self.result.phrasing(standard.standard.kinds[0])
            title = standard.standard.title[self.result.language]
            for one in counts:
                outcomes = one.count.outcomes
                self.table.append(
                    [
                        one.planned.id,
                        one.planned.criterion.title[self.result.language],
                        title,
                        phrasing.citation(one.planned.citation),
                        *(outcomes[outcome] for outcome in (FAIL, UNDETERMINED, PASS, NOT_APPLICABLE)),
                        Fraction(outcomes[FAIL], one.count.applicable) if one.count.applicable else None,
                    ]
                )
        self.table.finish(self.say(NOTHING))
        self._draw(found)

    def sorted(self, standard: PlannedStandard) -> list[CriterionCount]:
        """The criteria of a standard, those that most units fail first and then those that most leave open."""
        counts = [
            CriterionCount(planned, Count(tally))
            for planned, tally in zip(standard.criteria, self.tallies[standard.id], strict=True)
        ]
        return sorted(counts, key=lambda one: (-one.count.outcomes[FAIL], -one.count.outcomes[UNDETERMINED]))

    # Charts

    def _draw(self, found: Sequence[tuple[PlannedStandard, Sequence[CriterionCount]]]) -> None:
        sheet = self.charts
        sheet.skip()
        kinds = [
            (self.result.phrasing(tally.kind).kind_title, [tally.outcomes[outcome] for outcome in COUNTED])
            for tally in self.result.assessment.summary
        ]
        self._chart(self.say(BY_KIND), self.say(KIND), COUNTED, kinds, self.say(NOTHING))
        for standard, counts in found:
            language = self.result.language
            title = standard.standard.title[language]
            phrasing = self.result.phrasing(standard.standard.kinds[0])
            rows = [
                (
                    _label(f"{phrasing.citation(one.planned.citation)}: {one.planned.criterion.title[language]}"),
                    [one.count.outcomes[FAIL], one.count.outcomes[UNDETERMINED]],
                )
                for one in counts[:CHARTED]
                if one.open
            ]
            most, none = (self.say(template, standard=title) for template in (MOST, ALL_MET))
            self._chart(most, self.say(CRITERION), (FAIL, UNDETERMINED), rows, none)

    def _chart(
        self,
        title: str,
        head: str,
        outcomes: Sequence[Outcome],
        rows: Sequence[tuple[str, Sequence[int]]],
        empty: str,
    ) -> None:
        """Write the numbers and, beside them, bars that show the same."""
        sheet = self.charts
        if not rows:
            sheet.write([empty], "about")
            sheet.skip()
            return
        begin = sheet.write([title], "heading")
        sheet.header(Column(head, 0), *(Column(self.words[outcome], 0) for outcome in outcomes))
        first = sheet.row
        for label, numbers in rows:
            sheet.write([label, *numbers])
        last = sheet.row - 1
        labels = [cell_text(label) for label, _ in rows]
        chart: Any = self.result.book.workbook.add_chart({"type": "bar", "subtype": "stacked"})
        for column, outcome in enumerate(outcomes, start=1):
            chart.add_series(
                {
                    "name": self.words[outcome],
                    "categories": [sheet.name, first, 0, last, 0],
                    "values": [sheet.name, first, column, last, column],
                    # Rows that are written are not in memory any more, so the numbers are told here.
                    "categories_data": labels,
                    "values_data": [numbers[column - 1] for _, numbers in rows],
                    "fill": {"color": COLOURS[outcome]},
                    "border": {"color": "#404040"},
                    "gap": 60,
                }
            )
        height = PIXELS_BESIDE + PIXELS_OF_BAR * len(rows)
        chart.set_title({"name": title, "name_font": {"size": 11}})
        chart.set_y_axis({"reverse": True, "num_font": {"size": 9}})
        chart.set_x_axis({"num_format": "#,##0", "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}})
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": PIXELS, "height": height})
        sheet.sheet.insert_chart(begin, len(COUNTED) + 2, chart, {"description": title, "object_position": 2})
        while sheet.row < begin + height // PIXELS_OF_ROW + 2:
            sheet.skip()


def _label(text: str) -> str:
    """The beginning of a text, as far as a chart has room for it."""
    return text if len(text) <= LABEL else text[: LABEL - 1].rstrip() + "…"
