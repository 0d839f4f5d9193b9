"""The only door to the model server: profiles, the client, retries and connections."""
