"""`python3 -m webhooks`: serves the endpoints alone; `python3 -m tasks` drains the queues."""

import sys

from zoho_privacy import selfsetup

if __name__ == "__main__":
    selfsetup.continue_inside_venv("webhooks", selfsetup.RUN_EXTRAS, sys.argv[1:])
    from zoho_privacy.local.cli import main

    sys.exit(main(["serve", "--endpoints-only", *sys.argv[1:]]))
