"""Plugins: what they may contribute, and every way in which a broken one stops the run in its own name.

The distributions are real ones, folders with a ``*.dist-info`` on ``sys.path``; what they do is seen through the
command and the library.
"""

from __future__ import annotations

import importlib
import json
import os
import pickle
import re
import struct
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from antq_rules import (
    Engine,
    Label,
    MeasureFunction,
    PluginError,
    Plugins,
    RulesetError,
    build_plugin_manager,
    hookimpl,
    load_dossier,
    load_ruleset,
)
from antq_rules.cli import main
from antq_rules.extensions.catalogues import LANGUAGES, sentences_in
from antq_rules.extensions.collecting import HOOKS
from antq_rules.extensions.discovery import LARGEST
from antq_rules.extensions.plugins import installed_plugins

ROOT = Path(__file__).parent.parent
NATIONAL = "tt-124-2021"
DOSSIER = {
    "schema": "antq.dossier/1",
    "period": 2025,
    "units": [{"id": "kdc-01", "kind": "kdc"}],
}
UNIX = pytest.mark.skipif(sys.platform == "win32", reason="links and pipes of Unix")


def overlay(id: str = "thu-2025", prefix: str = "thu", share: str = "8/10", more: str = "") -> str:
    """An overlay of the national ruleset that tightens one parameter."""
    return f"""\
overlay: {id}
base: {NATIONAL}
version: 1.2.0
title: {{vi: Bổ sung để thử, en: An overlay to try}}
instrument: {{number: 1/QĐ-UBND, issuer: UBND tỉnh Thử, date: 2024-12-01}}
prefix: {prefix}
tighten: {{recognised_share: {{value: {share}}}}}
{textwrap.dedent(more)}"""


RULESET = {
    "ruleset.yaml": """\
ruleset: tinh-thu
version: 2.0.0
title: {vi: Tiêu chuẩn thử, en: A standard to try}
status: local
instrument: {number: 2/QĐ-UBND, issuer: UBND tỉnh Thử}
in_force: {from: 2025-01-01}
kinds: {thon: {title: {vi: thôn, en: hamlet}}}
""",
    "evidence.yaml": """\
fields:
  lamps: {kinds: [thon], type: integer, title: {vi: Số đèn, en: Lamps}}
""",
    "standards/thon.yaml": """\
standard: thu.thon
title: {vi: Thôn thử, en: A hamlet}
kinds: [thon]
window: {from: {year: 0, day: 01-01}, to: {year: 0, day: 12-31}}
criteria:
  - {id: thu.thon.1, title: {vi: Có đèn, en: Has lamps}, citation: {article: 1}, require: {at_least: [lamps, 3]}}
""",
}
CASES = """\
standard: thu.thon
period: 2025
cases:
  - {criterion: thu.thon.1, name: Three, kind: thon, evidence: {lamps: 3}, expect: pass}
  - {criterion: thu.thon.1, name: Two, kind: thon, evidence: {lamps: 2}, expect: fail, reason: at_least}
"""
BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
"""Some 600 bytes that unfold to 60,000 million values."""


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """A folder with these files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


@dataclass
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass
class Site:
    """A folder on ``sys.path`` into which distributions are put."""

    folder: Path

    def add(
        self,
        name: str,
        files: Mapping[str, str | bytes] | None = None,
        *,
        version: str = "3.2.1",
        points: Mapping[str, str] | None = None,
    ) -> Path:
        """Install a distribution whose package has the same name; by default its entry point has it as well."""
        package = name.replace("-", "_")
        stated = points or {name: package}
        lines = "".join(f"{point} = {value}\n" for point, value in stated.items())
        write(
            self.folder / f"{package}-{version}.dist-info",
            {
                "METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
                "entry_points.txt": f"[antq_rules]\n{lines}",
            },
        )
        self.forget()
        return write(self.folder / package, files or {})

    def code(self, name: str, source: str, **options: Any) -> Path:
        """Install a distribution whose package is one module."""
        head = "from pathlib import Path\nfrom antq_rules import Label, MeasureFunction, Reader, Reporter, hookimpl\n"
        return self.add(name, {"__init__.py": head + textwrap.dedent(source)}, **options)

    def forget(self) -> None:
        """Let the next command look for plugins anew."""
        installed_plugins.cache_clear()
        importlib.invalidate_caches()
        for name, module in list(sys.modules.items()):
            if str(getattr(module, "__file__", None)).startswith(str(self.folder)):
                del sys.modules[name]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An empty place for distributions."""
    found = Site(tmp_path / "site")
    found.folder.mkdir()
    monkeypatch.setattr(sys, "path", [str(found.folder), *sys.path])
    found.forget()
    yield found
    found.forget()


Antq = Callable[..., Ran]


