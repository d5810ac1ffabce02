from pathlib import Path

import pytest
from mlascent import git
from mlascent.facts.ci import gitlab

from tests.facts.shell import jobs, lines, read, said, starts

CI = ".gitlab-ci.yml"
EVERY = {"push", "change", "tag", "manual", "event", "after"}  # no schedule that nobody names


def test_scripts_extends_references_and_defaults(tmp_path: Path) -> None:
    text = """\
    default:
      image: python:3.12
      before_script: [just setup]
    variables: {A: "1"}
    stages: [check, ship]
    .base: &base
      variables: {B: b}
      script:
        - just lint
    .more:
      extends: .base
      timeout: 1h
    test:
      extends: [.more]
      stage: check
      script:
        - !reference [.base, script]
        - |
          just test
          just audit
      after_script: [just clean]
    deploy:
      stage: ship
      before_script: []
      image: {name: alpine}
      services: [postgres]
      resource_group: ship
      script: just deploy
    other:
      <<: *base
      stage: ship
      needs: [{job: test}]
    """
    ci = read(gitlab, tmp_path, {CI: text})
    found = jobs(ci)
    assert list(found) == ["test", "deploy", "other"]
    assert said(found["test"]) == ["just setup", "just lint", "just test", "just audit", "just clean"]
    assert lines(found["test"]) == [3, 9, 19, 20, 21]
    assert found["test"].steps[0].env == {"A": "1", "B": "b"}
    assert (found["test"].timeout, found["test"].image, found["test"].line) == ("1h", "python:3.12", 13)
    assert said(found["deploy"]) == ["just deploy"]
    assert (found["deploy"].image, found["deploy"].needs, found["deploy"].group) == (
        "alpine",
        ("test",),
        "ship",
    )
    assert said(found["other"]) == ["just setup", "just lint"]
    assert found["other"].needs == ("test",)
    assert starts(ci, "just test", "change")
    assert not starts(ci, "just clean")


@pytest.mark.parametrize(
    ("about", "kinds"),
    [
        ("", EVERY),
        ("only: [schedules]", {"schedule"}),
        ("only: [merge_requests]", {"change"}),
        ("only: [main]", EVERY - {"change"}),
        ("only: {refs: [web, tags]}", {"manual", "tag"}),
        ("except: [schedules, tags]", EVERY - {"tag"}),
        ("only: {variables: [$CI_PIPELINE_SOURCE == 'schedule']}", {"schedule"}),
        ("when: never", set()),
        ("when: manual", EVERY),
        ("rules: [{if: $CI_PIPELINE_SOURCE == 'merge_request_event'}]", {"change"}),
        ("rules: [{if: $CI_PIPELINE_SOURCE == 'schedule'}, {when: on_success}]", EVERY | {"schedule"}),
        ("rules: [{if: $CI_MERGE_REQUEST_IID}]", {"change"}),
        ("rules: [{if: $CI_COMMIT_TAG}]", {"tag"}),
        ("rules: [{if: $CI_PIPELINE_SOURCE == 'push' && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH}]", {"push"}),
        ("rules: [{if: $CI_COMMIT_BRANCH == 'main'}]", EVERY - {"change", "tag"}),
        (
            "rules: [{if: $CI_PIPELINE_SOURCE == 'schedule', when: never}, {when: always}]",
            EVERY - {"schedule"},
        ),
        ("rules: [{when: never}]", set()),
        ("rules: [{if: 'false'}]", set()),
        ("rules: [{changes: [src/**]}]", EVERY),
        ("rules: [{changes: [src/**], when: never}, {if: $CI_COMMIT_TAG}]", {"tag"}),
        ("rules: []", set()),
    ],
)
def test_triggers(tmp_path: Path, about: str, kinds: set[str]) -> None:
    ci = read(gitlab, tmp_path, {CI: f"test:\n  script: [pytest]\n  {about}\n"})
    (job,) = ci.workflows[0].jobs
    assert job.triggers - {"manual"} == kinds - {"manual"}
    assert ("manual" in job.triggers) == ("manual" in kinds)
    assert job.disabled == (not kinds)
    assert starts(ci, "pytest") == bool(kinds)


def test_workflow_rules_limit_every_job(tmp_path: Path) -> None:
    text = """
    workflow:
      rules:
        - if: $CI_PIPELINE_SOURCE == "merge_request_event"
        - if: $CI_COMMIT_TAG
          when: never
        - if: $CI_PIPELINE_SOURCE == "schedule"
    plain: {script: [a]}
    tagged: {script: [b], rules: [{if: $CI_COMMIT_TAG}]}
    """
    found = jobs(read(gitlab, tmp_path, {CI: text}))
    assert found["plain"].triggers == {"change", "schedule"}
    assert found["tagged"].disabled


