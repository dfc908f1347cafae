from __future__ import annotations

import threading

from pregrasp.runlog.channel import Channel


def test_items_come_in_their_order() -> None:
    channel: Channel[int] = Channel(1000)
    for number in range(5):
        assert channel.put(number)
    assert channel.take(0).items == [0, 1, 2, 3, 4]
    assert channel.take(0).items == []


def test_what_does_not_fit_is_counted_and_pictures_go_first() -> None:
    channel: Channel[str] = Channel(capacity=3, heavy_capacity=1)
    assert channel.put("picture", heavy=True)
    assert not channel.put("picture", heavy=True)
    for _ in range(3):
        assert channel.put("tick")
    assert not channel.put("tick")
    batch = channel.take(0)
    assert (len(batch.items), batch.lost, batch.lost_heavy) == (4, 1, 1)
    assert channel.put("picture", heavy=True), "there is room again"
    assert channel.take(0).lost == 0, "counted once"


def test_room_is_measured_and_some_of_it_is_kept_for_what_is_essential() -> None:
    channel: Channel[str] = Channel(capacity=100)
    assert channel.put("values", weight=60)
    assert not channel.put("values", weight=60)
    assert channel.put("pose", weight=40)
    assert not channel.put("pose", weight=1)
    assert channel.put("end", weight=10, essential=True)
    assert not channel.put("end", weight=1, essential=True), "that is bounded, too"
    batch = channel.take(0)
    assert batch.items == ["values", "pose", "end"]
    assert batch.lost == 3
    assert channel.put("values", weight=100), "there is room again"


def test_a_closed_channel_still_gives_what_it_has() -> None:
    channel: Channel[int] = Channel(1000)
    channel.put(1)
    channel.close()
    assert not channel.put(2)
    batch = channel.take()
    assert (batch.items, batch.closed) == ([1], True)


def test_a_quiet_item_does_not_wake_the_reader() -> None:
    channel: Channel[int] = Channel(1000)
    channel.put(1, wake=False)
    got: list[list[int]] = []
    reader = threading.Thread(target=lambda: got.append(channel.take().items))
    reader.start()
    reader.join(0.1)
    assert reader.is_alive()
    channel.put(2)
    reader.join(5.0)
    assert got == [[1, 2]]