@pytest.fixture
def antq(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Antq:
    """A function that runs ``antq`` in this process, in English."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str) -> Ran:
        code = main([*words, "--lang", "en"])
        return Ran(code, *capsys.readouterr())

    return run


@pytest.fixture
def dossier(tmp_path: Path) -> str:
    """A small dossier in a file."""
    file = tmp_path / "dossier.json"
    file.write_text(json.dumps(DOSSIER), encoding="utf-8")
    return str(file)


def manifest(ran: Ran) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ran.out)["manifest"]
    return found


def listed(antq: Antq, *words: str) -> dict[str, dict[str, Any]]:
    """The plugins listed as JSON, by distribution."""
    ran = antq("plugins", "--format", "json", *words)
    assert (ran.code, ran.err) == (0, "")
    return {row["distribution"]: row for row in json.loads(ran.out)["plugins"]}


# --- data ------------------------------------------------------------------------------------------------------


def test_national_rulesets_come_through_the_hook_of_all_others() -> None:
    (folders,) = build_plugin_manager(entry_points=False).hook.antq_rulesets()
    assert NATIONAL in [folder.name for folder in folders]


def test_a_data_only_plugin_is_listed_and_not_imported(site: Site, antq: Antq) -> None:
    site.add("data-of-thu", {"overlays/thu-2025/overlay.yaml": overlay(), **in_rulesets(RULESET)})
    row = listed(antq)["data-of-thu"]
    assert (row["version"], row["sort"], row["entry_point"]) == ("3.2.1", "data-only", "data-of-thu")
    assert row["contributions"] == {"rulesets": ["tinh-thu"], "overlays": ["thu-2025"]}
    table = antq("plugins").out
    assert re.search(r"data-of-thu +3\.2\.1 +data only +rulesets: tinh-thu", table)
    assert "overlays: thu-2025" in table
    assert "data_of_thu" not in sys.modules


def in_rulesets(files: Mapping[str, str]) -> dict[str, str]:
    return {f"rulesets/tinh-thu/{name}": text for name, text in files.items()}


def test_installed_rulesets_are_listed_shown_and_judge(site: Site, antq: Antq, tmp_path: Path) -> None:
    site.add("data-of-thu", in_rulesets(RULESET))
    assert re.search(r"tinh-thu +2\.0\.0 +local", antq("rulesets").out)
    assert "thu.thon.1" in antq("rulesets", "show", "tinh-thu").out
    unit = {"id": "t", "kind": "thon", "evidence": {"lamps": 3}}
    file = tmp_path / "thon.json"
    file.write_text(json.dumps({**DOSSIER, "units": [unit]}), encoding="utf-8")
    ran = antq("evaluate", str(file), "--ruleset", "tinh-thu", "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    assert manifest(ran)["plugins"] == [
        {"name": "data-of-thu", "version": "3.2.1", "contributions": {"rulesets": ["tinh-thu"]}}
    ]


def test_the_manifest_names_the_plugin_whose_overlay_is_laid(site: Site, antq: Antq, dossier: str) -> None:
    site.add("data-of-thu", {"overlays/thu-2025/overlay.yaml": overlay(), **in_rulesets(RULESET)})
    with_it = antq("evaluate", dossier, "--overlay", "thu-2025", "--format", "json")
    assert with_it.code == 1
    found = manifest(with_it)
    assert [(row["id"], row["version"], len(row["sha256"])) for row in found["overlays"]] == [("thu-2025", "1.2.0", 64)]
    assert found["plugins"] == [
        {"name": "data-of-thu", "version": "3.2.1", "contributions": {"overlays": ["thu-2025"]}}
    ]
    without = antq("evaluate", dossier, "--format", "json")
    assert (manifest(without)["overlays"], manifest(without)["plugins"]) == ([], [])


def test_nothing_is_left_of_a_plugin_that_is_gone(site: Site, antq: Antq, dossier: str) -> None:
    before = antq("evaluate", dossier, "--format", "json").out
    site.add("data-of-thu", {"overlays/thu-2025/overlay.yaml": overlay()})
    assert antq("evaluate", dossier, "--overlay", "thu-2025").code == 1
    assert antq("evaluate", dossier, "--format", "json").out == before
    (site.folder / "data_of_thu-3.2.1.dist-info" / "entry_points.txt").unlink()
    site.forget()
    ran = antq("evaluate", dossier, "--overlay", "thu-2025")
    assert (ran.code, ran.out) == (2, "")
    assert "there is no overlay 'thu-2025'" in ran.err
    assert "data-of-thu" not in listed(antq)


@pytest.mark.parametrize("command", ["evaluate", "validate", "explain", "rulesets show"])
def test_overlays_are_known_to_every_command_that_judges(command: str, site: Site, antq: Antq, dossier: str) -> None:
    site.add("data-of-thu", {"overlays/thu-2025/overlay.yaml": overlay()})
    words = {"rulesets show": [NATIONAL], "explain": [dossier, "--unit", "kdc-01"]}.get(command, [dossier])
    named = antq(*command.split(), *words, "--overlay", "thu-2025")
    assert named.code in (0, 1)
    by_path = antq(*command.split(), *words, "--overlay", str(site.folder / "data_of_thu/overlays/thu-2025"))
    assert (by_path.code, by_path.out) == (named.code, named.out)
    unknown = antq(*command.split(), *words, "--overlay", "thu-2026")
    assert unknown.code == 2
    assert "did you mean 'thu-2025'?" in unknown.err


@pytest.mark.parametrize(
    ("files", "part"),
    [
        ({"overlays/bomb/overlay.yaml": BOMB}, "data-bad/overlays/bomb/overlay.yaml:9:"),
        ({"rulesets/bomb/ruleset.yaml": BOMB}, "data-bad/rulesets/bomb/ruleset.yaml:9:"),
        ({"overlays/deep/overlay.yaml": "[" * 5000}, "data-bad/overlays/deep/overlay.yaml:1:"),
        ({"overlays/big/overlay.yaml": "a" * (LARGEST + 1)}, f"is larger than {LARGEST} bytes"),
        ({"overlays/empty/cases/a.yaml": "{}"}, "data-bad/overlays/empty/overlay.yaml: the file cannot be read"),
        ({"overlays/x/overlay.yaml": "base: x\n"}, "data-bad/overlays/x/overlay.yaml:1:1: the key 'overlay' is miss"),
        ({"rulesets/x/ruleset.yaml": "ruleset: [x]\n"}, "the key 'ruleset' is missing"),
        ({"rulesets/x/ruleset.yaml": f"ruleset: {NATIONAL}\n"}, f"claims the ruleset '{NATIONAL}'"),
        ({"README.md": "nothing else"}, "offers nothing"),
        ({"locales/fr/LC_MESSAGES/a.mo": b""}, "holds no vi/LC_MESSAGES/*.mo"),
        ({"locales/vi/LC_MESSAGES/a.mo": b"nothing"}, "it is no compiled catalogue"),
        ({"locales/vi/LC_MESSAGES/a.mo": b"\xde\x12\x04\x95" + b"\xff" * 40}, "a.mo"),
    ],
)
def test_broken_data_stops_the_run_in_the_name_of_its_plugin(
    files: dict[str, str | bytes], part: str, site: Site, antq: Antq, dossier: str
) -> None:
    site.add("data-bad", files)
    stops(antq, dossier, "data-bad", part)


def stops(antq: Antq, dossier: str, distribution: str, part: str) -> None:
    """Every command ends with 2 and names the plugin, its version and the mending, which mends."""
    for words in (["plugins"], ["evaluate", dossier], ["rulesets"], ["test", str(ROOT / "rulesets" / NATIONAL)]):
        ran = antq(*words)
        assert (ran.code, ran.out) == (2, ""), words
        assert f"{distribution} 3.2.1" in ran.err
        assert part in ran.err
        assert f"--no-plugin {distribution}" in ran.err
        assert "Traceback" not in ran.err
    assert antq("plugins", "--no-plugin", distribution).code == 0
    assert antq("evaluate", dossier, "--no-plugin", distribution).code == 1


def test_a_bomb_deeper_in_a_package_stops_whoever_reads_it(site: Site, antq: Antq) -> None:
    for file in ("evidence.yaml", "standards/thon.yaml"):
        site.add("data-bad", in_rulesets({**RULESET, file: BOMB}))
        ran = antq("rulesets", "show", "tinh-thu")
        assert ran.code == 2
        assert ran.err.startswith(f"data-bad/rulesets/tinh-thu/{file}:9:")


def test_a_small_bomb_is_refused_before_it_takes_minutes(site: Site, antq: Antq, dossier: str) -> None:
    nested = ", ".join(f"&a{n} {{all: [{', '.join([f'*a{n - 1}'] * 9)}]}}" for n in range(1, 7))
    condition = f"{{all: [&a0 {{documented: party_resolution_date}}, {nested}]}}"
    title = "title: {vi: a, en: a}, citation: {article: 1}"
    overlaid = f"criteria:\n  tt124.kdc: [{{id: thu.kdc.1, {title}, require: {condition}}}]\n"
    site.add("data-bad", {"overlays/thu-2025/overlay.yaml": overlay(more=overlaid)})
    stops(antq, dossier, "data-bad", "data-bad/overlays/thu-2025/overlay.yaml of the plugin data-bad 3.2.1 unfolds to")
    site.add("data-bad", {"overlays/thu-2025/overlay.yaml": overlay()})
    standard = RULESET["standards/thon.yaml"] + f"  - {{id: thu.thon.2, {title}, require: {condition}}}\n"
    site.add("data-bad", in_rulesets({**RULESET, "standards/thon.yaml": standard}))
    ran = antq("rulesets", "show", "tinh-thu")
    assert (ran.code, ran.out) == (2, "")
    assert "standards/thon.yaml of the plugin data-bad 3.2.1 unfolds to more than 200000 values" in ran.err


@UNIX
@pytest.mark.parametrize("link", ["overlays", "overlays/thu-2025", "overlays/thu-2025/overlay.yaml"])
def test_links_out_of_a_package_are_refused(link: str, site: Site, antq: Antq, dossier: str, tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", {"overlays/thu-2025/overlay.yaml": overlay()})
    package = site.add("data-bad")
    (package / link).parent.mkdir(parents=True, exist_ok=True)
    (package / link).symlink_to(outside / link)
    stops(antq, dossier, "data-bad", "leads out of its package")


@UNIX
def test_links_inside_a_package_are_followed(site: Site, antq: Antq) -> None:
    package = site.add("data-of-thu", {"shared/overlay.yaml": overlay(), "overlays/thu-2025/README": ""})
    (package / "overlays/thu-2025/overlay.yaml").symlink_to(package / "shared/overlay.yaml")
    assert listed(antq)["data-of-thu"]["contributions"] == {"overlays": ["thu-2025"]}


@UNIX
def test_a_pipe_in_a_package_is_refused_and_not_waited_for(site: Site, antq: Antq, dossier: str) -> None:
    package = site.add("data-bad", {"overlays/thu-2025/README": ""})
    os.mkfifo(package / "overlays/thu-2025/overlay.yaml")
    stops(antq, dossier, "data-bad", "is neither a file nor a folder")


def test_nobody_adds_to_the_package_of_another(
    site: Site, antq: Antq, dossier: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.add("data-bad", {"overlays/thu-2025/overlay.yaml": overlay()})
    write(tmp_path / "other", {"data_bad/overlays/more/overlay.yaml": overlay("more")})
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path / "other")])
    site.forget()
    stops(antq, dossier, "data-bad", "stands in several places")


# --- code ------------------------------------------------------------------------------------------------------

MEASURE = """
def lamps(unit):
    return 4

@hookimpl
def antq_measures():
    return [MeasureFunction("lamps", Label(vi="Số đèn", en="Lamps"), 0, 9, ("text",), lamps)]
"""
BROKEN = {
    "raises when imported": ("raise RuntimeError('no luck')", "cannot be imported: RuntimeError: no luck ("),
    "is not Python": ("def (", "cannot be imported: SyntaxError"),
    "ends the process": ("import sys; sys.exit(0)", "cannot be imported: SystemExit: 0"),
    "needs what is not there": ("import nix_da", "No module named 'nix_da'"),
    "misspells a hook": (
        "@hookimpl\ndef antq_overlay():\n    return []",
        "has a hook antq_overlay that does not exist; did you mean 'antq_overlays'?",
    ),
    "misspells a hook unmarked": ("def antq_ruleset():\n    return []", "a hook antq_ruleset that does not exist"),
    "misspells the name of a hook": (
        "@hookimpl(specname='antq_nix')\ndef mine():\n    return []",
        "a hook antq_nix that does not exist",
    ),
    "forgets the mark": ("def antq_measures():\n    return []", "code-bad 3.2.1 is not marked with @hookimpl"),
    "has no hook": ("x = 1", "has none of the hooks antq_rulesets"),
    "asks for arguments": ("@hookimpl\ndef antq_measures(config):\n    return []", "'config'"),
    "wraps the others": (
        "@hookimpl(wrapper=True)\ndef antq_rulesets():\n    yield\n    return []",
        "wraps the hooks of others",
    ),
    "raises": (
        "@hookimpl\ndef antq_rulesets():\n    return 1 / 0",
        "the hook antq_rulesets of the plugin code-bad 3.2.1 fails: ZeroDivisionError",
    ),
    "raises later": ("@hookimpl\ndef antq_measures():\n    yield 1 / 0", "fails: ZeroDivisionError"),
    "ends the process later": ("@hookimpl\ndef antq_readers():\n    raise SystemExit(0)", "fails: SystemExit: 0"),
    "gives nothing": ("@hookimpl\ndef antq_overlays():\n    pass", "code-bad 3.2.1 gives None, not a list"),
    "gives a text": ("@hookimpl\ndef antq_overlays():\n    return '/tmp'", "gives '/tmp', not a list"),
    "gives texts": ("@hookimpl\ndef antq_overlays():\n    return ['/tmp']", "gives '/tmp', not folders"),
    "gives an outcome": ("@hookimpl\ndef antq_measures():\n    return ['pass']", "gives 'pass', not MeasureFunction"),
    "gives a function": ("@hookimpl\ndef antq_measures():\n    return [len]", "not MeasureFunction"),
    "gives a reader by halves": (
        "@hookimpl\ndef antq_readers():\n    return [Reader('mine', '.mine', len, len, 1)]",
        "gives Reader, not a Reader with a name, a tuple of suffixes",
    ),
    "gives no reporter": ("@hookimpl\ndef antq_reporters():\n    return {'a': print}", "not names with a Reporter"),
    "gives a folder that is not there": (
        "@hookimpl\ndef antq_rulesets():\n    return [Path('/nix/da')]",
        "code-bad/rulesets/da/ruleset.yaml: the file cannot be read",
    ),
    "declares an endless range": (
        MEASURE.replace("0, 9", "0, 2**63"),
        "antq_measures of the plugin code-bad 3.2.1 fails: ValueError: the range of 'lamps' reaches beyond 2^62",
    ),
    "declares a range upside down": (MEASURE.replace("0, 9", "9, 0"), "the lesser first"),
    "declares an odd argument": (MEASURE.replace('"text"', '"person"'), "takes a tuple of number, choice"),
    "reads what others read": (
        "@hookimpl\ndef antq_readers():\n    return [Reader('mine', ('.yaml',), len, len, 1)]",
        "reads files that end in '.yaml', which 'yaml' does already",
    ),
    "takes the name of a reader": (
        "@hookimpl\ndef antq_readers():\n    return [Reader('yaml', ('.mine',), len, len, 1)]",
        "claims the format 'yaml', which antq-rules has claimed already",
    ),
    "takes the name of a reporter": (
        "@hookimpl\ndef antq_reporters():\n    return {'json': Reporter(print)}",
        "claims the format 'json', which antq-rules has claimed already",
    ),
    "claims one id twice": (MEASURE.replace("lamps)]", "lamps)] * 2"), "claims the measure 'lamps'"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_plugin_stops_the_run_in_its_name(fault: str, site: Site, antq: Antq, dossier: str) -> None:
    source, part = BROKEN[fault]
    site.code("code-bad", source)
    ran = antq("plugins")
    assert (ran.code, ran.out) == (2, "")
    assert "code-bad 3.2.1" in ran.err
    assert part in ran.err
    assert "--no-plugin code-bad" in ran.err
    assert "Traceback" not in ran.err
    again = antq("evaluate", dossier)
    assert (again.code, again.out, again.err) == (2, "", ran.err)
    assert antq("plugins", "--no-plugin", "code-bad").code == 0


def test_an_entry_point_that_leads_nowhere_stops_the_run(site: Site, antq: Antq, dossier: str) -> None:
    for value, part in (("nix_da", "No module named 'nix_da'"), ("code_bad:nix", "has no attribute 'nix'"),
                        ("no name!", "cannot be imported: "),
                        ("code_bad:Class", "is a class; name a module or an object")):  # fmt: skip
        site.code("code-bad", "class Class:\n    pass", points={"bad": value})
        stops(antq, dossier, "code-bad", part)


def test_two_plugins_of_one_name_stop_the_run(site: Site, antq: Antq) -> None:
    site.code("first", MEASURE, points={"same": "first"}, version="1.0")
    site.code("second", MEASURE.replace('"lamps"', '"lights"'), points={"same": "second"}, version="2.0")
    ran = antq("plugins")
    assert (ran.code, ran.out) == (2, "")
    assert "the plugin second 2.0 (same) has a name that first 1.0 (same) has already: 'same'" in ran.err
    assert "second" not in listed(antq, "--no-plugin", "second")
    assert listed(antq, "--no-plugin", "second")["first"]["contributions"] == {"measures": ["lamps"]}


@pytest.mark.parametrize(
    ("source", "sort"),
    [
        (MEASURE, "measure 'lamps'"),
        ("@hookimpl\ndef antq_reporters():\n    return {'mine': Reporter(print)}", "format 'mine'"),
        ("@hookimpl\ndef antq_readers():\n    return [Reader('mine', ('.mine',), len, len, 1)]", "format 'mine'"),
        ("@hookimpl\ndef antq_overlays():\n    return [Path(__file__).parent / 'thu']", "overlay 'thu-2025'"),
    ],
)
def test_an_id_is_claimed_once(source: str, sort: str, site: Site, antq: Antq, dossier: str) -> None:
    for name in ("first", "second"):
        write(site.code(name, source), {"thu/overlay.yaml": overlay()})
    for words in (["plugins"], ["evaluate", dossier]):
        ran = antq(*words)
        assert (ran.code, ran.out) == (2, "")
        assert f"the plugin second 3.2.1 claims the {sort}, which first 3.2.1 has claimed already" in ran.err
    assert antq("plugins", "--no-plugin", "first").code == 0


def test_a_damaged_distribution_is_named_by_its_entry_point(site: Site, antq: Antq) -> None:
    site.code("code-bad", "1 / 0", points={"bad": "code_bad"})
    (site.folder / "code_bad-3.2.1.dist-info/METADATA").write_text("", encoding="utf-8")
    site.forget()
    ran = antq("plugins")
    assert ran.code == 2
    assert "ZeroDivisionError" in ran.err
    assert "--no-plugin" in ran.err


def test_entry_points_that_cannot_be_read_stop_the_run_if_they_are_ours(site: Site, antq: Antq) -> None:
    for group, code in (("someone_else", 0), ("antq_rules", 2)):
        site.add("code-bad")
        (site.folder / "code_bad-3.2.1.dist-info/entry_points.txt").write_text(f"[{group}]\nnix\n", encoding="utf-8")
        site.add("data-of-thu", {"overlays/thu-2025/overlay.yaml": overlay()})
        ran = antq("plugins")
        assert ran.code == code
        assert ("data-of-thu" in ran.out) == (code == 0)
    assert "the entry points of the plugin code-bad 3.2.1 cannot be read" in ran.err
    assert "pip uninstall code-bad" in ran.err


# --- which take part -------------------------------------------------------------------------------------------


def test_code_is_refused_where_only_data_may_take_part(site: Site, antq: Antq, tmp_path: Path, dossier: str) -> None:
    site.add("data-of-thu", {"overlays/thu-2025/overlay.yaml": overlay()})
    ran = antq("evaluate", dossier, "--overlay", "thu-2025", "--data-only", "--format", "json")
    assert ran.code == 1
    assert [row["name"] for row in manifest(ran)["plugins"]] == ["data-of-thu"]
    marker = tmp_path / "imported"
    site.code("code-of-thu", f"Path({str(marker)!r}).touch()\n" + MEASURE)
    refused = antq("evaluate", dossier, "--data-only")
    assert (refused.code, refused.out) == (2, "")
    assert "the plugin code-of-thu 3.2.1 holds code, and only data may take part" in refused.err
    assert "data-of-thu" not in refused.err
    allowed = antq("evaluate", dossier, "--data-only", "--no-plugin", "code-of-thu", "--format", "json")
    assert allowed.code == 1
    assert manifest(allowed)["plugins_left_out"] == [{"name": "code-of-thu", "version": "3.2.1"}]
    assert not marker.exists()
    assert antq("evaluate", dossier).code == 1
    assert marker.exists()


@pytest.mark.parametrize("file", ["deep/down/x.py", "x.pyc", "x.cpython-311-x86_64-linux-gnu.so", "x.pyd", "X.PY"])
def test_a_package_with_any_python_file_is_no_data(file: str, site: Site, antq: Antq) -> None:
    site.add("data-of-thu", {"overlays/thu-2025/overlay.yaml": overlay(), file: ""})
    ran = antq("plugins", "--data-only")
    assert ran.code == 2
    assert "the plugin data-of-thu 3.2.1 holds code" in ran.err


def test_a_plugin_is_left_out_by_either_name(site: Site, antq: Antq, dossier: str) -> None:
    site.add("Data.Of-Thu", {}, points={"thu": "nix_da"})
    assert antq("plugins").code == 2
    for name in ("thu", "Data.Of-Thu", "data-of_thu"):
        ran = antq("evaluate", dossier, "--no-plugin", name, "--format", "json")
        assert ran.code == 1
        assert manifest(ran)["plugins_left_out"] == [{"name": "Data.Of-Thu", "version": "3.2.1"}]


def test_only_those_allowed_take_part(site: Site, antq: Antq, dossier: str) -> None:
    before = set(listed(antq))
    for name in ("one", "two", "three"):
        site.add(name, {f"overlays/{name}/overlay.yaml": overlay(name, name)})
    assert set(listed(antq)) == {*before, "one", "two", "three"}
    assert set(listed(antq, "--only-plugin", "one", "--only-plugin", "two")) == {"antq-rules", "one", "two"}
    assert set(listed(antq, "--only-plugin", "one", "--no-plugin", "one")) == {"antq-rules"}
    ran = antq("evaluate", dossier, "--only-plugin", "one", "--overlay", "one", "--format", "json")
    assert [row["name"] for row in manifest(ran)["plugins"]] == ["one"]
    left_out = [row["name"] for row in manifest(ran)["plugins_left_out"]]
    assert [name for name in left_out if name not in before] == ["three", "two"]
    assert antq("evaluate", dossier, "--only-plugin", "one", "--overlay", "two").code == 2
    assert "left out" in antq("plugins", "--only-plugin", "one").out


@pytest.mark.parametrize("flag", ["--no-plugin", "--only-plugin"])
def test_a_name_that_no_plugin_has_is_an_error(flag: str, site: Site, antq: Antq) -> None:
    site.add("data-of-thu", {"overlays/thu-2025/overlay.yaml": overlay()})
    ran = antq("plugins", flag, "data-of-tho")
    assert (ran.code, ran.out) == (2, "")
    assert "there is no plugin 'data-of-tho'; did you mean 'data-of-thu'?" in ran.err


@pytest.mark.parametrize(
    "words",
    [["evaluate", "DOSSIER"], ["validate", "DOSSIER"], ["explain", "DOSSIER", "--unit", "kdc-01"], ["rulesets"],
     ["rulesets", "show", NATIONAL], ["plugins"], ["test", str(ROOT / "rulesets" / NATIONAL), "--engine", "scalar"],
     ["schema", "dossier", "--ruleset", NATIONAL]],
)  # fmt: skip
def test_every_command_that_loads_plugins_takes_the_options(
    words: list[str], site: Site, antq: Antq, dossier: str
) -> None:
    site.code("code-bad", "1 / 0")
    words = [dossier if word == "DOSSIER" else word for word in words]
    assert antq(*words).code == 2
    assert "holds code" in antq(*words, "--data-only").err
    assert antq(*words, "--no-plugin", "code-bad").code in (0, 1)
    site.add("data-of-thu", {"overlays/thu-2025/overlay.yaml": overlay()})
    assert antq(*words, "--only-plugin", "data-of-thu").code in (0, 1)


def test_options_before_an_inner_command_count_as_well(site: Site, antq: Antq) -> None:
    site.code("code-bad", "1 / 0")
    assert antq("rulesets", "--no-plugin", "code-bad", "show", NATIONAL).code == 0
    assert "holds code" in antq("rulesets", "--data-only", "show", NATIONAL).err


def test_what_needs_no_plugins_looks_for_none(site: Site) -> None:
    site.code("code-bad", "1 / 0")
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{site.folder}"}
    code = "import sys; from antq_rules.cli import main; sys.exit(main(sys.argv[1:]))"

    def antq(*words: str, verbose: str = "-q") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, verbose, "-c", code, *words], env=environment, capture_output=True, text=True, check=False
        )

    ran = antq("--version", verbose="-v")
    assert ran.returncode == 0
    assert "import 'antq_rules.version'" in ran.stderr
    assert "antq_rules.extensions" not in ran.stderr
    for words in (["--help"], ["evaluate", "--help"], ["schema"]):
        assert antq(*words).returncode == 0, words
    ran = antq("evaluate", "-")
    assert ran.returncode == 2
    assert "code-bad 3.2.1" in ran.stderr


# --- measures, readers, reporters, catalogues ------------------------------------------------------------------


@dataclass
class Register:
    """A plugin as an object: a province's own register of lamps."""

    function: Callable[..., object]

    @hookimpl
    def antq_measures(self) -> list[MeasureFunction]:
        """One function."""
        return [MeasureFunction("lamps", Label("Số đèn", "Lamps"), 0, 9, ("text",), self.function)]


def nine(unit: str) -> int:
    return 9


def test_a_measure_keeps_to_its_declaration() -> None:
    def fails(unit: str) -> object:
        raise KeyError(unit)

    for value in (0, 9, None):
        assert Plugins.of([Register(lambda unit, value=value: value)]).measures["lamps"].function("a") == value
    for wrong in (10, -1, True, 4.0, "pass", "4", (0, 9)):
        measure = Plugins.of([Register(lambda unit, wrong=wrong: wrong)]).measures["lamps"]
        with pytest.raises(PluginError, match="the measure 'lamps' of the plugin Register gives") as error:
            measure.function("a")
        assert "not a whole number in its range" in str(error.value)
    with pytest.raises(PluginError, match="the plugin Register fails: KeyError: 'a'"):
        Plugins.of([Register(fails)]).measures["lamps"].function("a")


def test_a_measure_can_be_pickled_with_the_plan_that_holds_it() -> None:
    module = ModuleType("register")
    module.antq_measures = Register(nine).antq_measures  # type: ignore[attr-defined]
    measure = Plugins.of([module]).measures["lamps"]
    assert pickle.loads(pickle.dumps(measure)).function("a") == 9


MEASURED = """
criteria:
  tt124.kdc:
    - id: thu.kdc.1
      title: {vi: Đủ đèn, en: Enough lamps}
      citation: {instrument: 1/QĐ-UBND, article: 1}
      require: {at_least: [{measure: {name: lamps, of: [unit]}}, 5]}
"""


@pytest.mark.parametrize(("value", "outcome"), [("4", "fail"), ("5", "pass"), ("None", "undetermined")])
def test_an_overlay_may_compare_what_code_measures(
    value: str, outcome: str, site: Site, antq: Antq, dossier: str
) -> None:
    site.code("code-of-thu", MEASURE.replace("return 4", f"return {value}"))
    site.add("data-of-thu", {"overlays/thu-2025/overlay.yaml": overlay(more=MEASURED)})
    ran = antq("evaluate", dossier, "--overlay", "thu-2025", "--format", "json")
    assert ran.code == 1, ran.err
    (verdict,) = json.loads(ran.out)["verdicts"]
    assert [row["outcome"] for row in verdict["findings"] if row["criterion"] == "thu.kdc.1"] == [outcome]
    assert manifest(ran)["plugins"] == [
        {"name": "code-of-thu", "version": "3.2.1", "contributions": {"measures": ["lamps"]}},
        {"name": "data-of-thu", "version": "3.2.1", "contributions": {"overlays": ["thu-2025"]}},
    ]
    assert manifest(antq("evaluate", dossier, "--format", "json"))["plugins"] == []


def test_a_measure_that_fails_stops_the_run_in_its_name(site: Site, antq: Antq, dossier: str) -> None:
    site.add("data-of-thu", {"overlays/thu-2025/overlay.yaml": overlay(more=MEASURED)})
    for value, part in (("1 / 0", "ZeroDivisionError"), ("'pass'", "gives 'pass', not a whole number in its range")):
        site.code("code-bad", MEASURE.replace("return 4", f"return {value}"))
        ran = antq("evaluate", dossier, "--overlay", "thu-2025")
        assert (ran.code, ran.out) == (2, "")
        assert "the measure 'lamps' of the plugin code-bad 3.2.1" in ran.err
        assert part in ran.err
    assert antq("evaluate", dossier).code == 1


READER = """
from antq_rules import Dossier, EvidenceError, Fault

def read(source):
    raw = source.read_bytes()
    if raw == b"none":
        raise EvidenceError(Fault("none", "{name} is no ledger", "write it down", values={"name": source.name}))
    return Dossier.of([{"id": id, "kind": "kdc"} for id in raw.decode().split()], 2025)

@hookimpl
def antq_readers():
    return [Reader("ledger", (".ledger",), read, lambda raw: raw.startswith(b"ledger "), 1)]
"""


def test_a_plugin_may_read_a_format_of_its_own(site: Site, antq: Antq, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    file = tmp_path / "in" / "a.ledger"
    file.write_text("kdc-01 kdc-02", encoding="utf-8")
    assert antq("evaluate", str(file)).code == 2
    site.code("code-of-thu", READER)
    for source in (file, file.parent):
        ran = antq("evaluate", str(source), "--format", "json")
        assert [row["unit"] for row in json.loads(ran.out)["verdicts"]] == ["kdc-01", "kdc-02"]
    assert [entry.data["id"] for entry in load_dossier(file).entries] == ["kdc-01", "kdc-02"]
    file.write_text("none", encoding="utf-8")
    assert antq("evaluate", str(file)).err == f"{file.as_posix()} is no ledger; write it down\n"


def test_a_reader_that_fails_stops_the_run_in_its_name(site: Site, antq: Antq, tmp_path: Path) -> None:
    file = tmp_path / "a.ledger"
    file.write_bytes(b"\xff")
    site.code("code-bad", READER)
    ran = antq("evaluate", str(file))
    assert (ran.code, ran.out) == (2, "")
    assert "the format 'ledger' of the plugin code-bad 3.2.1 fails: UnicodeDecodeError" in ran.err
    site.code("code-bad", READER.replace("return Dossier.of", "return (lambda *given: given)"))
    file.write_text("", encoding="utf-8")
    ran = antq("validate", str(file))
    assert "the format 'ledger' of the plugin code-bad 3.2.1 gives tuple, not Dossier" in ran.err


def test_a_plugin_may_report_in_a_format_of_its_own(site: Site, antq: Antq, dossier: str) -> None:
    report = "def write(report, stream):\n    stream.write('%d units' % len(report.assessment.verdicts))\n"
    hook = "@hookimpl\ndef antq_reporters():\n    return {'count': Reporter(write)}\n"
    site.code("code-of-thu", report + hook)
    assert antq("evaluate", dossier, "--format", "count").out == "1 units"
    assert "did you mean 'count'?" in antq("evaluate", dossier, "--format", "conut").err
    site.code("code-of-thu", report.replace("assessment.verdicts", "assessment.nix") + hook)
    ran = antq("evaluate", dossier, "--format", "count")
    assert ran.code == 2
    assert "the format 'count' of the plugin code-of-thu 3.2.1 fails: AttributeError" in ran.err


TOY = """
import struct

from antq_rules import Dossier, Source

def read(source):
    fields = source.ruleset(2025).all_fields_of("kdc")
    with source.open() as stream:
        head, *lines = stream.read().decode().splitlines()
    names = head.split("|")[1:]
    units = []
    for line in lines:
        id, *cells = line.split("|")
        evidence = {name: int(cell) for name, cell in zip(names, cells) if fields[name].kind == "integer"}
        units.append({"id": id, "kind": "kdc", "evidence": evidence})
    return Dossier.of(units, 2025)

def write(report, stream):
    verdicts = report.assessment.verdicts
    for position, verdict in enumerate(verdicts, start=1):
        stream.write(struct.pack(">HH", verdict.met, verdict.applicable))
        if report.progress is not None:
            report.progress(position, len(verdicts))

def compare(comparison, stream):
    stream.write(b"TOY %d %d" % (comparison.before.period, comparison.after.period))

@hookimpl
def antq_readers():
    return [Reader("toy", (".toy",), read, lambda raw: raw.startswith(b"id|"), 1)]

@hookimpl
def antq_reporters():
    return {"toy": Reporter(write, exact=True, binary=True, compare=compare)}
"""


def test_a_format_in_one_file_reads_by_the_ruleset_and_writes_bytes_reports_and_comparisons(
    site: Site, antq: Antq, tmp_path: Path
) -> None:
    site.code("code-of-thu", TOY)
    file, out = tmp_path / "a.toy", tmp_path / "out.bin"
    file.write_text("id|households_resident|households_registered\nkdc-01|200|200\nkdc-02|201|200\n", encoding="utf-8")
    assert antq("evaluate", str(file), "--format", "toy", "-o", str(out)).code == 1
    (met, applicable), (met_less, as_many) = struct.iter_unpack(">HH", out.read_bytes())
    assert (met_less, as_many) == (met - 1, applicable)
    assert antq("validate", str(file)).code == 0
    assert antq("diff", str(file), str(file), "--format", "toy", "-o", str(out)).code == 0
    assert out.read_bytes() == b"TOY 2025 2025"


def compiled(tmp_path: Path, sentences: Mapping[str, str]) -> bytes:
    catalogue = Catalog(locale="vi")
    for sentence, translation in sentences.items():
        catalogue.add(sentence, translation)
    file = tmp_path / "a.mo"
    with file.open("wb") as stream:
        write_mo(stream, catalogue)
    return file.read_bytes()


@pytest.fixture
def forgotten_sentences(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let sentences of plugins be known during one test only."""
    from antq_rules.explain import catalogue

    monkeypatch.setattr(catalogue, "_others", {language: {} for language in LANGUAGES})
    catalogue.translator.cache_clear()
    yield
    catalogue.translator.cache_clear()


@pytest.mark.usefixtures("forgotten_sentences")
def test_a_catalogue_translates_what_the_plugin_says_and_nothing_else(
    site: Site, antq: Antq, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.ledger"
    file.write_text("none", encoding="utf-8")
    site.code("code-of-thu", READER)
    sentences = {"{name} is no ledger": "{name} không phải là sổ", "there is no format '{format}'": "hỏng '{format}'"}
    site.add("data-of-thu", {f"locales/{one}/LC_MESSAGES/a.mo": compiled(tmp_path, sentences) for one in LANGUAGES})
    assert main(["evaluate", str(file)]) == 2
    assert "không phải là sổ; write it down" in capsys.readouterr().err
    assert listed(antq)["data-of-thu"]["contributions"] == {"catalogues": ["en", "vi"]}
    for words in (["--lang", "vi"], ["--lang", "en"]):
        assert main(["evaluate", str(file), "--format", "nix", *words]) == 2
        assert "hỏng" not in capsys.readouterr().err


def test_a_translation_may_not_reach_for_more_than_its_sentence(
    site: Site, antq: Antq, dossier: str, tmp_path: Path
) -> None:
    mo = compiled(tmp_path, {"{name} is no ledger": "{name.__class__}"})
    site.add("data-bad", {"locales/vi/LC_MESSAGES/a.mo": mo})
    stops(antq, dossier, "data-bad", "do not name the same values")


def test_catalogues_are_read_as_gettext_reads_them() -> None:
    import gettext

    folder = ROOT / "src" / "antq_rules" / "locales"
    theirs = gettext.translation("antq_rules", folder, ["vi"]).gettext
    ours = sentences_in(folder, "vi")
    assert len(ours) > 100
    assert all(theirs(sentence) == translation for sentence, translation in ours.items())


# --- the library -----------------------------------------------------------------------------------------------


@dataclass
class Province:
    """A plugin as an object, with folders."""

    folders: list[Path]
    rulesets: list[Path]

    @hookimpl
    def antq_overlays(self) -> list[Path]:
        """Its overlays."""
        return self.folders

    @hookimpl
    def antq_rulesets(self) -> list[Path]:
        """Its rulesets."""
        return self.rulesets


@pytest.fixture
def province(tmp_path: Path) -> Plugins:
    """Two overlays of the national ruleset, one of another, and that."""
    one = write(tmp_path / "p/one", {"overlay.yaml": overlay("one", "one", "8/10")})
    two = write(tmp_path / "p/two", {"overlay.yaml": overlay("two", "two", "9/10")})
    other = write(tmp_path / "p/other", {"overlay.yaml": OTHER})
    return Plugins.of([Province([one, two, other], [write(tmp_path / "p/tinh-thu", RULESET)])])


OTHER = overlay("other", "other").replace(NATIONAL, "tinh-thu").partition("tighten: ")[0]


def test_an_engine_takes_plugins_that_are_handed_in(province: Plugins) -> None:
    engine = Engine(NATIONAL, overlays=["one"], plugins=province)
    assert [one.id for one in engine.ruleset.overlays] == ["one"]
    assert Engine("tinh-thu", plugins=province).ruleset.version == "2.0.0"
    assert Engine(NATIONAL, overlays="one", plugins=province).ruleset.overlays == engine.ruleset.overlays
    with pytest.raises(RulesetError, match="'one'"):
        Engine(NATIONAL, overlays=["one"], plugins=Plugins.of())
    with pytest.raises(RulesetError, match="tinh-thu"):
        Engine("tinh-thu", plugins=Plugins.of())


def test_the_order_of_overlays_is_nothing(province: Plugins) -> None:
    results = {
        Engine(NATIONAL, overlays=names, plugins=province).assess(DOSSIER).to_json()
        for names in (["one", "two"], ["two", "one"], ["two", "one", "two"])
    }
    assert len(results) == 1
    found = json.loads(results.pop())["manifest"]
    assert [row["id"] for row in found["overlays"]] == ["one", "two"]
    assert found["plugins"] == [{"name": "Province", "version": "", "contributions": {"overlays": ["one", "two"]}}]


def test_overlays_are_named_by_id_or_path_on_a_ruleset_however_named(province: Plugins, tmp_path: Path) -> None:
    by_id = Engine(NATIONAL, overlays=["one"], plugins=province).assess(DOSSIER).to_json()
    for ruleset in (NATIONAL, load_ruleset(NATIONAL), ROOT / "rulesets" / NATIONAL):
        for name in (tmp_path / "p/one", str(tmp_path / "p/one")):
            engine = Engine(ruleset, overlays=[name], plugins=province)
            assert engine.assess(DOSSIER).to_json() == by_id
    assert Engine.from_path(tmp_path / "p/one", plugins=province).assess(DOSSIER).to_json() == by_id


def test_an_overlay_of_another_ruleset_is_refused(province: Plugins, tmp_path: Path) -> None:
    for name in ("other", tmp_path / "p/other"):
        with pytest.raises(RulesetError, match=f"belongs to 'tinh-thu', not to '{NATIONAL}'"):
            Engine(NATIONAL, overlays=[name], plugins=province)
    assert Engine("tinh-thu", overlays=["other"], plugins=province).ruleset.overlays


def test_a_pickled_engine_knows_what_took_part(province: Plugins) -> None:
    engine = Engine(NATIONAL, overlays=["one"], plugins=province)
    again = pickle.loads(pickle.dumps(engine))
    assert again.assess(DOSSIER).to_json() == engine.assess(DOSSIER).to_json()
    assert "Province" in again.assess(DOSSIER).to_json()


def test_a_variant_differs_in_what_is_said_alone(province: Plugins) -> None:
    engine = Engine(NATIONAL, overlays=["one"], plugins=province)
    found = json.loads(engine.variant({"yoy_mode": "decrease"}).assess(DOSSIER).to_json())["manifest"]
    before = json.loads(engine.assess(DOSSIER).to_json())["manifest"]
    assert found["readings"].pop("yoy_mode") == "decrease"
    assert before["readings"].pop("yoy_mode") == "non_increase"
    assert found == before


def test_a_ruleset_may_use_an_installed_one_and_never_itself(tmp_path: Path) -> None:
    def using(id: str, used: str) -> Path:
        text = RULESET["ruleset.yaml"].replace("tinh-thu", id) + f"uses: [{used}]\n"
        return write(tmp_path / id, {**RULESET, "ruleset.yaml": text})

    plugins = Plugins.of([Province([], [using("a", NATIONAL)])])
    assert [one.id for one in Engine("a", plugins=plugins).ruleset.used] == [NATIONAL]
    plugins = Plugins.of([Province([], [using("b", "c"), using("c", "b")])])
    with pytest.raises(RulesetError, match="uses itself"):
        Engine("b", plugins=plugins)


# --- antq test -------------------------------------------------------------------------------------------------

PROJECT = """\
[project]
name = "data-of-thu"
version = "0.0.1"
[project.entry-points.antq_rules]
thu = "data_of_thu"
"""
OVERLAY_CASES = """\
standard: tt124.xa
period: 2025
cases:
  - {criterion: thu.xa.1, name: Lit, kind: xa, evidence: {lamps: 3}, expect: pass}
  - {criterion: thu.xa.1, name: Dark, kind: xa, evidence: {lamps: 2}, readings: {yoy_mode: decrease}, expect: fail}
  - {criterion: thu.xa.1, name: Not told, kind: xa, evidence: {}, expect: undetermined}
"""
LAMPS = """
fields:
  lamps: {kinds: [xa], type: integer, title: {vi: Số đèn, en: Lamps}}
criteria:
  tt124.xa:
    - id: thu.xa.1
      title: {vi: Đủ đèn, en: Enough lamps}
      citation: {instrument: 1/QĐ-UBND, article: 1}
      require: {at_least: [lamps, 3]}
"""


def project(folder: Path, package: str = "src/data_of_thu") -> Path:
    """A plugin's project with a ruleset, an overlay of the national one and cases of both."""
    files = {
        **in_rulesets({**RULESET, "cases/thon.yaml": CASES}),
        "overlays/thu-2025/overlay.yaml": overlay(more=LAMPS),
        "overlays/thu-2025/cases/xa.yaml": OVERLAY_CASES,
    }
    return write(folder, {"pyproject.toml": PROJECT, **{f"{package}/{name}": text for name, text in files.items()}})


def test_cases_of_a_ruleset_and_of_an_overlay_are_run(antq: Antq, tmp_path: Path) -> None:
    package = project(tmp_path / "p") / "src/data_of_thu"
    ran = antq("test", str(package / "rulesets/tinh-thu"))
    assert (ran.code, ran.out, ran.err) == (0, f"{package}/rulesets/tinh-thu: 2 cases, 0 failed\n", "")
    ran = antq("test", str(package / "overlays/thu-2025"))
    assert (ran.code, ran.out, ran.err) == (0, f"{package}/overlays/thu-2025: 3 cases, 0 failed\n", "")


def test_a_folder_of_rulesets_is_tested_whole(antq: Antq, tmp_path: Path) -> None:
    write(tmp_path / "all/a", {**RULESET, "cases/a.yaml": CASES})
    write(tmp_path / "all/b", {"overlay.yaml": overlay(more=LAMPS), "cases/a.yaml": OVERLAY_CASES})
    (tmp_path / "pyproject.toml").write_text("[damaged", encoding="utf-8")
    ran = antq("test", str(tmp_path / "all"))
    assert (ran.code, ran.err) == (0, "")
    assert [line.rpartition("/")[2] for line in ran.out.splitlines()] == [
        "a: 2 cases, 0 failed",
        "b: 3 cases, 0 failed",
        "5 cases, 0 failed",
    ]


@pytest.mark.parametrize("package", ["src/data_of_thu", "data_of_thu"])
@pytest.mark.parametrize("installed", [False, True])
def test_the_cases_of_a_project_are_run_installed_or_not(
    package: str, installed: bool, site: Site, antq: Antq, tmp_path: Path
) -> None:
    if installed:
        # A copy that is out of date: what is tested is the project.
        site.add("data-of-thu", {"overlays/thu-2025/overlay.yaml": overlay()}, points={"thu": "data_of_thu"})
    folder = project(tmp_path / "p", package)
    ran = antq("test", str(folder))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        f"{folder}/{package}/rulesets/tinh-thu: 2 cases, 0 failed",
        f"{folder}/{package}/overlays/thu-2025: 3 cases, 0 failed",
        "5 cases, 0 failed",
    ]
    assert antq("test", str(folder), "--data-only").code == 0


def test_a_case_that_fails_is_listed_with_its_place(antq: Antq, tmp_path: Path) -> None:
    folder = project(tmp_path / "p")
    cases = folder / "src/data_of_thu/rulesets/tinh-thu/cases/thon.yaml"
    cases.write_text(CASES.replace("lamps: 2", "lamps: 4"), encoding="utf-8")
    ran = antq("test", str(folder))
    assert (ran.code, ran.err) == (1, "")
    assert ran.out.splitlines() == [
        f"{cases}:5:5: thu.thon.1, Two: expected fail (at_least), got pass (-)",
        f"{folder}/src/data_of_thu/rulesets/tinh-thu: 2 cases, 1 failed",
        f"{folder}/src/data_of_thu/overlays/thu-2025: 3 cases, 0 failed",
        "5 cases, 1 failed",
    ]
    cases.write_text(CASES.replace("reason: at_least", "reason: equal"), encoding="utf-8")
    assert "expected fail (equal), got fail (at_least)" in antq("test", str(folder)).out


def test_an_overlay_of_a_ruleset_in_the_same_project_is_tested(antq: Antq, tmp_path: Path) -> None:
    folder = project(tmp_path / "p")
    cases = CASES.partition("  - ")[0] + "  - {criterion: verdict, name: Dark, kind: thon, expect: undetermined}\n"
    write(folder / "src/data_of_thu/overlays/other", {"overlay.yaml": OTHER, "cases/a.yaml": cases})
    assert antq("test", str(folder)).code == 0
    assert antq("test", str(folder / "src/data_of_thu/overlays/other")).code == 0


def test_code_of_a_project_is_run_where_it_stands(site: Site, antq: Antq, tmp_path: Path) -> None:
    source = "from antq_rules import Label, MeasureFunction, hookimpl\nfrom pathlib import Path\n" + MEASURE
    hook = "@hookimpl\ndef antq_overlays():\n    return [Path(__file__).parent / 'thu']\n"
    cases = """\
standard: tt124.kdc
period: 2025
cases: [{criterion: thu.kdc.1, name: Four, kind: kdc, expect: fail}]
"""
    folder = write(
        tmp_path / "p",
        {
            "pyproject.toml": PROJECT.replace("data_of_thu", "code_here"),
            "src/code_here/__init__.py": source + hook,
            "src/code_here/thu/overlay.yaml": overlay(more=MEASURED),
            "src/code_here/thu/cases/a.yaml": cases,
        },
    )
    try:
        ran = antq("test", str(folder))
        assert (ran.code, ran.err) == (0, "")
        assert "thu: 1 cases, 0 failed" in ran.out
        refused = antq("test", str(folder), "--data-only")
        assert refused.code == 2
        assert "the plugin data-of-thu 0.0.1 (thu) holds code" in refused.err
    finally:
        sys.modules.pop("code_here", None)


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"src/data_of_thu/rulesets/tinh-thu/cases/thon.yaml": "standard: thu.thon\n"}, "the key 'cases' is missing"),
        ({"src/data_of_thu/rulesets/tinh-thu/cases/thon.yaml": CASES.replace("thon.1", "thon.9")}, "no criterion"),
        ({"src/data_of_thu/rulesets/tinh-thu/evidence.yaml": BOMB}, "evidence.yaml:9:"),
        ({"src/data_of_thu/overlays/thu-2025/overlay.yaml": overlay(share="6/10", more=LAMPS)}, "overlay.yaml:7:"),
        ({"pyproject.toml": "[project"}, "pyproject.toml: the file cannot be read"),
        ({"pyproject.toml": PROJECT.replace("data_of_thu", "nix")}, "cannot be imported: ModuleNotFoundError"),
        ({"pyproject.toml": PROJECT.replace("data_of_thu", "!")}, "cannot be imported: "),
    ],
)
def test_what_cannot_be_run_is_told_and_the_rest_goes_on(
    change: dict[str, str], part: str, antq: Antq, tmp_path: Path
) -> None:
    good = project(tmp_path / "good")
    bad = write(project(tmp_path / "bad"), change)
    ran = antq("test", str(bad), str(good))
    assert ran.code == 2
    assert part in ran.err
    assert f"{good}/src/data_of_thu/rulesets/tinh-thu: 2 cases, 0 failed" in ran.out


