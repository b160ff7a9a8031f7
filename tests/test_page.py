"""The pages of a result and of two results, driven in a real browser.

A page that is opened here may write nothing to the console and ask for nothing but itself.
"""

from __future__ import annotations

import copy
import io
import json
import re
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from antq_rules import Assessment, Engine, load_dossier
from antq_rules.assessment.comparing import Comparison, Sort, compared
from antq_rules.reporters.html_format import inside_script
from antq_rules.reporters.reporting import Report, reporter_of
from tests.random_dossiers import random_dossier
from tests.small_rulesets import engine_of, unit, written

REPORTER = reporter_of("html")
ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
ROWS_A_PAGE = 50
HOSTILE = (
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "\"quoted\" 'and' `ticked` &amp; &lt;b&gt;",
    "=cmd|' /C calc'!A0",
    "{{ 7 * 7 }} {% raw %} ${1}",
    "line\u2028separator",
    "Q" * 300,
)
VIETNAMESE = ("An", "Ăn", "Ấm", "Dương", "Đông", "Đồng 2", "Đồng 10", "Em", "Ô", "Ông", "Ơn")
"""Names of villages in the order of the Vietnamese alphabet."""


# What is shown


def assess(units: list[dict[str, Any]], language: str = "vi", period: int = 2025) -> Assessment:
    dossier = {"schema": "antq.dossier/1", "period": period, "units": units}
    return Engine("tt-124-2021", language=language, engine="scalar").assess(dossier)


@cache
def commune(language: str = "vi") -> Assessment:
    engine = Engine("tt-124-2021", language=language, engine="scalar")
    return engine.assess(load_dossier(FIXTURES / "xa-mau"), period=2025)


@cache
def many() -> Assessment:
    """Some hundred units of all kinds and outcomes, refused and gathering ones among them."""
    units = random_dossier(5, 400)["units"]
    units.append({"id": "tinh-x", "kind": "tinh", "name": "Tỉnh X"})
    for one in units:
        if one.get("kind") == "xa" and "parent" not in one:
            one["parent"] = "tinh-x"
    return assess(units)


@cache
def other_year() -> Assessment:
    """The same units with a part of their evidence lacking, some gone and some new."""
    units = copy.deepcopy(random_dossier(5, 400)["units"])
    kept = [one for number, one in enumerate(units) if number % 17]
    for number, one in enumerate(kept):
        if number % 3 == 0 and isinstance(one.get("evidence"), dict):
            for name in sorted(one["evidence"])[:3]:
                del one["evidence"][name]
    return assess([*kept, {"id": "kdc-cu", "kind": "kdc", "name": "Thôn Cũ"}])


@cache
def changes() -> Comparison:
    return compared(other_year(), many())


FEW: list[dict[str, Any]] = [
    {"id": "huyen-1", "kind": "huyen", "name": "Huyện Một"},
    {"id": "xa-1", "kind": "xa", "name": "Xã Một", "parent": "huyen-1"},
    {"id": "kdc-0", "kind": "kdc", "parent": "xa-1"},
    {"id": "kdc-1", "kind": "kdc", "parent": "xa-1"},
    {"id": "dn-1", "kind": "dn", "evidence": {"enterprise_size": "small"}},
]


@cache
def few() -> Assessment:
    """A unit of each outcome but a pass, a refused one and a grouping one."""
    evidence: dict[str, Any] = {"kdc-0": {"households_resident": 9, "households_registered": 8}, "xa-1": {"nothing": 1}}
    return assess([{**one, "evidence": evidence.get(one["id"], one.get("evidence", {}))} for one in FEW])


@cache
def few_changes() -> Comparison:
    return compared(assess([*FEW[:-1], {"id": "kdc-9", "kind": "kdc"}], period=2024), few())


def page(assessment: Assessment, **options: Any) -> str:
    stream = io.StringIO()
    REPORTER.write(Report(assessment, **options), stream)
    return stream.getvalue()


def page_of_changes(comparison: Comparison) -> str:
    stream = io.StringIO()
    assert REPORTER.compare is not None
    REPORTER.compare(comparison, stream)
    return stream.getvalue()


def plain(text: str) -> str:
    """Letters without accents, as somebody types them who has no Vietnamese keyboard."""
    bare = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in bare if not unicodedata.combining(letter)).replace("đ", "d").replace("Đ", "D")


