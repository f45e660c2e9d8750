"""The pages of visits: a campaign at the desk, a door on the phone, a resident who checks."""

import re
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from linli.core.models import Event
from linli.matters.models import Matter
from linli.people.models import Household
from linli.visits import queries
from linli.visits.models import Campaign, Finding, Visit, VisitFormVersion
from linli.visits.tests.scenes import households, running
from linli.visits.tests.test_forms import HEAD, book
from tests.cast import NOW

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def desk(cast, signed_in):
    return signed_in(cast.zhou_min)


@pytest.fixture
def phone(cast, signed_in):
    return signed_in(cast.xu)


@pytest.fixture
def visit(cast):
    households(cast, cast.building, 2)
    running(cast)
    return Visit.objects.earliest("position")


def text(answer, status=200):
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer.content.decode()


def record(phone, visit, outcome, **more):
    given = {"outcome": outcome, "submission_key": str(uuid4()), **more}
    return phone.post(f"/field/visits/{visit.pk}/", given, follow=True)


def test_a_campaign_from_the_form_to_the_phone_and_back(cast, desk, phone):
    households(cast, cast.building, 3)
    given = {
        "name": "春季敲门行动",
        "from_date": "2026-03-04",
        "until_date": "2026-03-17",
        "visits_per_day": "15",
        "visitors": [cast.xu.pk],
        "buildings": [cast.building.pk],
        "community": cast.community.pk,
    }
    page = text(desk.post("/visits/new/", given, follow=True))
    assert "翠园 3幢" in page
    campaign = Campaign.objects.get()
    page = text(desk.post(f"/visits/{campaign.pk}/plan/", follow=True))
    assert "计划：共 3 户" in page
    assert "许中杰" in page
    text(desk.post(f"/visits/{campaign.pk}/start/", follow=True))
    page = text(phone.get("/field/visits/"))
    assert re.findall(r"1单元 \d+", page) == ["1单元 101", "1单元 102", "1单元 103"]
    visit = Visit.objects.earliest("position")
    page = text(record(phone, visit, "MET", q_met="resident", q_said=""))
    assert "已登记。" in page
    page = text(desk.get(f"/visits/{campaign.pk}/"))
    assert "33%" in page
    assert "1单元 101" in text(desk.get(f"/visits/{campaign.pk}/households/?group=met"))


def test_what_is_wrong_with_a_campaign_is_said_and_what_was_typed_is_kept(cast, desk):
    given = {"name": "", "from_date": "2026-03-04", "until_date": "2026-03-03", "grids": ["x"]}
    page = text(desk.post("/visits/new/", given), 422)
    assert "请给走访行动起个名字。" in page
    given |= {"name": "敲门", "visits_per_day": "15", "grids": []}
    page = text(desk.post("/visits/new/", given), 422)
    assert "结束日期早于开始日期。" in page
    assert 'value="敲门"' in page


def test_too_few_people_are_told_how_many_are_missing(cast, desk):
    households(cast, cast.building, 12)
    campaign = running(cast)
    Campaign.objects.update(state="DRAFT", visits_per_day=1, until_date="2026-03-06")
    page = text(desk.post(f"/visits/{campaign.pk}/plan/", follow=True))
    assert "还需要增加 3 人，或者增加 9 个工作日" in page


def test_not_at_home_is_two_taps_and_comes_back(cast, phone, visit):
    page = text(record(phone, visit, "NOT_AT_HOME"))
    assert "今日走访" in page
    assert "1单元 101" not in page
    again = Visit.objects.get(household=visit.household, stands=True)
    page = text(phone.get(f"/field/visits/{again.pk}/"))
    assert "第 2 次" in page
    assert "晚上" in page
    assert "第 1 次走访：未遇" in page


def test_a_vacant_home_corrects_the_roster_with_one_tap(cast, phone, visit):
    page = text(record(phone, visit, "VACANT"))
    assert "台账上是“在住”，改成“空置”吗？" in page or "改成“" in page
    text(phone.post(f"/field/visits/{visit.pk}/correct/", follow=True))
    assert Household.objects.get(pk=visit.household_id).status == "VACANT"
    assert phone.post(f"/field/visits/{visit.pk}/correct/").status_code == 404


