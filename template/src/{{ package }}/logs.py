"""Logs: one JSON object a line, on standard error."""

import logging
import os

from pythonjsonlogger.json import JsonFormatter

NAMES = {"asctime": "time", "levelname": "level", "name": "logger"}
FIELDS: dict[str, str] = {}  # what every record carries besides: `run_id`, once a run has begun


def configure() -> None:
    """Write the records of every library as JSON, from LOG_LEVEL (INFO) up."""
    handler = logging.StreamHandler()
    line = "{asctime}{levelname}{name}{message}"
    handler.setFormatter(JsonFormatter(line, style="{", rename_fields=NAMES, timestamp=False))
    handler.addFilter(carry)
    logging.basicConfig(level=os.environ.get("LOG_LEVEL", "INFO"), handlers=[handler], force=True)
    for chatty in ("alembic", "mlflow"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def carry(record: logging.LogRecord) -> bool:
    """Add FIELDS to a record."""
    record.__dict__.update(FIELDS)
    return True
