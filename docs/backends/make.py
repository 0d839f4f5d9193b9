"""Write the pages of this folder from the profiles and model cards: `make docs-backends`."""

from __future__ import annotations

from pathlib import Path

from agentkit.backends.catalog import PROFILES
from agentkit.backends.describe import index_page, models_page, server_page
from agentkit.backends.models.catalog import MODELS

HERE = Path(__file__).resolve().parent


def pages() -> dict[Path, str]:
    """Return every page by its path."""
    servers = {HERE / f"{name}.md": server_page(profile) for name, profile in PROFILES.items()}
    return {HERE / "README.md": index_page(PROFILES), HERE / "models.md": models_page(MODELS), **servers}


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, "utf-8")
        print(path.relative_to(HERE.parent.parent))
