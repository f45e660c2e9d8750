from datetime import timedelta

import pytest

from linli.core.actor import ActorKind
from linli.core.errors import NotEntitled, NotFound
from linli.core.models import Event
from linli.people import queries
from linli.people import services as people
from linli.people.models import ApiToken
from tests.cast import NOW

pytestmark = pytest.mark.django_db

A_MONTH = NOW + timedelta(days=30)


def of_own(cast, who, **more):
    said = {"name": "台账同步", "scopes": ["READ"], "expires_at": A_MONTH, "at": NOW}
    return people.issue_token(**{**said, "actor": cast.actor(who), **more})


def test_a_token_acts_as_its_account_until_it_ends(cast):
    issued = of_own(cast, cast.zhou_min)
    token = queries.token_of(secret=issued.secret, at=NOW)
    assert token == issued.token
    assert queries.actor_of_token(token=token, at=NOW) == cast.actor(cast.zhou_min)
    assert queries.token_of(secret=issued.secret, at=A_MONTH) is None


def test_the_secret_is_kept_nowhere(cast):
    issued = of_own(cast, cast.zhou_min)
    kept = str(ApiToken.objects.values().get()) + str(Event.objects.values_list("facts"))
    assert issued.secret not in kept
    assert issued.token.hint == issued.secret[:8]


def test_a_revoked_token_is_no_token_and_the_event_is_told_once(cast):
    issued = of_own(cast, cast.zhou_min)
    for _again in range(2):
        people.revoke_token(token_id=issued.token.pk, actor=cast.actor(cast.zhou_min), at=NOW)
    assert queries.token_of(secret=issued.secret, at=NOW) is None
    names = list(Event.objects.filter(subject_kind="people.token").values_list("name", flat=True))
    assert names == ["people.token_issued", "people.token_revoked"]


def test_a_closed_account_takes_its_tokens_along(cast):
    issued = of_own(cast, cast.zhou_min)
    people.deactivate(account_id=cast.zhou_min.pk, actor=cast.actor(cast.shen), at=NOW)
    assert queries.token_of(secret=issued.secret, at=NOW) is None


def test_a_client_of_the_public_acts_for_nobody(cast):
    issued = of_own(
        cast, cast.shen, scopes=["REPORT"], community_id=cast.community.pk, name="市民热线小程序"
    )
    actor = queries.actor_of_token(token=issued.token, at=NOW)
    assert (actor.kind, actor.account_id, actor.grants) == (ActorKind.CLIENT, None, ())
    assert actor.key == f"client:{issued.token.pk}"


@pytest.mark.parametrize("who", ["xu", "chen", "outsider", "nobody_yet"])
def test_only_who_keeps_the_register_lets_programs_of_the_public_in(cast, who):
    with pytest.raises(NotEntitled):
        of_own(cast, getattr(cast, who), scopes=["REPORT"], community_id=cast.community.pk)


@pytest.mark.parametrize(
    ("more", "refused"),
    [
        ({"name": "  "}, people.TokenNameMissing),
        ({"scopes": []}, people.TokenScopesInvalid),
        ({"scopes": ["REPORT"]}, people.TokenScopesInvalid),
        ({"scopes": ["READ", "ALL"]}, people.TokenScopesInvalid),
        ({"expires_at": NOW}, people.TokenDatesInvalid),
        ({"expires_at": NOW + timedelta(days=400)}, people.TokenDatesInvalid),
    ],
)
def test_a_token_is_refused_with_a_sentence(cast, more, refused):
    with pytest.raises(refused):
        of_own(cast, cast.zhou_min, **more)
    assert not ApiToken.objects.exists()


def test_somebody_elses_token_is_not_there(cast):
    issued = of_own(cast, cast.zhou_min)
    with pytest.raises(NotFound):
        people.revoke_token(token_id=issued.token.pk, actor=cast.actor(cast.shen), at=NOW)


def test_a_token_is_used_without_a_write_but_for_the_first_time_of_a_day(
    cast, django_assert_num_queries
):
    issued = of_own(cast, cast.zhou_min)
    queries.token_of(secret=issued.secret, at=NOW)
    with django_assert_num_queries(1):
        queries.token_of(secret=issued.secret, at=NOW)
