"""YAML and JSON as read: plain values, exact, with places; what is refused, and that nothing else is ever raised."""

from __future__ import annotations

import json
import time
import tracemalloc
import unicodedata
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from antq_rules import located
from antq_rules.errors import Fault, Place
from antq_rules.located import MAX_DEPTH, Document, decode, parse_json, parse_yaml, path_text


def yaml_of(text: str) -> Any:
    document = parse_yaml(text, "f.yaml")
    assert document.faults == [], str(document.faults[0])
    return document.data


def faults_of(document: Document) -> list[tuple[str, str, str]]:
    """Code, path and ``line:column`` of each fault."""
    found = []
    for fault in document.faults:
        assert fault.text()
        assert fault.place is not None
        assert fault.place.file in ("f.yaml", "f.json")
        found.append((fault.code, fault.path, f"{fault.place.line}:{fault.place.column}"))
    return found


def yaml_faults(text: str) -> list[tuple[str, str, str]]:
    return faults_of(parse_yaml(text, "f.yaml"))


def json_faults(text: str) -> list[tuple[str, str, str]]:
    return faults_of(parse_json(text, "f.json"))


# --- the core schema of YAML 1.2 -----------------------------------------------------------------------------

SCALARS: list[tuple[str, Any]] = [
    *((word, word) for word in ("yes", "no", "on", "off", "y", "n", "Yes", "NO", "On", "none", "nil", "tRUE", "FALSe")),
    *((word, None) for word in ("~", "null", "Null", "NULL", "")),
    *((word, True) for word in ("true", "True", "TRUE")),
    *((word, False) for word in ("false", "False", "FALSE")),
    ("0", 0), ("-1", -1), ("+7", 7), ("010", 10), ("0o17", 15), ("0x1F", 31), ("00", 0), ("-0", 0),
    ("0o8", "0o8"), ("0b11", "0b11"), ("1_000", "1_000"), ("1,000", "1,000"), ("1:30", "1:30"), ("0xg", "0xg"),
    ("1.0.0", "1.0.0"), ("7/10", "7/10"), ("12e", "12e"), ("1e3e", "1e3e"), (".", "."), ("-", None), ("=", "="),
    ("9.10", Decimal("9.10")), (".5", Decimal("0.5")), ("5.", Decimal(5)), ("1e3", Decimal("1E+3")),
    ("-2.50", Decimal("-2.50")), ("1E-7", Decimal("1e-7")), ("0.1", Decimal("0.1")),
    ("2025-03-31", "2025-03-31"), ("2025-03-31 10:00:00", "2025-03-31 10:00:00"), ("10-31", "10-31"),
    ("'010'", "010"), ('"true"', "true"), ("!!str 5", "5"), ("! 5", "5"), ("'9.10'", "9.10"), ("<<", "<<"),
    ("Đồng Tháp", "Đồng Tháp"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), SCALARS, ids=lambda item: repr(item))
def test_scalar(text: str, value: Any) -> None:
    if text == "-":
        assert yaml_of("- -") == [[None]]
        return
    (found,) = yaml_of(f"- {text}\n")
    assert found == value
    assert type(found) is type(value)
    assert str(found) == str(value)


def test_decimals_are_exact_to_forty_digits() -> None:
    digits = "0.123456789012345678901234567890123456789"[:40]
    (found,) = yaml_of(f"[{digits}]")
    assert str(found) == digits
    assert str(parse_json(f"[{digits}]", "f.json").data[0]) == digits


@pytest.mark.parametrize("text", [".inf", "-.INF", ".nan", "1e100", "-1e+999", "9" * 41, "9" * 10_000, f"0.{'1' * 50}"])
def test_numbers_that_cannot_be_used_are_faults(text: str) -> None:
    started = time.perf_counter()
    assert yaml_faults(f"a: {text}") == [("number", "a", "1:4")]
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e100", "9" * 41, "9" * 10_000, f"0.{'1' * 5_000}"])
def test_numbers_that_cannot_be_used_are_no_json(text: str) -> None:
    document = parse_json(f'{{"a": {text}}}', "f.json")
    assert faults_of(document) == [("not_json", "", "0:0")]
    assert document.data is None
    assert len(str(document.faults[0])) < 200


# --- mappings ------------------------------------------------------------------------------------------------


