"""What the tests share: the option that renews golden reports, and the comparison with them."""

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


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """A function that holds a report against the golden one of its name, byte for byte."""

    def compare(name: str, report: str) -> None:
        file = GOLDEN / name
        if request.config.getoption("--renew-golden"):
            file.write_bytes(report.encode())
        assert report.encode() == file.read_bytes(), f"if {name} may change: pytest --renew-golden"

    return compare
