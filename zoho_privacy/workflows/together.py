"""Many reads at once, in the order they were asked for. How many are of use is the desk's to say (`at_once`).

Decides nothing about what is read. Items are taken from the iterable in the caller's thread, so it may read the store
and count; only `work` runs in others. Credits are booked to the caller's flow.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")
AHEAD: Final = 4
"""Results waiting for their turn per thread: one slow answer must not stop the others."""


def gather(work: Callable[[T], R], items: Iterable[T], *, at_once: int) -> Generator[R, None, None]:
    """Yield `work(item)` in the order of the items, with up to `at_once` under way and four times as many ahead.

    The first error in that order is raised in its place; then, and when the caller stops early, nothing more is begun
    and what is under way is waited for. With `at_once` 1 everything happens in the caller's thread.
    """
    if at_once <= 1:
        yield from map(work, items)
        return
    waiting: deque[Future[R]] = deque()
    pool = ThreadPoolExecutor(at_once, thread_name_prefix="gather")
    try:
        for item in items:
            if len(waiting) >= AHEAD * at_once:
                yield waiting.popleft().result()
            waiting.append(pool.submit(copy_context().run, work, item))
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
