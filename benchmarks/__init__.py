"""Measurements people run by hand; nothing here is asserted.

`python3 -m benchmarks.NAME` sets itself up like the README's two commands: on a machine that has only Python, too.
"""

import sys
from itertools import pairwise

from zoho_privacy import selfsetup


def _begin(words: list[str]) -> None:
    """Go on inside `.venv` where a measurement was started as a module; do nothing where tests import one."""
    for flag, name in pairwise(words):
        if flag == "-m" and name.startswith(f"{__name__}."):
            trains = ("train",) if name == f"{__name__}.train" else ()
            selfsetup.continue_inside_venv(name, (*selfsetup.TEST_EXTRAS, *trains), words[words.index(name) + 1 :])


_begin(sys.orig_argv)
