from pathlib import Path

import pytest
from mlascent import git
from mlascent.facts.ci import github

from tests.facts.shell import context, jobs, lines, read, said, starts
from tests.rules.support import write

CI = ".github/workflows/ci.yml"


def test_triggers_steps_and_lines(tmp_path: Path) -> None:
    text = """\
    name: checks
    on:
      pull_request:
        paths: ["src/**"]
      push:
        branches: [main]
      schedule:
        - cron: "0 4 * * 1"
    permissions: {}
    concurrency: {group: one}
    env: {A: "1"}
    jobs:
      test:
        runs-on: ubuntu-latest
        timeout-minutes: 20
        container: python:3.12
        services: {db: {image: postgres}}
        permissions: {contents: read}
        env: {B: b}
        steps:
          - uses: actions/checkout@v4
            with: {fetch-depth: 0}
          - name: check
            run: |
              just lint
              just test \\
                --fast
            env: {C: c}
          - run: just audit
            continue-on-error: true
    """
    ci = read(github, tmp_path, {CI: text})
    (workflow,) = ci.workflows
    assert [(t.kind, t.branches, t.paths, t.cron) for t in workflow.triggers] == [
        ("change", (), ("src/**",), ""),
        ("push", ("main",), (), ""),
        ("schedule", (), (), "0 4 * * 1"),
    ]
    assert (workflow.name, workflow.permissions, workflow.rooted) == ("checks", {}, True)
    job = workflow.jobs[0]
    assert said(job) == ["just lint", "just test --fast", "just audit"]
    assert lines(job) == [25, 26, 29]
    assert (job.timeout, job.image, job.services, job.group) == ("20", "python:3.12", ("postgres",), "one")
    assert job.permissions == {"contents": "read"}
    assert job.steps[0].with_ == {"fetch-depth": 0}
    assert job.steps[1].env == {"A": "1", "B": "b", "C": "c"}
    assert starts(ci, "just lint", "change")
    assert not starts(ci, "just audit", "change")
    assert starts(ci, "just audit", counting=False)


@pytest.mark.parametrize("on", ["pull_request", "[push, pull_request]", "{pull_request: }"])
def test_on_in_every_spelling(tmp_path: Path, on: str) -> None:
    ci = read(github, tmp_path, {CI: f"on: {on}\njobs: {{a: {{steps: [{{run: pytest}}]}}}}\n"})
    assert starts(ci, "pytest", "change")


@pytest.mark.parametrize(
    ("job", "step", "triggers"),
    [
        ("", "", {"push", "tag", "change", "schedule", "manual"}),
        ("github.event_name == 'schedule'", "", {"schedule"}),
        ("${{ github.event_name != 'pull_request' }}", "", {"push", "tag", "schedule", "manual"}),
        ("", "github.event_name == 'push'", {"push", "tag"}),
        ("startsWith(github.ref, 'refs/tags/')", "", {"tag", "manual"}),
        ("", "inputs.step == 'production'", {"manual"}),
        ("false", "", set()),
        ("${{ false }}", "", set()),
        ("", "false && github.ref", set()),
        ("github.event_name == 'pull_request' && github.event_name == 'push'", "", set()),
    ],
)
def test_conditions_exclude_triggers(tmp_path: Path, job: str, step: str, triggers: set[str]) -> None:
    on = '{push: , pull_request: , schedule: [{cron: "0 0 * * *"}], workflow_dispatch: }'
    lines = [f"on: {on}", "jobs:", "  a:"]
    lines += [f'    if: "{job}"'] if job else []
    lines += ["    steps:", "      - run: pytest"]
    lines += [f'        if: "{step}"'] if step else []
    ci = read(github, tmp_path, {CI: "\n".join(lines)})
    assert ci.workflows[0].jobs[0].disabled == (not triggers and not step)
    for kind in ("push", "tag", "change", "schedule", "manual"):
        assert starts(ci, "pytest", kind) == (kind in triggers), kind


def test_a_job_runs_only_if_what_it_needs_does(tmp_path: Path) -> None:
    text = """
    on: [push, schedule]
    jobs:
      never: {if: false, steps: [{run: a}]}
      after: {needs: never, steps: [{run: b}]}
      anyway: {needs: [never], if: always(), steps: [{run: c}]}
    """
    found = jobs(read(github, tmp_path, {CI: text}))
    assert (found["after"].disabled, found["anyway"].disabled) == (True, False)


def test_what_nobody_waits_for_or_reads(tmp_path: Path) -> None:
    ci = read(
        github,
        tmp_path,
        {
            CI: "on: {pull_request: {types: [closed]}}\njobs: {a: {steps: [{run: pytest}]}}\n",
            "sub/.github/workflows/x.yml": "on: push\njobs: {a: {steps: [{run: ruff}]}}\n",
            ".github/workflows/deep/x.yml": "on: push\njobs: {a: {steps: [{run: mypy}]}}\n",
            ".github/workflows/py.yml": "on: push\njobs: {a: {steps: [{run: just x, shell: python}]}}\n",
        },
    )
    assert not starts(ci, "pytest", "change")
    assert not starts(ci, "ruff")
    assert not starts(ci, "mypy")
    assert not starts(ci, "just x")


