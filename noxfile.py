"""The checks, each by one name: ``nox -s check``, ``nox -s tests``, ``nox -s long``, ``nox -s bench``."""

import os
import shutil
import sys

import nox

PYTHONS = ["3.11", "3.12", "3.13"]

# Where its branches decide a verdict, code is tested or it is not there.
COVERED = ["operators", "plan", "evidence", "engines", "assessment"]

# A file's tests stay together, since they share what is slow to make.
PARALLEL = ["-n", "auto", "--dist", "loadfile"]

# What tests drive that pip does not bring: a browser, the office that opens our workbooks, and the Java under Spark.
# The package of Debian for each, and the names under which it may be there.
PROGRAMS = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "libreoffice-calc": ("soffice", "libreoffice"),
    "default-jre-headless": ("java",),
}

nox.options.sessions = ["programs", "check"]

with_and_without = nox.parametrize(
    "durable", [nox.param(True, id="with-durable-rules"), nox.param(False, id="without-durable-rules")]
)


@nox.session(python=False)
def programs(session: nox.Session) -> None:
    """Install the programs that tests drive and that are not there, where apt-get can; else the tests skip them."""
    missing = [package for package, names in PROGRAMS.items() if not any(map(shutil.which, names))]
    if not missing:
        return
    may_install = os.name == "posix" and (os.geteuid() == 0 or shutil.which("sudo") is not None)
    if shutil.which("apt-get") is None or not may_install:
        session.warn(f"Install {' and '.join(missing)}: without them some tests are skipped.")
        return
    apt = [*([] if os.geteuid() == 0 else ["sudo"]), "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    session.run(*apt, "update", "--quiet=2", external=True)
    session.run(*apt, "install", "--yes", "--quiet=2", "--no-install-recommends", *missing, external=True)


@nox.session(python=False)
def check(session: nox.Session) -> None:
    """Lint, format, types and tests, in the environment that nox itself runs in."""
    python = [sys.executable, "-m"]
    session.run(*python, "ruff", "check")
    session.run(*python, "ruff", "format", "--check")
    session.run(*python, "mypy")
    session.run(sys.executable, "hatch_build.py", silent=True)
    session.run(*python, "pytest", *(session.posargs or PARALLEL))


@nox.session(python=PYTHONS)
@with_and_without
def tests(session: nox.Session, durable: bool) -> None:
    """The tests on each Python; with durable-rules, which reaches every branch, coverage is held too."""
    install(session, durable)
    if durable and not session.posargs:
        session.run("pytest", "--cov", "--cov-report=", *PARALLEL)
        include = ",".join(f"*/antq_rules/{package}/*" for package in COVERED)
        session.run("coverage", "report", f"--include={include}", "--fail-under=95")
    else:
        session.run("pytest", *(session.posargs or PARALLEL))


@nox.session(python=PYTHONS[0])
@with_and_without
def long(session: nox.Session, durable: bool) -> None:
    """The tests that take minutes: more random units, larger dossiers."""
    install(session, durable)
    session.run("pytest", "-m", "slow", *(session.posargs or PARALLEL))


@nox.session(python=PYTHONS[0])
def bench(session: nox.Session) -> None:
    """The comparisons with other libraries and the curve of growth, written to benchmarks/RESULTS.md."""
    session.install("--editable", ".[bench]")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def spark(session: nox.Session) -> None:
    """Types and tests of judging on Spark, in an environment of their own: Spark is large."""
    session.install("--editable", ".[test,spark]")
    session.run("mypy", "src/antq_rules/spark", "tests/test_spark.py")
    session.run("pytest", *(session.posargs or ["tests/test_spark.py"]))


def install(session: nox.Session, durable: bool) -> None:
    """Install the checkout, and see to it that durable-rules is there or is not, whatever the default is."""
    session.install("--editable", ".[test]")
    if durable:
        # On 3.13 a plain build lacks a name that its C code calls; pip may hold such a build in its cache.
        flags = {"CPPFLAGS": "-DPyEval_CallObject=PyObject_CallObject"}
        session.install("--no-cache-dir", "durable-rules>=2.0.28", env=flags)
        session.run("python", "-c", "import durable_rules_engine")
    else:
        session.run("python", "-m", "pip", "uninstall", "--quiet", "--yes", "durable-rules")
