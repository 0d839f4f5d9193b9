"""The doctor: asks a server some ninety short questions and proves what it can and cannot do.

`examine` runs the probes of `agentkit.doctor.probes` and gives a `Capabilities`, which `agentkit.backends.findings`
writes to a file and applies to a profile. A probe trusts nothing that the server says about itself where a request can
show it, and needs no particular wording, ids or chunks: where a model's words decide nothing, it ends undecided.
"""
