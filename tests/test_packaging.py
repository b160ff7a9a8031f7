"""What reaches a user: the wheel, the wheel built from the sdist, and the editable tree carry the same data.

Nothing is fetched: hatchling builds in this environment, and the fresh environments see its dependencies.
"""

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

from antq_rules import resources
from antq_rules.version import __version__

ROOT = Path(__file__).resolve().parents[1]

# The hash is over the sorted relative paths and the bytes of a ruleset's files, editors' leftovers apart.
DESCRIBE = """
import gettext, hashlib, json
from pathlib import Path
import antq_rules
from antq_rules.resources import rulesets_folder

def content_hash(folder):
    digest = hashlib.sha256()
    for file in sorted(path for path in folder.rglob("[!.]*[!~]") if path.is_file()):
        name, data = file.relative_to(folder).as_posix().encode(), file.read_bytes()
        digest.update(b"%d:%s%d:%s" % (len(name), name, len(data), data))
    return digest.hexdigest()

package = Path(antq_rules.__file__).parent
folders = [path for path in sorted(rulesets_folder().iterdir()) if path.is_dir()]
print(json.dumps({
    "package": str(package.resolve()),
    "rulesets": {folder.name: content_hash(folder) for folder in folders},
    "languages": sorted(
        path.name for path in (package / "locales").iterdir()
        if gettext.find("antq_rules", package / "locales", [path.name])
    ),
    "typed": (package / "py.typed").is_file(),
}))
"""


def build(target: str, source: Path, out: Path) -> Path:
    """Build ``target`` of the tree at ``source`` and return the one file that comes out."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(out)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    [built] = out.iterdir()
    return built


def run(*command: Path | str, cwd: Path) -> str:
    """Return the stdout of ``command``; nothing of the checkout is on its path."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def install(wheel: Path, folder: Path) -> Path:
    """Install ``wheel`` alone into a fresh environment at ``folder`` and return its folder of commands."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    places = {"base": str(folder), "platbase": str(folder)}
    commands = Path(sysconfig.get_path("scripts", "venv", places))
    pip = [sys.executable, "-m", "pip", "--python", str(commands / "python"), "--disable-pip-version-check"]
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", wheel, cwd=folder)
    dependencies = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    site_packages = Path(sysconfig.get_path("purelib", "venv", places))
    (site_packages / "dependencies.pth").write_text("\n".join(dependencies), encoding="utf-8")
    return commands


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", ROOT, tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheels(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    unpacked = tmp_path_factory.mktemp("unpacked")
    run(sys.executable, "-m", "tarfile", "-e", sdist, unpacked, cwd=unpacked)
    [source] = unpacked.iterdir()
    return {
        "wheel": build("wheel", ROOT, tmp_path_factory.mktemp("wheel")),
        "wheel from the sdist": build("wheel", source, tmp_path_factory.mktemp("wheel-from-sdist")),
        "editable": build("wheel:editable", ROOT, tmp_path_factory.mktemp("editable")),
    }


@pytest.fixture(scope="module", params=["wheel", "wheel from the sdist", "editable"])
def installed(
    request: pytest.FixtureRequest, wheels: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    return install(wheels[request.param], tmp_path_factory.mktemp("environment"))


def describe(python: Path | str, cwd: Path) -> Any:
    return json.loads(run(python, "-c", DESCRIBE, cwd=cwd))


def test_every_way_of_installing_gives_the_same_data(installed: Path, tmp_path: Path) -> None:
    found = describe(installed / "python", tmp_path)
    here = describe(sys.executable, tmp_path)
    assert "tt-124-2021" in found["rulesets"]
    assert found["rulesets"] == here["rulesets"]
    assert found["languages"] == ["en", "vi"]
    assert found["typed"]


def test_the_command_is_installed(installed: Path, tmp_path: Path) -> None:
    assert __version__ in run(installed / "antq", "--version", cwd=tmp_path)


def test_an_editable_install_runs_the_checkout_and_copies_nothing(wheels: dict[str, Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(wheels["editable"]) as archive:
        assert {Path(name).parts[0] for name in archive.namelist()} == {
            "_antq_rules.pth",
            f"antq_rules-{__version__}.dist-info",
        }
    commands = install(wheels["editable"], tmp_path / "environment")
    assert Path(describe(commands / "python", tmp_path)["package"]) == ROOT / "src" / "antq_rules"


def test_the_wheel_from_the_sdist_is_the_wheel(wheels: dict[str, Path]) -> None:
    assert wheels["wheel"].read_bytes() == wheels["wheel from the sdist"].read_bytes()


def test_built_catalogues_stay_out_of_the_sdist(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        assert not [name for name in archive.getnames() if name.endswith(".mo")]


@pytest.mark.parametrize(
    ("pyproject", "found"),
    [
        ('[project]\nname = "antq-rules"\n', "rulesets"),
        ('[project]\nname = "stranger"\n', "src/antq_rules/rulesets"),
        ("not TOML", "src/antq_rules/rulesets"),
        (None, "src/antq_rules/rulesets"),
    ],
)
def test_a_folder_beside_the_package_is_ours_only_in_our_checkout(
    pyproject: str | None, found: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "src" / "antq_rules"
    (package / "rulesets").mkdir(parents=True)
    (tmp_path / "rulesets").mkdir()
    if pyproject:
        (tmp_path / "pyproject.toml").write_text(pyproject, encoding="utf-8")
    monkeypatch.setattr(resources, "__file__", str(package / "resources.py"))
    assert resources.rulesets_folder() == tmp_path / found


def test_missing_rulesets_are_an_error_that_names_the_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "__file__", str(tmp_path / "antq_rules" / "resources.py"))
    with pytest.raises(FileNotFoundError, match=r"antq_rules.rulesets: .* install antq-rules again"):
        resources.rulesets_folder()
