"""What became of an opinion, in the words that its author reads."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linli.deliberation import events
from linli.deliberation.queries import opinions as queries
from linli.deliberation.workflow import TopicState

_STATES: Mapping[str, Any] = {
    TopicState.GATHERING: _("It is now the topic “%(title)s”, for which opinions are gathered."),
    TopicState.SETTLED: _("It is now the topic “%(title)s”, which will be talked over."),
    TopicState.PREPARING: _("It is now the topic “%(title)s”, which is being prepared."),
    TopicState.DELIBERATING: _("It is now the topic “%(title)s”, which is being talked over."),
    TopicState.PUBLISHED: _("The topic “%(title)s” was talked over; its result is published."),
    TopicState.CARRYING_OUT: _("What was decided on “%(title)s” is being carried out."),
    TopicState.JUDGING: _("“%(title)s” is done; those it touches are asked what they say of it."),
    TopicState.CLOSED: _("The topic “%(title)s” was talked over, carried out and closed."),
    TopicState.RETURNED: _("The topic “%(title)s” goes back to be talked over again."),
    TopicState.DROPPED: _("The topic “%(title)s” is not talked over: %(outcome)s"),
}

_MILESTONES: Mapping[str, Any] = {
    events.OPINION_SAID: _("You said it"),
    events.OPINION_MERGED: _("It became part of a topic"),
    events.OPINION_TAKEN_OUT: _("It was taken out of the topic and is looked at anew"),
    events.OPINION_ANSWERED: _("It was answered"),
    events.TOPIC_PUBLISHED: _("The result was published"),
    events.TOPIC_CARRIED_OUT: _("It began to be carried out"),
    events.TOPIC_JUDGED: _("Those it touches are asked"),
    events.TOPIC_CLOSED: _("It was closed"),
    events.TOPIC_RETURNED: _("It goes back to be talked over again"),
    events.TOPIC_DROPPED: _("It is not talked over"),
}


def answer_of(*, opinion: Any) -> str:
    """Return what answers an opinion: words, or how its topic stands; empty while it waits."""
    if opinion.is_answered:
        return str(opinion.answer)
    topic = queries.standing_topic(topic=opinion.topic) if opinion.is_merged else None
    if topic is None:
        return ""
    return str(_STATES[topic.state]) % {"title": topic.title, "outcome": topic.outcome}


def story_for(*, opinion: Any) -> list[dict[str, Any]]:
    """Return what happened since, as its author may read it."""
    entries = []
    for event in queries.story_of(opinion=opinion):
        what = str(_MILESTONES.get(event.name, ""))
        if event.name == events.TOPIC_ADVANCED:
            what = gettext("Step “%(step)s” begins") % {"step": event.facts.get("step", "")}
        if what:
            # Only the reason for taking it out is said in words; it stands in no other event here.
            text = event.facts.get("reason", "") if event.name == events.OPINION_TAKEN_OUT else ""
            entries.append({"what": what, "at": event.happened_at, "text": text})
    return entries
