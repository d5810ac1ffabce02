"""Mistakes in infra/azureml/*.yml that the SDK lets pass until a job fails in the cloud.

It knows no bindings: `${{parent.inputs.x}}` may name anything, a component may be given inputs that
it does not have, and `abc` where a number is expected. `just test` and `just pipeline` look here.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path("infra/azureml")
FILES = {"uri_file", "uri_folder", "mltable", "mlflow_model", "custom_model", "triton_model"}
LITERALS: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
}
BINDING = re.compile(r"\$\{\{\s*([^}]*?)\s*\}\}")
OPTIONAL = re.compile(r"\$\[\[.*?\]\]", re.DOTALL)
Told = dict[str, Any]


def problems(folder: Path = FOLDER) -> list[str]:
    """Every mistake in a folder's components, command jobs, pipelines and schedules."""
    found: list[str] = []
    for path in sorted(folder.rglob("*.yml")):
        told = read(path)
        kind = str(told.get("$schema", "")).rsplit("/", 1)[-1].split(".")[0].lower()
        look = {
            "commandcomponent": component,
            "commandjob": component,
            "pipelinejob": pipeline,
            "pipelinecomponent": pipeline,
            "schedule": schedule,
        }.get(kind)
        if look:
            where = path.relative_to(folder).as_posix()
            found += [f"{where}: {problem}" for problem in look(told, path.parent)]
    return found


def read(path: Path) -> Told:
    """What a YAML file says; nothing where it is no mapping."""
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    return told if isinstance(told, dict) else {}


def component(told: Told, here: Path) -> Iterator[str]:
    """A command: each name in it is declared, and each output is written."""
    command = str(told.get("command") or "")
    sides = {side: named(told, side) for side in ("inputs", "outputs")}
    used = {side: set[str]() for side in sides}
    for expression in BINDING.findall(command):
        side, _, name = expression.partition(".")
        if name not in sides.get(side, {}):
            yield f"command: there is no {expression} among {listed(sides.get(side, {}))}"
        else:
            used[side].add(name)
    for name in sorted(set(sides["outputs"]) - used["outputs"]):
        yield f"outputs.{name}: the command does not write it"
    bare = OPTIONAL.sub("", command)
    for name, declared in sides["inputs"].items():
        spec = declared if isinstance(declared, dict) else {}
        if spec.get("optional") and f"inputs.{name}" in BINDING.findall(bare):
            yield f"inputs.{name}: it may be absent, so it belongs into $[[…]] of the command"
        if "default" in spec:
            yield from literal(f"inputs.{name}.default", spec["default"], spec)
        if isinstance(declared, dict) and "path" in declared:
            yield from path_of(f"inputs.{name}", declared, here)


def pipeline(told: Told, here: Path) -> Iterator[str]:
    """A graph: every binding leads somewhere, every step gets what it asks for, of that type."""
    steps = told.get("jobs") or {}
    made = {name: definition(step, here) for name, step in steps.items()}
    for name in [name for name, step in made.items() if step is None]:
        yield f"jobs.{name}.component: there is no file {steps[name].get('component')}"
        del made[name]
    given = named(told, "inputs")
    for name, value in given.items():
        if isinstance(value, dict) and "path" in value:
            yield from path_of(f"inputs.{name}", value, here)
        elif isinstance(value, dict) and "default" in value:
            yield from literal(f"inputs.{name}.default", value["default"], value)
    after: dict[str, set[str]] = {name: set() for name in made}
    for name, what in made.items():
        assert what is not None
        wanted, offered = named(what, "inputs"), steps[name].get("inputs") or {}
        inline = "component" not in steps[name]
        for key, spec in wanted.items():
            required = isinstance(spec, dict) and not (spec.get("optional") or "default" in spec)
            if key not in offered and required and not inline:
                yield f"jobs.{name}.inputs.{key}: it is required"
        for key, value in offered.items():
            at = f"jobs.{name}.inputs.{key}"
            if key not in wanted:
                yield f"{at}: its component knows only {listed(wanted)}"
                continue
            spec = {} if inline else wanted[key]
            yield from bound(at, value, spec, given, made, after[name])
        for key, value in (steps[name].get("outputs") or {}).items():
            yield from out(f"jobs.{name}.outputs.{key}", key, value, what, told)
    yield from unwritten(told, steps)
    for name in made:
        if name in reached(name, after):
            yield f"jobs.{name}: it waits for itself"


def definition(step: Told, here: Path) -> Told | None:
    """The component of a step, in its file or inline; None where there is no such file."""
    source = step.get("component")
    if not isinstance(source, str):
        return source if isinstance(source, dict) else step
    path = here / source.removeprefix("file:")
    return read(path) if path.is_file() else None


