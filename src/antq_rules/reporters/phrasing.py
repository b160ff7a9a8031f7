"""What reports say in words: places in the law, documents, values and what is lacking."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from antq_rules.errors import message
from antq_rules.explain.reasons import LEVEL_WORDS
from antq_rules.explain.wording import WORDS, Wording
from antq_rules.model.expression import ABSENT, series_of, verdict_key
from antq_rules.operators.base import TAGS

if TYPE_CHECKING:
    from antq_rules.model.ruleset import Citation, Field
    from antq_rules.model.verdict import Shortfall
    from antq_rules.plan.compiling import Plan

ADD = message("{subject}: {by} more (from {have} to {need})")
REDUCE = message("{subject}: {by} fewer (from {have} to {need})")
CHANGE = message("{subject}: from {have} to {need}")
PROVIDE = message("{subject} (it is met with: {need})")
PROVIDE_DAY = message("{subject} (for instance {need})")
ADD_CHOICES = message("{subject}: add {choices}")
DROP_CHOICES = message("{subject}: without {choices}")
ADD_ROWS = message("{subject}: {by} more, for instance {record}")
CHILDREN = message("{children}: {by} more {level} (from {have} to {need})")
LACKING = message("Lacking: {what}")
OR_ELSE = message("Or else: {what}")
IMPOSSIBLE = message("No change would make it pass in this period")
EMPTY_LIST = message("an empty list")
ROWS = message("{count} rows, for instance {record}")
ROW_OF = message("{records}, row {row}: {column}")
DOCUMENT = message("{number} of {date}, {issuer}")
NOT_NAMED = message("no number")
NOT_DATED = message("no date")


class Phrasing:
    """Words for the units of one kind in a plan."""

    def __init__(self, plan: Plan, kind: str, language: str) -> None:
        ruleset = plan.ruleset
        self.kind = kind
        self.fields: Mapping[str, Field] = plan.fields.get(kind, {})
        self.instrument = ruleset.instrument.number
        self.kind_title = plan.kinds[kind].title[language]
        titles = {verdict_key(standard.id): standard.title for used in ruleset.used for standard in used.standards}
        self.wording = Wording(language, self.fields, ruleset.parameters, ruleset.children, titles)
        self.say = self.wording.say
        standard = ruleset.standard_of(kind)
        self.classes = {one.id: one.title[language] for one in standard.classes} if standard else {}

    def number(self, value: int | Decimal) -> str:
        """A number with the separators of the language."""
        if isinstance(value, int):
            return self.wording.count(value)
        return str(value).replace(".", ",") if self.wording.language == "vi" else str(value)

    def citation(self, citation: Citation) -> str:
        """A place in the law; the instrument is named where it is another than the ruleset's own."""
        place = self.wording.citation(citation)
        return place if citation.instrument in (self.instrument, place) else f"{place} {citation.instrument}"

    def document(self, document: Mapping[str, Any]) -> str:
        """A document that proves a value, with the field that it proves."""
        date = document.get("date")
        text = self.say(
            DOCUMENT,
            number=document.get("number") or self.wording.translate(NOT_NAMED),
            date=self.wording.translate(NOT_DATED) if date is None else self._day(date),
            issuer=document.get("issuer") or "",
        )
        return f"{self.subject(document['field'])}: {text.rstrip(', ')}"

    def _day(self, date: str) -> str:
        year, month, day = date.split("-")
        return f"{day}/{month}/{year}" if self.wording.language == "vi" else date

    # What is lacking

    def lacking(self, shortfall: Shortfall) -> Iterator[str]:
        """What would make a test pass: what is needed together line by line, then each other way."""
        if shortfall.kind == "impossible":
            yield self.wording.translate(IMPOSSIBLE)
            return
        first, *others = shortfall.options if shortfall.kind == "choose" else ((shortfall,),)
        yield from (self.say(LACKING, what=self.change(change)) for change in first)
        for option in others:
            yield self.say(OR_ELSE, what="; ".join(self.change(change) for change in option))

    def change(self, shortfall: Shortfall) -> str:
        """One change in words."""
        if shortfall.children is not None:
            return self.say(
                CHILDREN,
                children=self.wording.label(self.wording.groups[shortfall.children].title),
                by=shortfall.by,
                level=self.wording.translate(LEVEL_WORDS[shortfall.level or ""]),
                have=shortfall.have,
                need=shortfall.need,
            )
        path = shortfall.field or ""
        subject = self.subject(path)
        if shortfall.record is not None:
            return self.say(ADD_ROWS, subject=subject, by=shortfall.by, record=self.record(path, shortfall.record))
        have, need = shortfall.have, shortfall.need
        if have is None:
            known = self.field(path)
            template = PROVIDE_DAY if known is not None and known.kind == "date" else PROVIDE
            return self.say(template, subject=subject, need=self.value(path, need))
        if isinstance(need, list | tuple):
            template, among, beside = (ADD_CHOICES, need, have) if len(need) > len(have) else (DROP_CHOICES, have, need)
            return self.say(
                template, subject=subject, choices=self._listed(path, [x for x in among if x not in beside])
            )
        template = {"add": ADD, "reduce": REDUCE}.get(shortfall.kind, CHANGE)
        return self.say(
            template,
            subject=subject,
            by=self._difference(shortfall.by),
            have=self.value(path, have),
            need=self.value(path, need),
        )

    def _difference(self, by: int | Decimal | None) -> str:
        return "" if by is None else self.number(by)

    def subject(self, path: str) -> str:
        """What stands at the end of a way into the evidence."""
        name, row, column = _steps(path)
        if column is None:
            return self.wording.title(name)
        return self.say(ROW_OF, records=self.wording.title(name), row=int(row) + 1, column=self._column(name, column))

    def _column(self, name: str, column: str) -> str:
        known = self.field(f"{name}[0].{column}")
        return column if known is None else self.wording.label(known.title)

    def field(self, path: str) -> Field | None:
        """The field or column at the end of a way into the evidence."""
        name, _, column = _steps(path)
        known = self.fields.get(series_of(name))
        return known if known is None or column is None else known.columns.get(column)

    def value(self, path: str, value: Any) -> str:
        """A value as a dossier writes it, in words."""
        known = self.field(path)
        if isinstance(value, list | tuple):
            return self._listed(path, value)
        if known is None or value is None:
            return self.wording.translate(WORDS["unknown"]) if value is None else str(value)
        if known.kind == "decimal":
            return str(value).replace(".", ",") if self.wording.language == "vi" else str(value)
        if known.kind == "text":
            return str(value)
        return self.wording.value(_number(value, known), known.dimension, known.name)

    def _listed(self, path: str, value: Iterable[Any]) -> str:
        items = list(value)
        if not items:
            return self.wording.translate(EMPTY_LIST)
        if isinstance(items[0], Mapping):
            return self.say(ROWS, count=len(items), record=self.record(path, items[0]))
        return ", ".join(self.wording.choice(path, item) for item in items)

    def record(self, path: str, record: Mapping[str, Any]) -> str:
        """A row of a record list, by its columns."""
        name = path.partition("[")[0]
        return ", ".join(
            f"{self._column(name, column)}: {self.value(f'{name}[0].{column}', value)}"
            for column, value in record.items()
        )

    def names(self, paths: Iterable[str]) -> str:
        """Fields that are not known, by their titles."""
        return "; ".join(dict.fromkeys(path if path == TAGS else self.subject(path) for path in paths))


def _number(value: Any, known: Field) -> int:
    """A value as a dossier writes it, as the number that measures use."""
    if known.kind == "date":
        return ABSENT if value == "absent" else datetime.date.fromisoformat(value).toordinal()
    return known.dimension.choices.index(value) if known.kind == "enum" else int(value)


def _steps(path: str) -> tuple[str, str, str | None]:
    """``crimes[0].grade`` as its field, row and column."""
    name, bracket, rest = path.partition("[")
    if not bracket:
        return path, "", None
    row, _, column = rest.partition("].")
    # A bracket with nothing behind it is a year of a series.
    return (name, row, column) if column else (path, "", None)
