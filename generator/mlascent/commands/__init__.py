"""The verbs: one module each, which is the Python API of that verb as well."""
