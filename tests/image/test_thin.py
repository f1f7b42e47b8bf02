from harness.image.thin import old

HOUR = 3600


def image(age, *tags):
    return {"Created": 1_000_000 - age, "RepoTags": list(tags) or None}


def test_the_newest_three_and_the_young_stay():
    built = [
        image(9 * HOUR, "harness/linux-6.1:d"),
        image(2 * HOUR, "harness/linux-6.1:a"),
        image(4 * HOUR, "harness/linux-6.1:c", "mine"),
        image(3 * HOUR, "harness/linux-6.1:b"),
        image(99 * HOUR),
    ]
    assert old(built, 1_000_000) == ["harness/linux-6.1:d"]
    young = [image(age, f"harness/linux-6.1:{age}") for age in range(5)]
    assert old([*young, *built], 1_000_000) == [
        "harness/linux-6.1:a", "harness/linux-6.1:b", "harness/linux-6.1:c", "mine", "harness/linux-6.1:d",
    ]  # fmt: skip
    assert old(young, 1_000_000) == []
