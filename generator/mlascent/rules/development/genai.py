"""The ML test score, prompts, evaluation of language models, retrieval (DX001 to DX030): not yet brought."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.facts.tasks import Launch
from mlascent.rules import code
from mlascent.rules.entries import of_launch, reached
from mlascent.rules.jobs import on_change
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown
from mlascent.rules.stages import stages
from mlascent.rules.words import at, program, seen

_PROMPTS = ("*prompts/*.y*ml", "*prompts/*.json", "*prompts/*.toml", "*.prompt.y*ml", "*prompt*.y*ml")
_ASKS_MODEL = (
    *(
        "*.chat.completions.create",
        "*.completions.create",
        "*.messages.create",
        "*.generate_content",
        "litellm.*completion",
    ),
    *(
        "*.responses.create",
        "*.ChatOpenAI",
        "*.AzureChatOpenAI",
        "*.ChatAnthropic",
        "*.ChatBedrock",
        "*.invoke_model",
    ),
    *("*.converse", "ollama.chat", "*.init_chat_model"),
)
_JUDGES = (
    *(
        "ragas.*",
        "deepeval.*",
        "mlflow.genai.evaluate",
        "mlflow.evaluate",
        "trulens.*",
        "langsmith.*",
        "promptfoo.*",
    ),
    *("azure.ai.evaluation.*", "*.GroundednessEvaluator", "*.RelevanceEvaluator", "*.answer_relevance"),
)
_INDEXES = (
    *(
        "*.from_documents",
        "*.add_documents",
        "faiss.*",
        "chromadb.*",
        "*.upsert",
        "*.VectorStoreIndex",
        "lancedb.*",
    ),
    *("pinecone.*", "qdrant_client.*", "weaviate.*", "*.build_index", "*.SearchIndexClient"),
)


@rule("DX001")
def scored(_: Facts) -> Verdict:
    """The score is a report of this check, not a file of the repository."""
    return unknown("The ML test score is a report, and not read from files.")


@rule("DX002")
def high(_: Facts) -> Verdict:
    """A number in a document is no score."""
    return unknown("The ML test score is a report, and not read from files.")


@rule("DX010")
def prompts(facts: Facts) -> Verdict:
    """A prompt file that nothing reads, beside a model's name in the code, pins nothing."""
    files = [s for s in facts.settings.match(*_PROMPTS) if s.data]
    files_text = facts.files.match("*prompts/*.md", "*prompts/*.txt", "*prompts/*.j2")
    calls = facts.python.calls(_ASKS_MODEL)
    literal = [
        at(f)
        for f in calls
        for k in ("model", "model_name", "modelId")
        if isinstance(f.call.keywords.get(k), str)
    ]
    if not calls:
        return failed("No code asks a language model.")
    if literal:
        return failed("A model's name is written into the code.", *literal)
    if not files and not files_text:
        return failed("No prompt is a file.", at(calls[0]))
    path = files[0].path if files else files_text[0]
    return passed("Prompts are files, and the model is configuration.", Evidence(path), at(calls[0]))


@rule("DX011")
def prompt_recorded(facts: Facts) -> Verdict:
    """A version in the prompt's file that no run records says nothing of a run."""
    package = [(m.path, name) for m in facts.python.package() for name in ("", *m.functions)]
    logs = facts.python.calls(
        ("*.log_param", "*.log_params", "*.set_tag", "*.set_tags", "*.log_prompt", "*.load_prompt"), package
    )
    homes = [(f.path, "") for f in logs]
    named = code.text_like(facts, homes, r".*prompt[._-]?(version|sha\w*|digest|hash|id|uri).*|prompts:/.*")
    if named:
        return passed("The prompt's version is recorded.", named)
    return failed("No run records the prompt's version.")


@rule("DX020")
def judged(facts: Facts) -> Verdict:
    """A judge that is imported, and a data set that nothing evaluates, declare nothing together."""
    found = facts.python.calls(_JUDGES)
    package = {module.path for module in facts.python.package()}
    calls = [f for f in found if f.path in package]
    data = facts.files.match(
        "*eval*/*.jsonl", "*eval*/*.csv", "*eval*/*.json", "*golden*.jsonl", "*eval*.jsonl"
    )
    data = [*data, *(path for path in facts.dvc.tracked if "eval" in path)]
    if calls and data:
        return passed("An evaluation set and its judges are declared.", at(calls[0]), Evidence(data[0]))
    missing = "judges or metrics" if data else "versioned evaluation set"
    return failed(f"There is no {missing} for what a language model answers.")


@rule("DX021")
def guarded(facts: Facts) -> Verdict:
    """An evaluation that reports and never fails lets everything pass."""

    def judges(launch: Launch) -> bool:
        entry = of_launch(facts, launch) if launch.entry else None
        if entry is not None:
            within = reached(facts, [entry])
            return bool(facts.python.calls(_JUDGES, within)) and code.refuses(facts, within)
        return program(launch) in ("promptfoo", "deepeval") and launch.counts

    runs = on_change(facts, judges)
    if runs:
        return passed("A pull request fails when answers get worse.", seen(runs[0].launch))
    return failed("No job of a pull request holds answers against limits.")


@rule("DX030")
def indexed(facts: Facts) -> Verdict:
    """An index that is built by hand, or whose age nobody watches, does not pass."""
    for stage in stages(facts):
        within = reached(facts, stage.entries)
        built = facts.python.calls(_INDEXES, within)
        keys = " ".join(key for _, key in stage.dvc.params) if stage.dvc else ""
        if not built or not stage.deps or not (re.search("chunk", keys) and re.search("embed", keys)):
            continue
        for alert in facts.prometheus.rules:
            if alert.name and re.search(r"(?i)index", alert.expr + alert.name):
                return passed(
                    "A stage builds the index, and its age is watched.", stage.evidence, at(built[0])
                )
        return failed("A stage builds the index, and nothing watches its age.", stage.evidence)
    return failed("No stage builds the index from documents, chunking and embedding model.")
