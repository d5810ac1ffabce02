"""Three-way merge of two renderings into a project; with `git.py` the only code that writes with git.

`repository` looks at where the project stands, `policy` decides what git alone would get wrong, `plan` merges
in memory, `resolve` settles what only looks like a conflict, `apply` makes it real and `undo` takes it back.
"""
