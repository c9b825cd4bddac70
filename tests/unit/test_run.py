"""`fasth2 run`: which program COMMAND is, and that all else passes through. What happens in the children has a file of
its own, test_run_children.py."""
import os
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import fasth2
from fasth2.launcher import command
from support.launch import HOME, ON, PROOF, PYTHON, environment, launch, launcher, output, venv

posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")


@pytest.fixture
def script(tmp_path):
    """Writes a file into the working directory of the test; returns its path."""

    def write(name, text, mode=0o644):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    return write


# -- what COMMAND can be


def test_a_script(tmp_path, script):
    script("server.py", PROOF)
    assert output("server.py", cwd=tmp_path) == ON
    assert output(tmp_path / "server.py") == ON


def test_a_script_runs_on_our_interpreter_whatever_its_first_line_says(tmp_path, script):
    script("server.py", "#!/nowhere/python\nimport sys; print(sys.executable)\n", 0o755)
    assert output("./server.py", cwd=tmp_path).strip() == PYTHON


def test_a_module(tmp_path, script):
    script("server/__main__.py", PROOF + "\nimport sys; print(sys.argv[1:])")
    assert output("-m", "server", "-x", "--", "-m", cwd=tmp_path) == ON + "['-x', '--', '-m']\n"
    assert output("-mserver", cwd=tmp_path) == ON + "[]\n"
    assert output("--", "-m", "server", cwd=tmp_path) == ON + "[]\n"


def test_a_line_of_code():
    assert output("-c", PROOF) == ON


def test_the_interpreter():
    assert output(PYTHON, "-X", "utf8", "-c", PROOF) == ON


