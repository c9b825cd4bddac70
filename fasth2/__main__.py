"""The command line, `fasth2` or `python -m fasth2`."""
import sys

import fasth2
from fasth2.activation.compiled import NOT_COMPILED, is_compiled


def main(arguments=None):
    """Run the command line `arguments` (list of str; sys.argv's by default). Returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["run"]:  # a program is waiting: argparse would cost more than all that is done here
        from fasth2.launcher import run

        return run(arguments[1:])
    options = parser().parse_args(arguments)
    if not is_compiled():
        print(NOT_COMPILED, file=sys.stderr)
        return 2
    return options.command(options)


def parser():
    """The argparse parser of all subcommands; each sets `command`, a function of the parsed options."""
    import argparse

    top = argparse.ArgumentParser(prog="fasth2", description="HTTP/2 at C speed, for programs that use h2.")
    top.add_argument("--version", action="version", version=f"fasth2 {fasth2.__version__}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("run", help="start a program with fasth2 switched on, its children too")  # see main()
    add_demo(commands)
    status = commands.add_parser(
        "status",
        help="say what fasth2.install() replaces in this environment",
        description="Switches fasth2 on in this process alone and says what a program gets that does the same here. "
        "Exit status 0 where every layer is fasth2's, 1 otherwise.",
    )
    status.set_defaults(command=run_status)
    return top


def add_demo(commands):
    """Add the subcommand `demo` to `commands`."""
    demo = commands.add_parser(
        "demo",
        help="serve HTTP/2 requests with and without fasth2, and compare",
        description="Starts Hypercorn with TLS on a loopback port, in turn with stock codecs and with fasth2's, sends "
        "both the same requests, checks every response, and prints what each needed.",
    )
    for option, most, default, meaning in (
        ("--requests", 10_000_000, 3000, "requests a round"),
        ("--connections", 100, 4, "TLS connections"),
        ("--streams", 100, 25, "open streams a connection"),
        ("--rounds", 1000, 3, "rounds each of stock and fasth2"),
    ):
        text = f"{meaning} (1 to {most}, default {default})"
        demo.add_argument(option, type=count(most), default=default, metavar="N", help=text)
    demo.set_defaults(command=run_demo)


def count(most):
    """An argparse type: an int of at least 1 and at most `most` (int)."""

    def number(text):
        from argparse import ArgumentTypeError

        value = int(text)
        if not 1 <= value <= most:
            raise ArgumentTypeError(f"{text} is not between 1 and {most}")
        return value

    return number


def run_demo(options):
    """`fasth2 demo`: see fasth2.demo."""
    from fasth2.demo import run

    return run(options.requests, options.connections, options.streams, options.rounds)


def run_status(options):
    """`fasth2 status`: print what a program gets here that calls install(); under `fasth2 run`, what that has done."""
    import warnings

    warnings.simplefilter("ignore", RuntimeWarning)  # the report says it better
    from fasth2.launcher import is_run

    try:
        if not is_run():
            fasth2.install()
        for name in fasth2.status().layers:
            import_if_there(name)
    except (fasth2.ActivationError, ImportError) as error:
        print(f"fasth2: {error}", file=sys.stderr)
        return 1
    status = fasth2.status()
    print(status)
    if is_run():
        print("This is what `fasth2 run` has made of this process.")
    return 0 if all(layer.state == "fasth2" for layer in status.layers.values()) else 1


def import_if_there(name):
    """Import the upstream name `name` (str), whosever module it leads to; an absent one is no error."""
    try:
        __import__(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise


if __name__ == "__main__":
    sys.exit(main())
