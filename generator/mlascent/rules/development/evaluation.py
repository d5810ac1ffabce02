"""Model evaluation (DE130 to DE133)."""

from __future__ import annotations

import re

from mlascent.facts import Facts
from mlascent.rules import code
from mlascent.rules.development.problem import metrics
from mlascent.rules.entries import Reached, entries_of_evaluation, reached, training
from mlascent.rules.model import Evidence, Verdict, failed, passed, rule
from mlascent.rules.stages import Stage, does, inside, of_kind, reach, stages
from mlascent.rules.words import LOGS_METRICS, MEASURES, at, foreign, parts

_WRITES = (
    "json.dump",
    "*.dump",
    "*.write_text",
    "*.to_json",
    "*.to_csv",
    "*.write",
    "open",
    "*.log_metric*",
    "*.dumps",
)
_CLASSIFICATION = frozenset(
    {
        *(
            "accuracy",
            "balanced",
            "f1",
            "precision",
            "recall",
            "roc",
            "auc",
            "logloss",
            "brier",
            "mcc",
            "kappa",
        ),
        *("sensitivity", "specificity", "ap", "log", "matthews", "jaccard", "hamming", "top"),
    }
)
_REGRESSION = frozenset(
    {"rmse", "mae", "mse", "r2", "mape", "smape", "squared", "absolute", "deviance", "rmsle", "pinball"}
)
_OTHER = frozenset(
    {"bleu", "rouge", "perplexity", "wer", "ndcg", "map", "mrr", "iou", "dice", "silhouette", "fid", "hit"}
)
_UNCERTAIN = (
    *(
        "numpy.percentile",
        "numpy.quantile",
        "*.quantile",
        "*.bootstrap",
        "*.cross_val_score",
        "*.cross_validate",
    ),
    *(
        "*.RepeatedKFold",
        "*.RepeatedStratifiedKFold",
        "*.confidence_interval",
        "*.interval",
        "*.std",
        "*.sem",
    ),
    *("*.proportion_confint", "*.nanpercentile", "*.resample"),
)
_INTERVAL = re.compile(
    r"(?i).*_(low|high|lower|upper|std|sem|ci\w*|ci95|interval|p2_?5|p97_?5)$|^(std|ci|interval)\w*"
)
_GROUPS = (
    "*.groupby",
    "*.group_by",
    "*MetricFrame",
    "aequitas.*",
    "*.SlicingSpec",
    "*.slicing_spec",
    "*.query",
)
_SLICES = r"slices?|groups?|segments?|subgroups?|sensitive_features|slice_columns"
_PERTURBS = re.compile(r"(?i)(perturb|noise|noisy|robust|corrupt|adversarial|invarian|shuffle_column|jitter)")
_TESTS = (
    *("scipy.stats.*", "statsmodels.*.mcnemar", "*.mcnemar", "*.bootstrap", "*.ttest_rel", "*.wilcoxon"),
    *("*.permutation_test*", "numpy.percentile", "mlxtend.evaluate.*"),
)


def evaluating(facts: Facts) -> Reached:
    """All that evaluation can execute."""
    found = reach(facts, of_kind(facts, "evaluate"))
    return found | reached(facts, entries_of_evaluation(facts))


@rule("DE130")
def declared(facts: Facts) -> Verdict:
    """A metrics file that the graph names and no code writes, or that is written and not declared."""
    silent: list[Evidence] = []
    for stage in stages(facts):
        if not stage.real:
            continue
        within = reach(facts, [stage])
        if does(facts, stage) == {"validate"} and not facts.python.calls(MEASURES, within):
            continue  # figures of the data, not of a model
        whole = [
            path for path in facts.dvc.metrics if stage.dvc and any(inside(path, out) for out in stage.outs)
        ]
        for path in dict.fromkeys((*stage.metrics, *whole)):
            if _writes(facts, stage, within, path):
                return passed(f"{stage.name} declares and writes {path}.", stage.evidence)
            silent.append(Evidence(stage.path, stage.line, path))
    for stage in stages(facts):
        if stage.dvc is None and "evaluate" in does(facts, stage):
            logs = foreign(facts, facts.python.calls(LOGS_METRICS, reach(facts, [stage])))
            if logs:
                return passed(f"{stage.name} records its metrics.", stage.evidence, at(logs[0]))
    if silent:
        return failed(f"No code of the stage writes {silent[0].said}.", *silent)
    return failed("No stage declares a metrics file.")


def _writes(facts: Facts, stage: Stage, within: Reached, path: str) -> bool:
    name = path.rpartition("/")[2]
    if facts.python.calls(("dvclive.Live",), within) and path.endswith("metrics.json"):
        return True
    if not facts.python.calls(_WRITES, within):
        return False
    in_command = stage.dvc is not None and any(name in cmd for cmd in stage.dvc.cmd)
    return in_command or any(name in text or text == path for _, _, text in code.texts(facts, within))


