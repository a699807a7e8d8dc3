"""What letters say, and that nothing which other people wrote is more than text in them."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

from extension.notify.letters import Attention, Letter, Loss, Module, Report, loss, one_line, report

SITE = "https://sync.example.com/c/1"
FACTS = Report(
    connection="Harbour Ltd",
    what="Synchronisation",
    ended="is done",
    well=True,
    asked_by="the schedule",
    when="Monday, 4 May 2026, 09:00",
    heading="What was done",
    nothing="There was nothing to do.",
    modules=[
        Module("Accounts", [("created in Xero", 1_200), ("updated in Zoho CRM", 3)]),
        Module("Invoices", [("created in Xero", 2)]),
    ],
    problem="",
    hint="",
    waiting=4,
    attention=[Attention("Changed on both sides", 3, f"{SITE}/attention?reason=conflict")],
    attention_link=f"{SITE}/attention",
    link=f"{SITE}/tasks/7",
)
EVIL = '<img src="https://evil.example/x.png">\r\nBcc: eve@example.com'


class Tags(HTMLParser):
    """Which tags a page has, and where its links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.tags, self.links = set[str](), list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "background", "action")]

    @classmethod
    def of(cls, letter: Letter) -> Tags:
        found = cls()
        found.feed(letter.html)
        return found


def test_a_report_tells_the_counts_and_what_needs_attention_with_links() -> None:
    letter = report(FACTS)
    assert letter.subject == "Harbour Ltd: Synchronisation is done, 4 need attention"
    for text in (letter.text, re.sub(r"<[^>]+>", " ", letter.html)):
        for word in (
            "Accounts",
            "created in Xero",
            "1,200",
            "updated in Zoho CRM",
            "Changed on both sides",
            "schedule",
        ):
            assert word in text
    assert f"{SITE}/attention?reason=conflict" in letter.text
    assert Tags.of(letter).links == [f"{SITE}/attention?reason=conflict", f"{SITE}/attention", f"{SITE}/tasks/7"]


def test_a_report_of_nothing_says_so() -> None:
    letter = report(replace(FACTS, modules=[], waiting=0, attention=[]))
    assert letter.subject == "Harbour Ltd: Synchronisation is done"
    assert "nothing to do" in letter.text
    assert "attention" not in letter.text


def test_a_problem_is_told_with_what_to_do() -> None:
    wrong = replace(FACTS, ended="failed", well=False, modules=[], problem="Xero is away.", hint="Try again later.")
    letter = report(wrong)
    for body in (letter.text, letter.html):
        assert "Xero is away. Try again later." in body
        assert "nothing to do" not in body


def test_a_loss_says_which_service_and_leads_back() -> None:
    letter = loss(Loss("Harbour Ltd", "Xero", "Somebody disconnected this app in Xero.", f"{SITE}/set-up"))
    assert letter.subject == "Harbour Ltd: the connection to Xero was lost"
    assert f"{SITE}/set-up" in letter.text
    assert Tags.of(letter).links == [f"{SITE}/set-up"]


def test_what_others_wrote_stays_text() -> None:
    evil = replace(FACTS, connection=EVIL, asked_by=EVIL, problem=EVIL, hint=EVIL, modules=[Module(EVIL, [(EVIL, 1)])])
    for letter in (report(evil), loss(Loss(EVIL, "Xero", EVIL, SITE))):
        assert "\n" not in letter.subject
        assert "\r" not in letter.subject
        assert not {"img", "script", "link", "iframe"} & Tags.of(letter).tags
        assert all(link.startswith(SITE) for link in Tags.of(letter).links)


def test_a_letter_loads_nothing() -> None:
    letter = report(FACTS)
    assert not re.search(r"url\(|@import|src=", letter.html)


def test_a_subject_is_one_line_of_reasonable_length() -> None:
    assert one_line(" a\r\nb\x00\tc ") == "a b c"
    assert len(one_line("x" * 500)) == 150
    assert one_line("x" * 500).endswith("…")
