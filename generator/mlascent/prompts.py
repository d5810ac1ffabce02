"""Questions put to a person at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mlascent.errors import UsageError
from mlascent.questions import Question
from mlascent.render import Ask

#: What Portuguese says where a template asks in English: question → its text and the labels of its choices.
_PT: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "project_name": ("Nome do projeto", {}),
    "level": (
        "Nível de maturidade inicial; `mlascent levels --lang pt` explica cada um",
        {
            "0": "0 inicial: código que treina, testa e serve em uma máquina",
            "1": "1 reproduzível: dados versionados, execuções registradas, checagem a cada push, contêiner",
            "2": "2 definido: treinamento como um pipeline com portão, registro, monitoramento, governança",
        },
    ),
    "task": (
        "O que o modelo prediz",
        {"classification": "classificação: um rótulo", "regression": "regressão: um número"},
    ),
    "ci": ("Onde as verificações rodam a cada push", {"none": "nenhum"}),
    "workload": (
        "Como as predições são pedidas",
        {
            "online": "online: uma requisição por vez, por HTTP",
            "batch": "lote: tabelas inteiras, em horários marcados",
            "both": "os dois",
        },
    ),
    "tracking": (
        "Onde execuções e modelos são registrados: `bundled` (SQLite local) ou a URL de um servidor MLflow",
        {},
    ),
    "dvc_remote": (
        "Onde os dados versionados são compartilhados; vazio por ora, ou caminho, s3://, azure://, gs:// ou ssh://",
        {},
    ),
    "language": ("Idioma dos documentos que as pessoas preenchem", {}),
}


def asker(language: str) -> Ask:
    """A function that asks in a language."""
    import questionary

    def ask(question: Question, default: Any, check: Callable[[Any], str]) -> Any:
        text, labels = (
            _PT.get(question.name, (question.help, {})) if language == "pt" else (question.help, {})
        )
        message = text or question.name
        try:
            if question.choices:
                choices = [
                    questionary.Choice(labels.get(str(value), label), value)
                    for label, value in question.choices.items()
                ]
                chosen = next(choice for choice in choices if choice.value == default)
                return questionary.select(message, choices, default=chosen, qmark="?").unsafe_ask()
            return questionary.text(
                message, default=str(default), qmark="?", validate=lambda value: check(value) or True
            ).unsafe_ask()
        except EOFError as error:
            raise UsageError("the answers ended early", "Give them as options, or add --defaults.") from error

    return ask
