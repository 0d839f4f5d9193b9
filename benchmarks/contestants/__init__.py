"""Contestants: each module has a class `Contestant(url, add)` with the same methods, and runs in its own environment.

    await plain(prompt) -> text
    await tools(prompt) -> text, after as many tool rounds as the model wants
    await extract(prompt) -> dict, checked against the schema, asked again where it does not fit
    await stream(prompt) -> (pieces, text)
    await close()

Those that take an earlier conversation have `await remember([(role, text)])`, whose result `tools` takes as well.
"""
