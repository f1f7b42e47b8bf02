import pytest

from harness.report.html.schedule import Timed, schedules, timed


def bounds(least, most):
    return {"at_least": least, "at_most": most}


def test_a_list_of_moments_gives_one_time_each_with_the_groups_spread(finding):
    found = timed(
        "syn_times",
        finding(
            [0.0, 1.02], unit="s", expected=[bounds(0, 0.05), bounds(1.0, 1.08)], spread=[[0.0, 1.01], [0.0, 1.03]]
        ),
    )
    assert found == [Timed("syn_times 1", 0, 0, 0, 0.05), Timed("syn_times 2", 1.01, 1.03, 1.0, 1.08)]


def test_a_duration_is_one_time(finding):
    found = timed("overflow_seconds", finding(7.1, unit="s", expected={"nominal": 7.0, **bounds(7.0, 7.29)}))
    assert found == [Timed("overflow_seconds", 7.1, 7.1, 7.0, 7.29)]


@pytest.mark.parametrize(
    "more",
    [
        {"value": 6, "unit": "connections", "expected": bounds(1, 6)},
        {"value": None, "unit": "s", "expected": bounds(1, 2)},
        {"value": 3.0, "unit": "s", "expected": {"at_least": 0.9, "at_most": None}},
        {"value": [1.0], "unit": "s", "expected": [bounds(0, 1), bounds(1, 2)]},
        {"value": 3.0, "unit": "s", "expected": None, "verdict": None},
    ],
)
def test_what_has_no_bounds_in_seconds_is_no_time(finding, more):
    assert timed("some", finding(more.pop("value"), **more)) == []


def page(make_run, finding, *values):
    found = {
        f"time {number}": finding(value, unit="s", expected=bounds(1.0, 1.1))
        for number, value in enumerate(values)
    }
    return "".join(map(str, schedules(make_run(findings=found), "run")))


def test_a_residual_is_measured_minus_predicted_in_milliseconds(make_run, finding):
    text = page(make_run, finding, 1.0321)
    assert ">+32.1<" in text
    assert ">+32.1 of 100 ms<" in text
    assert "bad" not in text


@pytest.mark.parametrize(("value", "said"), [(0.99, "✗ −10.0 of 100 ms"), (1.25, "✗ +250.0 of 100 ms")])
def test_a_time_beyond_its_bounds_is_marked_in_words(make_run, finding, value, said):
    text = page(make_run, finding, value)
    assert said in text
    assert "dot bad" in text


def test_without_times_there_is_nothing(make_run):
    assert schedules(make_run(), "run") is None
