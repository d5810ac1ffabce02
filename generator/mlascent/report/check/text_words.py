"""The sentences that `check`, `waive` and `policy` print at a terminal, in the languages that people read."""

from __future__ import annotations

from collections.abc import Mapping

_EN: Mapping[str, str] = {
    "head": "{name}: {outcome}",
    "made": "made by mlascent, template {version}",
    "foreign": "not made by mlascent",
    "profile": "{platform}, CI {ci}, {workload}; {made}; as of {day}",
    "held_to": "held to",
    "policy": "Policy {names}, version {version}",
    "policy_later": "Policy {names}, version {version}: all of it enforces from {day}",
    "frozen": "Frozen in the baseline and failing still: {count}",
    "waived": "Waived: {count}",
    "healed": "In the baseline, failing no longer: {rules}. Write it anew: `mlascent check --write-baseline`",
    "bad_waivers": "Waivers that do nothing",
    "only": "Decided by: {owners}{areas}",
    "and_more": "… and {count} more: `mlascent check --format json`",
    "next": "Next",
    "all_held": "Nothing is missing up to the highest level.",
    "wrote": "{path}: {what}",
    "waive_wrote": "{rule} is waived until {until} in {path}, once it is committed.",
    "baseline_wrote": "Frozen in {path}: {count} failures.",
    "policy_none": "No policy is in force: there is no .mlascent/policy.yml, and none was named.",
    "policy_layer": "{name}, version {version}, from {source}",
    "policy_enforces": "enforces",
    "policy_waits": "only evaluated until {day}",
    "policy_usual": "as usual",
    "test_ok": "as expected",
    "test_bad": "not as expected",
}
_PT: Mapping[str, str] = {
    "head": "{name}: {outcome}",
    "made": "feito pelo mlascent, template {version}",
    "foreign": "não feito pelo mlascent",
    "profile": "{platform}, CI {ci}, {workload}; {made}; em {day}",
    "held_to": "exigido",
    "policy": "Política {names}, versão {version}",
    "policy_later": "Política {names}, versão {version}: inteira em vigor a partir de {day}",
    "frozen": "Congeladas na linha de base e ainda falhando: {count}",
    "waived": "Dispensadas: {count}",
    "healed": "Na linha de base, e já não falham: {rules}. Refaça-a: `mlascent check --write-baseline`",
    "bad_waivers": "Dispensas que nada fazem",
    "only": "Decidido por: {owners}{areas}",
    "and_more": "… e mais {count}: `mlascent check --format json`",
    "next": "Próximos passos",
    "all_held": "Nada falta até o nível mais alto.",
    "wrote": "{path}: {what}",
    "waive_wrote": "{rule} está dispensada até {until} em {path}, quando houver commit.",
    "baseline_wrote": "Congeladas em {path}: {count} falhas.",
    "policy_none": "Nenhuma política em vigor: não há .mlascent/policy.yml, e nenhuma foi indicada.",
    "policy_layer": "{name}, versão {version}, de {source}",
    "policy_enforces": "em vigor",
    "policy_waits": "apenas avaliada até {day}",
    "policy_usual": "como de costume",
    "test_ok": "como esperado",
    "test_bad": "não como esperado",
}


def say(language: str, key: str, **values: object) -> str:
    """A sentence in a language, with its blanks filled."""
    return (_PT if language == "pt" else _EN)[key].format(**values)
