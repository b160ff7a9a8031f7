"""Values and names as people read them, and as a dossier writes them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from antq_rules.errors import message
from antq_rules.explain.catalogue import translator
from antq_rules.model.expression import (
    ABSENT,
    ChildGroup,
    Choose,
    Clamped,
    Computed,
    Count,
    Dimension,
    FieldValue,
    Includes,
    Label,
    Linear,
    Literal,
    Measure,
    ParameterValue,
    Preferred,
    SeriesValue,
    SlotValue,
    Steps,
    Total,
    series_of,
)
from antq_rules.model.ruleset import Citation, Field, Parameter

WORDS = {
    "true": message("yes"),
    "false": message("no"),
    "absent": message("there is none"),
    "none": message("none"),
    "unknown": message("not known"),
}

ARTICLE = message("Art. {article}")
CLAUSE = message("Art. {article}.{clause}")
POINT = message("Art. {article}.{clause}.{point}")
POINT_ALONE = message("Art. {article}, point {point}")


def written(number: int, dimension: Dimension) -> Any:
    """A measure's number as a dossier writes it."""
    if dimension.kind == "date":
        return "absent" if number == ABSENT else datetime.date.fromordinal(number).isoformat()
    if dimension.kind == "boolean":
        return bool(number)
    if dimension.kind == "choice":
        return dimension.choices[number]
    if dimension.kind == "set":
        return [name for rank, name in enumerate(dimension.choices) if number >> rank & 1]
    if dimension.places:
        return str(Decimal(number).scaleb(-dimension.places))
    return number


def percentage(ratio: Fraction) -> str:
    """A share: 70 %, or 2/3 where that is no whole percentage."""
    hundredths = ratio * 100
    return f"{hundredths} %" if hundredths.denominator == 1 else str(ratio)


class Wording:
    """Puts values of one kind of unit into words of one language."""

    def __init__(
        self,
        language: str,
        fields: Mapping[str, Field],
        parameters: Mapping[str, Parameter],
        groups: Mapping[str, ChildGroup],
        titles: Mapping[str, Label] | None = None,
    ) -> None:
        self.language = language
        self.fields = fields
        self.parameters = parameters
        self.groups = groups
        self.titles = titles or {}
        self.translate = translator(language)

    def __reduce__(self) -> tuple[Any, ...]:
        # A catalogue cannot be pickled; it is looked up again.
        return Wording, (self.language, self.fields, self.parameters, self.groups, self.titles)

    def say(self, template: str, **values: Any) -> str:
        """A template of the catalogue, filled in."""
        return self.translate(template).format(**values)

    def label(self, label: Label) -> str:
        """A text of the ruleset."""
        return label[self.language]

    def day(self, ordinal: int) -> str:
        """A date: 31/03/2025 in Vietnamese, 2025-03-31 in English."""
        date = datetime.date.fromordinal(ordinal)
        return date.strftime("%d/%m/%Y") if self.language == "vi" else date.isoformat()

    def count(self, number: int) -> str:
        """A whole number with the separators of the language."""
        text = f"{number:,}"
        return text.replace(",", ".") if self.language == "vi" else text

    def citation(self, citation: Citation) -> str:
        """A place in the law, without its instrument; the instrument where no article is named."""
        if citation.article is None:
            return citation.instrument
        if not citation.article[:1].isdigit():
            # A place that has a name in place of a number: an annex, a criterion.
            return ", ".join(part for part in (citation.article, citation.clause, citation.point) if part)
        template = ARTICLE
        if citation.point:
            template = POINT if citation.clause else POINT_ALONE
        elif citation.clause:
            template = CLAUSE
        return self.say(template, article=citation.article, clause=citation.clause, point=citation.point)

    def choice(self, name: str, choice: str) -> str:
        """The title of a choice of a field or column."""
        for known in self.fields.values():
            for candidate in (known, *known.columns.values()):
                if candidate.name == name:
                    for one in candidate.choices:
                        if one.name == choice:
                            return self.label(one.title)
        return choice

    def value(self, number: int, dimension: Dimension, name: str = "") -> str:
        """A measure's number with its unit."""
        if dimension.kind == "date":
            return self.translate(WORDS["absent"]) if number == ABSENT else self.day(number)
        if dimension.kind == "boolean":
            return self.translate(WORDS["true" if number else "false"])
        if dimension.kind == "choice":
            return f"“{self.choice(name, dimension.choices[number])}”"
        if dimension.kind == "set":
            return self.names(name, [rank for rank in range(len(dimension.choices)) if number >> rank & 1], dimension)
        text = self.count(number)
        if dimension.places:
            text = str(Decimal(number).scaleb(-dimension.places))
            text = text.replace(".", ",") if self.language == "vi" else text
        return f"{text} {self.label(dimension.unit)}" if dimension.unit else text

    def names(self, field: str, ranks: list[int], dimension: Dimension) -> str:
        """Choices of a field, listed."""
        titles = [self.choice(field, dimension.choices[rank]) for rank in ranks]
        return ", ".join(titles) if titles else self.translate(WORDS["none"])

    def title(self, name: str) -> str:
        """The title of a field."""
        if name in self.titles:
            return self.label(self.titles[name])
        known = self.fields.get(series_of(name))
        if known is None:
            return name
        year = name.partition("[")[2].rstrip("]")
        return f"{self.label(known.title)} ({year})" if year else self.label(known.title)

    def subject(self, node: Measure | Includes) -> str:
        """What a measure measures."""
        if isinstance(node, FieldValue):
            return self.title(node.name)
        if isinstance(node, Includes):
            return self.title(node.field)
        if isinstance(node, Count | Total):
            return self.title(node.records)
        if isinstance(node, Linear):
            return " + ".join(self.subject(term) for _, term in node.terms)
        if isinstance(node, ParameterValue):
            return self.label(self.parameters[node.name].title)
        if isinstance(node, SlotValue):
            return node.name if node.title is None else self.label(node.title)
        if isinstance(node, Computed):
            return self.label(node.title)
        if isinstance(node, SeriesValue):
            return self.title(node.name)
        if isinstance(node, Steps | Clamped):
            return self.subject(node.measure)
        if isinstance(node, Preferred):
            return self.subject(node.first)
        if isinstance(node, Choose):
            measures = [*(one for _, one in node.cases), node.otherwise]
            return next((told for one in measures if (told := self.subject(one))), "")
        return self.value(node.value, node.dimension) if isinstance(node, Literal) else ""
