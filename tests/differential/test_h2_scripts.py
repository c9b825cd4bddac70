"""Whole connections by scripts that hypothesis writes, fasth2's h2 beside stock h2: see tests/fuzz/connections.py."""
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fasth2.engine.ways import always_step_by_step
from fuzz import connections, scripts
from fuzz.driver import Tally, run_session
from fuzz.harnesses import load
from fuzz.source import Octets


def follow(session, source, length=scripts.LENGTH):
    """One script with the choices of `source`."""
    for _ in range(length):
        step, _ = scripts.next_operation(source, session)
        session.run(step)


# In octets that run out the rest of the choices is 0, and the script goes on delivering.
CHOICES = st.binary(min_size=200, max_size=3000)
some = settings(max_examples=settings.default.max_examples // 4)  # each is some forty calls


@some
@given(CHOICES)
def test_scripts(choices):
    follow(connections.Session(connections.own(), connections.stock()), Octets(choices))


@some
@given(CHOICES)
def test_scripts_with_h2_on_the_same_codecs(choices):
    """What differs from hyperframe and hpack on purpose is the same here: every frame may come."""
    follow(connections.Session(connections.own(), connections.on_codecs()), Octets(choices))


@pytest.mark.parametrize("name", ["engine", "engine-on-codecs"])
def test_scripts_of_fixed_seeds(name):
    harness, tally = load(name), Tally(load(name))
    for seed in range(60):
        run_session(harness, random.Random(seed), tally)
    assert 0.7 < tally.share < 0.95


def test_scripts_that_change_the_way():
    """Straight or step by step, each call of either connection: what one way leaves, the other goes on with."""
    try:
        for seed in range(40):
            session, rng = connections.Session(connections.own(), connections.on_codecs()), random.Random(seed)
            for _ in range(scripts.LENGTH):
                step, _ = scripts.next_operation(rng, session)
                always_step_by_step(rng.random() < 0.5)
                session.run(step)
    finally:
        always_step_by_step(False)


@pytest.mark.parametrize("seed", range(2))
def test_long_connections(seed):
    """Hundreds of steps on one connection, which stays one: what is refused does not close it."""
    session, rng, steps = connections.Session(connections.own(), connections.stock()), random.Random(seed), 0
    while steps < 400:
        step, fault = scripts.next_operation(rng, session)
        if step[0] in ("begin", "inject", "tamper", "close_connection", "initiate_connection") or fault:
            session, steps = (connections.Session(connections.own(), connections.stock()), steps) if session.over else (
                session, steps)
            continue
        session.run(step)
        steps += 1
