"""The pipeline of the platform: published from its YAML, started, followed, and its files back."""

import argparse
import hashlib
from typing import Any

from .. import FailedError, settings
from . import assets, check, follow, jobs, registry, session, store

FILE = assets.FOLDER / "pipeline.yml"
SCHEDULE = assets.FOLDER / "schedule.yml"
COMPONENTS = assets.FOLDER / "components"


def publish(words: list[str]) -> None:
    """Check the definition, and make or renew components and schedule: `just pipeline`.

    `--print` writes the definition as the SDK reads it, and asks nobody.
    """
    parser = argparse.ArgumentParser(prog="just pipeline", description=publish.__doc__)
    parser.add_argument("--print", action="store_true", help="write the definition only")
    asked = parser.parse_args(words)
    checked()
    if asked.print:
        print(definition({}))
        return
    parts = components()
    registry.place(registry.champion(registry.versions()))
    if not store.filled("data"):  # where whoever brings data in for the schedule puts it
        assets.data()
        store.put(assets.DATA, "data")
    name = schedule(parts)
    print(f"published: {', '.join(parts.values())}; the schedule {name}")


def checked() -> None:
    """Refuse mistakes that would show only in the cloud; all are told at once."""
    if found := check.problems():
        raise FailedError("\n  ".join([f"{assets.FOLDER} cannot work:", *found]))


def components() -> dict[str, str]:
    """Each step's component in the workspace, made where it is not there; as YAML names it."""
    from azure.ai.ml import load_component

    environment, found = assets.environment(), {}
    tag = environment.rpartition(":")[2]
    for file in sorted(COMPONENTS.glob("*.yml")):
        content = hashlib.sha256(file.read_bytes()).hexdigest()[:6]
        changes = [{"version": f"{tag}-{content}"}, {"environment": environment}]
        with session.explained(f"publishing {file}"):
            made = load_component(file, params_override=[*changes, {"tags": assets.tags()}])
            if assets.known(session.client().components, made.name, made.version) is None:
                session.client().components.create_or_update(made)
        found[file.stem] = f"azureml:{made.name}:{made.version}"
    return found


def definition(parts: dict[str, str], inputs: dict[str, str | int] | None = None) -> Any:
    """The pipeline as a job of the SDK.

    Args:
        parts: step → component in the workspace; without them, the files.
        inputs: the paths of those that are folders, and the numbers.
    """
    from azure.ai.ml import load_job

    known = settings.load()
    changes: list[dict[str, Any]] = [
        {"settings.default_compute": f"azureml:{known['compute']}"},
        *({f"jobs.{step}.component": component} for step, component in parts.items()),
    ]
    for key, value in (inputs or {}).items():
        changes.append({f"inputs.{key}" + ".path" * isinstance(value, str): value})
    with session.explained(f"reading {FILE}"):
        made = load_job(FILE, params_override=changes)
        for step in made.jobs.values():
            step.environment_variables = jobs.variables()
            step.identity = jobs.identity()
            step.set_limits(timeout=known["training"]["minutes"] * 60)
    return made


def schedule(parts: dict[str, str]) -> str:
    """Make or renew Azure's own schedule of the pipeline; returns its name."""
    from azure.ai.ml.entities import JobSchedule
    from azure.ai.ml.entities._load_functions import load_schedule  # the SDK exports it nowhere

    inputs: dict[str, str | int] = {"project": assets.project()}
    inputs |= {"data": store.uri("data"), "champion": store.uri("champion")}
    with session.explained(f"renewing the schedule of {SCHEDULE}"):
        made: JobSchedule = load_schedule(SCHEDULE)
        made.create_job = definition(parts, inputs)
        made.tags = (made.tags or {}) | assets.tags()
        made._is_enabled = bool(settings.load()["schedule"]["enabled"])  # it has no other way in
        session.client().schedules.begin_create_or_update(made).result()
    return str(made.name)


def start(tags: dict[str, str], trials: int = 0) -> str:
    """Submit a run of today's code, parameters and data; returns its name."""
    checked()
    parts, name = components(), jobs.called("pipeline")
    registry.place(registry.champion(registry.versions()))
    inputs: dict[str, str | int] = {"data": assets.data(), "project": assets.project()}
    inputs |= {"champion": store.uri("champion"), "trials": trials}
    made = definition(parts, inputs)
    made.name, made.tags = name, (made.tags or {}) | assets.tags() | tags
    for key in made.outputs:
        made.outputs[key].path = store.uri("runs", name, key)
    with session.explained(f"submitting {name}"):
        submitted = session.client().jobs.create_or_update(made)
    print(f"{name}: {follow.studio(submitted)}", flush=True)
    return name


def train(words: list[str]) -> None:
    """Run the pipeline of the platform, and bring model and reports back: `just train`."""
    parser = argparse.ArgumentParser(prog="just train", description=train.__doc__)
    parser.add_argument("--container", action="store_true", help="one job in Docker, here")
    parser.add_argument("--trials", type=int, default=0, help="of the search for parameters")
    parser.add_argument("--no-wait", action="store_true", help="start it only")
    parser.add_argument("--follow", metavar="NAME", help="a run that was started before")
    asked = parser.parse_args(words)
    if asked.container:
        jobs.train(["--container"])
        return
    name = asked.follow or start({"trigger": "manual"}, asked.trials)
    if not asked.no_wait:
        finish(name)


def retrain(words: list[str]) -> None:
    """Fetch fresh data, run the pipeline on it, and follow it: `just retrain`."""
    parser = argparse.ArgumentParser(prog="just retrain", description=retrain.__doc__)
    parser.add_argument("--trigger", choices=("schedule", "event", "manual"), default="manual")
    parser.add_argument("--why", nargs="*", default=[], help="what has happened")
    parser.add_argument("--no-wait", action="store_true", help="start it only")
    asked = parser.parse_args(words)
    assets.bring()
    name = start({"trigger": asked.trigger, "why": " ".join(asked.why)})
    if not asked.no_wait:
        finish(name)


def finish(name: str) -> None:
    """Wait for a run, bring its files back, and tell on the new version how it scored."""
    follow.wait(name, f"`just train --follow {name}`")
    jobs.back(name)
    mine = store.path("runs", name, "model").rstrip("/")
    for model in registry.versions():
        if mine in str(model.path):
            registry.describe(model)
            print(f"{registry.name()} {model.version} waits for approval. Next: `just promote`")
            return
    told = f"{name} completed, but {registry.name()} has no version of it"
    raise FailedError(f"{told}. Next: look at the step `register` in the studio")
