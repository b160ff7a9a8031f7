"""What the tests share: options that renew golden reports and the catalogue, and the comparison with the reports."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent.parent / "fixtures" / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--renew-golden",
        action="store_true",
        help="write what the reports under fixtures/golden say now, to be read before they are kept",
    )
    parser.addoption(
        "--renew-catalogue",
        action="store_true",
        help="bring the sentences of the Vietnamese catalogue up to date with the code; new ones are left empty",
    )


def pytest_configure(config: pytest.Config) -> None:
    # Reports are as wide as COLUMNS says, which workers of pytest-xdist set.
    os.environ.pop("COLUMNS", None)
    if config.getoption("--renew-catalogue"):
        from tests import catalogue

        catalogue.renew()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """A function that holds a report against the golden one of its name, byte for byte."""

    def compare(name: str, report: str) -> None:
        file = GOLDEN / name
        if request.config.getoption("--renew-golden"):
            file.write_bytes(report.encode())
        assert report.encode() == file.read_bytes(), f"if {name} may change: pytest --renew-golden"

    return compare


def program(*names: str, package: str) -> str:
    """The path of the first of some programs that is there; where none is, the test is skipped, or fails in CI."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        missing = f"{names[0]} is not on this machine (Debian: apt-get install {package}; nox -s programs does it)"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium."""
    return program("chromium", "chromium-browser", "google-chrome", package="chromium")


@pytest.fixture(scope="session")
def soffice() -> str:
    """The path of LibreOffice."""
    return program("soffice", "libreoffice", package="libreoffice-calc")


Converted = Callable[[Sequence[Path], str], list[Path]]


@pytest.fixture(scope="session")
def converted(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> Converted:
    """A function that lets LibreOffice open files and save them in another format, named by its suffix.

    It fails where LibreOffice says a word on its standard error about a file, or leaves one out.
    """
    profile = tmp_path_factory.mktemp("libreoffice")

    def convert(files: Sequence[Path], suffix: str) -> list[Path]:
        folder = tmp_path_factory.mktemp("converted")
        made = subprocess.run(
            [soffice, "--headless", f"-env:UserInstallation={profile.as_uri()}", "--convert-to", suffix,
             "--outdir", str(folder), *map(str, files)],
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        results = [folder / f"{file.stem}.{suffix.partition(':')[0]}" for file in files]
        complaints = [line for line in made.stderr.splitlines() if "rror" in line]
        assert made.returncode == 0, made.stderr
        assert not complaints, complaints
        assert all(file.exists() for file in results), f"{made.stdout}\n{made.stderr}"
        return results

    return convert