def script(text: str, id: str) -> Any:
    found = re.search(rf'<script type="application/json" id="{id}">(.*?)</script>', text, flags=re.DOTALL)
    assert found
    return json.loads(found[1])


def rows(text: str) -> list[list[Any]]:
    found = re.findall(r'<script type="application/json" class="rows">(.*?)</script>', text, flags=re.DOTALL)
    return [row for part in found for row in json.loads(part)]


# The browser


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The addresses of some pages."""
    folder = tmp_path_factory.mktemp("pages")
    pages = {
        "commune": page(commune(), passes=True),
        "english": page(commune("en")),
        "many": page(many(), comparison=changes()),
        "changes": page_of_changes(changes()),
        "few": page(few(), comparison=few_changes()),
        "few changes": page_of_changes(few_changes()),
        "hostile": page(hostile()),
        "names": page(
            assess(
                [
                    {"id": f"kdc-{len(name)}-{name}", "kind": "kdc", "name": f"Thôn {name}"}
                    for name in sorted(VIETNAMESE)
                ]
            )
        ),
        "empty": page(assess([])),
        "refused": page(assess([{"id": "kdc-1", "kind": "kdc", "evidence": {"no_such_field": 1}}])),
    }
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in pages}


@cache
def hostile() -> Assessment:
    units: list[dict[str, Any]] = [{"id": "xa-1", "kind": "xa", "name": HOSTILE[0]}]
    for number, name in enumerate(HOSTILE):
        document = {"kind": "khác", "number": name[:200], "date": "2025-01-10", "issuer": name[:200]}
        evidence = {"households_resident": 20, "households_registered": {"value": 10, "document": document}}
        units.append(
            {"id": f"kdc{number}{name[:60]}", "kind": "kdc", "name": name, "parent": "xa-1", "evidence": evidence}
        )
    units.append({"id": "kdc-<b>", "kind": "kdc", "evidence": {"<img src=x onerror=alert(1)>": 1}})
    return assess(units)


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    """A tab for all tests, since a new one takes its time."""
    with browser.new_context(reduced_motion="reduce") as context:
        context.set_default_timeout(15_000)
        yield context.new_page()


@contextmanager
def opened(tab: Page, address: str, *, width: int = 1280, dark: bool = False) -> Iterator[Page]:
    """A page that may neither complain nor ask for anything but itself."""
    complaints: list[str] = []
    asked: list[str] = []
    listeners: dict[str, Callable[[Any], None]] = {
        "console": lambda message: complaints.append(message.text),
        "pageerror": lambda error: complaints.append(str(error)),
        "request": lambda request: asked.append(request.url),
    }
    # From one address of a file to another a browser would not read it anew.
    tab.goto("about:blank")
    tab.set_viewport_size({"width": width, "height": 800})
    tab.emulate_media(color_scheme="dark" if dark else "light")
    for event, listener in listeners.items():
        tab.on(event, listener)  # type: ignore[call-overload]
    try:
        tab.goto(address)
        yield tab
        assert not complaints
        assert {one for one in asked if not one.startswith("data:")} == {address.partition("#")[0]}
    finally:
        for event, listener in listeners.items():
            tab.remove_listener(event, listener)


def shown(page: Page) -> list[str]:
    """The ids of the units in the list."""
    found: list[str] = page.evaluate(
        """[...document.querySelectorAll("#table .open")]
            .map((button) => (button.querySelector(".under") ?? button.lastChild).textContent)"""
    )
    return found


def hits(page: Page) -> tuple[int, int]:
    """How many units fit, of how many."""
    first, second = re.findall(r"[\d.,]+", page.inner_text("#hits"))
    return int(re.sub(r"\D", "", first)), int(re.sub(r"\D", "", second))


def button(page: Page, unit: str) -> Locator:
    return page.locator("#table .open").filter(has_text=re.compile(rf"{re.escape(unit)}$"))


def choose(page: Page, **values: str) -> None:
    for name, value in values.items():
        if name == "q":
            page.fill("#q", value)
        else:
            page.select_option("#order" if name == "sort" else f"#filter-{name}", value)


def wait(page: Page, condition: str) -> None:
    """Wait for what Playwright's own waiting cannot: the page's policy lets nobody evaluate text inside it."""
    for _ in range(100):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(50)
    raise AssertionError(condition)


# The file


def test_a_page_is_one_file_without_ways_out() -> None:
    for text in (page(commune()), page_of_changes(changes())):
        assert not re.search(r"(src|href|action|url)=[\"'](?!#|data:,)", text)
        assert not re.search(r"url\((?!#)|@import|https?://", text)
        policy = re.search(r'Content-Security-Policy" content="(.*?)"', text)
        assert policy
        assert policy[1].startswith("default-src &#39;none&#39;") or policy[1].startswith("default-src 'none'")
        assert "unsafe" not in policy[1]
        assert not re.search(r"<[^>]* (style|on\w+)=", text)


def test_the_same_result_gives_the_same_bytes() -> None:
    assert page(many(), comparison=changes()) == page(many(), comparison=changes())
    assert page_of_changes(changes()) == page_of_changes(changes())


def test_a_page_is_written_in_pieces() -> None:
    sizes: list[int] = []

    class Stream(io.StringIO):
        def write(self, text: str, /) -> int:
            sizes.append(len(text))
            return len(text)

    told: list[tuple[int, int]] = []
    REPORTER.write(Report(many(), passes=True, progress=lambda done, total: told.append((done, total))), Stream())
    assert max(sizes) < sum(sizes) / 3
    assert told == [(done, len(many().verdicts)) for done in range(1, len(many().verdicts) + 1)]


@pytest.mark.parametrize(
    "text", ["</script>", "<!--", "<script", "]]>", "a&b", "\u2028\u2029", "Thôn “Đông”", "\ud800"]
)
def test_json_stays_inside_its_script(text: str) -> None:
    written = str(inside_script([text]))
    assert json.loads(written) == [text]
    assert not re.search("[<>&\u2028\u2029]", written)


def test_rows_say_what_was_judged() -> None:
    text = page(many())
    setup = script(text, "setup")
    letters = {"pass": "p", "fail": "f", "undetermined": "u", "not_applicable": "n"}
    found = rows(text)
    judged = found[: len(many().verdicts)]
    assert [(row[0], row[1]) for row in judged] == [(one.unit, one.name) for one in many().verdicts]
    assert [row[3] for row in judged] == [letters[one.outcome.value] for one in many().verdicts]
    assert [row[5] for row in judged] == ["".join(letters[o.value] for o in one.outcomes) for one in many().verdicts]
    for row, verdict in zip(judged, many().verdicts, strict=True):
        kind = setup["kinds"][row[2]]
        assert kind["id"] == verdict.kind
        assert [setup["criteria"][n]["id"] for n in kind["criteria"]] == [one.criterion for one in verdict.findings]
        assert (row[4] == -1) == (verdict.parent is None)
        assert row[4] == -1 or setup["places"][row[4]][0] == verdict.parent
    assert [row[3] for row in found[len(judged) :]] == ["r"] * len(many().rejected)


def test_units_in_a_circle_lie_below_nobody() -> None:
    above = {"xa-1": "xa-2", "xa-2": "xa-1", "xa-3": "xa-2"}
    text = page(assess([{"id": id, "kind": "xa", "parent": parent} for id, parent in above.items()]))
    assert [place[3] for place in script(text, "setup")["places"]] == [-1, -1]


def test_rows_of_changes_name_the_criteria_that_changed() -> None:
    text = page_of_changes(changes())
    names = [one["id"] for one in script(text, "setup")["criteria"]]
    found = rows(text)
    for row, change in zip(found, changes().units, strict=True):
        assert (row[0], row[3]) == (change.unit, change.sort.value)
        assert [names[number] for number in row[7]] == [one.criterion for one in change.criteria]


def test_a_partial_text_says_so_and_repeats_its_notes() -> None:
    dossier = load_dossier(FIXTURES / "ba-don-2016")
    text = page(Engine("tt-23-2012", engine="scalar").assess(dossier, period=dossier.period))
    assert '<span class="tag warn"><span aria-hidden="true">⚠</span> Bộ quy tắc tt-23-2012 1.0.0, một phần' in text
    text = page(
        Engine("tt-124-2021", engine="scalar", language="en").assess(
            {"schema": "antq.dossier/1", "period": 2012, "units": []}
        )
    )
    assert "was not in force for the whole of 2012" in text


def test_overlays_and_readings_that_are_not_the_usual_ones_stand_in_the_heading() -> None:
    engine = Engine("tt-124-2021", engine="scalar", language="en", readings={"yoy_mode": "decrease"})
    heading = page(engine.assess(load_dossier(FIXTURES / "xa-mau"))).partition("<main")[0]
    reading = engine.ruleset.all_readings()["yoy_mode"]
    assert reading.choices["decrease"]["en"].replace("'", "&#39;") in heading


CLASSED = """
decide:
  score:
    out_of: 100
    pass_from: {class: good}
    groups:
      - {id: g, title: *title, items: [{item: s.1, points: 100, graded: marks}]}
