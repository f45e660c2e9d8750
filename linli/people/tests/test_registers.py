"""Duty, organisations, and setting a community up."""

from datetime import timedelta

import pytest

from linli.core.actor import system
from linli.core.errors import NotEntitled, NotFound
from linli.core.models import Event
from linli.people import queries, services
from linli.people.models import Account, Duty, Organisation, Role
from linli.people.services.duties import NotOfThisCommunity, RosterNotYours
from linli.people.services.organisations import (
    OrganisationKindUnknown,
    OrganisationNameMissing,
    OrganisationPhoneInvalid,
    RegisterNotYours,
)
from linli.people.services.setting_up import UpperAreaElsewhere
from linli.territory.models import Area, Community
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db

SHELL = system(name="shell")
NIGHT = NOW.replace(hour=18)


def duty(cast: Cast, account: Account, *, by: Account, hours: int = 15, start=NIGHT) -> Duty:
    return services.set_duty(
        area_id=cast.community.pk,
        account_id=account.pk,
        starts_at=start,
        ends_at=start + timedelta(hours=hours),
        actor=cast.actor(by),
        at=NOW,
    )


def test_the_office_puts_its_people_on_duty(cast: Cast) -> None:
    duty(cast, cast.zhou_ning, by=cast.zhou_min)
    at = NIGHT + timedelta(hours=8)
    assert queries.on_duty(area_ids=[cast.community.pk], at=at) == [cast.zhou_ning.pk]
    for stranger in (cast.outsider, cast.xu, cast.qian, cast.gu):
        with pytest.raises(RosterNotYours):
            duty(cast, cast.zhou_min, by=stranger)
    for somebody in (cast.chen, cast.outsider, cast.nobody_yet):
        with pytest.raises(NotOfThisCommunity):
            duty(cast, somebody, by=cast.shen)


def test_duty_does_not_overlap_and_ends_after_it_begins(cast: Cast) -> None:
    duty(cast, cast.zhou_ning, by=cast.shen)
    with pytest.raises(services.DutyOverlaps):
        duty(cast, cast.zhou_ning, by=cast.shen, start=NIGHT + timedelta(hours=14))
    duty(cast, cast.zhou_ning, by=cast.shen, start=NIGHT + timedelta(hours=15))
    for hours, start in ((0, NIGHT), (24 * 8 + 1, NIGHT), (1, NOW - timedelta(hours=1))):
        with pytest.raises(services.DutyTimesInvalid):
            duty(cast, cast.zhou_min, by=cast.shen, hours=hours, start=start)


def test_duty_that_has_begun_ends_now_and_one_to_come_goes(cast: Cast) -> None:
    tonight = duty(cast, cast.zhou_ning, by=cast.shen)
    tomorrow = duty(cast, cast.zhou_min, by=cast.shen, start=NIGHT + timedelta(days=1))
    later = NIGHT + timedelta(hours=2)
    for one in (tonight, tomorrow):
        services.end_duty(duty_id=one.pk, actor=cast.actor(cast.shen), at=later)
    assert [(one.pk, one.ends_at) for one in Duty.objects.all()] == [(tonight.pk, later)]
    with pytest.raises(NotFound):
        services.end_duty(duty_id=tonight.pk, actor=cast.actor(cast.shen), at=later)


def test_an_organisation_is_entered_changed_and_ended(cast: Cast) -> None:
    actor = cast.actor(cast.zhou_min)
    made = services.create_organisation(
        community_id=cast.community.pk,
        name=" 自来水公司 ",
        kind="UTILITY",
        phone="96390",
        estate_ids=[cast.estate.pk, cast.elsewhere_building.estate_id],
        actor=actor,
        at=NOW,
    )
    assert made.name == "自来水公司"
    assert made.code == "004"
    assert queries.estate_ids_of(organisation_id=made.pk) == [cast.estate.pk]
    services.edit_organisation(
        organisation_id=made.pk,
        name="水务集团",
        kind="UTILITY",
        phone="025-83330000",
        estate_ids=[cast.other_estate.pk],
        actor=actor,
        at=NOW,
    )
    assert queries.estate_ids_of(organisation_id=made.pk) == [cast.other_estate.pk]
    services.end_organisation(organisation_id=made.pk, actor=actor, at=NOW)
    shown = queries.list_organisations(actor=actor, at=NOW)
    assert {row.name for row in shown} == {"安居物业", "供电所", "府东居委会"}
    names = [event.name for event in Event.objects.filter(subject_kind="people.organisation")]
    assert names == [
        "people.organisation_created",
        "people.organisation_changed",
        "people.organisation_ended",
    ]


