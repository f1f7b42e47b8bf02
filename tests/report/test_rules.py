from harness.report.rules import rules

QUEUE = {"backlog": 5, "somaxconn": 4096}


def test_a_rule_is_said_once():
    assert rules([("six fit", QUEUE), ("six fit", QUEUE)]) == ["six fit"]


def test_another_side_of_the_same_rule_is_left_out():
    assert rules([("five and one fit", {**QUEUE, "clients": 10}), ("the limit is five", QUEUE)]) == [
        "five and one fit"
    ]


def test_what_adds_something_stays():
    said = [("the limit is five", QUEUE), ("five and one fit", {**QUEUE, "clients": 10}), ("on port 8000", {})]
    assert rules(said) == ["the limit is five", "five and one fit", "on port 8000"]


def test_the_same_input_with_another_value_is_another_rule():
    assert len(rules([("five", {"backlog": 5}), ("six", {"backlog": 6})])) == 2


def test_a_finding_without_a_rule_says_nothing():
    assert rules([(None, {}), ("", QUEUE)]) == []
