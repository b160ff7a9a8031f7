"""The result as a workbook: counts, communes, verdicts, reasons, what is lacking, and which criteria fail most."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from antq_rules.assessment.result import watched
from antq_rules.explain.catalogue import translator
from antq_rules.reporters.reporting import Report, Reporter
from antq_rules.reporters.text_format import HEADING
from antq_rules.reporters.workbook.book import ResultBook
from antq_rules.reporters.workbook.comparison import compare
from antq_rules.reporters.workbook.criteria import CriterionTables
from antq_rules.reporters.workbook.overview import Communes, write_refused, write_summary
from antq_rules.reporters.workbook.units import UnitTables
from antq_rules.reporters.workbook.worksheets import Book

if TYPE_CHECKING:
    from antq_rules.assessment.result import Assessment


def write(report: Report, stream: BinaryIO) -> None:
    """Write the workbook in the language of the assessment."""
    assessment: Assessment = report.assessment
    plan, language = assessment.plan, assessment.language
    title = translator(language)(HEADING).format(title=plan.ruleset.title[language], period=plan.period)
    with Book(stream, language, title) as book:
        result = ResultBook(book, assessment)
        communes = Communes(result)
        units = UnitTables(result, communes.spots, report.passes)
        criteria = CriterionTables(result)
        for verdict in watched(result.families.verdicts, report.progress):
            units.append(verdict)
            criteria.append(verdict)
        units.finish()
        communes.write(units.verdicts)
        criteria.finish()
        write_refused(result)
        write_summary(result, communes)


REPORTER = Reporter(write, exact=True, binary=True, compare=compare)