def test_somebody_who_met_nobody_is_offered_nothing(cast, phone, visit):
    record(phone, visit, "DECLINED")
    assert phone.post(f"/field/visits/{visit.pk}/correct/").status_code == 404


def test_wrong_answers_are_marked_and_nothing_typed_is_lost(cast, phone, visit):
    page = text(record(phone, visit, "MET", q_met="ghost", q_said="楼道灯坏了"), 422)
    assert "请改正下面标出的回答。" in page
    assert "楼道灯坏了" in page
    assert Visit.objects.get(pk=visit.pk).state == "DUE"
    assert "请选择走访结果。" in text(record(phone, visit, ""), 422)


def test_a_finding_is_a_matter_on_the_same_thread_with_one_tap(cast, desk, phone, visit):
    page = text(record(phone, visit, "MET", q_said="3幢楼道路灯坏了"))
    assert "3幢楼道路灯坏了</textarea>" in page
    key = str(uuid4())
    for _again in range(3):
        given = {"text": "3幢楼道路灯坏了", "submission_key": key}
        page = text(phone.post(f"/field/visits/{visit.pk}/finding/", given, follow=True))
    matter = Matter.objects.get()
    assert (matter.trace, matter.building, matter.category) == (
        visit.trace,
        cast.building,
        cast.lamp,
    )
    assert Finding.objects.get().ref == f"matters.matter:{matter.pk}"
    assert "这里发现的问题已上报。" in page
    thread = text(desk.get(f"/trace/{visit.trace}/"))
    assert "第 1 次走访：已见面" in thread
    assert "101" not in thread


def test_a_finding_takes_no_number_of_anybody_along(cast, phone, visit):
    said = "3幢楼道路灯坏了，找王先生１３８ 0013 8000，身份证11010519491231002X"
    numbers = ("13800138000", "１３８", "0013 8000", "19491231")
    page = text(record(phone, visit, "MET", q_said=said))
    offered = re.search(r'id="id_finding"[^>]*>([^<]*)</textarea>', page)[1]
    assert offered == "3幢楼道路灯坏了，找王先生138****8000，身份证110105********002X"
    for typed in (offered, said):  # as it was offered, and by somebody who writes it out
        given = {"text": typed, "submission_key": str(uuid4())}
        answer = phone.post(f"/field/visits/{visit.pk}/finding/", given, follow=True)
        told = [one.level_tag for one in answer.context["messages"]]
        assert told == (["success"] if typed == offered else ["success", "info"])
    kept = list(Matter.objects.values()) + list(Event.objects.values())
    for number in numbers:
        assert number not in str(kept)
    assert {one.text for one in Matter.objects.all()} == {offered}


def test_a_finding_says_something(cast, phone, visit):
    record(phone, visit, "MET")
    text(phone.post(f"/field/visits/{visit.pk}/finding/", {"text": " "}), 422)
    assert not Matter.objects.exists()


def test_the_second_who_records_is_told(cast, phone, visit, signed_in):
    record(phone, visit, "MET")
    page = text(record(signed_in(cast.wang), visit, "DECLINED"))
    assert "这次走访已经有人登记过了" in page
    assert Visit.objects.get(pk=visit.pk).outcome == "MET"


def test_the_outbox_is_answered_in_its_own_words(cast, phone, visit):
    given = {"outcome": "MET", "submission_key": str(uuid4()), "phone_at": "2026-03-03T10:00:00Z"}
    path = f"/field/visits/{visit.pk}/"
    for _replay in range(2):
        answer = phone.post(path, given, headers={"X-Linli-Outbox": "1"})
        assert answer.json()["state"] == "accepted"
    given["submission_key"] = str(uuid4())
    answer = phone.post(path, given, headers={"X-Linli-Outbox": "1"})
    assert (answer.status_code, answer.json()["state"]) == (422, "refused")
    kept = Visit.objects.get(pk=visit.pk)
    assert (kept.happened_at, kept.phone_at.day) == (NOW, 3)


