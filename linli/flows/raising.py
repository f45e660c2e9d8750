"""From a matter to deliberation: what is wider than one order becomes an opinion on its thread."""

from datetime import datetime
from uuid import NAMESPACE_OID, uuid5

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from linli.core.actor import Actor, system
from linli.core.errors import Refused
from linli.core.models import Event
from linli.core.ref import Ref
from linli.deliberation.models import Opinion
from linli.deliberation.services import opinions
from linli.deliberation.services.opinions import OpinionInput, Said
from linli.deliberation.workflow import OpinionChannel
from linli.matters import queries as matters
from linli.matters.models import Matter, Reporter


class MatterRestricted(Refused):
    """What only those in charge see is not talked over."""

    sentence = _("This matter is restricted: it is not talked over.")


@transaction.atomic
def raise_opinion_of_matter(
    *, matter_id: int, actor: Actor, at: datetime, forum_id: int | None = None, text: str = ""
) -> Said:
    """Make an opinion of a matter, once: at its building, on its thread, naming it as its source.

    Whoever reported it with an account is its author and is told of the answer. Without `text` the
    matter's own words are taken; numbers in them are masked.

    :raises NotFound: when there is no such matter, or not for this person.
    :raises MatterRestricted: when only those in charge see it.
    """
    matter = matters.get_matter(actor=actor, matter_id=matter_id)
    if matter.is_restricted:
        raise MatterRestricted
    ref = Ref(kind=matters.SUBJECT, id=matter.pk)
    reporters = matters.reporters_of(matter=matter).filter(withdrawn_at=None, erased_at=None)
    with_account = reporters.filter(account__isnull=False).first()
    return opinions.say(
        opinion=OpinionInput(
            # The same matter is the same opinion, whoever presses twice.
            submission_key=uuid5(NAMESPACE_OID, f"opinion of {ref} {matter.trace}"),
            community_id=matter.community_id,
            text=text or matter.text,
            channel=OpinionChannel.MATTER,
            forum_id=forum_id,
            grid_id=matter.grid_id,
            building_id=matter.building_id,
            people_count=max(1, reporters.count()),
            account_id=with_account.account_id if with_account is not None else None,
            source=str(ref),
            trace=matter.trace,
            is_no_emergency=True,
        ),
        actor=actor,
        at=at,
    )


def forget_author(event: Event, at: datetime) -> None:
    """Forget in deliberation, too, who reported a matter: an opinion made of it names them."""
    reporter = Reporter.objects.filter(pk=event.facts["reporter_id"]).first()
    if reporter is None or reporter.account_id is None:
        return
    # Of a matter that joined another the opinion was made of that one.
    own = reporter.matter
    made_of = [Ref(kind=matters.SUBJECT, id=key) for key in (own.pk, own.merged_into_id) if key]
    sources = [str(one) for one in made_of]
    for opinion in Opinion.objects.filter(source__in=sources, account=reporter.account_id):
        opinions.erase_author(opinion_id=opinion.pk, actor=system(name="erasing"), at=at)


def seal_opinion_off(event: Event, at: datetime) -> None:
    """Take its words out of the opinion that was made of a matter which became restricted."""
    matter = Matter.objects.filter(pk=event.subject_id).first()
    if matter is not None and matter.is_restricted:
        opinions.seal_off(source=str(Ref(kind=matters.SUBJECT, id=matter.pk)), at=at)
