"""What a workbook for a year's dossiers holds: from a ruleset to sheets, columns and the guidance in front of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from antq_rules.errors import EvidenceError, Fault, message
from antq_rules.explain.catalogue import translator
from antq_rules.explain.wording import Wording
from antq_rules.frozen import frozen
from antq_rules.model.dossier import Dossier
from antq_rules.model.expression import Label
from antq_rules.model.ruleset import Citation, Field, Ruleset
from antq_rules.operators.base import closest, shown
from antq_rules.plan.compiling import (
    FIRST_YEAR,
    Plan,
    PlannedStandard,
    choose_readings,
    compile_ruleset,
    kinds_of,
    with_used,
)
from antq_rules.readers.layout import (
    ABSENT,
    DOCUMENT_COLUMNS,
    DOCUMENTS,
    FIELD,
    LIST_SEPARATOR,
    NO,
    OVERLAYS,
    PERIOD,
    RULESET,
    UNIT,
    UNIT_COLUMNS,
    UNKNOWN,
    VALUE,
    YEAR,
    YES,
    rows_marker,
    units_marker,
)

UNBOUNDED = 10**12
"""A range that reaches so far is none that people need to be told."""
NAME_LIMIT = 31
FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
CITED = 3
"""So many clauses stand in a hint; the comment on the title has all of them."""

GUIDE_SHEET = message("Guide")
DOCUMENTS_SHEET = message("Proving documents")
CHOICES_SHEET = message("Lists of choices")

TITLE = message("Workbook for the dossiers of {period}")
TITLE_OF_ANY_YEAR = message("Workbook for a year's dossiers")
ROW_TITLES = {
    PERIOD: message("Year judged"),
    RULESET: message("Ruleset"),
    OVERLAYS: message("Overlays"),
}
VERSION = message("Version")
INSTRUMENT = message("Instrument")
STATUS = message("Status of the ruleset")
STATUSES = {
    "official": message("official"),
    "partial": message("partial: some clauses are not encoded"),
    "reconstructed": message("reconstructed: the text itself was not seen"),
    "local": message("local"),
}
SHEETS_HEADING = message("Sheets of this workbook")
HOW_HEADING = message("How to fill it in")
COLOURS_HEADING = message("Colours")
NEXT_HEADING = message("What happens next")
JUDGED_SHEET = message("Judged by {count} criteria: {standard}")
GROUPING_SHEET = message("Only gathers other units and is not judged")
ROWS_SHEET = message("List: a row for each of them, with the id of its unit")
SERIES_SHEET = message("Numbers by year: a row a unit and year")
DOCUMENTS_ABOUT = message("What proves a value, and who confirmed it; may be left empty")
HOW = (
    message(
        "Each unit takes one row, from row {first} on. An id stands once in the whole workbook; the unit above is "
        "named by its id."
    ),
    message(
        "A blank cell says that something is not known, not that there is none: its criterion stays undetermined. "
        "Where there is none, write 0, “{no}” or “{absent}”."
    ),
    message("Yes or no: take “{yes}”, “{no}” or “{unknown}” from the list of the cell, or type it."),
    message(
        "Dates are written day/month/year. Look at the cell after typing: should day and month have changed places, "
        "type the date again as month/day/year. Where a document does not exist, write “{absent}”."
    ),
    message(
        "Lists (green titles): “{no}” says that none occurred; with “{yes}” the rows stand on the sheet of the list; "
        "blank says that it is not known."
    ),
    message("Several choices in one cell are parted by “{separator}”; “{no}” says that there are none."),
    message(
        "The sheet “{documents}” takes number, date and issuer of the document behind a value. What somebody has to "
        "judge (brown titles) is confirmed there."
    ),
    message("No names or numbers of persons: whoever confirms is named by role or body."),
    message(
        "Titles, hints and widths may be changed, rows inserted, deleted, sorted and filtered, and sheets of your own "
        "added. Rows 1 and 2 are hidden and hold the ids by which the workbook is read: leave them as they are."
    ),
)
COLOURS = (
    ("missing", message("not filled in yet")),
    ("evidence", message("evidence of the unit")),
    ("judged", message("confirmed by an assessor")),
    ("list", message("has a sheet of its own")),
)
CHECK = message("Check the workbook; every faulty cell is marked in a copy of it:")
EVALUATE = message("Judge the units; the result is a workbook, too:")
ANY_NAME = message("In place of {file} write the name under which you saved this workbook.")
OUT_FILE = message("result-{period}.xlsx")
MARKED_FILE = message("faults-{period}.xlsx")
IN_FILE = message("template-{period}.xlsx")
YEAR_WORD = message("YEAR")

COLUMN_TITLES = {
    "id": message("Id of the unit"),
    "name": message("Name of the unit"),
    "parent": message("Id of the unit above"),
    "tags": message("Tags of the territory"),
    "managing_level": message("Managing level"),
    UNIT: message("Id of the unit"),
    FIELD: message("What is proved"),
    "kind": message("Sort of document"),
    "number": message("Number of the document"),
    "date": message("Date of the document"),
    "issuer": message("Issuer"),
    "confirmed_by": message("Confirmed by (role or body)"),
    "confirmed_on": message("Confirmed on"),
    "note": message("Note"),
    YEAR: message("Year"),
}

H_ID = message("stands once in the workbook")
H_PARENT = message("id of a unit on another sheet")
H_LEVEL = message("the level that decides after delegation; blank: that of the commune")
H_SEVERAL = message("several, parted by “{separator}”; “{no}” if there are none")
H_CHOICE = message("choose from the list")
H_TRUTH = message("{yes} / {no} / {unknown}")
H_DATE = message("day/month/year")
H_ABSENT_DATE = message("day/month/year, or “{absent}”")
H_WHOLE = message("whole number")
H_NUMBER = message("number with up to {places} decimal places")
H_RANGE = message("from {low} to {high}")
H_LIST = message("{no} / {yes}: on the sheet “{sheet}”")
H_SERIES = message("{yes}: on the sheet “{sheet}”")
H_PROOF = message("Proof: {document}")
H_JUDGED = message("Confirmed by an assessor")
H_ATTESTED = message("Counts with number and date of the decision on the sheet “{documents}”")
H_PREVIOUS = message("Blank if last year's dossiers are handed in, too")
H_REQUIRED = message("needed in every row")
READ_BY = message("Read by:")
CHOICES = message("Choices:")
MORE = "…"


@frozen
class Column:
    """A column of a sheet.

    ``sort`` is id, text, truth, choice, choices, date, whole, number or stated (whether a list has rows). ``wanted``
    ones are coloured while they are blank. ``look`` is key, evidence, judged or list.
    """

    id: str
    title: str
    hint: str = ""
    comment: str = ""
    sort: str = "text"
    choices: tuple[str, ...] = ()
    low: int = 0
    high: int = 0
    places: int = 0
    may_be_absent: bool = False
    wanted: bool = False
    look: str = "evidence"


@frozen
class Sheet:
    """A sheet that is read, with the rows that it has already. ``look`` is units, list or documents."""

    marker: str
    name: str
    about: str
    look: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...] = ()


@frozen
class GuideRow:
    """A row of the guidance.

    ``sort`` is title, subtitle, heading, value, text, step, sheet, colour or command. ``id`` is that of a value that
    programs read.
    """

    sort: str
    text: str
    label: str = ""
    id: str = ""


@frozen
class Template:
    """A workbook to be written."""

    language: str
    period: int | None
    title: str
    guide_name: str
    guide: tuple[GuideRow, ...]
    sheets: tuple[Sheet, ...]
    choices_name: str


def make_template(
    ruleset: Ruleset,
    period: int | None = None,
    *,
    language: str = "vi",
    units: Dossier | None = None,
    options: Iterable[str] = (),
) -> Template:
    """The workbook in which the dossiers of a ruleset are written.

    Args:
        ruleset: With its overlays laid.
        period: The year judged; without it the workbook leaves it open.
        language: Of titles, hints and guidance.
        units: Whose ids, names, parents, tags and managing levels to fill in; their evidence is left out.
        options: What names the ruleset and its overlays at the command line; their ids by default.
    Raises:
        EvidenceError: Some of the units have no id, or are of no kind of the ruleset.
    """
    return _Laying(ruleset, period, language, tuple(options)).template(units)


def last_change(ruleset: Ruleset) -> int:
    """The last year in which the ruleset began to hold or something of it did."""
    terms = [ruleset.term, *(overlay.term for overlay in ruleset.overlays), *(one.term for one in ruleset.used)]
    terms += [criterion.term for standard in ruleset.standards for criterion in standard.criteria]
    return max((term.first.year for term in terms if term.first is not None), default=FIRST_YEAR)


def fields_to_state(ruleset: Ruleset, period: int) -> dict[str, dict[str, Field]]:
    """For each kind of unit the fields that a dossier of the year should be able to state.

    These are what its standards read under any choice of a reading, what is related to that, and what no standard
    reads at all; left out is only what is there for other kinds.
    """
    read: dict[str, set[str]] = {kind: set() for kind in kinds_of(ruleset)}
    for one in with_used(ruleset):
        for plan in _plans(one, period):
            for kind in plan.kinds:
                standard = plan.standard_of(kind)
                if standard is not None:
                    read[kind] |= standard.fields | _beside(standard)
                    for group in standard.groups:
                        for child in group.kinds if group.registered_by else ():
                            read[child].add(str(group.registered_by))
    by_anyone = set().union(*read.values())
    found = {}
    for kind, declared in kinds_of(ruleset).items():
        fields = ruleset.fields_of(kind)
        fields |= {name: known for name, known in ruleset.all_fields_of(kind).items() if name not in fields}
        wanted = read[kind] | (fields.keys() - by_anyone)
        for one in with_used(ruleset):
            for constraint in one.constraints:
                if wanted.intersection(constraint.fields):
                    wanted.update(constraint.fields)
        wanted |= {name for name, known in fields.items() if known.previous_of in wanted}
        found[kind] = {} if declared.groups else {name: fields[name] for name in fields if name in wanted}
    return found


def _plans(ruleset: Ruleset, period: int) -> Iterator[Plan]:
    """The plan under the default readings, then those that differ from it in one reading."""
    yield compile_ruleset(ruleset, period, choose_readings(ruleset, {}))
    for name, reading in ruleset.all_readings().items():
        for choice in reading.choices:
            if choice != reading.default:
                yield compile_ruleset(ruleset, period, choose_readings(ruleset, {name: choice}))


def _beside(standard: PlannedStandard) -> set[str]:
    """What a standard reads outside its criteria: for its window, and the counts reported of the units below."""
    names = [*(standard.window_fields or ()), *(group.announced for group in standard.groups)]
    names += [one.name for group in standard.groups for one in group.reported if one is not None]
    return {name for name in names if name is not None}


class _Laying:
    def __init__(self, ruleset: Ruleset, period: int | None, language: str, options: tuple[str, ...]) -> None:
        self.ruleset = ruleset
        self.period = period
        self.language = language
        laid = (word for overlay in ruleset.overlays for word in ("--overlay", overlay.id))
        self.options = options or ("--ruleset", ruleset.id, *laid)
        self.translate = translator(language)
        year = last_change(ruleset) if period is None else period
        self.fields = fields_to_state(ruleset, year)
        self.plans = [compile_ruleset(one, year, choose_readings(one, {})) for one in with_used(ruleset)]
        self.wording = Wording(language, {}, ruleset.parameters, ruleset.children)
        self.kinds = kinds_of(ruleset)
        names = _SheetNames()
        self.guide_name = names.take(self.say(GUIDE_SHEET))
        self.names = {kind: names.take(_capital(self.label(one.title))) for kind, one in self.kinds.items()}
        self.lists: dict[str, Field] = {}
        for fields in self.fields.values():
            for name, known in fields.items():
                if known.kind in ("records", "series"):
                    same = self.lists.get(name)
                    columns = known.columns if same is None else {**same.columns, **known.columns}
                    self.lists[name] = replace(same or known, columns=columns)
        self.list_names = {name: names.take(_capital(self.label(one.title))) for name, one in self.lists.items()}
        self.documents_name = names.take(self.say(DOCUMENTS_SHEET))
        self.choices_name = names.take(self.say(CHOICES_SHEET))

    def say(self, template: str, **values: object) -> str:
        words = {"yes": YES, "no": NO, "unknown": UNKNOWN, "absent": ABSENT}
        values = {name: self.label(word) for name, word in words.items()} | values
        return self.translate(template).format(**values)

    def label(self, label: Label) -> str:
        return label[self.language]

    def template(self, units: Dossier | None) -> Template:
        rows = self._rows(units)
        sheets = [self._units_sheet(kind, tuple(rows[kind])) for kind in self.kinds]
        sheets += [self._list_sheet(name, known) for name, known in self.lists.items()]
        sheets.append(self._documents_sheet())
        title = self.say(TITLE_OF_ANY_YEAR if self.period is None else TITLE, period=self.period)
        return Template(
            language=self.language,
            period=self.period,
            title=title,
            guide_name=self.guide_name,
            guide=tuple(self._guide(title, sheets)),
            sheets=tuple(sheets),
            choices_name=self.choices_name,
        )

    def _standard(self, kind: str) -> PlannedStandard | None:
        """The standard that judges a kind; that of a ruleset used where the ruleset itself has none."""
        return next((found for plan in self.plans if (found := plan.standard_of(kind)) is not None), None)

    # Units that are known already

    def _rows(self, units: Dossier | None) -> dict[str, list[tuple[str, ...]]]:
        rows: dict[str, list[tuple[str, ...]]] = {kind: [] for kind in self.kinds}
        faults = []
        for entry in units.entries if units else ():
            unit = entry.data if isinstance(entry.data, dict) else {}
            id, kind = unit.get("id"), unit.get("kind")
            if not isinstance(id, str) or not id.strip():
                what = message("the key '{name}' is missing")
                faults.append(Fault("missing_key", what, message("add it"), "id", entry.place(), {"name": "id"}))
            elif not isinstance(kind, str) or kind not in rows:
                values = {"name": shown(kind), "hint": closest(kind, rows)}
                place = entry.place(("kind",))
                faults.append(
                    Fault("unknown_kind", message("there is no kind of unit {name}"), "{hint}", "kind", place, values)
                )
            else:
                rows[kind].append(tuple(self._known(unit.get(key)) for key in self._unit_columns(kind)))
        if faults:
            raise EvidenceError(faults)
        return rows

    def _known(self, value: object) -> str:
        if isinstance(value, list | tuple):
            tags = [tag for tag in value if isinstance(tag, str)]
            return f"{LIST_SEPARATOR} ".join(tags) if tags else self.label(NO)
        return value if isinstance(value, str) else ""

    # Sheets of units

    def _unit_columns(self, kind: str) -> tuple[str, ...]:
        return UNIT_COLUMNS[:3] if self.kinds[kind].groups else UNIT_COLUMNS

    def _units_sheet(self, kind: str, rows: tuple[tuple[str, ...], ...]) -> Sheet:
        standard = self._standard(kind)
        about = self.say(GROUPING_SHEET)
        if standard is not None:
            title = self.label(standard.standard.title)
            about = self.say(JUDGED_SHEET, count=len(standard.criteria), standard=title)
        columns = [self._unit_column(id) for id in self._unit_columns(kind)]
        columns += [self._evidence_column(kind, known) for known in self.fields[kind].values()]
        return Sheet(units_marker(kind), self.names[kind], about, "units", tuple(columns), rows)

    def _unit_column(self, id: str) -> Column:
        title = self.say(COLUMN_TITLES[id])
        several = self.say(H_SEVERAL, separator=LIST_SEPARATOR)
        if id == "id":
            return Column(id, title, self.say(H_ID), sort="id", look="key")
        if id == "parent":
            return Column(id, title, self.say(H_PARENT), sort="id", look="key")
        if id == "tags":
            tags = tuple(dict.fromkeys(tag for one in with_used(self.ruleset) for tag in one.tags))
            return Column(id, title, several, self._choices(tags), "choices", tags, look="key")
        if id == "managing_level":
            levels = tuple(dict.fromkeys(level for one in with_used(self.ruleset) for level in one.managing_levels))
            return Column(id, title, self.say(H_LEVEL), sort="choice", choices=levels, look="key")
        return Column(id, title, look="key")

    def _choices(self, choices: Iterable[str]) -> str:
        return "\n".join([self.say(CHOICES), *(f"• {choice}" for choice in choices)])

    def _evidence_column(self, kind: str, known: Field) -> Column:
        column = self._column(known)
        citations, criteria = self._readers(kind, known.name)
        hints = [column.hint]
        if known.document is not None:
            hints.append(self.say(H_PROOF, document=self.label(known.document)))
        if known.judged:
            hints.append(self.say(H_JUDGED))
        if known.attested:
            hints.append(self.say(H_ATTESTED, documents=self.documents_name))
        if known.previous_of is not None:
            hints.append(self.say(H_PREVIOUS))
        if citations:
            hints.append("; ".join([*citations[:CITED], *([MORE] if len(citations) > CITED else [])]))
        comments = [column.comment] if column.comment else []
        if criteria:
            comments.append("\n".join([self.say(READ_BY), *(f"• {criterion}" for criterion in criteria)]))
        look = "list" if column.sort == "stated" else "judged" if known.judged or known.attested else "evidence"
        return replace(column, hint="\n".join(hints), comment="\n".join(comments), wanted=True, look=look)

    def _column(self, known: Field) -> Column:
        """The column of a field of a unit or of a record."""
        title = self.label(known.title)
        if known.kind in ("records", "series"):
            words = (YES, UNKNOWN) if known.kind == "series" else (NO, YES, UNKNOWN)
            hint = self.say(H_SERIES if known.kind == "series" else H_LIST, sheet=self.list_names[known.name])
            return Column(known.name, title, hint, sort="stated", choices=self._words(*words))
        if known.kind == "boolean":
            return Column(known.name, title, self.say(H_TRUTH), sort="truth", choices=self._words(YES, NO, UNKNOWN))
        if known.kind == "enum":
            choices = self._titles(known)
            return Column(known.name, title, self.say(H_CHOICE), self._choices(choices), "choice", choices)
        if known.kind == "set":
            choices = self._titles(known)
            hint = self.say(H_SEVERAL, separator=LIST_SEPARATOR)
            return Column(known.name, title, hint, self._choices(choices), "choices", choices)
        if known.kind == "date":
            hint = self.say(H_ABSENT_DATE if known.may_be_absent else H_DATE)
            return Column(known.name, title, hint, sort="date", may_be_absent=known.may_be_absent)
        if known.kind in ("integer", "decimal"):
            return self._number_column(known, title)
        return Column(known.name, title)

    def _number_column(self, known: Field, title: str) -> Column:
        places = known.dimension.places
        hints = [self.say(H_NUMBER, places=places) if known.kind == "decimal" else self.say(H_WHOLE)]
        if known.dimension.unit is not None:
            hints[0] += f" ({self.label(known.dimension.unit)})"
        if known.high < UNBOUNDED:
            hints.append(self.say(H_RANGE, low=self._number(known.low, places), high=self._number(known.high, places)))
        sort = "number" if known.kind == "decimal" else "whole"
        hint = ", ".join(hints)
        return Column(known.name, title, hint, sort=sort, low=known.low, high=known.high, places=places)

    def _number(self, number: int, places: int) -> str:
        exact = Decimal(number).scaleb(-places)
        if exact == int(exact):
            return self.wording.count(int(exact))
        return str(exact).replace(".", ",") if self.language == "vi" else str(exact)

    def _words(self, *words: Label) -> tuple[str, ...]:
        return tuple(map(self.label, words))

    def _titles(self, known: Field) -> tuple[str, ...]:
        """The choices of a field by their titles, or by their names where titles cannot be told apart."""
        titles = [self.label(choice.title) for choice in known.choices]
        plain = len(set(titles)) == len(titles) and not any(LIST_SEPARATOR in title for title in titles)
        return tuple(titles if plain or known.kind == "enum" else (choice.name for choice in known.choices))

    def _readers(self, kind: str, field: str) -> tuple[list[str], list[str]]:
        """The clauses that read a field of a kind, and the criteria with their places."""
        clauses: dict[str, None] = {}
        criteria: dict[str, None] = {}
        for plan in self.plans:
            standard = plan.standard_of(kind)
            for planned in standard.criteria if standard else ():
                if field in planned.fields:
                    clauses[self._cited(replace(planned.citation, point=None))] = None
                    criteria[f"{self._cited(planned.citation)}: {self.label(planned.criterion.title)}"] = None
        return list(clauses), list(criteria)

    def _cited(self, citation: Citation) -> str:
        place = self.wording.citation(citation)
        return (
            place
            if citation.instrument in (self.ruleset.instrument.number, place)
            else (f"{place} {citation.instrument}")
        )

    # Lists and documents

    def _list_sheet(self, name: str, known: Field) -> Sheet:
        unit = Column(UNIT, self.say(COLUMN_TITLES[UNIT]), self.say(H_REQUIRED), sort="id", look="key")
        columns = [unit]
        if known.kind == "series":
            columns.append(Column(YEAR, self.say(COLUMN_TITLES[YEAR]), self.say(H_REQUIRED), sort="year", wanted=True))
            value = self._number_column(replace(known, name=VALUE, kind="integer"), self.label(known.title))
            columns.append(replace(value, wanted=True))
        for column in known.columns.values():
            made = self._column(column)
            hints = [made.hint] if made.hint else []
            if column.required:
                hints.append(self.say(H_REQUIRED))
            if column.judged:
                hints.append(self.say(H_JUDGED))
            look = "judged" if column.judged else "evidence"
            columns.append(replace(made, hint="\n".join(hints), wanted=column.kind != "text", look=look))
        about = self.say(SERIES_SHEET if known.kind == "series" else ROWS_SHEET)
        return Sheet(rows_marker(name), self.list_names[name], about, "list", tuple(columns))

    def _documents_sheet(self) -> Sheet:
        titles: dict[str, str] = {}
        for fields in self.fields.values():
            titles |= {name: self.label(known.title) for name, known in fields.items()}
        several = {title for title in titles.values() if list(titles.values()).count(title) > 1}
        proved = tuple(name if title in several else title for name, title in titles.items())
        columns = []
        for id in DOCUMENT_COLUMNS:
            title = self.say(COLUMN_TITLES[id])
            if id == UNIT:
                columns.append(Column(id, title, self.say(H_REQUIRED), sort="id", look="key"))
            elif id == FIELD:
                hint = f"{self.say(H_REQUIRED)}; {self.say(H_CHOICE)}"
                columns.append(Column(id, title, hint, sort="choice", choices=proved, wanted=True, look="key"))
            elif id in ("date", "confirmed_on"):
                columns.append(Column(id, title, self.say(H_DATE), sort="date"))
            else:
                columns.append(Column(id, title))
        return Sheet(DOCUMENTS, self.documents_name, self.say(DOCUMENTS_ABOUT), "documents", tuple(columns))

    # The guidance

    def _guide(self, title: str, sheets: list[Sheet]) -> Iterator[GuideRow]:
        ruleset = self.ruleset
        yield GuideRow("title", title)
        yield GuideRow("subtitle", self.label(ruleset.title))
        values: Mapping[str, str] = {
            PERIOD: "" if self.period is None else str(self.period),
            RULESET: ruleset.id,
            OVERLAYS: f"{LIST_SEPARATOR} ".join(overlay.id for overlay in ruleset.overlays),
        }
        for id, value in values.items():
            if value or id == PERIOD:
                yield GuideRow("value", value, self.say(ROW_TITLES[id]), id)
        yield GuideRow("value", ruleset.version, self.say(VERSION))
        instruments = [ruleset.instrument, *(overlay.instrument for overlay in ruleset.overlays)]
        told = "; ".join(f"{one.number}, {one.issuer}" for one in instruments)
        yield GuideRow("value", told, self.say(INSTRUMENT))
        yield GuideRow("value", self.say(STATUSES[ruleset.status]), self.say(STATUS))
        yield GuideRow("heading", self.say(SHEETS_HEADING))
        for sheet in sheets:
            yield GuideRow("sheet", sheet.about, sheet.name)
        yield GuideRow("heading", self.say(HOW_HEADING))
        for number, step in enumerate(HOW, start=1):
            text = self.say(step, first=5, separator=LIST_SEPARATOR, documents=self.documents_name)
            yield GuideRow("step", text, str(number))
        yield GuideRow("heading", self.say(COLOURS_HEADING))
        for look, text in COLOURS:
            yield GuideRow("colour", self.say(text), look)
        yield GuideRow("heading", self.say(NEXT_HEADING))
        year = self.say(YEAR_WORD) if self.period is None else self.period
        workbook, marked, result = (self.say(name, period=year) for name in (IN_FILE, MARKED_FILE, OUT_FILE))
        named = " ".join(f'"{word}"' if " " in word else word for word in self.options)
        yield GuideRow("text", self.say(CHECK))
        yield GuideRow("command", f"antq validate {workbook} {named} --period {year} --mark-errors {marked}")
        yield GuideRow("text", self.say(EVALUATE))
        yield GuideRow("command", f"antq evaluate {workbook} {named} --period {year} --format xlsx -o {result}")
        yield GuideRow("text", self.say(ANY_NAME, file=workbook))


class _SheetNames:
    """Names that Excel takes for sheets, each once."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def take(self, text: str) -> str:
        clean = " ".join(text.translate(FORBIDDEN).split()).strip("'") or "-"
        name, number = _cut(clean, NAME_LIMIT), 1
        while name.casefold() in self.taken:
            number += 1
            ending = f" ({number})"
            name = _cut(clean, NAME_LIMIT - len(ending)) + ending
        self.taken.add(name.casefold())
        return name


def _cut(text: str, limit: int) -> str:
    """The text, cut behind a word where it is too long."""
    if len(text) <= limit:
        return text
    words = text[:limit].rpartition(" ")[0] or text[: limit - 1]
    return words.rstrip(" ,;:(“'") + (MORE if len(words) < limit else "")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
