"""Every sealed column says truly how it is sealed, so that the rotation of the key can open it."""

import uuid

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models

from linli.core import crypto, idempotency, sealed
from linli.deliberation.models import Forum
from linli.deliberation.tests.said import said
from linli.deliberation.tests.sittings import signed
from linli.deliberation.tests.votes_scene import scene
from linli.flows.worker import BOOK_JOBS, tick
from linli.matters.tests.stages import reported
from linli.notify import services as notify
from linli.notify import webhooks
from linli.people import services as people
from linli.people.books import receiving
from linli.people.models import Household, NeedGroup, Resident
from linli.people.personal import Person
from linli.people.tests.dirty import clean
from linli.territory.models import Dwelling
from linli.visits import services
from linli.visits.services import Recorded
from linli.visits.tests.scenes import running
from tests.cast import NOW


def give_a_phone(cast):
    people.edit_account(
        account_id=cast.chen.pk,
        name=cast.chen.name,
        phone="13912345678",
        actor=cast.actor(cast.shen),
        at=NOW,
    )


def enter_a_resident(cast):
    desk = cast.actor(cast.zhou_min)
    household = people.open_household(
        dwelling_id=cast.dwelling.pk, status="LIVES_HERE", actor=desk, at=NOW
    )
    person = Person(name="张三丰", id_number="11010519491231002X", phone="13800138000")
    people.add_resident(household_id=household.pk, person=person, actor=desk, at=NOW)


def keep_an_answer(cast):
    idempotency.once(
        actor=cast.actor(cast.chen),
        key="one",
        digest="0" * 64,
        at=NOW,
        prepare=lambda: lambda: idempotency.Answer(status=201, body="{}"),
    )


def add_a_webhook(cast):
    secretary = cast.actor(cast.shen)
    webhook = webhooks.add_webhook(
        community_id=cast.community.pk,
        name="市级平台",
        url="https://works.example/",
        names=["matters.*"],
        actor=secretary,
        at=NOW,
    ).webhook
    webhooks.renew_secret(webhook_id=webhook.pk, actor=secretary, at=NOW)


def add_a_channel(cast):
    notify.add_channel(
        name="",
        address="wecombot://0123456789abcdef",
        digest_minutes=30,
        actor=cast.actor(cast.chen),
        at=NOW,
    )


def record_a_visit(cast):
    household = people.open_household(
        dwelling_id=Dwelling.objects.create(entrance=cast.entrance, room="701").pk,
        status="LIVES_HERE",
        actor=cast.actor(cast.zhou_min),
        at=NOW,
    )
    visit = running(cast).visits.get(household=household)
    recorded = Recorded(submission_key=uuid.uuid4(), outcome="MET", answers={"said": "灯坏了"})
    services.record_visit(visit_id=visit.pk, recorded=recorded, actor=cast.actor(cast.xu), at=NOW)
    services.call_within_a_day(
        household_id=household.pk, cause="DISCHARGED", actor=cast.actor(cast.xu), at=NOW
    )


def enter_a_party_member(cast):
    secretary = cast.actor(cast.shen)
    unit = people.add_party_unit(
        community_id=cast.community.pk,
        level="BRANCH",
        name="支部",
        area_id=cast.grid.pk,
        actor=secretary,
        at=NOW,
    )
    people.add_party_member(
        unit_id=unit.pk, kind="IN_SERVICE", name="张三", actor=secretary, at=NOW
    )


def say_what_help_is_needed(cast):
    secretary, community = cast.actor(cast.shen), cast.community.pk
    people.begin_need_groups(community_id=community, actor=secretary, at=NOW)
    people.record_need(
        resident_id=Resident.objects.earliest("pk").pk,
        group_id=NeedGroup.objects.earliest("pk").pk,
        help_needed="需要有人帮忙取药",
        cadence="WEEKLY",
        responsible_id=cast.xu.pk,
        actor=secretary,
        at=NOW,
    )


def write_a_paper_down(cast):
    people.add_paper(
        resident_id=Resident.objects.earliest("pk").pk,
        name="残疾证",
        expires_on=NOW.date(),
        actor=cast.actor(cast.shen),
        at=NOW,
    )


def end_a_link(cast):
    secretary, community = cast.actor(cast.shen), cast.community.pk
    holder = people.name_tie_holder(
        community_id=community, kind="CONTACT", account_id=cast.wang.pk, actor=secretary, at=NOW
    )
    link = people.make_tie(
        holder_id=holder.pk,
        household_id=Household.objects.earliest("pk").pk,
        actor=secretary,
        at=NOW,
    )
    people.end_tie(tie_id=link.pk, ending="OTHER", note="调走了", actor=secretary, at=NOW)


def open_a_vote(cast):
    scene(cast, people_total=3).opened()


def hand_in_a_workbook(cast):
    receiving.receive(
        upload=SimpleUploadedFile("名册.xlsx", clean([("王五", "", "翠园3幢1单元502", "")])),
        register="RESIDENTS",
        community_id=cast.community.pk,
        actor=cast.actor(cast.zhou_min),
        at=NOW,
    )
    for _ in range(9):
        tick(at=NOW, jobs=BOOK_JOBS)


def say_an_opinion(cast):
    said(cast, name="欧阳小梅", phone="13800138000", agreed_privacy=True)


def sign_minutes(cast):
    signed(cast, Forum.objects.get(), regular_day=None)


@pytest.fixture
def everything_sealed(cast):
    """Something in every sealed column; a new column wants a line here."""
    reported(cast)
    for fill in (
        give_a_phone,
        enter_a_resident,
        keep_an_answer,
        add_a_webhook,
        add_a_channel,
        record_a_visit,
        enter_a_party_member,
        say_what_help_is_needed,
        write_a_paper_down,
        end_a_link,
        hand_in_a_workbook,
        say_an_opinion,
        open_a_vote,
        sign_minutes,
    ):
        fill(cast)


def test_every_sealed_column_opens_under_its_label_for_its_row(everything_sealed):
    for model, field in sealed.sealed_fields():
        kept = [one for one in model._default_manager.all() if getattr(one, field.attname)]
        assert kept, f"{field} holds nothing: fill it in the fixture"
        for one in kept:
            value = getattr(one, field.attname)
            assert crypto.unseal_bytes(sealed=value, field=field.label, row=field.row_of(one))


def test_whoever_seals_a_column_says_how():
    plain = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.BinaryField)
        and model.__module__.startswith("linli.")
        and not isinstance(field, sealed.SealedField)
        and field.name.endswith("_sealed")
    ]
    assert plain == []


def test_a_new_key_opens_all_and_the_old_one_none(everything_sealed, settings):
    old = settings.DATA_KEY
    settings.OLD_DATA_KEY, settings.DATA_KEY = old, uuid.uuid4().bytes * 2
    first = sum(sum(sealed.reseal(model=m, field=f)) for m, f in sealed.sealed_fields())
    again = sum(sum(sealed.reseal(model=m, field=f)) for m, f in sealed.sealed_fields())
    assert first > 10
    assert again == 0
    settings.OLD_DATA_KEY = None
    for model, field in sealed.sealed_fields():
        for one in model._default_manager.all():
            value = getattr(one, field.attname)
            crypto.unseal_bytes(sealed=value, field=field.label, row=field.row_of(one))
