"""Plans: the arithmetic agrees with the tables of the model's launch guide, and advice is followed by success."""

from __future__ import annotations

import pytest

from agentkit.deploy.checkpoints import CHECKPOINTS, GB, MS4
from agentkit.deploy.hardware import Hardware, gpus, memory
from agentkit.deploy.known import GUIDE_MINIMUM, GUIDE_RECOMMENDED
from agentkit.deploy.plan import Need, make_plan
from agentkit.errors import ConfigurationError


def apple(size: str) -> Hardware:
    return Hardware(kind="apple", name="Apple", count=1, bytes_each=memory(size))


def test_the_latent_cache_costs_what_the_configuration_says() -> None:
    assert MS4.cache_bytes(2) == 23_040
    assert MS4.cache_bytes(1) == 11_520
    assert MS4.cache_bytes(2) * 262_144 / GB == pytest.approx(6.0, abs=0.05)


def test_the_experts_hold_nearly_all_parameters() -> None:
    assert MS4.expert_parameters / GB == pytest.approx(116, abs=0.5)


@pytest.mark.parametrize("checkpoint", [each for each in CHECKPOINTS.values() if each.guide_gb is not None])
def test_weights_take_what_the_guide_says(checkpoint: object) -> None:
    low, high = checkpoint.guide_gb  # type: ignore[attr-defined]
    assert low - 1 <= checkpoint.weight_bytes / GB <= high + 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("table", [GUIDE_MINIMUM, GUIDE_RECOMMENDED], ids=["minimum", "recommended"])
@pytest.mark.parametrize("gpu", ["H100", "H200", "B200"])
def test_the_guide_s_machines_hold_the_reference_weights_and_a_full_conversation(
    table: dict[str, int], gpu: str
) -> None:
    plan = make_plan(gpus(f"{table[gpu]}x{gpu}"), Need(checkpoint="reference"))
    assert plan.fits
    assert plan.server == "vllm"
    assert not any("minimum" in warning for warning in plan.warnings)


@pytest.mark.parametrize("checkpoint", ["reference", "nvfp4", "gguf-q4"])
def test_a_card_of_24_gb_holds_no_checkpoint(checkpoint: str) -> None:
    plan = make_plan(gpus("RTX4090"), Need(checkpoint=checkpoint, context=4096))
    assert not plan.fits
    assert plan.fit.cache_tokens == 0
    assert any("weights alone" in advice for advice in plan.advice)


def test_an_apple_chip_with_128_gb_holds_a_4_bit_file_with_the_whole_context() -> None:
    plan = make_plan(apple("128GB"), Need(checkpoint="gguf-q4"))
    assert plan.fits
    assert plan.server == "llamacpp"


def test_fewer_gpus_than_the_guide_s_minimum_are_warned_of() -> None:
    plan = make_plan(gpus("2xH100"), Need(checkpoint="reference"))
    assert any("4 x H100 as its minimum" in warning for warning in plan.warnings)


def test_every_rank_holds_the_whole_cache_so_that_more_ranks_share_the_weights_alone() -> None:
    two, four = (make_plan(gpus("4xH200"), Need(checkpoint="reference", ranks=ranks)).fit for ranks in (2, 4))
    weights = CHECKPOINTS["reference"].weight_bytes
    gained = four.cache_bytes - two.cache_bytes
    assert weights / 4 <= gained <= weights / 4 + 1 * GB  # and a little less activation memory
    assert two.token_bytes == four.token_bytes


def test_llamacpp_divides_the_cache_over_its_gpus_and_its_context_over_its_slots() -> None:
    plan = make_plan(gpus("2x48GB"), Need(checkpoint="gguf-q4", context=32_768, conversations=3))
    arguments = plan.launches[0].arguments
    assert plan.fits
    assert arguments[arguments.index("--ctx-size") + 1] == str(3 * 32_768)
    assert arguments[arguments.index("--parallel") + 1] == "3"