@posix
def test_a_console_script_on_path(tmp_path, script):
    """Its own interpreter runs it; no name of a file in the working directory stands in its way."""
    script("bin/serve", f"#!{PYTHON}\nimport sys\n{PROOF}\nprint(sys.argv)\n", 0o755)
    script("serve", "no program\n")
    found = {"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    assert output("serve", "a", cwd=tmp_path, variables=found) == f"{ON}{[str(tmp_path / 'bin' / 'serve'), 'a']}\n"


@posix
def test_a_console_script_that_ends_as_a_python_file_does(tmp_path, script):
    script("bin/serve.py", "#!/bin/sh\necho shell\n", 0o755)
    found = {"PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    assert output("serve.py", cwd=tmp_path, variables=found) == "shell\n"


@posix
def test_a_shell_and_what_it_starts(tmp_path, script):
    script("serve.sh", f"#!/bin/sh\necho begun\n{PYTHON} -c '{PROOF}'\n", 0o755)
    script("bare", f"echo bare\n{PYTHON} -c '{PROOF}'\n", 0o755)  # as env and nice start it: by /bin/sh
    assert output("sh", "-c", f"{PYTHON} -c '{PROOF}'") == ON
    assert output("./serve.sh", cwd=tmp_path) == "begun\n" + ON
    assert output("./bare", cwd=tmp_path) == "bare\n" + ON


@posix
def test_the_console_script_of_fasth2_itself(tmp_path, script):
    own = script("fasth2", f"#!{PYTHON}\nimport sys\nfrom fasth2.__main__ import main\nsys.exit(main())\n", 0o755)
    done = subprocess.run([own, "run", "-c", PROOF], env=environment(), capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, ON, "")


@posix
def test_a_virtual_environments_own_programs_come_first(tmp_path, script):
    """Also where it is not activated: fasth2 is in no other Python."""
    python = venv(tmp_path)
    script("bin/python", "#!/bin/sh\necho another\n", 0o755)
    script("venv/bin/serve", "#!/bin/sh\necho \"$0\"\n", 0o755)
    env = environment(PATH=f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")

    def run(*words):
        return subprocess.run([python, "-m", "fasth2", "run", *words], env=env, capture_output=True, text=True,
                              timeout=60).stdout

    assert run("python", "-c", "import sys; print(sys.executable)") == f"{python}\n"
    assert run("serve") == f"{tmp_path / 'venv' / 'bin' / 'serve'}\n"
    assert run("sh", "-c", "command -v python") == f"{tmp_path / 'bin' / 'python'}\n"  # PATH is as it was


@posix
def test_the_program_sees_the_name_it_was_called_by():
    assert output("sh", "-c", "echo $0") == "sh\n"


# -- what cannot be run


def assert_refused(done, status, line):
    assert (done.returncode, done.stdout, done.stderr) == (status, "", line + "\n")


@pytest.mark.parametrize("words", [
    (), ("--",), ("--strict",), ("--only",), ("--only", "hpack"), ("--nonsense", "sh"), ("-x", "sh"), ("-", "sh"),
    ("--strict=1", "sh"), ("--only", "hpack,h3", "sh"), ("--only=", "sh"),
])
def test_wrong_usage(words):
    done = launch(*words)
    assert (done.returncode, done.stdout) == (2, "")
    usage, line = done.stderr.splitlines()
    assert usage.startswith("usage: fasth2 run [") and line.startswith("fasth2 run: ")


def test_help():
    for words in ("--help",), ("-h", "sh"):
        text = output(*words)
        assert text.startswith("usage: fasth2 run [") and max(map(len, text.splitlines())) <= 80
    assert all(f"FASTH2_{name}" in text for name in ("ONLY", "STRICT", "REPORT", "DISABLE"))


@pytest.mark.parametrize("name", ["no-such-command", "./no-such-command", "/no/such/command", ""])
def test_no_such_command(name):
    assert_refused(launch(name), 127, f"fasth2: cannot run '{name}': no such command")


@posix
def test_what_is_not_executable(tmp_path, script):
    plain = script("plain", "#!/bin/sh\n")
    assert_refused(launch(plain), 126, f"fasth2: cannot run '{plain}': it is not executable")
    assert_refused(launch(tmp_path), 126, f"fasth2: cannot run '{tmp_path}': it is a directory")
    broken = script("broken", "#!/nowhere/python\n", 0o755)
    assert_refused(launch(broken), 126, f"fasth2: cannot run '{broken}': its interpreter is missing")
    found = {"PATH": str(tmp_path)}
    assert_refused(launch("plain", variables=found), 126, "fasth2: cannot run 'plain': it is not executable")


def test_a_missing_module_or_script_is_pythons_to_tell(tmp_path):
    for words in (["-m", "no_such_module_at_all"], ["no_such_script.py"], ["-m"]):
        ours = launch(*words, cwd=tmp_path)
        pythons = subprocess.run([PYTHON, *words], env=environment(), cwd=tmp_path, capture_output=True,
                                 text=True, timeout=60)
        assert (ours.returncode, ours.stdout, ours.stderr) == (pythons.returncode, pythons.stdout, pythons.stderr)
        assert ours.returncode and ours.stderr


def test_a_source_tree_without_compiled_modules(tmp_path):
    shutil.copytree(Path(fasth2.__file__).parent, tmp_path / "fasth2", ignore=shutil.ignore_patterns("*.so", "*.pyd"))
    done = launch("-c", "print(1)", path=[tmp_path])
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"fasth2: {tmp_path / 'fasth2'} has no compiled modules")
    assert done.stderr.count("\n") == 1


def test_a_fasth2_that_only_the_working_directory_leads_to(tmp_path):
    """As in a clone that was compiled but not installed: the program would go without, and nobody would know."""

    def run(path):
        return subprocess.run([venv(tmp_path), "-m", "fasth2", "run", "-c", PROOF], env=environment(path), cwd=HOME,
                              text=True, capture_output=True, timeout=60)

    line = ("fasth2: only this working directory leads to fasth2, and the program would not find it: install it, "
            f"or set PYTHONPATH={HOME}")
    assert_refused(run([]), 2, line)
    assert run([HOME]).stdout == ON


@posix
def test_a_folder_that_pythonpath_cannot_hold(tmp_path):
    home = tmp_path / f"a{os.pathsep}b"
    shutil.copytree(Path(fasth2.__file__).parent, home / "fasth2")
    start = f"import sys; sys.path.insert(1, {str(home)!r}); from fasth2.__main__ import main; sys.exit(main())"
    done = subprocess.run([PYTHON, "-c", start, "run", "sh"], env=environment(()), capture_output=True, text=True,
                          cwd=tmp_path, timeout=60)
    bootstrap = home / "fasth2" / "activation" / "bootstrap"
    assert_refused(done, 2, f"fasth2: PYTHONPATH cannot hold {bootstrap}: install fasth2 where no folder has "
                            f"{os.pathsep} in its name")


# -- interpreters that take no notice


@pytest.mark.parametrize("options, letter, what", [
    (["-I"], "I", "PYTHONPATH"), (["-sE"], "E", "PYTHONPATH"), (["-S"], "S", "sitecustomize"),
    (["-W", "error", "-X", "utf8", "-Xdev", "-bI"], "I", "PYTHONPATH"),
    (["--check-hash-based-pycs", "always", "-E"], "E", "PYTHONPATH"),
])
def test_an_interpreter_that_takes_no_notice(options, letter, what):
    done = launch(PYTHON, *options, "-c", "import sys; print('fasth2' in sys.modules); sys.exit(7)")
    assert (done.returncode, done.stdout) == (7, "False\n")
    assert done.stderr == (f"fasth2: python -{letter} takes no notice of {what}, so it runs without fasth2; leave "
                           f"-{letter} out, or call fasth2.install() in the program\n")


@posix
@pytest.mark.parametrize("line", ["#!{} -I", "#!{} -sE", "#! /usr/bin/env -S {} -S"])
def test_a_script_whose_first_line_takes_no_notice(tmp_path, script, line):
    program = script("serve", line.format(PYTHON) + "\nprint(1)\n", 0o755)
    done = launch(program)
    assert (done.returncode, done.stdout) == (0, "1\n")
    assert done.stderr.startswith("fasth2: python -") and done.stderr.count("\n") == 1


@posix
@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full"])
def test_a_warning_that_nobody_reads(stderr):
    words = " ".join(map(shlex.quote, launcher(PYTHON, "-I", "-c", "print(1)")))
    done = subprocess.run(["sh", "-c", f"{words} {stderr}"], env=environment(), capture_output=True, text=True,
                          cwd=HOME, timeout=60)
    assert (done.returncode, done.stdout) == (0, "1\n")


def test_strict_refuses_an_interpreter_that_takes_no_notice():
    done = launch("--strict", PYTHON, "-I", "-c", "print(1)")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("fasth2: python -I takes no notice of PYTHONPATH") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("words", [
    ["-c", "print('-I')", "-I"], ["-W", "IES", "-c", "pass"], ["-XI", "-c", "pass"], ["-Wignore", "-c", "pass", "-E"],
    ["-m", "this", "-I"], ["-u", "-", "-S"], ["-P" if sys.version_info >= (3, 11) else "-s", "-cpass", "-S"],
])
def test_no_warning_without_reason(words):
    assert command.isolating_option(words) is None


@pytest.mark.parametrize("name, is_one", [
    ("python", True), ("/usr/bin/python3", True), ("python3.14t", True), ("PyPy3.exe", True), ("pythonw.exe", True),
    ("python-config", False), ("ipython", False), ("sh", False), ("", False),
])
def test_names_of_interpreters(name, is_one):
    assert command.is_python(name) is is_one


# -- what passes through


ARGUMENTS = ["", " ", "a b", "*", "'\"\\", "--only", "-I", "--help", "run", "ü€😀", "\udcff\udc80", "\n"]


@posix
def test_arguments():
    code = "import os, sys; sys.stdout.buffer.write(b'\\0'.join(map(os.fsencode, sys.argv)))"
    expected = b"\0".join(map(os.fsencode, ["-c", *ARGUMENTS]))
    assert output("-c", code, *ARGUMENTS, text=False) == expected
    assert output("--only", "hpack", "--", PYTHON, "-c", code, *ARGUMENTS, text=False) == expected


def test_streams_to_the_octet():
    octets = bytes(range(256)) * 1000
    copy = "import sys, shutil; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer); "
    done = launch("-c", copy + "sys.stderr.buffer.write(b'\\0')", input=octets, text=False, stdin=None)
    assert (done.returncode, done.stdout, done.stderr) == (0, octets, b"\0")


@pytest.mark.parametrize("status", [0, 1, 2, 42, 127, 255])
def test_exit_status(status):
    assert launch("-c", f"import os; os._exit({status})").returncode == status


@posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGKILL", "SIGABRT"])
def test_death_by_a_signal(name):
    number = getattr(signal, name)
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip(f"{name} is ignored here (under nohup, or in the background of a script), and so in children")
    assert launch("sh", "-c", f"kill -{number.value} $$").returncode == -number


@posix
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1"])
def test_signals_reach_the_program(name):
    """It is the process that was started."""
    code = f"""
import os, signal, time
signal.signal(signal.{name}, lambda number, frame: os._exit(100 + number))
print(os.getpid(), flush=True)
while True:
    time.sleep(0.05)
"""
    with subprocess.Popen(launcher("-c", code), env=environment(), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert int(process.stdout.readline()) == process.pid
            process.send_signal(getattr(signal, name))
            assert process.wait(60) == 100 + getattr(signal, name)
        finally:
            process.kill()


@posix
def test_the_program_ignores_no_signal_that_it_would_not():
    """Python ignores SIGPIPE, and exec hands that on."""
    if not Path("/proc/self/status").exists():
        pytest.skip("needs /proc")
    show = "grep -E 'Sig(Ign|Blk)' /proc/self/status"
    assert output("sh", "-c", show) == subprocess.run(["sh", "-c", show], capture_output=True, text=True).stdout


@posix
def test_file_descriptors_and_working_directory(tmp_path):
    reader, writer = os.pipe()
    try:
        done = launch("-c", f"import os; os.write({writer}, os.fsencode(os.getcwd()))", pass_fds=[writer], cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert os.read(reader, 4096) == os.fsencode(tmp_path)
    finally:
        os.close(reader)
        os.close(writer)


def test_disabled_it_changes_nothing():
    code = "import os, sys; print(sorted(os.environ.items()), 'fasth2' in sys.modules)"
    variables = {"FASTH2_DISABLE": "1"}
    plain = subprocess.run([PYTHON, "-c", code], env=environment(**variables), capture_output=True, text=True)
    assert output("--strict", "-c", code, variables=variables) == plain.stdout


# -- where a process cannot be replaced


ATTEND = """
import sys
import fasth2.launcher
from fasth2.launcher import process
fasth2.launcher.start = process.attend
sys.exit(fasth2.launcher.run(sys.argv[1:]))
"""


def attended(*words):
    return [PYTHON, "-c", ATTEND, *map(str, words)]


def test_a_child_instead(tmp_path):
    code = f"{PROOF}; import sys; print(sys.argv[1:], sys.stdin.read()); sys.exit(3)"
    done = subprocess.run(attended("-c", code, "", "a b"), env=environment(), input="in", text=True,
                          capture_output=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (3, ON + "['', 'a b'] in\n", "")


@posix
def test_a_child_that_cannot_start(script):
    broken = script("broken", "#!/nowhere/python\n", 0o755)
    done = subprocess.run(attended(broken), env=environment(), capture_output=True, text=True, timeout=60)
    assert_refused(done, 126, f"fasth2: cannot run '{broken}': its interpreter is missing")


@pytest.mark.parametrize("unsigned, signed", [(0, 0), (3, 3), (0xC000013A, 0xC000013A - 2**32), (2**32 - 1, -1)])
def test_exit_status_of_a_child_as_windows_gives_it(unsigned, signed):
    from fasth2.launcher.process import exit_status

    assert exit_status(unsigned) == signed


@posix
def test_an_interrupt_is_the_childs_to_handle():
    code = """
import os, signal, time
signal.signal(signal.SIGINT, lambda number, frame: os._exit(5))
print("ready", flush=True)
while True:
    time.sleep(0.05)
"""
    with subprocess.Popen(attended("-c", code), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, start_new_session=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does it: to both
            assert process.wait(60) == 5
            assert process.stderr.read() == ""
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
