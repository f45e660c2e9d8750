"""Messages leave in digests, at least once, and a channel that fails holds up nobody else."""

import logging
import threading
from datetime import timedelta

import apprise
import pytest
from apprise.decorators import notify as apprise_service
from django.db import connection

from linli.core import crypto
from linli.core.errors import NotFound
from linli.core.models import Event
from linli.notify import addresses, sending, services
from linli.notify.models import Channel, Dispatch, Message, Topic
from linli.notify.tests.test_tell import at, happened, tell

sent: list[tuple[str, str, str]] = []
answers = {"works": True, "fails": False}


@apprise_service(on="linlitest", name="Test service")
def _service(body, title, notify_type, *args, meta, **kwargs):
    host = meta["host"]
    if host == "breaks":
        raise RuntimeError(f"secret {meta}")
    sent.append((host, title, body))
    return answers[host]


@pytest.fixture(autouse=True)
def _empty(settings):
    sent.clear()
    settings.NOTIFY_DRY_RUN = False
    settings.PUBLIC_URL = "https://linli.example"


def add(cast, account, now, host="works", digest_minutes=30):
    return services.add_channel(
        name="",
        address=f"linlitest://{host}/",
        digest_minutes=digest_minutes,
        actor=cast.actor(account),
        at=now,
    )


def test_messages_that_wait_leave_together(cast, now):
    add(cast, cast.chen, now)
    tell(now, cast.chen)
    tell(now + timedelta(minutes=20), cast.chen)
    assert sending.send_due(at=now + timedelta(minutes=29)) == 0
    assert sending.send_due(at=now + timedelta(minutes=30)) == 1
    ((_host, title, body),) = sent
    assert "2" in title
    assert body.count("https://linli.example/orders/12/") == 2
    assert sending.send_due(at=now + timedelta(hours=5)) == 0
    assert Channel.objects.get().last_sent_at == now + timedelta(minutes=30)


def test_channel_without_digest_sends_at_once_in_the_readers_language(cast, now):
    cast.chen.language = "en"
    cast.chen.save()
    add(cast, cast.chen, now, digest_minutes=0)
    add(cast, cast.qian, now, digest_minutes=0)
    tell(now, cast.chen, cast.qian)
    assert sending.send_due(at=now) == 2
    titles = [title for _host, title, _body in sent]
    assert titles == ["Linli: New order", "邻里：新派单"]


def test_each_text_bears_an_id_that_stays_from_try_to_try(cast, now):
    add(cast, cast.chen, now, host="fails", digest_minutes=0)
    tell(now, cast.chen)
    sending.send_due(at=now)
    sending.send_due(at=now + timedelta(minutes=1))
    stable_id = str(Dispatch.objects.get().stable_id)
    assert len(sent) == 2
    assert all(stable_id in body for _host, _title, body in sent)


def test_failure_is_tried_again_and_given_up_after_eight_times(cast, now):
    channel = add(cast, cast.chen, now, host="fails", digest_minutes=0)
    tell(now, cast.chen)
    later = now
    for _ in range(40):
        sending.send_due(at=later)
        later += timedelta(minutes=60)
    assert len(sent) == 8
    dispatch = Dispatch.objects.get()
    assert dispatch.gave_up_at is not None
    assert dispatch.sent_at is None
    channel.refresh_from_db()
    assert channel.last_error == "NotAccepted"


def test_channel_that_recovers_sends_what_waited_with_the_new(cast, now):
    channel = add(cast, cast.chen, now, host="fails", digest_minutes=0)
    tell(now, cast.chen)
    sending.send_due(at=now)
    tell(now + timedelta(seconds=30), cast.chen)
    channel.address_sealed = crypto.seal(
        value="linlitest://works/", field=addresses.FIELD, row=str(channel.row_key)
    )
    channel.save()
    sending.send_due(at=now + timedelta(minutes=3))
    assert Dispatch.objects.filter(sent_at__isnull=False).count() == 2
    channel.refresh_from_db()
    assert channel.last_error == ""


def test_one_channel_that_breaks_holds_up_no_other(cast, now, caplog):
    add(cast, cast.chen, now, host="breaks", digest_minutes=0)
    add(cast, cast.qian, now, digest_minutes=0)
    tell(now, cast.chen, cast.qian)
    with caplog.at_level(logging.DEBUG):
        assert sending.send_due(at=now) == 1
    assert "linlitest" not in caplog.text
    assert "secret" not in caplog.text


def test_sender_that_dies_after_sending_is_followed_by_another_try(cast, now, monkeypatch):
    add(cast, cast.chen, now, digest_minutes=0)
    tell(now, cast.chen)

    def dies(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sending, "_note_outcome", dies)
        with pytest.raises(KeyboardInterrupt):
            sending.send_due(at=now)
    assert sending.send_due(at=now) == 0
    assert sending.send_due(at=now + timedelta(minutes=1)) == 1
    assert len(sent) == 2


def test_what_was_read_or_turned_off_meanwhile_does_not_leave(cast, now):
    add(cast, cast.chen, now)
    tell(now, cast.chen)
    tell(now, cast.chen, topic=Topic.DEADLINE, code="overdue")
    read = Message.objects.order_by("id").first()
    services.mark_read(message_id=read.pk, actor=cast.actor(cast.chen), at=now)
    services.mute(topic=Topic.DEADLINE, actor=cast.actor(cast.chen), at=now)
    assert sending.send_due(at=now + timedelta(hours=1)) == 0
    assert not sent
    assert not Dispatch.objects.filter(gave_up_at__isnull=True).exists()


