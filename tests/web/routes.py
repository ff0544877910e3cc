"""Who may open what: one line for every address of the application. `test_permissions.py` walks them all.

To add an address, add its line: `"name of the URL": Route(the ability it needs)`. Then, where they apply:

- `args`: an example of each argument of the path, `{"kpi": "revenue"}`; where the argument is the id of a team or a
  rep, the constant TEAM or REP instead of an example: the walk puts in the person's own, another's and one of nobody;
- `scoped=True`: the page reads `?scope=` (every `@page` does);
- `ids`: names of further parameters of its query, or of its form, that name a scope or any id;
- `query`: what its query must hold to make sense;
- `posts=True`: it takes a form, and no link leads there;
- `may_be_absent=True`: who may open it finds nothing there unless they, or the company, have set something up.

What is said here is what is expected, not what the view says: a view that asks for less than its line fails.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from cadran.access import Ability
from cadran.web.people.gate import ANYONE, SIGNED_IN

CLOSED = "closed"  # to everybody: the part of somebody else's application that we do not use
TEAM, REP = "<team>", "<rep>"


@dataclass(frozen=True)
class Route:
    needs: Ability | str
    args: Mapping[str, str] = field(default_factory=dict)
    scoped: bool = False
    ids: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)
    may_be_absent: bool = False
    posts: bool = False

    def address(self, name: str, **args: str) -> str:
        return reverse(name, kwargs={**self.args, **args}) if not name.startswith("/") else name


ROUTES: dict[str, Route] = {
    # Measure
    "dashboard": Route(Ability.MEASURE, scoped=True, ids=("open", "show")),
    "dashboard_reps": Route(Ability.MEASURE, {"team": TEAM}, scoped=True),
    "search": Route(Ability.MEASURE, scoped=True, ids=("q",)),
    "kpis": Route(Ability.MEASURE, scoped=True),
    "kpi": Route(Ability.MEASURE, {"kpi": "revenue"}, scoped=True),
    "kpi_rows": Route(Ability.MEASURE, {"kpi": "revenue"}, scoped=True, ids=("of", "value")),
    "kpi_export": Route(Ability.MEASURE, {"kpi": "revenue", "kind": "csv"}, scoped=True, ids=("of", "value")),
    "kpi_definition": Route(Ability.MEASURE, {"kpi": "revenue"}, scoped=True),
    "kpi_formula": Route(Ability.MEASURE, {"kpi": "revenue"}, scoped=True),
    "kpi_notes": Route(Ability.MEASURE, {"kpi": "revenue"}, scoped=True, posts=True),
    "kpi_note_remove": Route(Ability.MEASURE, {"kpi": "revenue", "number": "1"}, scoped=True, posts=True),
    # Follow
    "team": Route(Ability.MEASURE, scoped=True),
    "rep": Route(Ability.MEASURE, {"key": REP}, scoped=True),
    "objectives": Route(Ability.MEASURE, scoped=True),
    "objectives_write": Route(Ability.MEASURE, scoped=True),
    "objectives_save": Route(Ability.PLAN, scoped=True, posts=True),
    "objectives_share": Route(Ability.PLAN, scoped=True, posts=True),
    "objectives_paste": Route(Ability.PLAN, scoped=True, posts=True),
    "objectives_read": Route(Ability.PLAN, scoped=True, posts=True),
    "objectives_undo": Route(Ability.PLAN, {"number": "1"}, scoped=True, posts=True),
    # Data
    "data": Route(Ability.FEED),
    "health": Route(Ability.FEED),
    "import": Route(Ability.FEED, {"number": "1"}),
    "undoing": Route(Ability.FEED, {"number": "1"}),
    "undo": Route(Ability.FEED, {"number": "1"}, posts=True),
    "upload": Route(Ability.FEED, posts=True),
    "job": Route(Ability.FEED, {"token": "none"}, may_be_absent=True),
    "look": Route(Ability.FEED, {"token": "none"}, posts=True, may_be_absent=True),
    "load": Route(Ability.FEED, {"token": "none"}, posts=True, may_be_absent=True),
    "columns": Route(Ability.FEED, {"token": "none"}, may_be_absent=True),
    "cancel": Route(Ability.FEED, {"token": "none"}, posts=True, may_be_absent=True),
    "choose": Route(Ability.FEED, posts=True),
    "quarantine": Route(Ability.FEED),
    "correct": Route(Ability.FEED, posts=True),
    "quarantine_export": Route(Ability.FEED),
    "quarantine_replay": Route(Ability.FEED, posts=True),
    # Catalogue
    "catalogue": Route(Ability.MEASURE, scoped=True, ids=("q",)),
    "definition": Route(Ability.MEASURE, {"kpi_id": "revenue"}, scoped=True),
    "definition_new": Route(Ability.DEFINE, scoped=True),
    "definition_preview": Route(Ability.DEFINE),
    "definition_names": Route(Ability.DEFINE, scoped=True, ids=("of", "kind")),
    "definition_edit": Route(Ability.DEFINE, {"kpi_id": "largest_line"}, scoped=True),
    "definition_delete": Route(Ability.DEFINE, {"kpi_id": "largest_line"}, scoped=True),
    # Settings
    "settings": Route(Ability.ADMINISTER),
    "people": Route(Ability.ADMINISTER),
    "person": Route(Ability.ADMINISTER, query={"email": "direction@valmarin.example"}),
    "person_role": Route(Ability.ADMINISTER),
    "person_link": Route(Ability.ADMINISTER),
    "person_second_factor": Route(Ability.ADMINISTER),
    "person_remove": Route(Ability.ADMINISTER),
    "keys": Route(Ability.ADMINISTER),
    "key_revoke": Route(Ability.ADMINISTER, {"number": "1"}),
    "audit": Route(Ability.ADMINISTER),
    "audit_csv": Route(Ability.ADMINISTER),
    # The API: open to a key, whoever has signed in (tests/web/test_api.py); its description to anyone
    "api:ask": Route(ANYONE, query={"kpis": "revenue"}),
    "api:openapi-json": Route(ANYONE),
    "api:api-root": Route(CLOSED),
    # One's own account
    "welcome": Route(ANYONE, {"number": "MQ", "token": "a-b"}),
    "demo_sign_in": Route(ANYONE),
    "preferences": Route(SIGNED_IN),
    "account_login": Route(ANYONE),
    "account_logout": Route(ANYONE),
    "account_reauthenticate": Route(SIGNED_IN),
    "account_change_password": Route(SIGNED_IN),
    "mfa_index": Route(SIGNED_IN),
    "mfa_authenticate": Route(ANYONE),
    "mfa_reauthenticate": Route(SIGNED_IN),
    "mfa_activate_totp": Route(SIGNED_IN),
    "mfa_deactivate_totp": Route(SIGNED_IN, may_be_absent=True),
    "mfa_view_recovery_codes": Route(SIGNED_IN, may_be_absent=True),
    "mfa_generate_recovery_codes": Route(SIGNED_IN),
    "mfa_download_recovery_codes": Route(SIGNED_IN, may_be_absent=True),
    "openid_connect_login": Route(ANYONE, {"provider_id": "openid"}, may_be_absent=True),
    "openid_connect_callback": Route(ANYONE, {"provider_id": "openid"}, may_be_absent=True),
    "socialaccount_login_cancelled": Route(ANYONE),
    "socialaccount_login_error": Route(ANYONE),
    # What django-allauth has and we do not use
    "account_inactive": Route(CLOSED),
    "account_signup": Route(CLOSED),
    "account_request_reauthentication_code": Route(CLOSED),
    "account_confirm_reauthentication_code": Route(CLOSED),
    "account_email": Route(CLOSED),
    "account_email_verification_sent": Route(CLOSED),
    "account_set_password": Route(CLOSED),
    "account_reset_password": Route(CLOSED),
    "account_confirm_login_code": Route(CLOSED),
    "account_confirm_email": Route(CLOSED, {"key": "k"}),
    "account_reset_password_from_key_done": Route(CLOSED),
    "account_reset_password_from_key": Route(CLOSED, {"uidb36": "1", "key": "k"}),
    "account_reset_password_done": Route(CLOSED),
    "socialaccount_signup": Route(CLOSED),
    "socialaccount_connections": Route(CLOSED),
    "/account/social/login/cancelled/": Route(CLOSED),
    "/account/social/login/error/": Route(CLOSED),
    "/account/social/signup/": Route(CLOSED),
    "/account/social/connections/": Route(CLOSED),
}


def in_application() -> set[str]:
    """The names of all addresses that the application knows; for one without a name, the address itself."""
    return set(_walked(get_resolver().url_patterns, "/", ""))


def _walked(patterns: list[URLPattern | URLResolver], before: str, space: str) -> Iterator[str]:
    for each in patterns:
        here = before + str(each.pattern)
        if isinstance(each, URLPattern):
            yield space + each.name if each.name else here
        else:
            yield from _walked(each.url_patterns, here, f"{space}{each.namespace}:" if each.namespace else space)