def test_a_resident_checks_who_visits_and_learns_of_no_household(cast, client, phone, visit):
    code = re.search(r'pass-code">(\d{6})<', text(phone.get("/field/visits/")))[1]
    path = f"/who-visits/?community={cast.community.pk}"
    page = text(client.get(f"{path}&code={code}"))
    for said in ("府东社区", "姓许", "春季敲门行动"):
        assert said in page
    for unsaid in ("许中杰", "翠园", "101"):
        assert unsaid not in page
    assert "025-00000000" in page


def test_yesterdays_code_another_communitys_and_a_guess_are_worth_nothing(
    cast, client, phone, visit, clock
):
    code = queries.pass_of(account_id=cast.xu.pk, community_id=cast.community.pk, on=NOW.date())
    path = f"/who-visits/?community={cast.community.pk}"
    assert "姓许" not in text(client.get(f"/who-visits/?community={cast.elsewhere.pk}&code={code}"))
    clock.forward(days=1)
    assert "请不要开门" in text(client.get(f"{path}&code={code}"))


def test_a_code_is_found_however_its_digits_are_typed(cast, client, visit):
    code = queries.pass_of(account_id=cast.xu.pk, community_id=cast.community.pk, on=NOW.date())
    given = {"community": cast.community.pk}
    wide = code.translate({ord("0") + digit: 0xFF10 + digit for digit in range(10)})
    for typed in (wide, f"{code[:3]} {code[3:]}", wide[:3] + code[3:]):
        assert "姓许" in text(client.get("/who-visits/", given | {"code": typed}))


@pytest.mark.parametrize("typed", ["٤٨٥٧٣٦", "४८५७३६", "𝟒𝟖𝟓𝟕𝟑𝟔", "①②③④⑤⑥", "四八五七三六", "é" * 6])
def test_no_text_is_too_strange_to_be_no_code(cast, client, visit, typed):
    given = {"community": cast.community.pk, "code": typed}
    assert "请不要开门" in text(client.get("/who-visits/", given))


def test_who_tries_codes_is_stopped(cast, client, visit):
    path = f"/who-visits/?community={cast.community.pk}"
    for number in range(30):
        text(client.get(f"{path}&code={number:06d}"))
    assert client.get(f"{path}&code=999999").status_code == 429


def test_the_desk_reads_who_visits_today_to_whoever_telephones(cast, desk, visit):
    page = text(desk.get("/visits/"))
    code = queries.pass_of(account_id=cast.xu.pk, community_id=cast.community.pk, on=NOW.date())
    assert "许中杰" in page
    assert code in page


# --- Forms --------------------------------------------------------------------------------------


def upload(desk, cast, data):
    given = {"file": SimpleUploadedFile("表.xlsx", data), "community": cast.community.pk}
    return desk.post("/visits/forms/", given, follow=True)


def test_a_workbook_is_published_and_asked_at_the_door(cast, desk, phone):
    page = text(upload(desk, cast, book()))
    assert "已发布，第 1 版。" in page
    assert "老人走访表" in page
    households(cast, cast.building, 1)
    version = VisitFormVersion.objects.get()
    running(cast, form_version_id=version.pk)
    visit = Visit.objects.get()
    page = text(phone.get(f"/field/visits/{visit.pk}/"))
    for said in ("您好", "家里有老人吗", "几岁", "助餐", "可多选"):
        assert said in page
    page = text(record(phone, visit, "MET", q_elder="yes", q_age="59"), 422)
    assert "应在60到120之间" in page
    page = text(record(phone, visit, "MET", q_elder="yes", q_age="80", q_needs=["meals"]))
    page = text(phone.get(f"/field/visits/{visit.pk}/"))
    assert "助餐" in page
    assert "几岁" in page


def test_what_is_refused_is_told_by_sheet_and_row(cast, desk):
    survey = [HEAD, ["note", "hello", "您好"], ["geopoint", "where", "在哪里"]]
    page = text(upload(desk, cast, book(survey)), 422)
    assert "“survey”表，第 3 行：不支持“geopoint”这种题型" in page
    assert not VisitFormVersion.objects.exists()