def test_keys_are_text() -> None:
    assert yaml_of("2023: 4\n010: a\nno: b\n") == {"2023": 4, "10": "a", "no": "b"}
    assert yaml_of("<<: {a: 1}\nb: 2\n") == {"<<": {"a": 1}, "b": 2}


@pytest.mark.parametrize("key", ["true", "null", "~", "1.5", "? [a, b]\n", "? {a: 1}\n", "[a]", "{a: 1}"])
def test_keys_that_are_no_names_are_faults(key: str) -> None:
    (fault,) = yaml_faults(f"{key}: 1\n")
    assert fault[0] == "key"


def test_alias_of_a_container_is_no_key() -> None:
    assert [code for code, _, _ in yaml_faults("a: &x [1, 2]\n*x : 3\n")] == ["key"]
    assert yaml_of("a: &x b\n*x : 3\n") == {"a": "b", "b": 3}


def test_duplicate_keys_are_named_where_they_stand_and_the_first_value_stays() -> None:
    document = parse_yaml("a: 1\nb:\n  - {c: 1, d: 2, c: 3}\na: {c: [1], c: 2}\n", "f.yaml")
    assert document.data == {"a": 1, "b": [{"c": 1, "d": 2}]}
    assert faults_of(document) == [
        ("duplicate_key", "b[0].c", "3:18"), ("duplicate_key", "a", "4:1"), ("duplicate_key", "a.c", "4:13"),
    ]  # fmt: skip
    assert [code for code, _, _ in yaml_faults("tỉnh: 1\n" + unicodedata.normalize("NFD", "tỉnh") + ": 2\n")] == [
        "duplicate_key"
    ]


def test_duplicate_keys_of_json_are_named_in_the_same_way() -> None:
    text = '{"a": 1,\n\t"b": [{"c": 1, "d": 2, "c": {"e": 3}}],\n "\\u0061": "\u2028"}'
    document = parse_json(text, "f.json")
    assert document.data == {"a": 1, "b": [{"c": 1, "d": 2}]}
    assert faults_of(document) == [("duplicate_key", "b[0].c", "2:25"), ("duplicate_key", "a", "3:2")]


# --- places --------------------------------------------------------------------------------------------------


def test_places_of_values_and_keys() -> None:
    document = parse_yaml("# head\na:\n  - 1\n  - {b: đạt, c: [x]}\n", "f.yaml")

    def place(*path: str | int, key: bool = False) -> str:
        return str(document.place(path, key=key))

    assert place() == "f.yaml:2:1"
    assert place("a") == "f.yaml:3:3"
    assert place("a", key=True) == "f.yaml:2:1"
    assert place("a", 1, "b") == "f.yaml:4:9"
    assert place("a", 1, "c", key=True) == "f.yaml:4:14"
    assert place("a", 1, "c", 0) == "f.yaml:4:18"
    assert place("a", 1, "nowhere", "b") == "f.yaml:4:5"
    assert place("a", 7) == "f.yaml:3:3"


def test_places_in_json_are_found_when_asked_for() -> None:
    text = '{"schema": "x",\r\n\t"units": [{"id": "a\\"]", "ev": {}}, {"id": "\\ud83d\\ude00\x7f", "n": -1.50}]}\n'
    document = parse_json(text, "f.json")
    assert document.data["units"][1] == {"id": "\U0001f600\x7f", "n": Decimal("-1.50")}
    second = text.splitlines()[1]
    assert document.place(("units", 1, "n")) == Place("f.json", 2, second.index("-1.50") + 1)
    assert document.place(("units", 0, "ev"), key=True) == Place("f.json", 2, second.index('"ev"') + 1)
    assert str(document.place(("units", 2))) == "f.json:2:11"
    assert str(parse_json("7", "f.json").place()) == "f.json:1:1"
    fault = document.fault("code", "what {a}", "", ("units", 1, "n"), a=1)
    assert (fault.path, fault.text()) == ("units[1].n", "what 1")


def test_place_after_what_could_not_be_read_is_that_of_the_file() -> None:
    for document in (parse_yaml("a: [", "f"), parse_json("{", "f"), Document("f")):
        document.data = {"other": 1}
        assert document.place(("other",)) == Place("f")


def test_paths_in_words() -> None:
    assert path_text(("crimes", 0, "grade")) == "crimes[0].grade"
    assert path_text(()) == ""
    assert path_text((0,)) == "[0]"


