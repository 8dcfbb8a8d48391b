"""`python3 -m zoho_privacy ...`: sets itself up on first use, then runs the command line."""

import sys

from zoho_privacy import selfsetup

if __name__ == "__main__":
    more = selfsetup.AWS_EXTRAS if "aws-emulated" in sys.argv[1:] else ()
    selfsetup.continue_inside_venv("zoho_privacy", selfsetup.RUN_EXTRAS + more, sys.argv[1:])
    from zoho_privacy.local.cli import main

    sys.exit(main(sys.argv[1:]))
