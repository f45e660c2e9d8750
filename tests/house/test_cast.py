"""The cast itself holds together."""

import pytest

from linli.core.actor import Actor
from linli.people.models import RoleName
from tests.cast import NOW, PASSWORD


@pytest.mark.django_db
def test_everybody_is_who_they_are_said_to_be(cast):
    assert cast.actor(cast.shen).roles == {RoleName.SECRETARY}
    assert cast.actor(cast.chen).organisation_ids == {cast.property_company.pk}
    assert cast.actor(cast.outsider).community_ids == {cast.elsewhere.pk}
    assert cast.actor(cast.nobody_yet).grants == ()
    assert all(isinstance(cast.actor(account), Actor) for account in cast.accounts.values())


@pytest.mark.django_db
def test_everybody_has_the_same_password(cast):
    assert cast.wang.check_password(PASSWORD)


def test_the_day_begins_on_a_wednesday_morning():
    assert NOW.isoweekday() == 3
    assert NOW.isoformat() == "2026-03-04T10:00:00+08:00"


@pytest.mark.django_db
def test_the_clock_stands_still_until_it_is_moved(clock):
    from django.utils import timezone

    assert timezone.now() == NOW
    assert clock.forward(hours=3).hour == 13
    assert timezone.now().hour == 13
