"""Pages of one's own account: signing in, password, second factor, preferences, leave.

Of allauth's pages only those used here have an address; sign-up and everything by mail has none.
"""

from typing import Any, cast

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.account.internal.flows.login import record_authentication
from allauth.account.views import (
    AccountInactiveView,
    LoginView,
    PasswordChangeView,
    ReauthenticateView,
)
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as CodeAgainForm
from allauth.mfa.base.views import AuthenticateView, TrustView
from allauth.mfa.base.views import ReauthenticateView as CodeAgainView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from axes.handlers.proxy import AxesProxyHandler
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login as open_session
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from linli.core.errors import NotEntitled, Refused
from linli.people import queries
from linli.people import services as people
from linli.web.access import FACES, Request, home_path, signed_in
from linli.web.context import LARGE_TYPE_COOKIE
from linli.web.offline import SignOut
from linli.web.signing_in import (
    LINK,
    forget_second_factor,
    has_totp,
    remember_language,
    tidy_username,
)

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
_YEAR_SECONDS = 365 * 24 * 3600


def _plain(form: forms.Form, **labels: Any) -> None:
    """Give a form of allauth our labels, and take its placeholders and hints away."""
    for name, bound in form.fields.items():
        bound.widget.attrs.pop("placeholder", None)
        bound.help_text = ""
        bound.label = labels.get(name, bound.label)


# --- Signing in -----------------------------------------------------------------------------


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth has no types here
    """User name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, login=_("User name"), password=_("Password"))
        self.fields["login"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}

    def clean_login(self) -> str:
        """Take the user name however it was typed."""
        return tidy_username(self.cleaned_data["login"])


class _CountedCode:
    """A one-time code whose failures lock the user name like those of a password."""

    user: Any

    def clean_code(self) -> str:
        """Refuse a code while the user name is locked, and count a wrong one."""
        request = context.request
        credentials = {"username": self.user.username}
        if not AxesProxyHandler.is_allowed(request, credentials):
            request.axes_locked_out, request.axes_credentials = True, credentials
            raise ValidationError(_("Too many attempts. Please wait a few minutes."))
        try:
            return cast(str, super().clean_code())  # type: ignore[misc]  # of the form beside it
        except ValidationError:
            AxesProxyHandler.user_login_failed(
                sender=type(self), credentials=credentials, request=request
            )
            people.record_sign_in_failed(username=self.user.username, at=request.now)
            raise


class CodeForm(_CountedCode, AuthenticateForm):  # type: ignore[misc]  # allauth has no types here
    """The code after the password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, code=_("One-time code"))
        self.fields["code"].widget.attrs |= {"inputmode": "numeric", "autofocus": True}


class CodeAgain(_CountedCode, CodeAgainForm):  # type: ignore[misc]  # allauth has no types here
    """The code, asked for again before something sensitive."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, code=_("One-time code"))
        self.fields["code"].widget.attrs |= {"inputmode": "numeric"}


class PasswordAgain(ReauthenticateForm):  # type: ignore[misc]  # allauth has no types here
    """The password, asked for again before something sensitive."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, password=_("Password"))


class NewPasswordForm(ChangePasswordForm):  # type: ignore[misc]  # allauth has no types here
    """The present password, and the new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        present = _("Temporary password") if self.user.must_change_password else None
        _plain(
            self,
            oldpassword=present or _("Present password"),
            password1=_("New password"),
            password2=_("New password again"),
        )
        self.fields["password1"].help_text = _(
            "At least 10 characters, not only digits, and not your user name. "
            "A sentence of several words is easy to remember."
        )


class NewPassword(PasswordChangeView):  # type: ignore[misc]  # allauth has no types here
    """Change the password; the first thing to do with a temporary one."""

    form_class = NewPasswordForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Let accounts without a password, such as those of a demonstration, stay without."""
        user = request.user
        if user.is_authenticated and not user.has_usable_password():
            messages.info(
                request, _("This account is opened by sign-in links; it has no password.")
            )
            return redirect("account_home")
        return cast(HttpResponse, super().dispatch(request, *args, **kwargs))


class SecondFactorForm(ActivateTOTPForm):  # type: ignore[misc]  # allauth has no types here
    """The first code that the new authenticator shows."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, code=_("The six digits it shows now"))
        self.fields["code"].widget.attrs |= {"inputmode": "numeric"}

    @property
    def secret_groups(self) -> list[str]:
        """Return the key in groups of four, for typing it by hand."""
        return [self.secret[start : start + 4] for start in range(0, len(self.secret), 4)]


class SetSecondFactor(ActivateTOTPView):  # type: ignore[misc]  # allauth has no types here
    """Set up the second factor; without it nobody who holds a role gets any further."""

    form_class = SecondFactorForm

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Keep the factor; the code just typed proves it for this session."""
        response = cast(HttpResponse, super().form_valid(form))
        request = cast(Request, self.request)
        record_authentication(request, request.user, "mfa", type="totp", reauthenticated=True)
        people.record_second_factor(account_id=_own(request), is_set=True, at=request.now)
        return response


