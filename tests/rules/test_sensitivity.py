"""What is taken away, or disconnected, is missed: by its own rules, and by those of what requires it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from mlascent.catalogue import Capability, Rule, catalogue
from mlascent.facts import Facts
from mlascent.facts.cache import Cache
from mlascent.facts.files import Files
from mlascent.rules import load
from mlascent.rules.model import Outcome

from tests.rules.support import DAY, write
from tests.template.matrix import Project, Workshop, generic, owners

CHECKS = load()
PERSON = {"author": "Ana Souza", "email": "ana@example.com"}
GIVEN = {"level": 2, "workload": "both", "ci": "github", "package": "app", **PERSON}
CI = ".github/workflows/mlascent-{}.yml"
#: A file, what is looked for in it (a regular expression), and what stands there then.
Edit = tuple[str, str, str]

#: Each capability with its files left in place, and one wire cut.
UNWIRED: Mapping[str, tuple[Edit, ...]] = {
    "access-and-secrets": (
        (".pre-commit-config.yaml", r"\n.*id: secrets.*", ""),
        ("docs/tasks.just", r"\n.*pre-commit.*secrets", ""),
    ),
    "change-review": ((".github/rulesets/mlascent.json", '"active"', '"disabled"'),),
    "ci-pipeline": ((CI.format("ci"), r"\n.*run: just test", ""),),
    "code-quality": ((CI.format("ci"), r"\n.*run: just (lint|hooks)", ""),),
    "code-version-control": ((".pre-commit-config.yaml", r"\n.*id: nbstripout.*", ""),),
    "containerization": (("deploy/Dockerfile", r"\nUSER .*", ""),),
    "continuous-training": ((CI.format("retrain"), r"just retrain.*", "just lint"),),
    "data-documentation": (("docs/data-card.md", r"(?s).*", ""),),
    "data-ingestion": (("pipelines/training/dvc.yaml", r"cmd: \$\{stage\} ingest", "cmd: echo ingest"),),
    "data-preparation": (
        (
            "pipelines/training/dvc.yaml",
            r"- data/prepared/train.csv\n      - data/prepared/val",
            "- data/val",
        ),
    ),
    "data-privacy": (("src/app/validate.py", r"frame = privacy.protect\(frame, fields\)", "pass"),),
    "data-validation": (
        ("pipelines/training/dvc.yaml", r"table: data/validated/data.csv", "table: data/raw/data.csv"),
    ),
    "data-versioning": (
        ("justfile", r"dvc repro --all-pipelines", "python -m app.train"),
        ("src/app/retrain.py", r'\["dvc", "repro", "--all-pipelines"\]', '["app.train"]'),
    ),
    "experiment-tracking": (
        (
            "src/app/stages.py",
            r"with tracking.run\(params.load\(\), before\) as run_id:",
            "for run_id in [before]:",
        ),
        ("src/app/stages.py", r"\n.*tracking.record\(\*outcome\)", ""),
    ),
    "feature-management": (("src/app/predict.py", r"features", "columns"),),
    "governance-policies": (
        ("docs/governance.md", r"(\n\| rule \| owner .*\n\| --- .*)", r"\1\n| DE080 | | later | | |"),
    ),
    "integration-tests": ((CI.format("build"), r"\n.*run: just integration", ""),),
    "maturity-assessment": ((CI.format("ci"), r"\n.*run: just check.*", ""),),
    "model-documentation": (("docs/model-card.md", r"(?s).*", ""),),
    "model-evaluation": (
        ("pipelines/training/dvc.yaml", r"    metrics:\n(.*metrics.json)", r"    outs:\n\1"),
        ("pipelines/evaluation/dvc.yaml", r"    metrics:", "    outs:"),
    ),
    "model-registry": (
        ("justfile", r"\n.*registry register.*", ""),
        ("src/app/retrain.py", r"registration.register\(\)", '"1"'),
    ),
    "model-selection-tuning": (("src/app/tune.py", r"nested=True", "nested=False"),),
    "model-serving": (("tests/test_serve.py", r"(?s).*", ""), ("tests/test_service.py", r"(?s).*", "")),
    "one-command-deployment": ((CI.format("release"), r"just deploy", "echo deploy"),),
    "performance-gate": (
        (
            "src/app/registration.py",
            r"verdict, \(client, name\) = judge\(\),",
            "verdict, (client, name) = {},",
        ),
    ),
    "problem-framing": (("mlascent.yaml", r"kpi: \[.*\]", "kpi: [happiness]"),),
    "project-documentation": (("README.md", r"just train", "just model"),),
    "promotion-approval": (
        (CI.format("release"), r"\n    environment: .*", ""),
        (CI.format("release"), r"(?s)workflow_dispatch:.*?\npermissions", "push:\n\npermissions"),
    ),
    "reproducible-environment": (("justfile", r" --locked", ""),),
    "rollback": (
        ("deploy/release.just", r"(?m)^rollback", "backwards"),
        ("docs/runbook.md", r"(?s)## Rollback.*", ""),
    ),
    "service-monitoring": (("src/app/service.py", r"metrics.text\(\)", '""'),),
    "standard-template": ((".copier-answers.yml", r"\n_commit: .*", ""),),
    "structured-logging": (
        ("src/app/stages.py", r"\n    logs.configure\(\)", ""),
        ("src/app/service.py", r"\n    logs.configure\(\)", ""),
    ),
    "supply-chain-security": ((CI.format("audit"), r"just audit", "just lint"),),
    "training-pipeline": (
        (CI.format("build"), r"just train", "just lint"),
        (CI.format("retrain"), r"just retrain.*", "just lint"),
    ),
}
#: Rules that look at everything: each command of the README, each file that the pipeline names.
OF_ALL = frozenset({"GO003", "DE112"})
#: Rules of others that look at the same file or wire, and do not follow from `requires`.
ALSO: Mapping[str, frozenset[str]] = {
    # the job that runs lint and tests is also that of the check
    "ci-pipeline": frozenset({"DE041", "GO081"}),
    # hooks: notebooks without outputs, and secrets
    "code-quality": frozenset({"DE012", "GO050"}),
    # the word `image`, the job that builds it, and the tests of what was built
    "containerization": frozenset({"DP003", "DP061"}),
    # params.yaml holds the seed
    "data-preparation": frozenset({"DE033"}),
    # one release job deploys and waits for approval; deploy/tasks.just has `image` as well
    "one-command-deployment": frozenset({"DP003", "DP021", "DP041", "DP061"}),
    "promotion-approval": frozenset({"DP011"}),
    # a gate before a registration that is not there guards nothing
    "model-registry": frozenset({"DE141"}),
    # the service asks the registry, logs its requests, and is what the image starts
    "model-serving": frozenset({"DP020", "DP021", "DP033", "MO002"}),
    # pyproject.toml holds the package and its dependencies
    "reproducible-environment": frozenset({"DE021", "DE100"}),
    # stages prepare, and train on record
    "training-pipeline": frozenset({"DE061", "DE063", "DE101", "DE102", "DE103"}),
}
#: The justfile and the modules that everything else calls: nothing works without them.
CORE = frozenset({"standard-template"})
#: What proves these stands in files of others; unwiring shows it.
NOT_IN_ITS_FILES = frozenset(
    {"access-and-secrets", "code-version-control", "data-privacy", "data-versioning", "performance-gate"}
)


class Bench:
    """One project on disk, and which of its rules fail."""

    def __init__(self, root: Path, cache: Cache, project: Project) -> None:
        self.root, self.cache, self.project = root, cache, project
        self.rules = tuple(demanded(project))
        write(root, project.tree)
        self.before = self.failing()

    def failing(self) -> frozenset[str]:
        facts = Facts(Files(self.root, self.cache), DAY)
        good = (Outcome.PASS, Outcome.NOT_APPLICABLE)
        return frozenset(rule.id for rule in self.rules if CHECKS[rule.id](facts).outcome not in good)

    def lost(self, change: Callable[[Path], None], *paths: str) -> frozenset[str]:
        """What fails after a change that did not fail before it; the files come back."""
        try:
            change(self.root)
            return self.failing() - self.before
        finally:
            write(self.root, {path: self.project.tree[path] for path in paths})


def demanded(project: Project) -> Iterator[Rule]:
    """Rules that the template owes at level 2."""
    facts = {name: str(project.context[name]) for name in ("ci", "workload", "platform")}
    for capability in catalogue().capabilities:
        for rule in capability.rules if project.context["has"].get(capability.key) else ():
            applies = (*capability.applies.items(), *rule.applies.items())
            if rule.owed_by == "template" and rule.level <= 2 and all(facts[n] in v for n, v in applies):
                yield rule


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    cache = Cache(tmp_path_factory.mktemp("cache"))
    yield Bench(tmp_path_factory.mktemp("project"), cache, Workshop().project(GIVEN))
    cache.close()


def own(bench: Bench, capability: str) -> frozenset[str]:
    return frozenset(rule.id for rule in bench.rules if rule.capability == capability)


def above(capability: str) -> frozenset[str]:
    """Capabilities that require one, in one step or in several."""
    found = {capability}
    while more := {c.id for c in catalogue().capabilities if found & set(c.requires)} - found:
        found |= more
    return frozenset(found - {capability})


def allowed(bench: Bench, capability: str) -> frozenset[str]:
    """Rules that may fail with a capability."""
    theirs = (own(bench, other) for other in above(capability))
    return own(bench, capability).union(*theirs, OF_ALL, ALSO.get(capability, ()))


def here() -> list[Capability]:
    """Capabilities of the project with files, and with rules that the template owes."""
    return [c for c in catalogue().capabilities if c.paths and c.id in with_rules()]


def with_rules() -> set[str]:
    """Capabilities of every project of level 2 that the template owes something."""
    return {
        c.id
        for c in catalogue().capabilities
        if c.status["local"] == "available"
        and c.selected_by == "level"
        and any(r.level <= 2 and r.owed_by == "template" and "platform" not in r.applies for r in c.rules)
    }


def test_nothing_fails_before(bench: Bench) -> None:
    assert bench.before == frozenset()


@pytest.mark.parametrize("capability", sorted(c.id for c in here() if c.id not in NOT_IN_ITS_FILES))
def test_without_its_files_it_is_missed(capability: str, bench: Bench) -> None:
    whose = owners()
    paths = [p for p in bench.project.tree if whose.get(generic(p, bench.project)) == capability]
    assert paths

    def remove(root: Path) -> None:
        for path in paths:
            (root / path).unlink()

    lost = bench.lost(remove, *paths)
    assert lost & own(bench, capability)
    assert capability in CORE or lost - allowed(bench, capability) == frozenset()


@pytest.mark.parametrize("capability", sorted(UNWIRED))
def test_unwired_it_is_missed(capability: str, bench: Bench) -> None:
    edits = UNWIRED[capability]

    def unwire(root: Path) -> None:
        for path, pattern, text in edits:
            before = (root / path).read_text(encoding="utf-8")
            after = re.sub(pattern, text, before)
            assert after != before, f"{path} has no {pattern}"
            (root / path).write_text(after, encoding="utf-8")

    lost = bench.lost(unwire, *(path for path, _, _ in edits))
    assert lost & own(bench, capability)
    assert lost - allowed(bench, capability) == frozenset()


def test_every_capability_is_unwired() -> None:
    assert with_rules() - set(UNWIRED) == {"platform-currency"}  # nothing wires it: versions alone count
