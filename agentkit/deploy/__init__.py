"""From hardware and needs to a plan: does it fit, which server, the exact launch, and what is known to break."""
