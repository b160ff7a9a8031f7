"""Where the rulesets that ship with the package are: beside it in a checkout, inside it once installed."""

from pathlib import Path


def rulesets_folder() -> Path:
    """Return the folder that holds one folder per shipped ruleset.

    A checkout (an editable install, or ``src`` on the path) has it at the top level, where authors edit it; a
    wheel carries it inside the package.

    Raises:
        FileNotFoundError: Neither is there; the message names the place.
    """
    package = Path(__file__).resolve().parent
    installed = package / "rulesets"
    root = package.parent.parent
    folder = root / "rulesets" if package.parent.name == "src" and _is_our_checkout(root) else installed
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{folder}: the rulesets shipped with antq-rules are not there; install antq-rules again, "
            "or restore the folder in your checkout"
        )
    return folder


def _is_our_checkout(root: Path) -> bool:
    """Tell by its pyproject.toml, lest the ``rulesets`` of a stranger's project be taken for ours."""
    import tomllib

    try:
        project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return False
    return bool(project.get("project", {}).get("name") == "antq-rules")
