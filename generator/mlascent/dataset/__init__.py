"""A table in a file: how it is written, what stands in its columns, and what that means for a model."""
