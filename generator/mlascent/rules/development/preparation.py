"""Exploration, cleaning, transformation and splits as code (DE060 to DE063)."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.facts.files import lines
from mlascent.rules import code
from mlascent.rules.entries import training
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule, unknown
from mlascent.rules.stages import Stage, does, of_kind, reach, reads, upstream
from mlascent.rules.words import at, parts

_PLACES = frozenset({"notebooks", "notebook", "exploration", "explore", "eda", "analysis", "research", "nbs"})
_ELSEWHERE = _PLACES | {"docs", "doc", "examples", "tutorials", "tests", "test", "demo", "demos"}
_FRACTION = (
    r"(test|val|valid|validation|train|holdout|dev)(_?(size|fraction|frac|ratio|share|split|pct))?"
    r"|split(_?ratio)?"
)
_TRANSFORMS = (
    *("sklearn.preprocessing.*", "sklearn.impute.*", "sklearn.feature_extraction.*", "feature_engine.*"),
    *("category_encoders.*", "*.fit_transform"),
)
_PIPELINES = (
    *("sklearn.pipeline.*", "imblearn.pipeline.*", "*.ColumnTransformer", "*.make_column_transformer"),
    *("pyspark.ml.Pipeline", "sklearn2pmml.*", "*.Normalization", "*.StringLookup", "*.TextVectorization"),
)
#: Calls that keep a model.
SAVES = (
    *(
        "joblib.dump",
        "pickle.dump",
        "cloudpickle.dump",
        "dill.dump",
        "skops.io.dump",
        "*.log_model",
        "*.save_model",
    ),
    *("torch.save", ".save", "*.save_pretrained", "*.to_onnx", "onnx.save", "*.write"),
)
_SETS = {
    "train": {"train", "training"},
    "validation": {"validation", "val", "valid", "dev", "validate"},
    "test": {"test", "testing", "holdout"},
}


@rule("DE060")
def exploration(facts: Facts) -> Verdict:
    """A folder that stands empty while notebooks lie among the code is no place for them."""
    stray = [
        path for path in facts.files.ending(".ipynb") if not set(path.lower().split("/")[:-1]) & _ELSEWHERE
    ]
    if stray:
        return failed(f"{lines(stray)} lies outside a folder for exploration.", *map(Evidence, stray[:5]))
    for path in facts.files.all:
        if path.lower().split("/")[0] in _PLACES and "/" in path:
            return passed(f"Exploration has the folder {path.split('/')[0]}/.", Evidence(path))
    for stage in facts.dvc.stages:
        for out in stage.outs:
            if re.search(r"profil|eda|explor", out, re.IGNORECASE):
                return passed(
                    "The pipeline writes a profile of the data.", Evidence(stage.path, stage.line, out)
                )
    return failed("There is no folder for exploration, and no profiling report.")


def _preparing(facts: Facts) -> tuple[tuple[Stage, ...], tuple[Stage, ...], bool]:
    """Stages that train, those that prepare what they read, and whether some pipeline does not show it."""
    trains, found, hidden = of_kind(facts, "train"), [], False
    for stage in trains:
        before = upstream(facts, stage)
        hidden |= before is None
        found += [
            other
            for other in before or ()
            if other.real and reads(stage, other) and not does(facts, other) & {"ingest", "validate", "train"}
        ]
    return trains, tuple(dict.fromkeys(found)), hidden


@rule("DE061")
def prepared(facts: Facts) -> Verdict:
    """A stage called prepare that training does not read from is beside the pipeline, not before training."""
    trains, found, hidden = _preparing(facts)
    if not trains:
        return failed("No stage of a pipeline trains.")
    whole = [stage for stage in found if stage.outs and (stage.deps or stage.dvc is None)]
    if whole:
        return passed(f"{whole[0].name} prepares what training reads.", whole[0].evidence, trains[0].evidence)
    if hidden:
        return unknown(
            f"What flows between {trains[0].system} steps is not in the files.", trains[0].evidence
        )
    return failed("Training reads no output of a stage that prepares data.", *(s.evidence for s in trains))


@rule("DE062")
def split(facts: Facts) -> Verdict:
    """Numbers in a file that no code reads are decoration; a literal in a notebook counts as one in code."""
    literal = [
        at(found, f"{key}={value}")
        for found in facts.python.calls(("*.train_test_split", "*Split", "*.split", "*.random_split"))
        if not facts.python.modules[found.path].test
        for key, value in found.call.keywords.items()
        if key in ("test_size", "train_size", "validation_split", "val_size")
        and isinstance(value, int | float)
    ]
    if literal:
        return failed("The size of a split is written into code.", *literal[:10])
    within = training(facts) | reach(facts, of_kind(facts, "prepare"))
    for setting in code.config(facts):
        fractions = [
            (keys, value)
            for keys, value in code.numbers(setting, _FRACTION)
            if 0 < value < 1
            and ("split" in "_".join(keys).lower() or re.search(r"size|ratio|frac|share", keys[-1]))
        ]
        if fractions and code.numbers(setting, r"(random_?)?(seed|state)"):
            keys, _ = fractions[0]
            alone = {word for known in _SETS.values() for word in known}  # `test` alone says little
            leaf = keys[-2] if keys[-1] in alone and len(keys) > 1 else keys[-1]
            read = code.mentions(facts, within, leaf)
            if read is None:
                return failed(
                    f"No code that prepares or trains reads {'.'.join(keys)}.",
                    Evidence(setting.path, setting.line(*keys)),
                )
            return passed(
                "The split and the seed are configuration.", Evidence(setting.path, setting.line(*keys)), read
            )
    return failed("No configuration file has the fractions of the split and a seed.")


@rule("DE063")
def separate(facts: Facts) -> Verdict:
    """One folder for all sets, or a scaler that is fitted and thrown away, does not pass."""
    trains, found, hidden = _preparing(facts)
    if not trains:
        return failed("No stage of a pipeline trains.")
    above = {s for stage in trains for s in upstream(facts, stage) or () if "ingest" not in does(facts, s)}
    outs = [out for stage in above for out in stage.outs]
    missing = [
        name
        for name, known in _SETS.items()
        if not any(known & set(parts(out.rpartition("/")[2])) for out in outs)
    ]
    if missing and hidden and not outs:
        return unknown(f"What {trains[0].system} steps write is not in the files.", trains[0].evidence)
    if missing:
        return failed(
            f"Preparation declares no output for {', '.join(missing)}.", *(s.evidence for s in found)
        )
    within = reach(facts, trains)
    if not facts.python.calls(SAVES, within):
        return failed("Training saves no model.", trains[0].evidence)
    fitted = facts.python.calls(_TRANSFORMS, within | reach(facts, found))
    kept = facts.python.calls(_PIPELINES, within)
    if fitted and not kept:
        return failed(
            "Transformations are fitted and not saved with the model.", *(at(f) for f in fitted[:5])
        )
    return passed(
        "Each set is an output, and transformations are part of the model.",
        found[0].evidence,
        *(at(f) for f in kept[:1]),
    )