class ReplaceSecondFactor(DeactivateTOTPView):  # type: ignore[misc]  # allauth has no types here
    """Take the second factor away to set up another, for a new phone."""

    def form_valid(self, form: forms.Form) -> HttpResponse:
        """Take it away; this session then has to pass a new one like any other."""
        super().form_valid(form)
        request = cast(Request, self.request)
        forget_second_factor(request)
        people.record_second_factor(account_id=_own(request), is_set=False, at=request.now)
        return redirect("mfa_activate_totp")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_link(request: Request, token: str) -> HttpResponse:
    """Sign the bearer of a link in, once. Opening it only asks: WeChat opens links by itself."""
    if request.method != "POST":
        return render(request, "account/link.html", {"token": token})
    link = people.use_sign_in_link(token=token, at=request.now)
    open_session(request, link.account, backend=_BACKEND)
    record_authentication(request, link.account, LINK)
    people.record_signed_in(account_id=link.account.pk, by="LINK", at=request.now)
    paths = {face.code: face.path for face in FACES} | {"home": reverse("home_of_account")}
    response = redirect(paths.get(link.face, "/"))
    remember_language(response, link.account.language)
    return response


@require_GET
@signed_in
def home_of_account(request: Request) -> HttpResponse:
    """Send everybody to where they work."""
    return redirect(home_path(actor=request.actor))


# --- One's own account ----------------------------------------------------------------------


class PreferencesForm(forms.Form):
    """Language and type size."""

    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("zh-hans", "中文"), ("en", "English")],
        widget=forms.RadioSelect,
    )
    large_type = forms.BooleanField(label=_("Large type on every device"), required=False)


