"""Addresses under /visits/, /field/visits/ and /who-visits/."""

from django.urls import path

from linli.web.visits import campaigns, field, form_pages, hands, households, public, soon

urlpatterns = [
    path("visits/", campaigns.list_page, name="campaigns"),
    path("visits/new/", campaigns.create, name="create_campaign"),
    path("visits/forms/", form_pages.list_page, name="visit_forms"),
    path("visits/forms/sample.xlsx", form_pages.sample, name="visit_form_sample"),
    path("visits/of/<int:household_id>/", households.page, name="household_visits"),
    path("visits/of/<int:household_id>/end/", households.end, name="end_household_visits"),
    path("visits/of/<int:household_id>/soon/", households.call_soon, name="call_household_soon"),
    path("visits/soon/", soon.page, name="call_soon"),
    path("visits/hands/", hands.list_page, name="visit_hands"),
    path("visits/hands/<int:account_id>/", hands.page, name="hand_over_visits"),
    path("visits/<int:campaign_id>/", campaigns.page, name="campaign"),
    path("visits/<int:campaign_id>/edit/", campaigns.edit, name="edit_campaign"),
    path("visits/<int:campaign_id>/households/", campaigns.households, name="campaign_households"),
    path(
        "visits/<int:campaign_id>/households/export/",
        campaigns.export_households,
        name="export_campaign",
    ),
    path(
        "visits/<int:campaign_id>/<slug:campaign_step>/", campaigns.take_step, name="campaign_step"
    ),
    path("field/visits/", field.today, name="field_visits"),
    path("field/visits/<int:visit_id>/", field.page, name="field_visit"),
    path("field/visits/<int:visit_id>/correct/", field.correct, name="correct_visited"),
    path("field/visits/<int:visit_id>/finding/", field.report_finding, name="visit_finding"),
    path("who-visits/", public.who_visits, name="who_visits"),
]
