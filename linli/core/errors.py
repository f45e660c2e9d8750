"""What may go wrong on purpose, in one shape.

A `Refused` carries a sentence that says what happened and what to do. Subclasses stand beside the
function that raises them; the outer rooms turn them into a page, a form error or problem+json.
"""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _


class Refused(Exception):
    """A rule of the house says no. ``str()`` is a sentence in the reader's language.

    `sentence` may name facts as ``%(name)s``; they are given as keyword arguments. `field` names
    the form field at fault, if there is one; `status` is the HTTP status outside.
    """

    sentence: ClassVar[Any] = _("This cannot be done.")
    status: ClassVar[int] = 409
    field: str = ""

    def __init__(self, *, field: str = "", **facts: Any) -> None:
        super().__init__()
        self.facts = facts
        self.field = field or type(self).field

    def __str__(self) -> str:
        return str(self.sentence) % self.facts if self.facts else str(self.sentence)

    @property
    def code(self) -> str:
        """Return a stable name for programs, such as ``StepNotAllowed``."""
        return type(self).__name__


class NotFound(Refused):
    """It does not exist, or it does not exist for this person: nobody can tell which."""

    sentence = _("There is nothing here, or it is not open to you.")
    status = 404


class NotEntitled(Refused):
    """The person sees the thing, but this step is somebody else's."""

    sentence = _("This step is not yours to take.")
    status = 403


class Invalid(Refused):
    """What was typed cannot be used as it is."""

    sentence = _("Please check what you entered.")
    status = 422


class Several(Invalid):
    """More than one thing is wrong; they are told all at once."""

    sentence = _("Please correct the fields marked below.")

    def __init__(self, *, faults: list[Refused]) -> None:
        super().__init__()
        self.faults = faults
