"""The service and batch scoring: DP050 to DP053."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.rules.deployment import images, places, scoring
from mlascent.rules.deployment.scoring import Scoring
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule

#: What gives rows a type: of a request, and of a table.
_TYPED_REQUEST = (
    "*create_model",
    "marshmallow.*",
    "*.TypeAdapter",
    "msgspec.*",
    "*.use_kwargs",
    "jsonschema.*",
)
_TYPED_BASES = ("BaseModel", "TypedDict", "Struct", "NamedTuple", "Schema", "IODescriptor", "SQLModel")
_TYPED_TABLE = (
    *("pandera.*", "*.astype", "pandas.to_numeric", "pyarrow.schema", "great_expectations.*", "jsonschema.*"),
    *("*.get_input_schema", "*.validate", "mlflow.pyfunc.load_model", "*.StructType"),
)
_HEALTH = re.compile(r"/(-/)?(health|healthz|healthcheck|healthy|ready|readyz|live|livez|ping|status|up)\b")
_VERSION = re.compile(r"/(version|info|model|models|metadata|model[-_]?(info|version)|about)\b")
_SAYS_VERSION = re.compile(r"\b(model_?)?version\b", re.IGNORECASE)
#: Servers that answer both by themselves.
_SELF = ("mlserver", "torchserve", "tritonserver", "tensorflow_model_server", "bentoml", "mlflow")
_INPUT = re.compile(
    r"^(input|inputs|source|input_(path|file|uri|table|sha256)|in_file|dataset|data_version)$"
)
_ROWS = re.compile(r"^(rows|n_rows|num_rows|row_count|count|rows_(in|out)|records|n_records|rows_written)$")
_MODEL = re.compile(r"^(model|model_?version|version|model_(name|uri|id)|run_id)$")
_RECORDS = (
    "json.dump",
    "json.dumps",
    "yaml.safe_dump",
    "yaml.dump",
    "mlflow.log_*",
    "*.write_text",
    "*.put_object",
)


@rule("DP050")
def code_is_here(facts: Facts) -> Verdict:
    """A notebook, a module that only imports a framework, or one that never asks a model, scores nothing."""
    found = scoring.wanted(facts)
    if found:
        return passed(
            "The scoring code is in version control.",
            *(Evidence(e.path, e.line, "service" if e.kind == "online" else "batch scoring") for e in found),
        )
    return failed("No module answers requests with a model's prediction, or scores a table.")


@rule("DP051")
def typed_and_tested(facts: Facts) -> Verdict:
    """A model of the request that no route takes, or a test that imports the service and asserts nothing."""
    found = scoring.wanted(facts)
    if not found:
        return failed("There is no scoring entry point.")
    evidence: list[Evidence] = []
    for entry in found:
        where = Evidence(entry.path, entry.line)
        types = _types(facts, entry)
        if types is None:
            return failed(f"What {entry.path} takes has no declared types.", where)
        test = _test(facts, entry)
        if test is None:
            return failed(f"No test that asserts something runs {entry.path}.", where, types)
        evidence += [where, types, test]
    return passed("The scoring entry point has types and tests.", *evidence)


def _types(facts: Facts, entry: Scoring) -> Evidence | None:
    patterns = _TYPED_REQUEST if entry.kind == "online" else _TYPED_TABLE
    calls = facts.python.calls(patterns, entry.within)
    if calls:
        return Evidence(calls[0].path, calls[0].call.line, calls[0].call.name)
    named = {
        name.rpartition(".")[2]
        for path, function in entry.within
        if (module := facts.python.modules.get(path)) and function in module.functions
        for name in module.functions[function].names
    }
    for path in sorted({path for path, _ in entry.within}):
        for function in facts.python.modules[path].functions.values():
            bases = {base.rpartition(".")[2] for base in function.bases}
            if function.kind == "class" and bases & set(_TYPED_BASES) and function.name in named:
                return Evidence(path, function.line, f"class {function.name}")
    return None


def _test(facts: Facts, entry: Scoring) -> Evidence | None:
    for module in facts.python.modules.values():
        if not module.test or not any(f.asserts for f in module.functions.values()):
            continue
        within = places.whole(facts, [module.path])
        if any(path == entry.path and name for path, name in within) or (entry.path, "") in within:
            asserting = next(f for f in module.functions.values() if f.asserts)
            return Evidence(module.path, asserting.line, asserting.name)
    return None


@rule("DP052")
def says_what_it_is(facts: Facts) -> Verdict:
    """A client that asks somebody else's /health, or a version in a comment, says nothing of this model."""
    found = scoring.wanted(facts)
    if not found and not _self_served(facts):
        return failed("There is no scoring entry point.")
    services = [entry for entry in found if entry.kind == "online"]
    evidence: list[Evidence] = list(_self_served(facts))
    if services and not evidence:
        told = _told(facts, services)
        if not all(told):
            lacks = "health" if not told[0] else "version of the model"
            return failed(
                f"The service has no route for the {lacks}.", *(Evidence(e.path, e.line) for e in services)
            )
        evidence += [e for e in told if e]
    for entry in found:
        if entry.kind == "batch":
            lacking = _manifest(facts, entry)
            if lacking:
                said = f"{entry.path} does not record {lacking}."
                return failed(said, Evidence(entry.path, entry.line))
            evidence.append(Evidence(entry.path, entry.line, "a record of each run"))
    return passed("It tells health and version, or leaves a record of each run.", *evidence)