@pytest.mark.parametrize(
    ("machine", "need"),
    [
        ("4xH100", {"conversations": 40}),
        ("2xH100", {"conversations": 2, "checkpoint": "reference"}),
        ("B200", {"conversations": 30}),
        ("2xH200", {"conversations": 15, "checkpoint": "reference"}),
    ],
)
def test_what_the_advice_names_fits_when_it_is_followed(machine: str, need: dict[str, object]) -> None:
    plan = make_plan(gpus(machine), Need(**need))  # type: ignore[arg-type]
    assert not plan.fits
    followed = 0
    for advice in plan.advice:
        option, _, value = advice.rpartition("--")[2].rstrip(".").partition(" ")
        name = {"context": "context", "concurrency": "conversations", "fp8-cache": "fp8_cache"}[option]
        changed = {**need, name: int(value) if value else True}
        assert make_plan(gpus(machine), Need(**changed)).fits, advice  # type: ignore[arg-type]
        followed += 1
    assert followed


def test_left_over_gpus_become_replicas_on_ports_of_their_own() -> None:
    plan = make_plan(gpus("8xH200"), Need(checkpoint="reference", ranks=2, port=9000))
    assert [launch.port for launch in plan.launches] == [9000, 9001, 9002, 9003]
    assert plan.idle_gpus == 0
    assert make_plan(gpus("7xH200"), Need(checkpoint="reference", ranks=2)).idle_gpus == 1


def test_the_eagle_head_is_counted_with_the_reference_weights() -> None:
    plain = make_plan(gpus("4xH100"), Need(checkpoint="reference", ranks=4))
    eagle = make_plan(gpus("4xH100"), Need(checkpoint="reference", ranks=4, speculative=True))
    assert plain.fit.cache_bytes > eagle.fit.cache_bytes
    assert "--speculative-config" in eagle.launches[0].arguments


def test_the_attention_backend_of_hopper_is_named_on_hopper_alone() -> None:
    assert "FLASH_ATTN_MLA" in make_plan(gpus("4xH100"), Need()).launches[0].arguments
    assert "FLASH_ATTN_MLA" not in make_plan(gpus("2xB200"), Need()).launches[0].arguments


@pytest.mark.parametrize(
    ("text", "count", "gigabytes"),
    [
        ("4xH100", 4, 80),
        ("h200", 1, 141),
        ("2 x 48GB", 2, 48),
        ("8XNVIDIA H100 SXM", 8, 80),
        ("RTX PRO 6000", 1, 96),
    ],
)
def test_gpus_are_read_in_the_forms_that_people_write(text: str, count: int, gigabytes: int) -> None:
    read = gpus(text)
    assert (read.count, read.bytes_each) == (count, gigabytes * GB)


@pytest.mark.parametrize("text", ["", "x", "0xH100", "65xH100", "4xPotato", "H100x4x2"])
def test_what_names_no_gpus_is_refused_with_a_hint(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        gpus(text)
    assert caught.value.hint


@pytest.mark.parametrize(
    "wrong",
    [
        {"context": 300_000}, {"context": 10}, {"conversations": 0}, {"share": 1.5}, {"ranks": 3}, {"server": "tgi"},
        {"checkpoint": "awq"}, {"port": 0}, {"batch_tokens": 1}, {"server": "ollama", "checkpoint": "nvfp4"},
        {"server": "vllm", "checkpoint": "gguf-q4"}, {"checkpoint": "nvfp4", "speculative": True}, {"ranks": 8},
    ],
)  # fmt: skip
def test_needs_that_cannot_be_met_are_refused_with_a_hint(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        make_plan(gpus("4xH200"), Need(**wrong))  # type: ignore[arg-type]
    assert caught.value.hint


def test_gpu_servers_are_refused_on_an_apple_chip() -> None:
    with pytest.raises(ConfigurationError, match="NVIDIA"):
        make_plan(apple("512GB"), Need(server="vllm"))
