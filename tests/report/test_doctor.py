from harness.lab.interface import Need
from harness.report.doctor import render
from harness.report.text import Style
from harness.session.doctor import Checkup

PLAIN = Style(colours=False)


def test_a_lab_that_works():
    needs = (Need("Docker engine", there=True, detail="an engine answers"),)
    text = render([Checkup("docker", needs, works=True, said="a client connected", seconds=1.25)], PLAIN)
    assert text == "docker lab: works: a client connected (1.2 s)\n  there   Docker engine: an engine answers\n"


def test_an_image_with_another_stack_has_a_block_of_its_own():
    needs = (Need("runtime runsc", there=False, detail="the engine has no runtime runsc", mend="install it"),)
    text = render([Checkup("docker", needs, works=False, said="not tried", seconds=0, image="gvisor")], PLAIN)
    assert text.startswith("docker lab with image gvisor: does not work: not tried\n  MISSING runtime runsc: ")


def test_what_is_missing_comes_with_what_mends_it():
    needs = (Need("iproute2", there=False, detail="the ip command is missing", mend="apt-get install iproute2"),)
    text = render([Checkup("netns", needs, works=False, said="not tried", seconds=0)], PLAIN)
    assert "netns lab: does not work: not tried\n" in text
    assert "  MISSING iproute2: the ip command is missing\n          mend it: apt-get install iproute2\n" in text


def test_a_reason_cannot_steer_the_terminal():
    needs = (Need("engine", there=False, detail="\x1b[2J", mend="\x07"),)
    text = render([Checkup("docker", needs, works=False, said="\r\x1b]0;x", seconds=0)], PLAIN)
    assert set(text) & set("\x1b\x07\r") == set()