def test_a_folder_without_cases_is_not_sound(antq: Antq, tmp_path: Path) -> None:
    folder = project(tmp_path / "p")
    (folder / "src/data_of_thu/rulesets/tinh-thu/cases/thon.yaml").unlink()
    ran = antq("test", str(folder))
    assert ran.code == 2
    assert "rulesets/tinh-thu: there are no cases" in ran.err


def test_where_there_is_nothing_to_test_that_is_said(antq: Antq, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nix"):
        ran = antq("test", str(path))
        assert ran.code == 2
        assert f"{path}: there is no ruleset and no overlay here" in ran.err


# --- nothing is forgotten --------------------------------------------------------------------------------------


def test_every_hook_is_documented_and_tested() -> None:
    assert set(HOOKS) == {"antq_rulesets", "antq_overlays", "antq_measures", "antq_readers", "antq_reporters",
                          "antq_catalogues"}  # fmt: skip
    manual = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for hook in HOOKS:
        assert f"`{hook}`" in manual


def test_the_plugin_of_the_manual_works() -> None:
    manual = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", manual, flags=re.DOTALL)
    module = ModuleType("example")
    exec(compile(example, "CONTRIBUTING.md", "exec"), vars(module))
    measure = Plugins.of([module]).measures["street_lamps"].function
    assert (measure("kdc-01"), measure("kdc-02")) == (12, None)
