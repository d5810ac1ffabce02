"""Code quality gates and unit tests (DE040 to DE044)."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.facts.files import lines
from mlascent.facts.tooling import Hook
from mlascent.rules import code
from mlascent.rules.entries import serving, training
from mlascent.rules.jobs import on_change
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule
from mlascent.rules.stages import of_kind, reach
from mlascent.rules.words import LINTERS, TYPE_CHECKERS, at, lints, parts, seen, suite, tests

#: Files and sections in which a tool is configured.
_LINTER = (
    *(("pyproject.toml", "tool", "ruff"), ("ruff.toml",), (".ruff.toml",), ("setup.cfg", "flake8")),
    *(
        (".flake8", "flake8"),
        ("tox.ini", "flake8"),
        (".pylintrc",),
        ("pylintrc",),
        ("pyproject.toml", "tool", "pylint"),
    ),
)
_TYPES = (
    *(("pyproject.toml", "tool", "mypy"), ("mypy.ini", "mypy"), (".mypy.ini", "mypy"), ("setup.cfg", "mypy")),
    *(
        ("pyproject.toml", "tool", "pyright"),
        ("pyproject.toml", "tool", "basedpyright"),
        ("pyrightconfig.json",),
    ),
    *(
        ("pyproject.toml", "tool", "ty"),
        ("ty.toml",),
        ("pyproject.toml", "tool", "pyrefly"),
        ("pyrefly.toml",),
    ),
)
_COVERAGE = (
    *(
        ("pyproject.toml", "tool", "coverage", "report"),
        (".coveragerc", "report"),
        ("setup.cfg", "coverage:report"),
    ),
    *(("tox.ini", "coverage:report"), ("coverage.toml", "report")),
)
_OPTIONS = (
    *(
        ("pyproject.toml", "tool", "pytest", "ini_options"),
        ("pytest.ini", "pytest"),
        ("setup.cfg", "tool:pytest"),
    ),
    *(("tox.ini", "pytest"), ("pyproject.toml", "tool", "pytest"), ("pytest.toml", "pytest")),
)
#: Calls by which code reads, splits or transforms rows.
PREPARES = (
    *(
        "pandas.read_*",
        "polars.read_*",
        "polars.scan_*",
        "*.train_test_split",
        "*.ColumnTransformer",
        "dask.*.read_*",
    ),
    *(
        "sklearn.preprocessing.*",
        "sklearn.impute.*",
        "sklearn.feature_extraction.*",
        "*.make_column_transformer",
    ),
    *(
        "pyspark.ml.feature.*",
        "datasets.load_dataset",
        "torch.utils.data.*",
        "tensorflow.data.*",
        "feature_engine.*",
    ),
)
_OF_DATA = frozenset(
    {"data", "dataset", "datasets", "features", "feature", "preprocess", "preprocessing", "split"}
)


def _configured(facts: Facts, places: tuple[tuple[str, ...], ...], names: frozenset[str]) -> Evidence | None:
    for path, *keys in places:
        if path not in facts.files:
            continue
        section = facts.tooling.section(path, *keys) if keys else {"": ""}
        if section is not None and not _off(section):
            return Evidence(path, facts.tooling.line(path, *keys), ".".join(keys) or path)
    hook = _hook(facts, names)
    return Evidence(hook.path, hook.line, f"hook {hook.id}") if hook else None


def _off(section: object) -> bool:
    """Whether a section switches its tool off."""
    if not isinstance(section, dict):
        return False
    lint = section.get("lint")
    select = lint.get("select") if isinstance(lint, dict) else section.get("select")
    excluded = section.get("exclude") or section.get("extend-exclude") or []
    everything = {"*", ".", "**", "src"} & set(excluded if isinstance(excluded, list) else [excluded])
    return select == [] or bool(everything) or str(section.get("ignore_errors", "")).lower() == "true"


def _hook(facts: Facts, names: frozenset[str]) -> Hook | None:
    return next((hook for hook in facts.tooling.hooks if hook.runs(*names)), None)


@rule("DE040")
def configured(facts: Facts) -> Verdict:
    """An empty list of hooks, a linter that selects no rule, a type checker that ignores all errors."""
    linter = _configured(facts, _LINTER, LINTERS)
    types = _configured(facts, _TYPES, TYPE_CHECKERS)
    hooks = facts.tooling.hooks[:1]
    missing = [
        what
        for what, found in (("linter", linter), ("type checker", types), ("commit hook", hooks))
        if not found
    ]
    if missing or not linter or not types:
        return failed(f"No {' and no '.join(missing)} is configured.", *(e for e in (linter, types) if e))
    return passed(
        "Linter, type checker and commit hooks are configured.",
        linter,
        types,
        Evidence(hooks[0].path, hooks[0].line),
    )


@rule("DE041")
def on_every_change(facts: Facts) -> Verdict:
    """A job on a schedule, on one branch, switched off, or whose failure is ignored guards no change."""
    lint = on_change(facts, lints)
    test = [run for run in on_change(facts, tests) if suite(facts, run.launch)]
    missing = [what for what, found in (("linter", lint), ("tests", test)) if not found]
    if missing:
        known = (*lint, *test)
        return failed(
            f"CI does not run the {' or the '.join(missing)} on every change.",
            *(seen(r.launch) for r in known[:2]),
        )
    return passed("CI lints and tests every change.", seen(lint[0].launch), seen(test[0].launch))


@rule("DE042")
def data_tested(facts: Facts) -> Verdict:
    """A test that imports a module and asserts nothing, or never calls into it, does not test it."""
    within = training(facts) | reach(facts, of_kind(facts, "prepare"))
    wanted: dict[str, Evidence] = {}
    package = {module.path for module in facts.python.package()}
    for found in facts.python.calls(PREPARES, within):
        if found.path in package:
            wanted.setdefault(found.path, at(found))
    for path in sorted({path for path, name in within if name} & package):
        if set(parts(path.rpartition("/")[2].removesuffix(".py"))) & _OF_DATA:
            wanted.setdefault(path, Evidence(path))
    if not wanted:
        return failed("No module that loads, splits or transforms data is reached by training.")
    covered = {path for path, name in code.tested(facts) if name}
    missing = [evidence for path, evidence in wanted.items() if path not in covered]
    if missing:
        return failed(f"No test that asserts something calls {lines([e.path for e in missing])}.", *missing)
    return passed(f"Tests call {lines(sorted(wanted))}.", *wanted.values())


@rule("DE043")
def coverage(facts: Facts) -> Verdict:
    """A floor of zero, or one that nothing measures, is none."""
    floor: Evidence | None = None
    for path, *keys in _COVERAGE:
        section = facts.tooling.section(path, *keys) if path in facts.files else None
        if section and _number(section.get("fail_under")) > 0:
            floor = Evidence(path, facts.tooling.line(path, *keys), f"fail_under = {section['fail_under']}")
    said = [
        (path, str((facts.tooling.section(path, *keys) or {}).get("addopts", "")))
        for path, *keys in _OPTIONS
        if path in facts.files
    ]
    launches = [
        launch
        for task in (t for ts in facts.tasks.words.values() for t in ts)
        for launch in facts.tasks.of(task)
    ]
    launches += [run.launch for run in facts.ci.runs(tests)]
    said += [(launch.path, " ".join(launch.argv)) for launch in launches if tests(launch)]
    measured = [(path, text) for path, text in said if "--cov" in text or text.startswith("coverage run")]
    for path, text in measured:
        match = re.search(r"--cov-fail-under[= ]'?(\d+)", text)
        if match and int(match[1]) > 0:
            return passed(f"Tests fail below a coverage of {match[1]} %.", Evidence(path, 0, match[0]))
    if floor and measured:
        return passed(
            "A minimum coverage is set, and measured.",
            floor,
            Evidence(measured[0][0], 0, measured[0][1][:80]),
        )
    if floor:
        return failed("A minimum coverage is set, and nothing measures coverage.", floor)
    return failed("No minimum coverage is set.")


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return 0.0


@rule("DE044")
def all_tested(facts: Facts) -> Verdict:
    """Modules count by the import graph from tests that assert something; a list in a document does not."""
    reached_ = {path for path, _ in training(facts) | serving(facts)}
    wanted = sorted(reached_ & {module.path for module in facts.python.package() if module.functions})
    if not wanted:
        return failed("Neither training nor serving was found.")
    asserting = [
        module.path
        for module in facts.python.modules.values()
        if module.test and any(f.asserts for f in module.functions.values())
    ]
    covered = facts.python.modules_reached(asserting) if asserting else frozenset()
    missing = [path for path in wanted if path not in covered]
    if missing:
        return failed(f"No test imports {lines(missing)}.", *(Evidence(path) for path in missing))
    return passed(f"Tests import all {len(wanted)} modules of training and serving.")
