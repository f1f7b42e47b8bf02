import os
import signal

import pytest

from harness.session.signals import interruptible

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_interrupts(number):
    with pytest.raises(KeyboardInterrupt), interruptible():
        os.kill(os.getpid(), number)


@pytest.mark.parametrize("again", SIGNALS)
def test_taking_down_is_not_itself_interrupted(again):
    taken_down = []

    def work():
        try:
            os.kill(os.getpid(), signal.SIGINT)
        finally:
            os.kill(os.getpid(), again)
            taken_down.append(True)

    with pytest.raises(KeyboardInterrupt), interruptible():
        work()
    assert taken_down


def test_everything_is_as_before_afterwards():
    before = [signal.getsignal(number) for number in SIGNALS]
    with interruptible():
        assert [signal.getsignal(number) for number in SIGNALS] != before
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_the_next_run_can_be_interrupted_again():
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt), interruptible():
            os.kill(os.getpid(), signal.SIGTERM)


def test_an_inner_one_leaves_it_to_the_outermost():
    with interruptible():
        try:
            with interruptible():
                os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt:
            os.kill(os.getpid(), signal.SIGINT)
