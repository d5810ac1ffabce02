import time
from pathlib import Path

import pytest
from mlascent.facts.ci import jenkins

from tests.facts.shell import context, jobs, lines, read, said, starts

CI = "Jenkinsfile"


def test_stages_steps_and_lines(tmp_path: Path) -> None:
    text = r"""
pipeline {
    agent { docker { image 'python:3.12' } }
    options { timeout(time: 20, unit: 'MINUTES'); disableConcurrentBuilds() }
    triggers { cron('TZ=UTC\n0 4 * * 1') }
    environment { A = '1' }
    // sh 'just commented'
    stages {
        stage('check') {
            environment { B = "b" }
            steps {
                sh 'just lint' // sh 'just no'
                /* sh 'just no' */
                sh '''
                    just test
                    just audit
                '''
                sh(script: "just \"quoted\"", label: 'with a name')
                dir('app') { sh 'just inner' }
                script {
                    if (env.X == 'y') { sh 'just maybe' } else { sh 'just other' }
                    def out = sh(script: 'just out', returnStdout: true).trim()
                }
                echo "sh 'just no'"
                catchError { sh 'just ignored' }
                sh script: 'just status', returnStatus: true
                retry(3) {
                    sh 'just again'
                }
            }
            post { always { sh 'just clean' } }
        }
        stage('both') {
            parallel {
                stage('one') { steps { sh 'just one' } }
                stage('two') { stages { stage('deep') { steps { sh 'just deep' } } } }
            }
        }
    }
    post { failure { sh 'just tell' } }
}
"""
    ci = read(jenkins, tmp_path, {CI: text.lstrip()})
    found = jobs(ci)
    assert list(found) == ["check", "both/one", "both/two/deep", "post"]
    commands = [*("lint", "test", "audit", '"quoted"'), "inner", "maybe", "other", "out", "ignored", "status"]
    expected = [f"just {word}" for word in (*commands, "again", "clean")]
    assert said(found["check"]) == [e if e != "just inner" else "[app] just inner" for e in expected]
    assert lines(found["check"])[:4] == [11, 14, 15, 17]
    check = found["check"]
    assert (check.image, check.timeout, check.group) == (
        "python:3.12",
        "20 MINUTES",
        "disableConcurrentBuilds",
    )
    assert check.steps[0].env == {"A": "1", "B": "b"}
    assert found["both/one"].needs == found["both/two/deep"].needs == ("check",)
    assert [t.cron for t in ci.workflows[0].triggers if t.kind == "schedule"] == ["0 4 * * 1"]
    assert starts(ci, "just lint", "schedule")
    assert not starts(ci, "just ignored")
    assert not starts(ci, "just status")


@pytest.mark.parametrize(
    ("when", "kinds"),
    [
        ("", {"push", "change", "tag", "manual", "schedule"}),
        ("branch 'main'", {"push", "manual", "schedule"}),
        ("changeRequest()", {"change"}),
        ("triggeredBy 'TimerTrigger'", {"schedule"}),
        ("triggeredBy cause: 'UserIdCause'", {"manual"}),
        ("buildingTag()", {"tag"}),
        ("not { changeRequest() }", {"push", "tag", "manual", "schedule"}),
        ("anyOf { changeRequest(); branch 'main' }", {"push", "change", "manual", "schedule"}),
        (
            "anyOf {\n allOf {\n triggeredBy 'TimerTrigger'\n branch 'main'\n }\n changeRequest()\n }",
            {"schedule", "change"},
        ),
        ("beforeAgent true\n branch 'main'", {"push", "manual", "schedule"}),
        ("expression { return false }", set()),
        ("expression { params.X == 'a' }", {"push", "change", "tag", "manual", "schedule"}),
        ("changeRequest()\n branch 'main'", set()),
    ],
)
def test_when(tmp_path: Path, when: str, kinds: set[str]) -> None:
    block = f"when {{ {when} }}" if when else ""
    stage = f"stage('a') {{ {block}\n steps {{ sh 'x' }} }}"
    text = f"pipeline {{ triggers {{ cron '@daily' }}\n stages {{ {stage} }} }}"
    ci = read(jenkins, tmp_path, {CI: text})
    (job,) = ci.workflows[0].jobs
    assert job.triggers == kinds
    assert job.disabled == (not kinds)
    assert starts(ci, "x") == bool(kinds)


def test_input_asks_for_its_stage_and_what_comes_after(tmp_path: Path) -> None:
    text = """
    pipeline {
      stages {
        stage('build') { steps { sh 'a' } }
        stage('release') {
          input { message 'Release?' }
          environment { ENVIRONMENT = "${params.STEP == 'staging' ? 'staging' : 'production'}" }
          steps { sh 'b' }
        }
        stage('after') { steps { sh 'c' } }
      }
    }
    """
    found = jobs(read(jenkins, tmp_path, {CI: text}))
    assert [job.approval for job in found.values()] == [False, True, True]
    assert found["release"].environments == ("production", "staging")


def test_scripted(tmp_path: Path) -> None:
    text = """
    properties([pipelineTriggers([cron('@weekly')])])
    node('linux') {
      stage('Test') {
        sh "pytest"
        try { sh 'a' } catch (e) { echo 'no' }
        try { sh 'b' } catch (e) { throw e }
      }
      stage('Ask') { input 'ok?' }
      stage('Deploy') { withEnv(['X=1']) { sh 'just deploy' } }
    }
    """
    ci = read(jenkins, tmp_path, {CI: text})
    found = jobs(ci)
    assert starts(ci, "pytest", "schedule")
    assert (starts(ci, "a"), starts(ci, "b")) == (False, True)
    assert (found["Test"].approval, found["Deploy"].approval) == (False, True)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("pipeline {\n sh 'x\n}", 2),
        ('pipeline {\n sh """x\n}', 2),
        ("pipeline {\n/* x", 2),
        ("pipeline {\n stages {\n", 2),
        ("pipeline { }\n }", 2),
        ("a(\n", 1),
        ("a)", 1),
        ("{" * 5000, 1),
        ("'''" + "\\'''" * 50_000, 1),
        ("a" + "(" * 100_000, 1),
        ("x;" * 150_000, 1),
    ],
)
def test_hostile_files_are_problems(tmp_path: Path, text: str, line: int) -> None:
    room = context(tmp_path, {CI: text})
    begun = time.perf_counter()
    jenkins.read(room)
    (problem,) = room.files.problems
    assert (problem.path, problem.line) == (CI, line)
    assert time.perf_counter() - begun < 3


@pytest.mark.parametrize("text", ["", "pipeline", "pipeline { }", "pipeline { stages { stage { } } }", "x"])
def test_empty_pipelines(tmp_path: Path, text: str) -> None:
    read(jenkins, tmp_path, {CI: text})


def test_five_thousand_stages(tmp_path: Path) -> None:
    stages = "".join(f"stage('s{i}') {{ steps {{ sh 'just test' }} }}\n" for i in range(5000))
    ci = read(jenkins, tmp_path, {CI: "pipeline { stages {\n" + stages + "} }"})
    assert len(ci.workflows[0].jobs) == 5000
