"""Parquet to CSV, a batch at a time. A program that uv runs with pyarrow; mlascent itself never imports it.

Exit code 3: the file cannot be told as a CSV; the reason is on standard error.
"""

import sys
from typing import Any

import pyarrow as pa  # type: ignore[import-not-found, unused-ignore]
import pyarrow.csv as pa_csv  # type: ignore[import-not-found, unused-ignore]
import pyarrow.parquet as pq  # type: ignore[import-not-found, unused-ignore]


def as_text(kind: Any) -> Any:
    """The type to write a column as; a type that CSV knows stays."""
    if pa.types.is_dictionary(kind):
        return as_text(kind.value_type)
    if pa.types.is_temporal(kind) or pa.types.is_decimal(kind) or pa.types.is_float16(kind):
        return pa.float32() if pa.types.is_float16(kind) else pa.string()
    return kind


def main(source: str, destination: str) -> int:
    """Convert one file."""
    try:
        file = pq.ParquetFile(source)
    except (pa.ArrowInvalid, OSError) as error:
        print(f"it is damaged: {error}", file=sys.stderr)
        return 3
    # What pandas wrote as its index is no column of the table.
    names = [name for name in file.schema_arrow.names if not name.startswith("__index_level_")]
    fields = [file.schema_arrow.field(name) for name in names]
    nested = [
        field.name for field in fields if pa.types.is_nested(field.type) or pa.types.is_binary(field.type)
    ]
    if nested:
        print(f"these columns hold lists, records or bytes: {', '.join(nested)}", file=sys.stderr)
        return 3
    schema = pa.schema([pa.field(field.name, as_text(field.type)) for field in fields])
    with pa_csv.CSVWriter(destination, schema) as writer:
        for batch in file.iter_batches(batch_size=50_000, columns=names):
            writer.write_table(pa.Table.from_batches([batch]).cast(schema))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
