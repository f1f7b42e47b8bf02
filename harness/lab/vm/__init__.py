"""The vm lab: the same box inside a guest with a kernel of its own, in virtual time.

``lab`` performs a plan; ``machine`` is one QEMU; ``words`` its command line; ``state`` keeps what a guest was when
it stood ready.
"""

from harness.lab.vm.lab import Vm

__all__ = ["Vm"]
