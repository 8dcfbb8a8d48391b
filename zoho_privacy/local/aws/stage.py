"""A whole stage on this machine: the template's functions in processes of their own, on an AWS of our own.

`Stage.open` makes the services, unpacks the package for this machine, and starts the loop and the API; the functions
start by themselves with their first event. What a stage is called and where it listens is in `known` and `url`.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from zoho_privacy.local.aws import machine, services, template
from zoho_privacy.local.aws.glue import Gateway, Loop, Source
from zoho_privacy.local.aws.runtime import Function

NAME: Final = "local"


@dataclass
class Stage:
    """One stage below `folder`. `now` is its clock; `hidden_s` how long a message that failed stays hidden.

    `parameters` are the template's, `secret` the members of the stage's secret, `extra` more environment for every
    function (a trial's clock). `package` is an archive made by `machine.build`; without one it is made.
    """

    folder: Path
    now: Callable[[], datetime]
    package: Path | None = None
    hidden_s: int = 20
    url: str = ""
    aws: str = ""
    known: Mapping[str, str] = field(default_factory=dict)
    functions: Mapping[str, Function] = field(default_factory=dict)
    loop: Loop | None = None
    _stack: ExitStack = field(default_factory=ExitStack)
    _routes: list[tuple[str, Function]] = field(default_factory=list)

    def listen(self) -> str:
        """Start the API, which knows no route yet, and return its address, which parameters may need."""
        gateway = Gateway(lambda: self._routes)
        gateway.start()
        self._stack.callback(gateway.stop)
        self.url = gateway.url
        return self.url

    def open(
        self, parameters: Mapping[str, str], secret: Mapping[str, str], extra: Mapping[str, str] | None = None
    ) -> None:
        """Make the stage. Nothing runs before its first event, and no schedule before `run`.

        Raises:
            BadInput: Something that a stage on this machine needs is not installed, or the template is wrong.
        """
        told = template.read(machine.TEMPLATE, parameters)
        self.aws = self._stack.enter_context(services.serving())
        self.known = services.make(self.aws, told.resources, json.dumps(dict(secret)))
        self.folder.mkdir(parents=True, exist_ok=True)
        package = self.package or self.folder / "package.zip"
        if not package.is_file():
            machine.build(package)
        root = self.folder / "task"
        if not root.is_dir():
            machine.unpack(package, root)
        runtime = machine.runtime_folder(self.folder / "runtime")
        everywhere = {**services.environment(self.aws), **(extra or {})}
        self.functions = {
            each.name: Function(
                name=each.name,
                handler=each.handler,
                root=root,
                runtime=runtime,
                environment={**template.resolved(each.environment, self.known), **everywhere},
                timeout_s=each.timeout_s,
                memory_mb=each.memory_mb,
                log=self.folder / f"{each.name}.log",
            )
            for each in told.functions
        }
        services.register(
            self.aws, {f"zoho-privacy-{NAME}-{name}": dict(each.environment) for name, each in self.functions.items()}
        )
        services.watch(self.aws, f"zoho-privacy-{NAME}", told.resources, self.functions, told.log_days)
        for function in self.functions.values():
            self._stack.callback(function.stop)
        self._routes[:] = [(path, self.functions[each.name]) for each in told.functions for _, path in each.routes]
        sources = [
            Source(self.known[each.queue], self.functions[each.name], each.batch, self.hidden_s)
            for each in told.functions
            if each.queue
        ]
        schedules = [(each, self.functions[each.function]) for each in told.schedules]
        self.loop = Loop(self.client("sqs"), sources, schedules, self.now)

    def run(self) -> None:
        """Let queues and schedules start functions, in a thread, until `close`."""
        if self.loop is not None:
            self.loop.start()
            self._stack.callback(self.loop.stop)

    def kill(self) -> None:
        """End every function in the middle of whatever it does."""
        for function in self.functions.values():
            function.kill()

    def close(self) -> None:
        """End everything, the loop first."""
        self._stack.close()

    def client(self, service: str) -> Any:
        """Return a client of the stage's AWS."""
        return services.client(service, self.aws)

    def waiting(self, queue: str) -> int:
        """Return how many messages a queue holds, hidden ones included."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self.client("sqs").get_queue_attributes(QueueUrl=self.known[queue], AttributeNames=names)["Attributes"]
        return sum(int(told[name]) for name in names)
