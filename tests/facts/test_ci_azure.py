from pathlib import Path

import pytest
from mlascent.facts.ci import azure

from tests.facts.shell import context, jobs, lines, read, said, starts

CI = "azure-pipelines.yml"


def test_triggers_jobs_and_lines(tmp_path: Path) -> None:
    text = """\
    trigger: {branches: {include: [main]}, paths: {include: [src]}}
    pr: {branches: {include: ["*"]}}
    schedules:
      - cron: "0 5 * * 1"
        branches: {include: [main]}
    variables: {A: "1"}
    jobs:
      - job: test
        timeoutInMinutes: "20"
        container: python:3.12
        steps:
          - checkout: self
          - script: just setup
          - bash: |
              just lint
              just test
            env: {B: b}
            workingDirectory: $(Build.SourcesDirectory)/app
          - script: just audit
            continueOnError: "true"
          - task: CmdLine@2
            inputs: {script: just hooks}
          - task: PythonScript@0
            inputs: {scriptSource: filePath, scriptPath: scripts/train.py, arguments: --fast}
          - script: just never
            enabled: "false"
    """
    ci = read(azure, tmp_path, {CI: text})
    (workflow,) = ci.workflows
    assert [(t.kind, t.branches, t.paths, t.cron) for t in workflow.triggers] == [
        ("push", ("main",), ("src",), ""),
        ("change", ("*",), (), ""),
        ("schedule", ("main",), (), "0 5 * * 1"),
        ("manual", (), (), ""),
    ]
    (job,) = workflow.jobs
    expected = ["just setup", "[app] just lint", "[app] just test", "just audit", "just hooks"]
    assert said(job) == [*expected, "python scripts/train.py --fast"]
    assert lines(job)[:3] == [13, 15, 16]
    assert (job.image, job.timeout, job.steps[2].env) == ("python:3.12", "20", {"A": "1", "B": "b"})
    assert not starts(ci, "just audit")
    assert not starts(ci, "just never")


@pytest.mark.parametrize(
    ("top", "kinds"),
    [
        ("", {"push", "change", "manual"}),
        ("trigger: none\npr: none", {"manual"}),
        ("trigger: [main]\npr: none", {"push", "manual"}),
        ("trigger: {tags: {include: [v*]}}\npr: none", {"tag", "manual"}),
        (
            "trigger: none\npr: none\nresources: {pipelines: [{pipeline: a, trigger: true}]}",
            {"after", "manual"},
        ),
        ("trigger: none\npr: none\nresources: {webhooks: [{webhook: a}]}", {"event", "manual"}),
    ],
)
def test_what_starts_a_pipeline(tmp_path: Path, top: str, kinds: set[str]) -> None:
    ci = read(azure, tmp_path, {CI: f"{top}\nsteps: [{{script: pytest}}]\n"})
    assert ci.workflows[0].jobs[0].triggers == kinds


@pytest.mark.parametrize(
    ("condition", "kinds"),
    [
        ("eq(variables['Build.Reason'], 'PullRequest')", {"change"}),
        ("and(succeeded(), ne(variables['Build.Reason'], 'PullRequest'))", {"push", "schedule", "manual"}),
        ("in(variables['Build.Reason'], 'Schedule', 'Manual')", {"schedule", "manual"}),
        ("startsWith(variables['Build.SourceBranch'], 'refs/pull/')", {"change", "manual"}),
        ("eq(variables['Build.SourceBranch'], 'refs/heads/main')", {"push", "schedule", "manual"}),
        ("false", set()),
        ("eq('${{ parameters.step }}', 'production')", {"push", "change", "schedule", "manual"}),
    ],
)
@pytest.mark.parametrize("place", ["job", "step", "if"])
def test_conditions(tmp_path: Path, condition: str, kinds: set[str], place: str) -> None:
    if place == "if" and "${{" in condition:
        return
    quoted = f'condition: "{condition}"'
    step = f"{{script: pytest, {quoted}}}" if place == "step" else "{script: pytest}"
    if place == "if":
        step = f'{{"${{{{ if {condition} }}}}": [{{script: pytest}}]}}'
    text = f"""
schedules: [{{cron: "0 0 * * *", branches: {{include: [main]}}}}]
jobs:
  - job: a
    {quoted if place == "job" else ""}
    steps: [{step}]
"""
    ci = read(azure, tmp_path, {CI: text})
    for kind in ("push", "change", "schedule", "manual"):
        assert starts(ci, "pytest", kind) == (kind in kinds), kind


def test_templates_of_the_repository(tmp_path: Path) -> None:
    tree = {
        CI: """
        trigger: [main]
        extends:
          template: ci/stages.yml
          parameters: {word: test}
        """,
        "ci/stages.yml": """
        parameters: [{name: word}, {name: extra, default: lint}]
        stages:
          - stage: check
            jobs:
              - template: jobs.yml
                parameters:
                  word: ${{ parameters.word }}
                  more: [{script: just audit}]
          - stage: after
            jobs:
              - job: x
                steps:
                  - script: just ${{ parameters.extra }}
                  - template: /ci/jobs.yml@other
        """,
        "ci/jobs.yml": """
        parameters: {word: nothing, more: []}
        jobs:
          - job: run
            steps:
              - script: just ${{ parameters.word }}
              - ${{ parameters.more }}
              - ${{ each step in parameters.more }}:
                  - ${{ step }}
        """,
    }
    ci = read(azure, tmp_path, tree)
    assert [w.path for w in ci.workflows] == [CI]
    found = jobs(ci)
    assert said(found["check/run"]) == ["just test", "just audit"]
    assert said(found["after/x"]) == ["just lint"]
    assert found["after/x"].needs == ("check/run",)
    assert found["check/run"].path == "ci/jobs.yml"


