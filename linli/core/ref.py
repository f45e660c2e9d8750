"""A pointer between rooms that do not know each other's tables."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ref:
    """Names one row of one room: ``Ref("matters.matter", 12)``. What is named is never deleted."""

    kind: str
    id: int

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, *, text: str) -> "Ref":
        """Read the form that ``str()`` writes.

        :raises ValueError: when the text is not of that form.
        """
        kind, _, number = text.rpartition(":")
        if not kind:
            raise ValueError(f"not a reference: {text!r}")
        return cls(kind=kind, id=int(number))
