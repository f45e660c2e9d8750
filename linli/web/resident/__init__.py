"""The residents' face: report without an account, follow what was said, look at the board."""

from django.urls import path

from linli.web.resident import follow, pages, report, trust

urlpatterns = [
    path("", pages.home, name="home"),
    path("board/", pages.board, name="board"),
    path("privacy/", pages.privacy, name="privacy"),
    path("trust/", trust.page, name="trust"),
    path("trust/linli.crt", trust.certificate, name="trust_certificate"),
    path("q/<str:token>/", report.from_poster, name="poster"),
    path("report/", report.report, name="report"),
    path("report/places/", report.suggest_places, name="report_places"),
    path("report/hints/", report.hint, name="report_hints"),
    path("report/map/", report.show_map, name="report_map"),
    path("m/", follow.find, name="find"),
    path("m/<str:code>/", follow.show, name="follow"),
    path("m/<str:code>/done/", follow.done, name="report_done"),
    path("m/<str:code>/nudge/", follow.nudge, name="follow_nudge"),
    path("m/<str:code>/rate/", follow.rate, name="follow_rate"),
    path("m/<str:code>/withdraw/", follow.withdraw, name="follow_withdraw"),
    path("m/<str:code>/erase/", follow.erase, name="follow_erase"),
    path("m/<str:code>/photos/<uuid:token>/", follow.photo, name="follow_photo"),
]
