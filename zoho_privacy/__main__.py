"""`python3 -m zoho_privacy ...`: sets itself up on first use, then runs the command line."""

import sys

from zoho_privacy import selfsetup

if __name__ == "__main__":
    selfsetup.continue_inside_venv("zoho_privacy", selfsetup.RUN_EXTRAS, sys.argv[1:])
    from zoho_privacy.local.cli import main

    sys.exit(main(sys.argv[1:]))
