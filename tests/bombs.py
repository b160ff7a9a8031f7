"""Workbooks that are small and would take all memory or time, opened one after the other in a process of their own.

``python -m tests.bombs`` prints the code that each was refused with, and the most memory that was taken in all.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator

from antq_rules.errors import EvidenceError
from antq_rules.extensions.formats import Source
from antq_rules.readers.workbook.opening import open_workbook
from tests.hand_made import MAIN, ods, ods_cell, ods_parts, ods_row, packed, relations, xlsx, xlsx_parts
from tests.memory import most

SHEET = "xl/worksheets/sheet1.xml"
HUGE = 2 << 30


def packed_sparsely(parts: dict[str, str], part: str, filling: bytes, size: int) -> bytes:
    """A ZIP file one part of which begins with its text and unpacks to ``size`` bytes, though it says that it does not.

    One block is packed once and repeated, so that making it takes no time.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = filling * ((1 << 20) // len(filling))
    head = packer.compress(parts[part].encode()) + packer.flush(zlib.Z_FULL_FLUSH)
    repeated = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    content = head + repeated * (size // len(block)) + packer.flush()
    name = part.encode()
    figures = struct.pack("<HHHHHIII", 20, 0, zlib.DEFLATED, 0, 33, 0, len(content), size)
    member = b"PK\3\4" + figures + struct.pack("<HH", len(name), 0) + name + content
    others = {other: text for other, text in parts.items() if other != part}
    rest = packed(others)
    end = rest.rindex(b"PK\5\6")
    count, length, start = struct.unpack("<HII", rest[end + 10 : end + 20])
    listed = b"PK\1\2\x14\0" + figures + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, start) + name
    directory = rest[start : start + length] + listed
    tail = struct.pack("<HHHHIIH", 0, 0, count + 1, count + 1, len(directory), start + len(member), 0)
    return rest[:start] + member + directory + b"PK\5\6" + tail


def cell(name: str, more: str = "<v>1</v>") -> str:
    """A cell of a sheet."""
    return f'<c r="{name}">{more}</c>'


def row(number: int, *cells: str) -> str:
    """A row of a sheet."""
    return f'<row r="{number}">{"".join(cells)}</row>'


def bombs() -> Iterator[tuple[str, bytes]]:
    """The name and the bytes of each."""
    opened = f"<worksheet {MAIN}><sheetData>"
    blank = xlsx_parts() | {SHEET: opened}
    yield "a sheet of 2 GiB.xlsx", packed_sparsely(blank, SHEET, b" ", HUGE)
    yield "blank cells of 2 GiB.xlsx", packed_sparsely(blank, SHEET, b"<row/>  ", HUGE)
    yield "elements without end.xlsx", packed_sparsely(blank, SHEET, b"<a>" + b" " * 61, HUGE)
    yield (
        "a text without end.xlsx",
        packed_sparsely(
            xlsx_parts() | {SHEET: opened + '<row r="1"><c r="A1" t="inlineStr"><is><t>'}, SHEET, b"long text" * 7, HUGE
        ),
    )
    yield (
        "long texts without end.xlsx",
        packed_sparsely(
            xlsx_parts() | {"xl/sharedStrings.xml": f"<sst {MAIN}>"},
            "xl/sharedStrings.xml",
            f"<si><t>{'a' * 32_000}</t></si>".encode(),
            HUGE,
        ),
    )
    yield "an attribute without end.xlsx", packed_sparsely(xlsx_parts() | {SHEET: '<worksheet a="'}, SHEET, b"a", HUGE)
    yield (
        "shared texts without end.xlsx",
        packed_sparsely(
            xlsx_parts() | {"xl/sharedStrings.xml": f"<sst {MAIN}>"}, "xl/sharedStrings.xml", b"<si/>   ", HUGE
        ),
    )
    names = "".join(f"<n{number}/>" for number in range(300_000))
    yield "names of elements without end.xlsx", packed(xlsx_parts() | {SHEET: f"<worksheet>{names}</worksheet>"})
    yield "two far corners.xlsx", xlsx(row(1, cell("A1")) + row(1 << 20, cell("XFD1048576")))
    yield "one far corner.xlsx", xlsx(row(1 << 20, cell("XFD1048576")))
    yield (
        "a text in many cells.xlsx",
        xlsx(
            "".join(row(number, '<c t="s"><v>0</v></c>' * 100) for number in range(1, 1_000)),
            f"<si><t>{'a' * 100_000}</t></si>",
        ),
    )
    yield "rows repeated.ods", ods(ods_row(ods_cell("a", repeated=16_384), repeated=1_048_576))
    yield "rows repeated without end.ods", ods(ods_row(ods_cell("a"), repeated=999_999_999))
    yield "columns repeated without end.ods", ods(ods_row(ods_cell("a", repeated=999_999_999)))
    yield "a text repeated.ods", ods(ods_row(ods_cell("a" * 100_000, repeated=10_000)))
    yield "a formula repeated.ods", ods(ods_row(ods_cell("a", repeated=10_000, table_formula="of:" + "A" * 100_000)))
    beside = ods_cell("", 10_000, "", office_string_value="a" * 100_000)
    yield "a text beside cells repeated.ods", ods(ods_row(beside))
    yield "spaces without end.ods", ods(ods_row(ods_cell('<text:s text:c="999999999"/>')))
    yield (
        "percentages repeated.ods",
        ods(ods_row(ods_cell("1%", 1_000, "percentage", office_value="0.01"), repeated=9_000)),
    )
    yield "far rows one by one.ods", ods(ods_row(ods_cell("", 16_383, ""), ods_cell("a")) * 5_000)
    yield "many parts.xlsx", packed(xlsx_parts() | {f"xl/media/{number}": "" for number in range(20_000)})
    sheets = "".join(f'<sheet name="S{number}" sheetId="1" r:id="rId{number}"/>' for number in range(1, 3_000))
    yield (
        "many sheets.xlsx",
        packed(
            xlsx_parts()
            | {"xl/workbook.xml": f'<workbook xmlns:r="r"><sheets>{sheets}</sheets></workbook>'}
            | {"xl/_rels/workbook.xml.rels": relations(*(("worksheet", f"{n}.xml") for n in range(1, 3_000)))}
            | {f"xl/{n}.xml": "<worksheet><sheetData/></worksheet>" for n in range(1, 3_000)}
        ),
    )
    yield "merged cells.xlsx", xlsx(after='<mergeCell ref="A1:B2"/>' * 200_000)
    entities = "".join(f'<!ENTITY e{n} "' + f"&e{n - 1};" * 10 + '">' for n in range(1, 10))
    yield (
        "entities in entities.xlsx",
        packed(xlsx_parts() | {SHEET: f"<!DOCTYPE x [{entities}]><worksheet>&e9;</worksheet>"}),
    )
    entity = '<!DOCTYPE x [<!ENTITY e "' + "a" * 100_000 + '">]>'
    yield "one entity many times.ods", packed(ods_parts("") | {"content.xml": f"{entity}<a>{'&e;' * 100_000}</a>"})


def main() -> None:
    """Open each and print what came of it."""
    codes = {}
    for name, content in bombs():
        try:
            open_workbook(Source(name, content=content))
            codes[name] = "read"
        except EvidenceError as error:
            codes[name] = error.faults[0].code
    print(json.dumps({"codes": codes, "MiB": most()}))


if __name__ == "__main__":
    main()
