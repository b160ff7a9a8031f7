"""Workbooks written part by part, for what no spreadsheet program would write."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
ODF = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"))
)
SPREADSHEET = "application/vnd.oasis.opendocument.spreadsheet"


def packed(parts: Mapping[str, str | bytes], level: int = 6) -> bytes:
    """A ZIP file of parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def relations(*targets: tuple[str, str]) -> str:
    """A part of relations, each of a kind to a target, whose ids are rId1, rId2 ..."""
    listed = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f"<Relationships {PACKAGE}>{listed}</Relationships>"


def xlsx_parts(rows: str = "", texts: str = "", styles: str = "", after: str = "", book: str = "") -> dict[str, str]:
    """The parts of a workbook of one sheet, S, whose rows are given as XML."""
    return {
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook {MAIN} xmlns:r="{OFFICE}">{book}'
        '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            ("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml"), ("styles", "styles.xml")
        ),
        "xl/worksheets/sheet1.xml": f"<worksheet {MAIN}><sheetData>{rows}</sheetData>{after}</worksheet>",
        "xl/sharedStrings.xml": f"<sst {MAIN}>{texts}</sst>",
        "xl/styles.xml": f"<styleSheet {MAIN}>{styles}</styleSheet>",
    }


def xlsx(rows: str = "", texts: str = "", styles: str = "", after: str = "", book: str = "") -> bytes:
    """A workbook of one sheet, S, whose rows are given as XML."""
    return packed(xlsx_parts(rows, texts, styles, after, book))


def ods_parts(tables: str, styles: str = "", settings: str = "") -> dict[str, str]:
    """The parts of an OpenDocument spreadsheet whose tables are given as XML."""
    return {
        "mimetype": SPREADSHEET,
        "META-INF/manifest.xml": "<manifest/>",
        "content.xml": f"<office:document-content {ODF}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{settings}{tables}</office:spreadsheet></office:body>"
        "</office:document-content>",
    }


def table(rows: str, name: str = "S") -> str:
    """A sheet of an OpenDocument spreadsheet."""
    return f'<table:table table:name="{name}">{rows}</table:table>'


def ods(rows: str) -> bytes:
    """An OpenDocument spreadsheet of one sheet, S, whose rows are given as XML."""
    return packed(ods_parts(table(rows)))


def ods_cell(text: str = "", repeated: int = 1, kind: str = "string", **attributes: str) -> str:
    """A cell of an OpenDocument spreadsheet."""
    more = "".join(f' {name.replace("_", ":", 1).replace("_", "-")}="{value}"' for name, value in attributes.items())
    kinds = f' office:value-type="{kind}"' if kind else ""
    return (
        f'<table:table-cell table:number-columns-repeated="{repeated}"{kinds}{more}>'
        f"<text:p>{text}</text:p></table:table-cell>"
    )


def ods_row(*cells: str, repeated: int = 1) -> str:
    """A row of an OpenDocument spreadsheet."""
    return f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(cells)}</table:table-row>'
