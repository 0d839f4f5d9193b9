"""`agentkit deploy`: does MS4 fit on these GPUs (or in this memory), and the exact launch of the server."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from agentkit.deploy.checkpoints import CHECKPOINTS, GB, MS4
from agentkit.deploy.hardware import Hardware, gpus, memory
from agentkit.deploy.launch import LAUNCHES
from agentkit.deploy.local import running
from agentkit.deploy.plan import RANKS, Need, Plan, make_plan
from agentkit.deploy.render import RENDERERS
from agentkit.errors import ConfigurationError

_DOES_NOT_FIT = 1
_KEYS = ("VLLM_API_KEY", "LLAMA_API_KEY")
"""Where a server that is started here finds the key that it demands; the doctor sends the same."""


def declare(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = (
        "examples:\n"
        "  agentkit deploy --gpus 4xH100\n"
        "  agentkit deploy --gpus B200 --concurrency 8 --as kubernetes > ms4.yaml\n"
        "  agentkit deploy --apple 128GB --context 65536 --as shell\n\n"
        "exit codes: 0 it fits, 1 it does not, 2 wrong usage, 3 the server did not start\n"
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--gpus", metavar="NxNAME", help="such as 4xH100, H200, or 2x48GB for one that is not known"
    )
    where.add_argument("--apple", metavar="SIZE", help="unified memory of an Apple chip, such as 128GB")
    where.add_argument("--cpu", metavar="SIZE", help="main memory, for llama.cpp without a GPU")
    parser.add_argument(
        "--context",
        type=int,
        default=MS4.positions,
        metavar="TOKENS",
        help=f"longest conversation ({MS4.positions})",
    )
    parser.add_argument(
        "--concurrency", type=int, default=1, metavar="N", help="conversations of that length at a time (1)"
    )
    parser.add_argument(
        "--checkpoint", choices=tuple(CHECKPOINTS), default="", help="the best that fits, if left out"
    )
    parser.add_argument("--server", choices=tuple(LAUNCHES), default="", help="vllm on GPUs, else llamacpp")
    parser.add_argument("--tensor-parallel", type=int, choices=RANKS, default=0, help="GPUs of one server")
    parser.add_argument(
        "--gpu-share", type=float, default=0.9, metavar="SHARE", help="of a GPU's memory (0.9)"
    )
    parser.add_argument(
        "--batch-tokens", type=int, default=16_384, metavar="N", help="in one forward pass (16384)"
    )
    parser.add_argument(
        "--fp8-cache", action="store_true", help="keep the KV cache in FP8 (q8_0 on llama.cpp)"
    )
    parser.add_argument(
        "--eagle", action="store_true", help="speculative decoding with the eagle head (vllm)"
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="where the server listens (127.0.0.1: this machine only)"
    )
    parser.add_argument("--port", type=int, default=8000, help="of the first server (8000)")
    parser.add_argument("--as", dest="form", choices=tuple(RENDERERS), help="print the launch in this form")
    parser.add_argument(
        "--run",
        dest="start",
        action="store_true",
        help="start it here, wait until it is healthy, run the doctor",
    )
    parser.add_argument(
        "--wait", type=float, default=1800.0, metavar="SECONDS", help="for the server to load (1800)"
    )
    parser.add_argument(
        "--logs", type=Path, default=Path("agentkit-logs"), help="where --run keeps the servers' logs"
    )
    parser.add_argument("--once", action="store_true", help="with --run: stop the server after the doctor")


def run(arguments: argparse.Namespace) -> int:
    """Print the plan, or the launch in the form that was asked for; start it where that was asked."""
    need = Need(
        context=arguments.context,
        conversations=arguments.concurrency,
        checkpoint=arguments.checkpoint,
        server=arguments.server,
        ranks=arguments.tensor_parallel,
        share=arguments.gpu_share,
        batch_tokens=arguments.batch_tokens,
        fp8_cache=arguments.fp8_cache,
        speculative=arguments.eagle,
        port=arguments.port,
    )
    if arguments.eagle and arguments.server not in ("", "vllm"):
        raise ConfigurationError(
            f"The eagle head is planned for vLLM, not {arguments.server}.",
            hint="Leave out --eagle or --server.",
        )
    plan = make_plan(_hardware(arguments), need)
    if arguments.form:
        print(explain(plan), file=sys.stderr)
        print(RENDERERS[arguments.form](plan, arguments.host), end="")
    else:
        print(explain(plan))
        if not arguments.start:
            print("\nthe launch:\n")
            print(RENDERERS["shell"](plan, arguments.host), end="")
    if not plan.fits:
        if arguments.start:
            print("agentkit: not started, because it does not fit.", file=sys.stderr)
        return _DOES_NOT_FIT
    return _start(plan, arguments) if arguments.start else 0


def _start(plan: Plan, arguments: argparse.Namespace) -> int:
    from agentkit.cli import main  # the doctor is a command of its own; this module is loaded by it, too

    def progress(text: str) -> None:
        print(f"  {text}", file=sys.stderr, flush=True)

    try:
        with running(plan, logs=arguments.logs, seconds=arguments.wait, progress=progress) as urls:
            key = next((os.environ[name] for name in _KEYS if os.environ.get(name)), None)
            if key is not None:
                os.environ.setdefault("AGENTKIT_API_KEY", key)
            codes = [main(["doctor", url]) for url in urls]
            print(f"serving at {' and '.join(urls)}; Ctrl-C stops it", file=sys.stderr, flush=True)
            if not arguments.once:
                _wait_for_interrupt()
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 0
    return max(codes, default=0)


def _wait_for_interrupt() -> None:
    signal.sigwait({signal.SIGINT, signal.SIGTERM})


def _hardware(arguments: argparse.Namespace) -> Hardware:
    if arguments.gpus:
        return gpus(arguments.gpus)
    kind, size = ("apple", arguments.apple) if arguments.apple else ("cpu", arguments.cpu)
    name = "Apple chip with unified memory" if kind == "apple" else "CPU and main memory"
    return Hardware(kind="apple" if kind == "apple" else "cpu", name=name, count=1, bytes_each=memory(size))


def explain(plan: Plan) -> str:
    """Return the plan in words and figures, for a terminal."""
    setting, fit = plan.setting, plan.fit
    servers = "one server" if plan.replicas == 1 else f"{plan.replicas} servers"
    split = f" over {setting.ranks} GPUs each" if plan.launches[0].gpus > 1 else ""
    lines = [
        f"Mistral Small 4, {setting.weights.title}",
        f"on {plan.hardware}: {servers} of {plan.server}{split}",
        "",
    ]
    each = (
        "memory of one GPU"
        if plan.launches[0].gpus and plan.server in ("vllm", "sglang", "nim")
        else "memory"
    )
    width = max(len("left for KV cache"), *(len(line.what) for line in fit.lines))
    lines.append(f"  {each}, in GB")
    lines.extend(f"  {line.what:<{width}}  {line.bytes / GB:>8.1f}   {line.how}" for line in fit.lines)
    value_bytes = fit.token_bytes // MS4.layers // MS4.latent
    token = (
        f"{MS4.layers} layers x {MS4.latent} values x {value_bytes} bytes = {fit.token_bytes:,} bytes a token"
    )
    place = f", on each of {plan.replicas} servers" if plan.replicas > 1 else ""
    lines += [
        f"  {'left for KV cache':<{width}}  {max(fit.cache_bytes, 0) / GB:>8.1f}   {token}",
        "",
        f"  {fit.cache_tokens:,} tokens: {fit.at_a_time:.1f} conversations of {fit.context:,} tokens at a time{place}",
        "",
    ]
    asked = f"{fit.conversations * plan.replicas} x {fit.context:,} tokens"
    lines.append(f"It fits ({asked})." if plan.fits else f"It does not fit ({asked}).")
    lines += [f"  - {advice}" for advice in plan.advice]
    if plan.idle_gpus:
        lines.append(f"  - {plan.idle_gpus} GPU(s) stay idle: a server takes 1, 2, 4 or 8.")
    if plan.replicas > 1:
        urls = ", ".join(f'"http://HOST:{launch.port}/v1"' for launch in plan.launches)
        lines.append(f"  - Give agentkit all of them: Backend.{plan.server}([{urls}]).")
    lines += ["", "Known to break:"] if plan.warnings else []
    lines += [f"  - {warning}" for warning in plan.warnings]
    return "\n".join(lines)
