"""Lets `python -m polywire` run the command line; owns nothing else."""

from polywire.cli.main import main

main()
