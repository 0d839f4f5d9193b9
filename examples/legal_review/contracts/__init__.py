"""The bundled contracts, written for this example; every party in them is invented."""