def _self_served(facts: Facts) -> tuple[Evidence, ...]:
    for dockerfile in facts.containers.dockerfiles:
        for launch in images.launches(facts, dockerfile):
            if launch.argv[0] in _SELF and {"serve", "start"} & set(launch.argv) | (
                {launch.argv[0]} & {"torchserve", "tritonserver", "tensorflow_model_server"}
            ):
                return (Evidence(dockerfile.path, launch.line, " ".join(launch.argv)),)
    return ()


def _told(facts: Facts, services: list[Scoring]) -> tuple[Evidence | None, Evidence | None]:
    health = version = None
    paths = sorted({path for entry in services for path, _ in entry.within})
    for path in paths:
        module = facts.python.modules[path]
        for call in module.calls:
            route = scoring.route(call.name, call.args)
            if _HEALTH.match(route):
                health = health or Evidence(path, call.line, route)
                # Its answer may name the version as well.
                spans = [
                    f for f in module.functions.values() if f.line <= call.line + 8 and f.line >= call.line
                ]
                said = [t for line, t in module.strings for f in spans[:1] if f.line <= line <= f.end]
                if any(_SAYS_VERSION.search(text) for text in said):
                    version = version or Evidence(path, call.line, f"{route} names the version")
            if _VERSION.match(route):
                version = version or Evidence(path, call.line, route)
    return health, version


def _manifest(facts: Facts, entry: Scoring) -> str:
    """What a batch run does not write down; empty where the record is whole."""
    if not facts.python.calls(_RECORDS, entry.within):
        return "its runs"
    said = places.texts(facts, entry.within)
    for what, pattern in (("the model", _MODEL), ("its input", _INPUT), ("its rows", _ROWS)):
        if not any(pattern.match(text) for text in said):
            return what
    return ""


@rule("DP053")
def contract_is_written(facts: Facts) -> Verdict:
    """A schema file without columns, or OpenAPI of a route that takes any mapping, describes nothing."""
    found = scoring.wanted(facts)
    written = _committed(facts)
    if written:
        return passed("A committed schema describes input and output.", written)
    services = [entry for entry in found if entry.kind == "online"]
    for entry in services:
        makes = facts.python.calls(
            ("fastapi.FastAPI", "litestar.Litestar", "bentoml.*", "*.FlaskPydanticSpec")
        )
        types = _types(facts, entry)
        made = [m for m in makes if any(m.path == path for path, _ in entry.within)]
        if made and types and len(services) == len(found):
            return passed(
                "The service generates OpenAPI from typed models.",
                *(Evidence(made[0].path, made[0].call.line, made[0].call.name), types),
            )
    return failed(
        "The contract of what scores is not written down.", *(Evidence(e.path, e.line) for e in found)
    )


def _committed(facts: Facts) -> Evidence | None:
    for path in ("reports/contract.json", *facts.files.named("openapi.json", "openapi.yaml", "openapi.yml")):
        content = facts.settings.get(path)
        if isinstance(content, dict) and _columns(content):
            return Evidence(path)
    for path in facts.files.ending(".proto"):
        generated = path.rpartition("/")[2].removesuffix(".proto") + "_pb2_grpc"
        for entry in scoring.online(facts):
            module = facts.python.modules[entry.path]
            if any(generated in (i.module.rpartition(".")[2], i.name) for i in module.imports):
                return Evidence(path)
    return None


def _columns(content: dict[str, object]) -> bool:
    """Whether a schema names properties of at least two objects: what goes in, and what comes out."""
    found, waiting = 0, [content]
    while waiting:
        value = waiting.pop()
        properties = value.get("properties")
        found += isinstance(properties, dict) and bool(properties)
        waiting += [inner for inner in value.values() if isinstance(inner, dict)]
    return found >= 2