classes: [{id: best, title: {vi: giỏi, en: best}, from: 90}, {id: good, title: {vi: khá, en: good}, from: 70}]
quotas:
  - id: q.best
    title: {vi: chỉ tiêu, en: the best are few}
    citation: {article: 9}
    over: parent
    of: {class: best}
    among: {class: good}
    at_most: 1/5
criteria:
  - {id: s.1, title: *title, citation: {article: 1}}
"""


# Faultless for everybody: axe-core, at all widths and in both colours

STATES = [
    ("commune", "", {}), ("commune", "#unit=xa-yen-khe-thuong", {"dark": True}),
    ("commune", "#unit=kdc-03", {"width": 320}), ("commune", "#q=thon&outcome=f&sort=-name", {}),
    ("english", "#unit=kdc-07", {"dark": True, "width": 320}),
    ("few", "", {}), ("few", "#unit=kdc-1", {"dark": True, "width": 320}),
    ("few changes", "#unit=kdc-0", {}), ("few changes", "#became=", {"dark": True, "width": 320}),
    ("hostile", "#unit=xa-1", {"width": 320}), ("empty", "", {}),
]  # fmt: skip
RULES = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}


@pytest.mark.parametrize(("name", "hash", "options"), STATES)
def test_axe_finds_no_fault(name: str, hash: str, options: dict[str, Any], tab: Page, files: dict[str, str]) -> None:
    with opened(tab, files[name] + hash, **options) as page:
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        results = Axe().run(page, options=RULES)
        assert not results.response["violations"], results.generate_report()


@pytest.mark.parametrize("name", ["commune", "many", "changes", "hostile", "refused"])
def test_nothing_is_wider_than_the_screen(name: str, tab: Page, files: dict[str, str]) -> None:
    with opened(tab, files[name]) as page:
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        page.locator("#table .open").first.click()
        for width in (320, 768, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_javascript_counts_and_charts_stand(browser: Browser, files: dict[str, str]) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(files["commune"])
        assert page.locator("noscript p").is_visible()
        assert not page.locator("#list").is_visible()
        assert "5/10" in page.inner_text("#summary")
        assert "52,63" in page.inner_text("#charts")


def test_a_page_says_its_language(tab: Page, files: dict[str, str]) -> None:
    for name, language in (("commune", "vi"), ("english", "en")):
        with opened(tab, files[name]) as page:
            assert page.get_attribute("html", "lang") == language
            assert page.locator("main").count() == page.locator("h1").count() == 1


# Finding units


@pytest.mark.parametrize(
    "words",
    ["Thôn Cầu Mây", "thon cau may", "CẦU MÂY", "mây CẦU", "kdc-03", "KDC-03", unicodedata.normalize("NFD", "cầu mây")],
)  # fmt: skip
def test_search_ignores_accents_capitals_and_order(words: str, tab: Page, files: dict[str, str]) -> None:
    with opened(tab, files["commune"]) as page:
        choose(page, q=words)
        found = shown(page)
        assert "kdc-03" in found
        assert len(found) <= 2
        assert hits(page) == (len(found), 22)


@pytest.mark.parametrize("words", ["đồng", "dong", "Đồng", "DONG", "đong"])
def test_search_takes_d_for_the_barred_letter(words: str, tab: Page, files: dict[str, str]) -> None:
    with opened(tab, files["names"]) as page:
        choose(page, q=words)
        assert page.locator("#table .open").count() == 3


@pytest.mark.parametrize("key", ["outcome", "kind", "place", "criterion"])
def test_filters_show_what_was_judged(key: str, tab: Page, files: dict[str, str]) -> None:
    verdicts = many().verdicts
    with opened(tab, files["many"]) as page:
        if key == "outcome":
            counts = Counter({"r": len(many().rejected)})
            counts.update(
                {"pass": "p", "fail": "f", "undetermined": "u", "not_applicable": "n"}[one.outcome.value]
                for one in verdicts
            )
        elif key == "kind":
            counts = Counter(one.kind for one in verdicts)
            counts.update(one.kind for one in many().rejected if one.kind)
        elif key == "place":
            counts = Counter({"tinh-x": sum(tally.total for tally in many().summary_below("tinh-x"))})
            choose(page, outcome="r")
            refused = dict(zip(shown(page), [True] * 400, strict=False))
            choose(page, outcome="", place="tinh-x")
            counts["tinh-x"] += sum(unit in refused for unit in everything(page))
        else:
            counts = Counter(
                finding.criterion
                for one in verdicts
                if one.outcome.value != "not_applicable"
                for finding in one.findings
                if finding.outcome.value in ("fail", "undetermined")
            )
        for value, count in sorted(counts.items())[:12]:
            choose(page, **{key: value})
            assert hits(page) == (count, len(verdicts) + len(many().rejected)), value


def everything(page: Page) -> list[str]:
    """The ids of all units that fit, page by page."""
    found = shown(page)
    while page.locator("#pages").is_visible() and page.get_attribute("#next", "aria-disabled") == "false":
        page.click("#next")
        found += shown(page)
    return found


def test_filters_add_up_and_can_be_cleared(tab: Page, files: dict[str, str]) -> None:
    with opened(tab, files["commune"]) as page:
        choose(page, kind="kdc", outcome="f", q="nà")
        assert shown(page) == ["kdc-04"]
        wait(page, "location.hash.includes('kind=kdc')")
        page.click("#clear")
        assert hits(page) == (22, 22)
        wait(page, "!location.hash.includes('kind')")
        choose(page, q="không có đơn vị này")
        assert shown(page) == []
        assert page.locator("#table tbody tr").count() == 1
        assert page.get_attribute("#hits", "role") == "status"


def test_names_are_sorted_as_vietnamese_sorts_them(tab: Page, files: dict[str, str]) -> None:
    with opened(tab, files["names"]) as page:
        head = page.locator("#table thead th").first
        sort = head.get_by_role("button")
        for direction, expected in (("ascending", VIETNAMESE), ("descending", VIETNAMESE[::-1])):
            sort.click()
            assert head.get_attribute("aria-sort") == direction
            names = page.locator("#table .open span:nth-child(2)").all_inner_texts()
            assert [name.removeprefix("Thôn ") for name in names] == list(expected)
        assert page.locator("#table thead [aria-sort]").count() == 1


def part(text: str) -> Fraction | str:
    """How much of its criteria a unit meets, or another text as it is."""
    return Fraction(text) if "/" in text else text


@pytest.mark.parametrize("key", ["kind", "place", "outcome", "met"])
def test_every_column_sorts_both_ways(key: str, tab: Page, files: dict[str, str]) -> None:
    with opened(tab, files["commune"], width=320) as page:
        column = ["name", "kind", "place", "outcome", "met"].index(key)
        cells = page.locator(f"#table tbody tr > *:nth-child({column + 1})")
        choose(page, sort=key)
        up = [part(text) for text in cells.all_inner_texts()]
        choose(page, sort=f"-{key}")
        down = [part(text) for text in cells.all_inner_texts()]
        assert len(up) == 22
        assert list(dict.fromkeys(up)) == list(dict.fromkeys(down))[::-1]


def test_only_the_rows_of_one_page_stand_in_the_document(tab: Page, files: dict[str, str]) -> None:
    with opened(tab, files["many"]) as page:
        total = hits(page)[1]
        assert total > 3 * ROWS_A_PAGE
        assert len(shown(page)) == ROWS_A_PAGE
        assert page.locator("#table tr").count() == ROWS_A_PAGE + 1
        page.locator("#previous").click(force=True)
        assert shown(page)[0] == many().verdicts[0].unit
        found = everything(page)
        assert len(found) == total
        assert found[: len(many().verdicts)] == [verdict.unit for verdict in many().verdicts]
        assert page.get_attribute("#next", "aria-disabled") == "true"


# Why


def test_a_unit_opens_to_criterion_reason_clause_document_and_what_is_lacking(tab: Page, files: dict[str, str]) -> None:
    with opened(tab, files["commune"]) as page:
        one = button(page, "kdc-03")
        assert one.get_attribute("aria-expanded") == "false"
        one.click()
        assert one.get_attribute("aria-expanded") == "true"
        text = page.inner_text(f"#{one.get_attribute('aria-controls')}")
        for part in (
            "18/19 tiêu chí đạt",
            "100 % hộ đang cư trú đăng ký tham gia",
            "khoản 1 Điều 4",
            "tt124.kdc.1.c",
            "Số hộ đăng ký tham gia: 200 hộ; cần đúng 201 hộ",
            "Còn thiếu: Số hộ đăng ký tham gia: thêm 1 (từ 200 hộ lên 201 hộ)",
            "Văn bản: Số hộ đăng ký tham gia: số 02/DS-TCM ngày 18/02/2025, Thôn Cầu Mây",
        ):
            assert part in text
        page.locator("tr.details summary").first.click()
        assert "Số hộ đang cư trú" in page.inner_text("tr.details")
        one.click()
        assert page.locator("tr.details").count() == 0


def test_one_goes_from_the_province_down_to_a_unit_and_back(tab: Page, files: dict[str, str]) -> None:
    with opened(tab, files["commune"]) as page:
        page.get_by_role("link", name="Tỉnh Lam Giang").first.click()
        wait(page, "document.querySelector('#filter-place').value !== ''")
        assert hits(page)[0] == 22
        button(page, "xa-yen-khe-thuong").click()
        page.locator(".below").get_by_role("link", name="Thôn Đình Thượng").click()
        page.wait_for_selector("tr.details h3:has-text('Thôn Đình Thượng')")
        assert "08/11/2024 nghiêm trọng" in page.inner_text("tr.details")
        page.locator(".way").get_by_role("link", name="Xã Yên Khê Thượng").click()
        page.wait_for_selector("tr.details h3:has-text('Xã Yên Khê Thượng')")
        page.go_back()
        page.wait_for_selector("tr.details h3:has-text('Thôn Đình Thượng')")
        page.locator("#charts summary").click()
        page.get_by_role("link", name="Từ 70 % trở lên số đơn vị đã đăng ký được công nhận").first.click()
        wait(page, "document.querySelector('#filter-criterion').value !== ''")
        assert shown(page) == ["xa-yen-khe-thuong"]


def test_an_address_opens_a_unit_wherever_it_stands(tab: Page, files: dict[str, str]) -> None:
    last = many().verdicts[-1]
    with opened(tab, f"{files['many']}#unit={last.unit}") as page:
        page.wait_for_selector("tr.details")
        assert last.unit in shown(page)
        assert page.evaluate("document.activeElement.dataset.row") == str(len(many().verdicts) - 1)
    with opened(tab, f"{files['many']}#unit={last.unit}&outcome=r&sort=-name&q=xyz") as page:
        assert last.unit in shown(page)
        assert page.input_value("#order") == "-name"
    with opened(tab, f"{files['many']}#outcome=f&kind=kdc") as page:
        expected = [one.unit for one in many().verdicts if one.outcome == "fail" and one.kind == "kdc"]
        assert everything(page) == expected


def test_what_is_chosen_stands_in_the_address(tab: Page, files: dict[str, str]) -> None:
    with opened(tab, files["commune"]) as page:
        choose(page, q="thôn", outcome="p")
        page.locator("#table thead button").first.click()
        page.locator("#table thead button").first.click()
        button(page, "kdc-01").click()
        wait(page, "location.hash.includes('unit=kdc-01')")
        before = shown(page)
        address = page.evaluate("location.hash")
    with opened(tab, files["commune"] + address) as page:
        assert shown(page) == before
        assert button(page, "kdc-01").get_attribute("aria-expanded") == "true"


def test_hostile_text_is_text(tab: Page, files: dict[str, str]) -> None:
    with opened(tab, files["hostile"]) as page:
        names = page.locator("#table .open span:nth-child(2)").all_inner_texts()
        for name in HOSTILE:
            assert name.replace("\u2028", " ") in [found.replace("\u2028", " ") for found in names]
        for number in range(page.locator("#table .open").count()):
            page.locator("#table .open").nth(number).click()
            page.locator("#table .open").nth(number).press("Escape")
        assert HOSTILE[1] in page.inner_text("tr.details >> nth=2")
        assert page.locator("img").count() == 0
        assert page.locator("main script").count() == 0
        choose(page, place="xa-1")
        assert hits(page)[0] == len(HOSTILE) + 1


def test_refused_units_are_listed_with_their_faults(tab: Page, files: dict[str, str]) -> None:
    with opened(tab, files["refused"]) as page:
        assert "no_such_field" in page.inner_text("#refused")
        choose(page, outcome="r")
        button(page, "kdc-1").click()
        assert "no_such_field" in page.inner_text("tr.details")


def test_classes_and_quotas(tab: Page, tmp_path: Path) -> None:
    marks = "  marks: {kinds: [u], type: integer, range: [0, 100], title: {vi: điểm, en: marks}}"
    judge = engine_of(written(tmp_path / "r", standard=CLASSED, fields=marks))
    units = [unit({"marks": points}, id=f"u-{points}", parent="p") for points in (95, 80, 75, 72, 10)]
    (tmp_path / "page.html").write_text(
        page(judge.assess({"schema": "antq.dossier/1", "period": 2025, "units": units})), encoding="utf-8"
    )
    with opened(tab, (tmp_path / "page.html").as_uri()) as found:
        quotas = found.inner_text("#quotas")
        assert "the best are few" in quotas
        assert "1 of at most 0 (20 % of 3)" in quotas
        assert "fail" in quotas
        assert "best" in found.locator("#table tbody tr").first.inner_text()
        button(found, "u-10").click()
        assert "Points: 10 of 100" in found.inner_text("tr.details")


# By keyboard alone


def test_everything_is_reached_by_keyboard(tab: Page, files: dict[str, str]) -> None:
    with opened(tab, files["commune"]) as page:

        def focus(selector: str, *, by: str = "Tab", most: int = 80) -> None:
            for _ in range(most):
                page.keyboard.press(by)
                if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle !== 'none'"), (
                        "the focus is not to be seen"
                    )
                    return
            raise AssertionError(f"{selector} is not reached")

        focus(".skip", most=1)
        page.keyboard.press("Enter")
        focus("#q", most=2)
        page.keyboard.type("thon")
        assert hits(page)[0] == 11
        focus("#filter-outcome", most=1)
        focus("#clear")
        focus("#table thead button", most=3)
        page.keyboard.press("Enter")
        assert page.locator("#table thead th").first.get_attribute("aria-sort") == "ascending"
        focus("#table .open")
        first = page.evaluate("document.activeElement.dataset.row")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("End")
        page.keyboard.press("Home")
        assert page.evaluate("document.activeElement.dataset.row") == first
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.getAttribute('aria-expanded')") == "true"
        focus("tr.details a", most=1)
        page.keyboard.press("Escape")
        assert page.locator("tr.details").count() == 0
        assert page.evaluate("document.activeElement.dataset.row") == first


def test_the_list_can_be_sorted_on_a_phone(tab: Page, files: dict[str, str]) -> None:
    with opened(tab, files["commune"], width=320) as page:
        assert page.locator("#order").is_visible()
        choose(page, sort="name")
        assert shown(page)[0] == "coquan-03"
        button(page, "kdc-03").click()
        assert page.locator("tr.details").is_visible()


# On paper


def test_paper_gets_all_units_that_fit(tab: Page, files: dict[str, str], tmp_path: Path) -> None:
    with opened(tab, files["many"]) as page:
        choose(page, outcome="f")
        expected = [one.unit for one in many().verdicts if one.outcome == "fail"]
        assert len(expected) > ROWS_A_PAGE
        page.evaluate(
            """addEventListener("beforeprint", () => {
                window.printed = document.querySelectorAll("#table .open").length;
            })"""
        )
        page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
        assert page.evaluate("window.printed") == len(expected)
        assert len(shown(page)) == ROWS_A_PAGE
        assert page.locator("details[open]").count() == 0
    if shutil.which("pdftotext"):
        text = subprocess.run(
            ["pdftotext", "-layout", str(tmp_path / "page.pdf"), "-"], capture_output=True, check=True, encoding="utf-8"
        ).stdout
        assert not [id for id in expected if id not in text]
        assert "Kết quả: chưa đạt" in text
        assert "Bỏ mọi lựa chọn" not in text


# Two results


def test_this_year_stands_beside_last_year(tab: Page, files: dict[str, str]) -> None:
    with opened(tab, files["many"]) as page:
        table = page.locator("table[aria-labelledby=years]")
        for row, kind in zip(table.locator("tbody tr").all(), changes().kinds, strict=True):
            text = row.inner_text()
            assert kind.before is not None
            assert kind.after is not None
            assert f"{kind.before.passed}/{kind.before.applicable}" in text
            assert f"{kind.after.passed}/{kind.after.applicable}" in text
        gained = sum(change.sort is Sort.GAINED for change in changes().units)
        assert f"Mới đạt: {gained}" in page.inner_text("#charts")


def test_changes_can_be_chosen_and_opened(tab: Page, files: dict[str, str]) -> None:
    counts = Counter(change.sort.value for change in changes().units)
    with opened(tab, files["changes"]) as page:
        for sort, count in counts.items():
            choose(page, became=sort)
            assert hits(page) == (count, len(changes().units))
        lost = next(change for change in changes().units if change.sort is Sort.GAINED)
        choose(page, became="gained")
        button(page, lost.unit).click()
        text = page.inner_text("tr.details")
        assert lost.criteria
        for one in lost.criteria:
            assert one.criterion in text
            assert all(reason in text for reason in one.reasons)
        criterion = lost.criteria[0].criterion
        choose(page, criterion=criterion, became="")
        expected = [c.unit for c in changes().units if criterion in [one.criterion for one in c.criteria]]
        assert everything(page) == expected


def test_changes_are_counted_below_grouping_units(tab: Page, files: dict[str, str]) -> None:
    with opened(tab, files["changes"]) as page:
        row = page.locator("table[aria-labelledby=by-group] tbody tr").filter(has_text="Tỉnh X").first
        (group,) = [one for one in changes().groups if one.unit == "tinh-x"]
        for side in ("before", "after"):
            found = [getattr(kind, side) for kind in group.kinds if getattr(kind, side) is not None]
            assert (
                f"{sum(count.passed for count in found)}/{sum(count.applicable for count in found)}" in row.inner_text()
            )


# 10,000 units

MEASURED = """
import sys
from antq_rules import Engine, load_dossier
from antq_rules.reporters.reporting import Report, reporter_of
from tests.memory import most
assessment = Engine("tt-124-2021", engine="scalar").assess(load_dossier(sys.argv[1]))
before = most()
with open(sys.argv[2], "w", encoding="utf-8") as stream:
    reporter_of("html").write(Report(assessment), stream)