def test_approvals_environments_and_failures(tmp_path: Path) -> None:
    text = """
    auto: {stage: deploy, environment: staging, script: [a]}
    hand: {stage: deploy, environment: {name: production}, script: [b], when: manual}
    chosen:
      environment: $WHERE
      script: [c]
      rules:
        - if: $CI_PIPELINE_SOURCE == "web" && $W == "s"
          variables: {WHERE: staging}
        - if: $CI_PIPELINE_SOURCE == "web"
          when: manual
          variables: {WHERE: production}
    behind: {stage: deploy, needs: [hand], script: [d]}
    may_fail: {script: [e], allow_failure: true}
    may_fail_too: {script: [f], rules: [{if: $X, allow_failure: true}]}
    """
    ci = read(gitlab, tmp_path, {CI: text})
    found = jobs(ci)
    approved = {name: job.approval for name, job in found.items()}
    assert approved == {
        "auto": False, "hand": True, "chosen": True, "behind": True, "may_fail": False, "may_fail_too": False,
    }  # fmt: skip
    assert found["chosen"].environments == ("production", "staging")
    assert found["chosen"].triggers == {"manual"}
    assert not starts(ci, "e")
    assert not starts(ci, "f")
    assert starts(ci, "e", counting=False)


def test_includes_and_what_nothing_includes(tmp_path: Path) -> None:
    ci = read(
        gitlab,
        tmp_path,
        {
            CI: "include: [{local: /.gitlab/ci-*.yml}, {remote: 'https://example.com/x.yml'}]\n",
            ".gitlab/ci-a.yml": "a: {script: [one]}\n",
            ".gitlab/ci-b.yml": "b: {script: [two]}\n",
            ".gitlab/lost.yml": "c: {script: [three]}\n",
            "sub/.gitlab-ci.yml": "d: {script: [four]}\n",
        },
    )
    assert [(w.path, w.rooted) for w in ci.workflows] == [
        (".gitlab/ci-a.yml", True),
        (".gitlab/ci-b.yml", True),
        (".gitlab/lost.yml", False),
        ("sub/.gitlab-ci.yml", False),
    ]
    assert [starts(ci, word) for word in ("one", "two", "three", "four")] == [True, True, False, False]


def test_a_project_in_a_larger_repository(tmp_path: Path) -> None:
    git.run("init", "-q", cwd=tmp_path)
    root = tmp_path / "services" / "churn"
    tree = {
        CI: "include: [{local: /services/churn/.gitlab/ml-*.yml}]\n",
        ".gitlab/ml-ci.yml": "a: {before_script: [cd services/churn], script: [just test]}\n",
    }
    assert said(read(gitlab, root, tree).workflows[0].jobs[0]) == ["just test"]


def test_child_pipelines(tmp_path: Path) -> None:
    tree = {
        CI: """
        child:
          trigger: {include: [{local: ci/child.yml}]}
          rules: [{if: $CI_PIPELINE_SOURCE == "schedule"}]
        """,
        "ci/child.yml": """
        a: {script: [just retrain], rules: [{when: always}]}
        b: {script: [just test], rules: [{if: $CI_PIPELINE_SOURCE == "push"}]}
        c: {trigger: {include: ci/child.yml}}
        """,
    }
    ci = read(gitlab, tmp_path, tree)
    assert starts(ci, "just retrain", "schedule")
    assert not starts(ci, "just retrain", "push")
    assert not starts(ci, "just test")


@pytest.mark.parametrize(
    "text",
    [
        "include: [{local: .gitlab-ci.yml}]\na: {script: [x], extends: a}\n",
        ".b: {extends: .c}\n.c: {extends: .b}\na: {script: [x], extends: .b}\n",
        "a: {script: [!reference [a, script], x]}\n",
        "a: {script: [!reference [b, script], x]}\nb: {script: [!reference [a, script]]}\n",
    ],
)
def test_cycles_end(tmp_path: Path, text: str) -> None:
    assert "x" in said(jobs(read(gitlab, tmp_path, {CI: text}))["a"])


def test_references_and_extends_do_not_multiply(tmp_path: Path) -> None:
    rows = [
        f".r{i}: {{extends: [{', '.join([f'.r{i + 1}'] * 20)}], "
        f"script: [{', '.join([f'!reference [.r{i + 1}, script]'] * 20)}]}}"
        for i in range(12)
    ]
    read(gitlab, tmp_path, {CI: "\n".join([*rows, ".r12: {script: []}", "a: {extends: .r0}"])})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1, 2]",
        "a: [script]",
        "include: 3\nstages: {a: b}\nvariables: [x]\ndefault: 1\na: {script: {x: y}, rules: {a: b}}",
        "a: {script: [1, null, {x: y}], only: 3, except: {variables: {a: b}}, needs: [1, {x: y}]}",
        "a: {script: x, extends: {a: b}, trigger: [1], environment: [x], image: [y], services: {a: b}}",
        "a: !reference [b]",
        "a: {script: [!reference []]}",
    ],
)
def test_malformed_files_are_no_exception(tmp_path: Path, text: str) -> None:
    read(gitlab, tmp_path, {CI: text})


def test_five_thousand_jobs(tmp_path: Path) -> None:
    text = "".join(f"j{i}: {{script: [just test], stage: s{i % 50}}}\n" for i in range(5000))
    assert len(read(gitlab, tmp_path, {CI: text}).workflows[0].jobs) == 5000
