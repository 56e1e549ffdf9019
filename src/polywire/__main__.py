"""Lets `python -m polywire` run the command line; owns nothing else."""

import sys

try:
    from polywire.cli.main import main
except KeyboardInterrupt:  # importing takes a moment, and main() is not there yet to hear of it
    sys.exit(130)

main()
