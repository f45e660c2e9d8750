"""What may go wrong in more than one of this room's services."""

from django.utils.translation import gettext_lazy as _

from linli.core.errors import Invalid, Refused


class StepNotAllowed(Refused):
    """It stands elsewhere by now, or somebody else just took this step."""

    sentence = _(
        "This step is not open now. Please look at how it stands; somebody may have been faster."
    )


class WordsMissing(Invalid):
    """A field that says something says nothing."""

    sentence = _("Please write something here.")


class WordsTooLong(Invalid):
    """More than the field holds."""

    sentence = _("That is %(count)s characters; at most %(limit)s fit here.")
