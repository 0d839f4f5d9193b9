"""`python -m agentkit`."""

from __future__ import annotations

import sys

from agentkit.cli import main

sys.exit(main())
