"""Room on the interpreter's stack.

CPython keeps the frames of Python calls in pieces of 16 KB; it asks the operating system for the
next piece when one is full and gives it back on the first return. A loop that happens to run at the
end of a piece, such as the rows of a template, pays that for every single call: several times its
time, at one depth of calls and not at the next.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_SLOTS = 2**15
"""A piece of twice as much is taken; what is left of it takes the deepest calls there may be."""


def with_room(function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Call a function so that all it calls finds room in one piece."""
    return function(*args, **kwargs)


# A frame that says it needs so much makes the piece that large; of memory only what is used counts.
with_room.__code__ = with_room.__code__.replace(co_stacksize=_SLOTS)
