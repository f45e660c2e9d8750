"""Room on the interpreter's stack changes nothing but what calls cost."""

import pytest

from linli.core.room import with_room


def test_a_call_with_room_answers_as_the_function_does() -> None:
    assert with_room(divmod, 7, 2) == (3, 1)
    assert with_room(sorted, [1, 2], reverse=True) == [2, 1]


def test_a_call_with_room_fails_as_the_function_does() -> None:
    with pytest.raises(ZeroDivisionError):
        with_room(divmod, 7, 0)


def test_rooms_fit_into_one_another() -> None:
    def deep(left: int) -> int:
        return with_room(deep, left - 1) + 1 if left else 0

    assert deep(100) == 100
