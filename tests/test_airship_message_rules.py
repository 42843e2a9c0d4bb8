"""Rules about one message: each mistake is told at its place. "~" is variant A's push, "…" its notification."""

import pytest

from tests.airship_documents import EMAIL, MMS, codes, saying, valid, with_push

LONG = "x" * 5000
TWO = valid()["variants"]
MISTAKES = [
    # a variant's push
    (valid(variants=[{}, TWO[1]]), "…/alert", "message_missing"),
    (with_push({}), "…/alert", "message_missing"),
    (with_push(5), "~", "not_object"),
    (with_push({"notification": {}}), "…/alert", "message_missing"),
    (
        with_push({"notification": {}, "in_app": {"alert": "x", "display_type": "banner"}}),
        "…",
        "notification_empty",
    ),
    (with_push({"notification": {"alert": " "}}), "…/alert", "text_empty"),
    (saying({"ios": {"alert": ""}}), "…/ios/alert", "text_empty"),
    (
        with_push({"notification": {"alert": "x"}, "audience": "all"}),
        "~/audience",
        "push_key_forbidden",
    ),
    (
        with_push({"notification": {"alert": "x"}, "device_types": ["ios"]}),
        "~/device_types",
        "push_key_forbidden",
    ),
    (with_push({"notification": {"alert": "x"}, "message": {}}), "~/message", "message_center"),
    (with_push({"notification": {"alert": "x"}, "campaigns": {}}), "~/campaigns", "unknown_key"),
    (saying({"alrt": "x"}), "…/alrt", "unknown_key"),
    (saying({"wns": {"alert": "x"}}), "…/wns", "unknown_key"),
    (
        saying({"open::kiosk": {"alrt": 1}}, "ios", "open::kiosk"),
        "…/open::kiosk/alrt",
        "unknown_key",
    ),
    # a payload for every platform
    (
        with_push({"notification": {"ios": {"alert": "x"}}}),
        "…/android/alert",
        "payload_missing",
    ),
    (
        with_push({"notification": {"alert": "x"}}, "email"),
        "…/email",
        "payload_missing",
    ),
    (with_push({"notification": {"alert": "x"}}, "mms"), "…/mms", "payload_missing"),
    (
        with_push({"in_app": {"alert": "x", "display_type": "banner"}}, "ios", "web"),
        "…/web/alert",
        "payload_missing",
    ),
    (
        with_push({"notification": {"ios": {"title": "x"}}}, "ios"),
        "…/ios/alert",
        "part_without_text",
    ),
    (saying({"web": {"title": "x"}}), "…/web", "part_unused"),
    (saying({"sms": {"alert": "x"}, "mms": MMS}, "sms"), "…/mms", "sms_and_mms"),
    # sizes
    (saying({"android": {"alert": LONG}}), "…/android", "too_many_bytes"),
    (with_push({"notification": {"alert": LONG}}, "ios"), "…/ios", "too_many_bytes"),
    (
        with_push({"notification": {"alert": "👩🏽‍🚀" * 300}}, "ios"),
        "…/ios",
        "too_many_bytes",
    ),
    (with_push({"notification": {"alert": LONG}}, "web"), "…/web", "too_many_bytes"),
    # options
    *(
        (
            with_push({"notification": {"alert": "x"}, "options": {key: True}}),
            f"~/options/{key}",
            "dangerous_option",
        )
        for key in (
            "bypass_frequency_limits",
            "bypass_ban_list_processing",
            "bypass_holdout_groups",
            "no_throttle",
            "omit_from_activity_log",
        )
    ),
    (
        with_push({"notification": {"alert": "x"}, "options": {"redact_payload": True}}),
        "~/options/redact_payload",
        "option_not_for_tests",
    ),
    (
        with_push({"notification": {"alert": "x"}, "options": {"expiry": -5}}),
        "~/options/expiry",
        "expiry",
    ),
    (
        with_push({"notification": {"alert": "x"}, "options": {"expiry": "soon"}}),
        "~/options/expiry",
        "expiry",
    ),
    (
        with_push({"notification": {"alert": "x"}, "options": {"test": True}}),
        "~/options/test",
        "unknown_key",
    ),
    # links and texts
    *(
        (
            saying({"actions": {"open": {"type": kind, "content": link}}}),
            "…/actions/open/content",
            "unsafe_link",
        )
        for kind in ("deep_link", "url")
        for link in (
            "javascript:alert(1)",
            " JaVa\tScript:alert(1)",
            "file:///etc/passwd",
            "data:text/html,x",
            "\u200bvbscript:x",
        )
    ),
    (
        saying({"web": {"icon": {"url": "javascript:x"}}}, "web"),
        "…/web/icon/url",
        "unsafe_link",
    ),
    (
        saying({"actions": {"open": {"type": "deep_link", "content": "app://x", "fallback_url": "ftp:x"}}}),
        "…/actions/open/fallback_url",
        "fallback_url",
    ),
    (
        with_push({"notification": {"alert": "Hi {{first_name}}"}}),
        "…/alert",
        "personalisation_off",
    ),
    (
        saying({"android": {"style": {"type": "inbox", "lines": ["{{x}}"]}}}),
        "…/android/style/lines/0",
        "personalisation_off",
    ),
    (
        with_push({"notification": {"alert": "Hi {{first_name}}"}, "options": {"personalization": True}}),
        "…/alert",
        "fallback_missing",
    ),
    (saying({"actions": {"app_defined": {"^d": "javascript:x"}}}), "…/actions/app_defined/^d", "unsafe_link"),
    # actions and buttons
    (saying({"actions": {}}), "…/actions", "actions_empty"),
    (saying({"actions": None}), "…/actions", "null"),
    (saying({"actions": {"opn": 1}}), "…/actions/opn", "unknown_key"),
    (saying({"actions": {"open": {"content": "x"}}}), "…/actions/open", "open_type"),
    (
        saying({"actions": {"open": {"type": "url"}}}),
        "…/actions/open/content",
        "missing",
    ),
    (
        saying({"actions": {"open": {"type": "deep_link", "content": " "}}}),
        "…/actions/open/content",
        "link_empty",
    ),
    (
        saying({"actions": {"open": {"type": "landing_page", "content": {"body": "x"}}}}),
        "…/actions/open/content/content_type",
        "landing_page",
    ),
    (
        saying({"actions": {"open": {"type": "landing_page", "content": {}}}}),
        "…/actions/open/content",
        "landing_page",
    ),
    (
        saying({"actions": {"add_tag": ["a"], "remove_tag": "a"}}),
        "…/actions/remove_tag",
        "tag_added_and_removed",
    ),
    (saying({"actions": {"add_tag": ["t"] * 101}}), "…/actions/add_tag", "too_many"),
    (saying({"actions": {"add_tag": [""]}}), "…/actions/add_tag", "not_texts"),
    (saying({"actions": {"share": ""}}), "…/actions/share", "empty"),
    (
        saying({"actions": {"attributes": [{"action": "set", "type": "channel", "name": "a"}]}}),
        "…/actions/attributes/0/value",
        "action_field_missing",
    ),
    (
        saying({"actions": {"tags": [{"type": "contact", "action": "add", "tags": ["a"]}]}}),
        "…/actions/tags/0/group",
        "action_field_missing",
    ),
    (
        saying({"interactive": {"type": "ua_nope"}}),
        "…/interactive/type",
        "buttons_unknown",
    ),
    (saying({"interactive": {}}), "…/interactive/type", "missing"),
    (
        saying({"interactive": {"type": "ua_yes_no_foreground", "button_actions": {"maybe": {"add_tag": ["x"]}}}}),
        "…/interactive/button_actions/maybe",
        "button_unknown",
    ),
    (
        saying({"interactive": {"type": "mine", "button_actions": {"maybe": {}}}}),
        "…/interactive/button_actions/maybe",
        "actions_empty",
    ),
    # iOS
    (saying({"ios": {"badge": "++"}}), "…/ios/badge", "badge"),
    (saying({"ios": {"alert": {"body": 5}}}), "…/ios/alert/body", "not_text"),
    (saying({"ios": {"priority": 7}}), "…/ios/priority", "not_allowed"),
    (saying({"ios": {"collapse_id": "é" * 33}}), "…/ios/collapse_id", "too_long"),
    (saying({"ios": {"extra": {"aps": {}}}}), "…/ios/extra/aps", "reserved_key"),
    (
        saying({"ios": {"relevance_score": 1.2}}),
        "…/ios/relevance_score",
        "relevance_score",
    ),
    (
        with_push({"notification": {"ios": {"priority": 10, "content_available": True}}}, "ios"),
        "…/ios/priority",
        "ios_priority",
    ),
    (
        with_push(
            {
                "notification": {"alert": "x", "ios": {"content_available": False}},
                "in_app": {"alert": "x", "display_type": "banner"},
            }
        ),
        "…/ios/content_available",
        "content_available",
    ),
    # Android, Fire OS, web
    (saying({"android": {"extra": {"k": 1}}}), "…/android/extra/k", "not_text"),
    (
        saying({"android": {"extra": {"gcm_x": "1"}}}),
        "…/android/extra/gcm_x",
        "reserved_key",
    ),
    (saying({"android": {"priority": 3}}), "…/android/priority", "out_of_range"),
    (saying({"android": {"icon_color": "red"}}), "…/android/icon_color", "colour"),
    (saying({"android": {"category": "news"}}), "…/android/category", "not_allowed"),
    (
        saying({"android": {"style": {"type": "big_text"}}}),
        "…/android/style/big_text",
        "style_field_missing",
    ),
    (
        saying({"amazon": {"expires_after": 59}}, "amazon"),
        "…/amazon/expires_after",
        "out_of_range",
    ),
    (saying({"web": {"icon": "x"}}, "web"), "…/web/icon", "not_object"),
    (
        saying({"web": {"time_to_live": 2419201}}, "web"),
        "…/web/time_to_live",
        "out_of_range",
    ),
    # templates
    (saying({"android": {"template": {}}}), "…/android/template", "template_one_of"),
    (
        saying({"android": {"template": {"template_id": "t", "fields": {"alert": "x"}}}}),
        "…/android/template",
        "template_one_of",
    ),
    (
        saying({"android": {"template": {"template_id": "t"}, "alert": "x"}}),
        "…/android/template",
        "template_and_text",
    ),
    # email, SMS, MMS, in-app
    *(
        (
            saying({"email": {key: value for key, value in EMAIL.items() if key != left_out}}, "email"),
            f"…/email/{left_out}",
            "email_field_missing",
        )
        for left_out in EMAIL
    ),
    (
        saying({"email": EMAIL | {"subject": " "}}, "email"),
        "…/email/subject",
        "email_field_missing",
    ),
    (
        saying({"email": EMAIL | {"message_type": "spam"}}, "email"),
        "…/email/message_type",
        "not_allowed",
    ),
    (
        saying({"email": EMAIL | {"plaintext_body": "Run."}}, "email"),
        "…/email/plaintext_body",
        "unsubscribe_missing",
    ),
    (
        saying({"email": EMAIL | {"html_body": "unsubscribe" + "é" * 51_300}}, "email"),
        "…/email/html_body",
        "email_too_large",
    ),
    (
        saying({"email": EMAIL | {"bypass_opt_in_level": True}}, "email"),
        "…/email/message_type",
        "opt_in_bypass",
    ),
    (
        saying({"email": EMAIL | {"bypass_opt_in_level": True, "message_type": "transactional"}}, "email"),
        "…/email/bypass_opt_in_level",
        "dangerous_option",
    ),
    (saying({"sms": {"alert": "x" * 1601}}, "sms"), "…/sms/alert", "too_long"),
    (
        saying({"sms": {"alert": "x", "expiry": 172801}}, "sms"),
        "…/sms/expiry",
        "out_of_range",
    ),
    (
        saying({"mms": {"slides": MMS["slides"]}}, "mms"),
        "…/mms/fallback_text",
        "mms_field_missing",
    ),
    (saying({"mms": MMS | {"slides": []}}, "mms"), "…/mms/slides", "mms_field_missing"),
    (
        saying(
            {"mms": MMS | {"slides": [{"media": {"url": "https://e.com/a.exe", "content_type": "image/png"}}]}},
            "mms",
        ),
        "…/mms/slides/0/media/url",
        "mms_url",
    ),
    (with_push({"in_app": {"alert": "x"}}), "~/in_app/display_type", "missing"),
    (
        with_push({"in_app": {"alert": "x", "display_type": "modal"}}),
        "~/in_app/display_type",
        "not_allowed",
    ),
]


@pytest.mark.parametrize(("built", "place", "code"), MISTAKES)
def test_each_mistake_is_told_at_its_place(built, place, code):
    pointer = place.replace("…", "~/notification").replace("~", "/variants/0/push")
    assert (pointer, code) in codes(built)