def test_deployments_environments_and_validation(tmp_path: Path) -> None:
    text = """
    trigger: none
    parameters: [{name: where, values: [staging, production]}]
    variables:
      ${{ if eq(parameters.where, 'staging') }}:
        ENVIRONMENT: staging
      ${{ else }}:
        ENVIRONMENT: production
    stages:
      - stage: build
        jobs: [{job: image, steps: [{script: just image}]}]
      - stage: ask
        jobs:
          - job: person
            pool: server
            steps: [{task: ManualValidation@0}]
      - stage: ship
        jobs:
          - deployment: release
            environment: ${{ variables.ENVIRONMENT }}
            strategy: {runOnce: {deploy: {steps: [{script: just deploy}]}}}
          - job: plain
            steps: [{script: just notify}]
    """
    found = jobs(read(azure, tmp_path, {CI: text}))
    assert [found[name].approval for name in ("build/image", "ask/person", "ship/release")] == [
        False,
        True,
        True,
    ]
    assert found["ship/plain"].approval  # behind the person
    assert found["ship/release"].environments == ("production", "staging")
    assert said(found["ship/release"]) == ["just deploy"]


def test_one_environment_is_no_approval_of_what_comes_after(tmp_path: Path) -> None:
    text = """
    jobs:
      - deployment: staging
        environment: {name: staging}
        strategy: {runOnce: {deploy: {steps: [{script: a}]}}}
      - job: production
        dependsOn: staging
        steps: [{script: b}]
    """
    found = jobs(read(azure, tmp_path, {CI: text}))
    assert (found["staging"].approval, found["production"].approval) == (True, False)


def test_what_depends_on_a_job_that_never_runs(tmp_path: Path) -> None:
    text = """
    stages:
      - stage: a
        condition: false
        jobs: [{job: x, steps: [{script: one}]}]
      - stage: b
        jobs: [{job: y, steps: [{script: two}]}]
      - stage: c
        dependsOn: []
        jobs: [{job: z, steps: [{script: three}]}]
    """
    ci = read(azure, tmp_path, {CI: text})
    assert [starts(ci, word) for word in ("one", "two", "three")] == [False, False, True]


def test_other_yaml_is_left_alone(tmp_path: Path) -> None:
    tree = {
        "pipelines/training/dvc.yaml": "stages: {train: {cmd: python train.py}}\n",
        "azureml/pipeline.yml": "type: pipeline\njobs: {train: {command: python x.py}}\n",
        ".github/workflows/build.yml": "jobs: {a: {steps: [{run: x}]}}\n",
        "ci/steps.yml": "steps: [{script: lost}]\n",
    }
    assert [w.rooted for w in read(azure, tmp_path, tree).workflows] == [False]


@pytest.mark.parametrize(
    "tree",
    [
        {CI: "steps: [{template: azure-pipelines.yml}, {script: x}]\n"},
        {CI: "steps: [{template: ci/a.yml}]\n", "ci/a.yml": "steps: [{template: a.yml}, {script: x}]\n"},
    ],
)
def test_cycles_end(tmp_path: Path, tree: dict[str, str]) -> None:
    assert starts(read(azure, tmp_path, tree), "x")


def test_templates_do_not_multiply(tmp_path: Path) -> None:
    tree = {
        f"ci/{depth}.yml": f"steps: [{', '.join([f'{{template: {depth + 1}.yml}}'] * 10)}]\n"
        for depth in range(10)
    }
    room = context(tmp_path, {**tree, CI: "trigger: none\nsteps: [{template: ci/0.yml}]\n"})
    azure.read(room)
    assert any("20,000 steps" in problem.said for problem in room.files.problems)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "steps: 1",
        "steps: [1, null, [x]]",
        "trigger: 3\npr: [1]\nschedules: {a: b}\nresources: [x]\nvariables: 1\nsteps: [{script: [x]}]",
        "jobs: [{job: [x], steps: {a: b}, strategy: [x], environment: [y], dependsOn: {a: b}}]",
        "stages: [{stage: a, jobs: 1}, {stage: {x: y}, jobs: [{job: a, condition: [x]}]}]",
        "extends: {template: [x]}\nsteps: [{template: {a: b}, parameters: 1}]",
        "steps: [{'${{ if': [{script: x}]}, {'${{ each x in y }}': 1}, {'${{ else }}': [{script: x}]}]",
    ],
)
def test_malformed_files_are_no_exception(tmp_path: Path, text: str) -> None:
    read(azure, tmp_path, {CI: text})


def test_five_thousand_jobs(tmp_path: Path) -> None:
    text = "jobs:\n" + "".join(f"  - {{job: j{i}, steps: [{{script: just test}}]}}\n" for i in range(5000))
    assert len(read(azure, tmp_path, {CI: text}).workflows[0].jobs) == 5000
