"""People are told once, of what they want to be told, in their language."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import translation

from linli.core import events
from linli.core.actor import NOBODY, system
from linli.core.clocks import SHANGHAI
from linli.core.errors import NotFound
from linli.core.models import Event
from linli.core.ref import Ref
from linli.notify import queries, services
from linli.notify.models import Channel, Dispatch, Message, Muted, Topic
from linli.notify.wording import TOPICS, WORDINGS, word

FACTS = {
    "number": "12",
    "category": "路灯不亮",
    "category_en": "Street lamp out",
    "place": "翠园3幢",
    "due": "2026-03-06T10:00:00+00:00",
}


def happened(now, name="matters.dispatched"):
    with transaction.atomic():
        return events.record(
            name=name,
            subject=Ref("matters.matter", 12),
            trace=uuid.uuid4(),
            actor=system(name="test"),
            at=now,
            community_id=None,
        )


def tell(now, *accounts, event=None, topic=Topic.ORDER, code="order", **more):
    return services.tell(
        account_ids=[account.pk for account in accounts],
        event=event or happened(now),
        topic=topic,
        code=code,
        facts=FACTS,
        path="/orders/12/",
        at=now,
        **more,
    )


def test_people_are_told_once_of_one_event(cast, now):
    event = happened(now)
    assert tell(now, cast.chen, cast.qian, event=event) == 2
    assert tell(now, cast.chen, cast.qian, cast.ma, event=event) == 1
    assert Message.objects.count() == 3


def test_nobody_to_tell_needs_no_query(cast, now, django_assert_num_queries):
    event = happened(now)
    with django_assert_num_queries(0):  # the savepoint
        assert tell(now, event=event) == 0


def test_telling_many_costs_as_many_queries_as_telling_few(
    cast, now, django_assert_max_num_queries
):
    event = happened(now)
    for account in cast.accounts.values():
        add_channel(account, now)
    with django_assert_max_num_queries(9):
        assert tell(now, *cast.accounts.values(), event=event) == len(cast.accounts)
    assert Dispatch.objects.count() == len(cast.accounts)


def test_a_topic_that_was_turned_off_stays_off(cast, now):
    services.mute(topic=Topic.ORDER, actor=cast.actor(cast.chen), at=now)
    services.mute(topic=Topic.ORDER, actor=cast.actor(cast.chen), at=now)
    assert tell(now, cast.chen, cast.qian) == 1
    assert tell(now, cast.chen, topic=Topic.DEADLINE, code="overdue") == 1
    services.unmute(topic=Topic.ORDER, actor=cast.actor(cast.chen), at=now)
    assert tell(now, cast.chen) == 1
    names = Event.objects.filter(name__startswith="notify.").values_list("name", flat=True)
    assert sorted(names) == ["notify.topic_muted", "notify.topic_unmuted"]


def test_messages_about_ones_own_account_cannot_be_turned_off(cast, now):
    with pytest.raises(services.TopicNotMutable):
        services.mute(topic=Topic.ACCOUNT, actor=cast.actor(cast.chen), at=now)
    assert not Muted.objects.exists()


def test_whoever_left_is_not_told(cast, now):
    cast.chen.is_active = False
    cast.chen.save()
    assert tell(now, cast.chen) == 0


def add_channel(account, now, digest_minutes=30):
    return Channel.objects.create(
        account=account,
        name="mail",
        address_sealed=b"x",
        digest_minutes=digest_minutes,
        added_at=now,
    )


def at(hour, minute=0, day=4):
    return datetime(2026, 3, day, hour, minute, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("told_at", "digest_minutes", "leaves_at"),
    [
        (at(10), 0, at(10)),
        (at(10), 30, at(10, 30)),
        (at(21, 29), 30, at(21, 59)),
        (at(21, 40), 30, at(7, day=5)),
        (at(22), 0, at(7, day=5)),
        (at(23, 59), 120, at(7, day=5)),
        (at(3), 0, at(7)),
        (at(6, 59), 30, at(7, 29)),
        (at(7), 0, at(7)),
    ],
)
def test_digest_waits_and_the_night_is_quiet(told_at, digest_minutes, leaves_at):
    assert services.due_at(at=told_at, digest_minutes=digest_minutes) == leaves_at


def test_what_cannot_wait_leaves_at_night_too(cast, now):
    add_channel(cast.chen, now)
    tell(at(23), cast.chen, urgent=True)
    assert Dispatch.objects.get().due_at == at(23)


# --- The inbox


def test_inbox_shows_unread_first_and_turns_pages_without_loss(cast, now):
    for minute in range(7):
        tell(now + timedelta(minutes=minute), cast.chen)
    actor = cast.actor(cast.chen)
    ids = list(Message.objects.order_by("id").values_list("pk", flat=True))
    for read in (ids[6], ids[2]):
        services.mark_read(message_id=read, actor=actor, at=now)
    seen, after = [], ""
    while True:
        page = queries.inbox(actor=actor, after=after, limit=2)
        seen += [line.message.pk for line in page.lines]
        if not (after := page.next_after):
            break
    assert seen == [ids[5], ids[4], ids[3], ids[1], ids[0], ids[6], ids[2]]


@pytest.mark.parametrize("after", ["x", "u", "u-1", "r" + "9" * 30, "u1;drop", "²"])
def test_inbox_takes_a_page_key_that_is_none_for_the_beginning(cast, now, after):
    tell(now, cast.chen)
    assert len(queries.inbox(actor=cast.actor(cast.chen), after=after).lines) == 1


def test_counting_the_unread_is_one_query_and_none_for_nobody(cast, now, django_assert_num_queries):
    tell(now, cast.chen)
    actor = cast.actor(cast.chen)
    with django_assert_num_queries(1):
        assert queries.unread_count(actor=actor) == 1
    with django_assert_num_queries(0):
        assert queries.unread_count(actor=NOBODY) == 0


def test_message_of_somebody_else_does_not_exist(cast, now):
    tell(now, cast.chen)
    message = Message.objects.get()
    for actor in (cast.actor(cast.qian), cast.actor(cast.shen), NOBODY):
        with pytest.raises(NotFound):
            services.mark_read(message_id=message.pk, actor=actor, at=now)
    assert services.mark_all_read(actor=cast.actor(cast.qian), at=now) == 0
    message.refresh_from_db()
    assert message.read_at is None


def test_marking_all_read_leaves_what_came_in_since(cast, now):
    tell(now, cast.chen)
    seen = Message.objects.get()
    tell(now, cast.chen)
    actor = cast.actor(cast.chen)
    assert services.mark_all_read(actor=actor, at=now, until_id=seen.pk) == 1
    assert queries.unread_count(actor=actor) == 1


# --- Wording


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("code", sorted(WORDINGS))
def test_every_code_is_worded_in_both_languages(code, language):
    facts = FACTS | {
        "unit": "安居物业",
        "reason": "属于业主专有部分",
        "level": "琐事不出格",
        "role": "网格员",
        "name": "许中杰",
        "until": "2026-03-09",
        "from": "2026-03-05",
    }
    with translation.override(language):
        worded = word(code=code, facts=facts)
        bare = word(code=code, facts={})
    for text in (worded.title, worded.sentence, bare.title, bare.sentence):
        assert text
        assert "%(" not in text
    is_chinese = any("一" <= letter <= "鿿" for letter in worded.title)
    assert is_chinese == (language == "zh-hans")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_topic_has_a_name_in_both_languages(language):
    with translation.override(language):
        assert all(str(TOPICS[topic]) for topic in Topic)
        is_chinese = ["一" <= str(TOPICS[topic])[0] <= "鿿" for topic in Topic]
    assert all(is_chinese) == (language == "zh-hans")


def test_a_restricted_matter_says_nothing_of_itself():
    for language in ("zh-hans", "en"):
        with translation.override(language):
            worded = word(code="restricted", facts=FACTS)
        for told in ("路灯", "lamp", "翠园", "12"):
            assert told not in worded.title + worded.sentence


def test_a_matter_is_named_by_what_where_and_number_and_its_due_time_is_local():
    with translation.override("en"):
        english = word(code="order", facts=FACTS).sentence
    with translation.override("zh-hans"):
        chinese = word(code="order", facts=FACTS).sentence
    assert "“Street lamp out” at 翠园3幢 (No. 12)" in english
    assert "Mar 6, 18:00" in english
    assert "翠园3幢" in chinese
    assert "路灯不亮" in chinese
    assert "3月6日 18:00" in chinese