# --- aliases, depth and size ---------------------------------------------------------------------------------


def test_aliases_stand_for_what_they_name() -> None:
    assert yaml_of("a: &x [1, {b: 2}]\nc: *x\n") == {"a": [1, {"b": 2}], "c": [1, {"b": 2}]}
    assert yaml_of("- &x 7\n- *x\n- &x 8\n- *x\n") == [7, 7, 8, 8]
    assert yaml_faults("a: *x\n") == [("alias", "a", "1:4")]
    assert yaml_faults("a: &x [*x]\n") == [("alias", "a[0]", "1:8")]


def bomb(levels: int, width: int = 10) -> str:
    lines = ["a0: &a0 [" + ", ".join(["x"] * width) + "]"]
    for level in range(1, levels):
        lines.append(f"a{level}: &a{level} [" + ", ".join([f"*a{level - 1}"] * width) + "]")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("tail", ["", "? *a29\n: 1\n", "{a: &a *a0}\n", "b: [*a29, *a29]\n"])
def test_alias_bomb_costs_neither_time_nor_memory(tail: str) -> None:
    tracemalloc.start()
    started = time.perf_counter()
    try:
        (fault,) = parse_yaml(bomb(30) + tail, "f.yaml").faults
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert fault.code == "too_many_nodes"
    assert time.perf_counter() - started < 2
    assert peak < 5 * 2**20


def test_alias_bomb_below_the_limit_is_no_text() -> None:
    started = time.perf_counter()
    assert [code for code, _, _ in yaml_faults(bomb(7) + "*a6 : 1\n")] == ["key"]
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("parse", [parse_yaml, parse_json])
def test_depth_is_bounded(parse: Any) -> None:
    deepest = parse("[" * MAX_DEPTH + "]" * MAX_DEPTH, "f.json")
    assert deepest.faults == []
    for depth in (MAX_DEPTH + 1, 3_000, 100_000):
        for opening, closing in (("[", "]"), ('{"a":', "}")):
            document = parse(opening * depth + ("" if opening == "[" else "1") + closing * depth, "f.json")
            assert [fault.code for fault in document.faults] == ["too_deep"]
            assert document.data is None
            assert document.place(("a",)).file == "f.json"


def test_depth_of_block_yaml_is_bounded() -> None:
    text = "".join(f"{' ' * depth}a:\n" for depth in range(80))
    assert [code for code, _, _ in yaml_faults(text)] == ["too_deep"]
    assert [code for code, _, _ in yaml_faults("- " * 80)] == ["too_deep"]


def test_number_of_values_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(located, "MAX_NODES", 10)
    assert [code for code, _, _ in yaml_faults("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]")] == ["too_many_nodes"]
    document = parse_json("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", "f.json")
    assert document.place((1,)) == Place("f.json")
    assert document.data[1] == 2
    assert json_faults('[1, 2, 3, 4, 5, 6, 7, 8, 9, {"a": 1, "a": 2}]')[0][0] == "too_many_nodes"


def test_size_of_a_file_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(located, "MAX_BYTES", 10)
    fault = decode(b"x" * 11, "f.yaml")
    assert isinstance(fault, Fault)
    assert (fault.code, fault.values["size"]) == ("too_large", 11)
    assert decode(b"x" * 10, "f.yaml") == "x" * 10


