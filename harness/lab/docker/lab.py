"""The docker lab itself: make, perform, take down."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any, Final

from harness.errors import HarnessError, LabError, LabMissing, RuntimeMissing
from harness.image.engine import connect, look
from harness.lab.docker.undisturbed import undisturbed
from harness.lab.interface import Need, Probe
from harness.lab.settings import refuse
from harness.runtime.conductor import Lapsed, conduct
from harness.runtime.events import Event, Started, clock, now

if TYPE_CHECKING:
    from collections.abc import Iterator

    import docker
    from docker.api.client import APIClient

    from harness.lab.docker.network import Network
    from harness.lab.interface import Order
    from harness.runtime.conductor import HostChannels

__all__ = ["Docker"]


class Docker:
    """Hosts made of containers: another userland, this machine's (or the engine's machine's) kernel."""

    name = "docker"
    default_image = "debian"
    default_mode: Final = "quick"
    paced = True

    def __init__(self, runtime: str | None = None) -> None:
        """A lab whose agents' containers this runtime starts; None: whatever the engine starts all others with."""
        self.runtime = runtime
        self.shortens = runtime is None

    def probe(self) -> Probe:
        """Whether an engine answers."""
        answer = look()
        return Probe(answer.usable, answer.reason, answer.mend)

    def needs(self) -> list[Need]:
        """What the lab needs, and what is there."""
        answer = look()
        needs = [Need("Docker engine", answer.usable, answer.reason, answer.mend)]
        if self.runtime and answer.usable:
            missing: HarnessError | None
            try:
                missing = self.lacking()
            except LabMissing as error:  # something answers, and is no engine
                missing = error
            there = f"the engine knows the runtime {self.runtime}"
            needs.append(
                Need(f"runtime {self.runtime}", missing is None, missing.args[0], missing.hint)
                if missing
                else Need(f"runtime {self.runtime}", there=True, detail=there)
            )
        return needs

    def lacking(self) -> RuntimeMissing | None:
        """What it means that the engine does not know this lab's runtime; None where nothing is lacking."""
        if self.runtime is None:
            return None
        from harness.lab.docker import runtimes  # noqa: PLC0415 (imports the SDK: 150 ms that a probe must not cost)

        client = connect()
        try:
            return runtimes.absent(client.api, self.runtime)
        finally:
            client.close()

    def warm_up(self) -> None:
        """Nothing: everything that the engine is asked needs the plan."""

    def close(self) -> None:
        """Nothing."""

    def perform(self, order: Order) -> Iterator[Event]:
        """See ``Lab.perform``."""
        client = connect()
        try:
            making = _Making(client, order, self.runtime)
            try:
                yield from making.perform()
            finally:
                if not making.stays:
                    undisturbed(making.take_down)
        finally:
            client.close()

    def entry(self, order: Order) -> list[str]:
        """The commands that enter the kept hosts."""
        return [
            f"{host.name}: docker exec -it harness-{order.run}-{host.name}-agent bash" for host in order.plan.hosts
        ]

    def clean(self) -> list[str]:
        """Remove what dead runs and kept labs left on the engine."""
        from harness.lab.docker import leftovers  # noqa: PLC0415 (imports the SDK: 150 ms that a probe must not cost)

        client = connect()
        try:
            return leftovers.sweep(client.api, kept=True)
        finally:
            client.close()


class _Making:
    """One run's network and containers, as far as they have been made."""

    def __init__(self, client: docker.DockerClient, order: Order, runtime: str | None) -> None:
        self._api: APIClient = client.api
        self._order = order
        self._runtime = runtime
        self._channels: list[HostChannels] = []
        self._network: Network | None = None
        self.stays = False

    def perform(self) -> Iterator[Event]:
        """Make the lab and conduct the plan in it; whatever tells of a missing runtime is an event too."""
        from harness.lab.docker import runtimes  # noqa: PLC0415 (imports the SDK)

        try:
            yield from self._stages()
        except RuntimeMissing as missing:
            yield runtimes.as_cannot(missing, str(self._runtime))
            raise

    def _stages(self) -> Iterator[Event]:
        from harness.lab.docker import leftovers, network, runtimes  # noqa: PLC0415 (imports the SDK)
        from harness.lab.docker.host import Recipe, Refused  # noqa: PLC0415 (imports the SDK)

        order, api, runtime = self._order, self._api, self._runtime
        missing = runtimes.absent(api, runtime) if runtime else None
        if missing is not None:
            yield Started("", now(), "lab", {"lab": "docker", "via": None, "clock": "real"})
            raise missing
        marks = leftovers.labels(order.run, keep=order.keep)
        # In workers: an interrupt here waits until the engine has answered, so nothing is made unseen.
        with ThreadPoolExecutor(2) as pool:
            made = pool.submit(network.make, api, order.plan, f"harness-{order.run}", marks)
            facts = pool.submit(self._facts)
            # Waited for here, not in the pool's exit, which an interrupt would cut short.
            wait((made,))
            wait((facts,))
        self._network = made.result()
        yield clock("")  # the conductor's own: of a remote engine's hosts it is another
        yield Started("", now(), "lab", {**facts.result(), "subnet": self._network.subnet})
        try:
            hosts = self._start_hosts(
                Recipe(order.run, order.plan, self._network, order.references, marks, order.keep, runtime)
            )
        except Refused as refused:
            yield refused.cannot
            refuse([refused.cannot])
            raise
        # What dead runs left goes while this one waits for the kernel's timers.
        sweeping = ThreadPoolExecutor(1)
        sweeping.submit(leftovers.sweep, api, kept=False)
        try:
            yield from conduct(order.plan, hosts)
        except Lapsed as error:
            lost = runtimes.died(runtime, error) if runtime else None
            if lost is not None:
                raise lost from error
            raise LabError(f"a process of the lab did not start:\n{error}") from error
        finally:
            sweeping.shutdown()
        self.stays = order.keep

    def _facts(self) -> dict[str, Any]:
        version = self._api.version()
        references = self._order.references
        return {
            "lab": "docker",
            "via": None,
            "clock": "real",
            "engine": version.get("Version"),
            "engine_kernel": version.get("KernelVersion"),
            "digests": {
                host.name: self._digest(references.get(host.image, host.image)) for host in self._order.plan.hosts
            },
        }

    def _digest(self, reference: str) -> str:
        import docker.errors  # noqa: PLC0415 (150 ms that a probe must not cost)

        try:
            return str(self._api.inspect_image(reference)["Id"])  # type: ignore[no-untyped-call]
        except docker.errors.ImageNotFound as error:
            raise LabMissing(f"the engine has no image {reference}", "harness images build") from error

    def _start_hosts(self, recipe: Any) -> dict[str, HostChannels]:
        from harness.lab.docker.host import start  # noqa: PLC0415 (imports the SDK)

        order = self._order
        with ThreadPoolExecutor(len(order.plan.hosts)) as pool:
            futures = {host.name: pool.submit(start, self._api, recipe, host) for host in order.plan.hosts}
            wait(futures.values())
        errors = [error for future in futures.values() if (error := future.exception()) is not None]
        started = {name: future.result() for name, future in futures.items() if future.exception() is None}
        self._channels = [host.channels for host in started.values()]
        if errors:
            raise errors[0]
        return {name: host.channels for name, host in started.items()}

    def take_down(self) -> None:
        """Close the channels, remove containers and network."""
        from harness.lab.docker import leftovers  # noqa: PLC0415 (imports the SDK)

        for host in self._channels:
            host.agent.stream.close()
            host.observer.stream.close()
        leftovers.remove_run(self._api, self._order.run)
