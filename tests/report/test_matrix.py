from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from markdown_it import MarkdownIt

from harness.report.matrix import render
from harness.report.matrix_markdown import markdown
from harness.report.text import Style
from harness.result import FindingResult, HostFacts, Verdict
from harness.session.cause import Cause, Split, Trial, Word
from harness.session.compare import compare

PLAIN = Style(colours=False)
KERNELS = {"linux-5.10": "5.10.0-46-cloud-amd64", "linux-6.1": "6.1.0-56-cloud-amd64", "linux-7.x": "7.3.4"}


@dataclass
class Matrix:
    comparisons: list = field(default_factory=list)


@pytest.fixture
def comparison(make_run):
    """An experiment on three kernels and on an image that cannot be used."""

    def make(name, values, *, same=False):
        runs = [
            make_run(
                experiment=name, image=image, kernel=kernel, hosts={"client": HostFacts(image, kernel=kernel)},
                findings={"syns": FindingResult(value, "", value, Verdict.PASS, witnesses={"calls": value})},
                folder=f"runs/{name}-{image}",
            )
            for (image, kernel), value in zip(KERNELS.items(), values, strict=True)
        ]  # fmt: skip
        if same:
            runs.append(make_run(experiment=name, image="twin", kernel="7.3.4", hosts=runs[-1].hosts,
                                 findings=runs[-1].findings))  # fmt: skip
        runs.append(make_run("error", experiment=name, image="gvisor", kernel=None, hosts={}, findings={},
                             reason="no runsc here", folder=None))  # fmt: skip
        return compare(runs)[0]

    return make


@pytest.fixture
def matrix(comparison):
    return Matrix([comparison("connect-timeout", (7, 7, 11)), comparison("no-bind", (1, 1, 1))])


def rows(text):
    return [line.split() for line in text.splitlines()]


def test_verdicts_stand_below_the_kernel_really_observed(matrix):
    found = rows(render(matrix, 100, PLAIN))
    assert found[0] == ["linux-5.10", "linux-6.1", "linux-7.x", "gvisor", "differ"]
    assert found[1] == ["kernel", "5.10.0-46", "6.1.0-56", "7.3.4", "–"]
    assert ["connect-timeout", "pass", "pass", "pass", "error", "1"] in found
    assert ["no-bind", "pass", "pass", "pass", "error"] in found


def test_an_image_that_cannot_be_used_says_why_once(matrix):
    assert render(matrix, 100, PLAIN).count("no runsc here") == 1
    assert "gvisor error: no runsc here" in render(matrix, 100, PLAIN).splitlines()


def test_what_differs_is_told_in_words_below_the_kernels_that_do(matrix):
    lines = render(matrix, 100, PLAIN).splitlines()
    head = lines.index("5.10.0-46 and 6.1.0-56 ≠ 7.3.4")
    assert lines[head + 1] == "- syns of connect-timeout: 7 on 5.10.0-46 and 6.1.0-56; 11 on 7.3.4"
    assert "2 findings of 2 experiments: 1 differ, 1 do not." in lines


def test_causes_are_told_once_with_all_that_they_explain(matrix, make_run):
    from dataclasses import replace  # noqa: PLC0415

    from harness.judge.suspects import Suspect  # noqa: PLC0415

    suspect = Suspect("net.ipv4.tcp_x", ("client",), None, "4", "0", "commit 1")
    split = Split((0, 1), (2,), ("syns",))

    def trial(folder):
        now = FindingResult(7, "", 7, Verdict.PASS)
        result = make_run(findings={"syns": now}, folder=folder)
        return Trial(2, (suspect.name,), {"client": {suspect.name: "0"}}, result, {"syns": True})

    other = replace(matrix.comparisons[0], experiment="backlog-overflow")
    matrix.comparisons = [
        replace(each, causes=(Cause(split, Word.CONFIRMED, (suspect,), (suspect.name,), trials=(trial(folder),)),))
        for each, folder in ((matrix.comparisons[0], "runs/t1"), (other, "runs/t2"))
    ]
    text = " ".join(render(matrix, 100, PLAIN).split())
    assert text.count("Why") == 1
    assert (
        "Why syns of connect-timeout, syns of backlog-overflow: net.ipv4.tcp_x is absent on 5.10.0-46 and"
        " 6.1.0-56, 4 on 7.3.4. With client:net.ipv4.tcp_x=0 on 7.3.4: confirmed. Evidence: runs/t1, runs/t2"
        in text
    )


def test_one_image_has_nothing_to_be_compared_with(make_run):
    text = render(Matrix([compare([make_run()])[0]]), 100, PLAIN)
    assert "One image alone: there is nothing to compare with (--image)." in text.splitlines()


def test_two_images_on_one_kernel_are_said_to_be(comparison):
    twins = Matrix([comparison("connect-timeout", (7, 7, 11), same=True)])
    assert rows(render(twins, 100, PLAIN))[2:4] == [["as"], ["linux-7.x"]]


def test_the_oldest_kernel_comes_first_and_other_stacks_last(make_run):
    stacks = {"6.12.117": "linux", "5.10.0": "linux", "4.4.0": "gvisor"}
    runs = [
        make_run(
            image=kernel, kernel=kernel, hosts={"client": HostFacts(kernel, stack=stack, kernel=kernel)},
            findings={"syns": FindingResult(value, "", value, Verdict.PASS, witnesses={"calls": value})},
        )
        for value, (kernel, stack) in enumerate(stacks.items())
    ]  # fmt: skip
    assert "5.10.0 ≠ 6.12.117 ≠ gvisor 4.4.0" in render(Matrix([compare(runs)[0]]), 100, PLAIN).splitlines()


def test_a_difference_within_one_kernel_is_headed_by_the_images(make_run):
    runs = [
        make_run(image=image, kernel="6.1.0", hosts={"client": HostFacts(image, kernel="6.1.0")},
                 findings={"syns": FindingResult(image, "", image, Verdict.PASS, witnesses={"calls": image})})
        for image in ("one", "other")
    ]  # fmt: skip
    assert "one ≠ other" in render(Matrix([compare(runs)[0]]), 100, PLAIN).splitlines()


@pytest.mark.parametrize("width", [60, 80, 200])
def test_no_line_of_the_table_is_wider_than_the_terminal(comparison, width):
    many = Matrix([comparison("connect-timeout", (7, 7, 11), same=True)])
    lines = render(many, width, PLAIN).splitlines()
    assert max(map(len, lines)) <= width
    assert sum("twin" in line for line in lines) >= 1


def test_it_is_markdown(matrix):
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown(matrix))
    cells = [token.content for token, before in zip(tokens[1:], tokens, strict=False) if before.type == "td_open"]
    assert cells[:6] == ["kernel", "5.10.0-46", "6.1.0-56", "7.3.4", "–", ""]
    assert cells[6:12] == ["connect-timeout", "pass", "pass", "pass", "error", "≠ 1"]
    assert "syns of connect-timeout" in markdown(matrix).replace("\\", "")
