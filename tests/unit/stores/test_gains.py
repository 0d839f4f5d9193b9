"""Tallies in a SQLite file: nothing is lost between threads and processes, and files merge in any order."""

from __future__ import annotations

import json
import multiprocessing
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentkit.errors import InputError, StoreFailed
from agentkit.protocol.decisions import Situation
from agentkit.protocol.gains import Tally
from agentkit.router import ComplexityRouter
from agentkit.stores import SqliteGains

CASES = int(os.environ.get("AGENTKIT_TEST_CASES", "1000"))
ONE = Tally(1.0, 0.5, 0.25, 1, 50, 2, 4000, 3.0, 1.5, 0.75)


def test_what_is_added_is_read_back_by_every_opener_of_the_file(tmp_path: Path) -> None:
    first, second = SqliteGains(tmp_path / "gains.db"), SqliteGains(tmp_path / "gains.db")
    assert second.read(["k", "l"]) == [Tally(), Tally()]
    first.add({"k": ONE})
    first.add({"k": ONE, "l": ONE})
    assert second.read(["k", "l"]) == first.read(["k", "l"]) == [ONE + ONE, ONE]
    second.add({"k": ONE})
    assert first.read(["k"]) == [ONE + ONE + ONE]
    for store in (first, second):
        store.close()
    assert first.read(["k"]) == [ONE + ONE + ONE]
    first.close()


def test_the_file_and_its_log_belong_to_their_owner_alone(tmp_path: Path) -> None:
    store = SqliteGains(tmp_path / "gains.db")
    store.add({"k": ONE})
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {0o600}
    store.close()


def test_many_threads_lose_nothing(tmp_path: Path) -> None:
    store = SqliteGains(tmp_path / "gains.db")

    def work() -> None:
        for _ in range(50):
            store.add({"k": ONE})
            store.read(["k", "other"])

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.read(["k"])[0].none_requests == 300
    store.close()


def add_some(path: Path, times: int) -> None:
    store = SqliteGains(path)
    for _ in range(times):
        store.add({"k": ONE})
        assert store.read(["k"])[0].none_requests > 0


def test_many_processes_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    store = SqliteGains(tmp_path / "gains.db")
    processes = [context.Process(target=add_some, args=(tmp_path / "gains.db", 40)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert store.read(["k"])[0].none_requests == 80
    store.close()


def test_merging_is_harmless_to_repeat_and_goes_round(tmp_path: Path) -> None:
    here, there, third = (SqliteGains(tmp_path / f"{name}.db") for name in ("here", "there", "third"))
    here.add({"k": ONE})
    there.add({"k": ONE, "l": ONE})
    here.merge(there)
    here.merge(json.loads(json.dumps(there.export())))
    there.merge(here)
    here.merge(there)
    third.merge(here)
    for store in (here, there, third):
        assert store.read(["k", "l"]) == [ONE + ONE, ONE]
    there.add({"l": ONE})
    old = here.export()
    here.merge(there)
    here.merge(old)  # an older state takes nothing back
    assert here.read(["l"]) == [ONE + ONE]
    for store in (here, there, third):
        store.close()


@settings(max_examples=max(20, CASES // 20))  # each makes three files
@given(
    adds=st.lists(st.tuples(st.integers(0, 2), st.sampled_from("kl"), st.integers(1, 9)), max_size=12),
    merges=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=12),
)
def test_merged_files_agree_whatever_the_order(
    tmp_path_factory: pytest.TempPathFactory, adds: list[Any], merges: list[Any]
) -> None:
    folder = tmp_path_factory.mktemp("merge")
    stores = [SqliteGains(folder / f"{number}.db") for number in range(3)]
    for number, key, tokens in adds:
        stores[number].add({key: Tally(1.0, 0.0, 0.5, 1, tokens)})
    for target, source in merges:
        stores[target].merge(stores[source])
    for source in stores[1:]:
        stores[0].merge(source)
    for target in stores[1:]:
        target.merge(stores[0])
    for key in "kl":
        wanted = sum(tokens for _, given_key, tokens in adds if given_key == key)
        assert [store.read([key])[0].none_tokens for store in stores] == [wanted] * 3
    for store in stores:
        store.close()


def test_what_is_no_export_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    store = SqliteGains(tmp_path / "gains.db")
    store.add({"k": ONE})
    good = store.export()["rows"][0]
    for bad in (
        {},
        {"format": "agentkit.gains/9", "rows": []},
        {"format": "agentkit.gains/1", "rows": [good, ["k"]]},
    ):
        with pytest.raises(InputError):
            store.merge(bad)
    assert store.read(["k"]) == [ONE]
    store.close()


def test_a_file_that_cannot_be_used_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match=r"gains\.db"):
        SqliteGains(tmp_path / "no" / "gains.db")
    (tmp_path / "text.db").write_text("this is no database, but a text of some length" * 40)
    with pytest.raises(StoreFailed, match=r"text\.db"):
        SqliteGains(tmp_path / "text.db")


def test_a_router_goes_on_where_another_process_left_off(tmp_path: Path) -> None:
    task = Situation(task="Say what it is.", agent="a")
    first = ComplexityRouter(store=SqliteGains(tmp_path / "gains.db"))
    before = first.decide(task)
    first.store.add({key: Tally(40, 40, 40 * before.score) for key in before.key})
    second = ComplexityRouter(store=SqliteGains(tmp_path / "gains.db"))
    assert second.decide(task) == first.decide(task)
    assert second.decide(task).effort == "high" != before.effort
    for router in (first, second):
        assert isinstance(router.store, SqliteGains)
        router.store.close()