def test_reusable_workflows_and_composite_actions_are_followed(tmp_path: Path) -> None:
    ci = read(
        github,
        tmp_path,
        {
            CI: """
            on: pull_request
            jobs:
              checks:
                uses: ./.github/workflows/_checks.yml
                with: {word: test}
              other:
                uses: org/repo/.github/workflows/x.yml@v1
            """,
            ".github/workflows/_checks.yml": """
            on:
              workflow_call:
                inputs: {word: {type: string}, extra: {default: lint}}
            jobs:
              prepare: {steps: [{run: just setup}]}
              run:
                needs: prepare
                defaults: {run: {working-directory: app}}
                steps:
                  - uses: ./.github/actions/words
                    with: {word: "${{ inputs.word }}"}
                  - run: just ${{ inputs.extra }}
                  - if: inputs.word == 'deploy'
                    run: just deploy
            """,
            ".github/actions/words/action.yml": """
            inputs: {word: {required: true}}
            runs:
              using: composite
              steps:
                - run: just ${{ inputs.word }}
                  shell: bash
            """,
        },
    )
    found = jobs(ci)
    assert said(found["checks / run"]) == ["just test", "[app] just lint"]
    assert found["checks / run"].needs == ("checks / prepare",)
    assert found["other"].steps[0].uses == "org/repo/.github/workflows/x.yml@v1"
    assert starts(ci, "just test", "change")
    assert not starts(ci, "just deploy", "change")
    assert found["checks / run"].path == ".github/workflows/_checks.yml"


def test_working_directories(tmp_path: Path) -> None:
    text = """
    on: push
    defaults: {run: {working-directory: services/churn}}
    jobs:
      a:
        steps:
          - run: just a
          - run: just b
            working-directory: ./other
          - run: just c
            working-directory: ${{ github.workspace }}
    """
    ci = read(github, tmp_path, {CI: text})
    assert said(ci.workflows[0].jobs[0]) == ["[services/churn] just a", "[other] just b", "just c"]


def test_environments_are_approvals(tmp_path: Path) -> None:
    text = """
    on: workflow_dispatch
    jobs:
      plain: {steps: [{run: a}]}
      named: {environment: {name: production, url: x}, steps: [{run: b}]}
      chosen:
        environment: ${{ inputs.step == 'staging' && 'staging' || 'production' }}
        steps: [{run: c}]
      asked:
        steps:
          - uses: trstringer/manual-approval@v1
      behind: {needs: asked, steps: [{run: d}]}
    """
    found = jobs(read(github, tmp_path, {CI: text}))
    assert not found["plain"].approval
    assert (found["named"].approval, found["named"].environment) == (True, "production")
    assert found["chosen"].environments == ("production", "staging")
    assert found["behind"].approval


def test_cycles_end(tmp_path: Path) -> None:
    tree = {
        CI: "on: push\njobs: {a: {uses: ./.github/workflows/b.yml}}\n",
        ".github/workflows/b.yml": "on: workflow_call\njobs: {b: {uses: ./.github/workflows/c.yml}}\n",
        ".github/workflows/c.yml": """
        on: workflow_call
        jobs:
          c: {uses: ./.github/workflows/b.yml}
          d: {steps: [{uses: ./loop}]}
        """,
        "loop/action.yaml": "runs: {using: composite, steps: [{uses: ./loop}, {run: just test}]}\n",
    }
    assert starts(read(github, tmp_path, tree), "just test", "push")


def test_calls_do_not_multiply_for_ever(tmp_path: Path) -> None:
    tree: dict[str, str | bytes] = {CI: "on: push\njobs: {a: {steps: [{uses: ./a0}]}}\n"}
    for depth in range(10):
        steps = ", ".join([f"{{uses: ./a{depth + 1}}}"] * 10)
        tree[f"a{depth}/action.yml"] = f"runs: {{using: composite, steps: [{steps}]}}\n"
    room = context(tmp_path, tree)
    assert github.read(room)
    assert any("20,000 steps" in problem.said for problem in room.files.problems)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jobs: 1",
        "jobs: [1, 2]",
        "on: 3\njobs: {a: 1, b: [x], c: {steps: {x: 1}}, d: {steps: [1, null, [x]]}}",
        "on: {push: [1], schedule: {cron: 1}}\njobs: {a: {needs: {b: c}, if: [1], environment: [x]}}",
        "on: push\njobs: {a: {steps: [{run: [x], uses: {a: b}, with: x, env: [1], if: {a: 1}}]}}",
        "on: [",
        "\t",
    ],
)
def test_malformed_workflows_are_no_exception(tmp_path: Path, text: str) -> None:
    read(github, tmp_path, {CI: text})


def test_five_thousand_jobs(tmp_path: Path) -> None:
    text = "on: push\njobs:\n" + "".join(f"  j{i}:\n    steps: [{{run: just test}}]\n" for i in range(5000))
    assert len(read(github, tmp_path, {CI: text}).workflows[0].jobs) == 5000


def test_workflows_of_the_repository_around_a_project(tmp_path: Path) -> None:
    step = "jobs: {{a: {{steps: [{{run: just test}}], defaults: {{run: {{working-directory: {}}}}}}}}}\n"
    git.run("init", "-q", cwd=tmp_path)
    write(
        tmp_path,
        {
            ".github/workflows/ours.yml": "on: push\n" + step.format("services/churn"),
            ".github/workflows/theirs.yml": "on: push\n" + step.format("services/other"),
        },
    )
    ci = read(github, tmp_path / "services" / "churn", {"justfile": "test:\n"})
    assert [(w.path, w.rooted) for w in ci.workflows] == [(".github/workflows/ours.yml", True)]
    assert said(ci.workflows[0].jobs[0]) == ["just test"]


def test_a_reusable_workflow_that_nobody_calls(tmp_path: Path) -> None:
    ci = read(github, tmp_path, {CI: "on: workflow_call\njobs: {a: {steps: [{run: pytest}]}}\n"})
    assert not starts(ci, "pytest")
    assert starts(ci, "pytest", "called")