def test_the_people_of_an_ended_organisation_keep_the_day(cast: Cast) -> None:
    company = cast.property_company.pk
    services.end_organisation(organisation_id=company, actor=cast.actor(cast.shen), at=NOW)
    assert {role.until_date for role in Role.objects.filter(organisation_id=company)} == {
        NOW.date()
    }
    with pytest.raises(services.RoleNeedsPlace):
        services.give_role(
            account_id=cast.nobody_yet.pk,
            role="HANDLER",
            organisation_id=company,
            actor=SHELL,
            at=NOW,
        )


def test_the_register_is_kept_by_the_office_and_takes_no_nonsense(cast: Cast) -> None:
    def create(by: Account, **more: object) -> Organisation:
        wanted = {"name": "甲", "kind": "LOCAL_UNIT", **more}
        return services.create_organisation(
            community_id=cast.community.pk, actor=cast.actor(by), at=NOW, **wanted
        )

    for stranger in (cast.outsider, cast.qian, cast.li, cast.gu):
        with pytest.raises(RegisterNotYours):
            create(stranger)
    for more, refusal in (
        ({"name": "  "}, OrganisationNameMissing),
        ({"kind": "CIRCUS"}, OrganisationKindUnknown),
        ({"phone": "没有"}, OrganisationPhoneInvalid),
        ({"code": "AJ"}, services.OrganisationCodeTaken),
    ):
        with pytest.raises(refusal):
            create(cast.shen, **more)


UPPER = (
    services.UpperArea(level="CITY", name="南都市"),
    services.UpperArea(level="DISTRICT", name="玄北区"),
    services.UpperArea(level="SUBDISTRICT", name="府前街道"),
)


def set_up(**more: object) -> services.SetUp:
    wanted = {
        "code": "320102003007",
        "name": "新社区",
        "upper": UPPER,
        "secretary_username": "new.secretary",
        "secretary_name": "新书记",
        "actor": SHELL,
        "at": NOW,
        **more,
    }
    return services.set_up_community(**wanted)


def test_a_community_starts_from_nothing() -> None:
    asked: list[Area] = []
    made = set_up(office_phone="025-83330000", with_defaults=asked.append)
    assert asked == [made.community]
    line = [made.community.city, made.community.district, made.community.subdistrict]
    assert [area.code for area in line if area] == ["3201", "320102", "320102003"]
    assert Community.objects.get(area=made.community).office_phone == "025-83330000"
    actor = queries.actor_of(account=made.secretary, at=NOW)
    assert actor.roles == {"SECRETARY"}
    assert actor.community_ids == {made.community.pk}
    assert made.secretary.check_password(made.password)


def test_a_second_community_uses_the_areas_that_are_there(cast: Cast) -> None:
    made = set_up()
    assert made.community.subdistrict == cast.subdistrict
    with pytest.raises(services.CommunityExists):
        set_up(secretary_username="another")


def test_a_development_zone_has_no_subdistrict() -> None:
    made = set_up(upper=UPPER[:2])
    assert made.community.subdistrict is None
    assert made.community.parent == made.community.district


def test_what_is_wrong_leaves_nothing_behind(cast: Cast) -> None:
    before = Area.objects.count()
    for code in ("", "32010200300", "3201020030070", "320102003", "abc", "990102003007"):
        with pytest.raises(services.CommunityCodeInvalid):
            set_up(code=code)
    with pytest.raises(services.UsernameTaken):
        set_up(secretary_username="shen")
    with pytest.raises(UpperAreaElsewhere):
        set_up(upper=[services.UpperArea(level="CITY", name="别市", code="3101")])
    with pytest.raises(NotEntitled):
        set_up(actor=cast.actor(cast.gu))
    assert Area.objects.count() == before