def test_what_is_no_workbook_is_refused(cast, desk):
    text(upload(desk, cast, b"name,type"), 422)


def test_the_sample_can_be_published_as_it_is(cast, desk):
    sample = desk.get("/visits/forms/sample.xlsx")
    page = text(upload(desk, cast, b"".join(sample) if sample.streaming else sample.content))
    assert "入户走访（示例）" in page


# --- Regular visits -----------------------------------------------------------------------------


def test_a_household_is_called_on_every_week(cast, desk, phone):
    (home,) = households(cast, cast.building, 1)
    path = f"/visits/of/{home.pk}/"
    assert "没有安排定期走访" in text(phone.get(path))
    page = text(phone.post(path, {"every": "WEEKLY", "account": cast.xu.pk}, follow=True))
    for said in ("每周", "许中杰", "2026-03-11", "待走访"):
        assert said in page
    assert "1单元 101" in text(phone.get("/field/visits/"))
    visit = Visit.objects.get()
    record(phone, visit, "MET")
    assert "已见面" in text(phone.get(path))
    assert "定期走访" in text(desk.get("/visits/"))
    page = text(desk.get(f"/visits/{visit.campaign_id}/"))
    assert "安排了定期走访的住户" in page
    assert "结束走访" not in page
    assert "没有安排定期走访" in text(phone.post(f"{path}end/", follow=True))


def test_a_rhythm_needs_a_choice(cast, phone):
    (home,) = households(cast, cast.building, 1)
    text(phone.post(f"/visits/of/{home.pk}/", {"every": "", "account": ""} | {"x": "1"}), 422)


def test_the_building_lead_reads_and_does_not_arrange(cast, signed_in):
    (home,) = households(cast, cast.building, 1)
    lead = signed_in(cast.wang)
    assert "安排定期走访</summary>" not in text(lead.get(f"/visits/of/{home.pk}/"))
    given = {"every": "WEEKLY", "account": cast.wang.pk}
    text(lead.post(f"/visits/of/{home.pk}/", given), 403)


# --- Photos -----------------------------------------------------------------------------------


def with_photos(visit, *, required=False):
    """Let a visit ask for photos."""
    definition = {
        "name": {"zh": "隐患排查"},
        "questions": [
            {
                "name": "seen",
                "type": "image",
                "label": {"zh": "现场照片"},
                "required": required,
            }
        ],
    }
    VisitFormVersion.objects.filter(pk=visit.form_version_id).update(definition=definition)


def jpeg_with_exif():
    """Return a small photo that says where it was taken."""
    tags = Image.Exif()
    tags[0x010F], tags[0x8825] = "camera", {1: "N", 2: (32.0, 3.0, 0.0)}
    out = BytesIO()
    Image.new("RGB", (64, 48), "white").save(out, "JPEG", exif=tags)
    return out.getvalue()


def photo(name="a.jpg"):
    return SimpleUploadedFile(name, jpeg_with_exif(), content_type="image/jpeg")


def test_photos_of_a_visit_are_clean_and_for_those_who_see_it(cast, phone, visit, signed_in):
    with_photos(visit)
    page = text(phone.get(f"/field/visits/{visit.pk}/"))
    assert "现场照片" in page
    record(phone, visit, "MET", photos=[photo(), photo("b.jpg")])
    done = Visit.objects.get(pk=visit.pk)
    taken = queries.photos_of(visit=done)
    assert [one.subject_id for one in taken] == [visit.pk, visit.pk]
    with taken[0].file.open("rb") as file, Image.open(file) as picture:
        assert not picture.getexif()
    page = text(phone.get(f"/field/visits/{visit.pk}/"))
    address = f"/files/{taken[0].token}/"
    assert address in page
    assert phone.get(address).status_code == 200
    for who in ("sun", "gu", "outsider"):
        assert signed_in(cast.accounts[who]).get(address).status_code == 404


