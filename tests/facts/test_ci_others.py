from pathlib import Path

import pytest
from mlascent.facts.ci import bitbucket, circleci, travis

from tests.facts.shell import jobs, read, said, starts


def test_travis(tmp_path: Path) -> None:
    text = """
    language: python
    install: pip install -e .
    script:
      - pytest
    after_success: codecov
    jobs:
      include:
        - name: nightly
          if: type = cron
          script: python train.py
        - name: never
          if: type = cron AND type = push
          script: never
        - name: shaky
          script: shaky
      allow_failures:
        - name: shaky
    deploy:
      provider: script
      script: ./deploy.sh
      on: {branch: main}
    """
    ci = read(travis, tmp_path, {".travis.yml": text})
    assert starts(ci, "pytest", "change")
    assert not starts(ci, "pytest", "schedule")
    assert not starts(ci, "codecov")
    assert starts(ci, "python train.py", "schedule")
    assert not starts(ci, "python train.py", "push", "change")
    assert not starts(ci, "never")
    assert not starts(ci, "shaky")
    assert starts(ci, "./deploy.sh", "push")
    assert not starts(ci, "./deploy.sh", "change")


def test_circleci(tmp_path: Path) -> None:
    text = """
    version: 2.1
    orbs: {aws: circleci/aws-cli@4}
    commands:
      words:
        steps: [{run: just lint}, words]
    jobs:
      test:
        docker: [{image: python:3.12}, {image: postgres}]
        steps: [checkout, words, {run: {command: just test, working_directory: app}}]
      train: {steps: [{run: just retrain}]}
      deploy: {steps: [{run: just deploy}]}
      lost: {steps: [{run: just lost}]}
    workflows:
      main:
        jobs:
          - test
          - hold: {type: approval, requires: [test]}
          - deploy: {requires: [hold], filters: {branches: {only: main}}}
          - aws/setup
      weekly:
        triggers: [{schedule: {cron: "0 0 * * 0", filters: {branches: {only: main}}}}]
        jobs: [train]
    """
    ci = read(circleci, tmp_path, {".circleci/config.yml": text})
    found = jobs(ci)
    assert said(found["test"]) == ["just lint", "[app] just test"]
    assert (found["test"].image, found["test"].services) == ("python:3.12", ("postgres",))
    assert starts(ci, "just lint", "change")
    assert not starts(ci, "just deploy", "change")
    assert found["deploy"].approval
    assert starts(ci, "just retrain", "schedule")
    assert not starts(ci, "just retrain", "push")
    assert not starts(ci, "just lost")


def test_bitbucket(tmp_path: Path) -> None:
    text = """
    image: python:3.12
    pipelines:
      default:
        - step: {name: test, script: [just test]}
      branches:
        main:
          - parallel:
              - step: {script: [just image]}
              - step: {script: [{pipe: atlassian/x:1}]}
          - step: {name: ship, deployment: production, trigger: manual, script: [just deploy]}
      custom:
        retrain:
          - step: {script: [just retrain]}
    """
    ci = read(bitbucket, tmp_path, {"bitbucket-pipelines.yml": text})
    found = jobs(ci)
    assert starts(ci, "just test", "change")
    assert starts(ci, "just image", "push")
    assert not starts(ci, "just image", "change")
    assert (found["ship"].approval, found["ship"].environment) == (True, "production")
    assert starts(ci, "just retrain", "schedule")
    assert not starts(ci, "just retrain", "push")


@pytest.mark.parametrize("text", ["", "1", "[a]", "jobs: 1\nworkflows: {a: {jobs: 3}}\npipelines: [x]"])
def test_malformed_files_are_no_exception(tmp_path: Path, text: str) -> None:
    tree = {".travis.yml": text, ".circleci/config.yml": text, "bitbucket-pipelines.yml": text}
    for system in (travis, circleci, bitbucket):
        read(system, tmp_path, tree)
