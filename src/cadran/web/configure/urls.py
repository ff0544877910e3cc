from __future__ import annotations

from django.urls import path

from cadran.web.configure import journal, keys, people, settings

urlpatterns = [
    path("", settings.settings, name="settings"),
    path("people/", people.people, name="people"),
    path("people/person/", people.person, name="person"),
    path("people/role/", people.role, name="person_role"),
    path("people/link/", people.link, name="person_link"),
    path("people/second-factor/", people.second_factor, name="person_second_factor"),
    path("people/remove/", people.remove, name="person_remove"),
    path("keys/", keys.keys, name="keys"),
    path("keys/<int:number>/revoke/", keys.revoke, name="key_revoke"),
    path("audit/", journal.journal, name="audit"),
    path("audit/csv/", journal.csv, name="audit_csv"),
]