# --- what is no YAML or JSON ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a: [1, 2]]", "not_yaml", "1:10"),
        ("a:\n\tb: 1\n", "not_yaml", "2:1"),
        ("a: 'x", "not_yaml", "1:6"),
        ("a: b: c", "not_yaml", "1:5"),
        ("a: @b", "not_yaml", "1:4"),
        ("a: 1\n---\nb: 2\n", "several_documents", "2:1"),
        ("a: !!int '5'", "tag", "1:4"),
        ("a: !!python/object/apply:os.system [ls]", "tag", "1:4"),
        ("!!set {a, b}", "tag", "1:1"),
        ("a: !own {b: 1}", "tag", "1:4"),
        ("a: \x07", "not_yaml", "0:0"),
        ("a: \x00", "not_yaml", "0:0"),
        ("a: \ud800", "not_yaml", "0:0"),
        ('a: "\\ud800"', "not_yaml", "1:7"),
        ("%YAML 3.0\n---\na: 1\n", "not_yaml", "1:1"),
    ],
)
def test_text_that_is_no_plain_yaml(text: str, code: str, place: str) -> None:
    document = parse_yaml(text, "f.yaml")
    assert [(found, where) for found, _, where in faults_of(document)] == [(code, place)]
    assert (document.data is None) == (code != "tag")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "1:1"), ("{", "1:2"), ('{"a": 1 "b"}', "1:9"), ("{'a': 1}", "1:2"), ('{"a": 01}', "1:8"),
        ("[1] [2]", "1:5"), ('{"a":\n1 "b"}', "2:3"), ('["\t"]', "1:3"), ("a: 1", "1:1"), ("// a\n1", "1:1"),
        ("\ufeff{}", "1:1"), ('["\\ud800"]', "0:0"), ('{"\\udfff\\ud800": 1}', "0:0"), ('["\\x41"]', "1:3"),
    ],
)  # fmt: skip
def test_text_that_is_no_json(text: str, place: str) -> None:
    document = parse_json(text, "f.json")
    assert faults_of(document) == [("not_json", "", place)]
    assert document.data is None


def test_empty_yaml_is_nothing_and_no_fault() -> None:
    for text in ("", "# only a remark\n", "---\n", "--- \n...\n"):
        assert yaml_of(text) is None


def test_control_characters_may_only_come_as_escapes() -> None:
    assert yaml_of('a: "\\a"') == {"a": "\x07"}
    assert parse_json('["\\u0007"]', "f.json").data == ["\x07"]


# --- encodings -----------------------------------------------------------------------------------------------

TEXT = "tên: Xã Đồng Tiến\n"


@pytest.mark.parametrize("raw", [TEXT.encode(), b"\xef\xbb\xbf" + TEXT.encode(), TEXT.replace("\n", "\r\n").encode()])
def test_utf8_with_or_without_mark(raw: bytes) -> None:
    text = decode(raw, "f.yaml")
    assert isinstance(text, str)
    assert yaml_of(text) == {"tên": "Xã Đồng Tiến"}


@pytest.mark.parametrize(
    ("raw", "word", "place"),
    [
        (TEXT.encode("utf-16"), "UTF-16", "f"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "UTF-16", "f"),
        ("a: 1\ntên: xã\n".encode("cp1258", "replace"), "another encoding", "f:2:2"),
        (b"a: 1\nb: \xff\n", "another encoding", "f:2:4"),
        (b"\xc3", "another encoding", "f:1:1"),
        (b"a: \xed\xa0\x80\n", "another encoding", "f:1:4"),
    ],
)
def test_other_encodings_are_named_and_refused(raw: bytes, word: str, place: str) -> None:
    fault = decode(raw, "f")
    assert isinstance(fault, Fault)
    assert (fault.code, str(fault.place)) == ("not_utf8", place)
    assert word in fault.text()
    assert "save it as UTF-8" in fault.text()


def test_text_is_composed() -> None:
    decomposed = unicodedata.normalize("NFD", "Đồng Tháp")
    assert yaml_of(f"[{decomposed}, '{decomposed}']") == ["Đồng Tháp"] * 2
    assert parse_json(json.dumps({decomposed: decomposed}), "f.json").data == {"Đồng Tháp": "Đồng Tháp"}


# --- anything at all -----------------------------------------------------------------------------------------

# What a text of YAML may hold unescaped, composed already.
BREAKS = "\ufeff\x85\u2028\u2029"
LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn"), exclude_characters=BREAKS)
WORDS = st.text(LETTERS, max_size=12).map(lambda text: unicodedata.normalize("NFC", text))
NUMBERS = st.integers(-(10**38), 10**38) | st.decimals(
    min_value=-(10**9), max_value=10**9, allow_nan=False, allow_infinity=False, places=4
).map(lambda number: Decimal(str(number)))
DATA = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=25,
)


