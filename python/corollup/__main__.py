"""`python -m corollup`."""

import sys

from corollup.cli import main

if __name__ == "__main__":
    sys.exit(main())
