"""What the composition root knows of a demo and the provider does not; light, since every command brings it along."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoParts:
    """What is done and loaded before the demo's processes start.

    :param preparations: steps, each ``module:function``, in the order in which one needs the other.
    :param shared: modules that several of the processes need, loaded once before they are forked.
    """

    preparations: tuple[str, ...]
    shared: tuple[str, ...]
