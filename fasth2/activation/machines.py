"""Connections of upstream's h2 that are alive, or of a class derived from its own, after the switch.

Their code goes on as it is, but its enums are fasth2's from then on: what they hand out has to be the very members with
which the program compares it.
"""
from itertools import product

from fasth2.activation.namespaces import namespace


def widen(modules, pairs):
    """Let the tables of upstream's state machines in `modules` (dict, name -> module) know the members of both sides'
    enums in `pairs` (list of (upstream's object, fasth2's)). A step goes to a state of the side that its input is of.
    What is added does nothing before the switch, and may stay after it."""
    twins = {id(old): new for old, new in pairs}
    for table in _tables(modules):
        added = {}
        for (state, step), (method, target) in table.items():
            states = [state, twins.get(id(state), state)]
            steps = [(step, target), (twins.get(id(step), step), twins.get(id(target), target))]
            added.update({(each, after): (method, to) for each, (after, to) in product(states, steps)})
        table.update(added)


def members_of(connections):
    """The dicts in which upstream's `connections` (list) keep members of enums."""
    found = []
    for connection in connections:
        names = namespace(connection) or {}
        streams = names.get("streams")
        owners = [names, *(namespace(stream) or {} for stream in (streams.copy().values() if streams else ()))]
        found += [namespace(owner.get("state_machine")) for owner in owners]
        found.append(names.get("_closed_streams"))
    return [each for each in found if isinstance(each, dict)]


def _tables(modules):
    """The tables (list of dict) of streams and of connections."""
    streams = (namespace(modules.get("h2.stream")) or {}).get("_transitions")
    machine = (namespace(modules.get("h2.connection")) or {}).get("H2ConnectionStateMachine")
    connections = vars(machine).get("_transitions") if isinstance(machine, type) else None
    return [table for table in (streams, connections) if type(table) is dict]
