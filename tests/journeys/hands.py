"""What people's hands do in a journey: press a button, fill in a step, take a photo, read.

Nothing here waits for a length of time; everything waits for a text or an address.
"""

import io
import re
import time
from collections.abc import Iterable
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from PIL import Image
from playwright.sync_api import Locator, Page

_MATTER = re.compile(r"/(?:field/matters|orders|desk)/(\d+)/")


# --- Coming and going -------------------------------------------------------------------------


def come_back(page: Page, account: Any) -> None:
    """Sign in again on the same screen: who was away for long was signed out."""
    from tests.signing_in import cookie_of  # Models cannot be imported before Django is set up.

    origin = page.evaluate("location.origin")
    page.context.add_cookies([{**cookie_of(account), "url": origin}])


def sign_in_for_the_first_time(
    page: Page, password: str, *, username: str, own: str = "滨海的风 很大 2026"
) -> None:
    """Sign in with the slip of paper: a password of one's own, and a second factor."""
    page.goto("/account/sign-in/")
    page.fill("#id_login", username)
    page.fill("#id_password", password)
    press(page, "登录")
    page.get_by_role("heading", name="设置您自己的密码").wait_for()
    page.fill("#id_oldpassword", password)
    page.fill("#id_password1", own)
    page.fill("#id_password2", own)
    press(page, "保存新密码")
    page.get_by_role("heading", name="设置二次验证").wait_for()
    secret = "".join(page.locator(".set-up-key span").all_text_contents())
    page.fill("#id_code", format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
    press(page, "完成设置")
    page.get_by_role("heading", name="设置二次验证").wait_for(state="detached")


# --- Pressing and filling in ------------------------------------------------------------------


def press(page: Page | Locator, label: str) -> None:
    """Press the button that says exactly this."""
    page.get_by_role("button", name=label, exact=True).click()


def follow(page: Page | Locator, label: str) -> None:
    """Follow the first link whose text holds this."""
    page.get_by_role("link").filter(has_text=label).first.click()


def take_step(
    page: Page, label: str, *, photos: Iterable[dict[str, Any]] = (), **fields: str
) -> None:
    """Take a step of a matter: open its form if it is not open, fill it in and send it.

    A field is named as the service calls it; a radio button is chosen by its words.
    """
    form = page.locator(".step-form").filter(has=page.get_by_role("heading", name=label))
    if not form.is_visible():
        link = page.locator("#steps").get_by_role("link", name=label, exact=True)
        if not link.is_visible():
            page.locator("#steps summary").click()
        link.click()
        form.wait_for()
    for name, value in fields.items():
        if form.locator(f"input[type=radio][name={name}]").count():
            form.locator(f"#step_{name}").get_by_label(value, exact=True).check()
        elif form.locator(f"select[name={name}]").count():
            form.locator(f"select[name={name}]").select_option(label=value)
        else:
            form.locator(f"[name={name}]").fill(value)
    if photos:
        form.locator("input[type=file]").set_input_files(list(photos))
    with page.expect_navigation():
        press(form, label)


def press_step(page: Page, label: str) -> None:
    """Take a step that needs no words: the press does it."""
    with page.expect_navigation():
        press(page.locator("#steps"), label)


def a_photo(name: str = "照片.jpg", colour: str = "navy") -> dict[str, Any]:
    """Return what a phone's camera gives: a JPEG that says where it was taken."""
    picture = io.BytesIO()
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"  # GPS: it must never reach a screen
    Image.new("RGB", (800, 600), colour).save(picture, "JPEG", exif=exif)
    return {"name": name, "mimeType": "image/jpeg", "buffer": picture.getvalue()}


# --- Reading ----------------------------------------------------------------------------------


def read(page: Page | Locator, *texts: str) -> None:
    """Wait until somebody can read these words."""
    for text in texts:
        page.get_by_text(text).locator("visible=true").first.wait_for()


def words_of(page: Page) -> str:
    """Return everything that stands on the page, open or folded away."""
    return page.locator("body").inner_text() + page.locator("body").evaluate(
        "body => Array.from(body.querySelectorAll('details')).map(one => one.textContent).join()"
    )


def matter_on(page: Page) -> int:
    """Return the key of the matter whose page this is."""
    found = _MATTER.search(page.url)
    assert found is not None, page.url
    return int(found[1])


def messages_of(page: Page) -> list[str]:
    """Open somebody's inbox and return what it says, newest first."""
    page.goto("/messages/")
    page.get_by_role("heading", name="消息", exact=True).wait_for()
    return page.locator("#main .items .item").all_inner_texts()


def open_message(page: Page, text: str) -> None:
    """Open the newest message that says this, and go where it leads."""
    page.goto("/messages/")
    page.locator("#main .items .item", has_text=text).first.click()
    page.wait_for_url(lambda url: "/messages/" not in url)


def thread_of(page: Page) -> list[str]:
    """Return what happened, in the order in which the page tells it."""
    return page.locator(".thread .thread-what").all_inner_texts()


# --- What residents do ------------------------------------------------------------------------


def report_as_resident(
    page: Page, *, text: str, place: str, phone: str = "", name: str = "", path: str = "/report/"
) -> str:
    """Report without an account; return the tracking code that is shown."""
    page.goto(path)
    page.fill("#id_text", text)
    if place:
        page.fill("#id_place_query", place)
        page.get_by_label(place, exact=True).check()
    if phone:
        page.fill("#id_phone", phone)
    if name:
        page.fill("#id_name", name)
    if phone or name:
        page.get_by_label("我已阅读个人信息保护告知").check()
    press(page, "提交")
    page.wait_for_url("**/done/")
    return page.locator(".done-code").inner_text().strip()


def follow_code(page: Page, code: str) -> None:
    """Type a tracking code and look where the report stands."""
    page.goto("/m/")
    page.fill("#id_code", code)
    press(page, "查询")
    page.get_by_role("heading", name="办到哪一步了").wait_for()


def rate_as_resident(page: Page, *, solved: str, satisfaction: str, comment: str = "") -> None:
    """Say what one thinks of the result."""
    form = page.locator("#rate")
    form.get_by_text(solved, exact=True).click()
    form.get_by_text(satisfaction, exact=True).click()
    if comment:
        page.fill("#id_comment", comment)
    press(form, "提交评价")
    page.get_by_role("heading", name="请您评价").wait_for(state="detached")


# --- What the desk, handlers and the grid do with every matter --------------------------------


def accept_and_dispatch(page: Page, matter_id: int, *, expected: str) -> None:
    """At the desk: accept and dispatch to whom the screen suggests, in one press."""
    page.goto(f"/desk/{matter_id}/")
    suggested = page.locator("#step_handler option:checked")
    assert suggested.inner_text().startswith(expected)
    take_step(page, "受理并派单")
    read(page, "已受理并派单。")


def take_order(page: Page, matter_id: int) -> None:
    """Take an order that waits in the inbox."""
    page.goto("/orders/")
    page.locator(f"a[href='/orders/{matter_id}/']").click()
    press_step(page, "接单")
    read(page, "已接单，由你方办理。")


def report_done(page: Page, matter_id: int, note: str) -> None:
    """Say what was done, with a photo of it."""
    page.goto(f"/orders/{matter_id}/")
    take_step(page, "处置完成", note=note, photos=[a_photo("办结.jpg", "green")])
    read(page, "已报办结，由他人核查。")


def verify(page: Page, matter_id: int, note: str = "") -> None:
    """Confirm on the spot that it was put right."""
    page.goto("/field/")
    page.locator("section", has_text="待现场核查").locator(
        f"a[href='/field/matters/{matter_id}/']"
    ).click()
    take_step(page, "核查通过", note=note)
    read(page, "核查通过，反映人可以评价。")