def written(value: Any, *, ascii: bool) -> str:
    """Data as JSON, decimals digit by digit."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key, ensure_ascii=ascii)}: {written(item, ascii=ascii)}" for key, item in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(written(item, ascii=ascii) for item in value) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=ascii)


@given(DATA)
@settings(max_examples=300, deadline=None)
def test_json_is_read_alike_by_both_readers(data: Any) -> None:
    text = written(data, ascii=False)
    found, other = parse_json(text, "f.json"), parse_yaml(text, "f.yaml")
    assert (found.faults, other.faults) == ([], [])
    assert found.data == data
    assert other.data == data
    assert repr(found.data) == repr(other.data)
    escaped = parse_json(written(data, ascii=True), "f.json")
    assert (escaped.faults, escaped.data) == ([], data)
    for path in steps_of(data):
        assert found.place(path).line == other.place(path).line == 1
        assert found.place(path).column == other.place(path).column
        assert found.place(path, key=True).column == other.place(path, key=True).column


def steps_of(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [before, *(path for step, item in items for path in steps_of(item, (*before, step)))]


# Bits that mean something to a reader, so that chance finds more than broken words.
BITS = st.sampled_from([
    "a", "b: ", ": ", "- ", "? ", "[", "]", "{", "}", ",", "\n", "  ", "\t", "&a ", "*a", "!!str ", "!x ", "|\n",
    ">-\n", "'", '"', "\\", "#", "%YAML 1.2\n", "---\n", "...\n", "<<: ", "0x1", "1e9", "9" * 50, ".nan", "~", "\ufeff",
    "\x00", "\r", "\x85", "\u2028", "đ", "\U0001f600", "\\u00", "\\ud800", "null", "true", "@", "`", "%", ":", "=",
])  # fmt: skip


@given(st.text(st.characters(), max_size=60) | st.lists(BITS, max_size=30).map("".join))
@example("\ud800")
@example("? *a\n: &a [")
@example("%TAG ! !\n--- !x\n")
@example("- |2147483648\n a")
@settings(max_examples=1_500, deadline=None)
def test_any_text_gives_data_or_faults(text: str) -> None:
    for document in (parse_yaml(text, "f.yaml"), parse_json(text, "f.json")):
        faults_of(document)
        document.place(("a", 0))
        if document.faults and document.data is not None:
            assert {fault.code for fault in document.faults} <= {"duplicate_key", "tag", "number", "key"}


@given(st.binary(max_size=60))
@settings(max_examples=500, deadline=None)
def test_any_bytes_give_text_or_a_fault(raw: bytes) -> None:
    text = decode(raw, "f.yaml")
    if isinstance(text, str):
        assert text.encode() == raw.removeprefix(b"\xef\xbb\xbf")
    else:
        assert text.code == "not_utf8"
        assert text.text()


# --- faults by where they are ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (("units", 1), ["units[1]", "units[1].name", "units[1][0]"]),
        (("units", 11), ["units[11].evidence.crimes[0].grade"]),
        (("units", 11, "evidence", "crimes", 0), ["units[11].evidence.crimes[0].grade"]),
        (("units", 2), []),
        (("units",), ["units[1]", "units[1].name", "units[11].evidence.crimes[0].grade", "units[1][0]"]),
        (("unit",), []),
    ],
)
def test_the_faults_inside_a_value_are_those_of_its_own_path(path: Any, found: list[str]) -> None:
    document = Document("f.yaml")
    paths = ["units[1]", "period", "units[1].name", "units[11].evidence.crimes[0].grade", "units[1][0]"]
    document.faults += [Fault("wrong", "wrong", "", one) for one in paths]
    assert [fault.path for fault in document.faults_inside(path)] == found


def test_a_fault_found_later_is_inside_as_well() -> None:
    document = Document("f.yaml", faults=[Fault("wrong", "wrong", "", "units[0].name")])
    assert len(document.faults_inside(("units", 0))) == 1
    document.faults.append(Fault("wrong", "wrong", "", "units[0].kind"))
    assert [fault.path for fault in document.faults_inside(("units", 0))] == ["units[0].name", "units[0].kind"]
    assert document.faults_inside(("units", 3)) == []


def test_the_faults_of_many_units_are_each_looked_at_once() -> None:
    looked = 0

    class Counted(Fault):
        def __getattribute__(self, name: str) -> Any:
            nonlocal looked
            looked += name == "path"
            return super().__getattribute__(name)

    document = Document("f.yaml", faults=[Counted("wrong", "wrong", "", f"units[{unit}].name") for unit in range(500)])
    assert all(len(document.faults_inside(("units", unit))) == 1 for unit in range(500))
    assert looked < 5 * 500
