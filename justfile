# The words of this repository; `pip install uv rust-just` is all a machine needs.

@_default:
    just --list --unsorted

# install everything that working on mlascent needs
setup:
    uv sync
    uv run pre-commit install

# the tests that take minutes; arguments go to pytest
test *args:
    uv run pytest {{ args }}

# the tests that bake projects and run them
full *args:
    uv run pytest -m full {{ args }}

# format, lint and types
lint:
    uv run ruff format --check
    uv run ruff check
    uv run mypy

# format, and mend what can be mended
fix:
    uv run ruff format
    uv run ruff check --fix

# write every file that derives from the catalogue and the command line; --check writes nothing
generate *args:
    uv run python -m mlascent.catalogue.generate {{ args }}

# the wheel and the sdist, with every released template inside
build:
    uv build

# run mlascent from this checkout
mlascent *args:
    uv run mlascent {{ args }}

# measure mlascent beside its peers; benchmarks/README.md says how to read it
bench *args:
    uv run python -m benchmarks {{ args }}
