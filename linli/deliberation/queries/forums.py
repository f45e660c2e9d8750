"""Forums: who sits there, by which steps and rules, and when people are satisfied."""

from datetime import date

from linli.core.actor import Actor
from linli.core.errors import NotFound
from linli.deliberation.models import (
    Forum,
    GroundRules,
    JudgementRule,
    Party,
    Procedure,
    SubjectField,
)
from linli.deliberation.queries.access import forums_at_work


def list_forums(*, actor: Actor, with_ended: bool = False) -> list[Forum]:
    """Return the forums with which a person has to do, the oldest first."""
    rows = forums_at_work(actor=actor).select_related("community")
    return list((rows if with_ended else rows.filter(ended_at=None)).order_by("pk"))


def public_forums(*, community_id: int) -> list[Forum]:
    """Return the forums of a community that anybody reads."""
    rows = Forum.objects.filter(community_id=community_id, is_public=True, ended_at=None)
    return list(rows.order_by("pk"))


def parties_of(*, forum: Forum) -> list[Party]:
    """Return who sits in a forum, in order."""
    rows = forum.parties.filter(ended_at=None).select_related("organisation")
    return list(rows.prefetch_related("people").order_by("position", "pk"))


def fields_of(*, forum: Forum) -> list[SubjectField]:
    """Return the fields of a forum's topics, in order."""
    return list(forum.fields.filter(ended_at=None).order_by("position", "pk"))


def procedure_of(*, forum: Forum) -> Procedure:
    """Return the steps that new topics go by."""
    return forum.procedures.order_by("-number")[0]


def ground_rules_of(*, forum: Forum) -> GroundRules | None:
    """Return the rules of talking as they are now, if there are any."""
    return forum.ground_rules.order_by("-number").first()


def judgement_rule_of(*, forum: Forum, on: date) -> JudgementRule:
    """Return the rule of judgement of a day; before the first one, the first."""
    rules = forum.judgement_rules
    found = rules.filter(from_date__lte=on).order_by("-from_date").first()
    return found or rules.order_by("from_date")[0]


def get_party(*, forum: Forum, party_id: int) -> Party:
    """Return a party of a forum.

    :raises NotFound: when it does not sit there.
    """
    found = forum.parties.filter(pk=party_id, ended_at=None).first()
    if found is None:
        raise NotFound
    return found
