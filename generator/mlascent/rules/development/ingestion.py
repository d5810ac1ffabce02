"""Automated data collection from declared sources (DE050 to DE053)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mlascent.facts import Facts
from mlascent.facts.settings import Setting
from mlascent.facts.tasks import Launch
from mlascent.rules import code
from mlascent.rules.jobs import running
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule
from mlascent.rules.stages import Stage, of_kind
from mlascent.rules.texts import said
from mlascent.rules.words import at, seen

_ASKED = (("kind", "type"), ("owner",), ("licence", "license"), ("refresh",), ("personal_data",))
#: Calls by which code reads data.
READS = (
    *("pandas.read_*", "polars.read_*", "polars.scan_*", "dask.*.read_*", "pyarrow.*.read_*", ".read_csv"),
    *("*.read_parquet", "urllib.request.urlopen", "requests.get", "boto3.*", "sqlalchemy.create_engine"),
    *(
        "pyodbc.connect",
        "psycopg2.connect",
        "psycopg.connect",
        "pymongo.MongoClient",
        "snowflake.connector.connect",
    ),
    *("google.cloud.*", "datasets.load_dataset", "open", "*.read_sql", "duckdb.connect", "sqlite3.connect"),
    *("urllib.request.urlretrieve", "fsspec.open", "s3fs.*", "gcsfs.*", "shutil.copyfile", "numpy.load*"),
)
#: A place on one person's or one machine's disk; what images and platforms fix for everybody is none.
_ABSOLUTE = re.compile(
    r"(file://)?(/(home|Users|mnt|media|root|scratch|Volumes|data|tmp|content)/|~/|[A-Za-z]:[\\/]|\\\\\w)[\w\\./-]"
)
_CREDENTIAL = re.compile(
    r"\w+://[^/\s:@{}$]+:(?![{$<*])[^/\s@{}$]+@|\bAKIA[0-9A-Z]{16}\b|AccountKey=[A-Za-z0-9+/]{20}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY|\bgh[pousr]_[A-Za-z0-9]{20}|(password|pwd|secret)=(?![{$<%])[^\s;&]{4}",
    re.IGNORECASE,
)
_SECRET_NAME = re.compile(
    r"(.*_)?(password|passwd|pwd|secret|token|api_?key|access_key|secret_key|account_key|sas_token)",
    re.IGNORECASE,
)
_NO_SECRET = re.compile(r"[A-Z0-9_]*|[${<].*|(?i:your|change|example|test|dummy).*")


def sources(facts: Facts) -> tuple[Setting, ...]:
    """Files that declare where data comes from."""
    return facts.settings.named("sources.yaml", "sources.yml")


def _entries(setting: Setting) -> Iterator[tuple[str, dict[str, Any]]]:
    listed = setting.data.get("sources") if isinstance(setting.data, dict) else setting.data
    pairs = (
        listed.items() if isinstance(listed, dict) else enumerate(listed if isinstance(listed, list) else ())
    )
    for name, entry in pairs:
        if isinstance(entry, dict):
            yield str(entry.get("name") or name), entry


@rule("DE050")
def declared(facts: Facts) -> Verdict:
    """A file without an entry, or entries of empty fields and placeholders, declares nothing."""
    found = 0
    for setting in sources(facts):
        for name, entry in _entries(setting):
            found += 1
            missing = [
                asked[0]
                for asked in _ASKED
                if not any(entry.get(key) is False or said(entry.get(key)) for key in asked)
            ]
            if missing:
                return failed(
                    f"The source {name} does not say {', '.join(missing)}.",
                    Evidence(setting.path, setting.find(name), name),
                )
    if not found:
        return failed("No data source is declared: there is no sources.yaml with an entry.")
    return passed(f"{found} data sources are declared.", Evidence(sources(facts)[0].path, 0, "sources"))


def _declares(facts: Facts, stage: Stage) -> bool:
    """Whether a stage depends on what says where data comes from."""
    files = {setting.path for setting in sources(facts)}
    outside = any("://" in dep for dep in stage.deps)
    keys = {key for _, key in stage.dvc.params} if stage.dvc else set()
    return bool(files & set(stage.deps)) or outside or any("source" in key or "url" in key for key in keys)


@rule("DE051")
def ingested(facts: Facts) -> Verdict:
    """A stage that echoes, that ignores the declaration, or that writes into git, does not pass."""
    found = [stage for stage in of_kind(facts, "ingest") if stage.real and stage.counts]
    if not found:
        return failed("No stage of a pipeline brings the data in.")
    for stage in found:
        if stage.dvc is None:
            return passed(f"The {stage.system} step {stage.name} brings the data in.", stage.evidence)
    declaring = [stage for stage in found if _declares(facts, stage)]
    if not declaring:
        return failed("Ingestion does not depend on the declared sources.", *(s.evidence for s in found))
    for stage in declaring:
        tracked = [out for out in stage.outs if not _outside_git(facts, out)]
        if stage.outs and not tracked:
            return passed(f"The stage {stage.name} brings the data in, outside git.", stage.evidence)
    return failed("What ingestion writes is not kept out of git.", *(s.evidence for s in declaring))


def _outside_git(facts: Facts, path: str) -> bool:
    return "://" in path or (facts.tooling.ignored(path) and path not in facts.files)


@rule("DE052")
def renewed(facts: Facts) -> Verdict:
    """A schedule that lints, or that is switched off, brings no data."""
    wanted = {entry.path.partition("::")[0] for stage in of_kind(facts, "ingest") for entry in stage.entries}

    def ingests(launch: Launch) -> bool:
        return launch.entry in wanted or "stage ingest" in launch.via

    runs = running(facts, ingests, "schedule", "event")
    if runs:
        return passed("A schedule or an event starts ingestion.", seen(runs[0].launch))
    return failed("Nothing starts ingestion on a schedule or when data arrives.")


@rule("DE053")
def portable(facts: Facts) -> Verdict:
    """Texts of every module that reads data are looked through, not only those of one that is called data."""
    reading = {found.path for found in facts.python.calls(READS)}
    modules = [module for module in facts.python.package() if module.path in reading]
    wrong: list[Evidence] = []
    for module in modules:
        for line, text in module.strings:
            wrong += [Evidence(module.path, line, kind) for kind in _wrong(text)]
        for call in module.calls:
            for key, value in call.keywords.items():
                if _secret(key, value):
                    wrong.append(Evidence(module.path, call.line, f"{key}=…"))
        for name, value in module.globals.items():
            if _secret(name, value):
                wrong.append(Evidence(module.path, 0, f"{name} = …"))
    for setting in (*sources(facts), *code.config(facts)):
        for keys, value in code.keys(setting):
            if isinstance(value, str):
                kinds = _wrong(value) or (["credential"] if _secret(keys[-1], value) else [])
                wrong += [Evidence(setting.path, setting.line(*keys), kind) for kind in kinds]
    if wrong:
        return failed("Data access holds a path of one machine, or a credential.", *sorted(set(wrong))[:10])
    if not modules:
        return failed("No module reads data.")
    found = facts.python.calls(READS, [(modules[0].path, name) for name in ("", *modules[0].functions)])
    return passed(
        f"{len(modules)} modules read data, by no path or credential of their own.",
        *(at(f) for f in found[:1]),
    )


def _wrong(text: str) -> list[str]:
    found = ["absolute path"] if _ABSOLUTE.match(text) else []
    return [*found, "credential"] if _CREDENTIAL.search(text) else found


def _secret(name: str, value: object) -> bool:
    if not isinstance(value, str) or not _SECRET_NAME.fullmatch(name):
        return False
    return bool(value) and not _NO_SECRET.fullmatch(value) and " " not in value