class PhoneForm(forms.Form):
    """One's own phone number."""

    phone = forms.CharField(
        label=_("Phone"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
        help_text=_("Seen by whoever holds the role above, with its middle hidden."),
    )


class LeaveForm(forms.Form):
    """Who stands in, and from when to when."""

    stand_in = forms.TypedChoiceField(label=_("Who stands in"), coerce=int)
    from_date = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until_date = forms.DateField(
        label=_("Last day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    note = forms.CharField(
        label=_("What they should know"),
        required=False,
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, candidates: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("Please choose")), *((one.pk, one.name) for one in candidates)]
        cast(forms.ChoiceField, self.fields["stand_in"]).choices = choices


def refuse(form: forms.Form, refused: Refused) -> None:
    """Show a refusal beside its field, or above the form; nothing typed is lost.

    What is not this person's at all is an answer of its own, for the form is not theirs either.
    """
    if isinstance(refused, NotEntitled) and refused.field not in form.fields:
        raise refused
    for one in getattr(refused, "faults", [refused]):
        form.add_error(one.field if one.field in form.fields else None, str(one))


@require_GET
@never_cache
@signed_in
def account_home(request: Request) -> HttpResponse:
    """Show one's own account: roles, preferences, password, second factor, leave."""
    account = queries.get_account(actor=request.actor, account_id=_own(request))
    codes = Authenticator.objects.filter(
        user=account, type=Authenticator.Type.RECOVERY_CODES
    ).first()
    facts = {
        "account": account,
        "phone": queries.phone_of(account=account),
        "roles": [
            row
            for row in queries.roles_of(account_id=account.pk, actor=request.actor, at=request.now)
            if not row.is_over
        ],
        "handovers": queries.handovers_of(account_id=account.pk, at=request.now),
        "has_totp": has_totp(account),
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "preferences": PreferencesForm(
            initial={
                "language": account.language or request.LANGUAGE_CODE,
                "large_type": account.large_type,
            }
        ),
        "phone_form": PhoneForm(),
    }
    return render(request, "account/home.html", facts)


@require_POST
@signed_in
def set_preferences(request: Request) -> HttpResponse:
    """Keep language and type size, here and on every other device."""
    form = PreferencesForm(request.POST)
    response = redirect("account_home")
    if form.is_valid():
        wanted = form.cleaned_data
        people.set_preferences(
            actor=request.actor,
            at=request.now,
            language=wanted["language"],
            large_type=wanted["large_type"],
        )
        remember_language(response, wanted["language"])
        response.set_cookie(
            LARGE_TYPE_COOKIE,
            "1" if wanted["large_type"] else "0",
            max_age=_YEAR_SECONDS,
            samesite="Lax",
            secure=settings.SESSION_COOKIE_SECURE,
        )
        messages.success(request, _("Your preferences were kept."))
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def set_phone(request: Request) -> HttpResponse:
    """Change one's own phone number."""
    form = PhoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        account = queries.get_account(actor=request.actor, account_id=_own(request))
        try:
            people.edit_account(
                account_id=account.pk,
                name=account.name,
                phone=form.cleaned_data["phone"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("Your phone number was kept."))
            return redirect("account_home")
    return render(request, "account/phone.html", {"form": form}, status=status_of(form))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def my_leave(request: Request) -> HttpResponse:
    """Go on leave: everything goes to a stand-in in one step."""
    account_id = _own(request)
    candidates = queries.stand_in_candidates(account_id=account_id, at=request.now)
    today = queries.local_day(at=request.now)
    form = LeaveForm(
        request.POST or None,
        candidates=candidates,
        initial={"from_date": today, "until_date": today},
    )
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data
        try:
            people.hand_over(
                absent_id=account_id,
                stand_in_id=wanted["stand_in"],
                from_date=wanted["from_date"],
                until_date=wanted["until_date"],
                note=wanted["note"],
                actor=request.actor,
                at=request.now,
            )
        except Refused as refused:
            refuse(form, refused)
        else:
            messages.success(request, _("Everything is handed over for these days."))
            return redirect("my_leave")
    facts = {
        "form": form,
        "candidates": candidates,
        "handovers": queries.handovers_of(account_id=account_id, at=request.now),
        "own_id": account_id,
    }
    return render(request, "account/leave.html", facts, status=status_of(form))


@require_POST
@signed_in
def end_my_leave(request: Request, handover_id: int) -> HttpResponse:
    """Be back: from now on everything is one's own again."""
    queries.get_handover(actor=request.actor, handover_id=handover_id, at=request.now)
    people.end_handover(handover_id=handover_id, actor=request.actor, at=request.now)
    messages.success(request, _("Everything is yours again."))
    return redirect("my_leave")


def _own(request: Request) -> int:
    account_id = request.actor.account_id
    assert account_id is not None, "the page is for people with an account"
    return account_id


def status_of(form: forms.Form) -> int:
    """Return 422 for a form that was sent with faults."""
    return 422 if form.is_bound and form.errors else 200


def _to_account(_request: HttpRequest) -> HttpResponse:
    return redirect(reverse("account_home") + "#second-factor")


urlpatterns = [
    path("account/", account_home, name="account_home"),
    path("account/home/", home_of_account, name="home_of_account"),
    path("account/preferences/", set_preferences, name="set_preferences"),
    path("account/phone/", set_phone, name="set_phone"),
    path("account/leave/", my_leave, name="my_leave"),
    path("account/leave/<int:handover_id>/end/", end_my_leave, name="end_my_leave"),
    path("account/link/<str:token>/", sign_in_link, name="sign_in_link"),
    path("account/sign-in/", LoginView.as_view(form_class=SignInForm), name="account_login"),
    path("account/sign-out/", SignOut.as_view(), name="account_logout"),
    path("account/closed/", AccountInactiveView.as_view(), name="account_inactive"),
    path("account/password/", NewPassword.as_view(), name="account_change_password"),
    path(
        "account/confirm/",
        ReauthenticateView.as_view(form_class=PasswordAgain),
        name="account_reauthenticate",
    ),
    path("account/second-factor/", _to_account, name="mfa_index"),
    path(
        "account/second-factor/code/",
        AuthenticateView.as_view(form_class=CodeForm),
        name="mfa_authenticate",
    ),
    path("account/second-factor/trust/", TrustView.as_view(), name="mfa_trust"),
    path(
        "account/second-factor/confirm/",
        CodeAgainView.as_view(form_class=CodeAgain),
        name="mfa_reauthenticate",
    ),
    path("account/second-factor/set-up/", SetSecondFactor.as_view(), name="mfa_activate_totp"),
    path(
        "account/second-factor/replace/",
        ReplaceSecondFactor.as_view(),
        name="mfa_deactivate_totp",
    ),
    path(
        "account/second-factor/recovery-codes/",
        ViewRecoveryCodesView.as_view(),
        name="mfa_view_recovery_codes",
    ),
    path(
        "account/second-factor/recovery-codes/new/",
        GenerateRecoveryCodesView.as_view(),
        name="mfa_generate_recovery_codes",
    ),
]
