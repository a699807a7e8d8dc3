"""What becomes of a message on its way: nothing, twice, late, later than the next one; and no request waits for it."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest

from sandbox.clock import Clock
from sandbox.post import LOST, UNREACHABLE, Message, Post, by_http


class Listener:
    """Whoever listens: remembers bodies, and answers 200 unless told otherwise."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.status = 200

    def __call__(self, message: Message) -> int:
        self.heard.append(message.body)
        return self.status


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def post(listener: Listener) -> Post:
    return Post(Clock(), listener)


def _same(message: Message) -> Message:
    return message


def say(post: Post, *words: str) -> None:
    for word in words:
        message = Message("http://127.0.0.1:9/x", word.encode(), {})
        post.put(partial(_same, message))
    assert post.quiet()


@pytest.mark.behaviour("zoho", 17)
def test_in_order_and_once(post: Post, listener: Listener) -> None:
    say(post, "a", "b", "c")
    assert listener.heard == [b"a", b"b", b"c"]
    assert [entry["status"] for entry in post.log()] == [200, 200, 200]


@pytest.mark.behaviour("zoho", 17)
def test_lost(post: Post, listener: Listener) -> None:
    post.behave("lost")
    say(post, "a")
    assert listener.heard == []
    assert [entry["status"] for entry in post.log()] == [LOST]


@pytest.mark.behaviour("zoho", 17)
def test_doubled(post: Post, listener: Listener) -> None:
    post.behave("doubled")
    say(post, "a", "b")
    assert listener.heard == [b"a", b"a", b"b", b"b"]


@pytest.mark.behaviour("zoho", 17)
@pytest.mark.parametrize(("backwards", "heard"), [(False, [b"a", b"b"]), (True, [b"b", b"a"])])
def test_held_and_released(post: Post, listener: Listener, backwards: bool, heard: list[bytes]) -> None:
    post.behave("held")
    say(post, "a", "b")
    assert listener.heard == []
    assert post.release(backwards=backwards) == 2
    assert listener.heard == heard
    assert post.release() == 0


@pytest.mark.behaviour("zoho", 17)
def test_late(post: Post, listener: Listener) -> None:
    post.behave("late", 1.0)  # longer than a busy machine takes for the next line
    say(post, "a")
    assert listener.heard == []
    end = time.monotonic() + 60
    while not listener.heard and time.monotonic() < end:
        time.sleep(0.02)  # it comes from the thread of the post
    assert listener.heard == [b"a"]


def test_nobody_waits_for_who_listens(listener: Listener) -> None:
    go = threading.Event()
    post = Post(Clock(), lambda message: 200 if go.wait(5) else 500)
    begun = time.monotonic()
    for _ in range(3):
        post.put(lambda: Message("http://127.0.0.1:9/x", b"a", {}))
    assert time.monotonic() - begun < 1
    go.set()
    assert post.quiet()
    assert [entry["status"] for entry in post.log()] == [200, 200, 200]


@pytest.mark.parametrize("url", ["https://example.com/x", "http://192.0.2.1/x", "http://127.0.0.1:9/x", "gopher://x"])
def test_it_goes_to_this_machine_and_nowhere_else(url: str) -> None:
    assert by_http(Message(url, b"", {})) == UNREACHABLE


def test_an_unknown_manner_is_refused(post: Post) -> None:
    with pytest.raises(ValueError):
        post.behave("sideways")
