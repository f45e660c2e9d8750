"""A link opened on several phones at once signs exactly one of them in."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from linli.core.actor import system
from linli.people import services
from linli.people.models import Account
from tests.cast import NOW

RACERS = 8


@pytest.mark.django_db(transaction=True)
def test_exactly_one_of_many_at_once_is_signed_in() -> None:
    account = Account.objects.create(username="racer", name="赛跑", created_at=NOW)
    token = services.make_sign_in_link(
        account_id=account.pk, face="field", actor=system(name="shell"), at=NOW
    )
    barrier = Barrier(RACERS)

    def use() -> bool:
        try:
            barrier.wait(timeout=20)
            services.use_sign_in_link(token=token, at=NOW)
        except services.LinkNotUsable:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(RACERS) as pool:
        won = list(pool.map(lambda _number: use(), range(RACERS)))
    assert won.count(True) == 1
