"""What agentkit costs beside other ways to do the same work; see README.md. Not a part of the package."""
