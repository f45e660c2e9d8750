"""What hands do in journeys where a community talks things over: at its forums and its ballots.

Fields and forms are found by their names and addresses; what people read stands in the journeys.
"""

import re
from datetime import datetime

from playwright.sync_api import Page

from linli.flows.tests.communities import Community, moved_in
from linli.people.models import Account
from linli.people.services import change_password
from tests.cast import NOW, PASSWORD
from tests.journeys.hands import press


def settled_in(name: str, *, at: datetime = NOW) -> Community:
    """Let a community move in from its pack, and everybody choose a password of their own."""
    here = moved_in(name, at=at)
    for account in Account.objects.order_by("pk"):
        change_password(account_id=account.pk, password=PASSWORD, at=at)
    return here


def number_in(page: Page) -> int:
    """Return the number at the end of the page's address."""
    found = re.search(r"/(\d+)/(?:[a-z]+/)?$", page.url)
    assert found is not None, page.url
    return int(found[1])


def send(page: Page, action: str) -> None:
    """Press the button of the form that posts to this address."""
    with page.expect_navigation():
        page.locator(f'form[action$="{action}"] button').first.click()


def raise_topic(page: Page, **fields: str) -> int:
    """Fill the form of a topic in and save it; return its number."""
    fill(page, **fields)
    press(page, "保存")
    page.wait_for_url(re.compile(r"/forums/topics/\d+/$"))
    return number_in(page)


def fill(page: Page, **fields: str) -> None:
    """Fill fields in by their names; what is chosen is chosen by its words."""
    for name, value in fields.items():
        chooser = page.locator(f"select[name={name}]")
        if chooser.count():
            chooser.select_option(label=value)
        elif page.locator(f"input[type=radio][name={name}]").count():
            page.locator(f"input[type=radio][name={name}][value={value}]").check()
        else:
            page.locator(f"[name={name}]").fill(value)


def go_on(page: Page, topic_id: int) -> None:
    """Go on to the next step of a topic."""
    page.goto(f"/forums/topics/{topic_id}/")
    send(page, "/advance/")


def decide(page: Page, topic_id: int, *, text: str, task: str, who: str, until: str) -> None:
    """Write down at the last meeting what was decided, with one task, and publish it."""
    page.goto(f"/forums/topics/{topic_id}/resolve/")
    fill(page, decision="ADOPTED", text=text)
    page.locator("select[name=decided]").select_option(index=0)
    page.fill("[name=t0-text]", task)
    page.locator("select[name=t0-who]").select_option(label=who)
    page.fill("[name=t0-due_date]", until)
    press(page, "写入决议")
    page.wait_for_url(f"**/forums/topics/{topic_id}/")
    send(page, "/publish/")


def sign(page: Page, meeting_id: int) -> None:
    """Read the minutes and sign them."""
    page.goto(f"/forums/meetings/{meeting_id}/minutes/")
    press(page, "对下面的记录签字")
    page.wait_for_load_state()


def slips_of(page: Page, vote_id: int) -> list[str]:
    """Print the slips of a vote, and return the codes on them in walking order."""
    page.goto(f"/forums/votes/{vote_id}/slips/")
    page.locator("main form button").click()
    page.locator(".vote-slip").first.wait_for()
    return page.locator(".vote-slip-code").all_inner_texts()


def judge(page: Page, code: str, *, choice: str, comment: str = "") -> None:
    """Type the code of a slip, and say what one thinks of the result."""
    page.goto("/deliberate/vote/")
    page.fill("#id_code", code)
    page.locator("form.find button").click()
    page.locator(f"input[name=choice][value={choice}]").check()
    if comment:
        page.fill("[name=comment]", comment)
    page.locator(".btn-ballot").click()
    page.locator(".receipt-code").wait_for()


def enter_papers(page: Page, vote_id: int, papers: dict[int, str]) -> None:
    """Enter papers from the box at the office: a number, a figure, the next one."""
    page.goto(f"/forums/votes/{vote_id}/enter/")
    for number, figure in papers.items():
        fill(page, number=str(number), keys=figure)
        with page.expect_navigation():
            page.locator("main form button.btn-primary").click()
        page.locator(".notice-success").wait_for()
