"""A property that is worked out once for its object, without a lock.

``functools.cached_property`` takes one until Python 3.12; what every request makes anew is seen by one thread alone.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class once(Generic[T]):  # noqa: N801 (used as a decorator, like the one it stands for)
    """Work a property out at its first use and keep it in the object's ``__dict__``, which is asked before this."""

    def __init__(self, work_out: Callable[[Any], T]) -> None:
        self._work_out = work_out
        self._name = work_out.__name__
        self.__doc__ = work_out.__doc__

    @overload
    def __get__(self, held: None, owner: type) -> "once[T]": ...
    @overload
    def __get__(self, held: object, owner: type) -> T: ...
    def __get__(self, held: object | None, owner: type) -> "once[T] | T":
        if held is None:
            return self
        value = held.__dict__[self._name] = self._work_out(held)
        return value
