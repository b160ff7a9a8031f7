"""The sentences of the code and their Vietnamese catalogue."""

import io
import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

SOURCE = Path(__file__).parent.parent / "src" / "antq_rules"
HEADER = """\
# Vietnamese sentences of antq_rules. After a change of a message(...) in the code:
#   pytest tests/test_catalogue.py --renew-catalogue     (then translate what is empty here)
#   python hatch_build.py
msgid ""
msgstr ""
"Language: vi\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"""


def file_of(language: str) -> Path:
    """The source of a catalogue."""
    return SOURCE / "locales" / language / "LC_MESSAGES" / "antq_rules.po"


def catalogue(language: str) -> Catalog:
    """The catalogue of a language."""
    with file_of(language).open("rb") as po:
        return read_po(po, locale=language, abort_invalid=True)


def templates() -> dict[str, list[str]]:
    """Every sentence that the code marks, with the files that hold it."""
    found: dict[str, list[str]] = {}
    for file, _, sentence, _, _ in extract_from_dir(SOURCE, [("**.py", "python")], keywords={"message": None}):
        found.setdefault(str(sentence), []).append(file)
    return found


def renew() -> None:
    """Write the Vietnamese catalogue anew: what is translated stays, what is new is empty, what is gone is left out."""
    known = {entry.id: entry.string for entry in catalogue("vi")}
    renewed = Catalog(locale="vi", fuzzy=False)
    for sentence, files in templates().items():
        flags = ["python-brace-format"] if "{" in sentence else []
        places = [(file, 0) for file in sorted(set(files))]
        renewed.add(sentence, str(known.get(sentence, "")), locations=places, flags=flags)
    written = io.BytesIO()
    write_po(written, renewed, width=0, include_lineno=False, omit_header=True)
    text = re.sub(r"(?m)(\.py):0\b", r"\1", written.getvalue().decode())
    file_of("vi").write_text(f"{HEADER}\n{text.strip()}\n", encoding="utf-8")