def bound(
    at: str, value: Any, spec: Any, given: Told, made: dict[str, Any], after: set[str]
) -> Iterator[str]:
    """What a step is given: a binding that leads somewhere, or a literal of the declared type."""
    source = value.get("path") if isinstance(value, dict) else value
    expressions = BINDING.findall(source) if isinstance(source, str) else []
    if not expressions:
        if isinstance(spec, dict) and spec and not isinstance(value, dict):
            yield from literal(at, value, spec)
        return
    for expression in expressions:
        kind = None
        match expression.split("."):
            case ["parent", "inputs", name]:
                if name not in given:
                    yield f"{at}: there is no {expression}, only {listed(given)}"
                    continue
                kind = type_of(given[name])
            case ["parent", "jobs", step, "outputs", name]:
                outputs = named(made.get(step) or {}, "outputs")
                if name not in outputs:
                    known = listed(outputs) if step in made else f"the steps {listed(made)}"
                    yield f"{at}: there is no {expression}, only {known}"
                    continue
                after.add(step)
                kind = type_of(outputs[name])
            case _:
                yield f"{at}: {expression} is neither parent.inputs.X nor parent.jobs.X.outputs.Y"
                continue
        wanted = type_of(spec) if isinstance(spec, dict) and spec else None
        if kind and wanted and kind != wanted and (kind, wanted) != ("integer", "number"):
            yield f"{at}: {expression} is {kind}, but {wanted} is wanted"


def out(at: str, key: str, value: Any, what: Told, told: Told) -> Iterator[str]:
    """Where the output of a step goes."""
    outputs, whole = named(what, "outputs"), named(told, "outputs")
    if key not in outputs:
        yield f"{at}: its component knows only {listed(outputs)}"
        return
    for expression in BINDING.findall(value if isinstance(value, str) else ""):
        _, _, name = expression.rpartition("parent.outputs.")
        if not expression.startswith("parent.outputs.") or name not in whole:
            yield f"{at}: there is no {expression}, only {listed(whole)}"
        elif type_of(whole[name]) != type_of(outputs[key]):
            yield f"{at}: it is {type_of(outputs[key])}, but {type_of(whole[name])} is wanted"


def unwritten(told: Told, steps: Told) -> Iterator[str]:
    """Outputs of the whole that no step writes."""
    written = {
        expression.removeprefix("parent.outputs.")
        for step in steps.values()
        for value in (step.get("outputs") or {}).values()
        for expression in BINDING.findall(value if isinstance(value, str) else "")
    }
    for name in sorted(set(named(told, "outputs")) - written):
        yield f"outputs.{name}: no step writes it"


def reached(name: str, after: dict[str, set[str]]) -> set[str]:
    """The steps that must end before this one."""
    found, todo = set[str](), list(after[name])
    while todo:
        if (step := todo.pop()) not in found:
            found.add(step)
            todo += after.get(step, set())
    return found


def schedule(told: Told, here: Path) -> Iterator[str]:
    """A schedule: the job that it starts is there, and has the inputs that it is given."""
    job = told.get("create_job")
    source = job.get("job") if isinstance(job, dict) else job
    if not isinstance(source, str) or source.startswith("azureml:"):
        return
    path = here / source.removeprefix("file:")
    if not path.is_file():
        yield f"create_job: there is no file {source}"
        return
    known = named(read(path), "inputs")
    for name, value in ((job.get("inputs") if isinstance(job, dict) else None) or {}).items():
        if name not in known:
            yield f"create_job.inputs.{name}: {source} knows only {listed(known)}"
        elif not isinstance(value, dict):
            yield from literal(f"create_job.inputs.{name}", value, {"type": type_of(known[name])})


def literal(at: str, value: Any, spec: Told) -> Iterator[str]:
    """A value that is written out: of the declared type, and within its bounds."""
    kind = str(spec.get("type", "string")).lower()
    if kind in FILES:
        if not isinstance(value, (dict, str)):
            yield f"{at}: {value!r} is no {kind}"
        return
    wanted = LITERALS.get(kind)
    if wanted is None:
        yield f"{at}: there is no type {kind}"
    elif not isinstance(value, wanted) or (isinstance(value, bool) and kind != "boolean"):
        yield f"{at}: {value!r} is no {kind}"
    elif kind in ("integer", "number"):
        if value < spec.get("min", value):
            yield f"{at}: {value!r} is below {spec['min']}"
        if value > spec.get("max", value):
            yield f"{at}: {value!r} is above {spec['max']}"
    elif spec.get("enum") and value not in spec["enum"]:
        yield f"{at}: {value!r} is none of {', '.join(map(str, spec['enum']))}"


def path_of(at: str, value: Told, here: Path) -> Iterator[str]:
    """The path of an input: of a known type, and nothing that this schema does not have."""
    if type_of(value) not in FILES:
        yield f"{at}.type: {type_of(value)} has no path, only {listed(FILES)} have"


def type_of(value: Any) -> str:
    """The type of an input or output: declared, or that of its value."""
    if isinstance(value, dict):
        return str(value.get("type", "uri_folder" if "path" in value else "string"))
    kinds = {bool: "boolean", int: "integer", float: "number"}
    return kinds.get(type(value), "string")


def named(told: Told, side: str) -> Told:
    """The inputs or outputs that a file declares."""
    found = told.get(side) or {}
    return found if isinstance(found, dict) else {}


def listed(names: Any) -> str:
    """Names for a message."""
    return ", ".join(sorted(names)) or "none"
