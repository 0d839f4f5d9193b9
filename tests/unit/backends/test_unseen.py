"""An answer to images that the model cannot have seen is no answer."""

from __future__ import annotations

import pytest
from PIL import Image as Pillow

from agentkit import Agent, Backend, Image
from agentkit.backends.unseen import Images, images_of
from agentkit.errors import UnsupportedSetting
from agentkit.protocol.history import History
from agentkit.protocol.images import ImageData
from agentkit.protocol.messages import Message, ToolResult, user
from agentkit.protocol.usage import Usage
from agentkit.testing import Rules, SimulatedServer, say

PIXEL = ImageData(media_type="image/png", data=b"", width=28, height=28, sha256="0" * 64, tokens=2)
RED = Image(Pillow.new("RGB", (600, 600), "red"))  # 22 rows of 23 tokens


@pytest.mark.parametrize(
    ("counted", "refused"), [(40, True), (252, True), (253, False), (900, False), (0, False)]
)
def test_a_prompt_shorter_than_its_images_is_noticed(
    counted: int, refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agentkit.wire.decode.usage_of", _counting(counted))
    with SimulatedServer(Rules(lambda _: say("Red."))) as server:
        agent = Agent(backend=Backend.vllm(server.url))
        if refused:
            with pytest.raises(UnsupportedSetting, match=f"counted {counted}.*506") as caught:
                agent.run_sync("Which colour?", images=[RED])
            assert caught.value.hint
        else:
            assert agent.run_sync("Which colour?", images=[RED]).output == "Red."


def test_images_are_looked_for_only_in_messages_that_are_new() -> None:
    class Watched(History):
        read = 0

        def since(self, index: int) -> list[Message]:
            new = super().since(index)
            self.read += len(new)
            return new

    history = Watched([user("Go"), user(PIXEL, "and", PIXEL)])
    assert images_of(history) == images_of(history) == Images(count=2, tokens=4, shrunk=4)
    history.append(ToolResult(call_id="aaaaaaaaa", name="view", text="a page", images=(PIXEL,)))
    assert images_of(history) == images_of(history) == Images(count=3, tokens=6, shrunk=6)
    assert history.read == len(history)


def _counting(prompt_tokens: int) -> object:
    return lambda *_: Usage(requests=1, prompt_tokens=prompt_tokens, completion_tokens=2)
