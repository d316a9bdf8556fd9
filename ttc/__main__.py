"""`python -m ttc` is the `ttc` command."""

from ttc.cli import main

main()
