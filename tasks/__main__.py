"""`python3 -m tasks NAME [--dry-run] [--json]`: runs one scheduled task now; `--list` names them."""

import sys

from zoho_privacy import selfsetup

if __name__ == "__main__":
    selfsetup.continue_inside_venv("tasks", selfsetup.RUN_EXTRAS, sys.argv[1:])
    from zoho_privacy.local.cli import main

    sys.exit(main(["task", *sys.argv[1:]]))