def test_long_digest_counts_what_it_does_not_spell_out(cast, now):
    add(cast, cast.chen, now)
    for _ in range(sending.LINES_MAX + 3):
        tell(now, cast.chen)
    sending.send_due(at=now + timedelta(hours=1))
    ((_host, title, body),) = sent
    assert str(sending.LINES_MAX + 3) in title
    assert "3" in body.splitlines()[-2]


def test_dry_run_marks_without_sending(cast, now, settings, caplog):
    settings.NOTIFY_DRY_RUN = True
    add(cast, cast.chen, now, digest_minutes=0)
    tell(now, cast.chen)
    with caplog.at_level(logging.INFO):
        assert sending.send_due(at=now) == 1
    assert not sent
    assert "linlitest" not in caplog.text


# --- Channels


@pytest.mark.parametrize(
    "address",
    [
        "",
        "   ",
        "somebody@example.com x",
        "nonsense",
        "foo://bar",
        "mailto://",
        "json://10.0.0.1/secrets",
        "DBUS://",
        "syslog://",
        "file:///etc/passwd",
        "mailto://a:b@example.com " + "x" * 600,
    ],
)
def test_address_that_cannot_be_used_is_refused_beside_its_field(cast, now, address, caplog):
    with caplog.at_level(logging.DEBUG), pytest.raises(addresses.AddressNotUsable) as refused:
        services.add_channel(
            name="x", address=address, digest_minutes=0, actor=cast.actor(cast.chen), at=now
        )
    assert refused.value.field == "address"
    assert not address.strip() or address.strip() not in caplog.text


@pytest.mark.parametrize(
    "address",
    [
        "mailtos://name:password@example.com",
        "wecombot://0123456789abcdef",
        "feishu://0123456789abcdef",
        "ntfy://topic",
    ],
)
def test_usual_addresses_are_taken_and_kept_encrypted(cast, now, address):
    channel = services.add_channel(
        name="", address=address, digest_minutes=30, actor=cast.actor(cast.chen), at=now
    )
    assert channel.name
    assert address.encode() not in bytes(channel.address_sealed)
    (event,) = Event.objects.filter(name="notify.channel_added")
    assert address not in str(event.facts)


def test_nobody_has_more_channels_than_they_need(cast, now):
    for _ in range(services.CHANNELS_MAX):
        add(cast, cast.chen, now)
    with pytest.raises(services.TooManyChannels):
        add(cast, cast.chen, now)


def test_digest_is_one_of_the_choices(cast, now):
    channel = add(cast, cast.chen, now)
    actor = cast.actor(cast.chen)
    with pytest.raises(services.DigestUnknown):
        services.set_digest(channel_id=channel.pk, digest_minutes=7, actor=actor, at=now)
    services.set_digest(channel_id=channel.pk, digest_minutes=120, actor=actor, at=now)
    channel.refresh_from_db()
    assert channel.digest_minutes == 120


def test_removed_channel_forgets_its_address_and_sends_nothing(cast, now):
    channel = add(cast, cast.chen, now)
    tell(now, cast.chen)
    services.remove_channel(channel_id=channel.pk, actor=cast.actor(cast.chen), at=now)
    channel.refresh_from_db()
    assert bytes(channel.address_sealed) == b""
    assert sending.send_due(at=now + timedelta(hours=1)) == 0
    with pytest.raises(NotFound):
        services.remove_channel(channel_id=channel.pk, actor=cast.actor(cast.chen), at=now)


def test_channel_of_somebody_else_does_not_exist(cast, now):
    channel = add(cast, cast.chen, now)
    for call in (
        lambda actor: services.remove_channel(channel_id=channel.pk, actor=actor, at=now),
        lambda actor: sending.send_test(channel_id=channel.pk, actor=actor, at=now),
        lambda actor: services.set_digest(
            channel_id=channel.pk, digest_minutes=0, actor=actor, at=now
        ),
    ):
        with pytest.raises(NotFound):
            call(cast.actor(cast.shen))
    assert not sent


def test_test_says_whether_it_went_through(cast, now):
    works = add(cast, cast.chen, now)
    fails = add(cast, cast.chen, now, host="fails")
    actor = cast.actor(cast.chen)
    sending.send_test(channel_id=works.pk, actor=actor, at=now)
    with pytest.raises(sending.ChannelDidNotAnswer):
        sending.send_test(channel_id=fails.pk, actor=actor, at=now)
    fails.refresh_from_db()
    assert fails.last_error == "NotAccepted"


def test_urgent_message_takes_the_waiting_ones_along(cast, now):
    add(cast, cast.chen, at(23))
    tell(at(23), cast.chen)
    tell(at(23, 5), cast.chen, urgent=True)
    assert sending.send_due(at=at(23, 5)) == 1
    assert Dispatch.objects.filter(sent_at__isnull=False).count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_senders_never_send_the_same_message(cast, now):
    for account in (cast.chen, cast.qian, cast.ma, cast.xu):
        add(cast, account, now, digest_minutes=0)
    event = happened(now)
    tell(now, cast.chen, cast.qian, cast.ma, cast.xu, event=event)

    def run():
        try:
            sending.send_due(at=now)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sent) == 4
    assert Dispatch.objects.filter(sent_at=now).count() == 4


def test_apprise_itself_writes_no_addresses_to_the_log(caplog):
    with caplog.at_level(logging.DEBUG):
        apprise.Apprise().add("mailto://name:password@")
    assert "password" not in caplog.text
