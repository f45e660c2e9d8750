"""Other programs are told, signed, at least once, and only where Linli may post."""

import base64
import hashlib
import hmac
import json
import logging
import ssl
import threading
import uuid
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_network

import pytest
from django.db import IntegrityError, connection, transaction

from linli.core import events
from linli.core.actor import system
from linli.core.errors import NotEntitled, NotFound
from linli.core.models import Event
from linli.core.ref import Ref
from linli.notify import outgoing, posting, queries, webhooks
from linli.notify.events import WEBHOOK_ADDED, WEBHOOK_ENDED, WEBHOOK_PAUSED
from linli.notify.models import Webhook, WebhookDelivery

State = WebhookDelivery.State


class Listener(BaseHTTPRequestHandler):
    """Another program, which answers with the status that its path names."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.path, dict(self.headers), body))
        status = int(self.path.strip("/") or 200)
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/200")
        if status == 429:
            self.send_header("Retry-After", self.server.retry_after)
        self.end_headers()

    def log_message(self, *_said) -> None:
        pass


@pytest.fixture
def program():
    """Return another program that listens on this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    server.got, server.retry_after = [], "60"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _here(settings):
    settings.NOTIFY_DRY_RUN = False
    settings.WEBHOOK_PLAIN_HTTP = True
    settings.WEBHOOK_PRIVATE_NETWORKS = (ip_network("127.0.0.0/8"),)


def url_of(program, answer=""):
    return f"http://127.0.0.1:{program.server_port}/{answer}"


def add(cast, now, url, names=("matters.*",), name="市级平台"):
    return webhooks.add_webhook(
        community_id=cast.community.pk,
        name=name,
        url=url,
        names=names,
        actor=cast.actor(cast.shen),
        at=now,
    )


def happened(cast, now, name="matters.reported", number=12):
    with transaction.atomic():
        return events.record(
            name=name,
            subject=Ref("matters.matter", number),
            trace=uuid.uuid4(),
            actor=system(name="test"),
            at=now,
            community_id=cast.community.pk,
        )


def offer(cast, now, **more):
    event = happened(cast, now, **more)
    webhooks.offer(event=event, said={"number": event.subject_id}, at=now)
    return event


# --- Signatures ---------------------------------------------------------------------------------


