"""What the tests share: options that renew golden reports and the catalogue, and the comparison with the reports."""

import os
from collections.abc import Callable
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
