"""What is printed can be used: scripts parse, manifests read back, secrets are never written down."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from agentkit.cli import main
from agentkit.deploy.hardware import gpus
from agentkit.deploy.plan import Need, Plan, make_plan
from agentkit.deploy.render import compose, kubernetes, shell, systemd
from agentkit.deploy.yaml import write_yaml
from agentkit.errors import ConfigurationError

SERVERS = ("vllm", "sglang", "nim", "llamacpp", "ollama", "transformers")


def plan_of(server: str, machine: str = "8xH200") -> Plan:
    return make_plan(gpus(machine), Need(server=server, context=65_536))


@pytest.mark.parametrize("server", SERVERS)
def test_scripts_are_shell_and_hold_the_launch_as_one_command(server: str) -> None:
    plan = plan_of(server)
    script = shell(plan)
    assert subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True).stderr == ""
    for launch in plan.launches:
        if launch.program:
            command = shlex.join(launch.listening_on("127.0.0.1"))
            assert f"{launch.program} {command} &" in script


def test_a_script_stops_before_the_launch_where_the_key_is_not_set() -> None:
    script = shell(plan_of("vllm"))
    done = subprocess.run(
        ["bash"], input=script, text=True, capture_output=True, env={"PATH": "/usr/bin:/bin"}
    )
    assert done.returncode != 0
    assert "set VLLM_API_KEY" in done.stderr


@pytest.mark.parametrize("server", ["vllm", "sglang", "nim", "llamacpp", "ollama"])
def test_a_compose_file_reads_back_with_a_service_for_each_replica(server: str) -> None:
    plan = plan_of(server)
    services = yaml.safe_load(compose(plan))["services"]
    assert len(services) == plan.replicas
    taken = [
        device
        for service in services.values()
        for device in service["deploy"]["resources"]["reservations"]["devices"][0]["device_ids"]
    ]
    assert len(taken) == len(set(taken)) <= 8
    assert all(service["ports"][0].startswith("127.0.0.1:") for service in services.values())


@pytest.mark.parametrize("server", ["vllm", "sglang", "nim", "llamacpp", "ollama"])
def test_a_manifest_reads_back_with_gpus_probes_and_a_place_for_the_weights(server: str) -> None:
    plan = plan_of(server)
    claim, deployment, service = yaml.safe_load_all(kubernetes(plan))
    pod = deployment["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert container["resources"]["limits"]["nvidia.com/gpu"] == plan.launches[0].gpus
    assert container["startupProbe"]["httpGet"]["path"] == plan.launches[0].health
    assert container["startupProbe"]["periodSeconds"] * container["startupProbe"]["failureThreshold"] >= 1800
    assert deployment["spec"]["replicas"] == plan.replicas
    assert pod["volumes"][0]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    assert service["spec"]["selector"] == deployment["spec"]["template"]["metadata"]["labels"]
    size = int(claim["spec"]["resources"]["requests"]["storage"].removesuffix("G"))
    assert size * 10**9 > plan.setting.weights.weight_bytes


@pytest.mark.parametrize("server", ["vllm", "sglang", "llamacpp", "ollama", "transformers"])
def test_units_pass_systemd_s_own_check(server: str, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed here")
    plan = plan_of(server)
    units = systemd(plan).split("# /etc/systemd/system/")[1:]
    assert len(units) == plan.replicas
    for unit in units:
        name, _, text = unit.partition("\n")
        (tmp_path / name).write_text(text)
        done = subprocess.run(
            ["systemd-analyze", "verify", str(tmp_path / name)], text=True, capture_output=True
        )
        assert name not in done.stderr, done.stderr
        assert done.returncode == 0


@pytest.mark.parametrize("server", ["vllm", "llamacpp"])
def test_a_unit_does_not_start_without_the_file_that_holds_its_key(server: str) -> None:
    files = [line for line in systemd(plan_of(server)).splitlines() if line.startswith("EnvironmentFile=")]
    assert files
    assert all(
        line.startswith("EnvironmentFile=/etc/ms4") for line in files
    )  # a minus would forgive its absence


@pytest.mark.parametrize("server", SERVERS)
def test_a_plan_says_where_clients_need_no_key(server: str) -> None:
    plan = plan_of(server)
    secrets = {name for name, value in plan.launches[0].environment.items() if value is None}
    guarded = bool(secrets - {"NGC_API_KEY"})  # that one is for NVIDIA's registry
    assert any("no key" in each for each in plan.warnings) is not guarded


def test_what_comes_only_as_a_container_is_no_unit_and_what_has_no_image_is_no_container() -> None:
    with pytest.raises(ConfigurationError, match="only as a container"):
        systemd(plan_of("nim"))
    for render in (compose, kubernetes):
        with pytest.raises(ConfigurationError, match="No container image"):
            render(plan_of("transformers"))


@pytest.mark.parametrize(
    "value",
    [
        {
            "a": [
                "1",
                1,
                1.5,
                True,
                None,
                "yes",
                "no",
                "null",
                "",
                " ",
                "a: b",
                "- x",
                "#",
                "é",
                "1e3",
                "~",
                "=",
                "on",
            ]
        },
        [[["x"], []], {}, {"k": {"l": [{"m": "n"}, {"o": ["p"]}]}}],
        {"multi": "line\nline", "quote": "\"'\\", "dollar": "$${X}", "tab": "\t"},
    ],
)
def test_yaml_reads_back_as_it_was(value: Any) -> None:
    assert yaml.safe_load(write_yaml(value)) == value


@pytest.mark.parametrize("form", ["shell", "compose", "kubernetes", "systemd"])
def test_the_command_prints_the_form_on_standard_output_and_the_plan_beside_it(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["deploy", "--gpus", "2xH200", "--as", form]) == 0
    out, err = capsys.readouterr()
    assert "It fits" in err
    assert "It fits" not in out
    assert "Mistral-Small-4-119B-2603" in out


def test_the_command_says_that_it_does_not_fit_by_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deploy", "--gpus", "RTX4090"]) == 1
    assert "It does not fit" in capsys.readouterr().out
    assert main(["deploy", "--gpus", "4xPotato"]) == 2
    assert main(["deploy", "--gpus", "RTX4090", "--run"]) == 1
    assert "not started" in capsys.readouterr().err


def test_a_program_that_is_not_installed_is_named_with_what_brings_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["deploy", "--gpus", "4xH200", "--run", "--logs", str(tmp_path / "logs")]) == 2
    assert "vllm is not installed here" in capsys.readouterr().err
    assert not (tmp_path / "logs").exists()
