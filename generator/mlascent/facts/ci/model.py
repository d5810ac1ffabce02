"""What CI files say, in one form for all systems."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mlascent.facts.tasks import Launch

#: What starts something by itself.
KINDS = ("push", "change", "schedule", "manual", "tag", "release", "event", "after")


@dataclass(frozen=True, slots=True)
class Trigger:
    """What starts a workflow or a job.

    Attributes:
        kind: `push`, `change` (pull or merge request; on GitLab, CircleCI and Bitbucket also a push to any
            branch, since that is how most check a merge request there), `schedule`, `manual`, `tag`,
            `release`, `event` (dispatch by API), `after` (another workflow or pipeline), `called`
            (reusable). Where schedules are settings of the host (GitLab, Travis), `schedule` is there if
            a condition names it.
        line: From 1.
        branches: Patterns; empty for all.
        paths: Path filters.
        cron: Of a schedule, where the file has it.
    """

    kind: str
    line: int
    branches: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    cron: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        name: What it is called; empty without a name.
        line: From 1.
        uses: Action, orb, template or task that it uses, with version: `actions/checkout@…`.
        with_: Its inputs.
        env: Its variables, those of its job and workflow included.
        launches: Programs that it really starts, through task runners (`Tasks.launches`); empty for an
            action.
        condition: As written; empty for always.
        counts: False where a failure is ignored (`continue-on-error`, `allow_failure`, `continueOnError`,
            `catchError`).
        triggers: Kinds that can start it: its job's, less what its condition excludes.
        path: The file where it stands: a composite action's or template's, or the workflow's own.
    """

    name: str
    line: int
    uses: str
    with_: Mapping[str, Any]
    env: Mapping[str, str]
    launches: tuple[Launch, ...]
    condition: str
    counts: bool
    triggers: frozenset[str] = frozenset()
    path: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """One job (a stage of Jenkins).

    Attributes:
        name: Its id.
        line: From 1.
        triggers: Kinds that can start it: the workflow's, less what its conditions and rules exclude.
        needs: Jobs that come first.
        steps: In order.
        environment: The deployment environment that it names, as written.
        approval: Whether a person must agree first: an environment is named (GitHub, Azure; whether it is
            protected is the host's to show), `when: manual`, Jenkins `input`, ManualValidation.
        condition: As written.
        counts: False where its failure is ignored.
        permissions: As declared on the job, or on the workflow.
        image: Container that it runs in.
        services: Containers beside it.
        disabled: Whether it can never run (`if: false`, `when: never`, an impossible condition).
        environments: Names that `environment` can stand for, as far as the file tells.
        timeout: As written; empty where none is set.
        group: Concurrency or resource group of the job or the workflow; empty where none is set.
        path: The file where it stands: a called workflow's, or the workflow's own.
    """

    name: str
    line: int
    triggers: frozenset[str]
    needs: tuple[str, ...]
    steps: tuple[Step, ...]
    environment: str
    approval: bool
    condition: str
    counts: bool
    permissions: Mapping[str, str] | None
    image: str
    services: tuple[str, ...]
    disabled: bool
    environments: tuple[str, ...] = ()
    timeout: str = ""
    group: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Workflow:
    """One workflow or pipeline file.

    Attributes:
        system: `github`, `gitlab`, `azure`, `jenkins`, `travis`, `circleci`, `bitbucket`.
        path: Its file.
        name: What it is called.
        triggers: What starts it.
        jobs: In order.
        permissions: As declared; nothing where it is not. `permissions: read-all` is `{"*": "read"}`.
        rooted: Whether the system runs it where it stands (`.github/workflows/` of the repository's root, an
            included file of GitLab, the default names); where a server's settings decide (Jenkins, Azure
            Pipelines) it counts as rooted.
    """

    system: str
    path: str
    name: str
    triggers: tuple[Trigger, ...]
    jobs: tuple[Job, ...]
    permissions: Mapping[str, str] | None
    rooted: bool


@dataclass(frozen=True, slots=True)
class Run:
    """A launch in its place."""

    workflow: Workflow
    job: Job
    step: Step
    launch: Launch


@dataclass(frozen=True)
class Ci:
    """All workflows. What they call within the repository is followed into the caller's job."""

    workflows: tuple[Workflow, ...]

    def runs(self, what: Callable[[Launch], bool], *triggers: str, counting: bool = True) -> tuple[Run, ...]:
        """Launches that satisfy a condition, in jobs that one of these triggers can start (any, without).

        A workflow that its system does not read, a job and a step that can never run are left out, and
        without triggers also what only another workflow could call: it is looked at where it is called.

        Args:
            what: The condition.
            triggers: Kinds.
            counting: Only where a failure fails the job.
        """
        return tuple(
            Run(workflow, job, step, launch)
            for workflow, job, step in self.steps(*triggers, counting=counting)
            for launch in step.launches
            if (launch.counts or not counting) and what(launch)
        )

    def steps(self, *triggers: str, counting: bool = True) -> tuple[tuple[Workflow, Job, Step], ...]:
        """Steps, actions and tasks included, that one of these triggers can start (any, without).

        Args:
            triggers: Kinds.
            counting: Only where a failure fails the job.
        """
        wanted = frozenset(triggers or KINDS)
        return tuple(
            (workflow, job, step)
            for workflow in self.workflows
            if workflow.rooted
            for job in workflow.jobs
            if not job.disabled and (job.counts or not counting)
            for step in job.steps
            if wanted & step.triggers and (step.counts or not counting)
        )
