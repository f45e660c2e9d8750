"""What a forum decided is a matter with an owner and a day, done like any other."""

from datetime import timedelta
from uuid import uuid4

import pytest

from linli.core.errors import NotEntitled, NotFound
from linli.matters import queries, services
from linli.matters.models import Category, Matter
from linli.matters.services import TaskInput, give_task
from linli.matters.workflow import Channel, Kind, State
from linli.territory.queries import locate
from tests.cast import NOW

DUE = NOW + timedelta(days=90)


def task(cast, **more):
    values = {
        "submission_key": uuid4(),
        "community_id": cast.community.pk,
        "text": "在向阳绿地装晾衣架八组",
        "location": locate(community_id=cast.community.pk, building_id=cast.building.pk),
        "trace": uuid4(),
        "due_at": DUE,
        "organisation_id": cast.property_company.pk,
    }
    return TaskInput(**(values | more))


def test_a_task_reaches_its_owner_with_the_day_decided(cast):
    wanted = task(cast)
    matter = give_task(task=wanted, actor=cast.actor(cast.shen), at=NOW)
    matter.refresh_from_db()
    assert (matter.kind, matter.channel) == (Kind.TASK, Channel.RESOLUTION)
    assert (matter.state, matter.due_at, matter.trace) == (State.DISPATCHED, DUE, wanted.trace)
    assert matter.order.organisation == cast.property_company
    assert matter.level is None
    services.take(matter_id=matter.pk, actor=cast.actor(cast.chen), at=NOW)
    services.resolve(matter_id=matter.pk, actor=cast.actor(cast.chen), at=DUE, note="八组都装好了")
    done = services.verify(matter_id=matter.pk, actor=cast.actor(cast.zhou_min), at=DUE)
    assert done.state == State.VERIFIED


def test_a_task_given_twice_is_one_matter(cast):
    wanted = task(cast)
    first = give_task(task=wanted, actor=cast.actor(cast.shen), at=NOW)
    second = give_task(task=wanted, actor=cast.actor(cast.shen), at=NOW)
    assert first.pk == second.pk
    assert Matter.objects.count() == 1
    assert Category.objects.filter(kind=Kind.TASK).count() == 1


def test_nobody_reports_into_the_category_of_tasks(cast):
    give_task(task=task(cast), actor=cast.actor(cast.shen), at=NOW)
    in_use = queries.method_in_use(community_id=cast.community.pk)
    for residents in (True, False):
        assert Kind.TASK not in {one.kind for one in in_use.open_to(residents=residents)}


def test_a_task_is_given_by_whoever_dispatches_there(cast):
    with pytest.raises((NotEntitled, NotFound)):
        give_task(task=task(cast), actor=cast.actor(cast.outsider), at=NOW)
    with pytest.raises(services.HandlerUnknown):
        give_task(
            task=task(cast, organisation_id=cast.outside_company.pk),
            actor=cast.actor(cast.shen),
            at=NOW,
        )
    assert not Matter.objects.exists()