def test_the_signature_is_that_of_the_published_example():
    assert (
        posting.signature(
            secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
            seconds=1614265330,
            body='{"test": 2432232314}',
        )
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def checked(secret, headers, body):
    """Tell whether a receiver that holds this secret takes what came for genuine."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signing = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mark = "v1," + base64.b64encode(hmac.new(key, signing, hashlib.sha256).digest()).decode()
    return mark in headers["webhook-signature"].split(" ")


def test_an_event_arrives_signed_and_says_what_happened(cast, now, program):
    made = add(cast, now, url_of(program))
    offer(cast, now)
    assert posting.post_due(at=now) == 1
    ((_path, headers, body),) = program.got
    assert checked(made.secret, headers, body)
    assert int(headers["webhook-timestamp"]) == int(now.timestamp())
    assert json.loads(body) == {
        "type": "matters.reported",
        "timestamp": now.isoformat(),
        "data": {"number": 12},
    }
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.status, delivery.attempts) == (State.SENT, 200, 1)
    assert posting.post_due(at=now + timedelta(days=2)) == 0


def test_while_a_secret_is_renewed_both_count_for_a_day(cast, now, program):
    old = add(cast, now, url_of(program))
    new = webhooks.renew_secret(webhook_id=old.webhook.pk, actor=cast.actor(cast.shen), at=now)
    for later, counts in ((now + timedelta(hours=23), True), (now + timedelta(hours=25), False)):
        program.got.clear()
        offer(cast, later)
        posting.post_due(at=later)
        ((_path, headers, body),) = program.got
        assert checked(new.secret, headers, body)
        assert checked(old.secret, headers, body) is counts


def test_the_secret_is_kept_encrypted_and_forgotten_at_the_end(cast, now, program):
    made = add(cast, now, url_of(program))
    hook = Webhook.objects.get()
    assert made.secret.encode() not in bytes(hook.secret_sealed)
    webhooks.end_webhook(webhook_id=hook.pk, actor=cast.actor(cast.shen), at=now)
    hook.refresh_from_db()
    assert bytes(hook.secret_sealed) == b""
    assert made.secret not in str(list(Event.objects.values_list("facts", flat=True)))


# --- At least once ------------------------------------------------------------------------------


def test_what_fails_is_tried_ten_times_in_about_a_day_under_one_id(cast, now, program, caplog):
    add(cast, now, url_of(program, "500"))
    offer(cast, now)
    later, tries = now, []
    while later < now + timedelta(hours=40):
        if posting.post_due(at=later) == 0 and len(program.got) > len(tries):
            tries.append(later)
        later += (
            timedelta(seconds=5) if later < now + timedelta(minutes=5) else timedelta(minutes=5)
        )
    assert len(program.got) == 10
    assert timedelta(hours=20) < tries[-1] - now < timedelta(hours=30)
    assert len({headers["webhook-id"] for _path, headers, _body in program.got}) == 1
    assert len({headers["webhook-timestamp"] for _path, headers, _body in program.got}) == 10
    delivery = WebhookDelivery.objects.get()
    assert (delivery.state, delivery.error, delivery.status) == (State.DEAD, "HTTP 500", 500)


@pytest.mark.parametrize("answer", ["302", "404", "429", "503"])
def test_only_two_hundred_is_an_answer_and_no_redirect_is_followed(cast, now, program, answer):
    add(cast, now, url_of(program, answer))
    offer(cast, now)
    assert posting.post_due(at=now) == 0
    assert [path for path, _headers, _body in program.got] == [f"/{answer}"]
    assert WebhookDelivery.objects.get().state == State.PENDING


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("7200", 7200),  # longer than our own wait: theirs counts
        ("1", 5),  # shorter: ours
        ("999999", 14 * 3600),  # no longer than we would ever wait
        ("Fri, 31 Dec 2027 23:59:59 GMT", 5),
    ],
)
def test_a_program_that_asks_for_time_is_given_it(cast, now, program, asked, seconds):
    program.retry_after = asked
    add(cast, now, url_of(program, "429"))
    offer(cast, now)
    posting.post_due(at=now)
    wait = WebhookDelivery.objects.get().due_at - now
    assert timedelta(seconds=seconds) <= wait <= timedelta(seconds=seconds * 1.1)


def test_a_program_that_is_gone_is_not_asked_again(cast, now, program):
    add(cast, now, url_of(program, "410"))
    offer(cast, now)
    posting.post_due(at=now)
    assert WebhookDelivery.objects.get().state == State.DEAD
    assert Webhook.objects.get().is_paused
    assert Event.objects.filter(name=WEBHOOK_PAUSED).exists()


def test_one_that_fails_holds_up_no_other(cast, now, program):
    add(cast, now, "http://127.0.0.1:1/")
    add(cast, now, url_of(program))
    for _ in range(3):
        offer(cast, now)
    assert posting.post_due(at=now) == 3
    assert len(program.got) == 3


def test_a_poster_that_dies_after_its_claim_is_followed_by_another_try(
    cast, now, program, monkeypatch
):
    add(cast, now, url_of(program))
    offer(cast, now)

    def killed(*_given):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(posting, "_try", killed)
        with pytest.raises(KeyboardInterrupt):
            posting.post_due(at=now)
    assert posting.post_due(at=now) == 0
    assert posting.post_due(at=now + timedelta(minutes=3)) == 1
    assert len(program.got) == 1


@pytest.mark.django_db(transaction=True)
def test_two_posters_never_take_the_same_delivery(now, program):
    from tests.cast import make_cast

    cast = make_cast()
    add(cast, now, url_of(program))
    for _ in range(10):
        offer(cast, now)
    gate = threading.Barrier(2)

    def work():
        gate.wait()
        posting.post_due(at=now)
        connection.close()

    posters = [threading.Thread(target=work) for _ in range(2)]
    for poster in posters:
        poster.start()
    for poster in posters:
        poster.join()
    assert len(program.got) == 10
    assert WebhookDelivery.objects.filter(state=State.SENT, attempts=1).count() == 10


def test_an_event_is_offered_once_to_those_who_want_it(cast, now):
    add(cast, now, "https://a.example/")
    add(cast, now, "https://b.example/", names=["matters.closed"])
    event = happened(cast, now)
    for _ in range(2):
        webhooks.offer(event=event, said={}, at=now)
    assert [row.webhook.url for row in WebhookDelivery.objects.all()] == ["https://a.example/"]
    with pytest.raises(IntegrityError), transaction.atomic():
        WebhookDelivery.objects.create(
            webhook=Webhook.objects.first(), event=event, body="", created_at=now, due_at=now
        )


def test_what_happens_during_a_pause_is_kept_for_later(cast, now, program):
    hook = add(cast, now, url_of(program)).webhook
    secretary = cast.actor(cast.shen)
    webhooks.pause_webhook(webhook_id=hook.pk, actor=secretary, at=now)
    offer(cast, now)
    assert posting.post_due(at=now + timedelta(hours=1)) == 0
    webhooks.resume_webhook(webhook_id=hook.pk, actor=secretary, at=now)
    assert posting.post_due(at=now + timedelta(hours=1)) == 1


def test_after_the_end_nothing_leaves(cast, now, program):
    hook = add(cast, now, url_of(program)).webhook
    offer(cast, now)
    webhooks.end_webhook(webhook_id=hook.pk, actor=cast.actor(cast.shen), at=now)
    offer(cast, now)
    assert posting.post_due(at=now + timedelta(days=1)) == 0
    assert not program.got
    assert list(WebhookDelivery.objects.values_list("state", flat=True)) == [State.LET_BE]
    names = set(Event.objects.values_list("name", flat=True))
    assert {WEBHOOK_ADDED, WEBHOOK_ENDED} <= names


# --- Who may ------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["zhou_min", "gu", "outsider", "nobody_yet", "chen"])
def test_only_the_secretary_sees_to_webhooks(cast, now, who):
    hook = add(cast, now, "https://a.example/").webhook
    other = cast.actor(getattr(cast, who))
    with pytest.raises(NotFound):
        queries.get_webhook(actor=other, webhook_id=hook.pk)
    with pytest.raises(NotFound):
        webhooks.end_webhook(webhook_id=hook.pk, actor=other, at=now)
    with pytest.raises(NotEntitled):
        webhooks.add_webhook(
            community_id=cast.community.pk,
            name="x",
            url="https://a.example/",
            names=["matters.*"],
            actor=other,
            at=now,
        )


def test_ten_are_enough(cast, now):
    for _ in range(10):
        add(cast, now, "https://a.example/")
    with pytest.raises(webhooks.TooManyWebhooks):
        add(cast, now, "https://a.example/")


# --- Where Linli posts, and where it does not ---------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://a.example/",
        "http://a.example/",
        "//a.example/",
        "https://",
        "https://user:secret@a.example/",
        "https://a.example@b.example/",
        "https://a.example\\@b.example/",
        "https://a.example:99999/",
        "https://a.example/ b",
        "https://a.example/\r\nHost: b",
        "https://a.example/路",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://" + "a" * 500,
    ],
)
def test_what_is_no_address_is_refused(settings, url):
    settings.WEBHOOK_PLAIN_HTTP = False
    with pytest.raises(outgoing.UrlNotUsable):
        outgoing.target_of(url=url)


INTERNAL = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "2001:0:0:0:0:0:80ff:fffe",
]


@pytest.mark.parametrize("address", INTERNAL)
def test_no_internal_address_is_reached_by_number_or_by_name(settings, monkeypatch, address):
    settings.WEBHOOK_PRIVATE_NETWORKS = ()
    literal = f"[{address}]" if ":" in address else address
    with pytest.raises(outgoing.HostNotAllowed):
        outgoing.target_of(url=f"https://{literal}/")
    answer = [(0, 0, 0, "", ("93.184.216.34", 443)), (0, 0, 0, "", (address, 443))]
    monkeypatch.setattr(outgoing.socket, "getaddrinfo", lambda *_given, **_more: answer)
    with pytest.raises(outgoing.HostNotAllowed):
        outgoing.resolve(target=outgoing.target_of(url="https://a.example/"))


@pytest.mark.parametrize("written", ["2130706433", "0x7f.1", "127.1", "017700000001"])
def test_odd_spellings_of_this_machine_are_seen_through(settings, written):
    settings.WEBHOOK_PRIVATE_NETWORKS = ()
    with pytest.raises(outgoing.HostNotAllowed):
        outgoing.target_of(url=f"https://{written}/")


def test_an_office_may_allow_its_own_network(settings):
    settings.WEBHOOK_PRIVATE_NETWORKS = (ip_network("192.168.1.0/24"),)
    assert outgoing.target_of(url="https://192.168.1.20/").host == "192.168.1.20"
    with pytest.raises(outgoing.HostNotAllowed):
        outgoing.target_of(url="https://192.168.2.20/")


def test_a_name_that_changes_its_address_in_between_gains_nothing(
    settings, program, monkeypatch, cast, now
):
    """The second answer of a rebinding name server is never asked for."""
    asked = []
    real = outgoing.socket.getaddrinfo

    def rebinding(host, port, *given, **more):
        if host == "rebind.example":
            asked.append(host)
            host = "127.0.0.1" if len(asked) == 1 else "10.0.0.1"
        return real(host, port, *given, **more)

    monkeypatch.setattr(outgoing.socket, "getaddrinfo", rebinding)
    add(cast, now, f"http://rebind.example:{program.server_port}/")
    offer(cast, now)
    assert posting.post_due(at=now) == 1
    assert len(asked) == 1
    assert program.got[0][1]["Host"] == f"rebind.example:{program.server_port}"


def test_the_other_side_must_be_who_it_says(program, monkeypatch, cast, now, tmp_path):
    """TLS goes to the checked address under the name that was typed, and checks that name."""
    trusted = certificate(tmp_path, "hooks.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted)
    program.socket = context.wrap_socket(program.socket, server_side=True)
    real = outgoing.socket.getaddrinfo
    monkeypatch.setattr(
        outgoing.socket,
        "getaddrinfo",
        lambda host, *given, **more: real(
            "127.0.0.1" if host.endswith(".example") else host, *given, **more
        ),
    )
    make = ssl.create_default_context
    monkeypatch.setattr(outgoing.ssl, "create_default_context", lambda: make(cafile=trusted))
    port = program.server_port
    add(cast, now, f"https://hooks.example:{port}/")
    add(cast, now, f"https://other.example:{port}/")
    offer(cast, now)
    assert posting.post_due(at=now) == 1
    assert len(program.got) == 1
    failed = WebhookDelivery.objects.get(webhook__url__contains="other")
    assert failed.error == "SSLCertVerificationError"


def certificate(folder, name):
    """Write key and certificate of a machine into one file and return its path."""
    from datetime import UTC, datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signed = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "machine.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return str(path)


def test_an_answer_that_trickles_is_cut_off(program, monkeypatch, cast, now):
    import socket as sockets
    import time

    slow = sockets.socket()
    slow.bind(("127.0.0.1", 0))
    slow.listen()

    def trickle():
        other, _from = slow.accept()
        try:
            for _ in range(100):
                other.sendall(b"H")
                time.sleep(0.05)
        except OSError:
            pass
        other.close()

    thread = threading.Thread(target=trickle, daemon=True)
    thread.start()
    monkeypatch.setattr(outgoing, "WHOLE_SECONDS", 0.3)
    add(cast, now, f"http://127.0.0.1:{slow.getsockname()[1]}/")
    offer(cast, now)
    began = time.monotonic()
    assert posting.post_due(at=now) == 0
    assert time.monotonic() - began < 3
    slow.close()
    thread.join()


def test_no_address_and_no_secret_is_logged(cast, now, caplog):
    made = add(cast, now, "http://127.0.0.1:1/path-with-token")
    offer(cast, now)
    with caplog.at_level(logging.DEBUG):
        posting.post_due(at=now)
    assert "path-with-token" not in caplog.text
    assert made.secret not in caplog.text


def test_a_test_says_what_came_back(cast, now, program):
    secretary = cast.actor(cast.shen)
    good = add(cast, now, url_of(program)).webhook
    assert posting.send_test(webhook_id=good.pk, actor=secretary, at=now) == 200
    assert json.loads(program.got[0][2])["type"] == "linli.test"
    bad = add(cast, now, url_of(program, "500")).webhook
    with pytest.raises(posting.WebhookDidNotAnswer, match="HTTP 500"):
        posting.send_test(webhook_id=bad.pk, actor=secretary, at=now)
    deaf = add(cast, now, "http://127.0.0.1:1/").webhook
    with pytest.raises(posting.WebhookDidNotAnswer) as refused:
        posting.send_test(webhook_id=deaf.pk, actor=secretary, at=now)
    assert "Error" not in str(refused.value)  # a person reads it, and no program