def _task(facts: Facts) -> str:
    given = facts.answers.given.get("task")
    if given in ("classification", "regression"):
        return str(given)
    made = " ".join(
        f.call.name for f in facts.python.calls(("*Classifier", "*Regressor", "*Regression"), training(facts))
    )
    if "Classifier" in made or "LogisticRegression" in made:
        return "classification"
    return "regression" if "Regress" in made else ""


def _of_task(names: set[str], task: str) -> dict[str, str]:
    """Metrics of a task among names, by the word that tells: one that goes by two names counts once."""
    known = {"classification": _CLASSIFICATION, "regression": _REGRESSION}.get(task)
    fitting = known | _OTHER if known else _CLASSIFICATION | _REGRESSION | _OTHER
    found = [
        (sorted(set(parts(name)) & fitting), name)
        for name in sorted(names, key=len, reverse=True)
        if not _INTERVAL.match(name)
    ]
    return {words[0]: name for words, name in found if words}


@rule("DE131")
def measured(facts: Facts) -> Verdict:
    """One number, two names of the same task's opposite, or figures without spread are too little."""
    task, within = _task(facts), evaluating(facts) | training(facts)
    values, path = metrics(facts)
    names = set(values)
    evidence = [Evidence(path)] if path else []
    if not values:
        calls = foreign(
            facts, facts.python.calls(("sklearn.metrics.*", "torchmetrics.*", "*.log_metric"), within)
        )
        names = {f.call.name.rpartition(".")[2] for f in calls if not f.call.name.endswith("log_metric")}
        names |= {str(f.call.args[0]) for f in calls if f.call.args and f.call.name.endswith("log_metric")}
        measuring = [
            (p, n)
            for p, n in within
            if set(parts(p.removesuffix(".py"))) & {"evaluate", "evaluation", "eval", "metrics"}
        ]
        names |= {
            text for _, _, text in code.texts(facts, measuring) if re.fullmatch(r"[A-Za-z][\w-]{1,30}", text)
        }
        evidence = [at(f) for f in calls[:3]]
    fitting = _of_task(names, task)
    if len(fitting) < 2:
        return failed(f"Fewer than two metrics{f' of {task}' if task else ''} are reported.", *evidence)
    spread = [name for name in values if _INTERVAL.match(name)]
    calls = facts.python.calls(_UNCERTAIN, within)
    if not spread and not calls:
        return failed("Metrics are reported without their uncertainty.", *evidence)
    shown = ", ".join(sorted(fitting.values())[:4])
    return passed(f"{shown} are reported, with their uncertainty.", *evidence, *(at(f) for f in calls[:1]))


@rule("DE132")
def sliced(facts: Facts) -> Verdict:
    """An empty list of slices, or one that no code of the evaluation reads, measures no group."""
    within = evaluating(facts)
    frames = facts.python.calls(("*MetricFrame", "aequitas.*", "tensorflow_model_analysis.*"), within)
    if frames:
        return passed("The evaluation measures groups apart.", at(frames[0]))
    empty: list[Evidence] = []
    for setting in code.config(facts):
        for keys, value in code.keys(setting):
            if re.fullmatch(_SLICES, keys[-1]) and isinstance(value, list | dict | str):
                where = Evidence(setting.path, setting.line(*keys), ".".join(keys))
                if not value:
                    empty.append(where)
                    continue
                read, groups = code.mentions(facts, within, keys[-1]), facts.python.calls(_GROUPS, within)
                if read and groups:
                    return passed("Metrics are reported for each declared group.", where, at(groups[0]))
                return failed("No code of the evaluation reads the declared groups.", where)
    if empty:
        return failed("The list of groups is empty.", *empty)
    return failed("No group is declared for which metrics are reported.")


@rule("DE133")
def robust(facts: Facts) -> Verdict:
    """A function called robustness that nobody runs perturbs nothing."""
    within = evaluating(facts) | code.tested(facts)
    perturbing = sorted((path, name) for path, name in within if _PERTURBS.search(name))
    if not perturbing:
        return failed("No stage or test perturbs inputs.")
    tests = facts.python.calls(_TESTS, evaluating(facts))
    champion = [e for e in (code.text_like(facts, evaluating(facts), r".*champion.*|.*production.*"),) if e]
    path, name = perturbing[0]
    if tests and champion:
        return passed(
            "The candidate meets perturbed inputs and the champion.", Evidence(path, 0, name), at(tests[0])
        )
    return failed(
        "The candidate is not compared with the champion by an interval or a test.", Evidence(path, 0, name)
    )