print(before, most())
"""


@pytest.mark.slow
def test_ten_thousand_units_stay_usable(tab: Page, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "dossier.json").write_text(json.dumps(random_dossier(1, 10_000)), encoding="utf-8")
    command = [sys.executable, "-c", MEASURED, str(tmp_path / "dossier.json"), str(tmp_path / "page.html")]
    judged, written = map(
        int, subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split()
    )
    with opened(tab, (tmp_path / "page.html").as_uri()) as page:
        stand = page.evaluate("performance.getEntriesByName('rows')[0].startTime")
        read = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd")
        taken = []
        for words in ("t", "th", "thon d", "xa", "khong co", ""):
            taken.append(page.evaluate(KEYSTROKE, words))
        choose(page, q="thon", outcome="f")
        assert 0 < hits(page)[0] < 10_000
        assert page.locator("#table tr").count() <= ROWS_A_PAGE + 1
    with capsys.disabled():
        size = (tmp_path / "page.html").stat().st_size / 1e6
        print(f"\npage of 10,000 units: {size:.1f} MB; {judged} MiB when judged, {written} MiB at most while written")
        print(f"first rows after {stand:.0f} ms, all read after {read:.0f} ms")
        print(f"keystrokes to the next frame: {', '.join(f'{one:.0f}' for one in taken)} ms")


KEYSTROKE = """words => new Promise(done => {
    const box = document.getElementById("q"), start = performance.now();
    box.value = words;
    box.dispatchEvent(new Event("input"));
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
})"""
