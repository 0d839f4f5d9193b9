"""A plan as a shell script, a compose file, a Kubernetes manifest or systemd units."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any, Final

from agentkit.deploy.launch import Launch
from agentkit.deploy.plan import Plan
from agentkit.deploy.yaml import write_yaml
from agentkit.errors import ConfigurationError

_ANYWHERE = "0.0.0.0"  # noqa: S104 - inside a container
_HERE = "127.0.0.1"
_START_SECONDS = 1800
"""Loading 122 GB of weights takes many minutes; nobody should be restarted for it."""


def shell(plan: Plan, host: str = _HERE) -> str:
    """Return a shell script that starts every server of the plan and waits for them."""
    lines = ["#!/usr/bin/env bash", *_head(plan, "# "), "set -euo pipefail"]
    for launch in plan.launches:
        if not launch.program:
            lines += ["", *_docker_run(launch, host)]
            continue
        lines.append("")
        if launch.install and launch is plan.launches[0]:
            lines.append(f"# needs: {launch.install}")
        lines += _secrets(launch)
        command = shlex.join([launch.program, *launch.listening_on(host)])
        variables = {**_pinned_gpus(plan, launch), **_plain(launch.environment)}
        if launch.host_flag == "" and "OLLAMA_HOST" in variables:
            variables["OLLAMA_HOST"] = f"{host}:{launch.port}"
        prefix = "".join(f"{name}={shlex.quote(value)} " for name, value in variables.items())
        lines.append(f"{prefix}{command} &")
        if launch.after:
            lines += [
                f"until curl -fsS http://{_HERE}:{launch.port}{launch.health} >/dev/null; do sleep 1; done"
            ]
            lines += [f"OLLAMA_HOST={_HERE}:{launch.port} {command}" for command in launch.after]
    return "\n".join([*lines, "", "wait", ""])


def compose(plan: Plan, host: str = _HERE) -> str:
    """Return a compose file.

    Raises:
        ConfigurationError: No container image is published for the server.
    """
    services: dict[str, Any] = {}
    for number, launch in enumerate(plan.launches, 1):
        _needs_image(launch)
        service: dict[str, Any] = {"image": launch.image, "restart": "unless-stopped"}
        if launch.entrypoint:
            service["entrypoint"] = list(launch.entrypoint)
        if launch.container_arguments:
            # a lone $ would be taken for a variable of the compose file
            service["command"] = [each.replace("$", "$$") for each in launch.container_arguments]
        environment = _container_environment(launch)
        if environment:
            service["environment"] = {
                name: f"${{{name}:?set {name}}}" if value is None else value
                for name, value in environment.items()
            }
        service |= {
            "ports": [f"{host}:{launch.port}:{launch.port}"],
            "volumes": [f"weights:{launch.cache}"],
            "shm_size": "32gb",
            "healthcheck": {
                "test": ["CMD-SHELL", _probe_command(launch)],
                "interval": "30s",
                "timeout": "10s",
                "retries": 3,
                "start_period": f"{_START_SECONDS}s",
            },
        }
        if launch.gpus:
            devices = [str(each) for each in _gpu_numbers(plan, number - 1)]
            service["deploy"] = {
                "resources": {
                    "reservations": {
                        "devices": [{"driver": "nvidia", "device_ids": devices, "capabilities": ["gpu"]}]
                    }
                }
            }
        services[_name(plan, number)] = service
    return _document({"services": services, "volumes": {"weights": {}}}, plan)


def kubernetes(plan: Plan, host: str = "") -> str:
    """Return a Deployment, a Service and a claim for the weights; `host` is not used, a Service has its own address.

    Raises:
        ConfigurationError: No container image is published for the server.
    """
    launch = plan.launches[0]
    _needs_image(launch)
    labels = {"app.kubernetes.io/name": "ms4", "app.kubernetes.io/component": launch.server}
    probe = {"httpGet": {"path": launch.health, "port": "http"}}
    container: dict[str, Any] = {
        "name": launch.server,
        "image": launch.image,
        "ports": [{"name": "http", "containerPort": launch.port}],
        "startupProbe": {**probe, "periodSeconds": 10, "failureThreshold": _START_SECONDS // 10},
        "readinessProbe": {**probe, "periodSeconds": 10, "timeoutSeconds": 5},
        "livenessProbe": {**probe, "periodSeconds": 30, "timeoutSeconds": 10, "failureThreshold": 5},
        "volumeMounts": [
            {"name": "weights", "mountPath": launch.cache},
            {"name": "shared-memory", "mountPath": "/dev/shm"},  # noqa: S108 - a path in the container
        ],
    }
    if launch.entrypoint:
        container["command"] = list(launch.entrypoint)
    if launch.container_arguments:
        # Kubernetes expands $(NAME), and $$ stands for one $
        container["args"] = [each.replace("$(", "$$(") for each in launch.container_arguments]
    environment = _container_environment(launch)
    if environment:
        container["env"] = [_variable(name, value) for name, value in environment.items()]
    if launch.gpus:
        container["resources"] = {"limits": {"nvidia.com/gpu": launch.gpus}}
    gigabytes = -(-plan.setting.weights.weight_bytes // 10**9) * 5 // 4
    pod = {
        "containers": [container],
        "terminationGracePeriodSeconds": 120,
        "volumes": [
            {"name": "weights", "persistentVolumeClaim": {"claimName": "ms4-weights"}},
            {"name": "shared-memory", "emptyDir": {"medium": "Memory", "sizeLimit": "32Gi"}},
        ],
    }
    # Servers take all the GPUs of their share: a new one can start only when an old one has gone
    parts: tuple[dict[str, Any], ...] = (
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": "ms4-weights", "labels": labels},
            "spec": {
                "accessModes": ["ReadWriteMany" if plan.replicas > 1 else "ReadWriteOnce"],
                "resources": {"requests": {"storage": f"{gigabytes}G"}},
            },
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "ms4", "labels": labels},
            "spec": {
                "replicas": plan.replicas,
                "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}},
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": pod},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "ms4", "labels": labels},
            "spec": {
                "selector": labels,
                # each replica has an address of its own, so that agentkit can keep conversations where their cache is
                **({"clusterIP": "None"} if plan.replicas > 1 else {}),
                "ports": [{"name": "http", "port": launch.port, "targetPort": "http"}],
            },
        },
    )
    head = "\n".join(_head(plan, "# "))
    return head + "\n" + "---\n".join(write_yaml(part) for part in parts)


def systemd(plan: Plan, host: str = _HERE) -> str:
    """Return one unit a server, parted by comments that name the files.

    Raises:
        ConfigurationError: The server comes only as a container.
    """
    units: list[str] = []
    for number, launch in enumerate(plan.launches, 1):
        if not launch.program:
            raise ConfigurationError(
                f"{launch.server} comes only as a container.", hint="Take --as compose or --as kubernetes."
            )
        variables = {**_pinned_gpus(plan, launch), **_plain(launch.environment)}
        if "OLLAMA_HOST" in variables:
            variables["OLLAMA_HOST"] = f"{host}:{launch.port}"
        secrets = any(value is None for value in launch.environment.values())
        arguments = " ".join(_unit_quoted(each) for each in launch.listening_on(host))
        name = _name(plan, number)
        units.append(
            "\n".join(
                [
                    f"# /etc/systemd/system/{name}.service",
                    *(_head(plan, "# ") if number == 1 else ()),
                    "[Unit]",
                    f"Description=Mistral Small 4 on {launch.server}, port {launch.port}",
                    "After=network-online.target",
                    "Wants=network-online.target",
                    "",
                    "[Service]",
                    f"# needs: {launch.install}",
                    "DynamicUser=yes",
                    f"StateDirectory={name}",
                    f"Environment=HOME=/var/lib/{name}",
                    *(f"Environment={_unit_quoted(f'{key}={value}')}" for key, value in variables.items()),
                    *([f"# without this file (mode 0600), which sets {', '.join(_secret_names(launch))}, it does not start",
                       f"EnvironmentFile=/etc/{name}.env"] if secrets else ()),
                    f"ExecStart=/usr/bin/env {launch.program} {arguments}",
                    *(f"ExecStartPost=/usr/bin/env {command}" for command in launch.after),
                    "Restart=on-failure",
                    "RestartSec=10",
                    f"TimeoutStartSec={_START_SECONDS}",
                    "TimeoutStopSec=120",
                    "",
                    "[Install]",
                    "WantedBy=multi-user.target",
                    "",
                ]
            )
        )  # fmt: skip
    return "\n".join(units)


RENDERERS: Final[dict[str, Callable[[Plan, str], str]]] = {
    "shell": shell,
    "compose": compose,
    "kubernetes": kubernetes,
    "systemd": systemd,
}


def _head(plan: Plan, mark: str) -> list[str]:
    verdict = "fits by agentkit's arithmetic" if plan.fits else "DOES NOT FIT by agentkit's arithmetic"
    return [
        f"{mark}{plan.setting.weights.title} on {plan.hardware}, {plan.replicas} x {plan.server}: {verdict}",
        *(f"{mark}- {warning}" for warning in plan.warnings),
    ]


def _document(content: Mapping[str, Any], plan: Plan) -> str:
    return "\n".join([*_head(plan, "# "), write_yaml(content)])


def _docker_run(launch: Launch, host: str) -> list[str]:
    environment = _container_environment(launch)
    return [
        *_secrets(launch),
        shlex.join(
            [
                "docker", "run", "--rm", "--gpus", "all", "--shm-size=32GB",
                *(f"-e{name}" if value is None else f"-e{name}={value}" for name, value in environment.items()),
                "-v", f"ms4-weights:{launch.cache}", "-p", f"{host}:{launch.port}:{launch.port}", launch.image,
            ]
        )
        + " &",
    ]  # fmt: skip


def _secrets(launch: Launch) -> list[str]:
    return [
        f': "${{{name}:?set {name}: the key that clients have to send}}"'
        if name != "NGC_API_KEY"
        else f': "${{{name}:?set {name}: your key for the image registry}}"'
        for name in _secret_names(launch)
    ] + [f"export {name}" for name in _secret_names(launch)]


def _secret_names(launch: Launch) -> list[str]:
    return [name for name, value in launch.environment.items() if value is None]


def _plain(environment: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if value is not None}


def _container_environment(launch: Launch) -> dict[str, str | None]:
    if "OLLAMA_HOST" in launch.environment:
        return {**launch.environment, "OLLAMA_HOST": f"{_ANYWHERE}:{launch.port}"}
    return dict(launch.environment)


def _needs_image(launch: Launch) -> None:
    if not launch.image:
        raise ConfigurationError(
            f"No container image of {launch.server} is known.", hint="Take --as shell or --as systemd."
        )


def _gpu_numbers(plan: Plan, index: int) -> range:
    ranks = plan.launches[index].gpus
    return range(index * ranks, (index + 1) * ranks)


def _pinned_gpus(plan: Plan, launch: Launch) -> dict[str, str]:
    if not launch.gpus or (plan.replicas == 1 and launch.gpus == plan.hardware.count):
        return {}
    numbers = _gpu_numbers(plan, plan.launches.index(launch))
    return {"CUDA_VISIBLE_DEVICES": ",".join(str(each) for each in numbers)}


def _name(plan: Plan, number: int) -> str:
    return "ms4" if plan.replicas == 1 else f"ms4-{number}"


def _probe_command(launch: Launch) -> str:
    url = f"http://127.0.0.1:{launch.port}{launch.health}"
    if launch.server == "ollama":
        return "ollama list >/dev/null || exit 1"  # the image holds no curl
    return f"curl -fsS {url} >/dev/null || exit 1"


def _variable(name: str, value: str | None) -> dict[str, Any]:
    if value is not None:
        return {"name": name, "value": value}
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": "ms4", "key": name}}}


def _unit_quoted(text: str) -> str:
    """Quote for a unit file: % and $ stand for themselves when doubled."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if not text or any(mark in text for mark in " \t\"'\\;") else escaped
