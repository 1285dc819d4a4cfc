"""Memory that answers share: nobody's bytes change while they are looked at."""

from novelai._transport.memory import MOST, SPARES, Memory


def written(memory, data):
    room = memory.take()
    room.write(data)
    return memory.lend(room)


def test_it_serves_again_once_nobody_looks():
    """What is looked at stays as it is; then the same memory takes the next body, long or short."""
    memory = Memory()
    first = written(memory, b"first, and long")
    second = written(memory, b"second")
    part = first[:5]
    first.release()
    assert (bytes(part), bytes(second)) == (b"first", b"second")
    kept = list(memory._spares)
    third = written(memory, b"third")
    assert (bytes(part), bytes(third)) == (b"first", b"third")
    part.release()
    fourth = written(memory, b"4")
    assert (bytes(fourth), memory._spares[-1]) == (b"4", kept[0])


def test_little_is_kept():
    """Of many answers at once, or of very large ones, the memory goes back."""
    memory = Memory()
    views = [written(memory, bytes([number])) for number in range(SPARES + 5)]
    assert len(memory._spares) == SPARES
    assert [bytes(view) for view in views] == [bytes([number]) for number in range(SPARES + 5)]
    memory.give_back()
    assert bytes(written(memory, bytes(MOST + 1))) == bytes(MOST + 1)
    assert memory._spares == []
