"""`python -m PACKAGE.platforms WORD ARGUMENTS`: what `just` runs."""

import sys

from . import main

main(sys.argv[1:])
