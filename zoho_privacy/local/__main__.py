"""`python -m zoho_privacy.local ...`: the command line in an environment that is ready, without the self-setup."""

import sys

from zoho_privacy.local.cli import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
