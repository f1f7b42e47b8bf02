"""Ten thousand connections are a small page: what went alike is drawn once."""

import re

from harness.report.html import Recorded, render
from harness.report.ladder_choice import courses

MEMBERS = 10_000


def test_ten_thousand_connections_are_drawn_by_course(pictures, make_run):
    run = pictures["no answer"](members=MEMBERS)
    evidence = run.evidence()
    assert sum(len(flow.packets) for flow in evidence.flows["client"].flows) == 3 * MEMBERS
    assert [course.count for course in courses(evidence)] == [MEMBERS]
    text = render([Recorded(make_run(), evidence)])
    assert len(text.encode()) < 300_000
    assert text.count('<figure class="ladder">') == 1
    assert f"visitor[0] of {MEMBERS}, all of them alike" in text
    assert f"{3 * MEMBERS} SYNs came" in text


def test_when_every_connection_went_its_own_way_a_few_are_drawn_and_the_rest_counted(talk, make_run):
    run = talk(members=40)
    for index in range(40):
        run.connect(index, index * 0.01, index * 0.01 + 5, "ETIMEDOUT")
        for number in range(index + 1):
            run.send(">", "SYN", index * 0.01 + number * 0.1, index, seq=7)
    text = render([Recorded(make_run(), run.evidence())])
    assert text.count('<figure class="ladder">') == 8
    assert re.search(r"32 more courses, of 32 connections, are not drawn", text)
