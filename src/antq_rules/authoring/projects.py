"""What ``antq test`` is pointed at: a ruleset, an overlay, or the project of a plugin, installed or not."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from antq_rules.errors import Fault, Place, PluginError, RulesetError, message
from antq_rules.extensions.choice import ALL, PluginChoice
from antq_rules.extensions.collecting import Folder
from antq_rules.extensions.discovery import GROUP, Offer, discover, holds_code, normalised, refuse_code
from antq_rules.extensions.plugins import Plugins
from antq_rules.frozen import frozen

FILES = ("ruleset.yaml", "overlay.yaml")
PARTS = ("rulesets", "overlays")


@frozen
class Subject:
    """A folder with a ruleset or an overlay whose cases are to be run, and the plugins that it is read with."""

    folder: Path
    plugins: Plugins


def subjects(path: Path, choice: PluginChoice = ALL) -> tuple[Subject, ...]:
    """The rulesets and overlays at a path, in the order of their names.

    Args:
        path: A folder with ``ruleset.yaml`` or ``overlay.yaml``, or a folder of such; or a project of a plugin, whose
            package stands in it or under its ``src/``. What stands in a project goes before an installed copy of it.
        choice: Which of the installed plugins take part besides.
    Raises:
        RulesetError: There is nothing of the kind at the path.
        PluginError: The project or an installed plugin cannot be used.
    """
    singles = [one for one in (path, *_inner(path)) if any((one / file).is_file() for file in FILES)]
    project = _project_of(path.resolve())
    offers = list(_offers(project or path)) if project or not singles else []
    if choice.data_only:
        refuse_code(offers)
    ours = {normalised(offer.distribution) for offer in offers}
    found, left_out = discover(choice)
    installed = [offer for offer in found if normalised(offer.distribution) not in ours]
    plugins = Plugins([*installed, *offers], left_out)
    if singles:
        return tuple(Subject(one, plugins) for one in singles)
    folders: Iterable[Folder] = (*plugins.rulesets.values(), *plugins.overlays.values())
    here = [Subject(_near(one.path), plugins) for one in folders if one.offer in offers]
    if not here:
        raise RulesetError(
            Fault(
                "no_folder",
                message("there is no ruleset and no overlay here"),
                message("name a folder with ruleset.yaml or overlay.yaml, or a plugin's project"),
                place=Place(path.as_posix()),
            )
        )
    return tuple(here)


def _near(path: Path) -> Path:
    """A path as seen from the working folder, where it lies below."""
    return Path(os.path.relpath(path)) if path.is_relative_to(Path.cwd()) else path


def _project_of(path: Path) -> Path | None:
    """The nearest folder at or above a path whose ``pyproject.toml`` offers a plugin."""
    for folder in (path, *path.parents):
        try:
            if _points(folder):
                return folder
        except PluginError:
            # A damaged file further up need not concern what stands here.
            if folder == path:
                raise
    return None


def _points(folder: Path) -> Mapping[str, Any]:
    """The plugins that a folder's ``pyproject.toml`` offers."""
    groups = _stated(folder).get("entry-points", {})
    points = groups.get(GROUP, {}) if isinstance(groups, dict) else {}
    return points if isinstance(points, dict) else {}


def _stated(folder: Path) -> Mapping[str, Any]:
    """The table ``project`` of a folder's ``pyproject.toml``; empty where there is none.

    Raises:
        PluginError: The file cannot be read.
    """
    file = folder / "pyproject.toml"
    if not file.is_file():
        return {}
    try:
        project = tomllib.loads(file.read_text(encoding="utf-8")).get("project", {})
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise PluginError(
            Fault(
                "bad_project", message("the file cannot be read: {why}"), message("check the file"),
                place=Place(file.as_posix()), values={"why": str(error)},
            )
        ) from error  # fmt: skip
    return project if isinstance(project, dict) else {}


def _offers(project: Path) -> Iterator[Offer]:
    """The plugins of a project; without a ``pyproject.toml`` that says so, its folders of data."""
    stated = _stated(project)
    distribution, version = str(stated.get("name", project.resolve().name)), str(stated.get("version", ""))
    points = _points(project)
    for name, value in points.items():
        point = EntryPoint(name, str(value), GROUP)
        top = point.value.partition(":")[0].strip().partition(".")[0]
        roots = [root for root in (project / "src", project) if (root / top).is_dir() or (root / f"{top}.py").is_file()]
        folder = roots[0].resolve() / top if roots and point.value.strip().isidentifier() else None
        if folder is not None and folder.is_dir() and not holds_code(folder):
            yield Offer(name, distribution, version, point, folder)
        else:
            for root in roots[:1]:
                # What is tested is the code that stands here, not an installed copy of it.
                sys.path.insert(0, str(root.resolve()))
            yield Offer(name, distribution, version, point)
    if not points:
        packages = [one for one in (project, *_inner(project / "src"), *_inner(project)) if _holds_parts(one)]
        for package in packages:
            yield Offer(package.resolve().name, distribution, version, None, package.resolve())


def _inner(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.is_dir()) if folder.is_dir() else []


def _holds_parts(folder: Path) -> bool:
    return any(next((folder / part).glob(f"*/{part[:-1]}.yaml"), None) for part in PARTS)
