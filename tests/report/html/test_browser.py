"""The page as a browser shows it: whole, legible, for everybody, and on its own."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

LAPTOP, PHONE = 1280, 390
pytestmark = pytest.mark.browser

PAGES = ["alone", pytest.param("several", marks=pytest.mark.netns)]
WIDTHS = {"laptop": LAPTOP, "phone": PHONE}


@pytest.fixture(params=PAGES)
def text(request):
    return request.getfixturevalue(request.param)


def meeting(boxes):
    """Pairs of boxes that share more than a pixel each way."""
    boxes = sorted(boxes, key=lambda box: box["top"])
    found, open_ones = [], []
    for box in boxes:
        open_ones = [each for each in open_ones if each["bottom"] > box["top"] + 1]
        found += [
            (each["text"], box["text"])
            for each in open_ones
            if each["right"] > box["left"] + 1 and box["right"] > each["left"] + 1
        ]
        open_ones.append(box)
    return found


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_no_two_texts_overlap_and_none_leaves_the_page(opened, text, width):
    with opened(text, width=width) as shown:
        boxes = shown.texts()
        assert len(boxes) > 200
        assert meeting([box for box in boxes if not box["scrolls"]]) == []
        assert [
            box["text"] for box in boxes if not box["scrolls"] and (box["left"] < 0 or box["right"] > width)
        ] == []
        assert [box["text"] for box in boxes if box["leaves"]] == []
        assert shown.page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_with_all_details_open_nothing_overlaps_either(opened, text, width):
    with opened(text, width=width) as shown:
        closed = shown.texts()
        shown.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        boxes = shown.texts()
        assert len(boxes) > len(closed)
        assert meeting([box for box in boxes if not box["scrolls"]]) == []
        assert shown.page.evaluate("document.documentElement.scrollWidth") == width


def test_nothing_is_asked_for_and_nothing_complained_of(opened, text):
    with opened(text) as shown:
        shown.page.wait_for_load_state("networkidle")
        assert [url for url in shown.requests if not url.startswith("file:")] == []
        assert len(shown.requests) == 1
        assert shown.complaints == []


def test_it_is_the_same_without_javascript(opened, text):
    with opened(text) as with_script:
        said = with_script.page.inner_text("main")
    with opened(text, script=False) as without:
        assert without.page.inner_text("main") == said
    assert len(said) > 1000


@pytest.mark.parametrize(
    ("width", "scheme"), [(LAPTOP, "light"), (LAPTOP, "dark"), (PHONE, "light"), (PHONE, "dark")]
)
def test_it_is_accessible(opened, alone, scheme, width):
    assert_accessible(opened, alone, scheme, width)


@pytest.mark.netns
@pytest.mark.parametrize(("width", "scheme"), [(LAPTOP, "light"), (PHONE, "dark")])
def test_a_page_of_several_runs_is_accessible(opened, several, scheme, width):
    assert_accessible(opened, several, scheme, width)


def assert_accessible(opened, text, scheme, width):
    # axe is put into the page by the browser's debugger, which no policy of the page forbids.
    with opened(text, scheme=scheme, width=width) as shown:
        shown.page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        found = Axe().run(shown.page)
        assert found.violations_count == 0, found.generate_report()


def test_it_prints_light_and_with_all_details_open(opened, text):
    with opened(text, scheme="dark") as shown:
        assert shown.page.pdf(format="A4").startswith(b"%PDF")
        shown.page.emulate_media(media="print")
        folded = "[...document.querySelectorAll('details:not(.as-text) > :not(summary)')]"
        closed = shown.page.evaluate(f"{folded}.filter(each => !each.checkVisibility()).length")
        assert closed == 0
        assert shown.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_every_link_leads_to_a_place_in_the_page(text):
    names = set(re.findall(r'\bid="([^"]*)"', text))
    assert len(names) == len(re.findall(r'\bid="', text))
    targets = re.findall(r'\bhref="([^"]*)"', text)
    assert targets
    assert {target for target in targets if not target.startswith("#")} == set()
    assert {target.removeprefix("#") for target in targets} <= names


def test_the_keyboard_reaches_everything_and_shows_where_it_is(opened, text):
    with opened(text, width=PHONE) as shown:
        reachable = """[...document.querySelectorAll("a[href], summary, .scroll")].filter(
            each => each.checkVisibility()).map(each => each.outerHTML.slice(0, 80))"""
        wanted = shown.page.evaluate(reachable)
        reached = []
        for _ in wanted:
            shown.page.keyboard.press("Tab")
            at = shown.page.evaluate("""[document.activeElement.outerHTML.slice(0, 80),
                getComputedStyle(document.activeElement).outlineStyle]""")
            reached.append(at[0])
            assert at[1] == "solid", at[0]
        assert reached == wanted
        assert "Skip to the results" in reached[0]


def test_a_rule_is_unfolded_by_the_keyboard(opened, alone):
    with opened(alone) as shown:
        rule = shown.page.locator(".because details").first
        assert not rule.locator("dl").is_visible()
        rule.locator("summary").focus()
        shown.page.keyboard.press("Enter")
        assert "min(clients, min(backlog, net.core.somaxconn) + 1)" in rule.locator("dl").inner_text()


@pytest.mark.netns
def test_a_link_to_a_folded_section_unfolds_it(opened, several):
    with opened(several) as shown:
        link = shown.page.locator('.contents a:has-text("Environment")').first
        section = shown.page.locator("details.block:has(.facts)").first
        assert not section.locator(".facts").is_visible()
        link.click()
        section.locator(".facts").wait_for(state="visible")