def test_a_photo_that_cannot_be_kept_is_said_and_nothing_is_recorded(cast, phone, visit):
    with_photos(visit)
    broken = SimpleUploadedFile("x.jpg", b"no picture", content_type="image/jpeg")
    page = text(record(phone, visit, "MET", photos=[photo(), broken]), 422)
    assert "照片没有上传成功" in page
    assert page.count('name="photo_token"') == 1
    assert Visit.objects.get(pk=visit.pk).state == "DUE"
    token = re.search(r'name="photo_token" value="([^"]+)"', page)[1]
    record(phone, visit, "MET", photo_token=[token])
    assert len(queries.photos_of(visit=visit)) == 1


def test_a_photo_that_the_form_needs_is_asked_for(cast, phone, visit):
    with_photos(visit, required=True)
    assert "请拍照。" in text(record(phone, visit, "MET"), 422)
    text(record(phone, visit, "NOT_AT_HOME"))


def test_the_same_visit_sent_again_keeps_its_photos_once(cast, phone, visit):
    with_photos(visit)
    key = str(uuid4())
    for _again in range(2):
        given = {"outcome": "MET", "submission_key": key, "photos": [photo()]}
        phone.post(f"/field/visits/{visit.pk}/", given, headers={"X-Linli-Outbox": "1"})
    assert len(queries.photos_of(visit=visit)) == 1


# --- Hands, and within 24 hours ---------------------------------------------------------------


def test_the_office_hands_visits_over_on_one_page(cast, desk, visit):
    page = text(desk.get("/visits/hands/"))
    assert "许中杰" in page
    address = f"/visits/hands/{cast.xu.pk}/"
    page = text(desk.post(address, {"to": [], "reason": "调岗"}), 422)
    assert "请选择由谁接手。" in page
    assert 'value="调岗"' in page
    page = text(desk.post(address, {"to": [cast.li.pk], "reason": "调岗"}, follow=True))
    assert "已交接 2 户走访。" in page
    assert "李网格长" in page
    page = text(desk.get(f"/field/visits/{visit.pk}/"))
    assert "走访由许中杰交给李网格长：调岗" in page
    assert desk.get(address).status_code == 404


def test_visits_in_nobodys_hands_are_said_on_the_first_page(cast, desk, visit):
    cast.xu.is_active = False
    cast.xu.save()
    assert "有 2 户走访无人负责。" in text(desk.get("/visits/"))
    assert "已离岗" in text(desk.get("/visits/hands/"))


def test_one_tap_makes_a_call_due_within_a_day(cast, phone):
    home = households(cast, cast.building, 1)[0]
    page = text(phone.get(f"/visits/of/{home.pk}/"))
    assert "24 小时内上门" in page
    address = f"/visits/of/{home.pk}/soon/"
    page = text(phone.post(address, {"cause": "DISCHARGED"}, follow=True))
    assert "已通知这户的责任人" in page
    page = text(phone.get("/field/visits/"))
    assert "请于此时前上门" in page
    visit = Visit.objects.get()
    assert "出院回家" in text(phone.get(f"/field/visits/{visit.pk}/"))
    assert "请选择发生了什么。" in text(phone.post(address, {"cause": "x"}, follow=True))


def test_a_storm_is_told_by_groups(cast, signed_in):
    secretary = signed_in(cast.shen)
    text(secretary.post("/residents/needs/groups/", {"begin": "1"}, follow=True))
    page = text(secretary.get("/visits/soon/"))
    assert "独居老人" in page
    keys = re.findall(r'name="groups" value="(\d+)"', page)
    page = text(secretary.post("/visits/soon/", {"cause": "STORM", "groups": keys}), 422)
    assert "这些分类里目前没有人" in page
    answer = secretary.post(
        f"/residents/needs/groups/{keys[0]}/", {"cadence": "MONTHLY"}, follow=True
    )
    assert "本类所有人的走访随之调整" in text(answer)


def test_a_fixed_distance_is_entered_with_its_days(cast, phone):
    home = households(cast, cast.building, 1)[0]
    address = f"/visits/of/{home.pk}/"
    given = {"every": "SPACED", "account": cast.xu.pk}
    assert "请填写两次走访间隔的天数" in text(phone.post(address, given), 422)
    given |= {"apart_least_days": "10", "apart_most_days": "12"}
    assert "10–12 天" in text(phone.post(address, given, follow=True))
