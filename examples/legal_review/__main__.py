"""`python -m examples.legal_review`."""

from __future__ import annotations

import sys

from examples.legal_review.cli import main

sys.exit(main())
