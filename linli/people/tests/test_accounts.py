"""Accounts are given, helped and closed by whoever holds the role above."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.hashers import check_password

from linli.core.actor import system
from linli.core.errors import NotEntitled, NotFound
from linli.core.models import Event
from linli.people import events, queries, services
from linli.people.models import Account, Duty, Handover, Role
from tests.cast import NOW, PASSWORD, Cast, give

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
SHELL = system(name="shell")


def create(cast: Cast, by: Account, **more: object) -> services.NewAccount:
    wanted = {
        "username": "he.lin",
        "name": "何琳",
        "role": "STAFF",
        "area_id": cast.community.pk,
        **more,
    }
    return services.create_account(actor=cast.actor(by), at=NOW, **wanted)


def test_an_account_comes_with_a_role_and_a_password_to_change(cast: Cast) -> None:
    made = create(cast, cast.shen, phone="138 0013 8000")
    account = Account.objects.get(username="he.lin")
    assert account.must_change_password
    assert account.check_password(made.password)
    assert made.password not in str(Event.objects.values_list("facts", flat=True))
    assert cast.actor(account).roles == {"STAFF"}
    assert b"13800138000" not in bytes(account.phone_sealed)
    assert queries.phone_of(account=account) == "13800138000"


def test_people_give_no_account_without_a_role_of_theirs(cast: Cast) -> None:
    for by, more in (
        (cast.shen, {"role": "", "area_id": None}),
        (cast.zhou_min, {}),
        (cast.outsider, {}),
        (cast.qian, {}),
        (cast.li, {"role": "GRID_WORKER", "area_id": cast.grid.pk}),
    ):
        with pytest.raises(services.RoleNotYoursToGive):
            create(cast, by, **more)
    assert not Account.objects.filter(username="he.lin").exists()
    create(cast, cast.qian, role="HANDLER", area_id=None, organisation_id=cast.property_company.pk)


@pytest.mark.parametrize("username", ["", "x", "1ab", "何琳", "a b", "a" * 31, "-ab", "a/b"])
def test_a_user_name_can_be_typed_the_same_way_twice(cast: Cast, username: str) -> None:
    with pytest.raises(services.UsernameInvalid):
        create(cast, cast.shen, username=username)


def test_a_user_name_is_taken_however_it_is_typed(cast: Cast) -> None:
    create(cast, cast.shen)
    for again in ("he.lin", "HE.Lin", "ｈｅ.lin", " he.lin "):
        with pytest.raises(services.UsernameTaken):
            create(cast, cast.shen, username=again)


def test_names_and_phones_are_checked(cast: Cast) -> None:
    for name in ("", "   ", "长" * 41):
        with pytest.raises(services.NameMissing):
            create(cast, cast.shen, name=name)
    for phone in ("1380013800", "打我电话", "12345678901"):
        with pytest.raises(services.PhoneInvalid):
            create(cast, cast.shen, phone=phone)


def helped(cast: Cast, helper: Account, somebody: Account) -> bool:
    before = Account.objects.get(pk=somebody.pk).password
    try:
        services.reset_password(account_id=somebody.pk, actor=cast.actor(helper), at=NOW)
    except (services.NotAbove, services.NotYourself):
        assert Account.objects.get(pk=somebody.pk).password == before
        return False
    return True


def test_only_whoever_holds_the_role_above_helps(cast: Cast) -> None:
    c = cast
    everybody = list(c.accounts.values())
    allowed = {
        c.shen: {
            c.zhou_min, c.zhou_ning, c.fang, c.li, c.xu, c.sun, c.wang, c.qian, c.chen, c.ma
        },
        c.qian: {c.chen},
        c.outsider: {c.outside_handler},
    }  # fmt: skip
    allowed[c.gu] = allowed[c.shen] | allowed[c.outsider] | {c.shen, c.outsider}
    for helper in everybody:
        for somebody in everybody:
            expected = somebody in allowed.get(helper, set())
            assert helped(c, helper, somebody) is expected, (helper.name, somebody.name)


def test_a_second_role_above_protects_an_account(cast: Cast) -> None:
    give(cast.chen, "SECRETARY", cast.elsewhere)
    assert not helped(cast, cast.qian, cast.chen)
    assert not helped(cast, cast.shen, cast.chen)
    assert helped(cast, cast.gu, cast.chen)


def test_a_role_that_begins_tomorrow_protects_too(cast: Cast) -> None:
    give(cast.chen, "STAFF", cast.community, from_date=TODAY + timedelta(days=1))
    assert not helped(cast, cast.qian, cast.chen)


def test_standing_in_for_somebody_protects_too(cast: Cast) -> None:
    Handover.objects.create(
        absent=cast.shen,
        stand_in=cast.zhou_min,
        from_date=TODAY,
        until_date=TODAY,
        made_by="system:test",
    )
    assert not helped(cast, cast.shen, cast.zhou_min)
    assert helped(cast, cast.gu, cast.zhou_min)


def test_a_temporary_password_replaces_the_old_one(cast: Cast) -> None:
    password = services.reset_password(account_id=cast.xu.pk, actor=cast.actor(cast.shen), at=NOW)
    account = Account.objects.get(pk=cast.xu.pk)
    assert account.must_change_password
    assert account.check_password(password)
    assert not account.check_password(PASSWORD)
    assert Event.objects.get(name=events.PASSWORD_RESET).actor == f"account:{cast.shen.pk}"
    services.change_password(account_id=account.pk, password="nine-sparrows-9", at=NOW)
    account.refresh_from_db()
    assert not account.must_change_password
    assert check_password("nine-sparrows-9", account.password)


def test_a_lost_second_factor_goes_with_the_password(cast: Cast) -> None:
    Authenticator.objects.create(user=cast.xu, type="totp", data={"secret": "x"})
    password = services.reset_second_factor(
        account_id=cast.xu.pk, actor=cast.actor(cast.shen), at=NOW
    )
    assert not Authenticator.objects.filter(user=cast.xu).exists()
    assert Account.objects.get(pk=cast.xu.pk).check_password(password)


def test_a_closed_account_holds_nothing_any_more(cast: Cast) -> None:
    tomorrow = NOW + timedelta(days=1)
    Duty.objects.create(
        area=cast.community,
        account=cast.xu,
        starts_at=tomorrow,
        ends_at=tomorrow + timedelta(hours=8),
        set_by="system:test",
    )
    give(cast.xu, "STAFF", cast.community, from_date=TODAY + timedelta(days=3))
    Handover.objects.create(
        absent=cast.sun,
        stand_in=cast.xu,
        from_date=TODAY,
        until_date=TODAY,
        made_by="system:test",
    )
    services.deactivate(account_id=cast.xu.pk, actor=cast.actor(cast.shen), at=NOW)
    assert not Duty.objects.exists()
    role = Role.objects.get(account=cast.xu)
    assert role.until_date == TODAY - timedelta(days=1)
    assert queries.stand_ins(account_ids=[cast.sun.pk], on=TODAY) == {}
    with pytest.raises(NotFound):
        services.reset_password(account_id=cast.xu.pk, actor=cast.actor(cast.shen), at=NOW)
    password = services.reactivate(account_id=cast.xu.pk, actor=cast.actor(cast.shen), at=NOW)
    account = Account.objects.get(pk=cast.xu.pk)
    assert account.check_password(password)
    assert cast.actor(account).roles == frozenset()


def test_one_corrects_ones_own_phone_but_not_a_colleagues(cast: Cast) -> None:
    services.edit_account(
        account_id=cast.xu.pk,
        name="许中杰",
        phone="13900001111",
        actor=cast.actor(cast.xu),
        at=NOW,
    )
    assert queries.phone_of(account=Account.objects.get(pk=cast.xu.pk)) == "13900001111"
    with pytest.raises(services.NotAbove):
        services.edit_account(account_id=cast.xu.pk, name="许", actor=cast.actor(cast.sun), at=NOW)


def test_failed_sign_ins_are_recorded_alike_for_every_name(
    cast: Cast, django_assert_num_queries
) -> None:
    for username in ("xu", "no-such-name"):
        with django_assert_num_queries(4):
            services.record_sign_in_failed(username=username, at=NOW)
    known, unknown = Event.objects.filter(name=events.SIGN_IN_FAILED).order_by("id")
    assert (known.subject_id, unknown.subject_id) == (cast.xu.pk, 0)
    assert "no-such-name" not in str([unknown.facts, unknown.trace])


def test_the_register_shows_ones_own_part(cast: Cast) -> None:
    def names(somebody: Account, **wanted: object) -> set[str]:
        rows = queries.list_accounts(
            actor=cast.actor(somebody), wanted=queries.AccountFilter(**wanted), at=NOW
        )
        return {row.username for row in rows}

    ours = {
        "shen", "zhou_min", "zhou_ning", "fang", "li", "xu", "sun", "wang", "qian", "chen", "ma"
    }  # fmt: skip
    assert names(cast.shen) == names(cast.zhou_min) == names(cast.li) == ours
    assert names(cast.gu) == ours | {"gu", "outsider", "outside_handler"}
    assert names(cast.qian) == {"qian", "chen"}
    assert names(cast.xu) == set()
    assert names(cast.shen, text="zm") == {"zhou_min"}
    assert names(cast.shen, text="周") == {"zhou_min", "zhou_ning"}
    assert names(cast.shen, role="GRID_WORKER") == {"xu", "sun"}
    assert names(cast.shen, organisation_id=cast.property_company.pk) == {"qian", "chen"}
    assert names(cast.shen, state="closed") == set()
    for reader, somebody in ((cast.shen, cast.outsider), (cast.qian, cast.ma)):
        with pytest.raises(NotFound):
            queries.get_account(actor=cast.actor(reader), account_id=somebody.pk)


def test_the_list_takes_a_fixed_number_of_queries(
    cast: Cast, django_assert_max_num_queries
) -> None:
    with django_assert_max_num_queries(6):
        queries.list_accounts(actor=cast.actor(cast.shen), wanted=queries.AccountFilter(), at=NOW)
    with django_assert_max_num_queries(6):
        queries.places_for_roles(actor=cast.actor(cast.shen))
    with django_assert_max_num_queries(4):
        queries.stand_in_candidates(account_id=cast.xu.pk, at=NOW)


def test_links_are_made_by_the_shell_alone(cast: Cast) -> None:
    with pytest.raises(NotEntitled):
        services.make_sign_in_link(
            account_id=cast.xu.pk, face="field", actor=cast.actor(cast.shen), at=NOW
        )
    with pytest.raises(NotFound):
        services.make_sign_in_link(account_id=cast.xu.pk, face="roof", actor=SHELL, at=NOW)


def test_a_link_is_used_once_and_not_after_a_day(cast: Cast) -> None:
    def make() -> str:
        return services.make_sign_in_link(account_id=cast.xu.pk, face="field", actor=SHELL, at=NOW)

    token = make()
    assert services.use_sign_in_link(token=token, at=NOW).account == cast.xu
    late = make()
    closed = make()
    for spent, at in (
        (token, NOW),
        (late, NOW + timedelta(hours=24)),
        ("", NOW),
        ("nonsense", NOW),
    ):
        with pytest.raises(services.LinkNotUsable):
            services.use_sign_in_link(token=spent, at=at)
    services.use_sign_in_link(token=late, at=NOW + timedelta(hours=24) - timedelta(seconds=1))
    Account.objects.filter(pk=cast.xu.pk).update(is_active=False)
    with pytest.raises(services.LinkNotUsable):
        services.use_sign_in_link(token=closed, at=NOW)
